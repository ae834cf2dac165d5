"""The run that is being recorded, if any; nodes and callbacks speak to it through here."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from crack_pipeline.tracking.flattening import flatten_parameters


class RunRecorder(Protocol):
    """What an open run takes."""

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None before it is open."""

    def record_metrics(self, metrics: dict[str, float], *, step: int = 0) -> None:
        """Record numbers at a step."""

    def record_tags(self, tags: dict[str, str]) -> None:
        """Record tags."""

    def record_parameters(self, parameters: dict[str, str]) -> None:
        """Record flat parameters."""

    def open_child(self, name: str, tags: dict[str, str]) -> "RunRecorder":
        """Open a run below this one."""

    def close(self, status: str) -> None:
        """End the run."""


class ChildRun:
    """A run below the one that is being recorded; takes everything and does nothing without one.

    Args:
        recorder: Its recorder; None where nothing is recorded.
    """

    def __init__(self, recorder: RunRecorder | None) -> None:
        self._recorder = recorder

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None where there is none."""
        return None if self._recorder is None else self._recorder.run_id

    def log_parameters(self, parameters: Mapping[str, Any]) -> None:
        """Record parameters; nested ones become flat names."""
        if self._recorder is not None:
            self._recorder.record_parameters(flatten_parameters(parameters))

    def log_metrics(self, metrics: Mapping[str, float]) -> None:
        """Record results."""
        if self._recorder is not None:
            self._recorder.record_metrics(dict(metrics))

    def log_epoch(self, metrics: Mapping[str, float], epoch: int) -> None:
        """Record an epoch's metrics; an entry ``epoch`` is left out."""
        if self._recorder is not None:
            self._recorder.record_metrics(_without_epoch(metrics), step=epoch)

    def log_tags(self, tags: Mapping[str, str]) -> None:
        """Record tags."""
        if self._recorder is not None:
            self._recorder.record_tags(dict(tags))


_recorder: RunRecorder | None = None


def activate(recorder: RunRecorder) -> None:
    """Send everything from now on to this recorder."""
    global _recorder
    _recorder = recorder


def tag_run(tags: Mapping[str, str]) -> None:
    """Tag the run that is being recorded, if any, with what is known at this moment."""
    if _recorder is not None:
        _recorder.record_tags(dict(tags))


def close_active(status: str) -> None:
    """End the run that is being recorded, if any.

    Args:
        status: ``FINISHED``, ``FAILED`` or ``KILLED``.
    """
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        recorder.close(status)


def log_epoch(metrics: dict[str, float], epoch: int) -> None:
    """Record an epoch's metrics; does nothing where no run is recorded.

    Args:
        metrics: Name → value; an entry ``epoch`` is left out.
        epoch: Number of the epoch, from 1.
    """
    if _recorder is not None:
        _recorder.record_metrics(_without_epoch(metrics), step=epoch)


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


def _without_epoch(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if name != "epoch"}
