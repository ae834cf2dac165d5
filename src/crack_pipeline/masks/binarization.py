"""The rule by which the levels of a mask file become {0, 1}.

The darkest level is background (0 nearly always); what is brighter is judged in this order:

1. One brighter level (or none): it is crack, whichever it is. 0 with 1 or 255 is usual; another
   crack level is reported as ``mask_odd_value``, another background as ``mask_odd_background``.
2. A lossy file (JPEG) in which nothing is brighter than 32 is black: ``mask_noise_cleared``.
3. Nothing reaches the threshold: classes or scores; nobody can say which are crack.
4. A lossy file, or four and more levels (JPEG halos, anti-aliasing, soft brushes): crack from the
   threshold, half of the range by default; reported as ``mask_thresholded``.
5. Two or three levels in a lossless file, {0, 1, 255} or {0, 127, 255}: the brightest is crack. The
   others are stray if they hold few of the masked pixels, or lie only on the edge of the crack;
   they are cut at the threshold and reported as ``mask_stray_values``. With an area of their own
   they are classes, and the mask is refused.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.channels import reduce_to_levels
from crack_pipeline.masks.decoded import DecodedMask
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import GreyImage

HALF_OF_RANGE = 128
BRIGHTEST_NOISE = 32
"""Compression leaves no brighter specks on black; a crack is never so dark after it."""

_RULE = "A mask must hold two levels, or dark background and bright crack."
_REMEDY = "Write it with 0 for background and 255 for crack."
_USUAL_VALUES = (1, 255)
_MOST_CLASSES = 3
_SAME_LEVEL = (
    16  # levels so near to the brightest are the brightest, so near to 0 are class numbers
)
_DEFAULTS = RepairSettings()


def binarize_mask(
    samples: NDArray[Any], *, is_lossy: bool = False, settings: RepairSettings = _DEFAULTS
) -> DecodedMask:
    """Turn the samples of a mask file into {0, 1}.

    Args:
        samples: (H, W) or (H, W, C), as stored.
        is_lossy: Whether the file's compression changes levels, as JPEG does.
        settings: Threshold, and the share that stray values may have.

    Returns:
        The mask and what was changed.

    Raises:
        MaskError: If the values say neither by two levels nor by brightness what is crack.
    """
    levels, mended = reduce_to_levels(samples)
    judged = _binarize_levels(levels, is_lossy, settings)
    return DecodedMask(judged.mask, (*mended, *judged.mended), judged.note)


def _binarize_levels(levels: GreyImage, is_lossy: bool, settings: RepairSettings) -> DecodedMask:
    counts = _count_levels(levels)
    values = np.flatnonzero(counts)
    threshold = settings.halo_threshold
    background = int(values[0]) if values.size > 1 and values[0] < threshold else 0
    foreground = values[values > background]
    if foreground.size == 0:
        return DecodedMask(np.zeros(levels.shape, np.uint8), ())
    brightest = int(foreground[-1])
    if is_lossy and 1 < brightest <= BRIGHTEST_NOISE:
        note = f"no pixel brighter than {brightest}"
        return DecodedMask(np.zeros(levels.shape, np.uint8), ("mask_noise_cleared",), note)
    if foreground.size == 1:
        return DecodedMask(
            (levels > background).astype(np.uint8), _name_levels(background, brightest)
        )
    if brightest < threshold:
        raise _refuse(f"mask without clear levels: {values.size} values up to {brightest}")
    name = "mask_thresholded"
    if not is_lossy and foreground.size <= _MOST_CLASSES:
        _require_stray(levels, counts, foreground, settings)
        name = "mask_stray_values"
    note = _note_halo(counts, background, brightest, threshold)
    return DecodedMask((levels >= threshold).astype(np.uint8), (name,), note)


def _count_levels(levels: GreyImage) -> NDArray[np.int64]:
    counts = cv2.calcHist([np.ascontiguousarray(levels)], [0], None, [256], [0, 256])
    return np.asarray(counts).ravel().astype(np.int64)


def _name_levels(background: int, crack: int) -> tuple[str, ...]:
    odd_background = ("mask_odd_background",) if background else ()
    odd_crack = ("mask_odd_value",) if crack not in _USUAL_VALUES else ()
    return (*odd_background, *odd_crack)


def _require_stray(
    levels: GreyImage,
    counts: NDArray[np.int64],
    foreground: NDArray[np.intp],
    settings: RepairSettings,
) -> None:
    """Refuse a mask whose lesser levels are classes with an area of their own."""
    others = foreground[foreground < foreground[-1] - _SAME_LEVEL]
    if counts[others].sum() <= settings.max_stray_share * counts[foreground].sum():
        return
    if others[0] > _SAME_LEVEL and _lie_on_edge(levels, others, int(foreground[-1])):
        return
    sizes = ", ".join(f"{value} ({counts[value]} px)" for value in foreground)
    raise _refuse(f"mask of several classes: levels {sizes}")


def _lie_on_edge(levels: GreyImage, others: NDArray[np.intp], brightest: int) -> bool:
    """Whether each pixel of the lesser levels touches one of the brightest."""
    bright = (levels >= brightest - _SAME_LEVEL).astype(np.uint8)
    beside = cv2.dilate(bright, np.ones((3, 3), np.uint8))
    is_other = (levels >= others[0]) & (levels <= others[-1])
    return bool(np.all(beside[is_other]))


def _note_halo(counts: NDArray[np.int64], background: int, brightest: int, threshold: int) -> str:
    between = int(counts[background + 1 : brightest].sum())
    near = int(counts[threshold // 2 : (threshold + 256) // 2].sum())
    return (
        f"{between} of {int(counts.sum())} px lay between {background} and {brightest}, {near} of "
        f"them from {threshold // 2} to {(threshold + 256) // 2 - 1}; cut at {threshold}"
    )


def _refuse(received: str) -> MaskError:
    return MaskError(_RULE, received=received, remedy=_REMEDY)
