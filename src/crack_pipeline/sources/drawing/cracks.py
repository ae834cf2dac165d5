"""Geometry of cracks: branching random walks whose width varies along their length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.lines import find_normals, resample
from crack_pipeline.sources.drawing.noise import Floats, Rng, Shape, draw_profile

MIN_WIDTH_PX, MAX_WIDTH_PX = 1.0, 12.0

_MARGIN_PX = 10.0
_MIN_LENGTH_PX = 12


@dataclass(frozen=True, slots=True)
class CrackBranch:
    """One unbranched stretch of a crack.

    Attributes:
        points_px: (N, 2) float32 x and y of the centreline, about one px apart; the centre of the
            photo's first pixel is (0, 0). Some may lie outside the photo.
        width_px: (N,) float32 width at each, from 1 to 12.
    """

    points_px: NDArray[np.float32]
    width_px: NDArray[np.float32]


def grow_cracks(rng: Rng, shape: Shape) -> list[CrackBranch]:
    """Draw the cracks of one photo: one to three, with branches.

    Args:
        rng: Source of randomness.
        shape: Height and width of the photo in px.

    Returns:
        Branches, each crack's own before those that leave it; never empty, and the first is at
        least a third of the photo's shorter side long within the photo.
    """
    branches: list[CrackBranch] = []
    for _ in range(int(rng.choice([1, 2, 3], p=[0.72, 0.22, 0.06]))):
        main = _grow_main(rng, shape)
        branches.append(main)
        for _ in range(int(rng.poisson(1.3))):
            branches += _grow_branch(rng, shape, main, depth=1)
        if rng.random() < 0.3:
            branches += _split_around(rng, main)
    return branches


def find_inside(points_px: NDArray[np.float32], shape: Shape) -> NDArray[np.bool_]:
    """True where a point lies on a pixel of the photo; (N, 2) points to (N,) bool."""
    x, y = points_px[:, 0], points_px[:, 1]
    return (x >= -0.5) & (x < shape[1] - 0.5) & (y >= -0.5) & (y < shape[0] - 0.5)


def _grow_main(rng: Rng, shape: Shape) -> CrackBranch:
    # A walk may turn out of the photo at once: such a start is drawn again.
    while True:
        start, heading, from_border = _choose_start(rng, shape)
        length = float(np.hypot(*shape)) * rng.uniform(0.45, 1.3)
        points = _walk(rng, shape, start, heading, length=length)
        if find_inside(points.astype(np.float32), shape).sum() > min(shape) / 3:
            break
    base = float(np.clip(rng.lognormal(1.35, 0.36), 2.6, 8.5))
    width = _vary_width(rng, len(points), base)
    ends_inside = bool(find_inside(points[-1:].astype(np.float32), shape)[0])
    width *= _taper(rng, len(points), at_start=not from_border, at_end=ends_inside)
    return _finish(points, width)


def _choose_start(rng: Rng, shape: Shape) -> tuple[Floats, float, bool]:
    height, width = shape
    middle = np.array([width, height]) * rng.uniform(0.25, 0.75, 2)
    if rng.random() < 0.25:
        angle = rng.uniform(0, 2 * np.pi)
        start = middle - 0.2 * min(shape) * np.array([np.cos(angle), np.sin(angle)])
        return start, angle, False
    side, place = int(rng.integers(4)), rng.uniform(0.05, 0.95)
    outside = [
        (-_MARGIN_PX, place * height),
        (width + _MARGIN_PX, place * height),
        (place * width, -_MARGIN_PX),
        (place * width, height + _MARGIN_PX),
    ][side]
    start = np.array(outside)
    angle = float(np.arctan2(*(middle - start)[::-1]))
    return start, angle + rng.normal(0, 0.15), True


def _walk(rng: Rng, shape: Shape, start: Floats, heading: float, *, length: float) -> Floats:
    """Random walk whose direction drifts, and kinks to and fro at each step."""
    stride = rng.uniform(3.5, 9)
    steps = max(int(length / stride), 3)
    strides = stride * rng.lognormal(0, 0.5, steps)
    drift = rng.uniform(0.1, 0.35) * draw_profile(rng, steps, 14)
    kink = rng.uniform(0.25, 0.6) * rng.standard_normal(steps)
    kink[1:] -= 0.45 * kink[:-1]
    angle = heading + drift - drift[0] + kink
    moves = strides[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    vertices = np.concatenate([start[None], start + np.cumsum(moves, axis=0)])
    return _shake(rng, _leave_off_outside(resample(vertices), shape))


def _shake(rng: Rng, points: Floats) -> Floats:
    """Move points to and fro across the line by fractions of a pixel, around the grains."""
    if len(points) < 2:
        return points
    shift = rng.uniform(0.25, 0.6) * draw_profile(rng, len(points), 3.0)
    return resample(points + find_normals(points) * shift[:, None])


def _leave_off_outside(points: Floats, shape: Shape) -> Floats:
    """Cut a line where it leaves the photo and its margin for good."""
    x, y = points.T
    within = (np.abs(x - shape[1] / 2) <= shape[1] / 2 + _MARGIN_PX) & (
        np.abs(y - shape[0] / 2) <= shape[0] / 2 + _MARGIN_PX
    )
    entered = int(np.argmax(within))
    left = np.flatnonzero(~within[entered:])
    return points[: entered + int(left[0])] if left.size else points


def _vary_width(rng: Rng, count: int, base: float) -> Floats:
    slow = 0.32 * draw_profile(rng, count, 55)
    medium = 0.16 * draw_profile(rng, count, 14)
    fast = rng.uniform(0.05, 0.13) * draw_profile(rng, count, 4.5)
    return np.asarray(base * np.exp(slow + medium + fast))


def _taper(rng: Rng, count: int, *, at_start: bool, at_end: bool) -> Floats:
    place = np.linspace(0, 1, count)
    factor = np.ones(count)
    if at_start:
        factor *= np.clip(place / rng.uniform(0.1, 0.35), 0, 1) ** 0.6
    if at_end:
        factor *= np.clip((1 - place) / rng.uniform(0.1, 0.35), 0, 1) ** 0.6
    return factor


def _grow_branch(rng: Rng, shape: Shape, parent: CrackBranch, *, depth: int) -> list[CrackBranch]:
    inside = np.flatnonzero(find_inside(parent.points_px, shape))
    inside = inside[(inside > 4) & (inside < len(parent.points_px) - 4)]
    if inside.size == 0:
        return []
    at = int(rng.choice(inside))
    ahead = parent.points_px[at + 4] - parent.points_px[at - 4]
    turn = float(rng.choice([-1, 1])) * np.radians(rng.uniform(25, 75))
    points = _walk(
        rng,
        shape,
        parent.points_px[at].astype(np.float64),
        float(np.arctan2(ahead[1], ahead[0])) + turn,
        length=float(np.clip(rng.lognormal(4.5, 0.6), 30, 300)),
    )
    if len(points) < _MIN_LENGTH_PX:
        return []
    base = max(float(parent.width_px[at]) * rng.uniform(0.5, 0.85), 1.9)
    width = _vary_width(rng, len(points), base) * _taper(
        rng, len(points), at_start=False, at_end=True
    )
    branch = _finish(points, width)
    if depth < 2 and rng.random() < 0.4:
        return [branch, *_grow_branch(rng, shape, branch, depth=depth + 1)]
    return [branch]


def _split_around(rng: Rng, parent: CrackBranch) -> list[CrackBranch]:
    """A second path that leaves a crack and comes back to it, around an island."""
    span = int(rng.integers(35, 110))
    if len(parent.points_px) < span + 20:
        return []
    first = int(rng.integers(10, len(parent.points_px) - span - 9))
    along = parent.points_px[first : first + span].astype(np.float64)
    chord = along[-1] - along[0]
    across = np.array([-chord[1], chord[0]]) / max(float(np.hypot(*chord)), 1.0)
    bulge = np.sin(np.linspace(0, np.pi, span)) ** 0.7 * rng.uniform(0.12, 0.28) * span
    side = float(rng.choice([-1, 1]))
    away = (side * bulge)[:, None] * across
    # The second path wavers too, but not where it leaves the crack and comes back.
    waver = draw_profile(rng, span, 9) * 1.5 * np.sin(np.linspace(0, np.pi, span))
    points = _shake(rng, along + away + waver[:, None] * across)
    base = max(float(parent.width_px[first]) * rng.uniform(0.4, 0.9), 1.5)
    return [_finish(points, _vary_width(rng, len(points), base))]


def _finish(points: Floats, width: Floats) -> CrackBranch:
    return CrackBranch(
        points.astype(np.float32), np.clip(width, MIN_WIDTH_PX, MAX_WIDTH_PX).astype(np.float32)
    )
