"""Exact rendering of lines of varying width, and smooth curves to draw along."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.noise import Field, Floats, Rng, Shape

_SPACING_PX = 0.25
_FAR_PX = 1e3


def measure_distance(
    points_px: NDArray[np.floating],
    width_px: NDArray[np.floating],
    shape: Shape,
    *,
    reach_px: float = 2.0,
) -> Field:
    """Signed distance of each pixel centre to a line's edge.

    The line is the union of the discs of diameter ``width_px`` around its points, filled in every
    quarter of a pixel.

    Args:
        points_px: (N, 2) x and y; the centre of the first pixel is (0, 0).
        width_px: (N,) width at each point.
        shape: Height and width of the field in px.
        reach_px: Distances beyond the edge are exact up to here.

    Returns:
        (H, W) float32, negative inside; a large number where farther than ``reach_px``.
    """
    centres, radii = _fill_in(points_px.astype(np.float64), width_px.astype(np.float64))
    distance = np.full(shape, _FAR_PX, np.float32)
    if len(centres) == 0:
        return distance
    reach = int(np.ceil(radii.max() + reach_px + 0.5))
    size = np.array([shape[1], shape[0]])
    nearest = np.rint(centres).astype(int)
    seen = np.all((nearest >= -reach) & (nearest < size + reach), axis=1)
    # A frame of twice the reach takes what falls beside the photo.
    framed = np.pad(distance, 2 * reach, constant_values=_FAR_PX)
    _lower_around(framed, centres[seen] + 2 * reach, radii[seen], reach)
    return framed[2 * reach : 2 * reach + shape[0], 2 * reach : 2 * reach + shape[1]].copy()


def cover_exactly(
    lines: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]],
    shape: Shape,
    *,
    parts: int = 8,
) -> Field:
    """Share of each pixel that lines cover, counted on a finer grid.

    Args:
        lines: Points and widths of each, as ``measure_distance`` takes them.
        shape: Height and width of the field in px.
        parts: Points of the grid per px, in either direction.

    Returns:
        (H, W) float32 in [0, 1].
    """
    fine = np.zeros((shape[0] * parts, shape[1] * parts), np.bool_)
    for points_px, width_px in lines:
        centres, radii = _fill_in(points_px.astype(np.float64), width_px.astype(np.float64))
        for (x, y), radius in zip((centres + 0.5) * parts - 0.5, radii * parts, strict=True):
            left, right = max(math.ceil(x - radius), 0), math.floor(x + radius) + 1
            top, bottom = max(math.ceil(y - radius), 0), math.floor(y + radius) + 1
            if right > left and bottom > top:
                window = fine[top:bottom, left:right]
                rows = np.arange(top, top + window.shape[0])[:, None] - y
                columns = np.arange(left, left + window.shape[1]) - x
                window |= rows**2 + columns**2 <= radius**2
    counted = fine.reshape(shape[0], parts, shape[1], parts).sum(axis=(1, 3), dtype=np.float32)
    return np.asarray(counted / np.float32(parts**2), np.float32)


def cover_line(
    points_px: NDArray[np.floating], width_px: NDArray[np.floating], shape: Shape
) -> Field:
    """Share of each pixel that a line covers, (H, W) float32 in [0, 1]."""
    return cover_inside(measure_distance(points_px, width_px, shape))


def cover_inside(distance: Field) -> Field:
    """Share of each pixel inside an edge, from the signed distance of its centre.

    It is at least one half exactly where the centre is inside.
    """
    return np.asarray(np.clip(0.5 - distance, 0.0, 1.0), np.float32)


def resample(points_px: Floats, spacing_px: float = 1.0) -> Floats:
    """Points at equal distances along a polyline, (M, 2), its first point kept."""
    step = np.hypot(*np.diff(points_px, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(step)])
    wanted = np.arange(0.0, along[-1], spacing_px)
    return np.stack([np.interp(wanted, along, points_px[:, axis]) for axis in (0, 1)], axis=1)


def find_normals(points_px: Floats) -> Floats:
    """Unit vectors across a line at each of its points, (N, 2); N ≥ 2."""
    along = np.gradient(points_px, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([-along[:, 1], along[:, 0]], axis=1)


def draw_curve(rng: Rng, shape: Shape, bend_px: float) -> Floats:
    """A smooth curve from one side of the photo to the other.

    Args:
        rng: Source of randomness.
        shape: Height and width in px.
        bend_px: How far its inner control points stray from the straight line.

    Returns:
        (N, 2) x and y, about one px apart, from outside to outside.
    """
    start, end = draw_chord(rng, shape)
    inner = [start + (end - start) * share + rng.normal(0, bend_px, 2) for share in (1 / 3, 2 / 3)]
    t = np.linspace(0, 1, 64)[:, None]
    curve = (
        (1 - t) ** 3 * start
        + 3 * (1 - t) ** 2 * t * inner[0]
        + 3 * (1 - t) * t**2 * inner[1]
        + t**3 * end
    )
    return resample(curve)


def cut_piece(rng: Rng, points: Floats) -> Floats:
    """A stretch of a long curve about the middle, where the photo is."""
    half = int(rng.uniform(0.06, 0.2) * len(points))
    middle = int(rng.uniform(0.4, 0.6) * len(points))
    return points[max(middle - half, 0) : middle + half]


def draw_chord(rng: Rng, shape: Shape) -> tuple[Floats, Floats]:
    """Two points outside opposite sides of the photo, whose line passes near its middle."""
    height, width = shape
    middle = np.array([width, height]) * rng.uniform(0.2, 0.8, 2)
    angle = rng.uniform(0, 2 * np.pi)
    reach = np.hypot(height, width) * np.array([np.cos(angle), np.sin(angle)])
    return middle - reach, middle + reach


def measure_from_line(shape: Shape, through_px: Floats, angle_rad: float) -> Field:
    """Signed distance of each pixel centre to a straight line.

    Args:
        shape: Height and width in px.
        through_px: (2,) x and y of a point on the line.
        angle_rad: Direction of the line.

    Returns:
        (H, W) float32 in px, positive on one side.
    """
    x = np.arange(shape[1], dtype=np.float32)[None, :] - np.float32(through_px[0])
    y = np.arange(shape[0], dtype=np.float32)[:, None] - np.float32(through_px[1])
    return np.asarray(
        y * np.float32(np.cos(angle_rad)) - x * np.float32(np.sin(angle_rad)), np.float32
    )


def _lower_around(field: Field, centres: Floats, radii: Floats, reach: int) -> None:
    """Lower each pixel of a field to its distance from the discs whose centres are near."""
    step = np.arange(-reach, reach + 1)
    column, row = np.rint(centres).astype(int).T[:, :, None] + step
    beside = (column - centres[:, 0, None])[:, None, :] ** 2
    above = (row - centres[:, 1, None])[:, :, None] ** 2
    values = (np.sqrt(beside + above) - radii[:, None, None]).astype(np.float32)
    flat = row[:, :, None] * field.shape[1] + column[:, None, :]
    np.minimum.at(field.reshape(-1), flat.ravel(), values.ravel())


def _fill_in(points: Floats, width: Floats) -> tuple[Floats, Floats]:
    if len(points) < 2:
        return points, width / 2
    # Each stretch by itself, so that cutting a line elsewhere moves no disc.
    step = np.hypot(*np.diff(points, axis=0).T)
    discs = np.maximum(np.ceil(step / _SPACING_PX), 1).astype(int)
    first = np.repeat(np.arange(len(discs)), discs)
    share = (np.arange(discs.sum()) - np.repeat(np.cumsum(discs) - discs, discs)) / discs[first]
    centres = points[first] + share[:, None] * (points[first + 1] - points[first])
    widths = width[first] + share * (width[first + 1] - width[first])
    return np.concatenate([centres, points[-1:]]), np.concatenate([widths, width[-1:]]) / 2
