"""Tell a mask from a picture: a photo, an overlay, a screenshot, a heat map.

A mask has two dominant levels: the most frequent one below the cut, and the most frequent one from
the cut on. Of its pixels, nine in ten at least lie within 12 px of a patch of 5×5 px that holds
nothing but one of these: soft edges and halos of a compression lie beside flat ground, the texture
of a photo does not.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.images.frames import measure_likeness
from crack_pipeline.masks.channels import refuse_picture
from crack_pipeline.types import GreyImage

MOST_UNSETTLED = 0.1
"""Share of the pixels of a mask that may lie far from both levels."""

_LEAST_APART = 0.75  # how far both levels lie apart at least, in parts of the threshold
_FLAT_PX = 5
_REACH_PX = 12
_EDGE_PX = 4
_MOST_FAINT = 0.5
_SAME_PICTURE = 0.99
_SHOWS_PICTURE = 0.8
_SAME_LEVELS = 4.0


def measure_unsettled(levels: GreyImage, counts: NDArray[np.int64], threshold: int) -> float:
    """Share of the pixels that lie far from both dominant levels.

    Args:
        levels: (H, W) uint8.
        counts: (256,) how many pixels each level has.
        threshold: The cut between both levels.

    Returns:
        0 to 1; 1 where all pixels lie on one side of the cut, or both levels are nearly alike; 0
        where a side is too short to tell.
    """
    if min(levels.shape) < 2 * _REACH_PX:
        return 0.0
    dark, bright = int(counts[:threshold].argmax()), threshold + int(counts[threshold:].argmax())
    is_apart = counts[dark] and counts[bright] and bright - dark >= _LEAST_APART * threshold
    if not is_apart:
        return 1.0
    patch = np.ones((_FLAT_PX, _FLAT_PX), np.uint8)
    flat = np.zeros(levels.shape, np.uint8)
    for level in (dark, bright):
        is_level = cv2.inRange(levels, level - 1, level + 1)
        flat = np.maximum(flat, cv2.erode(is_level, patch).astype(np.uint8))
    reach = np.ones((2 * _REACH_PX + _FLAT_PX,) * 2, np.uint8)
    return 1 - float(np.count_nonzero(cv2.dilate(flat, reach))) / levels.size


def require_two_levels(levels: GreyImage, counts: NDArray[np.int64], threshold: int) -> int:
    """Refuse what has no two dominant levels, and soft masks of which the cut leaves little.

    Args:
        levels: (H, W) uint8.
        counts: (256,) how many pixels each level has.
        threshold: The level from which a pixel is crack.

    Returns:
        Faint pixels that the cut leaves out: half as bright as the threshold, away from crack.

    Raises:
        MaskError: If it is no mask, or most of its crack is fainter than the threshold.
    """
    unsettled = measure_unsettled(levels, counts, threshold)
    if unsettled > MOST_UNSETTLED:
        raise refuse_picture(
            f"{unsettled:.0%} of its pixels lie away from two clear levels, as in a photo, an "
            "overlay or a heat map"
        )
    if 2 * counts[threshold:].sum() > levels.size:
        levels, counts, threshold = 255 - levels, counts[::-1], 256 - threshold
    crack = (levels >= threshold).astype(np.uint8)
    beside = cv2.dilate(crack, np.ones((2 * _EDGE_PX + 1,) * 2, np.uint8))
    dark = int(counts[:threshold].argmax())
    n_faint = int(np.count_nonzero((2 * levels.astype(np.int16) >= dark + threshold) > beside))
    if n_faint > _MOST_FAINT * (n_faint + np.count_nonzero(crack)):
        raise MaskError(
            "The crack of a mask must reach the threshold.",
            received=f"mask too faint: {n_faint} px of its lines do not reach {threshold}, "
            f"{np.count_nonzero(crack)} px do; write it with two levels, or lower halo_threshold",
            remedy="Write it with 0 for background and 255 for crack.",
        )
    return n_faint


def shows_photo(samples: NDArray[Any], lightness: GreyImage, *, is_mask: bool) -> bool:
    """True where the content of a mask file is its photo, as it is, resized, grey or painted over.

    Args:
        samples: (h, w) or (h, w, C), as stored.
        lightness: (H, W) uint8 of the photo.
        is_mask: Whether the levels are a mask's. Then they must be the photo's own: the mask of a
            bright crack resembles its photo, too.
    """
    likeness, difference = measure_likeness(samples, lightness)
    if is_mask:
        return likeness >= _SAME_PICTURE and difference <= _SAME_LEVELS
    return likeness >= _SHOWS_PICTURE
