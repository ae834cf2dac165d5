"""A drawn crack on a drawn surface, unlike itself under every turn and flip."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

CrackPair = tuple[NDArray[np.uint8], NDArray[np.uint8]]

_PATH = np.array([[6, 70], [30, 52], [55, 60], [80, 25], [112, 14]], np.int32)


@pytest.fixture
def crack_pair() -> CrackPair:
    """Lightness (80, 120) and mask (80, 120) of {0, 1} of a dark crack, 4 px wide."""
    mask = np.zeros((80, 120), np.uint8)
    cv2.polylines(mask, [_PATH], isClosed=False, color=1, thickness=4)
    noise = np.random.default_rng(0).normal(0, 12, mask.shape)
    light = 150 + noise + np.linspace(-30, 30, 120)  # lit from the right
    lightness = (light - 60 * cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1)).clip(0, 255)
    return lightness.astype(np.uint8), mask
