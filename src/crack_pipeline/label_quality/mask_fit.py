"""The shift at which a mask would fit its photo best, by the grey level along its outline."""

from dataclasses import dataclass

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from crack_pipeline.types import BinaryMask, FlatImage, SignedDistance

BAND_PX = 3
"""Width of the bands on both sides of an outline whose grey levels are compared."""

_FARTHEST_PX = 8
_REACH_PX = _FARTHEST_PX + BAND_PX
_LEAST_PIXELS = 30
_RING_PX = (2.0, 12.0)
_LEVELS = 121


@dataclass(frozen=True, slots=True)
class BestOffset:
    """How much wider or narrower a mask would have to be.

    Attributes:
        offset_px: Distance of the best outline from the mask's own; negative inside, so that the
            mask is drawn too wide.
        contrast: Edge contrast there, in units of ``flatten_light``.
    """

    offset_px: int
    contrast: float


def measure_signed_distance(mask: BinaryMask) -> SignedDistance:
    """Distance of each pixel to the mask's outline, which runs between two pixels.

    Args:
        mask: (H, W) of {0, 1}; both occur.

    Returns:
        (H, W) float32 in px, negative inside the mask; -0.5 and 0.5 for pixels along the outline.
    """
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    return np.asarray(np.where(mask > 0, 0.5 - inside, outside - 0.5), np.float32)


def measure_darkness(flat: FlatImage, distance: SignedDistance) -> float:
    """Probability that a masked pixel is darker than one of the mask's surroundings.

    Args:
        flat: (H, W) from ``flatten_light``.
        distance: (H, W) signed distance to the outline.

    Returns:
        Area under the ROC curve: 1 where each masked pixel is darker than each of the pixels from
        2 to 12 px outside, 0.5 where nothing tells them apart; NaN without such pixels.
    """
    inside = distance < 0
    ring = (distance > _RING_PX[0]) & (distance <= _RING_PX[1])
    if not inside.any() or not ring.any():
        return float("nan")
    edges = np.linspace(-6.05, 6.05, _LEVELS + 1)
    masked = np.histogram(flat[inside], edges)[0] / np.count_nonzero(inside)
    around = np.histogram(flat[ring], edges)[0] / np.count_nonzero(ring)
    brighter = 1.0 - np.cumsum(around)
    return float((masked * (brighter + 0.5 * around)).sum())


def find_best_offset(flat: FlatImage, distance: SignedDistance) -> BestOffset:
    """Try the outlines of the mask eroded or dilated by up to 8 px.

    What is compared is the edge contrast: the mean of the photo in a band of 3 px just outside the
    outline minus that in a band of 3 px just inside.

    Args:
        flat: (H, W) from ``flatten_light``.
        distance: (H, W) signed distance to the outline; both signs occur.

    Returns:
        The best of these outlines.
    """
    near = np.abs(distance) < _REACH_PX
    bins = np.floor(distance[near]).astype(np.int64) + _REACH_PX
    counts = np.bincount(bins, minlength=2 * _REACH_PX)
    sums = np.bincount(bins, flat[near], minlength=2 * _REACH_PX).astype(np.float64)
    offsets = np.arange(-_FARTHEST_PX, _FARTHEST_PX + 1)
    contrasts = [_contrast_at(int(offset) + _REACH_PX, counts, sums) for offset in offsets]
    best = int(np.argmax(contrasts))
    return BestOffset(int(offsets[best]), contrasts[best])


def _contrast_at(edge: int, counts: NDArray[np.int64], sums: NDArray[np.float64]) -> float:
    inner, outer = slice(edge - BAND_PX, edge), slice(edge, edge + BAND_PX)
    n_inner, n_outer = counts[inner].sum(), counts[outer].sum()
    # Where a thin mask is eroded away, the few pixels that are left say nothing.
    if edge != _REACH_PX and min(n_inner, n_outer) < _LEAST_PIXELS:
        return -np.inf
    if min(n_inner, n_outer) == 0:
        return 0.0
    return float(sums[outer].sum() / n_outer - sums[inner].sum() / n_inner)


FARTHEST_PX = 24


@dataclass(frozen=True, slots=True)
class BestShift:
    """The move that makes a mask's edge fall on the photo's.

    Attributes:
        dx_px: To the right.
        dy_px: Downwards.
        contrast: Edge contrast there, in units of ``flatten_light``.
        contrast_here: Edge contrast where the mask lies now.
    """

    dx_px: int
    dy_px: int
    contrast: float
    contrast_here: float


def find_best_shift(flat: FlatImage, distance: SignedDistance) -> BestShift:
    """Try every move of the mask by at most 24 px in each direction.

    What is compared is the edge contrast: the mean of the photo in a band of 3 px just outside the
    mask's outline minus that in a band of 3 px just inside. All moves at once are one
    cross-correlation.

    Args:
        flat: (H, W) from ``flatten_light``.
        distance: (H, W) signed distance to the outline; both signs occur.

    Returns:
        The best of these moves.
    """
    inner = (distance < 0) & (distance >= -BAND_PX)
    outer = (distance > 0) & (distance <= BAND_PX)
    bands = np.zeros(flat.shape, np.float32)
    bands[outer] = 1.0 / np.count_nonzero(outer)
    bands[inner] = -1.0 / np.count_nonzero(inner)
    contrast = _correlate(flat - flat.mean(), bands)
    row, column = np.unravel_index(contrast.argmax(), contrast.shape)
    return BestShift(
        dx_px=int(column) - FARTHEST_PX,
        dy_px=int(row) - FARTHEST_PX,
        contrast=float(contrast.max()),
        contrast_here=float(contrast[FARTHEST_PX, FARTHEST_PX]),
    )


def _correlate(flat: FlatImage, bands: FlatImage) -> FlatImage:
    """Contrast of each move: rows are moves downwards, columns to the right, both from -24."""
    padded = [scipy.fft.next_fast_len(side + FARTHEST_PX, real=True) for side in flat.shape]
    spectrum = scipy.fft.rfft2(flat, padded) * np.conj(scipy.fft.rfft2(bands, padded))
    contrast = scipy.fft.irfft2(spectrum, padded)
    window = 2 * FARTHEST_PX + 1
    centred = np.roll(contrast, (FARTHEST_PX, FARTHEST_PX), (0, 1))
    return np.asarray(centred[:window, :window], np.float32)
