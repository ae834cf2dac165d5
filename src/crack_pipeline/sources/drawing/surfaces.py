"""Bare concrete and asphalt."""

from collections.abc import Callable, Mapping

import numpy as np

from crack_pipeline.sources.drawing.noise import (
    Field,
    Floats,
    Rng,
    Shape,
    draw_noise,
    draw_streaks,
    fade,
    scatter_cells,
)
from crack_pipeline.sources.drawing.scene import Scene, Tint, pick_tint

_CONCRETE_TINTS: tuple[Tint, ...] = (
    (1.0, 1.0, 0.97),
    (0.95, 1.0, 1.05),
    (1.0, 1.01, 0.99),
    (1.07, 1.0, 0.88),
    (1.12, 1.0, 0.8),
    (1.03, 1.0, 0.95),
)
_ASPHALT_TINTS: tuple[Tint, ...] = (
    (1.0, 1.0, 1.0),
    (0.97, 1.0, 1.05),
    (1.06, 1.0, 0.93),
    (1.03, 1.0, 0.96),
)


def lay_smooth_concrete(rng: Rng, shape: Shape) -> Scene:
    """Trowelled or formed concrete: clouds, fine grain, pores, stains."""
    scene = _pour_concrete(rng, shape, grain=rng.uniform(0.02, 0.05))
    press_pores(scene, rng, count=int(rng.integers(5, 90)))
    spread_stains(scene, rng, strength=rng.uniform(0.05, 0.25))
    return scene


def lay_brushed_concrete(rng: Rng, shape: Shape) -> Scene:
    """Concrete with the strokes of a broom."""
    scene = _pour_concrete(rng, shape, grain=rng.uniform(0.03, 0.06))
    angle = float(rng.choice([0.0, np.pi / 2])) + rng.normal(0, 0.08)
    across = rng.uniform(2, 5)
    strokes = draw_streaks(rng, shape, across_px=across, along_px=160, angle_rad=angle)
    # Strokes fade where the broom was lifted or feet wore them down.
    strokes *= 0.25 + 0.75 * fade(draw_noise(rng, shape, 90, 4), -1.2, 0.8)
    scene.relief += strokes * np.float32(rng.uniform(0.12, 0.4))
    scene.darken(1 + strokes * rng.uniform(0.01, 0.04))
    press_pores(scene, rng, count=int(rng.integers(0, 25)))
    spread_stains(scene, rng, strength=rng.uniform(0.0, 0.2))
    return scene


def lay_weathered_concrete(rng: Rng, shape: Shape) -> Scene:
    """Old concrete: rough, aggregate bared, dark growth in its hollows."""
    scene = _pour_concrete(rng, shape, grain=rng.uniform(0.06, 0.1))
    rough = draw_noise(rng, shape, rng.uniform(6, 12), 3)
    scene.relief += rough * rng.uniform(0.5, 1.0)
    scene.darken(1 - rng.uniform(0.1, 0.3) * fade(-rough, 0.3, 2.2))
    spacing_px, share = rng.uniform(6, 12), rng.uniform(0.1, 0.6)
    bare_stones(scene, rng, spacing_px=spacing_px, share=share, contrast=rng.uniform(0.15, 0.3))
    press_pores(scene, rng, count=int(rng.integers(20, 140)))
    spread_stains(scene, rng, strength=rng.uniform(0.15, 0.4))
    return scene


def lay_fine_asphalt(rng: Rng, shape: Shape) -> Scene:
    """Dense asphalt seen from standing height: small stones in bitumen."""
    scene = _roll_asphalt(rng, shape, spacing_px=rng.uniform(3.0, 4.5))
    bare_stones(scene, rng, spacing_px=6.5, share=rng.uniform(0.1, 0.35), contrast=0.45)
    spread_stains(scene, rng, strength=rng.uniform(0.05, 0.3))
    return scene


def lay_coarse_asphalt(rng: Rng, shape: Shape) -> Scene:
    """Worn asphalt seen from near: stones of several sizes stand out."""
    scene = _roll_asphalt(rng, shape, spacing_px=rng.uniform(4.5, 6.5))
    spacing_px, share = rng.uniform(9, 15), rng.uniform(0.4, 0.9)
    bare_stones(scene, rng, spacing_px=spacing_px, share=share, contrast=rng.uniform(0.25, 0.45))
    bare_stones(scene, rng, spacing_px=6.5, share=rng.uniform(0.1, 0.4), contrast=0.4)
    spread_stains(scene, rng, strength=rng.uniform(0.0, 0.2))
    return scene


SURFACES: Mapping[str, Callable[[Rng, Shape], Scene]] = {
    "smooth_concrete": lay_smooth_concrete,
    "brushed_concrete": lay_brushed_concrete,
    "weathered_concrete": lay_weathered_concrete,
    "fine_asphalt": lay_fine_asphalt,
    "coarse_asphalt": lay_coarse_asphalt,
}
"""Name of a surface → what lays it, from a generator and (height, width) in px."""

ASPHALTS = frozenset({"fine_asphalt", "coarse_asphalt"})
"""Those of ``SURFACES`` that are asphalt; the others are concrete."""


def press_pores(scene: Scene, rng: Rng, count: int) -> None:
    """Press round pores, most of them small, into a surface.

    Args:
        scene: Changed in place.
        rng: Source of randomness.
        count: Number of pores.
    """
    height, width = scene.shape
    for _ in range(count):
        radius = float(np.clip(rng.lognormal(0.2, 0.6), 0.6, 6.5))
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        _press_pore(scene, rng, np.array([x, y]), radius)


def bare_stones(
    scene: Scene, rng: Rng, *, spacing_px: float, share: float, contrast: float
) -> None:
    """Let some stones of the aggregate show.

    Args:
        scene: Changed in place.
        rng: Source of randomness.
        spacing_px: Distance between the stones' centres in px.
        share: Share of the stones that show, in [0, 1].
        contrast: Standard deviation of the logarithm of their brightness.
    """
    cells, distance, count = scatter_cells(rng, scene.shape, spacing_px)
    radius = spacing_px * rng.uniform(0.2, 0.62, count) * (rng.random(count) < share)
    # Broken stones: the noise dents their outline, and neighbours cut one another straight.
    outline = distance * (1 + 0.3 * draw_noise(rng, scene.shape, 0.5 * spacing_px, 2))
    inside = np.asarray(radius.astype(np.float32)[cells] - outline, np.float32)
    ground = float(scene.reflectance.mean())
    tone = np.clip(ground * rng.lognormal(0.0, contrast, count), 0.03, 0.8)
    tint = rng.normal(1, 0.04, (count, 3)) * np.array([1.02, 1.0, 0.97])
    colour = np.asarray((tone[:, None] * tint).astype(np.float32)[cells], np.float32)
    colour *= 1 + 0.06 * rng.standard_normal(scene.shape, np.float32)[..., None]
    scene.paint(np.clip(inside * 0.8 + 0.5, 0, 1) * np.float32(rng.uniform(0.6, 0.9)), colour)
    scene.relief += np.sqrt(np.clip(inside, 0, None)) * np.float32(rng.uniform(0.3, 0.7))


def spread_stains(scene: Scene, rng: Rng, strength: float) -> None:
    """Darken irregular patches with soft edges, and lighten others a little.

    Args:
        scene: Changed in place.
        rng: Source of randomness.
        strength: Share of light that the darkest patches lose, in [0, 1].
    """
    patches = draw_noise(rng, scene.shape, rng.uniform(60, 200), 5)
    edge = rng.uniform(-0.3, 1.0)
    scene.darken(1 - np.float32(strength) * fade(patches, edge, edge + rng.uniform(0.3, 2.5)))
    fine = draw_noise(rng, scene.shape, rng.uniform(10, 30), 4)
    scene.darken(1 - np.float32(0.5 * strength) * fade(fine + 0.6 * patches, 0.8, 2.5))
    scene.darken(1 + np.float32(strength * 0.5) * fade(patches, -0.6, -2.2))


def _pour_concrete(rng: Rng, shape: Shape, *, grain: float) -> Scene:
    level = rng.uniform(0.3, 0.62)
    clouds = draw_noise(rng, shape, rng.uniform(80, 220), 5)
    speckle = draw_noise(rng, shape, rng.uniform(2, 4), 2)
    field = level * (1 + rng.uniform(0.03, 0.09) * clouds + grain * speckle)
    tint = pick_tint(rng, _CONCRETE_TINTS)
    hue = draw_noise(rng, shape, 150, 2)[..., None] * rng.normal(0, 0.006, 3)
    reflectance = (field[..., None] * (tint + hue)).astype(np.float32)
    relief = draw_noise(rng, shape, 3, 2) * np.float32(rng.uniform(0.08, 0.2))
    return Scene(reflectance, relief, np.ones(shape, np.float32))


def _roll_asphalt(rng: Rng, shape: Shape, *, spacing_px: float) -> Scene:
    level = rng.uniform(0.16, 0.42)
    cells, distance, count = scatter_cells(rng, shape, spacing_px)
    tone = rng.lognormal(0.0, rng.uniform(0.15, 0.32), count).astype(np.float32)[cells]
    gaps = fade(distance, 0.35 * spacing_px, 0.75 * spacing_px)
    wear = draw_noise(rng, shape, rng.uniform(60, 180), 4)
    field = level * tone * (1 - rng.uniform(0.3, 0.8) * gaps) * (1 + 0.07 * wear)
    field *= 1 + 0.05 * rng.standard_normal(shape, np.float32)
    tint = pick_tint(rng, _ASPHALT_TINTS)
    hues = rng.normal(1, 0.025, (count, 3)).astype(np.float32)[cells]
    reflectance = (field[..., None] * tint * hues).astype(np.float32)
    relief = -gaps * np.float32(rng.uniform(0.4, 0.9))
    return Scene(reflectance, relief, np.ones(shape, np.float32))


def _press_pore(scene: Scene, rng: Rng, centre: Floats, radius: float) -> None:
    reach = int(np.ceil(radius * 1.6 + 2))
    rows, columns = _window(scene.shape, centre, reach)
    x = np.arange(columns.start, columns.stop)[None, :] - centre[0]
    y = np.arange(rows.start, rows.stop)[:, None] - centre[1]
    squash = rng.uniform(0.7, 1.0)
    lobes = 0.1 * np.sin(2 * np.arctan2(y, x) + rng.uniform(0, 6))
    away = np.hypot(x, y / squash) * (1 + lobes)
    inside: Field = np.clip(radius + 0.5 - away, 0, 1).astype(np.float32)
    rim = np.exp(-(((away - radius - 0.8) / 0.8) ** 2)).astype(np.float32)
    factor = 1 - inside * np.float32(rng.uniform(0.45, 0.93)) + rim * np.float32(0.06)
    scene.reflectance[rows, columns] *= factor[..., None]
    scene.relief[rows, columns] -= np.clip(radius - away, 0, 2).astype(np.float32) * 0.4


def _window(shape: Shape, centre: Floats, reach: int) -> tuple[slice, slice]:
    x, y = round(float(centre[0])), round(float(centre[1]))
    rows = slice(max(y - reach, 0), min(y + reach + 1, shape[0]))
    columns = slice(max(x - reach, 0), min(x + reach + 1, shape[1]))
    return rows, columns
