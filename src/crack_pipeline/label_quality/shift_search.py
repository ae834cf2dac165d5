"""Where a mask would fit its photo best if it were moved."""

from dataclasses import dataclass

import numpy as np
import scipy.fft

from crack_pipeline.label_quality.edge_profile import BAND_PX
from crack_pipeline.types import FlatImage, SignedDistance

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
