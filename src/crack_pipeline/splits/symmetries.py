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
