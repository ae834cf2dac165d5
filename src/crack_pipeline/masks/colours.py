"""Refuse a lossless mask whose colours do not tell one class by their brightness.

Two colours are ground and crack, whichever is which: the most frequent one, and the one whose
frequency times its distance from the first is largest. Every other one on the line through these
two is a step of a soft edge or a shade, which the levels tell (``masks.binarization``). A colour
aside of that line is a class of its own, unless all such pixels are few.
"""

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.settings import RepairSettings

_MOST_COLOURS = 16  # with more of them, they are steps of soft edges, or noise of a former JPEG
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
    if _is_grey(colours):
        return
    found, counts = _count_colours(colours)
    n_masked = int(counts[1:].sum())
    found, counts, nearest = _choose_telling(found, counts)
    if found.shape[0] < 2:
        return
    crack = _find_crack(found, counts)
    tolerance = min(nearest, _SAME_SHARE * _measure_distances(found)[crack])
    is_aside = _measure_aside(found, found[crack]) > tolerance
    if counts[is_aside].sum() > settings.max_stray_share * n_masked:
        raise _refuse_classes(found, counts)
    if abs(found[0].max() - found[crack].max()) <= tolerance:
        raise refuse_equal_brightness()


def refuse_equal_brightness() -> MaskError:
    """The error for a mask whose crack is as bright as its background."""
    return MaskError(
        "A mask must hold two levels, or dark background and bright crack.",
        received="mask without clear levels: its colours differ, their brightness does not",
        remedy="Write it with black for background and white for crack.",
    )


def _refuse_classes(found: NDArray[np.int64], counts: NDArray[np.int64]) -> MaskError:
    named = list(zip(found.tolist(), counts.tolist(), strict=True))[:_NAMED_COLOURS]
    sizes = ", ".join(
        f"#{red:02x}{green:02x}{blue:02x} ({count} px)" for (red, green, blue), count in named
    )
    return MaskError(
        "A mask must hold one class: crack on background.",
        received=f"mask of several classes: colours {sizes}",
        remedy="Write it with 0 for background and 255 for crack.",
    )


def _is_grey(colours: NDArray[np.uint8]) -> bool:
    red, green, blue = (colours[..., channel] for channel in range(3))
    return np.array_equal(red, green) and np.array_equal(red, blue)


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


def _find_crack(found: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    # Frequency alone would choose a shade of the ground beside the crack.
    return int(np.argmax(counts * _measure_distances(found)))


def _measure_distances(found: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(found - found[0], axis=1), np.float64)


def _measure_aside(found: NDArray[np.int64], crack: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far colours lie from the line through the first one and the crack's."""
    offsets = (found - found[0]).astype(np.float64)
    direction = (crack - found[0]) / np.linalg.norm(crack - found[0])
    along = np.outer(offsets @ direction, direction)
    return np.asarray(np.linalg.norm(offsets - along, axis=1), np.float64)
