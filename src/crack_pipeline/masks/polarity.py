"""Find masks in which crack and background are swapped, by how dark the photo is under them."""

import math
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import BinaryMask, GreyImage

BAND_PX = 5
_FEWEST_PX = 30
_SMALLEST_SPREAD = 1.0  # grey levels: below it, contrast is that of noise in the coding


def measure_contrast(lightness: GreyImage, mask: BinaryMask) -> float:
    """Compare both sides of a mask's border.

    Only pixels within 5 px of the border count, so uneven light over the photo says nothing.

    Args:
        lightness: (H, W) uint8.
        mask: (H, W) uint8 of {0, 1}.

    Returns:
        Mean lightness outside minus inside, in standard deviations of the two sides (Cohen's d):
        positive where masked pixels are darker, near 0 where mask and photo do not belong together;
        0 where a side has fewer than 30 pixels.

    Source:
        Cohen (1988), Statistical Power Analysis for the Behavioral Sciences, section 2.2.
    """
    inside, outside = lightness[_band_inside(mask)], lightness[_band_inside(1 - mask)]
    if min(inside.size, outside.size) < _FEWEST_PX:
        return 0.0
    spread = math.sqrt((float(inside.var()) + float(outside.var())) / 2)
    return (float(outside.mean()) - float(inside.mean())) / max(spread, _SMALLEST_SPREAD)


def _band_inside(mask: BinaryMask) -> NDArray[np.bool_]:
    # A square applied five times is one large square, which OpenCV applies row by row.
    core = cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=BAND_PX)
    return np.asarray((mask > 0) & (core == 0))


class Polarity(Enum):
    """Polarity decided by which side covers most of the photo and which side is darker."""

    USUAL = "usual"
    INVERTED = "inverted"
    DOUBTFUL = "doubtful"


def judge_polarity(
    mask: BinaryMask, lightness: GreyImage, *, label: int | None, settings: RepairSettings
) -> Polarity:
    """Judge whether crack and background are swapped.

    Args:
        mask: (H, W) uint8 of {0, 1}.
        lightness: (H, W) uint8 of the photo.
        label: What the source says of the photo: 1 crack, 0 none, None nothing.
        settings: The least covered share and the least contrast.

    Returns:
        ``INVERTED`` if the mask covers more than ``min_inverted_share`` and what it leaves out is
        darker by ``min_contrast``; or if it covers the whole photo and the label says that there
        is no crack. ``DOUBTFUL`` if it covers so much without that evidence.
    """
    n_masked = int(np.count_nonzero(mask))
    if n_masked <= settings.min_inverted_share * mask.size:
        return Polarity.USUAL
    if label == 0 and n_masked == mask.size:
        return Polarity.INVERTED
    is_clear = measure_contrast(lightness, mask) <= -settings.min_contrast
    return Polarity.INVERTED if is_clear else Polarity.DOUBTFUL
