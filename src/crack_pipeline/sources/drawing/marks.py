"""Marks of a surface that look like cracks: joints, cuts, seams, paint, stains, scratches."""

import numpy as np

from crack_pipeline.sources.drawing.lines import (
    cover_line,
    cut_piece,
    draw_chord,
    draw_curve,
    measure_from_line,
)
from crack_pipeline.sources.drawing.noise import Field, draw_noise, draw_profile, fade
from crack_pipeline.sources.drawing.scene import Scene


def cut_joints(scene: Scene, rng: np.random.Generator) -> None:
    """Straight joints of constant width with bevelled edges: a row, or a grid of tiles."""
    angle = float(rng.choice([0.0, np.pi / 2])) + rng.normal(0, 0.12)
    width_px, depth = rng.uniform(2.5, 9), rng.uniform(0.7, 0.97)
    spacing = rng.uniform(80, 220)
    for turn in (0.0, np.pi / 2) if rng.random() < 0.6 else (0.0,):
        _cut_parallel(scene, rng, angle + turn, spacing=spacing, width_px=width_px, depth=depth)


def saw_cuts(scene: Scene, rng: np.random.Generator) -> None:
    """Cuts of a saw in a road, as for a trench or a detector loop: one, or two at a distance."""
    angle, depth = rng.uniform(0, np.pi), rng.uniform(0.7, 0.97)
    spacing = rng.uniform(25, 400)
    width_px = rng.uniform(2, 8)
    _cut_parallel(scene, rng, angle, spacing=spacing, width_px=width_px, depth=depth, only_two=True)
    if rng.random() < 0.35:
        angle += np.pi / 2
        _cut_parallel(
            scene, rng, angle, spacing=spacing, width_px=width_px, depth=depth, only_two=True
        )


def press_seams(scene: Scene, rng: np.random.Generator) -> None:
    """Seams and offsets that formwork boards leave: thin straight lines, light or dark."""
    angle = float(rng.choice([0.0, np.pi / 2])) + rng.normal(0, 0.03)
    across = _measure_across(scene, rng, angle)
    board = rng.uniform(50, 130)
    number = np.floor(across / board).astype(int)
    tone = rng.normal(1, 0.035, int(np.ptp(number)) + 1).astype(np.float32)
    scene.darken(tone[number - number.min()])
    beside = np.abs((across / board + 0.5) % 1 - 0.5) * board
    ragged = rng.uniform(0.4, 1.6) * (1 + 0.35 * draw_noise(rng, scene.shape, 14, 3))
    cover = np.clip(ragged - beside + 0.5, 0, 1).astype(np.float32)
    scene.darken(1 - cover * np.float32(rng.uniform(-0.15, 0.93)))
    scene.relief += np.exp(-((beside / 1.5) ** 2)) * np.float32(rng.choice([-0.8, 0.8]))


def paint_stripe(scene: Scene, rng: np.random.Generator) -> None:
    """A worn stripe of white, yellow or dark paint."""
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.1, 0.9, 2)
    across = measure_from_line(scene.shape, middle, rng.uniform(0, np.pi))
    across += rng.uniform(0.2, 0.9) * draw_noise(rng, scene.shape, 8, 3)
    cover = np.clip(rng.uniform(14, 50) + 0.5 - np.abs(across), 0, 1).astype(np.float32)
    worn = draw_noise(rng, scene.shape, rng.uniform(8, 25), 4)
    limit = rng.uniform(1.0, 2.6)
    cover *= rng.uniform(0.7, 0.95) * (1 - fade(worn, limit, limit + 0.4))
    colours = [(0.78, 0.78, 0.75), (0.75, 0.55, 0.1), (0.09, 0.09, 0.1), (0.5, 0.12, 0.1)]
    colour = colours[int(rng.choice(4, p=[0.4, 0.25, 0.25, 0.1]))]
    scene.paint(np.asarray(cover, np.float32), np.asarray(colour, np.float32))


def draw_marker(scene: Scene, rng: np.random.Generator) -> None:
    """A line that an inspector drew by chalk, marker or spray can."""
    points = draw_curve(rng, scene.shape, bend_px=rng.uniform(20, 90))
    points = cut_piece(rng, points)
    width = rng.uniform(2, 6) * np.exp(0.08 * draw_profile(rng, len(points), 25))
    cover = cover_line(points, width, scene.shape)
    rough = draw_noise(rng, scene.shape, 3, 2)
    cover *= rng.uniform(0.6, 0.9) * (1 - 0.7 * fade(rough, rng.uniform(0.3, 1.5), 2.2))
    colours = [(0.07, 0.07, 0.09), (0.1, 0.13, 0.4), (0.55, 0.1, 0.08), (0.85, 0.85, 0.85)]
    colour = colours[int(rng.choice(4, p=[0.5, 0.15, 0.15, 0.2]))]
    scene.paint(np.asarray(cover, np.float32), np.asarray(colour, np.float32))


def leak_stain(scene: Scene, rng: np.random.Generator) -> None:
    """Streaks that run down from a point, dark or rusty, fading out."""
    height, width = scene.shape
    x = np.arange(width, dtype=np.float32)[None, :]
    y = np.arange(height, dtype=np.float32)[:, None]
    colour = np.asarray([(0.12, 0.11, 0.1), (0.3, 0.16, 0.07)][int(rng.integers(2))], np.float32)
    streaks = rng.integers(2, 7)
    origin = np.array([rng.uniform(0, width), rng.uniform(-0.2, 0.5) * height])
    for _ in range(int(streaks)):
        middle = origin[0] + rng.normal(0, 14) + 2.5 * draw_profile(rng, height, 45)
        start, length = origin[1] + rng.normal(0, 8), rng.uniform(0.2, 0.8) * height
        half = rng.uniform(1, 6)
        along = fade(y - np.float32(start), 0, 6) * (1 - fade(y - np.float32(start), 8, length))
        across = np.exp(-(((x - middle[:, None].astype(np.float32)) / half) ** 2))
        scene.paint(np.asarray(rng.uniform(0.15, 0.6) * along * across, np.float32), colour)


def scratch(scene: Scene, rng: np.random.Generator) -> None:
    """Scratches: thin, almost straight, often several side by side, dark or bright."""
    start, end = draw_chord(rng, scene.shape)
    direction = (end - start) / np.hypot(*(end - start))
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.2, 0.8, 2)
    tone = rng.uniform(0.2, 0.6) if rng.random() < 0.7 else rng.uniform(1.25, 1.6)
    spread = rng.uniform(3, 22)
    for _ in range(int(rng.integers(1, 6))):
        length = rng.uniform(60, 330)
        along = np.arange(-length / 2, length / 2)
        bow = rng.normal(0, 0.0006) * along**2
        across = np.array([-direction[1], direction[0]])
        points = middle + rng.normal(0, spread, 2) + along[:, None] * direction
        points = points + bow[:, None] * across
        width = rng.uniform(0.9, 2.4) * np.sqrt(np.sin(np.linspace(0.02, np.pi - 0.02, len(along))))
        cover = cover_line(points, width, scene.shape)
        scene.darken(1 + cover * np.float32(tone - 1))
        scene.relief -= cover * np.float32(0.3)


def _cut_parallel(
    scene: Scene,
    rng: np.random.Generator,
    angle: float,
    *,
    spacing: float,
    width_px: float,
    depth: float,
    only_two: bool = False,
) -> None:
    across = _measure_across(scene, rng, angle)
    beside = np.abs((across / spacing + 0.5) % 1 - 0.5) * spacing
    if only_two:
        beside = np.minimum(np.abs(across), np.abs(across - np.float32(spacing)))
    beside += 0.18 * draw_noise(rng, scene.shape, 6, 2)
    cover = np.clip(width_px / 2 + 0.5 - beside, 0, 1).astype(np.float32)
    dirt = 1 + 0.12 * draw_noise(rng, scene.shape, 10, 3)
    scene.darken(1 - cover * np.clip(np.float32(depth) * dirt, 0, 0.95).astype(np.float32))
    bevel = rng.uniform(1.0, 2.5)
    scene.relief -= fade(beside, width_px / 2 + bevel, width_px / 2) * np.float32(1.2 * bevel)


def _measure_across(scene: Scene, rng: np.random.Generator, angle: float) -> Field:
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.25, 0.75, 2)
    return measure_from_line(scene.shape, middle, angle)
