"""The run that is being recorded, if any; nodes and callbacks speak to it through here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import TYPE_CHECKING, Any

from crack_pipeline.tracking.selection import RunParameters, choose_metrics, name_epoch

if TYPE_CHECKING:
    from crack_pipeline.tracking.recorder import Recorder


class RecordedRun:
    """A run that takes records; does nothing where none is being recorded.

    Args:
        recorder: Its recorder; None where nothing is recorded.
    """

    def __init__(self, recorder: "Recorder | None") -> None:
        self.recorder = recorder

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None where there is none."""
        return None if self.recorder is None else self.recorder.run_id

    def log_parameters(self, changes: Mapping[str, Any]) -> None:
        """Record the parameters of the main run, with these changes (nested)."""
        if self.recorder is not None:
            _parameters.replace(changes).record(self.recorder)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record the main results."""
        if self.recorder is not None:
            self.recorder.record_metrics(choose_metrics(metrics))

    def log_epoch(self, metrics: Mapping[str, float], epoch: int) -> None:
        """Record an epoch's metrics."""
        if self.recorder is not None:
            self.recorder.record_metrics(name_epoch(metrics), step=epoch)

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Record tags."""
        if self.recorder is not None:
            self.recorder.record_tags(dict(tags))


_run = RecordedRun(None)
_parameters = RunParameters({})


def activate(recorder: "Recorder", parameters: RunParameters | None = None) -> None:
    """Send everything from now on to this recorder.

    Args:
        recorder: Of an open run.
        parameters: Of the run, which its child runs share; None where none are recorded.
    """
    global _run, _parameters
    _run, _parameters = RecordedRun(recorder), parameters or RunParameters({})


interrupted = Event()
"""Set once Ctrl-C was pressed during this command: libraries raise errors of their own for it."""


def close_active(status: str) -> None:
    """End the run that is being recorded, if any.

    Args:
        status: ``FINISHED``, ``FAILED`` or ``KILLED``, which an interrupted run is in any case.
    """
    global _run
    run, _run = _run, RecordedRun(None)
    if run.recorder is not None:
        run.recorder.close("KILLED" if interrupted.is_set() else status)


def tag_run(tags: Mapping[str, str]) -> None:
    """Tag the run that is being recorded, if any, with what is known at this moment."""
    _run.log_tags(tags)


def log_epoch(metrics: Mapping[str, float], epoch: int) -> None:
    """Record an epoch's metrics, named as Keras calls them; epochs count from 1."""
    _run.log_epoch(metrics, epoch)


def active_run_id() -> str | None:
    """Id of the run that is being recorded; None where there is none."""
    return _run.run_id


@contextmanager
def open_child_run(name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[RecordedRun]:
    """Record one part of the work as a run of its own, below the run that is being recorded.

    It ends with the block: as FINISHED, as KILLED after Ctrl-C, or as FAILED after an error.

    Args:
        name: What the UI shows.
        tags: Its first tags.

    Yields:
        The run; one that does nothing where no run is being recorded.
    """
    above = _run.recorder
    recorder = None if above is None else above.open_child(name, dict(tags or {}))
    status = "FAILED"
    try:
        yield RecordedRun(recorder)
        status = "FINISHED"
    except (KeyboardInterrupt, GeneratorExit):
        status = "KILLED"
        raise
    finally:
        if recorder is not None:
            recorder.close(status)
