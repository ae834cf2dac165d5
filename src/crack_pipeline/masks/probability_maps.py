"""From a map of crack probabilities to a mask."""

import numpy as np

from crack_pipeline.types import LEVELS, BinaryMask, ProbabilityLevels, ProbabilityMap


def apply_threshold(
    probability: ProbabilityMap | ProbabilityLevels, threshold: float
) -> BinaryMask:
    """Turn probabilities into a mask.

    Args:
        probability: (H, W) float32 in [0, 1], or uint16 of 65 535.
        threshold: Crack is where the probability is ≥ this, compared as float32.

    Returns:
        (H, W) uint8 of {0, 1}.

    >>> apply_threshold(np.array([[32767, 32768]], np.uint16), 0.5)
    array([[0, 1]], dtype=uint8)
    """
    least: np.float32 | np.intp = np.float32(threshold)
    if probability.dtype == np.uint16:
        levels = np.arange(LEVELS + 1, dtype=np.float32) / np.float32(LEVELS)
        least = np.searchsorted(levels, least)
    return (probability >= least).view(np.uint8)
