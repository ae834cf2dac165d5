"""Measurements of a mask against its photo, without a trained model."""

from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from crack_pipeline.errors import ShapeError
from crack_pipeline.images.reading import decode_lightness, read_bytes
from crack_pipeline.label_quality.mask_fit import (
    find_best_offset,
    find_best_shift,
    measure_darkness,
    measure_signed_distance,
)
from crack_pipeline.label_quality.mask_width import (
    flatten_light,
    measure_unmasked_line,
    measure_widths,
)
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.types import BinaryMask, GreyImage

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
    offset = find_best_offset(flat, distance)
    widths = measure_widths(grey, mask, distance)
    return PairFeatures(
        masked_share=share,
        unmasked_line=unmasked_line,
        darkness=measure_darkness(flat, distance),
        edge_contrast=shift.contrast_here,
        shift_dx_px=shift.dx_px / scale,
        shift_dy_px=shift.dy_px / scale,
        shift_contrast=shift.contrast,
        offset_px=offset.offset_px / scale,
        offset_contrast=offset.contrast,
        mask_width_px=widths.mask_px / scale,
        line_width_px=widths.line_px / scale,
    )


def _shrink(grey: GreyImage, mask: BinaryMask, scale: float) -> tuple[GreyImage, BinaryMask]:
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    # Measured only, never learnt from: areas keep thin cracks that the nearest pixel would lose.
    areas = cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), (
        areas >= 128 if (areas >= 128).any() else areas > 0
    ).astype(np.uint8)
