"""Shapes whose length, width, ends and junctions are known, drawn as exact coverage.

Lines, sines and arcs, and T, Y and X of three or four straight arms. A pixel's coverage is the
share of its 8×8 sub-samples that lie within half the width of the centreline, worked out from
distances, not with a drawing routine: those count the outline in, and draw 0.115 px too wide at 8×.

True length runs from tip to tip: a round cap reaches half a width beyond the centreline's last
point, a flat cap ends at it. A junction's arms are counted from its centre.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
"""(N, 2) row and column in px; the centre of the first pixel is (0, 0)."""

SUB_SAMPLES = 8
SIMPLE = ("line", "sine", "arc")
BRANCHED = ("T", "Y", "X")


@dataclass(frozen=True, slots=True, eq=False)
class DrawnShape:
    """Strokes of one width.

    Attributes:
        name: Kind of shape.
        lines: Centrelines, points at most 1 px apart; of a branched shape they begin at its centre.
        width_px: Width of each stroke.
        caps: Form of the free ends.
        ends: Number of free ends.
        junctions: Number of places where three or more lines meet.
    """

    name: str
    lines: tuple[Points, ...]
    width_px: float
    caps: Literal["round", "flat"]
    ends: int
    junctions: int

    @property
    def length_px(self) -> float:
        """Sum over the strokes, from tip to tip."""
        steps = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in self.lines)
        return float(steps) + (self.ends * self.width_px / 2 if self.caps == "round" else 0.0)


def turn_shape(
    shape: DrawnShape, degrees: float, shift: Sequence[float] = (0.0, 0.0)
) -> DrawnShape:
    """Turn a shape round the origin, and shift it by rows and columns."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return replace(shape, lines=tuple(line @ turn.T + shift for line in shape.lines))


def draw_shape(shape: DrawnShape, margin_px: int = 24) -> tuple[NDArray[np.float32], DrawnShape]:
    """Coverage of the pixels round a shape, and the shape in their coordinates.

    It is shifted by whole pixels, so its place within a pixel stays.

    Returns:
        (H, W) float32 in [0, 1], and the shape.
    """
    points = np.concatenate(shape.lines)
    reach = margin_px + shape.width_px
    origin = np.floor(points.min(0) - reach)
    height, width = (np.ceil(points.max(0) + reach) - origin).astype(int) + 1
    placed = replace(shape, lines=tuple(line - origin for line in shape.lines))
    fine = np.zeros((height * SUB_SAMPLES, width * SUB_SAMPLES), bool)
    for line in placed.lines:
        _mark_stroke(fine, line, placed)
    blocks = fine.reshape(height, SUB_SAMPLES, width, SUB_SAMPLES)
    return blocks.mean((1, 3), dtype=np.float32), placed


def _mark_stroke(fine: NDArray[np.bool_], line: Points, shape: DrawnShape) -> None:
    """Mark sub-samples within half the width of any segment, and not beyond a flat cap."""
    radius, flat = shape.width_px / 2, shape.caps == "flat"
    tips = [(line[-1], line[-1] - line[-2])] if flat else []
    if flat and not shape.junctions:
        tips.append((line[0], line[0] - line[1]))
    for start, stop in itertools.pairwise(line):
        low = np.floor((np.minimum(start, stop) - radius + 0.5) * SUB_SAMPLES).astype(int)
        high = np.ceil((np.maximum(start, stop) + radius + 0.5) * SUB_SAMPLES).astype(int) + 1
        rows, columns = (
            (np.arange(*ends) + 0.5) / SUB_SAMPLES - 0.5 for ends in zip(low, high, strict=True)
        )
        rows, step = rows[:, None], stop - start
        along = ((rows - start[0]) * step[0] + (columns - start[1]) * step[1]) / (step @ step)
        nearest = start[:, None, None] + np.clip(along, 0, 1) * step[:, None, None]
        inside = (rows - nearest[0]) ** 2 + (columns - nearest[1]) ** 2 <= radius**2
        for tip, outwards in tips:
            if np.hypot(*(start - tip)) < 2 * radius + 1:
                inside &= (rows - tip[0]) * outwards[0] + (columns - tip[1]) * outwards[1] <= 0
        fine[low[0] : high[0], low[1] : high[1]] |= inside


def make_shape(kind: str, width_px: float, rng: np.random.Generator) -> DrawnShape:
    """Draw a shape of a kind by lot, at any angle and place within a pixel.

    Simple ones are 120 to 300 px long, their radius of curvature at least 12 px and 2 widths; arms
    of branched ones are 40 to 120 px long and at least 45° apart.

    Args:
        kind: One of ``SIMPLE`` or ``BRANCHED``.
        width_px: Width of its strokes.
        rng: Source of all that is drawn by lot.

    >>> shape = make_shape("line", 3.0, np.random.default_rng(0))
    >>> coverage, placed = draw_shape(shape)
    >>> bool(abs(coverage.sum() / shape.length_px - 3.0) < 0.05)
    True
    """
    lines = _MAKERS[kind](width_px, rng)
    caps: Literal["round", "flat"] = "round" if rng.random() < 0.5 else "flat"
    branched = kind in BRANCHED
    shape = DrawnShape(
        kind, lines, width_px, caps, ends=len(lines) if branched else 2, junctions=int(branched)
    )
    return turn_shape(shape, rng.uniform(0, 360), rng.random(2))


def _make_line(_: float, rng: np.random.Generator) -> tuple[Points, ...]:
    return (_draw_arm(0.0, rng.uniform(120, 300)),)


def _make_sine(width_px: float, rng: np.random.Generator) -> tuple[Points, ...]:
    wave = 2 * np.pi / rng.uniform(60, 150)
    amplitude = rng.uniform(0.3, 1.0) / (wave**2 * max(12.0, 2 * width_px))
    columns = np.arange(0, rng.uniform(120, 250), 0.25)
    return (np.stack([amplitude * np.sin(wave * columns + rng.uniform(0, 6.28)), columns], 1),)


def _make_arc(width_px: float, rng: np.random.Generator) -> tuple[Points, ...]:
    radius = rng.uniform(max(40.0, 3 * width_px), 150)
    span = min(rng.uniform(120, 300), 1.5 * np.pi * radius) / radius
    angle = np.linspace(0, span, int(span * radius / 0.5))
    return (radius * np.stack([np.sin(angle), np.cos(angle)], 1),)


def _make_t(_: float, rng: np.random.Generator) -> tuple[Points, ...]:
    stem = rng.uniform(45, 135)
    return tuple(_draw_arm(angle, rng.uniform(40, 120)) for angle in (0.0, 180.0, stem))


def _make_y(_: float, rng: np.random.Generator) -> tuple[Points, ...]:
    while True:
        angles = np.sort(rng.uniform(0, 360, 3))
        if np.diff(angles, append=angles[0] + 360).min() >= 45:
            return tuple(_draw_arm(angle, rng.uniform(40, 120)) for angle in angles)


def _make_x(_: float, rng: np.random.Generator) -> tuple[Points, ...]:
    cross = rng.uniform(45, 135)
    angles = (0.0, 180.0, cross, cross + 180)
    return tuple(_draw_arm(angle, rng.uniform(40, 120)) for angle in angles)


def _draw_arm(degrees: float, length_px: float) -> Points:
    angle = np.deg2rad(degrees)
    along = np.linspace(0, length_px, int(np.ceil(length_px)) + 1)
    return along[:, None] * np.array([np.sin(angle), np.cos(angle)])


_MAKERS: dict[str, Callable[[float, np.random.Generator], tuple[Points, ...]]] = {
    "line": _make_line,
    "sine": _make_sine,
    "arc": _make_arc,
    "T": _make_t,
    "Y": _make_y,
    "X": _make_x,
}
