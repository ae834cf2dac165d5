"""Long work: worker processes, and progress as a bar in a terminal or plain lines elsewhere."""

import logging
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, TypeVar

import joblib
from pydantic import AfterValidator, Field
from tqdm import tqdm

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

_SECONDS_BETWEEN_LINES = 15.0


def _require_not_zero(n_jobs: int) -> int:
    if n_jobs == 0:
        raise ValueError("n_jobs must be -1 (one a core) or at least 1, received 0")
    return n_jobs


WorkerCount = Annotated[int, Field(ge=-1), AfterValidator(_require_not_zero)]
"""Number of worker processes; -1 is one a core."""


def track(items: Iterable[Item], *, total: int, description: str, unit: str) -> Iterator[Item]:
    """Yield the items while showing how far the work is.

    Args:
        items: What to go through.
        total: Number of items.
        description: Verb and object, "Checking images".
        unit: What is counted, in the plural, "images".

    Yields:
        The items, unchanged.
    """
    if sys.stderr.isatty():
        yield from tqdm(items, total=total, desc=description, unit=f" {unit}", leave=False)
        return
    started = last_line = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last_line >= _SECONDS_BETWEEN_LINES and done < total:
            last_line = now
            remaining_s = (now - started) / done * (total - done)
            logger.info(
                "%s: %d of %d %s, about %.0f s left", description, done, total, unit, remaining_s
            )


def spread(
    work: Callable[[Chunk], Result],
    chunks: Sequence[Chunk],
    *,
    n_jobs: int,
    backend: str | None = "loky",
) -> Iterator[Result]:
    """Do the work on each chunk, in worker processes where there are several chunks.

    Args:
        work: Can be sent to another process.
        chunks: What to work on.
        n_jobs: Number of processes; -1 for one each core.
        backend: Of joblib; None for that of the surrounding ``parallel_config``, whose workers do
            even a single chunk.

    Yields:
        The results in the order of the chunks.
    """
    if backend is not None and (len(chunks) < 2 or n_jobs == 1):
        yield from map(work, chunks)
        return
    alone = joblib.delayed(_work_alone)
    parallel = joblib.Parallel(n_jobs=n_jobs, backend=backend, return_as="generator")
    yield from parallel(alone(work, chunk) for chunk in chunks)


def _work_alone(work: Callable[[Chunk], Result], chunk: Chunk) -> Result:
    # Each worker has one core to itself: threads of OpenCV would fight for it.
    import cv2

    cv2.setNumThreads(1)
    return work(chunk)
