"""Fit a mask to a photo of another size, where that can be done exactly.

A mask is resized where its width and its height stand in one and the same ratio to those of the
photo, to the pixel. It is turned where its size is the photo's with width and height swapped, and
of the four ways to turn it (transposed, by 90° either way, transposed the other way) one explains
the photo clearly better than the next. Anything else is for a person to decide.
"""

import math
from collections.abc import Iterable
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import BinaryMask, GreyImage

BAND_PX = 5
_FEWEST_PX = 30
_SMALLEST_SPREAD = 1.0  # grey levels: below it, contrast is that of noise in the coding


def measure_contrast(lightness: GreyImage, mask: BinaryMask) -> float:
    """Compare both sides of a mask's border.

    Only pixels within 5 px of the border count, so uneven light over the photo says nothing.

    Args:
        lightness: (H, W) uint8.
        mask: (H, W) uint8 of {0, 1}.

    Returns:
        Mean lightness outside minus inside, in standard deviations of the two sides (Cohen's d):
        positive where masked pixels are darker, near 0 where mask and photo do not belong together;
        0 where a side has fewer than 30 pixels.

    Source:
        Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 2.2.
    """
    inside, outside = lightness[_band_inside(mask)], lightness[_band_inside(1 - mask)]
    if min(inside.size, outside.size) < _FEWEST_PX:
        return 0.0
    spread = math.sqrt((float(inside.var()) + float(outside.var())) / 2)
    return (float(outside.mean()) - float(inside.mean())) / max(spread, _SMALLEST_SPREAD)


def _band_inside(mask: BinaryMask) -> NDArray[np.bool_]:
    # A square applied five times is one large square, which OpenCV applies row by row.
    core = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=BAND_PX)
    return np.asarray((mask > 0) & (core == 0))


class Polarity(Enum):
    """Polarity decided by which side covers most of the photo and which side is darker."""

    USUAL = "usual"
    INVERTED = "inverted"
    DOUBTFUL = "doubtful"


def judge_polarity(
    mask: BinaryMask, lightness: GreyImage, *, label: int | None, settings: RepairSettings
) -> Polarity:
    """Judge whether crack and background are swapped.

    Args:
        mask: (H, W) uint8 of {0, 1}.
        lightness: (H, W) uint8 of the photo.
        label: What the source says of the photo: 1 crack, 0 none, None nothing.
        settings: The least covered share and the least contrast.

    Returns:
        ``INVERTED`` if the mask covers more than ``min_inverted_share`` and what it leaves out is
        darker by ``min_contrast``; or if it covers the whole photo and the label says that there
        is no crack. ``DOUBTFUL`` if it covers so much without that evidence.
    """
    n_masked = int(np.count_nonzero(mask))
    if n_masked <= settings.min_inverted_share * mask.size:
        return Polarity.USUAL
    if label == 0 and n_masked == mask.size:
        return Polarity.INVERTED
    is_clear = measure_contrast(lightness, mask) <= -settings.min_contrast
    return Polarity.INVERTED if is_clear else Polarity.DOUBTFUL


MASK_OF_OTHER_SIZE = "mask of another size than its image"
AS_STORED = 1
SWAPPING_TURNS = (5, 6, 7, 8)
"""EXIF orientations that swap width and height."""
KEEPING_TURNS = (AS_STORED, 2, 3, 4)
"""EXIF orientations that keep width and height."""

_LEAST_LEAD = 0.5  # of the best contrast: what the next best must stay behind


def fit_mask(
    mask: BinaryMask, lightness: GreyImage, *, photo_was_turned: bool, settings: RepairSettings
) -> tuple[BinaryMask, tuple[str, ...]]:
    """Bring a mask to the size and orientation of its photo.

    Args:
        mask: (h, w) uint8 of {0, 1}.
        lightness: (H, W) uint8 of the upright photo.
        photo_was_turned: Whether the photo was turned by its EXIF orientation. A mask of its size
            may then still lie as the photo was stored.
        settings: What is to be mended, and by which evidence.

    Returns:
        (H, W) mask, and the names of what was changed.

    Raises:
        MaskError: If the size is another and no exact way leads from one to the other.
    """
    height_px, width_px = lightness.shape
    if mask.shape == lightness.shape:
        if not photo_was_turned or settings.transpose != "mend":
            return mask, ()
        turns = KEEPING_TURNS + (SWAPPING_TURNS if height_px == width_px else ())
        turn = choose_turn(mask, lightness, turns, min_contrast=settings.min_contrast)
        if turn in (None, AS_STORED):
            return mask, ()
        return turn_upright(mask, turn), ("mask_turned",)
    if mask.shape == (width_px, height_px) and settings.transpose == "mend":
        turn = choose_turn(mask, lightness, SWAPPING_TURNS, min_contrast=settings.min_contrast)
        if turn is None:
            raise _refuse(mask, lightness, ", and the photo does not tell how to turn it")
        return turn_upright(mask, turn), ("mask_turned",)
    if settings.resize == "mend" and _is_exact_multiple(mask, lightness, settings):
        return resize_mask(mask, width_px=width_px, height_px=height_px), ("mask_resized",)
    raise _refuse(mask, lightness, "")


def resize_mask(mask: BinaryMask, *, width_px: int, height_px: int) -> BinaryMask:
    """Resize a mask without losing thin cracks.

    Enlarging takes the nearest pixel. Reducing takes a pixel as crack where at least half of its
    area was crack, and besides along the centreline of everything that was: so wide cracks keep
    their width, and thin ones stay, one pixel wide, instead of falling to pieces.

    Args:
        mask: (h, w) uint8 of {0, 1}.
        width_px: Width wanted.
        height_px: Height wanted.

    Returns:
        (height_px, width_px) uint8 of {0, 1}.
    """
    if width_px >= mask.shape[1]:
        nearest = cv2.resize(mask, (width_px, height_px), interpolation=cv2.INTER_NEAREST_EXACT)
        return np.asarray(nearest, dtype=np.uint8)
    # Imported late: no ordinary mask needs it.
    from skimage.morphology import skeletonize

    share = cv2.resize(mask.astype(np.float32), (width_px, height_px), interpolation=cv2.INTER_AREA)
    # Half up to rounding of the areas' weights.
    centreline = skeletonize(share > 1e-4)  # type: ignore[no-untyped-call]
    return np.asarray((share > 0.5 - 1e-4) | centreline, dtype=np.uint8)


def _is_exact_multiple(mask: BinaryMask, lightness: GreyImage, settings: RepairSettings) -> bool:
    (height, width), (height_px, width_px) = mask.shape, lightness.shape
    factor = max(width / width_px, width_px / width)
    return bool(height * width_px == width * height_px and factor <= settings.max_resize_factor)


def choose_turn(
    mask: BinaryMask, lightness: GreyImage, turns: Iterable[int], *, min_contrast: float
) -> int | None:
    """Choose the EXIF orientation under which a mask explains a photo.

    Args:
        mask: (h, w) uint8 of {0, 1}.
        lightness: (H, W) uint8, of the size that each turn leads to.
        turns: EXIF orientations to try.
        min_contrast: Least contrast of the best one, in standard deviations.

    Returns:
        The orientation whose lesser side, crack for nearly all masks, is darker than its
        surroundings by ``min_contrast`` and by twice as much as under any other turn that gives
        another mask; the first where all turns give the same mask; None where none is so clear.
    """
    lesser = mask if 2 * np.count_nonzero(mask) <= mask.size else 1 - mask
    turned = {turn: turn_upright(lesser, turn) for turn in turns}
    contrasts = {turn: measure_contrast(lightness, view) for turn, view in turned.items()}
    best = max(contrasts, key=contrasts.__getitem__)
    others = [turn for turn in turned if not np.array_equal(turned[turn], turned[best])]
    if not others:
        return best
    limit = (1 - _LEAST_LEAD) * contrasts[best]
    is_ahead = all(contrasts[turn] <= limit for turn in others)
    return best if contrasts[best] >= min_contrast and is_ahead else None


def _refuse(mask: BinaryMask, lightness: GreyImage, detail: str) -> MaskError:
    (height, width), (height_px, width_px) = mask.shape, lightness.shape
    sizes = f"{width}×{height} for {width_px}×{height_px} px{detail}"
    return MaskError(
        "A mask must have the size of its photo.",
        received=f"{MASK_OF_OTHER_SIZE}: {sizes}",
        remedy="Replace it by one of the right size.",
    )
