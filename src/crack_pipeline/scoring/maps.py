"""Read masks and probability maps of any usual scale as probabilities.

One program writes all its files on one scale, so the scale is told from all of them: a single map
whose values reach no further than 1 may be a mask of {0, 1} or a faint map of 0–255.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import CrackPipelineError, ImageReadError, MaskError, ShapeError
from crack_pipeline.images.raster import decode_raster
from crack_pipeline.images.reading import read_bytes
from crack_pipeline.progress import track
from crack_pipeline.scoring.pairing import ARRAY_SUFFIX
from crack_pipeline.types import ProbabilityMap

Scale = Literal["mask", "8 bit", "16 bit", "unit", "up to 255"]

SCALE_WORDS: dict[Scale, str] = {
    "mask": "masks of two levels",
    "8 bit": "probability maps of 0–255, divided by 255",
    "16 bit": "probability maps of 0–65535, divided by 65535",
    "unit": "probability maps of 0–1",
    "up to 255": "probability maps of 0–255 in floating point, divided by 255",
}
_DIVISORS: dict[Scale, float] = {"8 bit": 255.0, "16 bit": 65535.0, "unit": 1.0, "up to 255": 255.0}

_RULE = "A prediction must be a mask, or a probability map of 0–1, 0–255 or 0–65535."


@dataclass(frozen=True, slots=True)
class _Values:
    """What a file holds.

    Attributes:
        is_float: Whether it is stored in floating point.
        bits: Of an integer: 8 or 16.
        lowest: Lowest value.
        highest: Highest value.
        levels: Its distinct values, three at most.
    """

    is_float: bool
    bits: int
    lowest: float
    highest: float
    levels: tuple[float, ...]


def recognize_scale(paths: Sequence[Path]) -> Scale:
    """Tell from all files on which scale they are written.

    Args:
        paths: N ≥ 1 files.

    Returns:
        ``mask`` where no file holds more than background and one level, 0 with 1, 255 or 65535,
        be it another one in another file; else by the type and the highest value.

    Raises:
        MaskError: If values are no numbers, negative, above the scale, or of several types.
        ImageReadError: If a file cannot be read.
    """
    files = track(paths, total=len(paths), description="Looking at predictions", unit="files")
    found = [_look_at(path) for path in files]
    if all(_is_mask(values.levels) for values in found):
        return "mask"
    if len({(values.is_float, values.bits) for values in found}) > 1:
        raise MaskError(
            "All predictions must be written in one way.",
            received=", ".join(sorted({_describe(values) for values in found})),
            remedy="Put files of one program into the folder.",
        )
    highest = max(values.highest for values in found)
    if not found[0].is_float:
        return "8 bit" if found[0].bits == 8 else "16 bit"
    return "unit" if highest <= 1.0 else "up to 255"


def read_prediction(path: Path, scale: Scale) -> ProbabilityMap:
    """Read one file.

    Args:
        path: The file.
        scale: From ``recognize_scale``.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        MaskError: If its values are no probabilities.
        ImageReadError: If it cannot be read.
    """
    samples = _read_samples(path)
    if scale == "mask":
        return (samples > 0).astype(np.float32)
    return (samples.astype(np.float64) / _DIVISORS[scale]).astype(np.float32)


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


def _is_mask(levels: tuple[float, ...]) -> bool:
    crack = set(levels) - {0.0}
    return len(crack) <= 1 and crack <= {1.0, 255.0, 65535.0}


def _look_at(path: Path) -> _Values:
    samples = _read_samples(path)
    is_float = bool(np.issubdtype(samples.dtype, np.floating))
    bits = 0 if is_float else 8 * min(samples.dtype.itemsize, 2)
    lowest, highest = float(samples.min()), float(samples.max())
    limit = 255.0 if is_float else 65535.0
    if lowest < 0 or highest > limit:
        raise MaskError(
            _RULE,
            received=f"{path}: values from {lowest:g} to {highest:g}",
            remedy="These look like scores before a sigmoid: write 1 / (1 + exp(−score))."
            if lowest < 0
            else "Scale them to 0–1.",
        )
    # A second look for distinct values only where there can be few.
    middle = samples[(samples != lowest) & (samples != highest)]
    levels = (lowest, highest) if middle.size == 0 else (lowest, float(middle[0]), highest)
    return _Values(is_float, bits, lowest, highest, levels)


def _describe(values: _Values) -> str:
    kind = "floating point" if values.is_float else f"{values.bits}-bit integers"
    return f"{kind} up to {values.highest:g}"


def _read_samples(path: Path) -> NDArray[Any]:
    samples = _load_array(path) if path.suffix.lower() == ARRAY_SUFFIX else _decode(path)
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
            "A prediction must be a whole, readable file.",
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
