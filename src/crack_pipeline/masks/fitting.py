"""Fit a mask to a photo of another size, where that can be done exactly.

A mask is resized where its width and its height stand in one and the same ratio to those of the
photo, to the pixel. It is turned where its size is the photo's with width and height swapped, and
of the four ways to turn it (transposed, by 90° either way, transposed the other way) one explains
the photo clearly better than the next, or is the photo's EXIF orientation. Outlines on a photo with
such an orientation were drawn before or after it was applied: the size that their file states
tells, or the photo; where neither does, they are set aside. Anything else is for a person to
decide.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.images.headers import turn_upright
from crack_pipeline.masks.settings import DecodedMask, RepairSettings
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

ORIENTATION_DOUBTFUL = "mask_orientation_doubtful"

_LEAST_LEAD = 0.5  # of the best contrast: what the next best must stay behind


def fit_mask(
    mask: BinaryMask,
    lightness: GreyImage,
    *,
    orientation: int = AS_STORED,
    has_own_orientation: bool = False,
    settings: RepairSettings,
) -> tuple[BinaryMask, tuple[str, ...]]:
    """Bring a mask to the size and orientation of its photo.

    Args:
        mask: (h, w) uint8 of {0, 1}.
        lightness: (H, W) uint8 of the upright photo.
        orientation: EXIF orientation that the photo was turned by. Its mask may still lie as the
            photo was stored.
        has_own_orientation: Whether the mask's file stated an orientation, by which it was turned.
        settings: What is to be mended, and by which evidence.

    Returns:
        (H, W) mask, and the names of what was changed.

    Raises:
        MaskError: If the size is another and no exact way leads from one to the other, or nothing
            tells how it lies.
    """
    resized = _resize_if_exact(mask, lightness, orientation, settings)
    names = () if resized is mask else ("mask_resized",)
    is_swapped = resized.shape == lightness.shape[::-1] != lightness.shape
    if resized.shape != lightness.shape and not (is_swapped and settings.transpose == "mend"):
        raise _refuse(mask, lightness, "")
    is_turned = orientation != AS_STORED
    if not (is_swapped or is_turned or has_own_orientation):
        return resized, names
    within = KEEPING_TURNS + (SWAPPING_TURNS if mask.shape[0] == mask.shape[1] else ())
    turns = SWAPPING_TURNS if is_swapped else within
    turn = choose_turn(resized, lightness, turns, min_contrast=settings.min_contrast)
    size_tells = orientation not in within
    if turn is None and is_swapped:
        if has_own_orientation or not size_tells:
            raise _refuse(mask, lightness, ": rotated, but the photo does not tell how to turn it")
        turn = orientation
    if turn is None and not (is_turned and (has_own_orientation or size_tells)):
        raise _refuse_unclear(orientation)
    if turn in (None, AS_STORED):
        return resized, names
    return turn_upright(resized, turn), (*names, _require_turning(turn, settings))


def draw_upright(
    draw: Callable[[int, int], DecodedMask],
    lightness: GreyImage,
    *,
    orientation: int,
    settings: RepairSettings,
) -> DecodedMask:
    """Draw outlines on the raster that they were made on: upright, or as the photo was stored.

    A raster on which they cannot be drawn, because their file states another size or they leave
    it, is not the one. Where both are possible, the darkness under the outlines decides. Where
    neither is but its sides swapped, the mask is turned as ``fit_mask`` does.

    Args:
        draw: Draws the mask for a width and a height, px.
        lightness: (H, W) uint8 of the upright photo.
        orientation: EXIF orientation that the photo was turned by.
        settings: By which evidence.

    Returns:
        (H, W) mask. ``ORIENTATION_DOUBTFUL`` is among its names where the darkness contradicts the
        size.

    Raises:
        MaskError: If it can be drawn on none, or nothing tells how it lies.
    """
    drawn: dict[int, DecodedMask] = {}
    faults: list[MaskError] = []
    for way in dict.fromkeys((AS_STORED, orientation)):
        height_px, width_px = _shape_before(way, lightness)
        try:
            drawn[way] = draw(width_px, height_px)
        except MaskError as fault:
            faults.append(fault)
    if not drawn:
        return _draw_swapped(draw, lightness, faults[0], settings)
    if orientation == AS_STORED:
        return drawn[AS_STORED]
    views = {turn: turn_upright(one.mask, turn) for turn, one in drawn.items()}
    by_size = next(iter(drawn)) if faults else None
    if by_size is not None:  # what the file states may be wrong: the same pixels otherwise
        other = orientation if by_size == AS_STORED else AS_STORED
        views[other] = turn_upright(_lay_on(_shape_before(other, lightness), drawn[by_size]), other)
    by_darkness = choose_view(views, lightness, min_contrast=settings.min_contrast)
    turn = by_size or by_darkness
    if turn is None:
        raise _refuse_unclear(orientation)
    names = [] if turn == AS_STORED else [_require_turning(turn, settings)]
    names += [ORIENTATION_DOUBTFUL] if by_darkness not in (None, turn) else []
    note = f"EXIF orientation {orientation}" if names else ""
    return replace(
        drawn[turn],
        mask=views[turn],
        mended=(*drawn[turn].mended, *names),
        note="; ".join(filter(None, (drawn[turn].note, note))),
    )


def _draw_swapped(
    draw: Callable[[int, int], DecodedMask],
    lightness: GreyImage,
    fault: MaskError,
    settings: RepairSettings,
) -> DecodedMask:
    """Draw on swapped sides: a program may have turned the photo and dropped its orientation."""
    height_px, width_px = lightness.shape
    try:
        drawn = draw(height_px, width_px)
    except MaskError:
        raise fault from None
    mask, names = fit_mask(drawn.mask, lightness, settings=settings)
    return replace(drawn, mask=mask, mended=(*drawn.mended, *names))


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


def _resize_if_exact(
    mask: BinaryMask, lightness: GreyImage, orientation: int, settings: RepairSettings
) -> BinaryMask:
    """The mask in the size of the upright photo, or of the stored one; itself where none fits."""
    height, width = mask.shape
    for height_px, width_px in (lightness.shape, _shape_before(orientation, lightness)):
        factor = max(width / width_px, width_px / width)
        is_exact = height * width_px == width * height_px and factor <= settings.max_resize_factor
        if is_exact and factor > 1 and settings.resize == "mend":
            return resize_mask(mask, width_px=width_px, height_px=height_px)
    return mask


def _shape_before(turn: int, lightness: GreyImage) -> tuple[int, int]:
    """Height and width of an upright photo before it was turned."""
    height_px, width_px = lightness.shape
    return (width_px, height_px) if turn in SWAPPING_TURNS else (height_px, width_px)


def _lay_on(shape: tuple[int, int], drawn: DecodedMask) -> BinaryMask:
    """The same pixels on a raster of another shape, cut off where it ends."""
    laid = np.zeros(shape, np.uint8)
    height_px, width_px = np.minimum(shape, drawn.mask.shape)
    laid[:height_px, :width_px] = drawn.mask[:height_px, :width_px]
    return laid


def _require_turning(turn: int, settings: RepairSettings) -> str:
    """The name of a turn; refused where masks are not to be turned."""
    if settings.transpose == "mend":
        return "mask_turned"
    raise MaskError(
        "A mask must lie as its upright photo does.",
        received=f"mask that lies as the photo was stored: EXIF orientation {turn}",
        remedy="Turn it, or set ingestion.repair.transpose=mend.",
    )


def _refuse_unclear(orientation: int) -> MaskError:
    """A mask of which nobody can say whether its photo's orientation was applied to it."""
    whose = f"EXIF orientation {orientation}" if orientation != AS_STORED else "its own EXIF tag"
    return MaskError(
        "A mask must tell whether it was made before or after an EXIF orientation was applied.",
        received=f"mask of unclear orientation: {whose}, and darkness does not tell; if it fits "
        "the upright photo, save that without the tag, else only remove the tag",
        remedy="Save the upright photo without the tag, or only remove the tag.",
    )


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
        another mask, none of which is as much brighter; the first where all turns give the same
        mask; None where none is so clear.
    """
    views = {turn: turn_upright(mask, turn) for turn in turns}
    return choose_view(views, lightness, min_contrast=min_contrast)


def choose_view(
    views: Mapping[int, BinaryMask], lightness: GreyImage, *, min_contrast: float
) -> int | None:
    """Choose among masks as ``choose_turn`` does.

    Args:
        views: EXIF orientation → (H, W) mask that was turned by it.
        lightness: (H, W) uint8.
        min_contrast: As for ``choose_turn``.

    Returns:
        As ``choose_turn``.
    """
    lesser = {
        turn: view if 2 * np.count_nonzero(view) <= view.size else 1 - view
        for turn, view in views.items()
    }
    contrasts = {turn: measure_contrast(lightness, view) for turn, view in lesser.items()}
    best = max(contrasts, key=contrasts.__getitem__)
    others = [turn for turn in views if not np.array_equal(views[turn], views[best])]
    if not others:
        return best
    # Another mask that is as much brighter than its surroundings may be that of a bright crack.
    limit = (1 - _LEAST_LEAD) * contrasts[best]
    is_ahead = all(-contrasts[best] < contrasts[turn] <= limit for turn in others)
    return best if contrasts[best] >= min_contrast and is_ahead else None


def _refuse(mask: BinaryMask, lightness: GreyImage, detail: str) -> MaskError:
    (height, width), (height_px, width_px) = mask.shape, lightness.shape
    sizes = f"{width}×{height} for {width_px}×{height_px} px{detail}"
    return MaskError(
        "A mask must have the size of its photo.",
        received=f"{MASK_OF_OTHER_SIZE}: {sizes}",
        remedy="Replace it by one of the right size.",
    )
