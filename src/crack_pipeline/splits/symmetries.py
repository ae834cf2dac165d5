"""The eight flips and rotations of a photo, how they combine, and what they do to places.

A symmetry is a number: 0–3 turn the photo by that many quarters anticlockwise; 4–7 mirror it left
to right first, then turn it by (number - 4) quarters.
"""

import numpy as np
from numpy.typing import NDArray

IDENTITY = 0
N_SYMMETRIES = 8

SYMMETRY_NAMES = (
    "as it is",
    "turned 90°",
    "turned 180°",
    "turned 270°",
    "mirrored left to right",
    "mirrored, turned 90°",
    "mirrored top to bottom",
    "mirrored, turned 270°",
)
"""How each symmetry is said; turns are anticlockwise."""

_MIRROR = np.array([[-1, 0], [0, 1]])
_QUARTER_TURN = np.array([[0, 1], [-1, 0]])


def _matrix(symmetry: int) -> NDArray[np.int64]:
    mirror = _MIRROR if symmetry >= 4 else np.eye(2, dtype=np.int64)
    turned: NDArray[np.int64] = np.linalg.matrix_power(_QUARTER_TURN, symmetry % 4) @ mirror
    return turned


MATRICES: NDArray[np.int64] = np.stack([_matrix(number) for number in range(N_SYMMETRIES)])
"""(8, 2, 2): what each symmetry does to an (x, y) measured from the middle of the photo."""


def _find(matrix: NDArray[np.int64]) -> int:
    return int(np.flatnonzero((matrix == MATRICES).all(axis=(1, 2)))[0])


COMPOSED: NDArray[np.uint8] = np.array(
    [[_find(after @ before) for before in MATRICES] for after in MATRICES], dtype=np.uint8
)
"""(8, 8): the symmetry that does the same as the second one (column) and then the first (row)."""

INVERSES: NDArray[np.uint8] = np.array([_find(matrix.T) for matrix in MATRICES], dtype=np.uint8)
"""(8,): the symmetry that undoes each."""


def apply_symmetry(photos: NDArray, symmetry: int) -> NDArray:  # type: ignore[type-arg]
    """Flip and turn photos.

    Args:
        photos: (…, H, W) of any type.
        symmetry: Number from 0 to 7.

    Returns:
        A view of (…, H, W), or (…, W, H) for odd numbers.
    """
    mirrored = photos[..., ::-1] if symmetry >= 4 else photos
    return np.rot90(mirrored, symmetry % 4, axes=(-2, -1))


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
