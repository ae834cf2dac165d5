"""The centreline of a mask, widened to a tube: the target of skeleton recall."""

import cv2
import numpy as np

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.types import BinaryMask


def tube_skeleton(mask: BinaryMask, *, radius_px: int = 1) -> BinaryMask:
    """Thin a mask to its skeleton, then widen that by a diamond, inside the mask.

    The tube never leaves the mask, so a crack thinner than the tube keeps its own width.

    Args:
        mask: (H, W) uint8 of {0, 1}.
        radius_px: Steps to the four neighbours by which the skeleton grows, ≥ 0; 0 leaves it one
            pixel wide.

    Returns:
        (H, W) uint8 of {0, 1}; empty where the mask is.

    Raises:
        ShapeError: If the mask is not two-dimensional uint8.
        ParameterError: If the radius is negative.

    Source:
        Kirchhoff et al. (2024), Skeleton Recall Loss, algorithm 1, arXiv:2404.03010 (there with a
        radius of 2 px); the skeleton is that of Zhang and Suen (1984), doi:10.1145/357994.358023.

    Examples:
        >>> bar = np.zeros((5, 9), np.uint8)
        >>> bar[1:4, 1:8] = 1
        >>> tube_skeleton(bar, radius_px=0)[2]
        array([0, 1, 1, 1, 1, 1, 0, 0, 0], dtype=uint8)
    """
    _require_mask(mask, radius_px)
    if not mask.any():
        return np.zeros_like(mask)
    # Imported here: a training without this loss need not wait for it.
    from skimage.morphology import skeletonize

    skeleton = skeletonize(mask > 0).astype(np.uint8)  # type: ignore[no-untyped-call]
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    tube = cv2.dilate(skeleton, cross, iterations=radius_px) if radius_px else skeleton
    return np.minimum(tube, mask).astype(np.uint8)


def _require_mask(mask: BinaryMask, radius_px: int) -> None:
    if mask.ndim != 2 or mask.dtype != np.uint8:
        raise ShapeError(
            "A mask to thin must be a two-dimensional array of uint8.",
            received=f"shape {mask.shape}, {mask.dtype}",
            remedy="Give one (H, W) mask of {0, 1} at a time.",
        )
    if radius_px < 0:
        raise ParameterError(
            "`radius_px` must be 0 or more.",
            received=str(radius_px),
            remedy="Give 0 for a skeleton one pixel wide.",
        )
