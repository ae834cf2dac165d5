"""Heat maps: what all methods end in, whatever they began with."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.explain.settings import BaselineName
from crack_pipeline.types import RgbImage

HeatMap: TypeAlias = NDArray[np.float32]
"""(H, W) float32 in [0, 1]; 1 is where most of the explanation lies, 0 where none does."""

_BLUR_SHARE = 1 / 8
"""Standard deviation of the blur as a share of the longer side: wider than cracks are."""


def normalize_heat(values: NDArray[np.floating]) -> HeatMap:
    """Bring a map to [0, 1]: what is below 0 becomes 0, the highest value becomes 1.

    Args:
        values: (H, W); not finite counts as 0.

    Returns:
        The heat map; all 0 where nothing is above 0.
    """
    positive = np.maximum(np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), 0.0)
    highest = float(positive.max(initial=0.0))
    scaled = positive / highest if highest > 0 else positive
    return np.asarray(scaled, np.float32)


def make_baseline(photo: NDArray[np.float32] | RgbImage, name: BaselineName) -> NDArray[np.float32]:
    """What a photo is when it says nothing.

    Args:
        photo: (H, W, 3), 0–255.
        name: ``blurred`` (Gaussian, standard deviation an eighth of the longer side: light and
            colour stay, cracks go), ``mean`` (its mean colour everywhere), ``black``, ``white``.

    Returns:
        (H, W, 3) float32, 0–255.
    """
    values = np.asarray(photo, np.float32)
    if name == "blurred":
        sigma_px = max(values.shape[:2]) * _BLUR_SHARE
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)
    if name == "mean":
        return np.broadcast_to(values.mean(axis=(0, 1)), values.shape).astype(np.float32)
    return np.full(values.shape, 255.0 if name == "white" else 0.0, np.float32)
