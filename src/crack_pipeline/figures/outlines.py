"""Outlines of masks on photos, drawn beside the crack so that it stays visible."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.figures.palette import FALSE_CRACK, FOUND, MISSED, TRUTH, Colour
from crack_pipeline.types import BinaryMask, RgbImage

_TINT = 0.25
"""Share of the colour of false crack within it: its outline may lie at the photo's border."""
_DARKEST, _LIGHTEST = 15, 150
"""Grey levels that a photo is dimmed to."""


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


def outline_errors(
    image: RgbImage, truth: BinaryMask, predicted: BinaryMask, *, tolerance_px: int
) -> RgbImage:
    """Outline what was found of the crack, what was missed and what is false crack.

    The photo is dimmed and grey, so that the colours are seen on paint of any colour.

    Args:
        image: (H, W, 3) uint8.
        truth: (H, W) of {0, 1}.
        predicted: (H, W) of {0, 1}.
        tolerance_px: Truth this near to a prediction is found, and the reverse.

    Returns:
        (H, W, 3) uint8: outlines in ``palette.FOUND``, ``palette.FALSE_CRACK`` and, on top,
        ``palette.MISSED``, beside the crack and never on it; false crack is tinted, too.

    Raises:
        ShapeError: If a mask and the image differ in size.
    """
    require_same_size(image, truth)
    require_same_size(image, predicted)
    found, false, missed = compare_masks(truth, predicted, tolerance_px=tolerance_px)
    drawn = _dim(image)
    drawn[false] = (drawn[false] * (1 - _TINT) + np.array(FALSE_CRACK) * _TINT).astype(np.uint8)
    either = found | false | missed
    for part, colour in ((found, FOUND), (false, FALSE_CRACK), (missed, MISSED)):
        line = _surroundings(part.astype(np.uint8), 1)
        drawn[line & ~(either & ~part)] = colour
    return drawn


def compare_masks(
    truth: BinaryMask, predicted: BinaryMask, *, tolerance_px: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Divide two masks into crack that was found, false crack and missed crack, each (H, W).

    >>> truth, predicted = np.array([[1, 0, 0, 0]]), np.array([[0, 1, 0, 1]])
    >>> found, false, missed = compare_masks(truth, predicted, tolerance_px=1)
    >>> found.astype(int), false.astype(int), missed.astype(int)
    (array([[1, 1, 0, 0]]), array([[0, 0, 0, 1]]), array([[0, 0, 0, 0]]))
    """
    crack, marked = truth > 0, predicted > 0
    missed = crack & ~_near(marked, tolerance_px)
    false = marked & ~_near(crack, tolerance_px)
    return (crack | marked) & ~missed & ~false, false, missed


def require_same_size(image: RgbImage, mask: NDArray[Any], name: str = "mask") -> None:
    """Check that a mask or map, (H, W), covers its image, (H, W, 3); a ShapeError if not."""
    if image.shape[:2] != mask.shape:
        raise ShapeError(
            f"`{name}` must have the height and width of `image`.",
            received=f"image {image.shape}, {name} {mask.shape}",
            remedy=f"Pass the {name} of this very photo, unresized.",
        )


def _surroundings(mask: BinaryMask, thickness_px: int) -> NDArray[np.bool_]:
    inside = (mask > 0).astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    grown = np.asarray(cv2.dilate(inside, kernel, iterations=thickness_px), np.uint8)
    line = (grown > 0) & (inside == 0)
    at_border = np.ones(mask.shape, bool)
    at_border[thickness_px:-thickness_px, thickness_px:-thickness_px] = False
    return np.asarray(line | ((inside > 0) & at_border), np.bool_)


def _near(mask: NDArray[np.bool_], tolerance_px: int) -> NDArray[np.bool_]:
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= tolerance_px, np.bool_)


def _dim(image: RgbImage) -> RgbImage:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    dimmed = _DARKEST + grey.astype(np.float32) * (_LIGHTEST - _DARKEST) / 255
    return cv2.cvtColor(dimmed.astype(np.uint8), cv2.COLOR_GRAY2RGB).astype(np.uint8)
