"""Find near-duplicate photos: candidates by hash, each one verified by correlation."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.splits.code_index import certain_bands, match_codes
from crack_pipeline.splits.correlation import correlate_pairs
from crack_pipeline.splits.hashing import hashes_to_integers
from crack_pipeline.splits.posed_hashes import hash_in_pose
from crack_pipeline.splits.settings import DuplicateSettings
from crack_pipeline.splits.symmetries import COMPOSED, IDENTITY, INVERSES

Pairs = NDArray[np.int64]
"""(K, 2) int64 row numbers, the lower one first."""

# Photos that look like hundreds of others are compared with the most alike ones only.
_REACH = 32


@dataclass(frozen=True, slots=True, eq=False)
class NearDuplicates:
    """Photos that are near-duplicates of each other.

    Attributes:
        pairs: (K, 2) row numbers, the lower one first.
        symmetries: (K,) uint8; what flips or turns the second as the first lies, 0 for nothing.
    """

    pairs: Pairs
    symmetries: NDArray[np.uint8]

    @property
    def is_flipped(self) -> NDArray[np.bool_]:
        """(K,): whether the second must be flipped or turned to look like the first."""
        return np.asarray(self.symmetries != IDENTITY)


def link_near_duplicates(
    hashes: list[str], thumbnails: NDArray[np.uint8], settings: DuplicateSettings
) -> NearDuplicates:
    """Pairs of photos that are near-duplicates of each other, and how they lie.

    Pairs that others already connect are left out: the groups stay the same, and many copies of
    one photo cost no more than their number.

    Args:
        hashes: N perceptual hashes of 16 hexadecimal digits.
        thumbnails: (N, 64, 64) uint8.
        settings: Largest hash distance, least correlation, and whether flips count.

    Returns:
        Pairs that connect each group.
    """
    candidates = _upright_candidates(hashes, settings.max_hash_distance)
    if settings.flips:
        turned = _turned_candidates(thumbnails, settings.max_hash_distance)
        candidates = np.vstack([candidates, turned])
    links, enough = np.empty((0, 3), np.int64), settings.min_correlation
    for some in _in_rounds(candidates):
        groups = _connect(links[:, :2], len(hashes))
        open_ones = some[groups[some[:, 0]] != groups[some[:, 1]]]
        agree = correlate_pairs(thumbnails, open_ones, enough=enough) >= enough
        links = np.vstack([links, open_ones[agree]])
    needed = links[_first_of_each_pair(links)]
    return NearDuplicates(needed[:, :2], needed[:, 2].astype(np.uint8))


def _upright_candidates(hashes: list[str], max_distance: int) -> NDArray[np.int64]:
    pairs = _match(hashes_to_integers(hashes), np.arange(len(hashes)), max_distance)
    return np.column_stack([pairs, np.zeros(len(pairs), np.int64)])


def _turned_candidates(thumbnails: NDArray[np.uint8], max_distance: int) -> NDArray[np.int64]:
    posed = hash_in_pose(thumbnails)
    found = _match(posed.code, posed.row, max_distance)
    # The lower row is the first one, and it stays as it lies.
    swapped = posed.row[found[:, 0]] > posed.row[found[:, 1]]
    found[swapped] = found[swapped][:, ::-1]
    poses = posed.pose[found]
    symmetries = COMPOSED[INVERSES[poses[:, 0]], poses[:, 1]]
    rows = np.column_stack([posed.row[found], symmetries.astype(np.int64)])
    return np.asarray(np.unique(rows[symmetries != IDENTITY], axis=0), np.int64)


def _match(
    codes: NDArray[np.uint64], owners: NDArray[np.int64], max_distance: int
) -> NDArray[np.int64]:
    bands = certain_bands(max_distance)
    return match_codes(codes, owners, bands=bands, max_distance=max_distance, reach=_REACH)


def _in_rounds(candidates: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Candidates in rounds, in the first of which each photo meets one other only.

    Copies are all linked after it, and need no further comparison.
    """
    ordered = candidates[np.argsort(candidates[:, 0], kind="stable")]
    starts = np.flatnonzero(np.diff(ordered[:, 0], prepend=-1))
    place = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.append(starts, len(ordered))))
    round_of = np.ceil(np.log2(place + 1)).astype(int)
    for number in range(int(round_of.max(initial=-1)) + 1):
        yield ordered[round_of == number]


def _connect(pairs: Pairs, n_rows: int) -> NDArray[np.int64]:
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (n_rows, n_rows))
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups, np.int64)


def _first_of_each_pair(links: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first = np.unique(links[:, :2], axis=0, return_index=True)
    return np.asarray(first, np.int64)
