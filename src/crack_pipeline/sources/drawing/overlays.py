"""Overlays that look like cracks: shadows, wires, twigs, debris."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.lines import (
    cover_line,
    cut_piece,
    draw_curve,
    find_normals,
    measure_distance,
    measure_from_line,
)
from crack_pipeline.sources.drawing.noise import blur, draw_noise, draw_profile, fade, soften
from crack_pipeline.sources.drawing.scene import Scene

_WIRE_TINTS = (
    (1.0, 1.0, 1.0),
    (0.7, 1.0, 2.2),
    (3.0, 0.8, 0.7),
    (0.8, 1.8, 0.8),
)


def cast_shadow(scene: Scene, rng: np.random.Generator) -> None:
    """The soft edge of a large shadow."""
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.2, 0.8, 2)
    across = measure_from_line(scene.shape, middle, rng.uniform(0, 2 * np.pi))
    across += rng.uniform(0, 14) * draw_noise(rng, scene.shape, rng.uniform(60, 160), 3)
    softness = rng.uniform(1.5, 12)
    scene.shadow *= 1 - np.float32(rng.uniform(0.3, 0.65)) * fade(across, -softness, softness)


def cast_cable_shadow(scene: Scene, rng: np.random.Generator) -> None:
    """Soft shadows of cables, poles or branches: narrow dark bands."""
    for _ in range(int(rng.integers(1, 4))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(0, 60))
        width = np.full(len(points), rng.uniform(2, 12))
        cover = blur(cover_line(points, width, scene.shape), rng.uniform(0.8, 3.0))
        scene.shadow *= 1 - cover * np.float32(rng.uniform(0.45, 0.8))


def lay_wire(scene: Scene, rng: np.random.Generator) -> None:
    """A wire or hair on the surface: smooth, of constant width, glossy, with its own shadow."""
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(15, 200))
        points = points + find_normals(points) * _wave(rng, len(points))[:, None]
        if rng.random() < 0.4:
            points = cut_piece(rng, points)
        width_px = rng.uniform(2, 7)
        offset = rng.uniform(0.5, 1.2) * width_px * _direction(rng)
        width = np.full(len(points), width_px)
        _shade_below(scene, rng, points + offset, width)
        tint = _WIRE_TINTS[int(rng.integers(len(_WIRE_TINTS)))]
        _draw_round(scene, rng, points, width, tone=rng.uniform(0.02, 0.09), tint=tint)


def drop_twig(scene: Scene, rng: np.random.Generator) -> None:
    """A twig, root or blade of grass: bent, tapering, brown."""
    for _ in range(int(rng.integers(1, 3))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(20, 120))
        points = cut_piece(rng, points)
        points = points + find_normals(points) * (3 * draw_profile(rng, len(points), 40))[:, None]
        width = rng.uniform(2.5, 6) * np.linspace(1, rng.uniform(0.3, 0.7), len(points))
        _shade_below(scene, rng, points + rng.uniform(0.8, 2.5) * _direction(rng), width)
        tone = rng.uniform(0.04, 0.16)
        _draw_round(scene, rng, points, width, tone=tone, tint=(1.35, 1.0, 0.6))


def scatter_debris(scene: Scene, rng: np.random.Generator) -> None:
    """Crumbs of soil, bark and gravel: dark angular patches of a few pixels, in clusters."""
    cover = np.zeros(scene.shape, np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        middle = np.array(scene.shape[::-1]) * rng.random(2)
        spread = rng.uniform(10, 90)
        for _ in range(int(rng.integers(8, 50))):
            centre = middle + rng.normal(0, spread, 2)
            _draw_crumb(
                cover, rng, centre, radius_px=float(np.clip(rng.lognormal(0.6, 0.5), 0.8, 7))
            )
    soft = soften(cover, 0.5)
    scene.shadow *= 1 - 0.4 * blur(soft, 1.5)
    grain = 1 + 0.3 * draw_noise(rng, scene.shape, 3, 2)
    tint = np.asarray((1.4, 1.0, 0.55), np.float32)
    colour = np.float32(rng.uniform(0.02, 0.1)) * np.clip(grain, 0.3, None)[..., None] * tint
    scene.paint(soft, colour)


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _wave(rng: np.random.Generator, length: int) -> NDArray[np.float64]:
    return rng.uniform(0, 9) * draw_profile(rng, length, rng.uniform(50, 120))


def _shade_below(
    scene: Scene,
    rng: np.random.Generator,
    points: NDArray[np.float64],
    width: NDArray[np.float64],
) -> None:
    shade = blur(cover_line(points, width, scene.shape), 1.2)
    scene.shadow *= 1 - shade * np.float32(rng.uniform(0.2, 0.5))


def _draw_crumb(
    cover: NDArray[np.uint8],
    rng: np.random.Generator,
    centre: NDArray[np.float64],
    *,
    radius_px: float,
) -> None:
    angles = np.sort(rng.uniform(0, 2 * np.pi, 6))
    turn, slim = rng.uniform(0, np.pi), rng.uniform(0.25, 1.0)
    away = radius_px * rng.uniform(0.7, 1.3, 6)
    long, short = away * np.cos(angles), away * slim * np.sin(angles)
    x = centre[0] + long * np.cos(turn) - short * np.sin(turn)
    y = centre[1] + long * np.sin(turn) + short * np.cos(turn)
    outline = np.rint(np.stack([x, y], axis=1) * 16).astype(np.int32)
    cv2.fillPoly(cover, [outline], 255, cv2.LINE_AA, 4)


def _draw_round(
    scene: Scene,
    rng: np.random.Generator,
    points: NDArray[np.float64],
    width: NDArray[np.float64],
    *,
    tone: float,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> None:
    """Something round in section: bright along its middle, dark along its sides."""
    distance = measure_distance(points.astype(np.float32), width.astype(np.float32), scene.shape)
    cover = np.clip(0.5 - distance, 0, 1)
    gloss = 1 + rng.uniform(0.6, 2.5) * fade(distance, -0.2 * width.max(), -0.5 * width.max())
    colour = (tone * gloss[..., None] * np.asarray(tint)).astype(np.float32)
    scene.paint(cover, colour)
