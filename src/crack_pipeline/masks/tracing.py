"""Trace the borders of a mask along the edges of its pixels.

Contours through pixel centres, as ``cv2.findContours`` gives them, lose half a pixel on each side:
a crack one pixel wide has no area left. Borders along pixel edges enclose every pixel exactly.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.types import BinaryMask

Ring = NDArray[np.float64]
"""(N, 2) x and y of the corners of a closed line, the last joined to the first."""


def trace_borders(mask: BinaryMask) -> list[Ring]:
    """Trace every border between crack and background.

    Pixels that touch at a corner alone belong to one crack, so a crack that runs diagonally is one.

    Args:
        mask: (H, W) of {0, 1}.

    Returns:
        Closed lines with whole-numbered corners; pixel (x, y) covers [x, x + 1] × [y, y + 1]. Crack
        lies to the right of the way: a line around a crack has a positive area in ``ring_area``, a
        line around a hole a negative one.
    """
    signs = np.pad((mask > 0).astype(np.int8), 1)
    # A border runs to +x where crack lies below it, to +y where crack lies to its left.
    along_x = (signs[1:] - signs[:-1])[:, 1:-1]
    along_y = (signs[:, :-1] - signs[:, 1:])[1:-1]
    x_starts, x_ends, x_sign = _straight_pieces(along_x)
    starts, ends, y_sign = _straight_pieces(along_y.T)
    y_starts, y_ends = starts[:, ::-1], ends[:, ::-1]
    if x_starts.size == 0:
        return []
    # Where two cracks touch at a corner, turning left keeps them joined.
    after_x = _find_next(x_ends, wants_positive=x_sign < 0, starts=y_starts, signs=y_sign)
    after_y = _find_next(y_ends, wants_positive=y_sign > 0, starts=x_starts, signs=x_sign)
    corners = np.stack([x_starts, x_ends], axis=1).astype(np.float64)
    return [corners[pieces].reshape(-1, 2) for pieces in _cycles(after_y[after_x])]


def ring_area(ring: Ring) -> float:
    """Signed area of a closed line by the shoelace formula.

    Args:
        ring: (N, 2) corners.

    Returns:
        Square pixels; positive where the inside lies to the right of the way, y pointing down.
    """
    x, y = ring[:, 0], ring[:, 1]
    return float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def _straight_pieces(
    signs: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """Runs of equal signs in each row: (N, 2) starts and ends as x, y, and (N,) signs."""
    changes = np.diff(np.pad(signs, ((0, 0), (1, 1))), axis=1) != 0
    rows, columns = np.nonzero(changes)
    is_start = signs[rows, np.minimum(columns, signs.shape[1] - 1)] != 0
    is_start &= columns < signs.shape[1]
    first = np.flatnonzero(is_start)
    row, sign = rows[first], signs[rows[first], columns[first]]
    # A run that starts is ended by the next change of its row.
    low = np.stack([columns[first], row], axis=1)
    high = np.stack([columns[first + 1], row], axis=1)
    forward = (sign > 0)[:, None]
    return np.where(forward, low, high), np.where(forward, high, low), sign


def _find_next(
    ends: NDArray[np.int64],
    *,
    wants_positive: NDArray[np.bool_],
    starts: NDArray[np.int64],
    signs: NDArray[np.int8],
) -> NDArray[np.int64]:
    """For each end, the piece that starts there; of two, the one with the sign that is wanted."""
    width = int(max(starts[:, 0].max(), ends[:, 0].max())) + 1
    keys = 2 * (starts[:, 1] * width + starts[:, 0]) + (signs > 0)
    order = np.argsort(keys)
    place = ends[:, 1] * width + ends[:, 0]
    found = np.searchsorted(keys[order], 2 * place)
    following = np.minimum(found + 1, len(order) - 1)
    is_double = (keys[order][following] >> 1 == place) & (following > found)
    return np.asarray(order[np.where(is_double & wants_positive, following, found)])


def _cycles(successor: NDArray[np.int64]) -> Iterator[list[int]]:
    left = successor.tolist()
    for start in range(len(left)):
        cycle, piece = [], start
        while left[piece] >= 0:
            cycle.append(piece)
            left[piece], piece = -1, left[piece]
        if cycle:
            yield cycle
