"""Width of a crack at each station of its centreline, from the probabilities across it.

The width of a crack is the integral of the crack probability along the normal of its centreline. A
pixel that the crack's edge cuts in half counts half, so the integral is exact to a fraction of a
pixel where a mask knows whole pixels only, and it does not depend on the threshold. The line need
not lie in the middle.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.types import LEVELS, ProbabilityMap

Numbers: TypeAlias = NDArray[np.float64]
Probabilities: TypeAlias = ProbabilityMap | NDArray[np.uint16]
"""(H, W) float32 in [0, 1], or uint16 of 65535 for photos too large for that."""

WINDOW_PX = 4.0
"""How far the window reaches beyond the half-width of the mask, on either side."""

SURE_WIDTH_PX, SURE_MIDDLE = 4.0, 0.9
"""A crack wider than this whose middle is less probable than this is wider than its integral says:
its probability is low all over, not only where the edge blurs it."""

_STEP_PX = 0.5
_BACKGROUND_PX = 2.0, 4.0
"""Ring beyond the window: the nearer end leaves out what blur of the edge brings there."""
_RISE = 0.1
_LEAST_CHORD_PX = 2.0
_TILE_PX = 8192
"""OpenCV samples arrays below 32 767 px a side."""
_BATCH = 1024
_FINE_PX = 256.0
"""Half-width from which on steps double, again at twice that and so on: samples stay few."""
_NEIGHBOURS = 2
_ROUNDING = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class Stations:
    """Places along the lines of one crack, about 1 px apart.

    Attributes:
        line: (S,) number of the line in ``CrackNetwork.lines``.
        along_px: (S,) distance from the line's start.
        points_px: (S, 2) row and column in the photo.
        width_px: (S,) width across the line; NaN where none is measured, near a junction, a free
            end or the border, and in a bridged gap.
        upper_px: (S,) upper bound of a width whose middle is uncertain; elsewhere the width.
        middle: (S,) probability in the middle.
    """

    line: NDArray[np.int64]
    along_px: Numbers
    points_px: Numbers
    width_px: Numbers
    upper_px: Numbers
    middle: Numbers


def measure_widths(probability: Probabilities, networks: Sequence[CrackNetwork]) -> list[Stations]:
    """Measure the width of each crack at stations 1 px apart.

    The window reaches 4 px beyond the half-width of the mask. It ends earlier at the minimum
    towards a neighbour, beyond which the probability rises by more than 0.1. The background, the
    mean from 2 to 4 px beyond the window on the side where it is lower, is subtracted. There is no
    width within one local width of a node or of the photo's border, nor where a gap was bridged.

    A width of more than 4 px whose middle stays below 0.9 is too narrow, by as much as the middle
    is below 1: divided by it, it is the upper bound.

    Each width is the mean of five neighbouring stations, two on either side, since single ones of a
    mask of {0, 1} are off by up to a pixel. The mean over a line at an angle to the pixels is not.

    Args:
        probability: (H, W) float32 in [0, 1], or uint16 of 65535.
        networks: Cracks of it, from ``trace_cracks``.

    Returns:
        The stations of each crack, in the order of the cracks.

    Raises:
        ShapeError: If the probabilities do not have two dimensions.
        ParameterError: If one of them is no number from 0 to 1, or they are of another type.

    >>> from crack_pipeline.measure.network import CrackLine
    >>> probability = np.zeros((21, 80), np.float32)
    >>> probability[9:12] = [[0.25], [1], [0.5]]
    >>> points = np.stack([np.full(80, 10.0), np.arange(80.0)], axis=1)
    >>> line = CrackLine(points, np.ones(80), smoothing_px=0, start=0, end=1)
    >>> crack = CrackNetwork(9, 0, np.ones((3, 80), np.uint8), points[[0, -1]],
    ...                      ("border", "border"), (line,), length_px=80)
    >>> stations, = measure_widths(probability, [crack])
    >>> stations.width_px[[0, 40]]
    array([ nan, 1.75])
    """
    require_probability(probability)
    if not networks:
        return []
    places = _place_stations(networks)
    measured = np.empty((3, len(places.line)))
    for batch in _batches(places):
        measured[:, batch] = _measure_batch(probability, places, batch)
    ends = np.searchsorted(places.crack, np.arange(len(networks) + 1))
    parts = [slice(*pair) for pair in pairwise(ends)]
    for network, part in zip(networks, parts, strict=True):
        measured[:2, part][:, ~_are_marked(network, places.points_px[part])] = np.nan
    measured[:2, places.near_node | _near_border(places, probability.shape)] = np.nan
    measured[:2] = [_average(widths, places) for widths in measured[:2]]
    return [
        Stations(
            places.line[part] - places.line[part][:1],
            places.along_px[part],
            places.points_px[part],
            *measured[:, part],
        )
        for part in parts
    ]


def require_probability(probability: Probabilities) -> None:
    """Check that an array is a probability map.

    Args:
        probability: (H, W) floats in [0, 1], or uint16 of 65535.

    Raises:
        ShapeError: If it does not have two dimensions.
        ParameterError: If one of them is no number from 0 to 1, or they are of another type.

    >>> require_probability(np.ones((2, 2), np.float32))
    """
    if probability.ndim != 2:
        raise ShapeError(
            "A probability map must have two dimensions, height and width.",
            received=f"shape {probability.shape}",
            remedy="Pass the map of one photo: probability[..., 0].",
        )
    if probability.dtype == np.uint16 or not probability.size:
        return
    lowest, highest = probability.min(), probability.max()
    in_range = lowest >= -_ROUNDING and highest <= 1 + _ROUNDING  # not so with NaN
    if not in_range or probability.dtype not in (np.float32, np.float64):
        raise ParameterError(
            "Probabilities must be float32 from 0 to 1, or uint16 of 65535.",
            received=f"{probability.dtype} from {lowest} to {highest}",
            remedy="Pass the map as the model predicts it. If that has NaN, its weights are not "
            "finite: train it again.",
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Stations of all cracks of a photo before their measurement.

    Attributes:
        crack: (S,) number of the crack.
        line: (S,) number of the line among those of all cracks.
        along_px: (S,) distance from the line's start.
        points_px: (S, 2) row and column.
        normals: (S, 2) unit vectors across the line.
        half_width_px: (S,) half of the mask's width.
        near_node: (S,) bool, within one local width of a node.
    """

    crack: NDArray[np.int64]
    line: NDArray[np.int64]
    along_px: Numbers
    points_px: Numbers
    normals: Numbers
    half_width_px: Numbers
    near_node: NDArray[np.bool_]


def _place_stations(networks: Sequence[CrackNetwork]) -> _Places:
    """Divide each line into steps of about 1 px; the stations are their midpoints."""
    lines = [line for network in networks for line in network.lines]
    points = np.concatenate([line.points_px for line in lines])
    last = np.cumsum([len(line.points_px) for line in lines]) - 1
    steps = np.hypot(*np.diff(points, axis=0).T)
    steps[last[:-1]] = 1.0  # from line to line
    way = np.concatenate([[0.0], np.cumsum(steps)])
    begin, end = way[np.concatenate([[0], last[:-1] + 1])], way[last]
    n_stations = np.maximum(np.rint(end - begin), 1).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), n_stations)
    number = np.arange(line.size) - (np.cumsum(n_stations) - n_stations)[line]
    along = (number + 0.5) * ((end - begin) / n_stations)[line]
    at = begin[line] + along
    rows, columns = points.T
    half_widths = np.concatenate([line.half_width_px for line in lines])
    half_width = np.interp(at, way, half_widths)
    chord = np.maximum(half_width, _LEAST_CHORD_PX)
    ahead, behind = np.minimum(at + chord, end[line]), np.maximum(at - chord, begin[line])
    down, right = (np.interp(ahead, way, v) - np.interp(behind, way, v) for v in (rows, columns))
    length = np.maximum(np.hypot(down, right), _ROUNDING)
    near_node = np.zeros(line.size, np.bool_)
    for node, is_there in (
        (begin, [n.start >= 0 for n in lines]),
        (end, [n.end >= 0 for n in lines]),
    ):
        local = 2 * np.maximum(half_width, np.interp(node, way, half_widths)[line])
        near_node |= np.array(is_there)[line] & (np.abs(at - node[line]) <= local)
    return _Places(
        np.repeat(np.arange(len(networks)), [len(network.lines) for network in networks])[line],
        line,
        along,
        np.stack([np.interp(at, way, rows), np.interp(at, way, columns)], axis=1),
        np.stack([right, -down], axis=1) / length[:, None],
        half_width,
        near_node,
    )


def _batches(places: _Places) -> Iterator[NDArray[np.int64]]:
    """Stations close to each other, and of similar width, since a batch has one window."""
    tile = (places.points_px // _TILE_PX).astype(np.int64)
    group = np.stack([tile[:, 0], tile[:, 1], _coarseness(places.half_width_px)], axis=1)
    order = np.lexsort((places.half_width_px, *group.T))
    changes = np.flatnonzero(np.any(np.diff(group[order], axis=0), axis=1)) + 1
    for stations in np.split(order, changes):
        yield from np.split(stations, range(_BATCH, len(stations), _BATCH))


def _coarseness(half_width: Numbers) -> NDArray[np.int64]:
    """How often steps double."""
    return np.ceil(np.log2(np.maximum(half_width / _FINE_PX, 1))).astype(np.int64)


def _measure_batch(
    probability: Probabilities, places: _Places, batch: NDArray[np.int64]
) -> Numbers:
    """(3, n) width, upper bound and middle of n stations."""
    half_width = places.half_width_px[batch, None].astype(np.float32)
    reach_px = float(half_width.max()) + WINDOW_PX + _BACKGROUND_PX[1]
    step = np.float32(_STEP_PX * 2 ** _coarseness(half_width.max()))
    distance = np.arange(0, reach_px + step, step).astype(np.float32)
    offsets = np.concatenate([-distance[:0:-1], distance])
    profile = _sample(probability, places.points_px[batch], places.normals[batch], offsets)
    sides = profile[:, distance.size - 1 :], profile[:, distance.size - 1 :: -1]
    measured = [_measure_side(side, distance, half_width) for side in sides]
    integral, window_px = measured[0][:2] + measured[1][:2]
    background = np.minimum(measured[0][2], measured[1][2])
    width = np.maximum(integral - window_px * np.where(background > 1, 0, background), 0)
    middle = _mean_where(profile, np.abs(offsets) <= np.maximum(half_width / 4, step))
    is_wide = np.maximum(width, 2 * half_width[:, 0]) > SURE_WIDTH_PX
    most = np.clip(width / np.maximum(middle, _ROUNDING), width, np.maximum(window_px, width))
    return np.stack([width, np.where(is_wide & (middle < SURE_MIDDLE), most, width), middle])


def _sample(
    probability: Probabilities, points: Numbers, normals: Numbers, offsets: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(n, m) probability at m offsets along n normals, linear between pixels."""
    reach_px = offsets[-1] + 1
    first = np.maximum(np.floor(points.min(axis=0) - reach_px).astype(int), 0)
    last = np.ceil(points.max(axis=0) + reach_px).astype(int) + 1
    crop = probability[first[0] : last[0], first[1] : last[1]]
    rows, columns = (
        start[:, None] + step[:, None] * offsets
        for start, step in zip(
            (points - first).T.astype(np.float32), normals.T.astype(np.float32), strict=True
        )
    )
    sampled = cv2.remap(crop, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    if probability.dtype == np.uint16:
        return np.asarray(np.divide(sampled, LEVELS, dtype=np.float32), np.float32)
    return np.asarray(sampled, np.float32)


def _measure_side(
    side: NDArray[np.float32], distance: NDArray[np.float32], half_width: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3, n) integral, length of the window and background of one side; inf: not known.

    Args:
        side: (n, m) probabilities outwards from the middle.
        distance: (m,) distance from the middle.
        half_width: (n, 1) half of the mask's width.
    """
    end, step = half_width + np.float32(WINDOW_PX), distance[1]
    window = end[:, 0].copy()
    outside = (distance >= half_width) & (distance <= end)
    falling = np.where(outside, side, np.float32(np.inf))
    risen = outside & (side > np.minimum.accumulate(falling, axis=1) + np.float32(_RISE))
    cut = np.flatnonzero(risen.any(axis=1))
    before = np.arange(distance.size) < risen[cut].argmax(axis=1)[:, None]
    window[cut] = distance[np.where(before, falling[cut], np.inf).argmin(axis=1)]
    near, far = _BACKGROUND_PX
    background = _mean_where(side, (distance > end + near) & (distance <= end + far))
    background[cut] = np.inf
    weight = np.clip((window[:, None] - distance) / step + np.float32(0.5), 0, 1)
    weight[:, 0] = 0.5
    return np.stack([step * np.einsum("ij,ij->i", side, weight), window, background])


def _mean_where(values: NDArray[np.float32], chosen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(n,) mean of the chosen values of each row; 0 where there is none."""
    weight = chosen.astype(np.float32)
    return np.asarray(
        np.einsum("ij,ij->i", values, weight) / np.maximum(weight.sum(axis=1), 1), np.float32
    )


def _are_marked(network: CrackNetwork, points_px: Numbers) -> NDArray[np.bool_]:
    """(S,) whether a point lies on the mask of its crack or beside it, not in a bridged gap."""
    mask = cv2.dilate(network.mask, np.ones((3, 3), np.uint8))
    at = np.rint(points_px).astype(int) - (network.top, network.left)
    return np.asarray(mask[tuple(np.clip(at, 0, np.array(mask.shape) - 1).T)] > 0, np.bool_)


def _near_border(places: _Places, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """(S,) whether the border of the photo is within one local width."""
    to_border = np.minimum(places.points_px, np.array(shape) - 1 - places.points_px).min(axis=1)
    return np.asarray(to_border + 0.5 <= 2 * places.half_width_px, np.bool_)


def _average(widths: Numbers, places: _Places) -> Numbers:
    """(S,) mean with the neighbouring stations of the same line; NaN stays."""
    total, count = np.zeros_like(widths), np.zeros_like(widths)
    for shift in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        line, along_px, other = (
            np.roll(values, shift) for values in (places.line, places.along_px, widths)
        )
        beside = (line == places.line) & (np.abs(along_px - places.along_px) < _NEIGHBOURS + 1)
        beside &= np.isfinite(other)
        total[beside] += other[beside]
        count += beside
    return np.where(np.isfinite(widths), total / np.maximum(count, 1), np.nan)
