"""Outlines of masks on photos, drawn beside the crack so that it stays visible."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.figures.palette import AGREEMENT, PREDICTION, TRUTH, Colour
from crack_pipeline.types import BinaryMask, RgbImage


def outline_mask(
    image: RgbImage, mask: BinaryMask, colour: Colour = TRUTH, *, thickness_px: int = 1
) -> RgbImage:
    """Draw the outline of a mask on a photo.

    The line runs just outside the mask, so cracks one pixel wide are framed and not covered; where
    the mask reaches the border of the photo, it runs along that border.

    Args:
        image: (H, W, 3) uint8.
        mask: (H, W) of {0, 1} or bool.
        colour: Red, green, blue, each 0–255.
        thickness_px: Width of the line in px.

    Returns:
        (H, W, 3) uint8, a new array.

    Raises:
        ShapeError: If mask and image differ in size.
    """
    require_same_size(image, mask)
    drawn = image.copy()
    drawn[_surroundings(mask, thickness_px)] = colour
    return drawn


def outline_truth_and_prediction(
    image: RgbImage, truth: BinaryMask, predicted: BinaryMask, *, thickness_px: int = 1
) -> RgbImage:
    """Draw the outlines of truth and prediction on a photo.

    Args:
        image: (H, W, 3) uint8.
        truth: (H, W) of {0, 1}, drawn in ``palette.TRUTH``.
        predicted: (H, W) of {0, 1}, drawn in ``palette.PREDICTION``.
        thickness_px: Width of the lines in px.

    Returns:
        (H, W, 3) uint8, a new array; where both lines fall together, ``palette.AGREEMENT``.

    Raises:
        ShapeError: If a mask and the image differ in size.
    """
    require_same_size(image, truth)
    require_same_size(image, predicted)
    truth_line = _surroundings(truth, thickness_px)
    predicted_line = _surroundings(predicted, thickness_px)
    drawn = image.copy()
    drawn[truth_line] = TRUTH
    drawn[predicted_line] = PREDICTION
    drawn[truth_line & predicted_line] = AGREEMENT
    return drawn


def require_same_size(image: RgbImage, mask: BinaryMask) -> None:
    """Check that a mask covers its image.

    Args:
        image: (H, W, 3).
        mask: (H, W).

    Raises:
        ShapeError: If they differ in height or width.
    """
    if image.shape[:2] != mask.shape:
        raise ShapeError(
            "`mask` must have the height and width of `image`.",
            received=f"image {image.shape}, mask {mask.shape}",
            remedy="Pass the mask of this very photo, unresized.",
        )


def _surroundings(mask: BinaryMask, thickness_px: int) -> NDArray[np.bool_]:
    inside = (mask > 0).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    grown = np.asarray(cv2.dilate(inside, kernel, iterations=thickness_px), np.uint8)
    line = (grown > 0) & (inside == 0)
    at_border = np.ones(mask.shape, bool)
    at_border[thickness_px:-thickness_px, thickness_px:-thickness_px] = False
    return np.asarray(line | ((inside > 0) & at_border), np.bool_)
