"""A photo without its uneven light: what is dark in it, in units of its own texture."""

import cv2
import numpy as np

from crack_pipeline.types import BinaryMask, FlatImage, GreyImage

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
