"""Where cracks end: the true tips of skeletons, and gaps between aligned tips."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from crack_pipeline.measure.branches import Branch, BranchGraph, measure_way
from crack_pipeline.types import BinaryMask

_STEPS = 128
_TIPS_AT_ONCE = 1000
_ALIGNED = np.cos(np.deg2rad(35))
_FIT_PX = 4.0
_TURNS = 2
_DISC = np.argwhere(np.hypot(*(np.mgrid[:13, :13] - 6)) <= 6) / 6.0 - 1.0
_ASIDE_PX = np.array([-0.4, 0.0, 0.4])
_LONGEST_CUT = 4.0
"""Cut at the border ÷ width: a crack at 15° to it. What touches it for longer runs along it."""


@dataclass(slots=True, eq=False)
class Tip:
    """The end of a line that meets no other.

    Attributes:
        node: Number of its node.
        trimmed: Number of the branch's points next to it that are no part of the line.
        base: Row and column of the point on the line from which it is extrapolated.
        direction: (2,) unit vector outwards.
        half_width_px: Half of the mask's width there.
        to_edge_px: Way from ``base`` to where the line leaves the mask.
        kind: End or border.
    """

    node: int
    trimmed: int
    base: NDArray[np.float64]
    direction: NDArray[np.float64]
    half_width_px: float
    to_edge_px: float = 0.0
    kind: Literal["end", "border"] = "end"

    @property
    def beyond_px(self) -> float:
        """Length from the end of the line to the edge of the mask."""
        return 0.0 if self.kind == "border" else min(self.half_width_px, self.to_edge_px)

    @property
    def line_end(self) -> NDArray[np.float64]:
        """Row and column of the end of the line."""
        return self.base + (self.to_edge_px - self.beyond_px) * self.direction

    @property
    def edge(self) -> NDArray[np.float64]:
        """Row and column where the line leaves the mask."""
        return self.base + self.to_edge_px * self.direction


def find_tips(graph: BranchGraph, mask: BinaryMask) -> dict[int, Tip]:
    """The tip at each free end, by its node.

    Thinning leaves out up to half a width of an end, or bends into one of its corners. So the line
    is cut back by 1½ local half-widths and extrapolated straight to where it leaves the mask. Its
    direction is that of the line before, turned twice to the middle of the crack's pixels there. A
    line that the photo's border cuts ends in the middle of the cut, also where that is oblique.
    """
    tips = []
    for branch in graph.branches.values():
        both = graph.is_end(branch.start) and graph.is_end(branch.stop)
        tips += [
            _fit_tip(one, share=0.4 if both else 0.8, side=side)
            for side, one in ((-1, branch), (1, branch.turned()))
            if graph.is_end(one.start)
        ]
    for first in range(0, len(tips), _TIPS_AT_ONCE):
        _extrapolate(tips[first : first + _TIPS_AT_ONCE], mask)
    for tip in tips:
        (number,) = graph.at_node[tip.node]
        branch = graph.branches[number]
        _end_in_cut(tip, branch if branch.start == tip.node else branch.turned(), mask)
    return {tip.node: tip for tip in tips}


def _end_in_cut(tip: Tip, branch: Branch, mask: BinaryMask) -> None:
    """Let a tip beside a cut by the photo's border end in the middle of it.

    The skeleton bends into a corner of an oblique cut, up to half its length before the border.
    """
    half = float(branch.half_width_px[: 2 * tip.trimmed + 4].max())
    found = _find_cut(tip, mask, half)
    if found is None:
        return
    place, cut_px = found
    points = branch.points
    before = np.hypot(*(points - place).T) > cut_px / 2 + 1
    first = int(np.argmax(before)) if before.any() else 0
    trimmed = max(tip.trimmed, min(first, int(0.4 * len(points))))
    way = place - points[trimmed]
    if way @ tip.direction > 0:
        tip.trimmed, tip.base, tip.kind = trimmed, points[trimmed], "border"
        tip.to_edge_px = float(np.hypot(*way))
        tip.direction = way / tip.to_edge_px


def _find_cut(
    tip: Tip, mask: BinaryMask, half_width_px: float
) -> tuple[NDArray[np.float64], float] | None:
    """Middle and length of the cut that is within half a width of where a tip leaves the mask."""
    reach = half_width_px + 1
    for axis, side in ((0, 0), (0, -1), (1, 0), (1, -1)):
        border = -0.5 if side == 0 else mask.shape[axis] - 0.5
        if abs(tip.edge[axis] - border) > reach:
            continue
        pixels = np.take(mask, side, axis=axis)
        at = tip.edge[1 - axis]
        crack = np.flatnonzero(pixels)
        if not crack.size or np.abs(crack - at).min() > reach:
            continue
        nearest = int(crack[np.abs(crack - at).argmin()])
        ends = np.flatnonzero(np.diff(np.concatenate([[0], pixels, [0]])))
        first, last = ends[np.searchsorted(ends, nearest, side="right") + np.array([-1, 0])]
        is_whole = first > 0 and last < len(pixels)
        if is_whole and last - first <= _LONGEST_CUT * max(2 * half_width_px, 1.0):
            middle = (first + last - 1) / 2
            place = [border, middle] if axis == 0 else [middle, border]
            return np.array(place), float(last - first)
    return None


def _fit_tip(branch: Branch, *, share: float, side: int) -> Tip:
    """The tip at a branch's start; of a lone pixel on one side of its row."""
    points, widths = branch.points, branch.half_width_px
    way = measure_way(points)
    # A corner's strand is narrow: what counts is the widest place up to twice as far in.
    widest = np.maximum.accumulate(widths)[np.searchsorted(way, 2 * way + 4) - 1]
    reliable = way >= np.minimum(1.5 * widest + 1, share * way[-1])
    trimmed = int(np.argmax(reliable))
    half = float(widths[trimmed])
    window = points[trimmed : int(np.searchsorted(way, way[trimmed] + _FIT_PX + 2 * half)) + 1]
    outwards = window[0] - window[-1] if len(window) > 1 else np.array([0.0, side])
    direction = _fit_direction(window, outwards)
    middle = window.mean(axis=0)
    base = middle + ((points[trimmed] - middle) @ direction) * direction
    return Tip(branch.start, trimmed, base, direction, half)


def _fit_direction(
    window: NDArray[np.float64], outwards: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Unit vector of the main direction of some points, on the side of ``outwards``."""
    rows, columns = (window - window.mean(axis=0)).T
    angle = 0.5 * np.arctan2(2 * rows @ columns, columns @ columns - rows @ rows)
    direction = np.array([np.sin(angle), np.cos(angle)])
    return -direction if direction @ outwards < 0 else direction


def _extrapolate(tips: list[Tip], mask: BinaryMask) -> None:
    """Follow each tip to where it leaves the mask or the photo, a stretch at a time.

    One stretch does nearly always; of diagonals thinning may eat much more.
    """
    for turns_left in range(_TURNS, -1, -1):
        walking = tips
        while walking:
            goes_on = _follow(walking, mask)
            walking = [tip for tip, more in zip(walking, goes_on, strict=True) if more]
        if turns_left:
            _turn_to_middle(tips, mask)


def _turn_to_middle(tips: list[Tip], mask: BinaryMask) -> None:
    """Turn each tip towards the middle of the crack's pixels within 1½ half-widths of its end."""
    half = np.array([max(tip.half_width_px, 1.0) for tip in tips])
    centre = np.array([tip.line_end for tip in tips])
    places = centre[:, None] + _DISC * (1.5 * half)[:, None, None]
    limits = np.array(mask.shape) - 1
    inside = ((places >= -0.5) & (places <= limits + 0.5)).all(axis=-1)
    rows, columns = np.moveaxis(np.clip(np.rint(places), 0, limits).astype(np.int64), -1, 0)
    weights = (mask[rows, columns] > 0) & inside
    middle = (places * weights[..., None]).sum(axis=1) / np.maximum(weights.sum(axis=1), 1)[:, None]
    for tip, place, some in zip(tips, middle, weights.any(axis=1), strict=True):
        way = place - tip.base
        if some and way @ tip.direction > 0.5 * tip.half_width_px:
            tip.direction = way / np.hypot(*way)
        tip.to_edge_px, tip.kind = 0.0, "end"


def _follow(tips: list[Tip], mask: BinaryMask) -> list[bool]:
    """Follow tips for 3½ half-widths on a strip 1 px wide; true for more."""
    direction = np.array([tip.direction for tip in tips])
    half = np.array([tip.half_width_px for tip in tips])
    along = (3.5 * half + 4)[:, None] * np.arange(_STEPS + 1) / _STEPS
    across = direction[:, ::-1] * [1, -1]
    start = np.array([tip.edge for tip in tips])
    places = start[:, None] + along[:, :, None] * direction[:, None]
    outside = ((places < -0.5) | (places > np.array(mask.shape) - 0.5)).any(axis=-1)
    strip = places[:, :, None] + _ASIDE_PX[:, None] * across[:, None, None]
    last = np.array(mask.shape) - 1
    rows, columns = np.moveaxis(np.clip(np.rint(strip), 0, last).astype(np.int64), -1, 0)
    left = ~(mask[rows, columns] > 0).any(axis=-1) | outside
    left[:, 0] = False
    goes_on = ~left.any(axis=1)
    step = np.where(goes_on, _STEPS, np.argmax(left, axis=1))
    numbers = np.arange(len(tips))
    reached = np.where(goes_on, along[:, -1], (along[numbers, step] + along[numbers, step - 1]) / 2)
    for number, tip in enumerate(tips):
        tip.to_edge_px += float(reached[number])
        to_border = _reach_border(tip, mask.shape)
        # The ragged sides of a crack that is cut by the border may end just before it.
        if not goes_on[number] and to_border <= tip.to_edge_px + min(tip.half_width_px / 2, 1.0):
            tip.kind, tip.to_edge_px = "border", to_border
    return [bool(more) for more in goes_on]


def _reach_border(tip: Tip, shape: tuple[int, ...]) -> float:
    """Way from the tip's base to the photo's border."""
    edge = np.where(tip.direction > 0, np.array(shape) - 0.5, -0.5)
    moves = np.abs(tip.direction) > 1e-9
    ways = (edge - tip.base)[moves] / tip.direction[moves]
    return max(float(ways.min()), 0.0)


def bridge_gaps(graph: BranchGraph, tips: dict[int, Tip], max_gap_px: float) -> dict[int, Tip]:
    """Join lines whose ends face each other across a gap, the shortest gap first.

    Both lines point at the other to within 35°, and each is as long as the gap at least.

    Returns:
        The tips that are left.
    """
    ends = [tip for tip in tips.values() if tip.kind == "end"]
    if max_gap_px == 0 or len(ends) < 2:
        return tips
    edges = np.array([tip.edge for tip in ends])
    pairs = cKDTree(edges).query_pairs(max_gap_px, output_type="ndarray")
    gaps = np.hypot(*(edges[pairs[:, 0]] - edges[pairs[:, 1]]).T)
    left = dict(tips)
    for pair, gap in zip(pairs[np.argsort(gaps, kind="stable")], np.sort(gaps), strict=True):
        one, other = ends[pair[0]], ends[pair[1]]
        unused = one.node in left and other.node in left
        if unused and _are_aligned(one, other) and _is_long_enough(graph, one, other, float(gap)):
            del left[one.node], left[other.node]
            graph.connect(
                (graph.at_node[one.node][0], graph.at_node[other.node][0]),
                (one.node, other.node),
                cut=(one.trimmed, other.trimmed),
                points=(one.line_end, other.line_end),
                half_width_px=(one.half_width_px, other.half_width_px),
            )
    return left


def _are_aligned(one: Tip, other: Tip) -> bool:
    way = other.base - one.base
    least = _ALIGNED * np.hypot(*way)
    return bool(least > 0 and one.direction @ way >= least and -(other.direction @ way) >= least)


def _is_long_enough(graph: BranchGraph, one: Tip, other: Tip, gap_px: float) -> bool:
    numbers = [graph.at_node[tip.node][0] for tip in (one, other)]
    shortest = min(graph.branches[number].length_px for number in numbers)
    return numbers[0] != numbers[1] and shortest >= gap_px
