"""Bring the samples of a mask file to one channel of 8 bits.

1. Alpha is dropped, unless the colours are one and the same everywhere: then alpha is the mask.
2. Of several channels the brightest counts. Where it is the same everywhere although the colours
   differ (red on white), it says nothing, and the mask is refused. So is a mask without loss whose
   colours are several classes.
3. 16-bit samples keep their high byte, unless none passes 255. Floating-point samples within [0, 1]
   are multiplied by 255.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.settings import DEFAULTS, RepairSettings
from crack_pipeline.types import GreyImage

_LARGEST_16_BIT = 65535


def advise_signed(values: NDArray[Any]) -> str:
    """Advice for numbers from -1 on, without its full stop.

    If none exceeds 0, -1 is crack; fractions are scores.

    Args:
        values: Some or all of the numbers.
    """
    if not np.isin(values, (-1, 0, 1)).all():
        return "Write (scores + 1) / 2 of scores from -1 to 1"
    if values.max() == 0:
        return "If -1 is crack, as 255 is in 8 bits with a sign, write (mask != 0)"
    return "If -1 is background and 1 is crack, write (mask > 0), as 0 and 255"


def reduce_to_levels(
    samples: NDArray[Any], *, is_lossy: bool = False, settings: RepairSettings = DEFAULTS
) -> tuple[GreyImage, tuple[str, ...]]:
    """Reduce the samples of a mask file to one 8-bit channel.

    Args:
        samples: (H, W) or (H, W, C) as stored: integers or floating point.
        is_lossy: Whether the file's compression changes colours, so that clear hues alone tell.
        settings: The share that stray colours may have.

    Returns:
        (H, W) uint8 levels, and the names of what was changed.

    Raises:
        MaskError: If the brightest channel hides what the colours show, the colours are several
            classes, or the numbers are no levels.
    """
    samples, from_alpha = _without_alpha(samples)
    if samples.ndim == 3 and samples.shape[2] == 3:
        colours = _to_8_bit(samples)
        if not is_lossy:
            require_one_colour(colours, settings)
        _require_one_hue(colours, is_lossy, settings)
    samples, from_channels = _brightest_channel(samples)
    mended = (*from_alpha, *from_channels)
    if samples.dtype == np.uint8:
        return samples, mended
    return _to_8_bit(samples), (*mended, "mask_deep_to_8_bit")


def _without_alpha(samples: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if samples.ndim == 2 or samples.shape[2] not in (2, 4):
        return samples, ()
    colours, alpha = samples[..., :-1], samples[..., -1]
    if _is_constant(colours) and not _is_constant(alpha):
        return alpha, ("mask_from_alpha",)
    return colours, ("mask_alpha_dropped",)


def _brightest_channel(samples: NDArray[Any]) -> tuple[NDArray[Any], tuple[str, ...]]:
    if samples.ndim == 2:
        return samples, ()
    if samples.shape[2] == 1:
        return samples[..., 0], ()
    # Channel by channel: a reduction over the short last axis takes ten times as long.
    brightest = samples[..., 0]
    for channel in range(1, samples.shape[2]):
        brightest = np.maximum(brightest, samples[..., channel])
    if _is_constant(brightest) and not _is_constant(samples):
        raise _refuse_equal_brightness()
    return brightest, ("mask_channels_merged",)


def _is_constant(samples: NDArray[Any]) -> bool:
    first = samples[0, 0]
    # Most masks differ in their first row already.
    return bool((samples[0] == first).all() and (samples == first).all())


def _to_8_bit(samples: NDArray[Any]) -> NDArray[np.uint8]:
    lowest, highest = samples.min(), samples.max()
    is_whole = np.issubdtype(samples.dtype, np.integer)
    if lowest >= 0 and highest <= 1:
        is_binary = is_whole or ((samples == 0) | (samples == 1)).all()
        levels = samples if is_binary else np.rint(samples * 255)
        return np.asarray(levels, dtype=np.uint8)
    if lowest >= 0 and highest <= (_LARGEST_16_BIT if is_whole else 255):
        divisor = 1 if highest <= 255 else 256
        return np.asarray(np.floor_divide(samples, divisor), dtype=np.uint8)
    found = f"mask without clear levels: {samples.dtype} from {lowest:g} to {highest:g}"
    if lowest == -1 and highest in (0, 1):
        raise refuse_levels(f"{found}. {advise_signed(samples)}")
    raise refuse_levels(found, "Write it with 0 for background and 255 for crack, 8 bits.")


_CLEAR_CHROMA = 40.0
_FEWEST_COLOURED = 30  # px
_HUE_STEP = 10  # degrees
_OTHER_HUE = 60.0
_MOST_COLOURS = 16  # with more of them, they are steps of soft edges, or noise of a former JPEG
_MOST_OF_CLASSES = 256  # colours; a photo or an overlay has more
_NAMED_COLOURS = 6
_SAME_COLOUR = 16.0  # distance in RGB
_SAME_IN_NOISE = 48.0
_SAME_SHARE = 0.25  # of the distance between ground and crack, where these are nearly alike


def require_one_colour(colours: NDArray[np.uint8], settings: RepairSettings) -> None:
    """Refuse a mask of more than two colours, or of two that are equally bright.

    Args:
        colours: (H, W, 3) as stored without loss.
        settings: The share of the masked pixels that stray values may hold.

    Raises:
        MaskError: If the colours stand for several classes, or brightness hides what they show.
    """
    red, green, blue = np.moveaxis(colours, -1, 0)
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return
    found, counts = _count_colours(colours)
    n_masked, n_colours = int(counts[1:].sum()), counts.size
    found, counts, nearest = _choose_telling(found, counts)
    if found.shape[0] < 2:
        return
    distances = _measure_distances(found)
    # Frequency alone would choose a shade of the ground beside the crack.
    crack = int(np.argmax(counts * distances))
    tolerance = min(nearest, _SAME_SHARE * distances[crack])
    is_aside = _measure_aside(found, found[crack]) > tolerance
    if counts[is_aside].sum() > settings.max_stray_share * n_masked:
        raise _refuse_classes(found, counts, n_colours)
    if abs(found[0].max() - found[crack].max()) <= tolerance:
        raise _refuse_equal_brightness()


def _require_one_hue(colours: NDArray[np.uint8], is_lossy: bool, settings: RepairSettings) -> None:
    """Refuse a mask of two hues, and a lossy one whose hue is as bright as the ground.

    A compression blurs colours towards grey and does not turn them into others.
    """
    chroma = cv2.cvtColor(colours, cv2.COLOR_RGB2YCrCb)[..., 1:].astype(np.float32)
    chroma -= np.median(chroma, axis=(0, 1))
    is_coloured = np.hypot(*np.moveaxis(chroma, -1, 0)) > _CLEAR_CHROMA
    n_coloured = int(np.count_nonzero(is_coloured))
    if n_coloured <= _FEWEST_COLOURED:
        return
    hues = np.degrees(np.arctan2(*chroma[is_coloured].T)) % 360
    counts = np.bincount((hues // _HUE_STEP).astype(np.int64), minlength=360 // _HUE_STEP)
    apart = np.abs((hues - (counts.argmax() + 0.5) * _HUE_STEP + 180) % 360 - 180)
    n_aside = int(np.count_nonzero(apart > _OTHER_HUE))
    if n_aside > settings.max_stray_share * n_coloured:
        raise refuse_levels(f"mask of several classes: {n_aside} of {n_coloured} px of other hues")
    if not is_lossy:
        return
    gains = [
        float(np.median(seen[is_coloured])) - float(np.median(seen))
        for seen in (colours.max(axis=2), cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY))
    ]
    # Where luma, which alone is stored sharply, contradicts, its edges lie on the wrong side.
    if abs(gains[0]) <= _SAME_IN_NOISE or gains[0] * gains[1] < 0:
        raise _refuse_equal_brightness()


def refuse_levels(
    received: str, remedy: str = "Write it with 0 for background and 255 for crack."
) -> MaskError:
    """The error for a mask whose levels do not say what is crack."""
    rule = "A mask must hold two levels, or dark background and bright crack."
    return MaskError(rule, received=received, remedy=remedy)


def refuse_picture(found: str) -> MaskError:
    """The error for a picture where a mask should be."""
    return refuse_levels(
        f"picture instead of a mask: {found}; put the mask itself there, black and white"
    )


def _refuse_equal_brightness() -> MaskError:
    return refuse_levels(
        "mask without clear levels: its colours differ, their brightness does not",
        "Write it with black for background and white for crack.",
    )


def _refuse_classes(
    found: NDArray[np.int64], counts: NDArray[np.int64], n_colours: int
) -> MaskError:
    if n_colours > _MOST_OF_CLASSES:
        return refuse_picture(f"it has {n_colours} colours")
    named = list(zip(found.tolist(), counts.tolist(), strict=True))[:_NAMED_COLOURS]
    sizes = ", ".join(
        f"#{red:02x}{green:02x}{blue:02x} ({count} px)" for (red, green, blue), count in named
    )
    return MaskError(
        "A mask must hold one class: crack on background.",
        received=f"mask of several classes: colours {sizes}",
        remedy="Write it with 0 for background and 255 for crack.",
    )


def _count_colours(colours: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct colours (N, 3) and how many pixels each has, the most frequent first."""
    red, green, blue = (colours[..., channel].astype(np.uint32) for channel in range(3))
    packed = red << 16 | green << 8 | blue
    values, counts = np.unique(packed, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    values, counts = values[order].astype(np.int64), counts[order].astype(np.int64)
    return np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1), counts


def _choose_telling(
    found: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], float]:
    """The frequent colours, the ground's first; and how far colours may lie from each other."""
    if found.shape[0] <= _MOST_COLOURS:
        return found, counts, _SAME_COLOUR
    is_telling = _measure_distances(found) > _SAME_IN_NOISE
    is_telling[0] = True
    chosen = np.flatnonzero(is_telling)[:_MOST_COLOURS]
    return found[chosen], counts[chosen], _SAME_IN_NOISE


def _measure_distances(found: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(found - found[0], axis=1), np.float64)


def _measure_aside(found: NDArray[np.int64], crack: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far colours lie from the line through the first one and the crack's."""
    offsets = (found - found[0]).astype(np.float64)
    direction = (crack - found[0]) / np.linalg.norm(crack - found[0])
    along = np.outer(offsets @ direction, direction)
    return np.asarray(np.linalg.norm(offsets - along, axis=1), np.float64)
