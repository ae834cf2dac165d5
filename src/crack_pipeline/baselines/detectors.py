"""Crack detectors without training: black-hat transform of the grey photo, and darkness."""

from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from crack_pipeline.baselines.settings import BlackHatSettings
from crack_pipeline.types import ProbabilityMap, RgbImage


@dataclass(frozen=True, slots=True, order=True)
class BlackHat:
    """One choice of the detector's parameters.

    Attributes:
        kernel_px: Side of the square that closes cracks.
        smoothing_px: Standard deviation of the Gaussian that smooths first; 0 for none.
    """

    kernel_px: int
    smoothing_px: float


def list_choices(settings: BlackHatSettings) -> list[BlackHat]:
    """Every combination that is tried on validation, in a fixed order."""
    return [BlackHat(*pair) for pair in product(settings.kernel_px, settings.smoothing_px)]


def detect_dark_lines(image: RgbImage, choice: BlackHat) -> ProbabilityMap:
    """Score how far each pixel is darker than what closes over it.

    The morphological closing fills dark structures narrower than the kernel. What it adds,
    divided by the closed level, is the share of light that the structure lacks, so the score does
    not depend on exposure.

    Args:
        image: (H, W, 3) uint8.
        choice: Size of the kernel and smoothing.

    Returns:
        (H, W) float32 in [0, 1]; 0 where nothing was closed.

    Source:
        Meyer, F. (1979), Iterative image transformations for an automatic screening of cervical
        smears, Journal of Histochemistry and Cytochemistry 27(1),
        https://doi.org/10.1177/27.1.438499 (top-hat; the black-hat is its dual).
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if choice.smoothing_px > 0:
        grey = cv2.GaussianBlur(grey, (0, 0), choice.smoothing_px)
    square = np.ones((choice.kernel_px, choice.kernel_px), np.uint8)
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, square).astype(np.float32)
    depth = (closed - grey) / np.maximum(closed, 1.0)
    return np.clip(depth, 0.0, 1.0).astype(np.float32)


def measure_darkness(image: RgbImage) -> ProbabilityMap:
    """How dark each pixel is; one threshold on it, chosen on validation, is the detector.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        (H, W) float32 in [0, 1]; 1 is black.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(1.0 - grey / np.float32(255.0), np.float32)
