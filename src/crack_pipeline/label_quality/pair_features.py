"""Measure a mask against its photo: shift, width and darkness, after uneven light is removed."""

from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.masks.reading import read_mask
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


def measure_widths(
    grey: GreyImage, mask: BinaryMask, distance: SignedDistance
) -> tuple[float, float]:
    """Measure both at up to 400 places, spread evenly over the mask's skeleton.

    The mask's width is twice the distance to its outline. The line's is that of the grey profile
    across the skeleton at half depth: between the darkest level near the centre and the median of
    the profile's outer ends.

    Args:
        grey: (H, W) uint8.
        mask: (H, W) of {0, 1}; both occur.
        distance: (H, W) signed distance to the outline.

    Returns:
        Median width of the mask, NaN without mask, and of the line, NaN where fewer than 10 places
        have a dip of at least 10 grey levels.
    """
    skeleton = skeletonize(mask > 0)  # type: ignore[no-untyped-call]
    rows, columns = np.nonzero(skeleton)
    if rows.size == 0:
        return _NAN, _NAN
    chosen = np.unique(np.linspace(0, rows.size - 1, _MOST_POINTS).astype(np.int64))
    rows, columns = rows[chosen], columns[chosen]
    # The centre of an odd width lies on a pixel, that of an even one between two, half a pixel
    # from the next: adding half a pixel is off by as much either way.
    mask_px = 2.0 * -distance[rows, columns].astype(np.float64) + 0.5
    line_px = _measure_lines(grey, rows, columns, _normals(skeleton, rows, columns), mask_px)
    found = line_px[np.isfinite(line_px)]
    median_line_px = float(np.median(found)) if found.size >= _LEAST_LINES else float("nan")
    return float(np.median(mask_px)), median_line_px


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


BAND_PX = 3
"""Width of the bands on both sides of an outline whose grey levels are compared."""

_FARTHEST_PX = 8
_REACH_PX = _FARTHEST_PX + BAND_PX
_LEAST_PIXELS = 30
_RING_PX = (2.0, 12.0)
_LEVELS = 121


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


def find_best_offset(flat: FlatImage, distance: SignedDistance) -> tuple[int, float]:
    """Try the outlines of the mask eroded or dilated by up to 8 px.

    What is compared is the edge contrast: the mean of the photo in a band of 3 px just outside the
    outline minus that in a band of 3 px just inside.

    Args:
        flat: (H, W) from ``flatten_light``.
        distance: (H, W) signed distance to the outline; both signs occur.

    Returns:
        Distance of the best outline from the mask's own in px, negative inside, so that the mask
        is drawn too wide; and the edge contrast there, in units of ``flatten_light``.
    """
    near = np.abs(distance) < _REACH_PX
    bins = np.floor(distance[near]).astype(np.int64) + _REACH_PX
    counts = np.bincount(bins, minlength=2 * _REACH_PX)
    sums = np.bincount(bins, flat[near], minlength=2 * _REACH_PX).astype(np.float64)
    offsets = np.arange(-_FARTHEST_PX, _FARTHEST_PX + 1)
    contrasts = [_contrast_at(int(offset) + _REACH_PX, counts, sums) for offset in offsets]
    best = int(np.argmax(contrasts))
    return int(offsets[best]), contrasts[best]


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


FEATURE_VERSION = 1
"""Raised when the same files would be measured otherwise."""

LONGEST_PX = 1600
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """Measurements of one photo with its mask.

    All but the first two are NaN where the mask is empty or covers everything.

    Attributes:
        masked_share: Share of the photo that is masked, in [0, 1].
        unmasked_line: Diagonal of the longest dark structure that is not masked, as a share of the
            photo's diagonal.
        darkness: Probability that a masked pixel is darker than one of its surroundings.
        edge_contrast: Mean just outside the mask's outline minus that just inside, in units of the
            photo's texture.
        shift_dx_px: Move to the right at which the edge contrast is highest.
        shift_dy_px: Move downwards.
        shift_contrast: Edge contrast there.
        offset_px: Where it is highest if the mask is eroded (negative) or dilated instead.
        offset_contrast: Edge contrast there.
        mask_width_px: Median width of the mask.
        line_width_px: Median width of the dark line under it.
    """

    masked_share: float
    unmasked_line: float
    darkness: float = _NAN
    edge_contrast: float = _NAN
    shift_dx_px: float = _NAN
    shift_dy_px: float = _NAN
    shift_contrast: float = _NAN
    offset_px: float = _NAN
    offset_contrast: float = _NAN
    mask_width_px: float = _NAN
    line_width_px: float = _NAN


FEATURE_NAMES = tuple(field.name for field in fields(PairFeatures))


def measure_files(image_path: Path, mask_path: Path) -> PairFeatures:
    """Read a photo and its mask and measure them.

    Args:
        image_path: The photo.
        mask_path: Its mask.

    Returns:
        The measurements.

    Raises:
        ImageReadError: If the photo cannot be read.
        MaskError: If the mask cannot be read.
        ShapeError: If they differ in size.
    """
    return measure_pair(decode_lightness(read_bytes(image_path)).pixels, read_mask(mask_path))


def measure_pair(grey: GreyImage, mask: BinaryMask) -> PairFeatures:
    """Measure a photo and its mask.

    Photos longer than 1600 px are shrunken first; lengths are told in px of the photo as it is.

    Args:
        grey: (H, W) uint8.
        mask: (H, W) of {0, 1}.

    Returns:
        The measurements.

    Raises:
        ShapeError: If they differ in size.
    """
    if grey.shape != mask.shape:
        raise ShapeError(
            "`mask` must have the height and width of its photo.",
            received=f"photo {grey.shape}, mask {mask.shape}",
            remedy="Run `kedro run --pipeline=ingest`, which sets such pairs aside.",
        )
    mask = (mask > 0).astype(np.uint8)
    scale = min(1.0, LONGEST_PX / max(grey.shape))
    if scale < 1.0:
        grey, mask = _shrink(grey, mask, scale)
    share = float(mask.mean())
    flat = flatten_light(grey)
    unmasked_line = measure_unmasked_line(flat, mask)
    if share in (0.0, 1.0):
        return PairFeatures(share, unmasked_line)
    distance = measure_signed_distance(mask)
    shift = find_best_shift(flat, distance)
    offset_px, offset_contrast = find_best_offset(flat, distance)
    mask_width_px, line_width_px = measure_widths(grey, mask, distance)
    return PairFeatures(
        masked_share=share,
        unmasked_line=unmasked_line,
        darkness=measure_darkness(flat, distance),
        edge_contrast=shift.contrast_here,
        shift_dx_px=shift.dx_px / scale,
        shift_dy_px=shift.dy_px / scale,
        shift_contrast=shift.contrast,
        offset_px=offset_px / scale,
        offset_contrast=offset_contrast,
        mask_width_px=mask_width_px / scale,
        line_width_px=line_width_px / scale,
    )


def _shrink(grey: GreyImage, mask: BinaryMask, scale: float) -> tuple[GreyImage, BinaryMask]:
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    # Measured only, never learnt from: areas keep thin cracks that the nearest pixel would lose.
    areas = cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (
        areas >= 128 if (areas >= 128).any() else areas > 0
    ).astype(np.uint8)
