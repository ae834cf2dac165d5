"""Do two photos show the same surface? Correlation of their details, after alignment."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.hashing import THUMBNAIL_PX
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


def details_of(thumbnail: GreyImage) -> NDArray[np.float32]:
    """The inner part of a thumbnail without its uneven light.

    Args:
        thumbnail: (64, 64) uint8.

    Returns:
        (52, 52) float32 around 0.
    """
    levels = thumbnail.astype(np.float32)
    details = levels - cv2.GaussianBlur(levels, (0, 0), _LIGHT_SIGMA_PX)
    inner = slice(_BORDER_PX, -_BORDER_PX)
    return np.ascontiguousarray(details[inner, inner], dtype=np.float32)


def has_details(thumbnail: GreyImage) -> bool:
    """Whether there is anything to compare; blank photos correlate with nothing."""
    return float(details_of(thumbnail).std()) >= _LEAST_DETAIL


def correlate_aligned(first: GreyImage, second: GreyImage) -> float:
    """Correlation of the details of two thumbnails, in place or after the best translation.

    Args:
        first: (64, 64) uint8.
        second: (64, 64) uint8.

    Returns:
        Zero-normalised correlation in [-1, 1] on the shared part, which is at least a quarter of
        the area; 0 where a thumbnail is blank.

    Source:
        Translation by phase correlation: Kuglin, C. D., Hines, D. C. (1975), The phase correlation
        image alignment method, Proc. IEEE Int. Conf. Cybernetics and Society, 163–165.
    """
    fixed, moving = details_of(first), details_of(second)
    in_place = _correlate(fixed, moving)
    (shift_x, shift_y), _ = cv2.phaseCorrelate(fixed, moving, _window)
    if max(abs(shift_x), abs(shift_y)) > _LARGEST_SHIFT_PX:
        return in_place
    return max(in_place, _correlate_shifted(fixed, moving, shift_x, shift_y))


def _correlate_shifted(
    fixed: NDArray[np.float32], moving: NDArray[np.float32], shift_x: float, shift_y: float
) -> float:
    back = np.array([[1, 0, -shift_x], [0, 1, -shift_y]], dtype=np.float32)
    moved = cv2.warpAffine(moving, back, moving.shape[::-1], flags=cv2.INTER_LINEAR)
    shared = (_shared_range(shift_y), _shared_range(shift_x))
    return _correlate(fixed[shared], np.asarray(moved, dtype=np.float32)[shared])


def _shared_range(shift_px: float) -> slice:
    return slice(int(np.ceil(max(0.0, -shift_px))), _SIDE_PX - int(np.ceil(max(0.0, shift_px))))


def _correlate(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    first, second = first - first.mean(), second - second.mean()
    if min(first.std(), second.std()) < _LEAST_DETAIL:
        return 0.0
    norm = np.sqrt(float((first * first).sum()) * float((second * second).sum()))
    return float((first * second).sum()) / float(norm)
