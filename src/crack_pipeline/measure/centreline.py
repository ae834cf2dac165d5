"""Centrelines of cracks: thinning, length, and cutting into pieces."""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from skimage.morphology import skeletonize

from crack_pipeline.types import BinaryMask

Pixels: TypeAlias = NDArray[np.bool_]
"""(H, W) bool, the chosen pixels of a photo."""


UNIT_PX = 20
"""Length of a unit: short, so that one width describes it, and long against the tolerance. What was
found of the units on either side reaches 2 px into it each with a tolerance of 2 px, 4 of 20, so it
never counts as detected for their sake."""

FEWEST_UNIT_PX = 5
"""Pieces with fewer pixels are left out: nearly all are side spurs of the thinning."""


_JUNCTION = 3  # strands
_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
_FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))


def cut_centreline(line: Pixels) -> NDArray[np.int64]:
    """Cut a centreline at its junctions and each branch into pieces of about 20 px.

    Args:
        line: (H, W) bool.

    Returns:
        (L,) number of the connected piece that each pixel of the line belongs to, row by row,
        numbered from 0; −1 for junctions and for pieces below 5 px.

    Source:
        Junctions by crossing number: Rutovitz (1966), Pattern recognition, J. R. Stat. Soc. A
        129(4), https://doi.org/10.2307/2982255

    >>> line = np.zeros((3, 60), bool)
    >>> line[1] = True
    >>> np.bincount(cut_centreline(line))
    array([20, 20, 20])
    """
    padded = np.pad(line, 1)
    points = np.argwhere(padded)
    pieces = np.full(len(points), -1, np.int64)
    strands = _count_strands(padded, points)
    on_branch = strands < _JUNCTION
    if not on_branch.any():
        return pieces
    junctions = np.zeros(padded.shape, np.uint8)
    junctions[tuple(points[~on_branch].T)] = 1
    branch_points = points[on_branch]
    beside = cv2.dilate(junctions, np.ones((3, 3), np.uint8))[tuple(branch_points.T)] > 0
    numbers = _cut_branches(_link(branch_points, padded.shape, np.asarray(beside)))
    is_unit = np.bincount(numbers) >= FEWEST_UNIT_PX
    pieces[on_branch] = np.where(is_unit, np.cumsum(is_unit) - 1, -1)[numbers]
    return pieces


def _count_strands(padded: Pixels, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Crossing number: how often the ring around a point enters the line."""
    ring = np.stack([padded[tuple((points + step).T)] for step in _RING])
    return np.asarray(np.count_nonzero(~ring & np.roll(ring, -1, axis=0), axis=0), np.int64)


def _link(
    points: NDArray[np.int64], shape: tuple[int, ...], beside_junction: NDArray[np.bool_]
) -> csr_array:
    """Graph of points that touch, weighted by the distance of their centres.

    Two points beside a junction touch each other past it; they belong to different strands.
    """
    number = np.full(shape, -1, np.int64)
    number[tuple(points.T)] = np.arange(len(points))
    starts, ends, steps = [], [], []
    for step in _FORWARD:
        other = number[tuple((points + step).T)]
        touches = np.flatnonzero((other >= 0) & ~(beside_junction & beside_junction[other]))
        starts.append(touches)
        ends.append(other[touches])
        steps.append(np.full(touches.size, np.hypot(*step)))
    pairs = (np.concatenate(starts), np.concatenate(ends))
    return csr_array((np.concatenate(steps), pairs), shape=(len(points), len(points)))


def _cut_branches(graph: csr_array) -> NDArray[np.int64]:
    """Number of the piece of each point: the way along its branch, cut evenly."""
    n_branches, branch = connected_components(graph, directed=False)
    # The farthest point from any is an end of the branch; of a ring it is any point.
    anywhere = np.unique(branch, return_index=True)[1]
    way = _measure_ways(graph, anywhere)
    order = np.lexsort((way, branch))
    way = _measure_ways(graph, order[np.flatnonzero(np.diff(branch[order], append=n_branches))])
    length = np.zeros(n_branches)
    np.maximum.at(length, branch, way)
    n_slices = np.maximum(np.rint(length / UNIT_PX), 1)
    slices = np.minimum(way * (n_slices / (length + 1))[branch], n_slices[branch] - 1).astype(int)
    links = graph.tocoo()
    same = slices[links.row] == slices[links.col]
    kept = csr_array((links.data[same], (links.row[same], links.col[same])), shape=graph.shape)
    return np.asarray(connected_components(kept, directed=False)[1], np.int64)


def _measure_ways(graph: csr_array, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(L,) way from each point to the start on its branch, one of which each branch has."""
    return np.asarray(dijkstra(graph, directed=False, indices=starts, min_only=True), np.float64)


def thin(mask: BinaryMask) -> Pixels:
    """Centreline of a mask, one pixel wide.

    Args:
        mask: (H, W) of {0, 1}.

    Returns:
        (H, W) bool.

    Source:
        Zhang, Suen (1984), A fast parallel algorithm for thinning digital patterns,
        https://doi.org/10.1145/357994.358023

    >>> bar = np.zeros((5, 9), np.uint8)
    >>> bar[1:4, 1:8] = 1
    >>> thin(bar)[2].astype(int)
    array([0, 1, 1, 1, 1, 1, 0, 0, 0])
    """
    skeleton = skeletonize(mask > 0)  # type: ignore[no-untyped-call]
    return np.asarray(skeleton, np.bool_)


def measure_length(line: Pixels) -> float:
    """Length of a thin line in px: its steps from pixel centre to pixel centre, plus 1 a piece.

    A step to the side counts 1; a diagonal step √2, where no way around it by a pixel of the line
    exists. With 1 for the two half pixels at the ends a straight row of n pixels is n long, a lone
    pixel 1. Steps only go in eight directions, so lengths are right along these and at most 8.2 %
    too long between them (at 22.5°).

    Args:
        line: (H, W) bool.

    Returns:
        Length in px; 0 for no pixel.

    Source:
        Freeman (1961), chain codes, https://doi.org/10.1109/TEC.1961.5219197; the error: Dorst,
        Smeulders (1987), Length estimators for digitized contours, CVGIP 40(3)

    >>> round(measure_length(np.eye(3, dtype=bool)), 3)
    3.828
    """
    if not line.any():
        return 0.0
    sideways = np.count_nonzero(line[:, 1:] & line[:, :-1])
    downwards = np.count_nonzero(line[1:] & line[:-1])
    corners = line[:-1, :-1], line[:-1, 1:], line[1:, :-1], line[1:, 1:]
    first = np.count_nonzero(corners[0] & corners[3] & ~corners[1] & ~corners[2])
    second = np.count_nonzero(corners[1] & corners[2] & ~corners[0] & ~corners[3])
    n_pieces = cv2.connectedComponents(line.astype(np.uint8), connectivity=8)[0] - 1
    return float(sideways + downwards + np.sqrt(2) * (first + second) + n_pieces)
