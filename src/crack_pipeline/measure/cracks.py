"""Each crack of a photo with its measures in px, and what speaks against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.masks.probability_maps import apply_threshold
from crack_pipeline.measure.contrast import Surroundings, measure_surroundings
from crack_pipeline.measure.doubts import find_straight, list_doubts
from crack_pipeline.measure.network import MAX_GAP_PX, CrackNetwork, trace_cracks
from crack_pipeline.measure.widths import Stations, measure_widths
from crack_pipeline.types import LEVELS, ProbabilityLevels, ProbabilityMap, RgbImage

SHIFT = 0.2
"""How far a lower and a higher threshold lie from that of the model, at most half of the way to 0
and to 1."""

_REACH_PX = 4
"""Pixels this near to a crack's mask may belong to it at a lower threshold."""

_BAND_PX = 2048
"""Rows that are looked at in one go: a crack may be as large as a photo of 200 megapixels."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Crack:
    """One crack of a photo.

    Attributes:
        network: Its lines.
        stations: The widths along them.
        mean_width_px: Mean along the length; None where no width could be measured.
        median_width_px: Median along the length.
        p95_width_px: 95th percentile along the length.
        p95_station: Station whose width is nearest to the 95th percentile.
        largest_station: Station of the largest width.
        width_shift_px: How far the mean width moves between a lower and a higher threshold: what
            its mask loses in area ÷ its length; None for a crack without length.
        area_px: Pixels of its mask.
        orientation_deg: Main direction, 0 along the rows, counter-clockwise in the picture, from
            0 up to 180; 0 for a crack without lines.
        mean_probability: Mean over its mask.
        contrast: Median grey inside ÷ that of its surroundings; None without a photo, and where
            no surroundings are seen.
        doubts: Reasons, in words, to doubt that it is a crack or its width; empty for none.
    """

    network: CrackNetwork
    stations: Stations
    mean_width_px: float | None
    median_width_px: float | None
    p95_width_px: float | None
    p95_station: int | None
    largest_station: int | None
    width_shift_px: float | None
    area_px: int
    orientation_deg: float
    mean_probability: float
    contrast: float | None
    doubts: tuple[str, ...]

    @property
    def length_px(self) -> float:
        """Length of its network."""
        return self.network.length_px


def measure_cracks(
    probability: ProbabilityMap | ProbabilityLevels,
    threshold: float,
    photo: RgbImage | None = None,
    *,
    max_gap_px: float = MAX_GAP_PX,
) -> list[Crack]:
    """Measure each crack of a photo, in px.

    Args:
        probability: (H, W) float32 in [0, 1], or uint16 of 65 535.
        threshold: Crack is where the probability is ≥ this.
        photo: (H, W, 3) uint8, for contrast and the doubts that come from it; None without.
        max_gap_px: Longest gap between aligned ends that is bridged, ≥ 0.

    Returns:
        The cracks from top to bottom by their boxes, the same for the same input; none where no
        probability reaches the threshold.

    Raises:
        ShapeError: If the map does not have two dimensions, or the photo another size.
        ParameterError: If a probability is no number from 0 to 1, or the threshold is
            none.

    >>> probability = np.zeros((41, 120), np.float32)
    >>> probability[19:22, 10:110] = 1
    >>> crack, = measure_cracks(probability, 0.5)
    >>> round(crack.network.length_px), round(crack.mean_width_px, 2), crack.orientation_deg
    (100, 3.0, 0.0)
    """
    _require_arguments(probability, threshold, photo)
    mask = apply_threshold(probability, threshold)
    marked = mask.view(np.bool_)
    networks = trace_cracks(mask, max_gap_px=max_gap_px)
    stations = measure_widths(probability, networks)
    straight = find_straight(networks, stations, mask.shape)
    around: Sequence[Surroundings | None] = [None] * len(networks)
    if photo is not None:
        around = measure_surroundings(photo, networks, stations, marked)
    return [
        _measure_crack(*crack, probability=probability, threshold=threshold, marked=marked)
        for crack in zip(networks, stations, around, straight, strict=True)
    ]


def _require_arguments(probability: NDArray[Any], threshold: float, photo: RgbImage | None) -> None:
    if not 0 <= threshold <= 1:
        raise ParameterError(
            "`threshold` must be a probability from 0 to 1.",
            received=f"{threshold}",
            remedy="Take that of the model's decision.",
        )
    if photo is not None and photo.shape[:2] != probability.shape:
        raise ShapeError(
            "`photo` must have the height and width of `probability`.",
            received=f"photo {photo.shape}, probability {probability.shape}",
            remedy="Pass the photo that was predicted, unresized.",
        )


def _measure_crack(
    network: CrackNetwork,
    stations: Stations,
    around: Surroundings | None,
    is_straight: bool,
    *,
    probability: NDArray[Any],
    threshold: float,
    marked: NDArray[np.bool_],
) -> Crack:
    mean_probability = cv2.mean(probability[network.box], mask=network.mask)[0]
    if probability.dtype == np.uint16:
        mean_probability /= LEVELS
    doubts = list_doubts(
        network,
        stations,
        mean_probability=mean_probability,
        surroundings=around,
        is_straight=is_straight,
        photo_shape=(marked.shape[0], marked.shape[1]),
    )
    return Crack(
        network=network,
        stations=stations,
        **_summarize_widths(stations.width_px),
        width_shift_px=_measure_shift(network, probability, threshold, marked),
        area_px=int(np.count_nonzero(network.mask)),
        orientation_deg=_find_orientation(network),
        mean_probability=mean_probability,
        contrast=around.contrast if around else None,
        doubts=doubts,
    )


def _summarize_widths(width_px: NDArray[np.float64]) -> dict[str, Any]:
    measured = np.flatnonzero(~np.isnan(width_px))
    if not measured.size:
        names = ("mean_width_px", "median_width_px", "p95_width_px")
        return dict.fromkeys((*names, "p95_station", "largest_station"))
    widths = width_px[measured]
    median, p95 = np.percentile(widths, (50, 95))
    return {
        "mean_width_px": float(widths.mean()),
        "median_width_px": float(median),
        "p95_width_px": float(p95),
        "p95_station": int(measured[np.abs(widths - p95).argmin()]),
        "largest_station": int(measured[widths.argmax()]),
    }


def _measure_shift(
    network: CrackNetwork,
    probability: NDArray[Any],
    threshold: float,
    marked: NDArray[np.bool_],
) -> float | None:
    if network.length_px <= 0:
        return None
    low = max(threshold - SHIFT, threshold / 2)
    high = min(threshold + SHIFT, (threshold + 1) / 2)
    rows, columns = (
        slice(max(part.start - _REACH_PX, 0), min(part.stop + _REACH_PX, side))
        for part, side in zip(network.box, marked.shape, strict=True)
    )
    lost_px = 0
    for first in range(rows.start, rows.stop, _BAND_PX):
        box = slice(first, min(first + _BAND_PX, rows.stop)), columns
        near = _mark_near(network, *box, marked[box])
        larger, smaller = (apply_threshold(probability[box], one) for one in (low, high))
        lost_px += int(np.count_nonzero((larger != smaller) & near))
    return lost_px / float(network.length_px)


def _mark_near(
    network: CrackNetwork, rows: slice, columns: slice, marked: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Pixels of a part of the photo within reach of a crack, those of other cracks left out."""
    start = rows.start - _REACH_PX - network.top
    stop = rows.stop + _REACH_PX - network.top
    own = np.zeros((stop - start, columns.stop - columns.start), np.uint8)
    part = network.mask[max(start, 0) : stop]
    top, left = max(-start, 0), network.left - columns.start
    own[top : top + part.shape[0], left : left + part.shape[1]] = part
    near = cv2.dilate(own, np.ones((2 * _REACH_PX + 1, 2 * _REACH_PX + 1), np.uint8)) > 0
    inner = slice(_REACH_PX, -_REACH_PX)
    return np.asarray(near[inner] & ~(marked & (own[inner] == 0)), np.bool_)


def _find_orientation(network: CrackNetwork) -> float:
    """Mean direction of the lines' steps, each doubled in angle: a line has two directions."""
    steps = [np.diff(line.points_px, axis=0) for line in network.lines]
    down, right = np.concatenate([np.zeros((0, 2)), *steps]).T
    doubled = 2 * np.arctan2(-down, right)
    length = np.hypot(down, right)
    angle = np.arctan2((length * np.sin(doubled)).sum(), (length * np.cos(doubled)).sum()) / 2
    return round(float(np.rad2deg(angle)), 6) % 180
