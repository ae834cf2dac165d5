"""Checks of drawn outlines, the same for all formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.tracing import Ring, ring_area, trace_borders
from crack_pipeline.types import BinaryMask

POINTS_CLIPPED = "mask_points_clipped"
OTHER_CLASSES_LEFT_OUT = "mask_other_classes_left_out"
THIN_LINES_DRAWN = "mask_thin_lines_drawn"
WALKED_TWICE = "mask_outlines_walked_twice"
_WORDS = {
    POINTS_CLIPPED: "points slightly outside the photo",
    OTHER_CLASSES_LEFT_OUT: "outlines of other classes",
    THIN_LINES_DRAWN: "outlines thinner than a pixel",
    WALKED_TWICE: "outlines walked more than once",
}

SLIGHTLY_OUTSIDE = 0.02
"""Share of a side by which points may lie outside the photo; they are moved to its border."""

_SLIVER = 1 / 8
"""Pixels a px of line. A hole walked the same way as its outline leaves more, if it lies farther
within than a quarter of a pixel."""


def refuse_annotation(received: str) -> MaskError:
    """The error for an annotation that says not, or not rightly, what is crack.

    Args:
        received: Kind of fault, then a colon and details where there are any.
    """
    return MaskError(
        "An annotation must outline cracks within its photo.",
        received=received,
        remedy="Correct the annotation, or list the photo under `ingestion.ignore`.",
    )


def note_counts(counts: Mapping[str, int]) -> tuple[tuple[str, ...], str]:
    """Name what was mended, and say how many there were of each.

    Args:
        counts: Name of the change → how many; zeros are left out.

    Returns:
        "3 points slightly outside the photo, 1 outlines of other classes"; empty for none.
    """
    found = {name: n for name, n in counts.items() if n}
    return tuple(found), ", ".join(f"{n} {_WORDS[name]}" for name, n in found.items())


def clip_to_photo(points: NDArray[np.float64], where: str) -> tuple[NDArray[np.float64], int]:
    """Move points that lie slightly outside the photo to its border.

    Args:
        points: (N, 2) x and y as shares of the photo's width and height.
        where: Where they stand, for the message: "line 3".

    Returns:
        The points within [0, 1], and how many were moved.

    Raises:
        MaskError: If there are fewer than three, or one is no finite number or far outside.
    """
    if len(points) < 3:
        raise refuse_annotation(f"outline of fewer than three points: {where}")
    if not np.isfinite(points).all():
        raise refuse_annotation(f"coordinate that is no finite number: {where}")
    outside = np.maximum(-points, points - 1).max(axis=1)
    if outside.max() > SLIGHTLY_OUTSIDE:
        worst = points[int(outside.argmax())]
        raise refuse_annotation(
            f"outline far outside the photo: {where} reaches {worst[0]:.4g}, {worst[1]:.4g} of its "
            "width and height"
        )
    return np.clip(points, 0, 1), int((outside > 0).sum())


def scale_to_pixels(points: NDArray[np.float64], width_px: int, height_px: int) -> Ring:
    """Turn shares of a photo's sides into pixels.

    Args:
        points: (N, 2) in [0, 1].
        width_px: Of the photo.
        height_px: Of the photo.

    Returns:
        (N, 2) px.
    """
    return points * np.array([width_px, height_px], np.float64)


@dataclass(frozen=True, slots=True)
class Polygon:
    """One crack, connected over edges or corners of pixels.

    Attributes:
        outline: (N, 2) corners, px.
        holes: Outlines of the background that it encloses.
    """

    outline: Ring
    holes: tuple[Ring, ...] = ()


def mask_to_polygons(mask: BinaryMask, *, tolerance_px: float = 0.0) -> list[Polygon]:
    """Outline each crack of a mask.

    Args:
        mask: (H, W) of {0, 1}.
        tolerance_px: Corners are left out as long as no line moves farther than this; 0 keeps the
            exact outline.

    Returns:
        One polygon a crack, by the row and column of its first pixel; none for an empty mask.
    """
    rings = trace_borders(mask)
    cracks = (mask > 0).astype(np.uint8)
    component = np.asarray(cv2.connectedComponents(cracks, connectivity=8)[1], np.int32)
    outlines: dict[int, Ring] = {}
    holes: dict[int, list[Ring]] = {}
    for ring in rings:
        label, simple = _component_beside(ring, component), _simplify(ring, tolerance_px)
        if ring_area(ring) > 0:
            outlines[label] = simple
        else:
            holes.setdefault(label, []).append(simple)
    return [
        Polygon(outline, tuple(holes.get(label, ()))) for label, outline in sorted(outlines.items())
    ]


def bridge_holes(polygon: Polygon) -> Ring:
    """Join the holes of a polygon to its outline, for formats that know no holes.

    A bridge is a line that is walked there and back, so it encloses nothing and the even-odd rule
    fills the same pixels. It runs from the leftmost corner of a hole to the left, to the next line.

    Args:
        polygon: With any number of holes.

    Returns:
        (N, 2) corners of one closed line.
    """
    ring = polygon.outline
    for hole in sorted(polygon.holes, key=lambda hole: float(hole[:, 0].min())):
        ring = _join(ring, np.roll(hole, -int(np.lexsort((hole[:, 1], hole[:, 0]))[0]), axis=0))
    return ring


def fill_rings(
    rings: Sequence[Ring], width_px: int, height_px: int
) -> tuple[BinaryMask, dict[str, int]]:
    """Draw closed lines as a mask: the union of what each encloses.

    A line that encloses no pixel's centre, because it is thinner than a pixel, is drawn as the
    pixels that it passes: no crack that somebody outlined is lost. An outline that is walked twice
    cancels itself by the even-odd rule, but for slivers where numbers were rounded; it counts once.

    Args:
        rings: (N, 2) corners each, px, within the photo.
        width_px: Of the mask.
        height_px: Of the mask.

    Returns:
        (H, W) uint8 of {0, 1}, and what was mended, to count with ``note_counts``: lines thinner
        than a pixel everywhere, and outlines walked more than once.
    """
    mask = np.zeros((height_px, width_px), np.uint8)
    counts = {THIN_LINES_DRAWN: 0, WALKED_TWICE: 0}
    for ring in rings:
        mended = _fill_ring(mask, ring)
        if mended:
            counts[mended] += 1
        if mended == THIN_LINES_DRAWN:
            pixels = np.clip(np.floor(ring), 0, (width_px - 1, height_px - 1)).astype(np.int32)
            cv2.polylines(mask, [pixels], isClosed=True, color=1)
    return mask, counts


def _component_beside(ring: Ring, component: NDArray[np.int32]) -> int:
    """The crack to the right of a ring's first piece, which is horizontal."""
    (x, y), x_end = ring[0].astype(int), ring[1, 0]
    return int(component[y, x] if x_end > x else component[y - 1, x - 1])


def _simplify(ring: Ring, tolerance_px: float) -> Ring:
    if tolerance_px <= 0:
        return ring
    simple = cv2.approxPolyDP(ring.astype(np.float32)[:, None], tolerance_px, True)[:, 0]
    return simple.astype(np.float64) if len(simple) >= 3 else ring


def _join(ring: Ring, hole: Ring) -> Ring:
    x, y = hole[0]
    x_start, y_start = ring.T
    x_end, y_end = np.roll(ring, -1, axis=0).T
    crosses = (np.minimum(y_start, y_end) <= y) & (y < np.maximum(y_start, y_end))
    slope = np.divide(x_end - x_start, y_end - y_start, out=np.zeros(len(ring)), where=crosses)
    meets = x_start + (y - y_start) * slope
    candidates = np.flatnonzero(crosses & (meets <= x))
    if candidates.size:
        edge = int(candidates[np.argmax(meets[candidates])])
        foot = np.array([[meets[edge], y]])
    else:  # a simplified hole may stick out of its simplified outline
        edge = int(np.argmin(np.hypot(x_start - x, y_start - y)))
        foot = ring[edge : edge + 1]
    return np.concatenate([ring[: edge + 1], foot, hole, hole[:1], foot, ring[edge + 1 :]])


def _fill_ring(mask: BinaryMask, ring: Ring) -> str:
    """Set the pixels inside; what was mended, or that there are none."""
    height, width = mask.shape
    left, top = np.clip(np.floor(ring.min(axis=0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(ring.max(axis=0)).astype(int), 0, (width, height))
    if right <= left or bottom <= top:
        return THIN_LINES_DRAWN
    turns = _count_turns(ring - (left, top), int(right - left), int(bottom - top))
    inside = (turns & 1).astype(np.uint8)
    is_repeated = _is_repeated(ring, turns)
    if is_repeated:
        inside = (turns != 0).astype(np.uint8)
    mask[top:bottom, left:right] |= inside
    if inside.any():
        return WALKED_TWICE if is_repeated else ""
    back = np.flatnonzero((ring[3:] == ring[0]).all(axis=1))
    if back.size and not _fill_ring(mask, ring[: back[0] + 3]):  # then back the same way
        return WALKED_TWICE
    return THIN_LINES_DRAWN


def _is_repeated(ring: Ring, turns: NDArray[np.int32]) -> bool:
    """True where the even-odd rule leaves nothing but slivers of a line that goes round again."""
    n_odd = int((turns & 1).sum())
    if np.count_nonzero(turns) <= 2 * n_odd:
        return False
    length = np.hypot(*(ring - np.roll(ring, 1, axis=0)).T).sum()
    return bool(n_odd <= length * _SLIVER)


def _count_turns(ring: Ring, width: int, height: int) -> NDArray[np.int32]:
    """How often a line goes round each pixel's centre; odd is inside by the even-odd rule."""
    ends = np.roll(ring, -1, axis=0)
    # Both ways along a bridge must give the very same crossings, so each line is taken downwards.
    is_downward = ring[:, 1] <= ends[:, 1]
    upper = np.where(is_downward[:, None], ring, ends)
    lower = np.where(is_downward[:, None], ends, ring)
    first, stop = (
        np.clip(np.ceil(line_end[:, 1] - 0.5), 0, height).astype(int) for line_end in (upper, lower)
    )
    n_rows = stop - first
    edge = np.repeat(np.arange(len(ring)), n_rows)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(n_rows) - n_rows, n_rows) + first[edge]
    slope = (lower[edge, 0] - upper[edge, 0]) / (lower[edge, 1] - upper[edge, 1])
    x = upper[edge, 0] + (row + 0.5 - upper[edge, 1]) * slope
    column = np.clip(np.ceil(x - 0.5), 0, width).astype(int)
    place = row * (width + 1) + column
    signs = np.where(is_downward, 1, -1)[edge]
    crossings = np.bincount(place, signs, minlength=height * (width + 1)).astype(np.int32)
    turns = np.cumsum(crossings.reshape(height, width + 1), axis=1, dtype=np.int32)
    return np.asarray(turns[:, :width])
