"""A classifier that sees a frame along the photo's border and nothing of what the photo is of.

Where it comes near a network, the data set gives its labels away by how photos were taken or cut.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError
from crack_pipeline.types import RgbImage


def measure_border_percentiles(
    image: RgbImage, percentiles: Sequence[float], *, border_px: int
) -> NDArray[np.float64]:
    """Percentiles of the grey levels of a frame.

    Args:
        image: (H, W, 3) uint8.
        percentiles: Which ones, each in [0, 100].
        border_px: Width of the frame, in px.

    Returns:
        One grey level in [0, 1] a percentile; for ``classify_by_levels``.

    Raises:
        ParameterError: If the frame leaves nothing inside it.
    """
    height, width = image.shape[:2]
    if not 0 < 2 * border_px < min(height, width):
        raise ParameterError(
            "A border must be at least 1 px wide and narrower than half of each photo.",
            received=f"border_px={border_px}, photo of {width}×{height} px",
            remedy="Lower `leakage.border_px`.",
        )
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    inside = np.zeros((height, width), bool)
    inside[border_px:-border_px, border_px:-border_px] = True
    return np.asarray(np.percentile(grey[~inside], percentiles), np.float64) / 255.0
