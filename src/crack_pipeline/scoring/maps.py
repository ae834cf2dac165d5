"""Read predictions on a known scale as probabilities, and true masks."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError, ShapeError
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.scoring.samples import is_array, read_samples
from crack_pipeline.scoring.scales import Scale
from crack_pipeline.types import BinaryMask, ProbabilityMap

_CRACK_LEVELS = (1, 255)


def read_prediction(path: Path, scale: Scale) -> ProbabilityMap:
    """Read one file.

    Args:
        path: The file.
        scale: From ``recognize_scale`` of all files.

    Returns:
        (H, W) float32 in [0, 1]; what lies beyond the scale is clipped.

    Raises:
        MaskError: If there is not one finite number a pixel.
        ImageReadError: If it cannot be read.
    """
    samples = read_samples(path)
    if scale.is_mask:
        return (samples > 0).astype(np.float32)
    return np.clip(samples.astype(np.float64) / scale.top, 0.0, 1.0).astype(np.float32)


def read_truth(path: Path) -> BinaryMask:
    """Read a true mask.

    Args:
        path: An image file of any mask, or an ``.npy`` array of bool, {0, 1} or {0, 255}.

    Returns:
        (H, W) uint8, 1 is crack.

    Raises:
        MaskError: If it cannot be read, or its values do not say what is crack.
        ImageReadError: If an array cannot be read.
    """
    if not is_array(path):
        return read_mask(path)
    samples = read_samples(path)
    crack = samples != 0
    level = samples.max()
    if crack.any() and (level not in _CRACK_LEVELS or not (samples[crack] == level).all()):
        raise MaskError(
            "A true mask in an .npy file must be bool, or hold 0 with 1 or 255.",
            received=f"{path}: {samples.dtype} from {samples.min():g} to {level:g}",
            remedy="Write it with 0 for background and 1 for crack.",
        )
    return np.asarray(crack, np.uint8)


def require_same_size(name: str, prediction: ProbabilityMap, truth: NDArray[np.uint8]) -> None:
    """Check that a prediction covers the pixels of its mask.

    Args:
        name: Of the pair.
        prediction: (H, W).
        truth: (H, W).

    Raises:
        ShapeError: If the sizes differ.
    """
    if prediction.shape != truth.shape:
        (height, width), (true_height, true_width) = prediction.shape, truth.shape
        turned = prediction.shape == truth.shape[::-1]
        raise ShapeError(
            "A prediction must have the size of its mask.",
            received=f"{name}: prediction {width}×{height} px, mask {true_width}×{true_height} px",
            remedy="One of them is turned by 90°: write both upright."
            if turned
            else "Write predictions at the photo's full size: scaling them here would move "
            "outlines and change the scores.",
        )
