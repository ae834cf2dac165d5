"""True cracks cut into short pieces, each with its width and the share of it that was found."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from crack_pipeline.metrics.counts import CountArray
from crack_pipeline.metrics.mask_geometry import MaskGeometry, MaskLike, Pixels, derive_geometry

UNIT_PX = 20
"""Length of a unit: short, so that one width describes it, and long against the tolerance. What was
found of the units on either side reaches 2 px into it each with a tolerance of 2 px, 4 of 20, so it
never counts as detected for their sake."""

FEWEST_UNIT_PX = 5
"""Pieces with fewer pixels are left out: nearly all are side spurs of the thinning."""

N_WIDTH_BINS = 32
"""Widths from 0 up to 1 px, from 1 up to 2 px, …, and from 31 px."""

_JUNCTION = 3  # strands
_RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
_FORWARD = ((0, 1), (1, -1), (1, 0), (1, 1))
_ROUNDED_TO = 1  # decimals; widths are no more exact, and few different ones are quickly fitted


@dataclass(frozen=True, slots=True, eq=False)
class CrackUnits:
    """What was found of one photo's cracks.

    Attributes:
        width_px: (U,) median true width of each unit, rounded to 0.1 px.
        share_found: (U,) share of its centreline within the tolerance of the predicted mask.
        points_by_width: (32,) pixels of the whole true centreline by true width.
        found_by_width: (32,) of these, within the tolerance of the predicted mask.
    """

    width_px: NDArray[np.float64]
    share_found: NDArray[np.float64]
    points_by_width: CountArray
    found_by_width: CountArray


def measure_units(predicted: MaskLike, truth: MaskLike, *, tolerance_px: float) -> CrackUnits:
    """Cut the true centreline into units and look which were found.

    The centreline is cut at its junctions (pixels that three or more strands leave), and each
    branch into equal pieces of about 20 px along it. A piece below 5 px is no unit; its pixels
    count in the sums by width alone.

    Args:
        predicted: (H, W) of {0, 1}, or its geometry.
        truth: (H, W) of {0, 1}, or its geometry.
        tolerance_px: Distance between pixel centres, ≥ 0.

    Returns:
        The units.

    Raises:
        ShapeError: If the shapes differ or a mask is not two-dimensional.
        ParameterError: If the tolerance is negative.
    """
    p, t = derive_geometry(predicted, truth)
    found = p.near(tolerance_px)[t.line]
    bins = np.minimum(t.line_width_px.astype(np.int64), N_WIDTH_BINS - 1)
    width_px, share_found = _measure_pieces(t, found)
    return CrackUnits(
        width_px=width_px,
        share_found=share_found,
        points_by_width=np.bincount(bins, minlength=N_WIDTH_BINS).astype(np.int64),
        found_by_width=np.bincount(bins[found], minlength=N_WIDTH_BINS).astype(np.int64),
    )


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


def _measure_pieces(
    truth: MaskGeometry, found: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    pieces = cut_centreline(truth.line)
    chosen = pieces >= 0
    numbers = np.arange(pieces.max(initial=-1) + 1)
    if numbers.size == 0:
        return np.zeros(0), np.zeros(0)
    width_px = ndimage.median(truth.line_width_px[chosen], pieces[chosen], numbers)
    share = np.bincount(pieces[chosen], found[chosen]) / np.bincount(pieces[chosen])
    return np.asarray(np.round(width_px, _ROUNDED_TO), np.float64), share


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
