"""The run that is being recorded, if any; nodes and callbacks speak to it through here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crack_pipeline.tracking.selection import RunParameters, choose_metrics, name_epoch

if TYPE_CHECKING:
    from crack_pipeline.tracking.recorder import Recorder


class ChildRun:
    """A run below the one that is being recorded; takes everything and does nothing without one.

    Args:
        recorder: Its recorder; None where nothing is recorded.
    """

    def __init__(self, recorder: "Recorder | None") -> None:
        self._recorder = recorder

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None where there is none."""
        return None if self._recorder is None else self._recorder.run_id

    def log_parameters(self, changes: Mapping[str, Any]) -> None:
        """Record the parameters of the run above, with these changes (nested)."""
        if self._recorder is not None:
            _parameters.replace(changes).record(self._recorder)

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record the main results."""
        if self._recorder is not None:
            self._recorder.record_metrics(choose_metrics(metrics))

    def log_epoch(self, metrics: Mapping[str, float], epoch: int) -> None:
        """Record an epoch's metrics."""
        if self._recorder is not None:
            self._recorder.record_metrics(name_epoch(metrics), step=epoch)

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Record tags."""
        if self._recorder is not None:
            self._recorder.record_tags(dict(tags))


_recorder: "Recorder | None" = None
_parameters = RunParameters({})


def activate(recorder: "Recorder", parameters: RunParameters | None = None) -> None:
    """Send everything from now on to this recorder.

    Args:
        recorder: Of an open run.
        parameters: Of the run, which its child runs share; None where none are recorded.
    """
    global _recorder, _parameters
    _recorder, _parameters = recorder, parameters or RunParameters({})


def tag_run(tags: Mapping[str, str]) -> None:
    """Tag the run that is being recorded, if any, with what is known at this moment."""
    if _recorder is not None:
        _recorder.record_tags(dict(tags))


_is_interrupted = False


def note_interrupt(*, is_interrupted: bool) -> None:
    """Remember that Ctrl-C was pressed: libraries raise errors of their own for it."""
    global _is_interrupted
    _is_interrupted = is_interrupted


def was_interrupted() -> bool:
    """Whether Ctrl-C was pressed during this command."""
    return _is_interrupted


def close_active(status: str) -> None:
    """End the run that is being recorded, if any.

    Args:
        status: ``FINISHED``, ``FAILED`` or ``KILLED``, which an interrupted run is in any case.
    """
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        recorder.close("KILLED" if _is_interrupted else status)


def log_epoch(metrics: dict[str, float], epoch: int) -> None:
    """Record an epoch's metrics; does nothing where no run is recorded.

    Args:
        metrics: Name → value, as Keras calls them.
        epoch: Number of the epoch, from 1.
    """
    if _recorder is not None:
        _recorder.record_metrics(name_epoch(metrics), step=epoch)


@contextmanager
def open_child_run(name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[ChildRun]:
    """Record one part of the work as a run of its own, below the run that is being recorded.

    It ends with the block: as FINISHED, as KILLED after Ctrl-C, or as FAILED after an error.

    Args:
        name: What the UI shows.
        tags: Its first tags.

    Yields:
        The run; one that does nothing where no run is being recorded.
    """
    recorder = None if _recorder is None else _recorder.open_child(name, dict(tags or {}))
    status = "FAILED"
    try:
        yield ChildRun(recorder)
        status = "FINISHED"
    except (KeyboardInterrupt, GeneratorExit):
        status = "KILLED"
        raise
    finally:
        if recorder is not None:
            recorder.close(status)


def active_run_id() -> str | None:
    """Id of the run that is being recorded; None where there is none."""
    return None if _recorder is None else _recorder.run_id
