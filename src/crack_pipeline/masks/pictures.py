"""Tell a mask from a picture: a photo, an overlay, a screenshot, a heat map.

A mask has two dominant levels: the most frequent one, and the one that stands out most from it.
Nine in ten of its pixels lie within 12 px of a patch of 5×5 px that holds nothing but one of these:
soft edges and halos of a compression lie beside flat ground, the texture of a photo does not. Each
side of the cut is asked for itself, too. The limits and what they let pass:
docs/decisions/0030_pictures_are_no_masks.md.
"""

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.images.frames import measure_likeness, to_grey
from crack_pipeline.masks.channels import refuse_levels, refuse_picture
from crack_pipeline.types import BinaryMask, GreyImage

MOST_UNSETTLED = 0.1
"""Share of the pixels of a mask that may lie far from both levels."""

BRIGHTEST_NOISE = 32
"""Compression leaves no brighter specks on black; a crack is never so dark after it, unless it was
stored as 1."""

_SPREAD = 8  # grey levels to either side that compression makes of one level

# Ground that lies on the two levels.
_LEAST_APART = 80  # grey levels between the two
_FLAT_PX = 5
_REACH_PX = 12

# Lines that the cut leaves out.
_EDGE_PX = 4  # so near to crack a faint pixel is the crack's edge
_MOST_FAINT = 0.5  # of faint pixels and crack together

# Flat areas of a further level, and a crack with a texture.
_NEARLY_FLAT = 8  # grey levels between the brightest and the darkest of 3×3 px
_FURTHER = 0.2  # of the way between both levels: from there on a level is a third one
_MOST_FURTHER = 0.03  # of the crack's pixels
_MOST_FURTHER_IN_ALL = 0.001  # of all pixels
_NOISE = 8  # grey levels: flat ground farther from both levels is a second ground
_MOST_BESIDE = 0.05  # of all pixels
_INSIDE_PX = 8  # farther than blocks of JPEG reach
_ROUGH = 12  # grey levels within 3×3 px
_MOST_ROUGH = 0.5  # of the inside
_FEWEST_INSIDE = 50  # px

# A bright frame around a dark window.
_BARS = 36  # of the longer side: text and cracks are narrower
_LEAST_WINDOW = 0.1  # of the picture
_CLEAR = 0.85  # of an edge's pixels: bright outside, dark inside

# The photo itself.
_SHOWS_PICTURE = 0.8  # correlation
_EXTREME = 0.15  # of the range, at either end
_FEWEST_ALIKE = 100  # px: fewer are alike by chance
_LEAST_ALIKE = 0.001  # of all pixels
_SAME_TEXTURE = 0.97  # correlation; inverted soft masks reach 0.94


def find_levels(counts: NDArray[np.int64]) -> tuple[int, int]:
    """Find the two dominant levels: the most frequent one, and the one that stands out from it.

    Args:
        counts: (256,) how many pixels each level has.

    Returns:
        The darker one and the brighter one, alike where there is one only. Levels within 32 of the
        most frequent one count as its noise.
    """
    ground = int(counts.argmax())
    apart = np.abs(np.arange(counts.size) - ground)
    weights = counts * np.where(apart > BRIGHTEST_NOISE, apart, 0) ** 2
    peak = int(np.convolve(weights, np.ones(2 * _SPREAD + 1), "same").argmax())
    first = max(peak - _SPREAD, 0)
    other = first + int(weights[first : peak + _SPREAD + 1].argmax()) if weights.any() else ground
    return min(ground, other), max(ground, other)


def choose_cut(dark: int, bright: int, threshold: int) -> int:
    """The level from which a pixel counts as bright.

    Args:
        dark: The darker of the dominant levels.
        bright: The brighter one.
        threshold: Where 0 and 255 are cut.

    Returns:
        The threshold where both levels lie clear of it, else the same share of the way from one to
        the other.
    """
    if dark <= threshold * 3 // 4 and bright >= (threshold * 3 + 256) // 4:
        return threshold
    return dark + math.ceil((bright - dark) * threshold / 256)


def measure_unsettled(levels: GreyImage, dark: int, bright: int) -> float:
    """Share of the pixels that lie far from both dominant levels.

    Args:
        levels: (H, W) uint8.
        dark: The darker of both.
        bright: The brighter one.

    Returns:
        0 to 1; 1 where both levels are nearly alike; 0 where a side is too short to tell.
    """
    if min(levels.shape) < 2 * _REACH_PX:
        return 0.0
    if bright - dark < _LEAST_APART:
        return 1.0
    flat = np.zeros(levels.shape, np.uint8)
    for level in (dark, bright):
        is_level = cv2.inRange(levels, level - 1, level + 1)
        flat = np.maximum(flat, cv2.erode(is_level, _square(_FLAT_PX)).astype(np.uint8))
    reach = cv2.dilate(flat, _square(2 * _REACH_PX + _FLAT_PX))
    return 1 - float(np.count_nonzero(reach)) / levels.size


def require_two_levels(levels: GreyImage, dark: int, bright: int, cut: int) -> int:
    """Refuse what has no two dominant levels, and soft masks of which the cut leaves little.

    Args:
        levels: (H, W) uint8.
        dark: The darker of the dominant levels.
        bright: The brighter one.
        cut: The level from which a pixel counts as bright.

    Returns:
        Faint pixels that the cut leaves out: half as far from the ground, away from crack.

    Raises:
        MaskError: If it is no mask, one of several classes, or most of its crack is too faint.
    """
    unsettled = measure_unsettled(levels, dark, bright)
    if unsettled > MOST_UNSETTLED:
        raise refuse_picture(
            f"{unsettled:.0%} of its pixels lie away from two clear levels, as in a photo, an "
            "overlay or a heat map"
        )
    if 2 * np.count_nonzero(levels >= cut) > levels.size:
        levels, dark, bright, cut = 255 - levels, 255 - bright, 255 - dark, 256 - cut
    crack = (levels >= cut).astype(np.uint8)
    _require_flat_levels(levels, dark, bright, crack)
    beside = cv2.dilate(crack, _square(2 * _EDGE_PX + 1))
    n_faint = int(np.count_nonzero((2 * levels.astype(np.int16) >= dark + cut) > beside))
    if n_faint > _MOST_FAINT * (n_faint + np.count_nonzero(crack)):
        raise MaskError(
            "The crack of a mask must reach the threshold.",
            received=f"mask too faint: {n_faint} px of its lines do not reach {cut}, "
            f"{np.count_nonzero(crack)} px do; write it with two levels, or lower halo_threshold",
            remedy="Write it with 0 for background and 255 for crack.",
        )
    return n_faint


def _require_flat_levels(levels: GreyImage, dark: int, bright: int, crack: BinaryMask) -> None:
    """Refuse flat areas of a further level, and a crack whose inside is nowhere flat."""
    spread = cv2.dilate(levels, _square(3)) - cv2.erode(levels, _square(3))
    is_flat = spread <= _NEARLY_FLAT
    signed = levels.astype(np.int16)
    away = np.minimum(np.abs(signed - dark), np.abs(signed - bright))
    limit = _FURTHER * (bright - dark)
    n_allowed = min(_MOST_FURTHER * np.count_nonzero(crack), _MOST_FURTHER_IN_ALL * levels.size)
    if np.count_nonzero(is_flat & (away > limit)) > n_allowed:
        found = np.bincount(levels[is_flat & (away > limit)]).argmax()
        raise refuse_levels(f"mask of several classes: levels {dark}, {found} and {bright}")
    if np.count_nonzero(is_flat & (away > _NOISE)) > _MOST_BESIDE * levels.size:
        raise refuse_picture("it has two levels of ground, as in a screenshot")
    inside = cv2.erode(crack, _square(2 * _INSIDE_PX + 1), borderValue=0) > 0
    n_rough = int(np.count_nonzero(inside & (spread > _ROUGH)))
    if n_rough > max(_MOST_ROUGH * np.count_nonzero(inside), _FEWEST_INSIDE):
        raise refuse_picture("its crack has a texture, as where a photo is cut out")


def refuse_frame(mask: BinaryMask) -> None:
    """Refuse a dark rectangle in bright surroundings: the screenshot of a mask.

    Args:
        mask: (H, W) uint8 of {0, 1}, 1 is bright.

    Raises:
        MaskError: If it is one.
    """
    if min(mask.shape) < 2 * _REACH_PX:
        return
    bar_px = max(mask.shape) // _BARS | 1
    dark = cv2.morphologyEx(1 - mask, cv2.MORPH_OPEN, _square(bar_px))
    # OpenCV closes what lies at the border of a picture.
    dark = cv2.morphologyEx(np.pad(dark, 2 * bar_px), cv2.MORPH_CLOSE, _square(2 * bar_px + 1))
    dark = np.ascontiguousarray(dark[2 * bar_px : -2 * bar_px, 2 * bar_px : -2 * bar_px])
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    # Two pixels of a border that counts as dark: a window that touches it has no frame there.
    padded = np.pad(mask, 2)
    for left, top, width, height, _ in stats[1:]:
        window = padded[top : top + height + 4, left : left + width + 4]
        sides = (window[:, 2:-2], window[::-1, 2:-2], window[2:-2].T, window[2:-2, ::-1].T)
        n_edges = sum(side[0].mean() > _CLEAR < 1 - side[3].mean() for side in sides)
        if width * height > _LEAST_WINDOW * mask.size and n_edges >= 3:
            raise refuse_picture("a bright frame surrounds a dark window, as in a screenshot")


def _square(side_px: int) -> NDArray[np.uint8]:
    return np.ones((side_px, side_px), np.uint8)


def shows_photo(
    samples: NDArray[Any], lightness: GreyImage, mask: BinaryMask | None = None
) -> bool:
    """True where the content of a mask file is its photo, as it is, resized, grey or painted over.

    Args:
        samples: (h, w) or (h, w, C), as stored.
        lightness: (H, W) uint8 of the photo.
        mask: (h, w) uint8 of {0, 1} that the levels were read as; None if they are no mask's. The
            mask of a bright crack resembles its photo, too: then one side of it, or what lies
            between its extremes, must be the photo's own texture, as in a cut-out or a stretched
            photo.
    """
    if mask is None:
        return measure_likeness(samples, lightness) >= _SHOWS_PICTURE
    grey = to_grey(samples)
    lowest, highest = np.quantile([grey.min(), grey.max()], (_EXTREME, 1 - _EXTREME))
    is_between = (grey > lowest) & (grey < highest)
    return any(
        np.count_nonzero(part) >= max(_FEWEST_ALIKE, _LEAST_ALIKE * mask.size)
        and measure_likeness(samples, lightness, part) >= _SAME_TEXTURE
        for part in (is_between, mask == 0, mask == 1)
    )
