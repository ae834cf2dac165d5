"""Do heat maps lie on the crack? Each map against the mask that a person drew."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ShapeError
from crack_pipeline.explain.methods import HeatMap, make_baseline
from crack_pipeline.types import BinaryMask, RgbImage

Confidence = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Gives (N,) probabilities for (N, T, T, 3) photos."""


def energy_inside(heat: HeatMap, mask: BinaryMask) -> float:
    """Share of a map's heat that lies inside a mask: the energy-based pointing game.

    Args:
        heat: (H, W).
        mask: (H, W) of {0, 1}.

    Returns:
        In [0, 1]; an even map reaches the mask's share of the area. NaN without any heat.

    Raises:
        ShapeError: If the two differ in size.

    Source:
        Wang et al. (2020), Score-CAM, §4.3, arXiv:1910.01279.
    """
    _require_same_shape(heat, mask)
    total = float(heat.sum(dtype=np.float64))
    return float(heat[mask > 0].sum(dtype=np.float64)) / total if total > 0 else float("nan")


def hits_mask(heat: HeatMap, mask: BinaryMask, *, tolerance_px: int) -> float:
    """Pointing game: whether the hottest pixel lies in the mask or near it.

    Args:
        heat: (H, W).
        mask: (H, W) of {0, 1}.
        tolerance_px: How far from the mask it may lie.

    Returns:
        1 or 0; of several equally hot pixels the share that hits. Without any heat 0, a miss; NaN
        where the mask is empty.

    Raises:
        ShapeError: If the two differ in size.

    Source:
        Zhang et al. (2016), Top-down neural attention by excitation backprop, §4.1,
        arXiv:1608.00507.
    """
    _require_same_shape(heat, mask)
    highest = float(heat.max(initial=0.0))
    if not mask.any():
        return float("nan")
    if highest == 0:
        return 0.0
    away = cv2.distanceTransform((mask == 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return float((away[heat == highest] <= tolerance_px).mean())


def overlap_hottest(heat: HeatMap, mask: BinaryMask) -> float:
    """IoU of a mask with as many of the hottest pixels as it has.

    The number of pixels is that of the mask, so that no threshold has to be chosen. Equally hot
    pixels at the limit are all left out, unless none would remain.

    Args:
        heat: (H, W).
        mask: (H, W) of {0, 1}.

    Returns:
        In [0, 1]; 0 without any heat, NaN where the mask is empty.

    Raises:
        ShapeError: If the two differ in size.
    """
    _require_same_shape(heat, mask)
    inside = mask > 0
    count = int(inside.sum())
    if count == 0:
        return float("nan")
    if not heat.any():
        return 0.0
    limit = float(np.partition(heat.ravel(), heat.size - count)[heat.size - count])
    hottest = heat >= limit if limit > 0 else heat > 0
    if hottest.sum() > count and (heat > limit).any():
        hottest = heat > limit
    return float((hottest & inside).sum() / (hottest | inside).sum())


def measure_deletion(
    confidence: Confidence, photo: RgbImage, heat: HeatMap, *, steps: int
) -> float:
    """Area under the network's confidence while the hottest pixels are removed first.

    Removed pixels are taken from the blurred photo. Step k of n removes the share (k / n)² of all
    pixels, since cracks are a small part of a photo. The lower the area, the more the network
    relied on what the map shows. Equally hot pixels go from the top of the photo to its bottom.

    Args:
        confidence: Gives the probability of crack, or its mean over the region that is explained.
        photo: (T, T, 3) uint8.
        heat: (T, T).
        steps: Number n of steps.

    Returns:
        In [0, 1].

    Raises:
        ShapeError: If photo and heat differ in size.

    Source:
        Petsiuk, Das, Saenko (2018), RISE, §4.3 (there in even steps, pixels set to 0),
        arXiv:1806.07421.
    """
    _require_same_shape(heat, photo[..., 0])
    blurred = np.rint(make_baseline(photo, "blurred")).astype(np.uint8)
    rank = np.empty(heat.size, np.int64)
    rank[np.argsort(-heat.ravel(), kind="stable")] = np.arange(heat.size)
    shares = (np.arange(steps + 1) / steps) ** 2
    gone = rank.reshape(heat.shape) < np.rint(shares * heat.size)[:, None, None]
    curve = confidence(np.where(gone[..., None], blurred, photo))
    return float(np.trapezoid(curve.astype(np.float64), shares))


def correlate_ranks(first: HeatMap, second: HeatMap) -> float:
    """Spearman's rank correlation of two maps, pixel by pixel.

    Between the map of a trained network and that of a random one it should be near 0: a method that
    shows the same for both shows the photo, not the network.

    Args:
        first: (H, W).
        second: (H, W).

    Returns:
        In [-1, 1]; NaN where a map is the same everywhere.

    Raises:
        ShapeError: If the two differ in size.

    Source:
        Adebayo et al. (2018), Sanity checks for saliency maps, §3, arXiv:1810.03292.
    """
    from scipy.stats import rankdata  # takes a while to import: listing pipelines does without

    _require_same_shape(first, second)
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(first.ravel()), rankdata(second.ravel()))[0, 1])


def compare_structure(first: HeatMap, second: HeatMap) -> float:
    """Structural similarity (SSIM) of two maps; near 1 where they look alike.

    Args:
        first: (H, W), at least 7 × 7.
        second: (H, W).

    Returns:
        In [-1, 1].

    Raises:
        ShapeError: If the two differ in size.

    Source:
        Wang et al. (2004), Image quality assessment, https://doi.org/10.1109/TIP.2003.819861;
        used for maps by Adebayo et al. (2018), arXiv:1810.03292.
    """
    from skimage.metrics import structural_similarity

    _require_same_shape(first, second)
    similarity: Any = structural_similarity
    return float(similarity(first, second, data_range=1.0))


def draw_border(shape: tuple[int, int], border_share: float) -> BinaryMask:
    """Mask of the border of a photo.

    Args:
        shape: Height and width in px.
        border_share: Width of the border as a share of the shorter side; at least one pixel.

    Returns:
        (H, W), 1 on the border.
    """
    width_px = max(1, round(min(shape) * border_share))
    border = np.ones(shape, np.uint8)
    border[width_px:-width_px, width_px:-width_px] = 0
    return border


def _require_same_shape(first: NDArray[np.generic], second: NDArray[np.generic]) -> None:
    if first.shape != second.shape:
        raise ShapeError(
            "A heat map and what it is compared with must have the same size.",
            received=f"{first.shape} and {second.shape}",
            remedy="Cut or resize mask and photo as the input of the network was.",
        )
