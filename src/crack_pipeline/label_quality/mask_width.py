"""Width of a mask against the width of the dark line under it, in a photo freed of uneven light."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from crack_pipeline.types import BinaryMask, FlatImage, GreyImage, SignedDistance

_SMOOTHING_PX = 1.0
_SHRINKING = 4
_SHADING_PX = 21  # of the shrunken photo: wider than any crack, narrower than a shadow
_SHADING_BLUR_PX = 8.0
_LARGEST = 6.0  # one oil stain must not outweigh a crack
_SIGMA_A_MAD = 1.4826  # of normally distributed values
_LEAST_TEXTURE = 4.0  # grey levels: on a smooth wall the faintest shading must not count as dark

_LINE_SMOOTHING_PX = 2.0
_LINE_DEPTH = 3.0  # in units of the smoothed photo's texture
_BESIDE_MASK_PX = 15


def flatten_light(grey: GreyImage) -> FlatImage:
    """Remove shading, and divide by the texture's strength.

    Args:
        grey: (H, W) uint8.

    Returns:
        (H, W) float32 in [-6, 6]: distance from the local background in robust standard deviations
        of this photo; negative is darker.
    """
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), _SMOOTHING_PX)
    height_px, width_px = grey.shape
    small_size = (max(1, width_px // _SHRINKING), max(1, height_px // _SHRINKING))
    small = cv2.resize(smooth, small_size, interpolation=cv2.INTER_AREA)
    coarse = cv2.medianBlur(np.rint(small).astype(np.uint8), _SHADING_PX).astype(np.float32)
    shading = cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_LINEAR)
    detail = np.asarray(smooth - cv2.GaussianBlur(shading, (0, 0), _SHADING_BLUR_PX), np.float32)
    texture = _SIGMA_A_MAD * float(np.median(np.abs(detail - np.median(detail)))) + _LEAST_TEXTURE
    return np.asarray(np.clip(detail / texture, -_LARGEST, _LARGEST), np.float32)


def measure_unmasked_line(flat: FlatImage, mask: BinaryMask) -> float:
    """Length of the longest connected dark structure that the mask leaves out.

    Args:
        flat: (H, W) from ``flatten_light``.
        mask: (H, W) of {0, 1}.

    Returns:
        Diagonal of its bounding box as a share of the photo's, in [0, 1]; 0 where there is none.
    """
    smooth = cv2.GaussianBlur(flat, (0, 0), _LINE_SMOOTHING_PX)
    texture = _SIGMA_A_MAD * float(np.median(np.abs(smooth))) + 1e-6
    dark = (smooth < -_LINE_DEPTH * texture).astype(np.uint8)
    dark[cv2.dilate(mask, np.ones((_BESIDE_MASK_PX, _BESIDE_MASK_PX), np.uint8)) > 0] = 0
    _, _, boxes, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    structures = boxes[1:]  # the first one is the background
    if len(structures) == 0:
        return 0.0
    diagonals = np.hypot(structures[:, cv2.CC_STAT_WIDTH], structures[:, cv2.CC_STAT_HEIGHT])
    return float(diagonals.max() / np.hypot(*flat.shape))


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
