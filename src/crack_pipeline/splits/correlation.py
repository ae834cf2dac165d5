"""Do two photos show the same surface? Correlation of their details, after alignment."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.hashing import THUMBNAIL_PX
from crack_pipeline.splits.symmetries import apply_symmetry
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
