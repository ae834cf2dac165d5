"""Fit a mask to a photo of another size, where that can be done exactly.

A mask is resized where its width and its height stand in one and the same ratio to those of the
photo, to the pixel. It is turned where its size is the photo's with width and height swapped, and
of the four ways to turn it (transposed, by 90° either way, transposed the other way) one explains
the photo clearly better than the next. Anything else is for a person to decide.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from crack_pipeline.errors import MaskError
from crack_pipeline.images.orientation import turn_upright
from crack_pipeline.masks.polarity import measure_contrast
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import BinaryMask, GreyImage

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
        return _turn_as_photo(mask, lightness, settings)
    if mask.shape == (width_px, height_px) and settings.transpose == "mend":
        return _turn_to_fit(mask, lightness, settings)
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


def _turn_to_fit(
    mask: BinaryMask, lightness: GreyImage, settings: RepairSettings
) -> tuple[BinaryMask, tuple[str, ...]]:
    turn = choose_turn(mask, lightness, SWAPPING_TURNS, min_contrast=settings.min_contrast)
    if turn is None:
        raise _refuse(mask, lightness, ", and the photo does not tell how to turn it")
    return turn_upright(mask, turn), ("mask_turned",)


def _turn_as_photo(
    mask: BinaryMask, lightness: GreyImage, settings: RepairSettings
) -> tuple[BinaryMask, tuple[str, ...]]:
    turns = KEEPING_TURNS + (SWAPPING_TURNS if mask.shape[0] == mask.shape[1] else ())
    turn = choose_turn(mask, lightness, turns, min_contrast=settings.min_contrast)
    if turn in (None, AS_STORED):
        return mask, ()
    return turn_upright(mask, turn), ("mask_turned",)


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
