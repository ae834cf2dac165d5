"""Length of lines that are one pixel wide."""

import cv2
import numpy as np

from crack_pipeline.metrics.mask_geometry import Pixels


def measure_length(line: Pixels) -> float:
    """Length of a thin line in px: its steps from pixel centre to pixel centre, plus 1 a piece.

    A step to the side counts 1; a diagonal step √2, where no way around it by a pixel of the line
    exists. With 1 for the two half pixels at the ends a straight row of n pixels is n long, a lone
    pixel 1. Steps only go in eight directions, so lengths are right along these and at most 8.2 %
    too long between them (at 22.5°).

    Args:
        line: (H, W) bool.

    Returns:
        Length in px; 0 for no pixel.

    Source:
        Freeman (1961), chain codes, https://doi.org/10.1109/TEC.1961.5219197; the error: Dorst,
        Smeulders (1987), Length estimators for digitized contours, CVGIP 40(3)
    """
    if not line.any():
        return 0.0
    sideways = np.count_nonzero(line[:, 1:] & line[:, :-1])
    downwards = np.count_nonzero(line[1:] & line[:-1])
    corners = line[:-1, :-1], line[:-1, 1:], line[1:, :-1], line[1:, 1:]
    first = np.count_nonzero(corners[0] & corners[3] & ~corners[1] & ~corners[2])
    second = np.count_nonzero(corners[1] & corners[2] & ~corners[0] & ~corners[3])
    n_pieces = cv2.connectedComponents(line.astype(np.uint8), connectivity=8)[0] - 1
    return float(sideways + downwards + np.sqrt(2) * (first + second) + n_pieces)
