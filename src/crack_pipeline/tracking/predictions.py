"""Predictions of new photos as runs of their own, apart from those of trainings."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crack_pipeline.tracking.config import open_store
from crack_pipeline.tracking.provenance import describe_provenance
from crack_pipeline.tracking.recorder import Recorder, RunPlan
from crack_pipeline.tracking.replay import OUTBOX
from crack_pipeline.tracking.reports import wanted_store

logger = logging.getLogger(__name__)


@contextmanager
def record_prediction(name: str, project_path: Path) -> Iterator[Recorder | None]:
    """Record a prediction that comes to its end; one that does not leaves no run.

    Args:
        name: Name of the run.
        project_path: Folder of the project.

    Yields:
        What takes parameters, metrics and files; None where no store is configured.
    """
    wanted = wanted_store()
    if wanted is None:
        yield None
        return
    tags = {"pipeline": "predict", **describe_provenance(project_path)}
    store = open_store(wanted, project_path)
    recorder = Recorder(RunPlan(name, tags), store, project_path / OUTBOX)
    try:
        yield recorder
    except BaseException:
        recorder.discard()
        raise
    recorder.open()
    recorder.close("FINISHED")
    if not recorder.is_lost:
        logger.info("Run: %s; `%s` shows it", recorder.name, recorder.viewing_command)
