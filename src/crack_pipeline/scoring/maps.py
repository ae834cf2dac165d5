"""Read masks and predictions of another program, and tell on which scale they are written.

One program writes all its files on one scale, so the scale is told from all of them: a single map
whose values reach no further than 1 may be a mask of {0, 1} or a faint map of 0–255. Nor does the
type of the numbers tell it: 64-bit integers and 16-bit images hold 0–255 as often as not.

1. Where no file holds more than background and one level, 1, 255 or 65535, they are masks.
2. Else the scale is the one of 0–1, 0–255 and 0–65535 that the highest value of all files reaches
   at least half of. Below half of it no pixel would be crack at 0.5; such values, those of 0–100
   among them, are refused until ``scoring.scale`` says what they mean.
3. A palette image whose colours are no greys is a mask, and read as true masks are.
4. What lies beyond the scale by rounding, or by the overshoot of an interpolation, is clipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import CrackPipelineError, ImageReadError, MaskError, ShapeError
from crack_pipeline.images.frames import require_one_picture
from crack_pipeline.images.reading import (
    FIRST_FRAME,
    LARGEST_MEGAPIXELS,
    decode_raster,
    read_bytes,
)
from crack_pipeline.masks.binarization import binarize_mask
from crack_pipeline.masks.channels import advise_signed
from crack_pipeline.masks.reading import read_mask
from crack_pipeline.progress import track
from crack_pipeline.scoring.pairing import ARRAY_SUFFIX
from crack_pipeline.types import BinaryMask, ProbabilityMap

ScaleChoice: TypeAlias = Literal["auto"] | float
"""``auto``, or the value that means certain crack."""

_MASK_LEVELS = (1.0, 255.0, 65535.0)
_USUAL_TOPS = (1.0, 100.0, 255.0, 65535.0)
_ROUNDING = 1e-3
_OVERSHOOT = 0.25
"""Bicubic and Lanczos filters pass the ends of a soft edge by so much, in parts of the scale."""
_MOST_BEYOND = 0.2
"""They do so beside edges only: where a larger share lies beyond 0–1, it is no overshoot."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How predictions are written.

    Attributes:
        is_mask: Whether no file holds more than background and one level.
        top: What means certain crack; maps are divided by it.
        lowest: Lowest value of all files.
        highest: Highest value of all files.
    """

    is_mask: bool
    top: float
    lowest: float
    highest: float

    @property
    def name(self) -> str:
        """``mask``, or what the values run through, such as ``0–255``."""
        return "mask" if self.is_mask else f"0–{self.top:g}"

    def describe(self) -> str:
        """The recognised scale and its conversion, in words."""
        if self.is_mask:
            return "masks of two levels"
        found = f"probability maps of {self.name} (values from {self.lowest:g} to {self.highest:g})"
        divided = "" if self.top == 1.0 else f", divided by {self.top:g}"
        is_clipped = self.lowest < 0.0 or self.highest > self.top
        clipped = f"; what lies beyond 0–{self.top:g} was clipped" if is_clipped else ""
        return f"{found}{divided}{clipped}"


@dataclass(frozen=True, slots=True)
class _Values:
    """Levels and type of the samples of a file.

    Attributes:
        path: The file.
        kind: ``floating point``, ``8-bit integers`` or ``longer integers``.
        lowest: Lowest value.
        highest: Highest value.
        levels: Its distinct values, three at most.
        share_beyond: Share of pixels outside 0–1 by more than rounding.
    """

    path: Path
    kind: str
    lowest: float
    highest: float
    levels: frozenset[float]
    share_beyond: float


def recognize_scale(paths: Sequence[Path], choice: ScaleChoice = "auto") -> Scale:
    """Tell from all files on which scale they are written.

    Args:
        paths: N ≥ 1 files.
        choice: ``auto``, or the value that means certain crack.

    Returns:
        The scale; a mask where no file holds more than background and one level, be it another one
        in another file.

    Raises:
        MaskError: If values are no numbers, lie outside every scale or the chosen one, fit several
            scales, or are stored as several types.
        ImageReadError: If a file cannot be read.
    """
    files = track(paths, total=len(paths), description="Looking at predictions", unit="files")
    found = [_look_at(path) for path in files]
    if choice != "auto":
        _require_within(found, choice)
        return _make_scale(found, choice, is_mask=_are_masks(found, (choice,)))
    if _are_masks(found, _MASK_LEVELS):
        return _make_scale(found, max(_highest(found).highest, 1.0), is_mask=True)
    return _make_scale(found, _find_top(found), is_mask=False)


def _look_at(path: Path) -> _Values:
    samples = read_samples(path)
    lowest, highest = float(samples.min()), float(samples.max())
    # A second look for distinct values only where there can be few.
    middle = samples[(samples != lowest) & (samples != highest)]
    levels = {lowest, highest} if middle.size == 0 else {lowest, float(middle[0]), highest}
    beyond = 0.0
    if samples.dtype.kind == "f" and (lowest < -_ROUNDING or highest > 1.0 + _ROUNDING):
        beyond = float(np.mean((samples < -_ROUNDING) | (samples > 1.0 + _ROUNDING)))
    kind = "8-bit integers" if samples.dtype.itemsize == 1 else "longer integers"
    if samples.dtype.kind == "f":
        kind = "floating point"
    return _Values(path, kind, lowest, highest, frozenset(levels), beyond)


def _make_scale(found: Sequence[_Values], top: float, *, is_mask: bool) -> Scale:
    return Scale(is_mask, float(top), _lowest(found).lowest, _highest(found).highest)


def _lowest(found: Sequence[_Values]) -> _Values:
    return min(found, key=lambda values: values.lowest)


_NEARLY_SIGNED = -0.9


def _highest(found: Sequence[_Values]) -> _Values:
    return max(found, key=lambda values: values.highest)


def _are_masks(found: Sequence[_Values], crack_levels: Sequence[float]) -> bool:
    crack = [values.levels - {0.0} for values in found]
    return all(len(levels) <= 1 and levels <= set(crack_levels) for levels in crack)


def _find_top(found: Sequence[_Values]) -> float:
    lowest, highest = _lowest(found).lowest, _highest(found).highest
    _require_one_way(found, 0.0)
    fitting = [top for top in _MASK_LEVELS if highest <= (1.0 + _OVERSHOOT) * top]
    top = fitting[0] if fitting and (fitting[0] == 1.0 or 2 * highest >= fitting[0]) else None
    is_overshoot = top != 1.0 or float(np.mean([v.share_beyond for v in found])) <= _MOST_BEYOND
    levels = frozenset().union(*(values.levels for values in found))
    if -1 <= lowest < _NEARLY_SIGNED and highest <= 1:
        raise MaskError(
            "A prediction must be a mask, or a probability map of 0–1, 0–255 or 0–65535.",
            received=_describe(_lowest(found)),
            remedy=f"{advise_signed(np.array([*levels]))}.",
        )
    if lowest < -_OVERSHOOT * (top or highest) or (lowest < 0 and not is_overshoot):
        raise MaskError(
            "A prediction must be a mask, or a probability map of 0–1, 0–255 or 0–65535.",
            received=_describe(_lowest(found)),
            remedy="These look like scores before a sigmoid: write 1 / (1 + exp(−score)).",
        )
    if top is None or not is_overshoot:
        raise _ask_for_scale(found)
    _require_one_way(found, top)
    return top


def _require_one_way(found: Sequence[_Values], top: float) -> None:
    """Refuse numbers with and without a fraction, and 8-bit files on a scale of 16 bits."""
    kinds = {values.kind for values in found}
    is_mixed = "floating point" in kinds and len(kinds) > 1
    if is_mixed or ("8-bit integers" in kinds and top > 255.0):
        raise MaskError(
            "All predictions must be written in one way.",
            received=_list_kinds(found),
            remedy="Put files of one program into the folder. If all are on one scale, say which: "
            "scoring.scale=<the value that means certain crack>.",
        )


def _list_kinds(found: Sequence[_Values]) -> str:
    kinds = sorted({values.kind for values in found})
    highest = [max(values.highest for values in found if values.kind == kind) for kind in kinds]
    return ", ".join(f"{kind} up to {most:g}" for kind, most in zip(kinds, highest, strict=True))


def _require_within(found: Sequence[_Values], top: float) -> None:
    for values in (_lowest(found), _highest(found)):
        if values.lowest < -_OVERSHOOT * top or values.highest > (1.0 + _OVERSHOOT) * top:
            raise MaskError(
                "Predictions must lie between 0 and `scoring.scale`.",
                received=f"scoring.scale={top:g}; {_describe(values)}",
                remedy="Set scoring.scale to the value that means certain crack, or leave it out.",
            )


def _ask_for_scale(found: Sequence[_Values]) -> MaskError:
    """The error for values that fit several scales, or none."""
    values = _highest(found)
    levels = frozenset().union(*(values.levels for values in found)) - {0.0}
    likely = [top for top in _USUAL_TOPS if values.highest <= (1.0 + _OVERSHOOT) * top]
    words = " or ".join(f"scoring.scale={top:g} for 0–{top:g}" for top in likely[:2])
    if len(levels) == 1:
        words = f"scoring.scale={values.highest:g} for masks of two levels, {words}"
    return MaskError(
        "The highest value of all predictions must tell their scale: at least half of 255 or of "
        "65535, or at most 1.",
        received=f"{_describe(values)}, the highest of {len(found)}",
        remedy=f"Say which value means certain crack: {words or 'scoring.scale=<value>'}.",
    )


def _describe(values: _Values) -> str:
    return f"{values.path}: values from {values.lowest:g} to {values.highest:g}"


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
            "A prediction or mask must be a whole, readable file.",
            received=f"{path}: {error}",
            remedy="Write it again with numpy.save.",
        ) from error


def _decode(path: Path) -> NDArray[Any]:
    try:
        data = read_bytes(path)
        raster = decode_raster(data, max_megapixels=LARGEST_MEGAPIXELS)
        if FIRST_FRAME in raster.mended:
            require_one_picture(data, max_megapixels=LARGEST_MEGAPIXELS)
        colours = raster.samples[..., :3]
        if raster.mode in ("P", "PA") and (colours != colours[..., :1]).any():
            return binarize_mask(raster.samples).mask * np.uint8(255)
    except CrackPipelineError as error:
        raise ImageReadError(
            error.rule, received=f"{path}: {error.received}", remedy=error.remedy
        ) from error
    return raster.samples


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
    if path.suffix.lower() != ARRAY_SUFFIX:
        return read_mask(path)
    samples = read_samples(path)
    crack = samples != 0
    level = samples.max()
    if crack.any() and (level not in _CRACK_LEVELS or not (samples[crack] == level).all()):
        is_signed = samples.min() == -1 and level in (0, 1)
        usual = "Write it with 0 for background and 1 for crack"
        raise MaskError(
            "A true mask in an .npy file must be bool, or hold 0 with 1 or 255.",
            received=f"{path}: {samples.dtype} from {samples.min():g} to {level:g}",
            remedy=f"{advise_signed(samples) if is_signed else usual}.",
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
