"""Find equal and nearly equal 64-bit codes among millions, without comparing all with all."""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

CODE_BITS = 64

Band: TypeAlias = Sequence[tuple[int, int]]
"""Ranges of bits, counted from the highest one; each a first bit and the one after its last."""


def even_bands(*, band_bits: int, n_bands: int) -> list[Band]:
    """Bands of consecutive bits, spread evenly; they may share bits.

    Args:
        band_bits: Number of bits of each.
        n_bands: Number of bands.

    Returns:
        The bands.
    """
    starts = np.linspace(0, CODE_BITS - band_bits, n_bands).astype(int)
    return [[(int(start), int(start) + band_bits)] for start in starts]


def certain_bands(max_distance: int) -> list[Band]:
    """Bands of which at least one is equal in any two codes that differ in few bits.

    Of d + 2 blocks of bits, d differing ones leave two untouched: each two blocks are a band. Two
    blocks make rarer keys than the single one that d + 1 blocks would leave.

    Args:
        max_distance: Most differing bits, d.

    Returns:
        (d + 2)(d + 1) / 2 bands.
    """
    edges = np.linspace(0, CODE_BITS, max_distance + 3).astype(int).tolist()
    return list(combinations(pairwise(edges), 2))


def match_codes(
    codes: NDArray[np.uint64],
    owners: NDArray[np.integer[Any]],
    *,
    bands: Sequence[Band],
    max_distance: int,
    reach: int,
) -> NDArray[np.int64]:
    """Pairs of codes of two owners that agree in a band of bits and differ in few of all.

    The codes are sorted once for each band, the band's bits first. Whoever agrees in a band then
    lies in one run, and the most alike lie next to each other; each code is compared with the next
    few of its run only. So the cost grows as sorting does, however many codes are equal.

    Args:
        codes: (N,) uint64.
        owners: (N,) the photo that each code is of.
        bands: Bits of which all must agree, in one of the bands.
        max_distance: Most differing bits of all 64.
        reach: How many neighbours in its run each code is compared with.

    Returns:
        (M, 2) rows of codes, each pair once, the lower row first.

    Source:
        Bit sampling for Hamming distances: Indyk, P., Motwani, R. (1998), Approximate nearest
        neighbors, STOC, 604–613, https://doi.org/10.1145/276698.276876; neighbours in sorted order
        as in Charikar, M. S. (2002), STOC, 380–388, https://doi.org/10.1145/509907.509965.
    """
    found = [_match_in_band(codes, owners, band, max_distance, reach) for band in bands]
    return _distinct_pairs(np.vstack([np.empty((0, 2), np.int64), *found]), len(codes))


def _match_in_band(
    codes: NDArray[np.uint64],
    owners: NDArray[np.integer[Any]],
    band: Band,
    max_distance: int,
    reach: int,
) -> NDArray[np.int64]:
    permuted = _bring_first(codes, band)
    order = np.argsort(permuted, kind="stable")
    permuted, owners = permuted[order], owners[order]
    others = np.uint64(CODE_BITS - sum(stop - start for start, stop in band))
    found = [np.empty((0, 2), np.int64)]
    # Few codes have a neighbour that agrees: only these are looked at from here on.
    places = np.flatnonzero((permuted[:-1] ^ permuted[1:]) >> others == 0)
    for offset in range(1, reach + 1):
        places = places[places + offset < len(codes)]
        difference = permuted[places] ^ permuted[places + offset]
        agree = difference >> others == 0
        places, difference = places[agree], difference[agree]
        if places.size == 0:
            break
        differ = owners[places] != owners[places + offset]
        near = places[(np.bitwise_count(difference) <= max_distance) & differ]
        found.append(np.column_stack([order[near], order[near + offset]]))
    return np.vstack(found)


def _bring_first(codes: NDArray[np.uint64], band: Band) -> NDArray[np.uint64]:
    """Codes with the band's bits highest, and the others in their order behind."""
    edges = [0, *(bit for bits in sorted(band) for bit in bits), CODE_BITS]
    others = list(zip(edges[::2], edges[1::2], strict=True))
    permuted = np.zeros_like(codes)
    for start, stop in (*band, *others):
        if stop - start == CODE_BITS:
            return codes
        piece = (codes >> np.uint64(CODE_BITS - stop)) & np.uint64((1 << (stop - start)) - 1)
        permuted = (permuted << np.uint64(stop - start)) | piece
    return permuted


def _distinct_pairs(pairs: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    ordered = np.sort(pairs, axis=1)
    numbers = np.unique(ordered[:, 0] * n_rows + ordered[:, 1])
    return np.column_stack(np.divmod(numbers, max(n_rows, 1))).astype(np.int64)
