"""Progress of work that is counted in bytes: a bar in a terminal, plain lines elsewhere."""

import logging
import sys
import time
from types import TracebackType
from typing import Never, Self

from tqdm import tqdm

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 15.0
_STEP = 1000


def format_bytes(n_bytes: float) -> str:
    """Write a number of bytes for people: ``234.5 MB``; steps of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < _STEP:
            return f"{n_bytes:.0f} bytes" if unit == "bytes" else f"{n_bytes:.1f} {unit}"
        n_bytes /= _STEP
    return f"{n_bytes:.1f} TB"


class ByteMeter:
    """Shows how far the work is; to be used in a ``with`` block.

    Args:
        description: Verb and object, "Fetching photos.zip".
        total_bytes: All of it; None where nobody knows.
        done_bytes: What was done before.
    """

    def __init__(self, description: str, total_bytes: int | None, done_bytes: int = 0) -> None:
        self._description = description
        self._total_bytes = total_bytes
        self._done_bytes = self._first_bytes = done_bytes
        self._bar: tqdm[Never] | None = None

    def __enter__(self) -> Self:
        self._started = self._last_line = time.monotonic()
        if sys.stderr.isatty():
            self._bar = tqdm(
                total=self._total_bytes,
                initial=self._done_bytes,
                desc=self._description,
                unit="B",
                unit_scale=True,
                leave=False,
            )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def advance(self, n_bytes: int) -> None:
        """Count bytes as done."""
        self._done_bytes += n_bytes
        if self._bar is not None:
            self._bar.update(n_bytes)
            return
        now = time.monotonic()
        if now - self._last_line >= _SECONDS_BETWEEN_LINES:
            self._last_line = now
            logger.info("%s: %s", self._description, self._describe(now))

    def _describe(self, now: float) -> str:
        done = format_bytes(self._done_bytes)
        if not self._total_bytes:
            return done
        speed = (self._done_bytes - self._first_bytes) / max(now - self._started, 1e-9)
        remaining_s = max(self._total_bytes - self._done_bytes, 0) / max(speed, 1e-9)
        return f"{done} of {format_bytes(self._total_bytes)}, about {remaining_s:.0f} s left"
