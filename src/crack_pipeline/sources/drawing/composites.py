"""Photos with varied cracks on a surface, real or drawn, for a model that shall know many cracks.

The cracks of the drawn sample are up to 12 px wide and nearly black. These are 1–40 px wide, black
or faint, clean or filled, with smooth or dented outlines; and the surface bears more of what is no
crack: stains, writing, objects.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from crack_pipeline.sources.drawing.carving import break_edges, measure_edges, moisten, render_mask
from crack_pipeline.sources.drawing.cracks import CrackBranch, grow_cracks
from crack_pipeline.sources.drawing.distractors import FREQUENT, ONLY_ON, OVER_CRACKS, UNDER_CRACKS
from crack_pipeline.sources.drawing.foreign import dig_pits, lay_object, spread_spots, write_text
from crack_pipeline.sources.drawing.lines import cover_inside
from crack_pipeline.sources.drawing.noise import (
    Field,
    Rng,
    Shape,
    blur,
    draw_log_uniform,
    draw_noise,
    draw_profile,
    fade,
)
from crack_pipeline.sources.drawing.scene import GAMMA, Scene, take_photo
from crack_pipeline.types import BinaryMask, RgbImage

_MIN_WIDTH_PX, _MAX_WIDTH_PX = 1.0, 45.0
_PARTS = 8
_TEXTURE = 0.8, 1.3
_VISIBLE = {"concrete": 3.0, "asphalt": 1.75}
"""Standard deviations of the grain that a crack takes of the light at least."""
_DEPTHS = (0.9, 0.99), (0.55, 0.9), (0.25, 0.55)
_DEPTH_SHARES = 0.6, 0.3, 0.1
_DISTRACTOR_SHARE = 0.65
_SPOT_SHARE, _PIT_SHARE, _TEXT_SHARE, _OBJECT_SHARE = 0.3, 0.3, 0.12, 0.15


@dataclass(frozen=True, slots=True)
class Composite:
    """A photo with drawn cracks.

    Attributes:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8, 1 where a pixel's centre lies in a crack that can be seen.
        coverage: (H, W) float32 share of each pixel that cracks cover.
    """

    image: RgbImage
    mask: BinaryMask
    coverage: Field


def lay_patch(rng: Rng, patch: RgbImage, shape: Shape) -> Scene:
    """Lay a photo of a bare surface, at one of several scales and mirrored where it is too small.

    Args:
        rng: Source of randomness.
        patch: (h, w, 3) uint8 without crack.
        shape: Height and width of the scene in px.

    Returns:
        The surface, its texture weakened or strengthened.

    >>> patch = np.full((8, 8, 3), 128, np.uint8)
    >>> lay_patch(np.random.default_rng(0), patch, (20, 30)).reflectance.shape
    (20, 30, 3)
    """
    zoom = draw_log_uniform(rng, 0.5, 1.6)
    mode = cv2.INTER_AREA if zoom < 1 else cv2.INTER_CUBIC
    scaled = cv2.resize(patch, None, fx=zoom, fy=zoom, interpolation=mode)
    turned = np.rot90(scaled, int(rng.integers(4)))
    missing = [(0, max(0, side - there)) for side, there in zip(shape, turned.shape, strict=False)]
    laid = np.pad(turned, [*missing, (0, 0)], mode="symmetric")[: shape[0], : shape[1]]
    light = np.asarray((np.ascontiguousarray(laid) / np.float32(255)) ** GAMMA, np.float32)
    level = blur(light, 12.0)
    grain = light / np.maximum(level, 1e-3) - 1
    grain *= np.float32(draw_log_uniform(rng, *_TEXTURE))
    reflectance = np.asarray(level * np.clip(1 + grain, 0.05, 3), np.float32)
    return Scene(reflectance, np.zeros(shape, np.float32), np.ones(shape, np.float32))


def draw_composite(rng: Rng, scene: Scene, *, surface: str, has_crack: bool) -> Composite:
    """Draw cracks, and what might be taken for some, on a surface and photograph it.

    Args:
        rng: Source of randomness.
        scene: The bare surface; changed in place.
        surface: ``concrete`` or ``asphalt``, which decides what is met on it.
        has_crack: Whether there are cracks.

    Returns:
        The photo with its truth.

    >>> rng = np.random.default_rng(0)
    >>> bare = lay_patch(rng, np.full((64, 64, 3), 150, np.uint8), (64, 64))
    >>> drawn = draw_composite(rng, bare, surface="concrete", has_crack=False)
    >>> drawn.image.shape, int(drawn.mask.sum()), float(drawn.coverage.max())
    ((64, 64, 3), 0, 0.0)
    """
    fitting = [
        name for name in (*UNDER_CRACKS, *OVER_CRACKS) if ONLY_ON.get(name, surface) == surface
    ]
    count = int(rng.integers(1, 3)) if rng.random() < _DISTRACTOR_SHARE else 0
    weights = np.array([FREQUENT.get(name, 1.0) for name in fitting])
    drawn = rng.choice(fitting, count, replace=False, p=weights / weights.sum())
    chosen = [name for name in fitting if name in set(drawn)]
    for name in filter(UNDER_CRACKS.__contains__, chosen):
        UNDER_CRACKS[name](scene, rng)
    if rng.random() < _SPOT_SHARE:
        spread_spots(scene, rng)
    if rng.random() < _PIT_SHARE:
        dig_pits(scene, rng)
    edges = measure_edges([], scene.shape)
    if has_crack:
        edges = _carve(scene, rng, visible=_VISIBLE[surface])
    for name in filter(OVER_CRACKS.__contains__, chosen):
        OVER_CRACKS[name](scene, rng)
    if rng.random() < _TEXT_SHARE:
        write_text(scene, rng)
    seen = np.ones(scene.shape, np.float32)
    if rng.random() < _OBJECT_SHARE:
        seen -= lay_object(scene, rng)
    mask = render_mask(edges) * (seen > 0.5).astype(np.uint8)
    return Composite(take_photo(scene, rng), mask, _cover(edges) * seen)


def grow_varied_cracks(rng: Rng, shape: Shape) -> list[CrackBranch]:
    """Grow the sample's cracks at another scale, their width more uneven.

    Args:
        rng: Source of randomness.
        shape: Height and width in px.

    Returns:
        Branches of 1 to 45 px width, two thirds of them below 7 px.
    """
    zoom = draw_log_uniform(rng, 0.4, 3.0)
    inner = max(round(shape[0] / zoom), 48), max(round(shape[1] / zoom), 48)
    return [_enlarge(rng, branch, zoom) for branch in grow_cracks(rng, inner)]


def _enlarge(rng: Rng, branch: CrackBranch, zoom: float) -> CrackBranch:
    count = max(int(len(branch.points_px) * zoom), 3)
    at, old = np.linspace(0, len(branch.points_px) - 1, count), np.arange(len(branch.points_px))
    x, y, width = (np.interp(at, old, one * zoom) for one in (*branch.points_px.T, branch.width_px))
    width *= np.exp(rng.uniform(0.05, 0.25) * draw_profile(rng, count, 12.0 * zoom))
    return CrackBranch(
        np.stack([x, y], axis=1).astype(np.float32),
        np.clip(width, _MIN_WIDTH_PX, _MAX_WIDTH_PX).astype(np.float32),
    )


def _carve(scene: Scene, rng: Rng, *, visible: float) -> Field:
    """Carve cracks and return the signed distance from their edges."""
    branches = grow_varied_cracks(rng, scene.shape)
    edges = _dent(rng, measure_edges(branches, scene.shape), branches)
    if rng.random() < 0.6:
        break_edges(scene, rng, branches)
    if rng.random() < 0.35:
        moisten(scene, rng, branches)
    depth = _deepen(scene, rng, edges, visible)
    ground = scene.reflectance
    if rng.random() < 0.5:  # what lies inside has no grain of the surface
        ground = blur(ground, rng.uniform(2, 10)) * np.float32(rng.uniform(0.8, 1.1))
    tint = (1 + rng.uniform(-0.15, 0.15, 3)).astype(np.float32)
    cover = cover_inside(edges)
    scene.paint(cover, np.asarray(ground * (1 - depth)[..., None] * tint, np.float32))
    scene.relief -= blur(cover, rng.uniform(0.7, 2.0)) * np.float32(rng.uniform(0.3, 2.5))
    return edges


def _dent(rng: Rng, edges: Field, branches: list[CrackBranch]) -> Field:
    """Dent the outline: grains break out of the surface, and others stay in the crack."""
    widest = max(float(branch.width_px.max()) for branch in branches)
    amount = rng.uniform(0.03, 0.14) * min(widest, 20.0)
    cell = rng.uniform(1.5, 5) * max(amount, 1.0)
    shape = edges.shape[0], edges.shape[1]
    return np.asarray(edges + amount * draw_noise(rng, shape, cell, 3), np.float32)


def _deepen(scene: Scene, rng: Rng, edges: Field, visible: float) -> Field:
    """Share of light that is lost inside: enough to be seen beside the grain of the surface."""
    low, high = _DEPTHS[int(rng.choice(len(_DEPTHS), p=_DEPTH_SHARES))]
    deepest = max(rng.uniform(low, high), _least_visible(scene, edges, visible))
    # Edges are worn: a crack has dark flanks before it is as dark as it gets.
    rim = deepest * rng.uniform(0.2, 0.9)
    depth = rim + (deepest - rim) * (1 - np.exp(np.minimum(edges, 0) / rng.uniform(0.7, 3)))
    if rng.random() < 0.4:
        filled = draw_noise(rng, scene.shape, rng.uniform(10, 50), 3)
        depth *= 1 - rng.uniform(0.2, 0.8) * fade(filled, rng.uniform(-0.5, 1.0), 2.0)
    depth *= 1 + 0.08 * draw_noise(rng, scene.shape, rng.uniform(2, 6), 2)
    return np.asarray(np.clip(depth, 0.1, 0.99), np.float32)


def _least_visible(scene: Scene, edges: Field, visible: float) -> float:
    """Share of light that sets a crack apart from the grain beside it."""
    beside = blur(scene.reflectance.mean(axis=-1), 0.8)[(edges > 0) & (edges < 4)]
    if beside.size == 0:
        return 0.0
    return min(visible * float(beside.std()) / max(float(beside.mean()), 1e-3), 0.97)


def _cover(edges: Field) -> Field:
    """Share of each pixel inside an outline, counted on a grid of an eighth of a pixel."""
    size = (edges.shape[1] * _PARTS, edges.shape[0] * _PARTS)
    fine = cv2.resize(edges, size, interpolation=cv2.INTER_LINEAR) <= 0
    shares = cv2.resize(fine.astype(np.float32), edges.shape[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(shares, np.float32)
