"""What links photos to each other, and by which chain a photo reaches another part."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pandas as pd

LinkKind: TypeAlias = Literal["copy", "file name", "near-duplicate", "flipped", "overlap"]
"""How two photos are linked: equal bytes; one photo id; near-duplicates as they stand; the same
after a flip or a turn; crops that share a part."""

LINK_KINDS: tuple[LinkKind, ...] = ("copy", "file name", "near-duplicate", "flipped", "overlap")
LINK_COLUMNS = ["first_id", "second_id", "kind"]


@dataclass(frozen=True, slots=True)
class Chain:
    """How a photo reaches one of several others.

    Attributes:
        image_id: Where the chain begins.
        partner: The nearest of the others.
        kinds: Kinds of the links on the way, each named once.
    """

    image_id: str
    partner: str
    kinds: tuple[str, ...]


def find_chains(
    links: pd.DataFrame, starts: Iterable[str], ends: Iterable[str]
) -> dict[str, Chain]:
    """Find for each photo the shortest chain to one of others.

    One search goes outwards from all ends at once, so that a group of many thousands costs no more
    than its number of links.

    Args:
        links: One row a link, with the columns of ``LINK_COLUMNS``.
        starts: Ids of photos.
        ends: Ids of the others.

    Returns:
        Id → chain, for those that reach one; of equally short chains the one with the least end.
    """
    neighbours = _neighbours_of(links)
    reached: dict[str, tuple[str, tuple[str, ...]]] = {end: (end, ()) for end in sorted(ends)}
    waiting = deque(reached)
    while waiting:
        photo = waiting.popleft()
        partner, kinds = reached[photo]
        for other, kind in neighbours.get(photo, ()):
            if other not in reached:
                reached[other] = partner, kinds if kind in kinds else (kind, *kinds)
                waiting.append(other)
    return {start: Chain(start, *reached[start]) for start in starts if start in reached}


def _neighbours_of(links: pd.DataFrame) -> Mapping[str, list[tuple[str, str]]]:
    neighbours: dict[str, set[tuple[str, str]]] = {}
    for first, second, kind in zip(*(links[name] for name in LINK_COLUMNS), strict=True):
        neighbours.setdefault(first, set()).add((second, kind))
        neighbours.setdefault(second, set()).add((first, kind))
    return {photo: sorted(others) for photo, others in neighbours.items()}
