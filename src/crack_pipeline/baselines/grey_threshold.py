"""The simplest crack detector: what is dark is crack."""

import cv2
import numpy as np

from crack_pipeline.types import ProbabilityMap, RgbImage


def measure_darkness(image: RgbImage) -> ProbabilityMap:
    """How dark each pixel is; one threshold on it, chosen on validation, is the detector.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        (H, W) float32 in [0, 1]; 1 is black.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(1.0 - grey / np.float32(255.0), np.float32)
