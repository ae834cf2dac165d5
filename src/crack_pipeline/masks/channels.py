"""Bring the samples of a mask file to one channel of 8 bits.

1. Alpha is dropped, unless the colours are one and the same everywhere: then alpha is the mask.
2. Of several channels the brightest counts. Where it is the same everywhere although the colours
   differ (red on white), it says nothing, and the mask is refused. So is a mask without loss whose
   colours are several classes.
3. 16-bit samples keep their high byte, unless none passes 255. Floating-point samples within [0, 1]
   are multiplied by 255.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.colours import refuse_equal_brightness, require_one_colour
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import GreyImage

_RULE = "A mask must hold two levels, or dark background and bright crack."
_LARGEST_16_BIT = 65535
_DEFAULTS = RepairSettings()


def reduce_to_levels(
    samples: NDArray[Any], *, is_lossy: bool = False, settings: RepairSettings = _DEFAULTS
) -> tuple[GreyImage, tuple[str, ...]]:
    """Reduce the samples of a mask file to one 8-bit channel.

    Args:
        samples: (H, W) or (H, W, C) as stored: integers or floating point.
        is_lossy: Whether the file's compression changes colours, so that they tell no classes.
        settings: The share that stray colours may have.

    Returns:
        (H, W) uint8 levels, and the names of what was changed.

    Raises:
        MaskError: If the brightest channel hides what the colours show, the colours are several
            classes, or the numbers are no levels.
    """
    samples, from_alpha = _without_alpha(samples)
    if not is_lossy and samples.ndim == 3 and samples.shape[2] == 3:
        require_one_colour(_to_8_bit(samples), settings)
    samples, from_channels = _brightest_channel(samples)
    mended = (*from_alpha, *from_channels)
    if samples.dtype == np.uint8:
        return samples, mended
    return _to_8_bit(samples), (*mended, "mask_deep_to_8_bit")


def _without_alpha(samples: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if samples.ndim == 2 or samples.shape[2] not in (2, 4):
        return samples, ()
    colours, alpha = samples[..., :-1], samples[..., -1]
    if _is_constant(colours) and not _is_constant(alpha):
        return alpha, ("mask_from_alpha",)
    return colours, ("mask_alpha_dropped",)


def _brightest_channel(samples: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if samples.ndim == 2:
        return samples, ()
    if samples.shape[2] == 1:
        return samples[..., 0], ()
    # Channel by channel: a reduction over the short last axis takes ten times as long.
    brightest = samples[..., 0]
    for channel in range(1, samples.shape[2]):
        brightest = np.maximum(brightest, samples[..., channel])
    if _is_constant(brightest) and not _is_constant(samples):
        raise refuse_equal_brightness()
    return brightest, ("mask_channels_merged",)


def _is_constant(samples: NDArray[Any]) -> bool:
    first = samples[0, 0]
    # Most masks differ in their first row already.
    return bool((samples[0] == first).all() and (samples == first).all())


def _to_8_bit(samples: NDArray[Any]) -> NDArray[np.uint8]:
    lowest, highest = samples.min(), samples.max()
    is_whole = np.issubdtype(samples.dtype, np.integer)
    if lowest >= 0 and highest <= 1:
        levels = samples if is_whole or _is_binary(samples) else np.rint(samples * 255)
        return np.asarray(levels, dtype=np.uint8)
    if lowest >= 0 and highest <= (_LARGEST_16_BIT if is_whole else 255):
        divisor = 1 if highest <= 255 else 256
        return np.asarray(np.floor_divide(samples, divisor), dtype=np.uint8)
    raise MaskError(
        _RULE,
        received=f"mask without clear levels: {samples.dtype} from {lowest:g} to {highest:g}",
        remedy="Write it with 0 for background and 255 for crack, 8 bits.",
    )


def _is_binary(samples: NDArray[Any]) -> bool:
    return bool(((samples == 0) | (samples == 1)).all())
