"""Resize photos; masks have their own rule in ``masks.resizing``."""

import cv2
import numpy as np

from crack_pipeline.types import RgbImage


def resize_image(image: RgbImage, *, width_px: int, height_px: int) -> RgbImage:
    """Resize a photo: mean over areas when it shrinks, linear when it grows.

    Args:
        image: (H, W, 3) uint8.
        width_px: Columns of the result, > 0.
        height_px: Rows of the result, > 0.

    Returns:
        (height_px, width_px, 3) uint8.
    """
    if image.shape[:2] == (height_px, width_px):
        return image
    shrinks = width_px * height_px < image.shape[0] * image.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(image, (width_px, height_px), interpolation=interpolation)
    return np.asarray(resized, dtype=np.uint8)
