"""Sample the anonymous memory of a process and of all its children.

Pages of mapped files count as resident too, although the system may drop them at any time: only
``RssAnon`` says what a run needs.
"""

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

_EVERY_S = 0.02


@dataclass
class MemoryWatch:
    """Samples in a thread of its own, until the process ends.

    Attributes:
        samples: Time of ``time.monotonic`` and bytes, all processes together.
    """

    pid: int
    samples: list[tuple[float, int]] = field(default_factory=list)

    def start(self) -> "MemoryWatch":
        """Begin to sample."""
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def peak_mib(self, start: float, end: float) -> float:
        """Largest sample between two times, in MiB."""
        within = [size for when, size in self.samples if start <= when <= end]
        return round(max(within, default=0) / 2**20, 1)

    def _watch(self) -> None:
        try:
            process = psutil.Process(self.pid)
            while process.is_running():
                pids = [self.pid, *(child.pid for child in process.children(recursive=True))]
                self.samples.append((time.monotonic(), sum(map(_anonymous_bytes, pids))))
                time.sleep(_EVERY_S)
        except psutil.NoSuchProcess:
            return


def _anonymous_bytes(pid: int) -> int:
    try:
        with Path(f"/proc/{pid}/status").open(encoding="ascii", errors="replace") as file:
            lines = [line for line in file if line.startswith("RssAnon:")]
        return int(lines[0].split()[1]) * 1024 if lines else 0
    except OSError:
        return 0
