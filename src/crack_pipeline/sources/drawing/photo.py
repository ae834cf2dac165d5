"""One photo of the sample, determined by the seed and its number alone."""

import math
from dataclasses import dataclass

import numpy as np

from crack_pipeline.sources.drawing.carving import (
    CrackTruth,
    carve_cracks,
    gather_truth,
    measure_edges,
    render_mask,
)
from crack_pipeline.sources.drawing.cracks import grow_cracks
from crack_pipeline.sources.drawing.distractors import FREQUENT, ONLY_ON, OVER_CRACKS, UNDER_CRACKS
from crack_pipeline.sources.drawing.lines import cover_exactly
from crack_pipeline.sources.drawing.noise import Field, Rng, Shape
from crack_pipeline.sources.drawing.scene import take_photo
from crack_pipeline.sources.drawing.surfaces import ASPHALTS, SURFACES
from crack_pipeline.types import BinaryMask, RgbImage

JOINTS = "joints"
"""Name of tile joints among the distractors."""

_PLAN, _SURFACE, _CRACKS, _CARVING, _DISTRACTORS, _CAMERA = range(6)


@dataclass(frozen=True, slots=True)
class PhotoPlan:
    """Plan of one photo before it is drawn.

    Attributes:
        seed: Of the sample.
        index: Number of the photo, from 0.
        surface: A name in ``SURFACES``.
        distractors: Names in ``UNDER_CRACKS`` and ``OVER_CRACKS``, in the order of drawing.
        has_crack: Whether it has a crack.
    """

    seed: int
    index: int
    surface: str
    distractors: tuple[str, ...]
    has_crack: bool


@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """A photo with its truth.

    Attributes:
        image: (H, W, 3) uint8.
        mask: (H, W) uint8 of {0, 1}.
        truth: Centrelines and widths; empty where there is no crack.
    """

    image: RgbImage
    mask: BinaryMask
    truth: CrackTruth


def plan_photo(seed: int, index: int, *, crack_share: float) -> PhotoPlan:
    """Decide what a photo shows.

    Surfaces and distractors are chosen without regard to the crack, so that they do not tell
    whether there is one.

    Args:
        seed: Of the sample.
        index: Number of the photo, from 0.
        crack_share: Share of photos with a crack; of the first n photos, n times this have one,
            rounded down.

    Returns:
        The plan, the same whenever it is asked for.
    """
    rng = _generator(seed, index, _PLAN)
    surface = str(rng.choice(list(SURFACES)))
    order = [name for name in (*UNDER_CRACKS, *OVER_CRACKS) if _fits(name, surface)]
    count = int(rng.choice([0, 1, 2, 3, 4], p=[0.03, 0.2, 0.37, 0.28, 0.12]))
    weights = np.array([FREQUENT.get(name, 1.0) for name in order])
    chosen = set(rng.choice(order, count, replace=False, p=weights / weights.sum()))
    return PhotoPlan(
        seed=seed,
        index=index,
        surface=surface,
        distractors=tuple(name for name in order if name in chosen),
        has_crack=_is_cracked(index, crack_share),
    )


def draw_photo(plan: PhotoPlan, shape: Shape) -> DrawnPhoto:
    """Draw a photo with its exact mask and its truth.

    Args:
        plan: What it shows.
        shape: Height and width in px.

    Returns:
        The photo, the same for the same plan and shape.
    """
    scene = SURFACES[plan.surface](_generator(plan.seed, plan.index, _SURFACE), shape)
    distractor_rng = _generator(plan.seed, plan.index, _DISTRACTORS)
    for name in plan.distractors:
        if name in UNDER_CRACKS:
            UNDER_CRACKS[name](scene, distractor_rng)
    crack_rng = _generator(plan.seed, plan.index, _CRACKS)
    branches = grow_cracks(crack_rng, shape) if plan.has_crack else []
    edges = measure_edges(branches, shape)
    if branches:
        carve_cracks(scene, _generator(plan.seed, plan.index, _CARVING), branches, edges)
    for name in plan.distractors:
        if name in OVER_CRACKS:
            OVER_CRACKS[name](scene, distractor_rng)
    image = take_photo(scene, _generator(plan.seed, plan.index, _CAMERA))
    return DrawnPhoto(image, render_mask(edges), gather_truth(branches, shape))


def draw_coverage(plan: PhotoPlan, shape: Shape) -> Field:
    """Share of each pixel that the cracks of a photo cover, on a grid of 1/8 px.

    The mask is cut from the same discs, so this is the truth that widths and lengths are measured
    from; the truth file tells what was meant to be drawn.

    Args:
        plan: What the photo shows.
        shape: Height and width in px.

    Returns:
        (H, W) float32 in [0, 1].
    """
    branches = grow_cracks(_generator(plan.seed, plan.index, _CRACKS), shape)
    lines = [(branch.points_px, branch.width_px) for branch in branches]
    return cover_exactly(lines if plan.has_crack else [], shape)


def draw_joint_mask(plan: PhotoPlan, shape: Shape) -> BinaryMask:
    """Mark the tile joints of a photo, which the sample keeps no mask of.

    What belongs to the surface is drawn again with the same generators, so that the joints fall on
    the same pixels as in the photo.

    Args:
        plan: What the photo shows.
        shape: Height and width in px.

    Returns:
        (H, W), 1 where a joint covers part of the pixel; all 0 where the photo shows none.
    """
    mask = np.zeros(shape, np.uint8)
    if JOINTS not in plan.distractors:
        return mask
    scene = SURFACES[plan.surface](_generator(plan.seed, plan.index, _SURFACE), shape)
    rng = _generator(plan.seed, plan.index, _DISTRACTORS)
    for name in plan.distractors:
        if name in UNDER_CRACKS:
            before = scene.reflectance.copy()
            UNDER_CRACKS[name](scene, rng)
            if name == JOINTS:
                mask[(scene.reflectance < before).any(axis=-1)] = 1
    return mask


def pick_jpeg_quality(plan: PhotoPlan, lowest: int, highest: int) -> int:
    """JPEG quality of a photo, between two bounds that are both included."""
    rng = np.random.default_rng([plan.seed, plan.index, _CAMERA, 1])
    return int(rng.integers(lowest, highest + 1))


def _fits(distractor: str, surface: str) -> bool:
    kind = "asphalt" if surface in ASPHALTS else "concrete"
    return ONLY_ON.get(distractor, kind) == kind


def _generator(seed: int, index: int, purpose: int) -> Rng:
    return np.random.default_rng([seed, index, purpose])


def _is_cracked(index: int, crack_share: float) -> bool:
    # Guarded, so that three times two thirds is two.
    before, after = (math.floor(count * crack_share + 1e-9) for count in (index, index + 1))
    return after > before
