"""Progress of long work: a bar in a terminal, plain lines elsewhere."""

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

logger = logging.getLogger(__name__)

Item = TypeVar("Item")

_SECONDS_BETWEEN_LINES = 15.0


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
