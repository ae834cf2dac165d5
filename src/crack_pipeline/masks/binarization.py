"""The rule by which the levels of a mask file become {0, 1}.

The darkest level is background (0 nearly always). The first rule that fits decides:

1. A lossy file (JPEG) in which nothing is brighter than 32: specks on black are noise and are
   cleared (``mask_noise_cleared``). More than specks is most likely a mask of {0, 1}, of which the
   compression left blocks: nobody can say what was crack, and the mask is refused.
2. One brighter level (or none): it is crack, whichever it is. 0 with 1 or 255 is usual; another
   crack level is reported as ``mask_odd_value``, another background as ``mask_odd_background``.
3. Nothing reaches the threshold: classes or scores; nobody can say which are crack.
4. Two or three levels in a lossless file, {0, 1, 255} or {0, 127, 255}: the brightest is crack. The
   others are stray if they hold few of the masked pixels, or lie only on the edge of the crack;
   they are cut as in rule 5 and reported as ``mask_stray_values``. With an area of their own they
   are classes, and the mask is refused.
5. A lossy file, or four and more levels (JPEG halos, anti-aliasing, soft brushes): crack from the
   cut on, which is the threshold where both dominant levels lie clear of it, and lies between them
   elsewhere; reported as ``mask_thresholded``. But up to 16 levels in a lossless file are classes
   where those below the brightest fill squares of 3×3 px or make up connected pieces by themselves,
   which the steps of a soft edge do not. A file without two dominant levels is a picture
   (``masks.pictures``). Faint lines that the cut leaves out are reported as
   ``mask_faint_left_out``, and the mask is refused where they are most of the crack.

A bright frame around a dark window is a screenshot by any of these rules.
"""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.masks.channels import reduce_to_levels, refuse_levels
from crack_pipeline.masks.pictures import (
    BRIGHTEST_NOISE,
    choose_cut,
    find_levels,
    refuse_frame,
    require_two_levels,
)
from crack_pipeline.masks.repair import are_specks
from crack_pipeline.masks.settings import DEFAULTS, DecodedMask, RepairSettings
from crack_pipeline.types import GreyImage

_USUAL_VALUES = (1, 255)
_FEW_LEVELS = 3  # without a ramp of steps from background to crack
_MOST_CLASSES = 16  # with more levels they are steps of a soft edge
_SQUARE = np.ones((3, 3), np.uint8)
_SAME_LEVEL = (
    16  # levels so near to the brightest are the brightest, so near to 0 are class numbers
)


def binarize_mask(
    samples: NDArray[Any], *, is_lossy: bool = False, settings: RepairSettings = DEFAULTS
) -> DecodedMask:
    """Turn the samples of a mask file into {0, 1}.

    Args:
        samples: (H, W) or (H, W, C), as stored.
        is_lossy: Whether the file's compression changes levels, as JPEG does.
        settings: Threshold, and the share that stray values may have.

    Returns:
        The mask and what was changed.

    Raises:
        MaskError: If the values say neither by two levels nor by brightness what is crack.
    """
    levels, mended = reduce_to_levels(samples, is_lossy=is_lossy, settings=settings)
    judged = _binarize_levels(levels, is_lossy, settings)
    return replace(judged, mended=(*mended, *judged.mended))


def _binarize_levels(levels: GreyImage, is_lossy: bool, settings: RepairSettings) -> DecodedMask:
    counts = _count_levels(levels)
    values = np.flatnonzero(counts)
    background = int(values[0]) if values.size > 1 else 0
    foreground = values[values > background]
    if foreground.size == 0:
        return DecodedMask(np.zeros(levels.shape, np.uint8), ())
    brightest = int(foreground[-1])
    if is_lossy and brightest <= BRIGHTEST_NOISE:
        return _clear_noise(levels > background, brightest, settings)
    if foreground.size == 1:
        mask = (levels > background).astype(np.uint8)
        refuse_frame(mask)
        return DecodedMask(mask, _name_levels(background, brightest))
    if brightest < settings.halo_threshold:
        raise refuse_levels(f"mask without clear levels: {values.size} values up to {brightest}")
    if not is_lossy and foreground.size <= _MOST_CLASSES:
        _require_one_class(levels, counts, foreground, settings)
    dark, bright = find_levels(counts)
    cut = choose_cut(dark, bright, settings.halo_threshold)
    note = _note_halo(counts, background, brightest, cut)
    crack = (levels >= cut).astype(np.uint8)
    refuse_frame(crack)
    if not is_lossy and foreground.size <= _FEW_LEVELS:
        return DecodedMask(crack, ("mask_stray_values",), note)
    n_faint = require_two_levels(levels, dark, bright, cut)
    note += f"; {n_faint} px of fainter lines left out" if n_faint else ""
    doubt = ("mask_faint_left_out",) if 2 * n_faint > np.count_nonzero(crack) else ()
    return DecodedMask(crack, ("mask_thresholded", *doubt), note)


def _count_levels(levels: GreyImage) -> NDArray[np.int64]:
    counts = cv2.calcHist([np.ascontiguousarray(levels)], [0], None, [256], [0, 256])
    return np.asarray(counts).ravel().astype(np.int64)


def _name_levels(background: int, crack: int) -> tuple[str, ...]:
    odd_background = ("mask_odd_background",) if background else ()
    odd_crack = ("mask_odd_value",) if crack not in _USUAL_VALUES else ()
    return (*odd_background, *odd_crack)


def _clear_noise(
    is_brighter: NDArray[np.bool_], brightest: int, settings: RepairSettings
) -> DecodedMask:
    """Clear specks on black; refuse what is more, such as {0, 1} in a lossy file."""
    n_brighter = int(np.count_nonzero(is_brighter))
    found = (
        f"{n_brighter} of {is_brighter.size} px above background, none brighter than {brightest}"
    )
    if not are_specks(is_brighter.astype(np.uint8), settings):
        raise refuse_levels(f"mask without clear levels: lossy file, {found}")
    return DecodedMask(np.zeros(is_brighter.shape, np.uint8), ("mask_noise_cleared",), found)


def _require_one_class(
    levels: GreyImage,
    counts: NDArray[np.int64],
    foreground: NDArray[np.intp],
    settings: RepairSettings,
) -> None:
    """Refuse a mask whose lesser levels are classes with an area of their own."""
    brightest = int(foreground[-1])
    others = foreground[foreground < brightest - _SAME_LEVEL]
    n_allowed = settings.max_stray_share * counts[foreground].sum()
    if counts[others].sum() <= n_allowed:
        return
    if foreground.size > _FEW_LEVELS:
        apart = _lie_in_squares(levels) | _lie_alone(levels, int(foreground[0]), settings)
    else:
        apart = ~_lie_on_edge(levels)
    if np.count_nonzero(apart & (levels >= others[0]) & (levels <= others[-1])) <= n_allowed:
        return
    sizes = ", ".join(f"{value} ({counts[value]} px)" for value in foreground)
    raise refuse_levels(f"mask of several classes: levels {sizes}")


def _lie_in_squares(levels: GreyImage) -> NDArray[np.bool_]:
    """Pixels that lie in squares of 3×3 px of one level."""
    is_centre = cv2.dilate(levels, _SQUARE) == cv2.erode(levels, _SQUARE)
    return cv2.dilate(is_centre.astype(np.uint8), _SQUARE) > 0


def _lie_alone(levels: GreyImage, darkest: int, settings: RepairSettings) -> NDArray[np.bool_]:
    """Pixels that lie in a connected piece of a single level, larger than a speck."""
    is_brighter = (levels >= darkest).astype(np.uint8)
    n_pieces, pieces, stats, _ = cv2.connectedComponentsWithStats(is_brighter, connectivity=8)
    touches_brighter = cv2.dilate(levels, _SQUARE) > levels
    is_alone = stats[:n_pieces, cv2.CC_STAT_AREA] > settings.max_speck_px
    is_alone[pieces[touches_brighter]] = False
    is_alone[0] = False
    return np.asarray(is_alone[pieces], np.bool_)


def _lie_on_edge(levels: GreyImage) -> NDArray[np.bool_]:
    """Pixels that touch a brighter one and, where they are as dark as class numbers, the ground."""
    touches_ground = cv2.erode(levels, _SQUARE) == levels.min()
    return np.asarray(
        (cv2.dilate(levels, _SQUARE) > levels) & (touches_ground | (levels > _SAME_LEVEL))
    )


def _note_halo(counts: NDArray[np.int64], background: int, brightest: int, threshold: int) -> str:
    between = int(counts[background + 1 : brightest].sum())
    near = int(counts[threshold // 2 : (threshold + 256) // 2].sum())
    return (
        f"{between} of {int(counts.sum())} px lay between {background} and {brightest}, {near} of "
        f"them from {threshold // 2} to {(threshold + 256) // 2 - 1}; cut at {threshold}"
    )
