"""The rule by which samples of a mask file become {0, 1}.

1. Alpha is dropped; of several channels the brightest counts; 16-bit samples keep their high byte.
2. One value besides 0 (or none): that value is crack, whichever it is. 1 and 255 are usual; any
   other is reported as ``mask_odd_value``.
3. More values (JPEG halos, anti-aliasing, soft brushes): crack from 128, half of the range;
   reported as ``mask_thresholded``.
4. More values, none of which reaches 128, are classes or scores: nobody can say which are crack.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.types import BinaryMask

HALF_OF_RANGE = 128
_USUAL_VALUES = (1, 255)


def binarize_mask(samples: NDArray[Any]) -> tuple[BinaryMask, tuple[str, ...]]:
    """Turn the samples of a mask file into {0, 1}.

    Args:
        samples: (H, W) or (H, W, C) of integers, as stored.

    Returns:
        (H, W) uint8 of {0, 1}, and the names of what was changed.

    Raises:
        MaskError: If the values say neither by two levels nor by brightness what is crack.
    """
    levels, mended = _one_channel(samples)
    values = np.flatnonzero(np.bincount(levels.ravel(), minlength=256))
    foreground = values[values > 0]
    if foreground.size <= 1:
        if foreground.size and foreground[0] not in _USUAL_VALUES:
            mended = (*mended, "mask_odd_value")
        return (levels > 0).astype(np.uint8), mended
    if foreground[-1] < HALF_OF_RANGE:
        raise MaskError(
            "A mask must hold two levels, or dark background and bright crack.",
            received=f"mask without clear levels: {values.size} values up to {foreground[-1]}",
            remedy="Write it with 0 for background and 255 for crack.",
        )
    return (levels >= HALF_OF_RANGE).astype(np.uint8), (*mended, "mask_thresholded")


def _one_channel(samples: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    mended: tuple[str, ...] = ()
    if samples.ndim == 3 and samples.shape[2] in (2, 4):
        samples, mended = samples[..., :-1], ("mask_alpha_dropped",)
    if samples.ndim == 3:
        if samples.shape[2] > 1:
            mended = (*mended, "mask_channels_merged")
        samples = samples.max(axis=2)
    if samples.dtype == np.uint8:
        return samples, mended
    return _to_8_bit(samples), (*mended, "mask_deep_to_8_bit")


def _to_8_bit(samples: NDArray[Any]) -> NDArray[np.uint8]:
    lowest, highest = samples.min(), samples.max()
    if lowest >= 0 and highest <= 1:
        return np.asarray(np.rint(samples), dtype=np.uint8)
    is_whole = np.issubdtype(samples.dtype, np.integer)
    if lowest >= 0 and highest <= (65535 if is_whole else 255):
        divisor = 1 if highest <= 255 else 256
        return np.asarray(np.floor_divide(samples, divisor), dtype=np.uint8)
    raise MaskError(
        "A mask must hold two levels, or dark background and bright crack.",
        received=f"mask without clear levels: {samples.dtype} from {lowest:g} to {highest:g}",
        remedy="Write it with 0 for background and 255 for crack, 8 bits.",
    )
