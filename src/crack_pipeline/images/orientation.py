"""Turn a photo upright as its EXIF orientation says."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[Any]

_TURNS: Mapping[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: np.swapaxes(pixels, 0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(np.swapaxes(pixels, 0, 1), 2),
    8: np.rot90,
}


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation.

    Args:
        pixels: (H, W) or (H, W, C), as stored in the file.
        orientation: 1–8; 1 is upright already.

    Returns:
        The upright array, contiguous; height and width swap for 5–8.

    Source:
        CIPA DC-008 (Exif 2.32), section 4.6.4, tag 0x0112.
    """
    if orientation not in _TURNS:
        return pixels
    return np.ascontiguousarray(_TURNS[orientation](pixels))
