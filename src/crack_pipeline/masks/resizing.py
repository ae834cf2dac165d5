"""Resize masks: by the nearest neighbour, always, so that they stay {0, 1}."""

import cv2
import numpy as np

from crack_pipeline.types import BinaryMask


def resize_mask(mask: BinaryMask, *, width_px: int, height_px: int) -> BinaryMask:
    """Resize a mask by the nearest neighbour.

    Args:
        mask: (H, W) of {0, 1}.
        width_px: Columns of the result, > 0.
        height_px: Rows of the result, > 0.

    Returns:
        (height_px, width_px) uint8 of {0, 1}.
    """
    if mask.shape == (height_px, width_px):
        return mask
    # The exact variant samples pixel centres; the plain one is off by half a pixel.
    resized = cv2.resize(mask, (width_px, height_px), interpolation=cv2.INTER_NEAREST_EXACT)
    return np.asarray(resized, dtype=np.uint8)
