"""Find masks in which crack and background are swapped.

A crack is a thin dark thing: a mask that covers most of its photo, and whose uncovered part is
clearly darker than the ground beside it, is inverted. Both must hold. One that covers most of its
photo without the other is doubtful, because few cracks are so wide: used as it is, and reported.
"""

from enum import Enum

import numpy as np

from crack_pipeline.masks.contrast import measure_contrast
from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import BinaryMask, GreyImage


class Polarity(Enum):
    """What covers most of the photo, and which side is darker, say together."""

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
