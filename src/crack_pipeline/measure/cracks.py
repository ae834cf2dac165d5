"""Each crack of a photo with its measures in px, and what speaks against them."""

from dataclasses import dataclass

from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.measure.widths import Stations


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Crack:
    """One crack of a photo.

    Attributes:
        network: Its lines.
        stations: The widths along them.
        mean_width_px: Mean along the length; None where no width could be measured.
        median_width_px: Median along the length.
        p95_width_px: 95th percentile along the length.
        p95_station: Station of the 95th percentile.
        largest_station: Station of the largest width.
        width_shift_px: How far the mean width moves between a lower and a higher threshold.
        area_px: Pixels of its mask.
        orientation_deg: Main direction, 0 along the rows, counter-clockwise in the picture, from
            0 up to 180.
        mean_probability: Mean over its mask.
        contrast: Median grey inside ÷ that of its surroundings; None without a photo.
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
