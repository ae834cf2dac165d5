"""Spots, writing and objects: dark edges on a surface that are no cracks."""

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.noise import (
    Field,
    Floats,
    Rng,
    blur,
    draw_log_uniform,
    draw_noise,
    fade,
    soften,
)
from crack_pipeline.sources.drawing.scene import Scene

_LETTERS = tuple("ABCDEFHKLMNRSTXZ0123456789/.-")
_FONTS = (0, 1, 2, 3, 4, 6, 7)


def spread_spots(scene: Scene, rng: Rng) -> None:
    """Patches with ragged edges, most of them dark: spalls, pits, repairs, moss."""
    field = draw_noise(rng, scene.shape, draw_log_uniform(rng, 8, 70), 4)
    level = rng.uniform(1.1, 2.2)
    cover = fade(field, level, level + rng.uniform(0.02, 0.6))
    tone = rng.uniform(0.3, 0.85) if rng.random() < 0.8 else rng.uniform(1.1, 1.6)
    colour = (tone * (1 + rng.uniform(-0.2, 0.2, 3))).astype(np.float32)
    scene.paint(cover, scene.reflectance * colour)
    scene.relief -= blur(cover, 1.0) * np.float32(rng.uniform(-1.0, 2.0))


def dig_pits(scene: Scene, rng: Rng) -> None:
    """Pits longer than wide, dark and short: blow holes, and places of lost grains."""
    cover = np.zeros(scene.shape, np.uint8)
    for _ in range(int(rng.integers(2, 25))):
        centre = rng.uniform(0, 16, 2) * scene.shape[::-1]
        half = 16 * draw_log_uniform(rng, 1.5, 9.0)
        axes = round(half), max(round(half * rng.uniform(0.25, 1.0)), 8)
        middle = int(centre[0]), int(centre[1])
        cv2.ellipse(cover, middle, axes, rng.uniform(0, 180), 0, 360, 255, -1, cv2.LINE_AA, 4)
    ragged = soften(cover, 0.8) + 0.25 * draw_noise(rng, scene.shape, 5, 2)
    inside = fade(np.asarray(ragged, np.float32), 0.3, 0.7) * soften(cover, 1.5)
    scene.darken(1 - np.float32(rng.uniform(0.3, 0.95)) * inside)
    scene.relief -= inside * np.float32(rng.uniform(0.3, 1.5))


def write_text(scene: Scene, rng: Rng) -> None:
    """Letters and figures, as of a marking on the surface or a stamp in the photo."""
    height, width = scene.shape
    cover = np.zeros((height, width), np.uint8)
    text = "".join(rng.choice(_LETTERS, int(rng.integers(2, 14))))
    size = draw_log_uniform(rng, 0.4, 4.0)
    start = int(rng.uniform(-0.1, 0.6) * width), int(rng.uniform(0.05, 1.0) * height)
    thickness = max(1, round(size * rng.uniform(0.8, 3.0)))
    font = int(rng.choice(_FONTS))
    cv2.putText(cover, text, start, font, size, 255, thickness, cv2.LINE_AA)
    if rng.random() < 0.5:
        turned = cv2.resize(np.ascontiguousarray(np.rot90(cover)), (width, height))
        cover = np.asarray(turned, np.uint8)
    colour = rng.uniform(0.02, 0.9) * (1 + rng.uniform(-0.4, 0.4, 3))
    share = np.asarray(cover, np.float32) / 255 * np.float32(rng.uniform(0.3, 1.0))
    scene.paint(np.asarray(share, np.float32), colour.astype(np.float32))


def lay_object(scene: Scene, rng: Rng) -> Field:
    """An object on the surface, or the end of it: a region with straight edges and a shadow.

    Args:
        scene: Changed in place.
        rng: Source of randomness.

    Returns:
        (H, W) float32 share of each pixel that it hides.
    """
    cover = np.zeros(scene.shape, np.uint8)
    outline = np.rint(_draw_outline(scene, rng) * 16).astype(np.int32)
    cv2.fillPoly(cover, [outline], 255, cv2.LINE_AA, 4)
    share = np.asarray(cover / np.float32(255), np.float32)
    moved = np.roll(cover, tuple(rng.integers(-8, 9, 2)), (0, 1))
    shade = soften(moved, rng.uniform(1, 6)) * (1 - share)
    scene.shadow *= 1 - np.float32(rng.uniform(0, 0.7)) * shade
    texture = 1 + rng.uniform(0, 0.3) * draw_noise(rng, scene.shape, rng.uniform(2, 60), 3)
    colour = rng.uniform(0.01, 0.95) * (1 + rng.uniform(-0.3, 0.3, 3))
    scene.paint(share, np.asarray(texture[..., None] * colour, np.float32))
    scene.relief *= 1 - share
    return share


def _draw_outline(scene: Scene, rng: Rng) -> NDArray[np.float64]:
    """Corners of a rectangle, or of half the plane."""
    size = np.array(scene.shape[::-1], np.float64)
    if rng.random() < 0.5:
        centre, sides = rng.uniform(0, 1, 2) * size, rng.uniform(0.1, 0.7, 2) * size
        turn = float(rng.choice([0.0, rng.uniform(0, np.pi)]))
        return centre + _corners(turn) * sides / 2
    turn = rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.5:
        turn = float(np.round(turn / (np.pi / 2)) * np.pi / 2)
    side = float(2 * np.hypot(*size))
    ahead = np.array([np.cos(turn), np.sin(turn)])
    return rng.uniform(0.1, 0.9, 2) * size + ahead * side + _corners(turn) * side


def _corners(turn: float) -> Floats:
    """Corners of a turned square from -1 to 1."""
    along = np.array([np.cos(turn), np.sin(turn)])
    across = np.array([-along[1], along[0]])
    return np.stack([along + across, along - across, -along - across, -along + across])
