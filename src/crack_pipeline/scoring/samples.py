"""Read the values of a prediction or a mask as they are stored, one a pixel."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import CrackPipelineError, ImageReadError, MaskError
from crack_pipeline.images.raster import decode_raster
from crack_pipeline.images.reading import read_bytes
from crack_pipeline.scoring.pairing import ARRAY_SUFFIX

_RULE = "A file must hold one number a pixel, of a mask or a probability map."


def read_samples(path: Path) -> NDArray[Any]:
    """Read an image file or an array that ``numpy.save`` wrote.

    Args:
        path: The file.

    Returns:
        (H, W) integers or floating point, as stored; bool as uint8 of {0, 1}. Axes of length 1, and
        channels that all hold the same, are dropped.

    Raises:
        MaskError: If there is not one finite number a pixel.
        ImageReadError: If it cannot be read.
    """
    samples = _load_array(path) if is_array(path) else _decode(path)
    if samples.dtype == np.bool_:
        samples = samples.astype(np.uint8)
    samples = _drop_channels(path, samples)
    if samples.size == 0 or samples.ndim != 2 or samples.dtype.kind not in "uif":
        raise MaskError(
            _RULE,
            received=f"{path}: shape {samples.shape}, {samples.dtype}",
            remedy="Write one value a pixel, (height, width).",
        )
    if not np.isfinite(samples).all():
        n_bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise MaskError(
            _RULE,
            received=f"{path}: {n_bad} of {samples.size} values are NaN or infinite",
            remedy="Mend the program that wrote them, or the photos that it failed on.",
        )
    return samples


def is_array(path: Path) -> bool:
    """True where ``numpy.save`` wrote the file.

    Args:
        path: The file.

    Returns:
        By its suffix.
    """
    return path.suffix.lower() == ARRAY_SUFFIX


def _drop_channels(path: Path, samples: NDArray[Any]) -> NDArray[Any]:
    if samples.ndim == 2:
        return samples
    squeezed = np.squeeze(samples)
    if squeezed.ndim != 3:
        return squeezed
    colours = squeezed[..., :3] if squeezed.shape[-1] in (3, 4) else squeezed
    if squeezed.shape[-1] == 2 or not (colours == colours[..., :1]).all():
        raise MaskError(
            _RULE,
            received=f"{path}: channels that differ, shape {squeezed.shape}",
            remedy="Write the probability of crack alone, not an overlay or one channel a class.",
        )
    return np.asarray(colours[..., 0])


def _load_array(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (OSError, ValueError, EOFError) as error:
        raise ImageReadError(
            "A prediction or mask must be a whole, readable file.",
            received=f"{path}: {error}",
            remedy="Write it again with numpy.save.",
        ) from error


def _decode(path: Path) -> NDArray[Any]:
    try:
        return np.asarray(decode_raster(read_bytes(path), max_megapixels=1000.0).samples)
    except CrackPipelineError as error:
        raise ImageReadError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error
