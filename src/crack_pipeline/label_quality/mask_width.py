"""Width of a mask against the width of the dark line under it."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from crack_pipeline.types import BinaryMask, GreyImage, SignedDistance

_MOST_POINTS = 400
_BESIDE_PX = 8
_STEPS_A_PX = 2
_DIRECTION_BLUR_PX = 4.0
_LEAST_DEPTH = 10.0  # grey levels: shallower dips are texture
_LEAST_LINES = 10

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Widths:
    """Widths along the centreline of a photo's mask.

    Attributes:
        mask_px: Median width of the mask; NaN without mask.
        line_px: Median width of the dark line under it at half of its depth; NaN where fewer than
            ten places show one.
    """

    mask_px: float
    line_px: float


def measure_widths(grey: GreyImage, mask: BinaryMask, distance: SignedDistance) -> Widths:
    """Measure both at up to 400 places, spread evenly over the mask's skeleton.

    The mask's width is twice the distance to its outline. The line's is that of the grey profile
    across the skeleton at half depth: between the darkest level near the centre and the median of
    the profile's outer ends.

    Args:
        grey: (H, W) uint8.
        mask: (H, W) of {0, 1}; both occur.
        distance: (H, W) signed distance to the outline.

    Returns:
        The medians. The line's is taken at places where a dip of at least 10 grey levels is found.
    """
    skeleton = skeletonize(mask > 0)  # type: ignore[no-untyped-call]
    rows, columns = np.nonzero(skeleton)
    if rows.size == 0:
        return Widths(float("nan"), float("nan"))
    chosen = np.unique(np.linspace(0, rows.size - 1, _MOST_POINTS).astype(np.int64))
    rows, columns = rows[chosen], columns[chosen]
    # The centre of an odd width lies on a pixel, that of an even one between two, half a pixel
    # from the next: adding half a pixel is off by as much either way.
    mask_px = 2.0 * -distance[rows, columns].astype(np.float64) + 0.5
    line_px = _measure_lines(grey, rows, columns, _normals(skeleton, rows, columns), mask_px)
    found = line_px[np.isfinite(line_px)]
    median_line_px = float(np.median(found)) if found.size >= _LEAST_LINES else float("nan")
    return Widths(float(np.median(mask_px)), median_line_px)


def _normals(
    skeleton: NDArray[np.bool_], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> Numbers:
    """(N, 2) unit vectors (down, right) across the skeleton, from its structure tensor."""
    blurred = cv2.GaussianBlur(skeleton.astype(np.float32), (0, 0), 1.5)
    down = cv2.Sobel(blurred, cv2.CV_32F, 0, 1)
    right = cv2.Sobel(blurred, cv2.CV_32F, 1, 0)
    products = (down * down, right * right, down * right)
    dd, rr, dr = (
        cv2.GaussianBlur(product, (0, 0), _DIRECTION_BLUR_PX)[rows, columns].astype(np.float64)
        for product in products
    )
    angle = 0.5 * np.arctan2(2 * dr, rr - dd)
    return np.stack([np.sin(angle), np.cos(angle)], axis=1)


def _measure_lines(
    grey: GreyImage,
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    normals: Numbers,
    mask_px: Numbers,
) -> Numbers:
    reach_px = float(np.quantile(mask_px, 0.95)) / 2 + _BESIDE_PX
    offsets = np.arange(-reach_px, reach_px + 1e-6, 1 / _STEPS_A_PX)
    across = (rows[:, None] + normals[:, :1] * offsets).astype(np.float32)
    along = (columns[:, None] + normals[:, 1:] * offsets).astype(np.float32)
    smooth = cv2.GaussianBlur(grey, (0, 0), 0.7)
    profiles = cv2.remap(smooth, along, across, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _widths_at_half_depth(profiles.astype(np.float64), offsets, mask_px)


def _widths_at_half_depth(profiles: Numbers, offsets: Numbers, mask_px: Numbers) -> Numbers:
    """Width of each profile's dip within the mask; NaN where there is none."""
    within = np.abs(offsets) <= mask_px[:, None] / 2 + 1
    lowest = np.where(within, profiles, np.inf).argmin(axis=1)
    darkest = profiles[np.arange(len(profiles)), lowest]
    is_end = np.abs(offsets) >= np.abs(offsets[0]) - _BESIDE_PX / 2
    around = np.median(profiles[:, is_end], axis=1)
    half = (around + darkest) / 2
    steps = np.arange(offsets.size)
    right = _cross(profiles, half, lowest, steps)
    left = _cross(profiles[:, ::-1], half, offsets.size - 1 - lowest, steps)
    width_px = (left + right) * float(offsets[1] - offsets[0])
    return np.where(around - darkest >= _LEAST_DEPTH, width_px, np.nan)


def _cross(
    profiles: Numbers, level: Numbers, start: NDArray[np.intp], steps: NDArray[np.intp]
) -> Numbers:
    """Steps from each profile's start to where it first reaches its level; NaN where never."""
    reached = (profiles >= level[:, None]) & (steps > start[:, None])
    first = reached.argmax(axis=1)
    rows = np.arange(len(profiles))
    above, below = profiles[rows, first], profiles[rows, first - 1]
    rise = np.where(above > below, above - below, 1.0)
    distance = first - 1 + (level - below) / rise - start
    return np.where(reached.any(axis=1), distance, np.nan)
