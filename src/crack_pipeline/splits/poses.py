"""Bring what was seen into one of eight poses, so that flips and quarter turns change nothing.

The cosine frequencies of a mirrored picture are the same, the odd ones with another sign; those of
a transposed one are transposed. So a pose is chosen and reached without touching a pixel again.
"""

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.symmetries import COMPOSED, IDENTITY

MIRRORED, UPSIDE_DOWN, TRANSPOSED = 4, 6, 5


def waves_of(n_frequencies: int, length: int) -> NDArray[np.float32]:
    """Cosines of the lowest frequencies.

    Args:
        n_frequencies: Number of frequencies, from 0 on.
        length: Number of samples.

    Returns:
        (n_frequencies, length) float32, each row of length 1.
    """
    frequency, place = np.arange(n_frequencies)[:, None], np.arange(length)[None, :]
    waves = np.cos(np.pi * (2 * place + 1) * frequency / (2 * length))
    return np.asarray(waves / np.linalg.norm(waves, axis=1, keepdims=True), np.float32)


def bring_into_poses(
    frequencies: NDArray[np.float32], *, doubtful_share: float
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.uint8]]:
    """Flip pictures so that brightness grows to the right and downwards, mostly to the right.

    Args:
        frequencies: (N, F, F) of N pictures, vertical first.
        doubtful_share: Where a sign or an order is decided by less than this share of the typical
            frequency, noise could have decided it the other way: both poses are given.

    Returns:
        (K, F, F) frequencies in their poses, (K,) the picture of each, and (K,) the symmetry that
        brings the picture into the pose.
    """
    n_values = frequencies.shape[1] * frequencies.shape[2]
    power = (frequencies**2).mean(axis=(1, 2)) - frequencies[:, 0, 0] ** 2 / n_values
    doubt = doubtful_share * np.sqrt(np.maximum(power, 0))
    row, pose = np.arange(len(frequencies)), np.full(len(frequencies), IDENTITY, np.uint8)
    for symmetry in (MIRRORED, UPSIDE_DOWN, TRANSPOSED):
        excess = _excess(frequencies, symmetry)
        stay = np.flatnonzero(excess >= -doubt[row])
        change = np.flatnonzero(excess < doubt[row])
        changed = _apply(frequencies[change], symmetry)
        frequencies = np.concatenate([frequencies[stay], changed])
        pose = np.concatenate([pose[stay], COMPOSED[symmetry, pose[change]]])
        row = np.concatenate([row[stay], row[change]])
    return frequencies, row, pose


def _excess(frequencies: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    """How clearly pictures lie right as they are, against how they would lie after a symmetry."""
    across, down = frequencies[:, 0, 1], frequencies[:, 1, 0]
    if symmetry == MIRRORED:
        return -across
    if symmetry == UPSIDE_DOWN:
        return -down
    return np.asarray(np.abs(across) - np.abs(down), np.float32)


def _apply(frequencies: NDArray[np.float32], symmetry: int) -> NDArray[np.float32]:
    signs = np.where(np.arange(frequencies.shape[1]) % 2 == 1, -1, 1).astype(np.float32)
    if symmetry == MIRRORED:
        return np.asarray(frequencies * signs[None, None, :], np.float32)
    if symmetry == UPSIDE_DOWN:
        return np.asarray(frequencies * signs[None, :, None], np.float32)
    return frequencies.transpose(0, 2, 1)
