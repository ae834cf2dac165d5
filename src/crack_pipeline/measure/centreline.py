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
_STEPS = np.hypot(*np.transpose(_RING))


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
    points = np.argwhere(line)
    pieces = np.full(len(points), -1, np.int64)
    neighbours = find_neighbours(points)
    touches = neighbours >= 0
    # The crossing number: how often the ring around a point enters the line.
    strands = np.count_nonzero(~touches & np.roll(touches, -1, axis=1), axis=1)
    on_branch = strands < _JUNCTION
    if not on_branch.any():
        return pieces
    numbers = _cut_branches(_link(neighbours, on_branch))
    is_unit = np.bincount(numbers) >= FEWEST_UNIT_PX
    pieces[on_branch] = np.where(is_unit, np.cumsum(is_unit) - 1, -1)[numbers]
    return pieces


def find_neighbours(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find the points that touch each other.

    Args:
        places: (N, 2) row and column of the points, row by row.

    Returns:
        (N, 8) number of the neighbour in each direction, clockwise from the one above; −1 for none.

    >>> find_neighbours(np.array([[0, 0], [0, 1]]))[0]
    array([-1, -1,  1, -1, -1, -1, -1, -1])
    """
    stride = int(places[:, 1].max(initial=0)) + 3
    keys = (places[:, 0] + 1) * stride + places[:, 1] + 1
    neighbours = np.full((len(places), len(_RING)), -1, np.int64)
    for number, (row, column) in enumerate(_RING):
        wanted = keys + row * stride + column
        found = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        neighbours[:, number] = np.where(keys[found] == wanted, found, -1)
    return neighbours


def _link(neighbours: NDArray[np.int64], on_branch: NDArray[np.bool_]) -> csr_array:
    """Graph of points of branches that touch, weighted by the distance of their centres.

    Two points beside a junction touch each other past it; they belong to different strands.
    """
    touches = neighbours >= 0
    beside = np.asarray((touches & ~on_branch[neighbours]).any(axis=1))
    linked = touches & on_branch[:, None] & on_branch[neighbours]
    point, direction = np.nonzero(linked & ~(beside[:, None] & beside[neighbours]))
    number, n_points = np.cumsum(on_branch) - 1, np.count_nonzero(on_branch)
    pairs = number[point], number[neighbours[point, direction]]
    return csr_array((_STEPS[direction], pairs), shape=(n_points, n_points))


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


def thin(mask: BinaryMask | Pixels) -> Pixels:
    """Centreline of a mask, one pixel wide.

    Args:
        mask: (H, W) of {0, 1}, or bool, which is not copied.

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
    skeleton = skeletonize(mask)  # type: ignore[no-untyped-call]
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
