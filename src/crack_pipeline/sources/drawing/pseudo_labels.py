"""Masks of cracked patches that bear a label only, estimated from their darkness."""

import cv2
import numpy as np

from crack_pipeline.types import BinaryMask, RgbImage

_SMOOTHING_PX = 1.0
_KERNEL_PX = 61
_LEAST_DEPTH = 0.22
_PIECE_PX, _LONGEST_PX = 60, 110
_LARGEST_SHARE, _STRAY_SHARE = 0.25, 0.01
_LEAST_SEPARATION = 3.0


def label_patch(patch: RgbImage) -> BinaryMask | None:
    """Estimate the mask of a patch that shows a crack for certain.

    A black-hat transform says which share of the light each pixel lacks; Otsu's threshold divides
    it, and long pieces are the crack. The estimate is kept only where it leaves no doubt: a piece
    half as long as the patch, three standard deviations darker than the rest, and hardly another
    dark pixel beside.

    Args:
        patch: (H, W, 3) uint8 of a pale surface with a crack, such as those of METU (227 px).

    Returns:
        (H, W) uint8 of {0, 1}; None where there is doubt.

    Source:
        Meyer (1979), https://doi.org/10.1177/27.1.438499 (black-hat); Otsu (1979),
        https://doi.org/10.1109/TSMC.1979.4310076

    >>> patch = np.full((227, 227, 3), 180, np.uint8)
    >>> label_patch(patch) is None
    True
    >>> patch[100:110] = 30
    >>> round(float(label_patch(patch).mean()) * 227)
    10
    """
    depth = _measure_depth(patch)
    levels = np.asarray(np.rint(depth * 255), np.uint8)
    otsu = cv2.threshold(levels, 0, 255, cv2.THRESH_OTSU)[0] / 255
    dark = (depth >= max(otsu, _LEAST_DEPTH)).astype(np.uint8)
    _, pieces, facts, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    lengths = np.hypot(facts[:, cv2.CC_STAT_WIDTH], facts[:, cv2.CC_STAT_HEIGHT])
    lengths[0] = 0  # the background
    mask = (lengths >= _PIECE_PX)[pieces]
    if lengths.max() < _LONGEST_PX or mask.mean() > _LARGEST_SHARE:
        return None
    inside, outside = depth[mask], depth[~mask]
    spread = np.sqrt((inside.var() + outside.var()) / 2 + 1e-6)
    if (inside.mean() - outside.mean()) / spread < _LEAST_SEPARATION:
        return None
    if (dark.astype(np.bool_) & ~mask).mean() > _STRAY_SHARE:
        return None
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(closed, np.uint8)


def _measure_depth(patch: RgbImage) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
    """Share of light that each pixel lacks beside the level around it."""
    grey = cv2.cvtColor(patch, cv2.COLOR_RGB2GRAY)
    grey = np.asarray(cv2.GaussianBlur(grey, (0, 0), _SMOOTHING_PX), np.float32)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_KERNEL_PX, _KERNEL_PX))
    closed = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, disc, borderType=cv2.BORDER_REFLECT)
    level = cv2.GaussianBlur(closed, (0, 0), _KERNEL_PX / 4)
    level = np.minimum(level, np.percentile(grey, 90))
    return np.asarray(np.clip(1 - grey / np.maximum(level, 1), 0, 1), np.float32)
