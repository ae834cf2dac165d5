"""The run that is being recorded, if any; nodes and callbacks speak to it through here."""

from typing import Protocol


class RunRecorder(Protocol):
    """What an open run takes."""

    @property
    def run_id(self) -> str | None:
        """Id of the run in its store; None before it is open."""

    def record_metrics(self, metrics: dict[str, float], *, step: int = 0) -> None:
        """Record numbers at a step."""

    def record_tags(self, tags: dict[str, str]) -> None:
        """Record tags."""

    def close(self, status: str) -> None:
        """End the run."""


_recorder: RunRecorder | None = None


def activate(recorder: RunRecorder) -> None:
    """Send everything from now on to this recorder."""
    global _recorder
    _recorder = recorder


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
        curves = {name: value for name, value in metrics.items() if name != "epoch"}
        _recorder.record_metrics(curves, step=epoch)


def active_run_id() -> str | None:
    """Id of the run that is being recorded; None where there is none."""
    return None if _recorder is None else _recorder.run_id
