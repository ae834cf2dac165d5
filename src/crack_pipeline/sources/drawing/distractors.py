"""Distractors: dark lines and edges that are no cracks and mislead detectors."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.lines import (
    cover_line,
    cut_piece,
    draw_chord,
    draw_curve,
    find_normals,
    measure_distance,
    measure_from_line,
)
from crack_pipeline.sources.drawing.noise import (
    Field,
    Floats,
    Rng,
    blur,
    draw_noise,
    draw_profile,
    fade,
    soften,
)
from crack_pipeline.sources.drawing.scene import Scene


def cut_joints(scene: Scene, rng: Rng) -> None:
    """Straight joints of constant width with bevelled edges: a row, or a grid of tiles."""
    angle = float(rng.choice([0.0, np.pi / 2])) + rng.normal(0, 0.12)
    width_px, depth = rng.uniform(2.5, 9), rng.uniform(0.7, 0.97)
    spacing = rng.uniform(80, 220)
    for turn in (0.0, np.pi / 2) if rng.random() < 0.6 else (0.0,):
        _cut_parallel(scene, rng, angle + turn, spacing=spacing, width_px=width_px, depth=depth)


def saw_cuts(scene: Scene, rng: Rng) -> None:
    """Cuts of a saw in a road, as for a trench or a detector loop: one, or two at a distance."""
    angle, depth = rng.uniform(0, np.pi), rng.uniform(0.7, 0.97)
    spacing = rng.uniform(25, 400)
    width_px = rng.uniform(2, 8)
    cuts = partial(_cut_parallel, spacing=spacing, width_px=width_px, depth=depth, only_two=True)
    cuts(scene, rng, angle)
    if rng.random() < 0.35:
        cuts(scene, rng, angle + np.pi / 2)


def press_seams(scene: Scene, rng: Rng) -> None:
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


def paint_stripe(scene: Scene, rng: Rng) -> None:
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


def draw_marker(scene: Scene, rng: Rng) -> None:
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


def leak_stain(scene: Scene, rng: Rng) -> None:
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


def scratch(scene: Scene, rng: Rng) -> None:
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
    rng: Rng,
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


def _measure_across(scene: Scene, rng: Rng, angle: float) -> Field:
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.25, 0.75, 2)
    return measure_from_line(scene.shape, middle, angle)


_WIRE_TINTS = (
    (1.0, 1.0, 1.0),
    (0.7, 1.0, 2.2),
    (3.0, 0.8, 0.7),
    (0.8, 1.8, 0.8),
)


def cast_shadow(scene: Scene, rng: Rng) -> None:
    """The soft edge of a large shadow."""
    middle = np.array(scene.shape[::-1]) * rng.uniform(0.2, 0.8, 2)
    across = measure_from_line(scene.shape, middle, rng.uniform(0, 2 * np.pi))
    across += rng.uniform(0, 14) * draw_noise(rng, scene.shape, rng.uniform(60, 160), 3)
    softness = rng.uniform(1.5, 12)
    scene.shadow *= 1 - np.float32(rng.uniform(0.3, 0.65)) * fade(across, -softness, softness)


def cast_cable_shadow(scene: Scene, rng: Rng) -> None:
    """Soft shadows of cables, poles or branches: narrow dark bands."""
    for _ in range(int(rng.integers(1, 4))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(0, 60))
        width = np.full(len(points), rng.uniform(2, 12))
        cover = blur(cover_line(points, width, scene.shape), rng.uniform(0.8, 3.0))
        scene.shadow *= 1 - cover * np.float32(rng.uniform(0.45, 0.8))


def lay_wire(scene: Scene, rng: Rng) -> None:
    """A wire or hair on the surface: smooth, of constant width, glossy, with its own shadow."""
    for _ in range(int(rng.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(15, 200))
        wave = rng.uniform(0, 9) * draw_profile(rng, len(points), rng.uniform(50, 120))
        points = points + find_normals(points) * wave[:, None]
        if rng.random() < 0.4:
            points = cut_piece(rng, points)
        width_px = rng.uniform(2, 7)
        offset = rng.uniform(0.5, 1.2) * width_px * _direction(rng)
        width = np.full(len(points), width_px)
        _shade_below(scene, rng, points + offset, width)
        tint = _WIRE_TINTS[int(rng.integers(len(_WIRE_TINTS)))]
        _draw_round(scene, rng, points, width, tone=rng.uniform(0.02, 0.09), tint=tint)


def drop_twig(scene: Scene, rng: Rng) -> None:
    """A twig, root or blade of grass: bent, tapering, brown."""
    for _ in range(int(rng.integers(1, 3))):
        points = draw_curve(rng, scene.shape, bend_px=rng.uniform(20, 120))
        points = cut_piece(rng, points)
        points = points + find_normals(points) * (3 * draw_profile(rng, len(points), 40))[:, None]
        width = rng.uniform(2.5, 6) * np.linspace(1, rng.uniform(0.3, 0.7), len(points))
        _shade_below(scene, rng, points + rng.uniform(0.8, 2.5) * _direction(rng), width)
        tone = rng.uniform(0.04, 0.16)
        _draw_round(scene, rng, points, width, tone=tone, tint=(1.35, 1.0, 0.6))


def scatter_debris(scene: Scene, rng: Rng) -> None:
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


def _direction(rng: Rng) -> Floats:
    angle = rng.uniform(0, 2 * np.pi)
    return np.array([np.cos(angle), np.sin(angle)])


def _shade_below(scene: Scene, rng: Rng, points: Floats, width: Floats) -> None:
    shade = blur(cover_line(points, width, scene.shape), 1.2)
    scene.shadow *= 1 - shade * np.float32(rng.uniform(0.2, 0.5))


def _draw_crumb(cover: NDArray[np.uint8], rng: Rng, centre: Floats, *, radius_px: float) -> None:
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
    rng: Rng,
    points: Floats,
    width: Floats,
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


Distractor: TypeAlias = Callable[[Scene, Rng], None]
"""Draws into a scene, in place."""

UNDER_CRACKS: Mapping[str, Distractor] = {
    "joints": cut_joints,
    "saw_cut": saw_cuts,
    "seams": press_seams,
    "paint": paint_stripe,
    "marker": draw_marker,
    "leak": leak_stain,
}
"""Name → what belongs to the surface before it cracks."""

OVER_CRACKS: Mapping[str, Distractor] = {
    "scratches": scratch,
    "shadow": cast_shadow,
    "cable_shadow": cast_cable_shadow,
    "wire": lay_wire,
    "twig": drop_twig,
    "debris": scatter_debris,
}
"""Name → what comes afterwards. The mask still holds the crack under a wire or twig, as a person
who annotates a photo draws through it."""

ONLY_ON: Mapping[str, str] = {
    "joints": "concrete",
    "seams": "concrete",
    "leak": "concrete",
    "saw_cut": "asphalt",
}
"""Name → the one kind of surface where it is met; the others are met on both."""

FREQUENT: Mapping[str, float] = {
    "joints": 2.2,
    "saw_cut": 2.5,
    "wire": 1.8,
    "cable_shadow": 1.4,
}
"""Name → how much more often than the others it is drawn: these look most like cracks."""
