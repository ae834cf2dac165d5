"""The centreline of each crack as a network of smoothed lines between ends and junctions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from crack_pipeline.errors import ParameterError
from crack_pipeline.measure.branches import Branch, BranchGraph, measure_way
from crack_pipeline.measure.geometry import require_mask_shape
from crack_pipeline.measure.skeletons import Piece, thin_pieces
from crack_pipeline.measure.tips import Tip, bridge_gaps, find_tips
from crack_pipeline.types import BinaryMask

MAX_GAP_PX = 16.0
"""Longest gap that is bridged: shorter than the 20 px by which detection is counted, so no piece
that could count as missed is made up. It rejoins six of seven cracks that were cut: see 0033."""

LEAST_SMOOTHING_PX = 2.0
"""Least σ: steps of a pixel, up to 8 % of a line's length, are gone with it."""

NodeKind: TypeAlias = Literal["end", "junction", "border"]
"""A free end, a place where three or more lines meet, or an end at the photo's border."""


@dataclass(frozen=True, slots=True, eq=False)
class CrackLine:
    """One stretch of a centreline between two nodes, or a ring.

    Attributes:
        points_px: (N, 2) float64 row and column in the photo, about 1 px apart; the centre of the
            first pixel is (0, 0).
        half_width_px: (N,) float64 half of the mask's width there.
        smoothing_px: Largest σ of the Gaussian that smoothed it.
        start: Number of the node that it leaves; −1 for a ring without a node.
        end: Number of the node that it reaches.
    """

    points_px: NDArray[np.float64]
    half_width_px: NDArray[np.float64]
    smoothing_px: float
    start: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class CrackNetwork:
    """One crack: what hangs together, with its branches.

    Attributes:
        top: First row of its bounding box in the photo.
        left: First column of it.
        mask: (h, w) of {0, 1}, its own pixels in the box.
        nodes_px: (K, 2) float64 row and column in the photo.
        kinds: K kinds.
        lines: Its lines.
        length_px: From tip to tip, half the width added at each free end; of a network the sum.
    """

    top: int
    left: int
    mask: BinaryMask
    nodes_px: NDArray[np.float64]
    kinds: tuple[NodeKind, ...]
    lines: tuple[CrackLine, ...]
    length_px: float

    @property
    def box(self) -> tuple[slice, slice]:
        """Rows and columns of its bounding box."""
        height, width = self.mask.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    @property
    def loops(self) -> int:
        """Number of independent loops; 1 for a ring."""
        rings = sum(line.start < 0 for line in self.lines)
        return rings if rings else len(self.lines) - len(self.kinds) + 1


def trace_cracks(mask: BinaryMask, *, max_gap_px: float = MAX_GAP_PX) -> list[CrackNetwork]:
    """Trace the centreline of each crack.

    The skeleton of each piece is cut at its junctions. Spurs that stand out by less than the local
    half-width are removed, junctions closer than about the local width made one, and gaps between
    aligned free ends bridged by a straight line. Lines are smoothed by a Gaussian with σ = max(2
    px, ¼ of the local width); ends and junctions stay where they are. A skeleton is no guide within
    about half a width of a free end, so the line is extrapolated there: it ends half the width
    before the place where it leaves the mask, or at the photo's border.

    Args:
        mask: (H, W) of {0, 1}.
        max_gap_px: Longest gap that is bridged, ≥ 0; 0 bridges none.

    Returns:
        One network per crack, by the row and column of its first pixel.

    Raises:
        ShapeError: If the mask does not have two dimensions, or no pixel.
        ParameterError: If the gap is negative or not finite.

    >>> bar = np.zeros((9, 60), np.uint8)
    >>> bar[3:6, 5:45] = 1
    >>> crack, = trace_cracks(bar)
    >>> crack.kinds, round(crack.length_px, 1)
    (('end', 'end'), 40.0)
    """
    require_mask_shape(mask)
    if not 0 <= max_gap_px < np.inf:
        raise ParameterError(
            "`max_gap_px` must be at least 0 and finite.",
            received=f"{max_gap_px}",
            remedy=f"Give a length in pixels; {MAX_GAP_PX:g} is the default.",
        )
    skeleton = thin_pieces(mask)
    graph = BranchGraph(skeleton)
    graph.prune_spurs()
    graph.merge_junctions()
    tips = bridge_gaps(graph, find_tips(graph, mask), max_gap_px)
    networks = [
        _build_network(graph, numbers, tips, skeleton.pieces) for numbers in _group_branches(graph)
    ]
    # No two cracks share their first pixel.
    return sorted(networks, key=lambda one: (one.top, one.left + int(one.mask[0].argmax())))


def _group_branches(graph: BranchGraph) -> Iterator[list[int]]:
    """Numbers of the branches of each crack: those that share a node or a piece."""
    numbers = list(graph.branches)
    rows, columns, n_nodes = [], [], max(graph.at_node, default=0) + 1
    for row, number in enumerate(numbers):
        branch = graph.branches[number]
        # Nodes and pieces are the columns of one table.
        met = [node for node in (branch.start, branch.stop) if node >= 0]
        met += [n_nodes + piece for piece in branch.pieces]
        rows += [row] * len(met)
        columns += met
    if not numbers:
        return
    n_branches, width = len(numbers), max(columns) + 1
    table = coo_array((np.ones(len(rows)), (rows, columns)), shape=(n_branches, width)).tocsr()
    group = connected_components(table @ table.T, directed=False)[1]
    order = np.argsort(group, kind="stable")
    for members in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        yield [numbers[member] for member in members]


def _build_network(
    graph: BranchGraph, numbers: list[int], tips: dict[int, Tip], pieces: tuple[Piece, ...]
) -> CrackNetwork:
    branches = [graph.branches[number] for number in numbers]
    nodes = sorted({node for b in branches for node in (b.start, b.stop) if node >= 0})
    places = {node: place for place, node in enumerate(nodes)}
    points = [tips[n].line_end if n in tips else graph.node_points[n] for n in nodes]
    lines = tuple(_smooth_branch(graph, branch, tips, places) for branch in branches)
    length = sum(measure_way(line.points_px)[-1] for line in lines)
    length += sum(tips[node].beyond_px for node in nodes if node in tips)
    top, left, mask = _unite({piece for b in branches for piece in b.pieces}, pieces)
    return CrackNetwork(
        top,
        left,
        mask,
        np.array(points).reshape(-1, 2),
        tuple(tips[node].kind if node in tips else "junction" for node in nodes),
        lines,
        float(length),
    )


def _unite(numbers: set[int], pieces: tuple[Piece, ...]) -> tuple[int, int, BinaryMask]:
    chosen = [pieces[number] for number in sorted(numbers)]
    if len(chosen) == 1:
        return chosen[0].top, chosen[0].left, chosen[0].mask
    top, left = min(p.top for p in chosen), min(p.left for p in chosen)
    bottom = max(p.top + p.mask.shape[0] for p in chosen)
    right = max(p.left + p.mask.shape[1] for p in chosen)
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for piece in chosen:
        row, column = piece.top - top, piece.left - left
        mask[row : row + piece.mask.shape[0], column : column + piece.mask.shape[1]] |= piece.mask
    return top, left, mask


def _smooth_branch(
    graph: BranchGraph, branch: Branch, tips: dict[int, Tip], places: dict[int, int]
) -> CrackLine:
    points, widths = branch.points, branch.half_width_px
    for node in (branch.start, branch.stop) if branch.start >= 0 else ():
        points, widths = _trim(points, widths, node, graph, tips)
        points, widths = points[::-1], widths[::-1]
    points, widths = _resample(points, widths)
    points, sigma = _smooth(points, widths, closed=branch.start < 0)
    points, widths = _resample(points, widths)
    return CrackLine(
        points, widths, sigma, places.get(branch.start, -1), places.get(branch.stop, -1)
    )


def _trim(
    points: NDArray[np.float64],
    widths: NDArray[np.float64],
    node: int,
    graph: BranchGraph,
    tips: dict[int, Tip],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Put the true end, or the way to a junction's centre, in place of a line's first points."""
    if node in tips:
        tip = tips[node]
        place, half, first = tip.line_end, tip.half_width_px, tip.trimmed
    else:
        place, half = graph.node_points[node], graph.node_half_width_px[node]
        away = ((points - place) ** 2).sum(axis=1) > half**2
        first = int(np.argmax(away)) if away.any() else len(points) - 1
    return np.concatenate([place[None], points[first:]]), np.append(half, widths[first:])


def _resample(
    points: NDArray[np.float64], widths: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points about 1 px apart along a line."""
    way = measure_way(points)
    places = np.linspace(0, way[-1], max(round(way[-1]), 1) + 1)
    columns = [np.interp(places, way, values) for values in (*points.T, widths)]
    return np.stack(columns[:2], axis=1), columns[2]


def _smooth(
    points: NDArray[np.float64], widths: NDArray[np.float64], *, closed: bool
) -> tuple[NDArray[np.float64], float]:
    """Line smoothed by a Gaussian of σ = max(2 px, ¼ of the local width), and the largest σ.

    Beyond its ends it goes on as its own mirror image through the end point, so the ends stay, and
    a straight line keeps its length. Between a few σ half an octave apart it is interpolated.
    """
    sigma = np.maximum(LEAST_SMOOTHING_PX, widths / 2)
    level = 2 * np.log2(sigma / LEAST_SMOOTHING_PX)
    reach = min(len(points) - 1, int(np.ceil(5 * sigma.max())))
    if closed:
        around = points[:-1]
    else:
        before, after = points[reach:0:-1], points[-2 : -reach - 2 : -1]
        around = np.concatenate([2 * points[0] - before, points, 2 * points[-1] - after])
    smoothed = np.zeros_like(points)
    for number in range(int(np.floor(level.min())), int(np.ceil(level.max())) + 1):
        share = np.clip(1 - np.abs(level - number), 0, 1)[:, None]
        at = gaussian_filter1d(
            around,
            LEAST_SMOOTHING_PX * 2 ** (number / 2),
            axis=0,
            mode="wrap" if closed else "nearest",
        )
        at = np.concatenate([at, at[:1]]) if closed else at[reach : reach + len(points)]
        smoothed += share * at
    return smoothed, float(sigma.max())
