"""Tell specks, which are noise, from anything that may be a crack."""

import cv2
import numpy as np

from crack_pipeline.masks.settings import RepairSettings
from crack_pipeline.types import BinaryMask


def are_specks(mask: BinaryMask, settings: RepairSettings) -> bool:
    """True where a mask holds specks only.

    Args:
        mask: (H, W) uint8 of {0, 1}.
        settings: How large a speck may be, and what share of the photo all of them may cover.

    Returns:
        True for an empty mask too.
    """
    n_masked = int(np.count_nonzero(mask))
    if n_masked == 0:
        return True
    if n_masked > settings.max_speck_share * mask.size:
        return False
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return bool(stats[1:, cv2.CC_STAT_AREA].max() <= settings.max_speck_px)
