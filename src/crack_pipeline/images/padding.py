"""Pad photos and masks by reflection."""

import cv2
import numpy as np
from numpy.typing import NDArray


def pad_to_at_least(array: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Extend an image or mask at its right and lower border by reflection.

    Args:
        array: (H, W) or (H, W, 3) uint8.
        side_px: Least height and width of the result.

    Returns:
        The array itself where it is large enough, else an array of at least (side_px, side_px).
    """
    missing_rows = max(0, side_px - array.shape[0])
    missing_columns = max(0, side_px - array.shape[1])
    if missing_rows == 0 and missing_columns == 0:
        return array
    padded = cv2.copyMakeBorder(
        array, 0, missing_rows, 0, missing_columns, borderType=cv2.BORDER_REFLECT
    )
    return np.asarray(padded, dtype=np.uint8)
