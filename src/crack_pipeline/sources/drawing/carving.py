"""Cracks carved into a scene, with their mask and truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.sources.drawing.cracks import CrackBranch, find_inside
from crack_pipeline.sources.drawing.lines import cover_inside, measure_distance
from crack_pipeline.sources.drawing.noise import Field, Rng, Shape, blur, draw_noise, fade, soften
from crack_pipeline.sources.drawing.scene import Scene
from crack_pipeline.types import BinaryMask

_REACH_PX = 4.0


@dataclass(frozen=True, slots=True)
class CrackTruth:
    """Masks and truth of the cracks drawn in one photo.

    Attributes:
        points_px: (N, 2) float32 x and y of the centrelines' points within the photo; the centre
            of the first pixel is (0, 0).
        width_px: (N,) float32 width at each.
        branch_id: (N,) int32 number of the branch; its points follow one another in order, about
            one px apart, with a gap where a branch left the photo and came back.
    """

    points_px: NDArray[np.float32]
    width_px: NDArray[np.float32]
    branch_id: NDArray[np.int32]


def gather_truth(branches: Sequence[CrackBranch], shape: Shape) -> CrackTruth:
    """Collect the branches' points within the photo.

    Args:
        branches: Of one photo; may be empty.
        shape: Height and width in px.

    Returns:
        The points of all branches in their order.
    """
    kept = [find_inside(branch.points_px, shape) for branch in branches]
    points = [branch.points_px[inside] for branch, inside in zip(branches, kept, strict=True)]
    widths = [branch.width_px[inside] for branch, inside in zip(branches, kept, strict=True)]
    ids = [np.full(len(found), number, np.int32) for number, found in enumerate(points)]
    return CrackTruth(
        np.concatenate([np.empty((0, 2), np.float32), *points]),
        np.concatenate([np.empty(0, np.float32), *widths]),
        np.concatenate([np.empty(0, np.int32), *ids]),
    )


def measure_edges(branches: Sequence[CrackBranch], shape: Shape) -> Field:
    """Signed distance of each pixel centre to the nearest crack's edge.

    Args:
        branches: Of one photo; may be empty.
        shape: Height and width in px.

    Returns:
        (H, W) float32, negative inside, exact up to 4 px outside and large beyond.
    """
    nearest = np.full(shape, np.inf, np.float32)
    for branch in branches:
        distance = measure_distance(branch.points_px, branch.width_px, shape, reach_px=_REACH_PX)
        np.minimum(nearest, distance, out=nearest)
    return nearest


def render_mask(edges: Field) -> BinaryMask:
    """The exact mask: a pixel is crack where its centre lies within a crack.

    Args:
        edges: From ``measure_edges``.

    Returns:
        (H, W) uint8 of {0, 1}.
    """
    return (edges <= 0).astype(np.uint8)


def carve_cracks(scene: Scene, rng: Rng, branches: Sequence[CrackBranch], edges: Field) -> None:
    """Draw cracks into a surface: broken edges around them, then the gap itself.

    Args:
        scene: Changed in place.
        rng: Source of randomness.
        branches: Of this photo; at least one.
        edges: From ``measure_edges`` of the same branches.
    """
    break_edges(scene, rng, branches)
    if rng.random() < 0.35:
        moisten(scene, rng, branches)
    cover = cover_inside(edges)
    depth = _deepen(rng, edges)
    left = scene.reflectance * (1 - depth)[..., None]
    scene.paint(cover, left)
    scene.relief -= blur(cover, 0.8) * np.float32(rng.uniform(0.8, 2.0))


def _deepen(rng: Rng, edges: Field) -> Field:
    """Share of light that is lost inside: more towards the middle, less where dirt fills it."""
    shape = edges.shape[0], edges.shape[1]
    # Most cracks are clean and black, the others are filled with dust to some degree.
    deepest = 0.985 if rng.random() < 0.6 else rng.uniform(0.85, 0.96)
    rim = deepest * rng.uniform(0.86, 0.95)
    inwards = 1 - np.exp(np.minimum(edges, 0) / 1.2)
    depth = rim + (deepest - rim) * inwards
    filled = fade(draw_noise(rng, shape, 28, 3), 0.9, 2.0)
    dirt = draw_noise(rng, shape, 4, 2)
    depth *= (1 - rng.uniform(0.02, 0.2) * filled) * (1 + 0.03 * dirt)
    return np.asarray(np.clip(depth, 0.4, 0.99), np.float32)


def break_edges(scene: Scene, rng: Rng, branches: Sequence[CrackBranch]) -> None:
    """Chips beside the crack: shallow, fresh, not part of the mask."""
    share = rng.uniform(0.0, 0.03)
    chips = []
    for branch in branches:
        chosen = rng.random(len(branch.points_px)) < share
        places = branch.points_px[chosen].astype(np.float64)
        reach = branch.width_px[chosen] / 2
        places += rng.normal(0, 1, places.shape) * (reach + 1)[:, None]
        size = rng.uniform(1.0, 1.6, len(places)) * (reach + 1.2)
        chips += [(x, y, radius) for (x, y), radius in zip(places, size, strict=True)]
    if not chips:
        return
    cover = np.zeros(scene.shape, np.uint8)
    for x, y, radius in chips:
        _draw_chip(cover, rng, x, y, float(radius))
    soft = soften(cover, 0.6)
    fresh = 1 + soft * np.float32(rng.uniform(-0.15, 0.25))
    fresh *= 1 + 0.08 * soft * rng.standard_normal(scene.shape, np.float32)
    scene.darken(fresh)
    scene.relief -= soft * np.float32(rng.uniform(0.6, 1.4))


def _draw_chip(cover: NDArray[np.uint8], rng: Rng, x: float, y: float, radius: float) -> None:
    corners = int(rng.integers(5, 9))
    angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
    away = radius * rng.uniform(0.6, 1.3, corners)
    outline = np.stack([x + away * np.cos(angles), y + away * np.sin(angles)], axis=1)
    cv2.fillPoly(cover, [np.rint(outline * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)


def moisten(scene: Scene, rng: Rng, branches: Sequence[CrackBranch]) -> None:
    """A dark, or whitish, halo around the crack where water went."""
    line = np.zeros(scene.shape, np.uint8)
    for branch in branches:
        cv2.polylines(line, [np.rint(branch.points_px).astype(np.int32)], False, 255, 2)
    reach = rng.uniform(5, 16)
    halo = soften(line, reach) * np.float32(reach)
    patchy = fade(draw_noise(rng, scene.shape, 40, 4), -1.0, 1.0)
    amount = rng.uniform(-0.28, 0.12)
    scene.darken(1 + np.float32(amount) * np.clip(halo, 0, 1) * patchy)
