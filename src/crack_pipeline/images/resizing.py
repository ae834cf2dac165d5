"""Resize, pad and equalize photos; masks are resized by nearest neighbour."""

from typing import Any, Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.types import GreyImage, ProbabilityMap, RgbImage


def resize_image(image: RgbImage, *, width_px: int, height_px: int) -> RgbImage:
    """Resize a photo: mean over areas when it shrinks, linear when it grows.

    Args:
        image: (H, W, 3) uint8.
        width_px: Columns of the result, > 0.
        height_px: Rows of the result, > 0.

    Returns:
        (height_px, width_px, 3) uint8.
    """
    return np.asarray(_resize(image, width_px, height_px), dtype=np.uint8)


def resize_probability(
    probability: ProbabilityMap, *, width_px: int, height_px: int
) -> ProbabilityMap:
    """Resize a probability map as a photo is resized.

    Args:
        probability: (H, W) float32 in [0, 1].
        width_px: Columns of the result, > 0.
        height_px: Rows of the result, > 0.

    Returns:
        (height_px, width_px) float32 in [0, 1].
    """
    return np.asarray(_resize(probability, width_px, height_px), dtype=np.float32)


def _resize(array: NDArray[Any], width_px: int, height_px: int) -> NDArray[Any]:
    if array.shape[:2] == (height_px, width_px):
        return array
    shrinks = width_px * height_px < array.shape[0] * array.shape[1]
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(array, (width_px, height_px), interpolation=interpolation)


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


_BAND_PX = 512

Equalization: TypeAlias = Literal["none", "global", "clahe"]


def equalize(
    image: RgbImage,
    method: Equalization,
    *,
    clip_limit: float = 2.0,
    n_fields: int = 8,
) -> RgbImage:
    """Spread the lightness of a photo and keep its colours.

    Args:
        image: (H, W, 3) uint8.
        method: ``none`` returns the image; ``global`` flattens the histogram of the whole photo;
            ``clahe`` that of each field, with limited contrast.
        clip_limit: For ``clahe``: largest contrast gain.
        n_fields: For ``clahe``: fields a side.

    Returns:
        (H, W, 3) uint8.

    Source:
        Zuiderveld (1994), Contrast Limited Adaptive Histogram Equalization, Graphics Gems IV.
    """
    if method == "none":
        return image
    # By bands of rows, so that of a large photo no second copy in other colours is held.
    bands = [slice(top, top + _BAND_PX) for top in range(0, len(image), _BAND_PX)]
    lightness: GreyImage = np.empty(image.shape[:2], np.uint8)
    for rows in bands:
        lightness[rows] = cv2.cvtColor(image[rows], cv2.COLOR_RGB2LAB)[..., 0]
    if method == "global":
        cv2.equalizeHist(lightness, lightness)
    else:
        cv2.createCLAHE(clip_limit, (n_fields, n_fields)).apply(lightness, lightness)
    equalized = np.empty_like(image)
    for rows in bands:
        lab = cv2.cvtColor(image[rows], cv2.COLOR_RGB2LAB)
        lab[..., 0] = lightness[rows]
        equalized[rows] = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return equalized
