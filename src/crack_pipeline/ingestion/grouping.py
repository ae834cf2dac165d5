"""Group the usable photos of a checked listing."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.ingestion.links import LINK_COLUMNS, LinkKind
from crack_pipeline.splits.duplicates import Pairs, link_near_duplicates
from crack_pipeline.splits.groups import group_photos, link_equal
from crack_pipeline.splits.overlaps import find_overlaps
from crack_pipeline.splits.settings import DuplicateSettings, OverlapSettings

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
