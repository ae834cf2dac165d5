"""Bring samples of any depth to 8 bits by one stated rule."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.images.raster import refuse_file

_LARGEST_12_BIT = 4095
_LARGEST_16_BIT = 65535


def reduce_to_8_bit(
    samples: NDArray[Any], *, is_1_bit: bool = False
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    """Scale samples to 0–255.

    Args:
        samples: Any shape; uint8, uint16, int32 or floating point.
        is_1_bit: Whether uint8 samples are {0, 1}, to become {0, 255}.

    Returns:
        uint8 samples of the same shape, and the names of what was changed.

    Raises:
        ImageReadError: If floating-point samples leave [0, 1], or integers leave 16 bits.
    """
    if is_1_bit:
        return (samples * 255).astype(np.uint8), ()
    if samples.dtype == np.uint8:
        return samples, ()
    if np.issubdtype(samples.dtype, np.floating):
        return _reduce_floats(samples)
    lowest, highest = int(samples.min()), int(samples.max())
    if lowest < 0 or highest > _LARGEST_16_BIT:
        raise refuse_file(f"unsupported samples: integers from {lowest} to {highest}")
    if highest <= _LARGEST_12_BIT:
        return (samples >> 4).astype(np.uint8), ("12_bit_to_8_bit",)
    return (samples >> 8).astype(np.uint8), ("16_bit_to_8_bit",)


def _reduce_floats(samples: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    lowest, highest = float(samples.min()), float(samples.max())
    # Written so that NaN fails it too.
    if not (lowest >= 0.0 and highest <= 1.0):
        raise refuse_file(
            f"unsupported samples: floating point from {lowest:g} to {highest:g}, not in [0, 1]"
        )
    return np.rint(samples * 255).astype(np.uint8), ("float_to_8_bit",)
