"""What speaks against a crack: its grey beside that of its surroundings, its form, its map."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.measure.widths import Stations
from crack_pipeline.types import BinaryMask, RgbImage

NOT_DARKER = "not darker than its surroundings: filled, sealed or efflorescence?"
ONE_SIDE_DARK = "dark on one side only: shadow or step?"
STRAIGHT = "straight and of constant width over more than 60 % of the photo: joint or saw cut?"
IMPROBABLE = "mean probability below 0.7"
AT_BORDER = "touches the border of the photo, so that only part of it is seen"
UNSURE_WIDTH = "its middle is less than 0.9 probable: it may be wider"

DARKEST_PLAIN_CONTRAST = 0.97
"""From this contrast on a mark is not darker than its surroundings."""

LEAST_PROBABILITY = 0.7

STRAIGHT_SHARE = 0.6
"""Of the photo's extent along the line."""

_UNSURE_SHARE = 0.1  # of the stations: single ones are unsure in nearly every wide crack
_STEP = 0.9
_STEP_SHARE = 0.5
_OFFSETS_PX = (3, 5, 7, 9)  # beyond the half-width, where neither blur nor broken edges reach
_STRETCH_PX = 16
_STRAIGHT_PX, _STRAIGHT_SLACK = 2.0, 0.005
_LEAST_CHORD = 0.1
_EVEN = 0.6
_BIN_PX = 4
_GREY = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """Grey of a crack and of the surface on either side of it.

    Attributes:
        inside: Median over its mask, 0–255.
        outside: Median of the surface 3–9 px beyond its edges, other marks left out; None where
            there is none.
        stretches: (P, 3) mean grey in the middle, on one side and on the other, of stretches of
            about 16 px; NaN where a side is not seen.
    """

    inside: float
    outside: float | None
    stretches: NDArray[np.float64]

    @property
    def contrast(self) -> float | None:
        """Median inside ÷ that of the surroundings; None without surroundings, or black ones."""
        return self.inside / self.outside if self.outside else None


def measure_surroundings(
    photo: RgbImage, network: CrackNetwork, marked: NDArray[np.bool_]
) -> Surroundings:
    """Measure the grey inside a crack and beside it.

    Args:
        photo: (H, W, 3) uint8.
        network: A crack of it.
        marked: (H, W) bool, all cracks of the photo.

    Returns:
        Its grey and that of its surroundings.

    >>> from crack_pipeline.measure.network import CrackLine
    >>> photo = np.full((41, 80, 3), 200, np.uint8)
    >>> photo[19:22] = 100
    >>> points = np.stack([np.full(80, 20.0), np.arange(80.0)], axis=1)
    >>> line = CrackLine(points, np.full(80, 1.5), smoothing_px=2, start=0, end=1)
    >>> crack = CrackNetwork(19, 0, np.ones((3, 80), np.uint8), points[[0, -1]],
    ...                      ("border", "border"), (line,), length_px=80)
    >>> measure_surroundings(photo, crack, photo[..., 0] < 150).contrast
    0.5
    """
    box = np.s_[
        network.top : network.top + network.mask.shape[0],
        network.left : network.left + network.mask.shape[1],
    ]
    inside = _find_median(photo[box], network.mask)
    lines = [line for line in network.lines if len(line.points_px) > 1]
    if not lines:
        return Surroundings(inside, None, np.zeros((0, 3)))
    points = np.concatenate([line.points_px for line in lines])
    normals = np.concatenate([_find_normals(line.points_px) for line in lines])
    half_width = np.concatenate([line.half_width_px for line in lines])
    sides = [
        _read_grey(photo, points + side * (half_width + offset)[:, None] * normals, marked)
        for side in (-1, 1)
        for offset in _OFFSETS_PX
    ]
    beside = np.stack(sides, axis=1).reshape(len(points), 2, len(_OFFSETS_PX))
    seen = beside[~np.isnan(beside)]
    columns = np.concatenate([_read_grey(photo, points)[:, None, None].repeat(4, 2), beside], 1)
    stretches = _average(columns, _number_stretches([len(line.points_px) for line in lines]))
    return Surroundings(inside, float(np.median(seen)) if seen.size else None, stretches)


def _find_median(photo: RgbImage, mask: BinaryMask) -> float:
    """Median grey within a mask, from the histogram: a mask may have millions of pixels."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    counts = np.cumsum(cv2.calcHist([grey], [0], mask, [256], [0, 256]).astype(np.int64))
    return float(np.searchsorted(counts, (counts[-1] + 1) // 2))


def _find_normals(points: NDArray[np.float64]) -> NDArray[np.float64]:
    down, right = np.gradient(points, axis=0).T
    length = np.maximum(np.hypot(down, right), np.finfo(float).tiny)
    return np.asarray(np.stack([right / length, -down / length], axis=1), np.float64)


def _read_grey(
    photo: RgbImage, points: NDArray[np.float64], marked: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """(N,) grey at N places; NaN outside of the photo and where a crack is marked."""
    places = np.rint(points).astype(np.int64)
    height, width = photo.shape[:2]
    rows, columns = np.clip(places, 0, (height - 1, width - 1)).T
    grey = photo[rows, columns] @ _GREY
    hidden = np.any(places != np.stack([rows, columns], axis=1), axis=1)
    if marked is not None:
        hidden |= marked[rows, columns]
    return np.where(hidden, np.nan, grey)


def _number_stretches(n_points: list[int]) -> NDArray[np.int64]:
    """(N,) number of the stretch of each point: lines cut into about 16 px."""
    numbers, first = [], 0
    for n in n_points:
        n_stretches = max(1, round(n / _STRETCH_PX))
        numbers.append(first + np.arange(n) * n_stretches // n)
        first += n_stretches
    return np.concatenate(numbers)


def _average(grey: NDArray[np.float64], stretch: NDArray[np.int64]) -> NDArray[np.float64]:
    """(P, 3) means of (N, 3, 4) grey over the points of each stretch that are seen."""
    seen = ~np.isnan(grey)
    sums, counts = np.zeros((2, int(stretch.max()) + 1, 3))
    np.add.at(sums, stretch, np.where(seen, grey, 0).sum(axis=2))
    np.add.at(counts, stretch, seen.sum(axis=2))
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def list_doubts(
    network: CrackNetwork,
    stations: Stations,
    *,
    mean_probability: float,
    surroundings: Surroundings | None,
    photo_shape: tuple[int, int],
) -> tuple[str, ...]:
    """List what makes a crack doubtful.

    Args:
        network: The crack.
        stations: Its widths.
        mean_probability: Over its mask.
        surroundings: Its grey and that of the surface beside it; None without a photo.
        photo_shape: Height and width of the photo in px.

    Returns:
        Constants of this module; empty for a crack that nothing speaks against.
    """
    contrast = surroundings.contrast if surroundings else None
    doubts = (
        (NOT_DARKER, contrast is not None and contrast >= DARKEST_PLAIN_CONTRAST),
        (ONE_SIDE_DARK, surroundings is not None and _is_step(surroundings.stretches)),
        (STRAIGHT, is_straight(network, stations, photo_shape)),
        (IMPROBABLE, mean_probability < LEAST_PROBABILITY),
        (AT_BORDER, touches_border(network, photo_shape)),
        (UNSURE_WIDTH, _is_width_unsure(stations)),
    )
    return tuple(words for words, holds in doubts if holds)


def _is_step(stretches: NDArray[np.float64]) -> bool:
    """True where, on half the length, the middle is no darker than the darker of unlike sides."""
    inside, *sides = stretches[~np.isnan(stretches).any(axis=1)].T
    if inside.size == 0:
        return False
    darker, lighter = np.minimum(*sides), np.maximum(*sides)
    step = (darker < _STEP * lighter) & (inside >= DARKEST_PLAIN_CONTRAST * darker)
    return float(step.mean()) >= _STEP_SHARE


def is_straight(network: CrackNetwork, stations: Stations, photo_shape: tuple[int, int]) -> bool:
    """Whether one straight line of constant width makes up the crack over 60 % of the photo.

    Branches that cross it do not matter, so a grid of joints counts, too.

    Args:
        network: The crack.
        stations: Its widths; the middle 80 % of them on the line may differ by 60 % of the median.
        photo_shape: Height and width of the photo in px.
    """
    for centre, direction, extent_px in _list_directions(network, photo_shape):
        from_centre = stations.points_px - centre
        off = np.abs(from_centre @ (direction[1], -direction[0]))
        near = off <= max(_STRAIGHT_PX, _STRAIGHT_SLACK * extent_px)
        bins = np.unique((from_centre[near] @ direction) // _BIN_PX)
        width = stations.width_px[near & ~np.isnan(stations.width_px)]
        if bins.size * _BIN_PX > STRAIGHT_SHARE * extent_px and width.size:
            low, middle, high = np.percentile(width, (10, 50, 90))
            if high - low <= _EVEN * middle:
                return True
    return False


def _list_directions(
    network: CrackNetwork, photo_shape: tuple[int, int]
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], float]]:
    """Centre and direction of each long line, and how far the photo extends that way."""
    for line in network.lines:
        points = line.points_px
        chord_px = float(np.hypot(*(points[-1] - points[0])))
        if chord_px < _LEAST_CHORD * min(photo_shape) or chord_px < 0.95 * len(points):
            continue
        centre = points.mean(axis=0)
        direction = np.linalg.svd(points - centre, full_matrices=False)[2][0]
        with np.errstate(divide="ignore"):
            extent_px = float(np.min(np.array(photo_shape) / np.abs(direction)))
        yield centre, direction, extent_px


def touches_border(network: CrackNetwork, photo_shape: tuple[int, int]) -> bool:
    """Whether a pixel of the crack is one of the first or last row or column of the photo."""
    height, width = network.mask.shape
    return (
        min(network.top, network.left) == 0
        or network.top + height == photo_shape[0]
        or network.left + width == photo_shape[1]
    )


def _is_width_unsure(stations: Stations) -> bool:
    measured = ~np.isnan(stations.width_px)
    unsure = (stations.upper_px > stations.width_px)[measured]
    return unsure.size > 0 and float(unsure.mean()) >= _UNSURE_SHARE
