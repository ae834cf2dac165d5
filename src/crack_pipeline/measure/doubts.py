"""What speaks against a crack: its grey, its form, its probabilities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.contrast import Surroundings, find_directions
from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.measure.widths import Stations

NOT_DARKER = "not darker than its surroundings: filled, sealed or efflorescence?"
ONE_SIDE_DARK = "dark on one side only: shadow or step?"
STRAIGHT = "straight and of constant width over more than 60 % of the photo: joint or saw cut?"
IMPROBABLE = "mean probability below 0.7"
AT_BORDER = "touches the border of the photo, so that only part of it is seen"
UNSURE_WIDTH = "the model is less than 90 % sure of its middle: it may be wider"

DARKEST_PLAIN_CONTRAST = 0.97
"""From this contrast on a mark is not darker than its surroundings."""

LEAST_PROBABILITY = 0.7

STRAIGHT_SHARE = 0.6
"""Of the photo's extent along the line."""

_UNSURE_SHARE = 0.1  # of the stations: single ones are unsure in nearly every wide crack
_BORDER_PX = 5
_STEP = 0.9
_STEP_SHARE = 0.5
_STRAIGHT_PX, _STRAIGHT_SLACK = 2.0, 0.005
_LEAST_CHORD = 0.1
_EVEN_PX, _EVEN = 2.0, 0.5
_PARALLEL = 0.94  # cosine of 20°: lines that cross do not count
_STRAIGHT_PART = 0.5
_BIN_PX = 4


def list_doubts(
    network: CrackNetwork,
    stations: Stations,
    *,
    mean_probability: float,
    surroundings: Surroundings | None,
    is_straight: bool,
    photo_shape: tuple[int, int],
) -> tuple[str, ...]:
    """List what makes a crack doubtful.

    Args:
        network: The crack.
        stations: Its widths.
        mean_probability: Over its mask.
        surroundings: Its grey and that of the surface beside it; None without a photo.
        is_straight: From ``find_straight``.
        photo_shape: Height and width of the photo in px.

    Returns:
        Constants of this module; empty for a crack that nothing speaks against.
    """
    contrast = surroundings.contrast if surroundings else None
    doubts = (
        (NOT_DARKER, contrast is not None and contrast >= DARKEST_PLAIN_CONTRAST),
        (ONE_SIDE_DARK, surroundings is not None and _is_step(surroundings.stretches)),
        (STRAIGHT, is_straight),
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


def find_straight(
    networks: Sequence[CrackNetwork], stations: Sequence[Stations], photo_shape: tuple[int, int]
) -> list[bool]:
    """Find cracks that are mostly part of a straight line of constant width over 60 % of the photo.

    The line may be broken into several cracks, and others may cross it: so a grid of joints is
    found, too. Its width is constant where the middle 80 % of the stations differ by no more than
    2 px or half of their median.

    Args:
        networks: The cracks of a photo.
        stations: Their widths.
        photo_shape: Height and width of the photo in px.

    Returns:
        True for each crack with at least half of its stations on such a line.
    """
    if not any(along.line.size for along in stations):
        return [False] * len(networks)
    points = np.concatenate([along.points_px for along in stations])
    width_px = np.concatenate([along.width_px for along in stations])
    directions = np.concatenate([find_directions(along) for along in stations])
    on_straight = np.zeros(len(points), np.bool_)
    for line in (line for network in networks for line in network.lines):
        fit = _fit_line(line.points_px, min(photo_shape))
        if fit is not None:
            on_straight |= _follow_line(*fit, points, directions, width_px, photo_shape)
    owner = np.repeat(np.arange(len(stations)), [along.line.size for along in stations])
    share = np.bincount(owner, on_straight, len(stations)) / np.maximum(
        np.bincount(owner, minlength=len(stations)), 1
    )
    return [bool(one >= _STRAIGHT_PART) for one in share]


def _fit_line(
    points: NDArray[np.float64], shorter_side_px: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Centre and direction of a line that is long and hardly bent; None for others."""
    chord_px = float(np.hypot(*(points[-1] - points[0])))
    if chord_px < _LEAST_CHORD * shorter_side_px or chord_px < 0.95 * (len(points) - 1):
        return None
    centre = points.mean(axis=0)
    return centre, np.linalg.svd(points - centre, full_matrices=False)[2][0]


def _follow_line(
    centre: NDArray[np.float64],
    direction: NDArray[np.float64],
    points: NDArray[np.float64],
    directions: NDArray[np.float64],
    width_px: NDArray[np.float64],
    photo_shape: tuple[int, int],
) -> NDArray[np.bool_]:
    """(S,) stations on a straight line; none where it is short or of changing width."""
    with np.errstate(divide="ignore"):
        extent_px = float(np.min(np.array(photo_shape) / np.abs(direction)))
    along = (points - centre) @ direction
    off = np.abs((points - centre) @ (direction[1], -direction[0]))
    parallel = np.abs(directions @ direction) >= _PARALLEL
    near = parallel & (off <= max(_STRAIGHT_PX, _STRAIGHT_SLACK * extent_px))
    covered_px = np.unique(along[near] // _BIN_PX).size * _BIN_PX
    width = width_px[near & ~np.isnan(width_px)]
    if covered_px <= STRAIGHT_SHARE * extent_px or not width.size:
        return np.zeros_like(near)
    low, middle, high = np.percentile(width, (10, 50, 90))
    return near if high - low <= max(_EVEN_PX, _EVEN * middle) else np.zeros_like(near)


def touches_border(network: CrackNetwork, photo_shape: tuple[int, int]) -> bool:
    """True for a crack that comes within 5 px of the photo's border: networks mark less there."""
    parts = zip(network.box, photo_shape, strict=True)
    return any(part.start < _BORDER_PX or part.stop > side - _BORDER_PX for part, side in parts)


def _is_width_unsure(stations: Stations) -> bool:
    measured = ~np.isnan(stations.width_px)
    unsure = (stations.upper_px > stations.width_px)[measured]
    return unsure.size > 0 and float(unsure.mean()) >= _UNSURE_SHARE
