"""Find photos that overlap: crops of one photo, in any direction, flipped or turned."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.progress import spread, track
from crack_pipeline.splits.code_index import even_bands, match_codes
from crack_pipeline.splits.duplicates import Pairs
from crack_pipeline.splits.keypoints import join_keypoints
from crack_pipeline.splits.overlap_store import key_of_search, load_overlaps, save_overlaps
from crack_pipeline.splits.overlap_votes import Candidate, Views, count_votes
from crack_pipeline.splits.overlap_work import Comparison, compare_files, describe_files
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.splits.shared_part import SharedPart

SEARCH_VERSION = 1
"""Raised when the same photos would give other overlaps."""

_PHOTOS_A_CHUNK = 32
_PAIRS_A_CHUNK = 64
# Of 64 bits 20 in a row must agree, in one of eight places, and at most 16 of all may differ: among
# a million codes. With more codes chance would agree more often, so that more is asked of them.
_LEAST_BAND_BITS, _MOST_BAND_BITS, _N_BANDS = 20, 28, 8
_LARGEST_DISTANCE, _REACH = 16, 32

_COLUMN_TYPES = {
    "first": "int64",
    "second": "int64",
    "symmetry": "uint8",
    "first_scale": "float64",
    "second_scale": "float64",
    "dx_px": "int64",
    "dy_px": "int64",
    "shared_share": "float64",
    "correlation": "float64",
    "votes": "int64",
}


@dataclass(frozen=True, slots=True, eq=False)
class OverlapTable:
    """The overlaps that a search found.

    Attributes:
        table: One row an overlap, at most one for two photos: row numbers ``first`` < ``second``;
            ``symmetry`` that flips or turns the second as the first lies; the scales at which
            they were compared; ``dx_px``, ``dy_px`` where the flipped second one's upper left
            corner lies in the first (at another scale than 1: the shared part's corner);
            ``shared_share`` of the smaller photo; ``correlation``; ``votes``.
        seconds: Time that the search took, also where its result was kept from earlier.
        is_kept: Whether the result was kept from an earlier search.
    """

    table: pd.DataFrame
    seconds: float
    is_kept: bool

    @property
    def pairs(self) -> Pairs:
        """(K, 2) row numbers of the photos that overlap, the lower one first."""
        return self.table[["first", "second"]].to_numpy(dtype=np.int64)


def find_overlaps(
    paths: Sequence[str],
    contents: Sequence[str],
    settings: OverlapSettings,
    *,
    n_jobs: int = -1,
    store: Path | None = None,
) -> OverlapTable:
    """Search photos for crops of one photo.

    Points that stand out are described so that flips and quarter turns change nothing, like
    descriptions are found in a sorted index, their places vote for a symmetry and a translation,
    and the part that two photos would share is correlated. Of equal contents only the
    first takes part.

    Args:
        paths: N photos that can be read.
        contents: SHA-256 of each.
        settings: What counts as an overlap; ``search`` is the caller's to obey.
        n_jobs: Number of worker processes; -1 for one each core.
        store: Folder where the result is kept; None keeps nothing.

    Returns:
        The overlaps, by rising row numbers.

    Raises:
        ImageReadError: If a photo cannot be read.
        StorageError: If the store cannot be written.

    Source:
        Voting of local features for a pose: Lowe, D. G. (2004), Distinctive image features from
        scale-invariant keypoints, section 7.3, https://doi.org/10.1023/B:VISI.0000029664.99615.94.
    """
    row_of = {content: row for row, content in reversed(list(enumerate(contents)))}
    key = key_of_search(contents, settings, version=SEARCH_VERSION)
    kept = load_overlaps(store, key) if store is not None else None
    if kept is not None:
        return OverlapTable(_number_contents(kept[0], row_of), kept[1], is_kept=True)
    started = time.perf_counter()
    found = _search(sorted(row_of.values()), paths, settings, n_jobs)
    seconds = time.perf_counter() - started
    if store is not None:
        save_overlaps(store, key, _name_contents(found, contents), seconds=seconds)
    return OverlapTable(found, seconds, is_kept=False)


def _search(
    rows: Sequence[int], paths: Sequence[str], settings: OverlapSettings, n_jobs: int
) -> pd.DataFrame:
    if not rows:
        return _table_of([], settings)
    views = _describe(rows, paths, settings, n_jobs)
    matches = _match(views)
    candidates = count_votes(matches, views, min_votes=settings.min_votes)
    comparisons = [_to_comparison(candidate, paths, views) for candidate in candidates]
    parts = _compare(comparisons, n_jobs)
    found = [
        _describe_overlap(candidate, part, views)
        for candidate, part in zip(candidates, parts, strict=True)
        if part is not None
    ]
    return _table_of(found, settings)


def _describe(
    rows: Sequence[int], paths: Sequence[str], settings: OverlapSettings, n_jobs: int
) -> Views:
    scales = (1.0, *settings.scales)
    chunks = [
        [paths[row] for row in rows[start : start + _PHOTOS_A_CHUNK]]
        for start in range(0, len(rows), _PHOTOS_A_CHUNK)
    ]
    work = partial(describe_files, scales=scales, most=settings.max_points)
    results = track(
        spread(work, chunks, n_jobs=n_jobs),
        total=len(chunks),
        description="Looking for points",
        unit="batches",
    )
    views = [view for chunk in results for photo in chunk for view in photo]
    return Views(
        join_keypoints([view.points for view in views]),
        np.repeat(np.arange(len(views), dtype=np.int32), [len(view.points) for view in views]),
        np.repeat(np.array(rows, dtype=np.int32), len(scales)),
        np.tile(np.array(scales), len(rows)),
        np.array([view.size_px for view in views], dtype=np.int64),
    )


def _match(views: Views) -> NDArray[np.int64]:
    n_codes = len(views.points)
    band_bits = min(max(n_codes.bit_length() - 1, _LEAST_BAND_BITS), _MOST_BAND_BITS)
    return match_codes(
        views.points.code,
        views.photo[views.view],
        bands=even_bands(band_bits=band_bits, n_bands=_N_BANDS),
        max_distance=_LARGEST_DISTANCE - (band_bits - _LEAST_BAND_BITS),
        reach=_REACH,
    )


def _to_comparison(candidate: Candidate, paths: Sequence[str], views: Views) -> Comparison:
    first, second = candidate.first, candidate.second
    return Comparison(
        candidate,
        paths[views.photo[first]],
        float(views.scale[first]),
        paths[views.photo[second]],
        float(views.scale[second]),
    )


def _compare(comparisons: Sequence[Comparison], n_jobs: int) -> list[SharedPart | None]:
    chunks = [
        comparisons[start : start + _PAIRS_A_CHUNK]
        for start in range(0, len(comparisons), _PAIRS_A_CHUNK)
    ]
    results = spread(compare_files, chunks, n_jobs=n_jobs)
    return list(
        chain.from_iterable(
            track(results, total=len(chunks), description="Comparing overlaps", unit="batches")
        )
    )


def _describe_overlap(
    candidate: Candidate, part: SharedPart, views: Views
) -> dict[str, int | float]:
    first, second = candidate.first, candidate.second
    return {
        "first": int(views.photo[first]),
        "second": int(views.photo[second]),
        "symmetry": candidate.symmetry,
        "first_scale": float(views.scale[first]),
        "second_scale": float(views.scale[second]),
        "dx_px": part.dx_px,
        "dy_px": part.dy_px,
        "shared_share": part.share,
        "correlation": part.correlation,
        "votes": candidate.votes,
    }


def _table_of(found: list[dict[str, int | float]], settings: OverlapSettings) -> pd.DataFrame:
    table = pd.DataFrame(found, columns=list(_COLUMN_TYPES)).astype(_COLUMN_TYPES)
    proven = (table["correlation"] >= settings.min_correlation) & (
        table["shared_share"] >= settings.min_shared_share
    )
    best_first = table[proven].sort_values("correlation", ascending=False, kind="stable")
    once = best_first.drop_duplicates(["first", "second"])
    return once.sort_values(["first", "second"]).reset_index(drop=True)


_SIDES = ["first", "second"]


def _name_contents(table: pd.DataFrame, contents: Sequence[str]) -> pd.DataFrame:
    # Row numbers change when photos are listed in another order, contents do not.
    names = pd.Series(list(contents), dtype="string")
    return table.assign(**{side: names[table[side]].to_numpy() for side in _SIDES})


def _number_contents(table: pd.DataFrame, row_of: dict[str, int]) -> pd.DataFrame:
    return table.assign(
        **{side: table[side].map(row_of).astype("int64") for side in _SIDES}
    ).reset_index(drop=True)
