"""Predict the photos of a folder: each is read, predicted, measured and written on its own.

Reading, the network and measuring work side by side, on at most three photos. A photo that is done
is known by the digest of its content, the model and the settings, and is not done again.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from crack_pipeline.errors import ParameterError, StorageError
from crack_pipeline.ingestion.fan_out import ParallelSettings, dask_workers
from crack_pipeline.inspection.checks import read_checks
from crack_pipeline.inspection.listing import RUN_FILE, ListedPhotos, list_photos
from crack_pipeline.inspection.photo_csv import read_metadata
from crack_pipeline.inspection.photo_work import PhotoWork, predict_on_worker, predict_side_by_side
from crack_pipeline.inspection.results import Inspection, write_results
from crack_pipeline.inspection.settings import PredictionSettings
from crack_pipeline.locks import lock_file, name_holder, release_file
from crack_pipeline.prediction.bundle import ModelBundle
from crack_pipeline.prediction.runtimes import SavedNetwork
from crack_pipeline.progress import spread, track
from crack_pipeline.storage import explain_write_errors, read_object, write_bytes_aside
from crack_pipeline.task_specs import task_spec
from crack_pipeline.version import __version__
from crack_pipeline.wording.phrases import count_of, name_some

logger = logging.getLogger(__name__)

_RULE = "A prediction writes into a folder of its own."
_LOCK = ".lock"


def predict_folder(
    bundle: ModelBundle,
    settings: PredictionSettings,
    parallel: ParallelSettings | None = None,
) -> Inspection:
    """Predict all photos of a folder, and write tables, pictures and a report.

    Args:
        bundle: The model, with its decision.
        settings: Photos, scale and folder of the results.
        parallel: Workers; photos go to a Dask cluster where one is named.

    Returns:
        What was found. Photos that could not be predicted are among it.

    Raises:
        ParameterError: If the model has no decision, or a path is wrong.
        SourceError: If there is no photo.
        StorageError: If results cannot be written, or another process writes there.
    """
    bundle.require_decision()
    listed = list_photos(settings.photos, settings.output)
    names, params = list(listed.files), settings.params
    _tell_left_out(listed)
    if params.mm_per_px is None and task_spec(bundle.info.task).truth == "masks":
        logger.warning("No scale is given: all figures are in px")
    metadata = read_metadata(params.metadata, names) if params.metadata else None
    for note in metadata.notes if metadata else ():
        logger.warning("%s", note)
    checks = read_checks(params.checks, names) if params.checks else None
    with _hold(settings):
        work = PhotoWork(bundle, settings, listed.files)
        pending = [name for name in names if not work.is_done(name)]
        if done := len(names) - len(pending):
            logger.info("%d of %s are done already", done, count_of(len(names), "photo"))
        if pending and parallel is not None and parallel.backend == "dask":
            steps = _fan_out(work, pending, parallel)
        else:
            steps = predict_side_by_side(work, pending)
        for _ in track(steps, total=len(pending), description="Predicting photos", unit="photos"):
            pass
        return write_results(bundle, settings, names, metadata, checks)


def _fan_out(work: PhotoWork, pending: Sequence[str], parallel: ParallelSettings) -> Iterator[None]:
    network = work.bundle.network
    if not isinstance(network, SavedNetwork):
        raise ParameterError(
            "On a cluster each worker loads the model from a folder that all machines share.",
            received="the model of a run",
            remedy="Name the folder of a model with --model, or ingestion.parallel.backend=loky.",
        )
    needed = (work.files[pending[0]], network.path, work.settings.output / RUN_FILE)
    with dask_workers(parallel, *map(str, needed)) as n_jobs:
        yield from spread(
            partial(predict_on_worker, work=work), pending, n_jobs=n_jobs, backend=None
        )


def _tell_left_out(listed: ListedPhotos) -> None:
    if listed.unread:
        logger.warning(
            "%s not read, by kind or name: %s. Export them as JPEG or PNG, or rename them",
            count_of(len(listed.unread), "file"),
            name_some(listed.unread),
        )
    if listed.left_out:
        kinds = name_some([f"{suffix} ({n})" for suffix, n in listed.left_out.items()])
        logger.info("Other files are left out: %s", kinds)


@contextmanager
def _hold(settings: PredictionSettings) -> Iterator[None]:
    """Keep the folder of the results for this process and these photos."""
    output = settings.output
    with explain_write_errors(_RULE, output):
        _require_own_folder(output, settings.photos)
        output.mkdir(parents=True, exist_ok=True)
        lock = lock_file(output / _LOCK)
        if lock is None:
            raise StorageError(
                "One process at a time writes the results of photos.",
                received=f"{output}, in which {name_holder(output / _LOCK)} works",
                remedy="Wait until it is done, or name another folder with --out.",
            )
    try:
        with explain_write_errors(_RULE, output):
            content = {"photos": str(settings.photos), "crack_pipeline": __version__}
            write_bytes_aside(output / RUN_FILE, json.dumps(content, indent=1).encode())
        yield
    finally:
        release_file(output / _LOCK, lock)


def _require_own_folder(output: Path, photos: Path) -> None:
    run = output / RUN_FILE
    if run.is_file() and (there := read_object(run).get("photos")) != str(photos):
        raise ParameterError(
            "A folder of results belongs to one folder of photos.",
            received=f"{output}, with results of {there}",
            remedy=f"Name another folder with --out; if the photos have moved, delete {run}.",
        )
    if not run.is_file() and output.is_dir() and any(output.glob("[!.]*")):
        raise ParameterError(
            _RULE,
            received=f"{output}, which holds other files",
            remedy="Name a new folder with --out, or prediction.output.",
        )
