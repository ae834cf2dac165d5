"""Find near-duplicate photos: candidates by hash, each one verified by correlation."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.splits.code_index import certain_bands, match_codes
from crack_pipeline.splits.hashing import THUMBNAIL_PX, hashes_to_integers
from crack_pipeline.splits.settings import DuplicateSettings
from crack_pipeline.splits.symmetries import (
    COMPOSED,
    IDENTITY,
    INVERSES,
    N_SYMMETRIES,
    apply_symmetry,
    bring_into_poses,
    waves_of,
)
from crack_pipeline.types import GreyImage

# Uneven light alone correlates unrelated concrete at .9 and above (seen on METU patches): what is
# coarser than a tenth of the side is taken out before.
_LIGHT_SIGMA_PX = 6.0
# Along the border the light is not known on one side and stays in part.
_BORDER_PX = 6
_SIDE_PX = THUMBNAIL_PX - 2 * _BORDER_PX
_LEAST_DETAIL = 0.25
_LARGEST_SHIFT_PX = _SIDE_PX // 2

_window = cv2.createHanningWindow((_SIDE_PX, _SIDE_PX), cv2.CV_32F)


_PAIRS_AT_ONCE = 1024


def details_of(thumbnail: GreyImage) -> NDArray[np.float32]:
    """The inner part of a thumbnail without its uneven light.

    Args:
        thumbnail: (64, 64) uint8.

    Returns:
        (52, 52) float32 around 0.
    """
    return np.asarray(_details_of_many(thumbnail[None])[0], np.float32)


def has_details(thumbnail: GreyImage) -> bool:
    """True where there is detail to compare; blank photos correlate with nothing."""
    return float(details_of(thumbnail).std()) >= _LEAST_DETAIL


def correlate_pairs(
    thumbnails: NDArray[np.uint8], pairs: NDArray[np.int64], *, enough: float
) -> NDArray[np.float64]:
    """Correlate the details of pairs of thumbnails, in place or after the best translation.

    Args:
        thumbnails: (N, 64, 64) uint8.
        pairs: (K, 3) two row numbers, and the symmetry that the second is flipped or turned by.
        enough: Pairs that correlate so well in place are not aligned.

    Returns:
        (K,) zero-normalised correlations in [-1, 1] on the shared part, which is at least a quarter
        of the area; 0 where a thumbnail is blank.

    Source:
        Translation by phase correlation: Kuglin, C. D., Hines, D. C. (1975), The phase correlation
        image alignment method, Proc. IEEE Int. Conf. Cybernetics and Society, 163–165.
    """
    found = [
        _correlate_some(thumbnails, pairs[start : start + _PAIRS_AT_ONCE], enough)
        for start in range(0, len(pairs), _PAIRS_AT_ONCE)
    ]
    return np.concatenate([np.empty(0), *found])


def correlate_all(
    first: NDArray[np.uint8], second: NDArray[np.uint8], *, flips: bool
) -> NDArray[np.float32]:
    """Correlate the details of each thumbnail with those of each other one, in place.

    Args:
        first: (N, 64, 64) uint8.
        second: (M, 64, 64) uint8.
        flips: Take the best of the eight ways in which the second may lie.

    Returns:
        (N, M) correlations in [-1, 1]; 0 where a thumbnail is blank.
    """
    fixed, moving = _normalize(_details_of_many(first)), _normalize(_details_of_many(second))
    ways = range(N_SYMMETRIES if flips else 1)
    area = ((1, 2), (1, 2))
    each = (np.tensordot(fixed, apply_symmetry(moving, way), area) for way in ways)
    return np.asarray(reduce(np.maximum, each), np.float32)


def _normalize(details: NDArray[np.float32]) -> NDArray[np.float32]:
    centred = details - details.mean(axis=(1, 2), keepdims=True)
    spread = centred.std(axis=(1, 2), keepdims=True)
    scale = np.where(spread < _LEAST_DETAIL, np.inf, spread * _SIDE_PX)
    return np.asarray(centred / scale, np.float32)


def _correlate_some(
    thumbnails: NDArray[np.uint8], pairs: NDArray[np.int64], enough: float
) -> NDArray[np.float64]:
    rows, places = np.unique(pairs[:, :2], return_inverse=True)
    details = _details_of_many(thumbnails[rows])
    places = places.reshape(-1, 2)
    fixed, moving = details[places[:, 0]], _turn(details[places[:, 1]], pairs[:, 2])
    spread = np.minimum(fixed.std(axis=(1, 2)), moving.std(axis=(1, 2)))
    correlations = np.array(_correlate_in_place(fixed, moving), dtype=np.float64)
    correlations[spread < _LEAST_DETAIL] = 0.0
    for pair in np.flatnonzero((correlations < enough) & (spread >= _LEAST_DETAIL)):
        moved = _correlate_moved(fixed[pair], moving[pair])
        correlations[pair] = max(correlations[pair], moved)
    return correlations


def _blur_matrix() -> NDArray[np.float32]:
    spots = np.eye(THUMBNAIL_PX, dtype=np.float32)
    blurred = cv2.GaussianBlur(spots, (1, 0), sigmaX=_LIGHT_SIGMA_PX, sigmaY=_LIGHT_SIGMA_PX)
    return np.asarray(blurred[_BORDER_PX:-_BORDER_PX], np.float32)


_blur = _blur_matrix()


def _details_of_many(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    levels = thumbnails.astype(np.float32)
    light = _blur @ (levels @ _blur.T)
    return np.asarray(levels[:, *[slice(_BORDER_PX, -_BORDER_PX)] * 2] - light, np.float32)


def _turn(details: NDArray[np.float32], symmetries: NDArray[np.int64]) -> NDArray[np.float32]:
    turned = np.empty_like(details)
    for symmetry in np.unique(symmetries):
        some = symmetries == symmetry
        turned[some] = apply_symmetry(details[some], int(symmetry))
    return turned


def _correlate_in_place(
    fixed: NDArray[np.float32], moving: NDArray[np.float32]
) -> NDArray[np.float32]:
    first, second = (some.reshape(len(some), -1) for some in (fixed, moving))
    first, second = (some - some.mean(axis=1, keepdims=True) for some in (first, second))
    power = np.einsum("np,np->n", first, first) * np.einsum("np,np->n", second, second)
    shared = np.einsum("np,np->n", first, second)
    return np.asarray(shared / np.sqrt(np.maximum(power, np.finfo(np.float32).tiny)), np.float32)


def _correlate_moved(fixed: NDArray[np.float32], moving: NDArray[np.float32]) -> float:
    (shift_x, shift_y), _ = cv2.phaseCorrelate(fixed, moving, _window)
    if max(abs(shift_x), abs(shift_y)) > _LARGEST_SHIFT_PX:
        return -1.0
    back = np.array([[1, 0, -shift_x], [0, 1, -shift_y]], dtype=np.float32)
    moved = cv2.warpAffine(moving, back, moving.shape[::-1], flags=cv2.INTER_LINEAR)
    shared = (_shared_range(shift_y), _shared_range(shift_x))
    return _correlate(fixed[shared], np.asarray(moved, dtype=np.float32)[shared])


def _shared_range(shift_px: float) -> slice:
    return slice(int(np.ceil(max(0.0, -shift_px))), _SIDE_PX - int(np.ceil(max(0.0, shift_px))))


def _correlate(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    first, second = first.ravel(), second.ravel()
    first, second = first - first.mean(), second - second.mean()
    power, power_there = float(first @ first), float(second @ second)
    if min(power, power_there) < first.size * _LEAST_DETAIL**2:
        return 0.0
    return float(first @ second) / math.sqrt(power * power_there)


_SIDE, _HASHED_PX = 8, THUMBNAIL_PX // 2
_DOUBTFUL_SHARE = 0.15
_PHOTOS_AT_ONCE = 2048


@dataclass(frozen=True, slots=True, eq=False)
class PosedHashes:
    """Hashes of photos that were brought into a pose first.

    Attributes:
        code: (K,) uint64.
        row: (K,) int64; the photo of each. Photos without a clear pose have several.
        pose: (K,) uint8; the symmetry that brings the photo into the pose.
    """

    code: NDArray[np.uint64]
    row: NDArray[np.int64]
    pose: NDArray[np.uint8]


def hash_in_pose(thumbnails: NDArray[np.uint8]) -> PosedHashes:
    """Hash photos as they look when brightness grows to the right, then downwards.

    Args:
        thumbnails: (N, 64, 64) uint8.

    Returns:
        The hashes, some thousand photos after the others, by rising rows within each pose that was
        tried.
    """
    # Some at a time: thumbnails may be mapped from a file, and are never in memory together.
    some = [
        _hash_some(thumbnails[start : start + _PHOTOS_AT_ONCE], start)
        for start in range(0, len(thumbnails), _PHOTOS_AT_ONCE)
    ]
    empty = PosedHashes(np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.uint8))
    return PosedHashes(
        np.concatenate([empty.code, *(found.code for found in some)]),
        np.concatenate([empty.row, *(found.row for found in some)]),
        np.concatenate([empty.pose, *(found.pose for found in some)]),
    )


_WAVES = waves_of(_SIDE, _HASHED_PX)


def _hash_some(thumbnails: NDArray[np.uint8], first_row: int) -> PosedHashes:
    frequencies, row, pose = bring_into_poses(
        _WAVES @ (_halve(thumbnails) @ _WAVES.T), doubtful_share=_DOUBTFUL_SHARE
    )
    return PosedHashes(_encode(frequencies), row + first_row, pose)


def _halve(thumbnails: NDArray[np.uint8]) -> NDArray[np.float32]:
    # Photos below each other are one tall photo: OpenCV halves it as it halves each alone.
    tall = thumbnails.reshape(-1, THUMBNAIL_PX)
    size_px = (_HASHED_PX, len(thumbnails) * _HASHED_PX)
    halved = np.asarray(cv2.resize(tall, size_px, interpolation=cv2.INTER_AREA))
    return halved.reshape(-1, _HASHED_PX, _HASHED_PX).astype(np.float32)


def _encode(frequencies: NDArray[np.float32]) -> NDArray[np.uint64]:
    flat = frequencies.reshape(len(frequencies), _SIDE * _SIDE)
    middle = np.partition(flat, flat.shape[1] // 2, axis=1)[:, flat.shape[1] // 2]
    packed = np.packbits(flat >= middle[:, None], axis=1)
    return np.ascontiguousarray(packed).view(">u8").ravel().astype(np.uint64)


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
        groups = number_components(links[:, :2], len(hashes))
        open_ones = some[groups[some[:, 0]] != groups[some[:, 1]]]
        agree = correlate_pairs(thumbnails, open_ones, enough=enough) >= enough
        links = np.vstack([links, open_ones[agree]])
    _, first = np.unique(links[:, :2], axis=0, return_index=True)
    needed = links[first]
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


def number_components(pairs: Pairs, n_rows: int) -> NDArray[np.int64]:
    """Number the connected components of rows that pairs link: (N,) int64."""
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), (n_rows, n_rows))
    _, groups = connected_components(graph, directed=False)
    return np.asarray(groups, np.int64)
