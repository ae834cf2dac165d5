"""Find near-duplicate photos: candidates by hash, each one verified by correlation."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.correlation import correlate_aligned, has_details
from crack_pipeline.splits.hashing import hashes_to_integers
from crack_pipeline.splits.settings import DuplicateSettings

Pairs = NDArray[np.int64]
"""(K, 2) int64 row numbers, the lower one first."""


def find_near_duplicates(
    hashes: list[str], thumbnails: NDArray[np.uint8], settings: DuplicateSettings
) -> Pairs:
    """Pairs of photos that are near-duplicates of each other.

    Pairs that earlier ones already connect are left out: the groups stay the same, and many
    copies of one photo cost no more than their number.

    Args:
        hashes: N perceptual hashes of 16 hexadecimal digits.
        thumbnails: (N, 64, 64) uint8.
        settings: Largest hash distance and least correlation.

    Returns:
        (K, 2) row numbers that connect each group.
    """
    codes = hashes_to_integers(hashes)
    linked = _Linked(len(codes))
    found: list[tuple[int, int]] = []
    refused: set[tuple[int, int]] = set()
    for pair in _candidates(codes, settings.max_hash_distance):
        if pair in refused or linked.connects(*pair):
            continue
        if _are_duplicates(thumbnails[pair[0]], thumbnails[pair[1]], settings.min_correlation):
            linked.connect(*pair)
            found.append(pair)
        else:
            refused.add(pair)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def _are_duplicates(
    first: NDArray[np.uint8], second: NDArray[np.uint8], min_correlation: float
) -> bool:
    return has_details(first) and correlate_aligned(first, second) >= min_correlation


def _candidates(codes: NDArray[np.uint64], max_distance: int) -> Iterator[tuple[int, int]]:
    """Pairs within a Hamming distance, some of them several times.

    Hashes that differ in at most d bits are equal in one of d + 1 bands of bits, so sorting by each
    band brings every such pair into one run of equal keys.
    """
    for band in np.array_split(np.arange(64, dtype=np.uint64), max_distance + 1):
        mask = np.uint64(sum(1 << int(bit) for bit in band))
        keys = codes & mask
        order = np.argsort(keys, kind="stable")
        yield from _candidates_of_runs(codes, keys[order], order, max_distance)


def _candidates_of_runs(
    codes: NDArray[np.uint64],
    sorted_keys: NDArray[np.uint64],
    order: NDArray[np.int64],
    max_distance: int,
) -> Iterator[tuple[int, int]]:
    starts, offset = np.arange(len(codes)), 1
    while True:
        starts = starts[starts + offset < len(codes)]
        starts = starts[sorted_keys[starts] == sorted_keys[starts + offset]]
        if starts.size == 0:
            return
        first, second = order[starts], order[starts + offset]
        near = np.bitwise_count(codes[first] ^ codes[second]) <= max_distance
        for one, other in zip(first[near].tolist(), second[near].tolist(), strict=True):
            yield (one, other) if one < other else (other, one)
        offset += 1


class _Linked:
    """Union of sets with path halving (Tarjan and van Leeuwen, 1984)."""

    def __init__(self, n_rows: int) -> None:
        self._parents = list(range(n_rows))

    def connects(self, first: int, second: int) -> bool:
        return self._root(first) == self._root(second)

    def connect(self, first: int, second: int) -> None:
        self._parents[self._root(first)] = self._root(second)

    def _root(self, row: int) -> int:
        parents = self._parents
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row
