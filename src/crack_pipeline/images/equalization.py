"""Histogram equalisation of a photo's lightness."""

from typing import Literal, TypeAlias

import cv2
import numpy as np

from crack_pipeline.types import GreyImage, RgbImage

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
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    lightness: GreyImage = np.ascontiguousarray(lab[..., 0])
    if method == "global":
        lab[..., 0] = cv2.equalizeHist(lightness)
    else:
        lab[..., 0] = cv2.createCLAHE(clip_limit, (n_fields, n_fields)).apply(lightness)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)
