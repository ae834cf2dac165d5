"""Group the usable photos of a checked listing, and expect the leakage of a random split."""

import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaln

from crack_pipeline.splits.duplicates import Pairs, link_near_duplicates
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings
from crack_pipeline.splits.splits import group_photos, link_equal

LinkKind: TypeAlias = Literal["copy", "file name", "near-duplicate", "flipped", "overlap"]
"""How two photos are linked: equal bytes; one photo id; near-duplicates as they stand; the same
after a flip or a turn; crops that share a part."""

LINK_KINDS: tuple[LinkKind, ...] = ("copy", "file name", "near-duplicate", "flipped", "overlap")
LINK_COLUMNS = ["first_id", "second_id", "kind"]
SEARCHES = "searches"
"""Attribute of the table of links: each search, how long it took, and what it found."""


@dataclass(frozen=True, slots=True)
class Chain:
    """How a photo reaches one of several others.

    Attributes:
        partner: The nearest of the others.
        kinds: Kinds of the links on the way, each named once.
    """

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
    return {start: Chain(*reached[start]) for start in starts if start in reached}


def _neighbours_of(links: pd.DataFrame) -> Mapping[str, list[tuple[str, str]]]:
    neighbours: dict[str, set[tuple[str, str]]] = {}
    for first, second, kind in zip(*(links[name] for name in LINK_COLUMNS), strict=True):
        neighbours.setdefault(first, set()).add((second, kind))
        neighbours.setdefault(second, set()).add((first, kind))
    return {photo: sorted(others) for photo, others in neighbours.items()}


TEST_SHARE = 0.2
"""The random split that results are usually reported for: 80 % train, 20 % test."""


def expect_leakage(group_ids: pd.Series, *, test_share: float = TEST_SHARE) -> dict[str, Any]:
    """Expected numbers over all random splits into train and test.

    Of N photos, n = round(share · N) go to test, every choice being equally likely. Of a group of
    m photos none is in test with probability C(N-m, n) / C(N, n), all with C(N-m, n-m) / C(N, n).

    Args:
        group_ids: N group ids.
        test_share: Share of the photos that goes to test.

    Returns:
        ``groups_that_cross``; ``test_photos_with_a_relative_in_train`` and their share.
    """
    n_photos = len(group_ids)
    n_test = round(test_share * n_photos)
    sizes, n_groups = np.unique(group_ids.value_counts().to_numpy(), return_counts=True)
    all_in_train = _share_without(n_photos, n_test, sizes)
    all_in_test = _share_without(n_photos, n_photos - n_test, sizes)
    crosses = np.where(sizes > 1, 1.0 - all_in_train - all_in_test, 0.0)
    crossing = float((n_groups * crosses).sum()) if n_test else 0.0
    # A photo is in test with n / N; it has no relative in train where its whole group is there.
    in_test = np.where(sizes > 1, n_test / n_photos - all_in_test, 0.0) if n_test else 0.0
    concerned = float((n_groups * sizes * in_test).sum())
    return {
        "how": f"expected over all random splits of {n_photos} photos into {1 - test_share:.0%} "
        f"and {test_share:.0%}; computed, not drawn",
        "groups_that_cross": round(crossing, 1),
        "test_photos_with_a_relative_in_train": round(concerned, 1),
        "share_of_test_photos": round(concerned / n_test, 4) if n_test else 0.0,
    }


def _share_without(n_photos: int, n_drawn: int, sizes: np.ndarray) -> np.ndarray:
    """Probability that none of m photos is among the n that are drawn of N."""
    possible = sizes <= n_photos - n_drawn
    m = np.where(possible, sizes, 0)
    # C(N-m, n) / C(N, n) = (N-m)! (N-n)! / (N! (N-m-n)!)
    log_share = gammaln(n_photos - m + 1) + gammaln(n_photos - n_drawn + 1)
    log_share -= gammaln(n_photos + 1) + gammaln(n_photos - m - n_drawn + 1)
    return np.where(possible, np.exp(log_share), 0.0)


Found = dict[LinkKind, Pairs]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Photos that must not be divided, and why.

    Attributes:
        photos: The checked rows with ``group_id``, missing where set aside.
        links: One row a link, with the columns of ``LINK_COLUMNS``; they connect each group.
        searches: What was searched for, how long it took, and what it found; ready for JSON.
    """

    photos: pd.DataFrame
    links: pd.DataFrame
    searches: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OverlapSearch:
    """The search for crops that share a part, which is dearer than all the rest.

    Attributes:
        settings: What counts as an overlap.
        store: Folder where its result is kept.
        n_jobs: Worker processes.
    """

    settings: OverlapSettings
    store: Path
    n_jobs: int = -1


def group_checked(
    checked: pd.DataFrame,
    thumbnails: NDArray[np.uint8],
    duplicates: DuplicateSettings,
    overlaps: OverlapSearch | None = None,
) -> Grouping:
    """Give each usable photo the group of its duplicates and of its photo's other patches.

    Args:
        checked: One row a photo, as ``check_listing`` gives it.
        thumbnails: (N, 64, 64) uint8 of the same photos.
        duplicates: What counts as a near-duplicate.
        overlaps: The search for overlapping crops; None where photos are no crops.

    Returns:
        The groups and what links them.
    """
    usable = np.flatnonzero((checked["reason"] == "").to_numpy())
    rows = checked.iloc[usable]
    # Exact copies are linked by content: their pictures need no comparison.
    distinct = np.flatnonzero(~rows["sha256"].duplicated().to_numpy())
    found: Found = {
        "copy": link_equal(rows["sha256"]),
        "file name": link_equal(rows["photo_id"]),
    }
    started = time.perf_counter()
    hashes = rows["phash"].iloc[distinct].tolist()
    pictures = cast("NDArray[np.uint8]", _SomeRows(thumbnails, usable[distinct]))
    near = link_near_duplicates(hashes, pictures, duplicates)
    found["near-duplicate"] = distinct[near.pairs[~near.is_flipped]]
    found["flipped"] = distinct[near.pairs[near.is_flipped]]
    seconds = round(time.perf_counter() - started, 3)
    searches: dict[str, Any] = {"near-duplicates": {"seconds": seconds}}
    if overlaps is not None:
        found["overlap"], searches["overlaps"] = _search_overlaps(rows, overlaps)
    groups = group_photos(rows["image_id"], same=[], near=np.vstack(list(found.values())))
    links = _table_of(found, rows["image_id"])
    return Grouping(checked.assign(group_id=groups), links, searches)


class _SomeRows:
    """Some rows of mapped thumbnails, read when they are asked for: nothing is copied before."""

    def __init__(self, thumbnails: NDArray[np.uint8], rows: NDArray[np.int64]) -> None:
        self._thumbnails, self._rows = thumbnails, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> NDArray[np.uint8]:
        some: NDArray[np.uint8] = self._thumbnails[self._rows[index]]
        return some


def _search_overlaps(rows: pd.DataFrame, search: OverlapSearch) -> tuple[Pairs, dict[str, Any]]:
    overlaps = find_overlaps(
        rows["image_path"].tolist(),
        rows["sha256"].tolist(),
        search.settings,
        n_jobs=search.n_jobs,
        store=search.store,
    )
    told = {
        "pairs": len(overlaps.table),
        "seconds": round(overlaps.seconds, 1),
        "kept_from_an_earlier_run": overlaps.is_kept,
    }
    return overlaps.pairs, told


def _table_of(found: Found, image_ids: pd.Series) -> pd.DataFrame:
    tables = []
    for kind, pairs in found.items():
        some = pairs[pairs[:, 0] != pairs[:, 1]]
        first, second = (image_ids.iloc[some[:, side]].to_numpy() for side in (0, 1))
        tables.append(pd.DataFrame(dict(zip(LINK_COLUMNS, (first, second, kind), strict=True))))
    return pd.concat(tables, ignore_index=True).astype("string")
