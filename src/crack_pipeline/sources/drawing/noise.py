"""Seeded fields and profiles that everything in the sample is made of."""

import math
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.float32]
"""(H, W) float32; one value a pixel."""

Floats: TypeAlias = NDArray[np.float64]
"""(N,) values along a line, or (N, 2) x and y of its points."""
Rng: TypeAlias = np.random.Generator
"""Source of randomness."""
Shape: TypeAlias = tuple[int, int]
"""Height and width in px."""


def draw_noise(rng: Rng, shape: Shape, cell_px: float, octaves: int = 4) -> Field:
    """Multi-octave value noise: each octave has half the cells and half the amplitude.

    Args:
        rng: Source of randomness.
        shape: Height and width in px.
        cell_px: Size of the coarsest cells in px.
        octaves: Number of octaves; those with cells under one pixel are left out.

    Returns:
        (H, W) float32 with mean 0 and standard deviation 1.

    Source:
        Perlin, K. (1985), An image synthesizer, SIGGRAPH Computer Graphics 19(3),
        https://doi.org/10.1145/325165.325247 (the sum of octaves).
    """
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cell = cell_px / 2**octave
        if octave and cell < 1:
            break
        total += _draw_octave(rng, shape, (cell, cell)) * 0.5**octave
    return _standardize(total)


def draw_streaks(
    rng: Rng, shape: Shape, *, across_px: float, along_px: float, angle_rad: float
) -> Field:
    """Noise that is long in one direction, as a broom or running water leaves it.

    Args:
        rng: Source of randomness.
        shape: Height and width in px.
        across_px: Cell size across the streaks in px.
        along_px: Cell size along the streaks in px.
        angle_rad: Direction of the streaks; 0 is along x.

    Returns:
        (H, W) float32 with mean 0 and standard deviation 1.
    """
    side = math.ceil(math.hypot(*shape))
    straight = _draw_octave(rng, (side, side), (across_px, along_px))
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), -math.degrees(angle_rad), 1.0)
    turned = cv2.warpAffine(straight, turn, (side, side), borderMode=cv2.BORDER_REFLECT)
    top, left = (side - shape[0]) // 2, (side - shape[1]) // 2
    cut = turned[top : top + shape[0], left : left + shape[1]]
    return _standardize(np.asarray(cut, np.float32))


def draw_profile(rng: Rng, length: int, cell: float) -> Floats:
    """Smooth noise along a line.

    Args:
        rng: Source of randomness.
        length: Number of samples.
        cell: Distance between independent values, in samples.

    Returns:
        (length,) float64, about standard normal at each sample.
    """
    knots = rng.standard_normal(math.ceil(length / cell) + 3)
    positions = np.arange(length) / cell + rng.random()
    left = positions.astype(int)
    share = positions - left
    eased = share * share * (3 - 2 * share)
    return np.asarray(knots[left] * (1 - eased) + knots[left + 1] * eased)


def scatter_cells(
    rng: Rng, shape: Shape, spacing_px: float
) -> tuple[NDArray[np.int32], Field, int]:
    """Divide the plane among points of a shaken grid: the cells are stones.

    Args:
        rng: Source of randomness.
        shape: Height and width in px.
        spacing_px: Distance of the grid's points in px, ≥ 2.

    Returns:
        (H, W) int32 number of the nearest point, (H, W) float32 distance to it in px, and the
        number of points plus one, so that a table of this length can be indexed by the numbers.
    """
    height, width = shape
    y, x = np.mgrid[0 : height + spacing_px : spacing_px, 0 : width + spacing_px : spacing_px]
    y = np.clip(y + rng.uniform(-0.45, 0.45, y.shape) * spacing_px, 0, height - 1)
    x = np.clip(x + rng.uniform(-0.45, 0.45, x.shape) * spacing_px, 0, width - 1)
    empty = np.full(shape, 255, np.uint8)
    empty[np.rint(y).astype(int), np.rint(x).astype(int)] = 0
    distance, cells = cv2.distanceTransformWithLabels(
        empty, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    return np.asarray(cells, np.int32), np.asarray(distance, np.float32), int(cells.max()) + 1


def draw_log_uniform(rng: Rng, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform: as often from 1 to 2 as from 2 to 4."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def fade(values: Field, start: float, end: float) -> Field:
    """Smooth step: 0 up to ``start``, 1 from ``end``, or the other way round where start > end."""
    share = np.clip((values - start) / (end - start), 0.0, 1.0)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def blur(field: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    """Gaussian blur of a field or of a colour image, float32 of the same shape."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma_px), np.float32)


def soften(cover: NDArray[np.uint8], sigma_px: float) -> Field:
    """Blur (H, W) uint8 coverage 0–255 to shares in [0, 1]."""
    return blur(np.asarray(cover / np.float32(255), np.float32), sigma_px)


def _draw_octave(rng: Rng, shape: Shape, cell: tuple[float, float]) -> Field:
    height, width = shape
    rows, columns = max(cell[0], 1.0), max(cell[1], 1.0)
    knots = rng.standard_normal(
        (math.ceil(height / rows) + 2, math.ceil(width / columns) + 2), np.float32
    )
    size = (math.ceil(knots.shape[1] * columns), math.ceil(knots.shape[0] * rows))
    # Cells of a few pixels look the same either way, and linear takes a third of the time.
    smooth = min(rows, columns) > 4
    drawn = cv2.resize(knots, size, interpolation=cv2.INTER_CUBIC if smooth else cv2.INTER_LINEAR)
    top = int(rng.integers(drawn.shape[0] - height + 1))
    left = int(rng.integers(drawn.shape[1] - width + 1))
    return np.asarray(drawn[top : top + height, left : left + width])


def _standardize(field: Field) -> Field:
    centred = field - field.mean()
    return np.asarray(centred / max(float(centred.std()), 1e-6), np.float32)
