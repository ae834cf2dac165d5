"""Compare a photo with one of another scale: the whole photo with a crop of it, say."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.shared_part import SharedPart, correlate_where, even_out
from crack_pipeline.types import GreyImage

_LARGEST_ERROR_PX = 2.0
# Views are shrunk in steps; what lies between two steps is left for the fit.
_LARGEST_REST = 1.3
_BORDER_PX = 4


def compare_scaled(
    first: GreyImage, second: GreyImage, places: NDArray[np.float64]
) -> SharedPart | None:
    """Lay one view on another by the points that both show, and correlate what they share.

    Args:
        first: (H, W) uint8 view.
        second: (H', W') uint8 view, as it is stored.
        places: (M, 2, 2) x, y of the same points in the first and in the second view.

    Returns:
        Where they fit, how much they share and how well it correlates; None where the points
        contradict each other.
    """
    there = places[:, 1].astype(np.float32)
    here = places[:, 0].astype(np.float32)
    fitted, _ = cv2.estimateAffine2D(there, here, ransacReprojThreshold=_LARGEST_ERROR_PX)
    if np.size(fitted) != 6:  # none fits
        return None
    transform = np.asarray(fitted, dtype=np.float64)
    if not _is_likely(transform):
        return None
    size_px = first.shape[::-1]
    laid = np.asarray(cv2.warpAffine(second, transform, size_px, flags=cv2.INTER_LINEAR), np.uint8)
    shared = _covered_by(second.shape, transform, size_px)
    share = float(shared.sum()) / min(first.size, second.size)
    correlation = correlate_where(even_out(first), even_out(laid), shared)
    corner = np.where(shared.any(axis=0))[0][:1], np.where(shared.any(axis=1))[0][:1]
    x_px, y_px = (int(places_px[0]) if len(places_px) else 0 for places_px in corner)
    return SharedPart(x_px, y_px, min(share, 1.0), correlation)


def _is_likely(transform: NDArray[np.float64]) -> bool:
    stretches = np.linalg.svd(transform[:, :2], compute_uv=False)
    return bool(stretches[0] <= _LARGEST_REST and stretches[1] >= 1 / _LARGEST_REST)


def _covered_by(
    shape: tuple[int, ...], transform: NDArray[np.float64], size_px: tuple[int, ...]
) -> NDArray[np.bool_]:
    whole = np.full(shape, 255, np.uint8)
    covered = cv2.warpAffine(whole, transform, size_px, flags=cv2.INTER_NEAREST)
    # Beyond the border of a view there is nothing, and blurring spreads it inwards.
    window = np.ones((2 * _BORDER_PX + 1, 2 * _BORDER_PX + 1), np.uint8)
    return np.asarray(cv2.erode(covered, window) > 0)
