"""Tables of an inspection: their columns, the rows of cracks and stations, and names of cracks.

Places are in px of the upright photo: x to the right, y down, (0, 0) in the middle of the first
pixel.
"""

import string
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.doubts import touches_border
from crack_pipeline.measure.error_bars import Bound, CrackBounds
from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.measure.scale import to_mm
from crack_pipeline.measure.widths import Stations

Row: TypeAlias = dict[str, Any]
"""Name of a column → value, ready for JSON."""

_CELLS = 26
"""Rows and columns of the grid that names cracks: as many as letters."""
_DIGITS = 4

_BOX = ("box_x_px", "box_y_px", "box_width_px", "box_height_px")
_TEXTS = ("photo", "crack_id", "doubt")
_FLAGS = ("doubtful", "touches_border")
_COUNTS = ("area_px", "branches", "loops", "ends", "junctions", *_BOX)
_BOUNDS = {
    f"{measure}{end}_{unit}": (f"{measure}_{unit}", part)
    for measure in ("length", "mean_width", "p95_width")
    for unit in ("px", "mm")
    for end, part in (("", "value"), ("_low", "low"), ("_high", "high"))
}
"""Column → measure of ``CrackBounds``, and the part of it."""

CRACK_COLUMNS = (
    *("photo", "crack_id", "doubtful", "doubt"),
    *_BOUNDS,
    *("median_width_px", "median_width_mm", "largest_width_px", "largest_width_mm"),
    *("largest_x_px", "largest_y_px", "p95_x_px", "p95_y_px", "smoothing_px"),
    *("area_px", "area_mm2", "orientation_deg", "branches", "loops", "ends", "junctions"),
    *("mean_probability", "contrast", "touches_border"),
    *_BOX,
)
"""Columns of ``cracks.csv``."""

PHOTO_COLUMNS = (
    *("photo", "status", "reason", "width_px", "height_px"),
    *("mm_per_px", "scale_source", "scale_error"),
    *("limit_px", "limit_mm", "limit_note", "verdict", "unlike_training", "zoom"),
    *("cracks", "doubtful_cracks", "specks", "length_px", "length_mm"),
    *("crack_area_share", "density_m_per_m2", "sharpness"),
    *("taken_at", "latitude", "longitude", "sha256", "mask", "overlay", "seconds"),
)
"""Columns of ``photos.csv``."""

LABEL_COLUMNS = ("label", "probability")
"""Further ones where a classifier labelled the photos."""


def name_cracks(networks: Sequence[CrackNetwork], height_px: int, width_px: int) -> list[str]:
    """Name cracks by their place, as fields of a city map are named.

    The photo is divided into 26 by 26 fields, A to Z from left to right and 01 to 26 from top to
    bottom; a crack is named by the field of its centre of area. Of several in a field the largest
    has the plain name, the others end in .2, .3, …. So a name does not depend on cracks elsewhere.

    Args:
        networks: The cracks of one photo.
        height_px: Of the photo.
        width_px: Of the photo.

    Returns:
        A name each, different from each other: "C07", "C07.2".
    """
    fields = [_name_field(network, height_px, width_px) for network in networks]
    names, counts = [""] * len(networks), Counter[str]()
    largest_first = sorted(
        range(len(networks)),
        key=lambda one: (-int(networks[one].mask.sum()), networks[one].top, networks[one].left),
    )
    for one in largest_first:
        counts[fields[one]] += 1
        number = counts[fields[one]]
        names[one] = fields[one] if number == 1 else f"{fields[one]}.{number}"
    return names


def _name_field(network: CrackNetwork, height_px: int, width_px: int) -> str:
    rows, columns = (network.mask.sum(axis=axis, dtype=np.int64) for axis in (1, 0))
    y = network.top + np.average(np.arange(rows.size), weights=rows) + 0.5
    x = network.left + np.average(np.arange(columns.size), weights=columns) + 0.5
    letter = string.ascii_uppercase[int(x * _CELLS / width_px)]
    return f"{letter}{int(y * _CELLS / height_px) + 1:02d}"


def crack_row(
    crack: Crack,
    bounds: CrackBounds,
    *,
    photo: str,
    name: str,
    shape: tuple[int, int],
    mm_per_px: float | None,
) -> Row:
    """Describe a crack as a row of ``cracks.csv``.

    The bias of the mean width is taken off the median, that of the 95th percentile off the largest
    width, too.

    Args:
        crack: The crack.
        bounds: Its width and length with their intervals.
        photo: Path of the photo below its folder.
        name: Name of the crack within the photo.
        shape: Height and width of the photo in px.
        mm_per_px: Ground resolution; None where it is not known.

    Returns:
        A value for each of ``CRACK_COLUMNS``; None where it is not known.
    """
    stations, network = crack.stations, crack.network
    largest = None if crack.largest_station is None else stations.width_px[crack.largest_station]
    of_median = _shift(crack.median_width_px, bounds.mean_width_px, crack.mean_width_px)
    of_largest = _shift(largest, bounds.p95_width_px, crack.p95_width_px)
    area_mm2 = None if mm_per_px is None else crack.area_px * mm_per_px**2
    row: Row = {
        "photo": photo,
        "crack_id": f"{photo}#{name}",
        "doubtful": bool(crack.doubts),
        "doubt": "; ".join(crack.doubts),
        **{column: getattr(getattr(bounds, of), part) for column, (of, part) in _BOUNDS.items()},
        "median_width_px": of_median,
        "median_width_mm": to_mm(of_median, mm_per_px),
        "largest_width_px": of_largest,
        "largest_width_mm": to_mm(of_largest, mm_per_px),
        **_place_columns("largest", stations, crack.largest_station),
        **_place_columns("p95", stations, crack.p95_station),
        "smoothing_px": max((line.smoothing_px for line in network.lines), default=None),
        "area_px": int(crack.area_px),
        "area_mm2": area_mm2,
        "orientation_deg": crack.orientation_deg,
        **_count_columns(network),
        "mean_probability": crack.mean_probability,
        "contrast": crack.contrast,
        **_box_columns(network, shape),
    }
    return {column: _round(row[column]) for column in CRACK_COLUMNS}


def _shift(value: float | None, bound: Bound, measured: float | None) -> float | None:
    if value is None or bound.value is None or measured is None:
        return value
    return max(float(value) + bound.value - measured, 0.0)


def _place_columns(what: str, stations: Stations, station: int | None) -> Row:
    y, x = (None, None) if station is None else stations.points_px[station]
    return {f"{what}_x_px": x, f"{what}_y_px": y}


def _count_columns(network: CrackNetwork) -> Row:
    return {
        "branches": len(network.lines),
        "loops": network.loops,
        "ends": network.kinds.count("end"),
        "junctions": network.kinds.count("junction"),
    }


def _box_columns(network: CrackNetwork, shape: tuple[int, int]) -> Row:
    height, width = network.mask.shape
    return {
        "touches_border": touches_border(network, shape),
        "box_x_px": network.left,
        "box_y_px": network.top,
        "box_width_px": width,
        "box_height_px": height,
    }


def _round(value: Any) -> Any:
    """A number of a library as one of Python, of four decimals; None for NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float):
        return value
    return round(value, _DIGITS) if np.isfinite(value) else None


def crack_table(rows: Sequence[Row]) -> pd.DataFrame:
    """Put rows together: the columns and their types are the same without any row."""
    table = pd.DataFrame(rows, columns=list(CRACK_COLUMNS))
    kinds: dict[str, type] = dict.fromkeys(CRACK_COLUMNS, float)
    for kind, names in ((str, _TEXTS), (bool, _FLAGS), (int, _COUNTS)):
        kinds |= dict.fromkeys(names, kind)
    return table.astype(kinds)


def station_columns(
    cracks: Sequence[Crack], ids: Sequence[str], *, photo: str, mm_per_px: float | None
) -> dict[str, NDArray[Any]]:
    """List the stations of all cracks of a photo, with widths as they were measured.

    Args:
        cracks: The cracks.
        ids: Their ``crack_id``.
        photo: Path of the photo below its folder.
        mm_per_px: Ground resolution; None where it is not known.

    Returns:
        A value per station: ``photo``, ``crack_id``, ``line``, ``along_px``, ``x_px``, ``y_px``,
        ``width_px`` and ``upper_px`` (NaN where none is measured), ``middle_probability``,
        ``width_mm``, ``upper_mm``.
    """
    every = [crack.stations for crack in cracks]
    counts = [len(stations.line) for stations in every]

    def join(part: str) -> NDArray[np.float32]:
        parts = [getattr(stations, part) for stations in every]
        return np.concatenate([np.zeros(0), *parts]).astype(np.float32)

    scale = np.float32(np.nan if mm_per_px is None else mm_per_px)
    points = np.concatenate([np.zeros((0, 2)), *(one.points_px for one in every)])
    width_px, upper_px = join("width_px"), join("upper_px")
    return {
        "photo": np.full(sum(counts), photo, object),
        "crack_id": np.repeat(np.array(ids, object), counts),
        "line": join("line").astype(np.int32),
        "along_px": join("along_px"),
        "x_px": points[:, 1].astype(np.float32),
        "y_px": points[:, 0].astype(np.float32),
        "width_px": width_px,
        "upper_px": upper_px,
        "middle_probability": join("middle"),
        "width_mm": width_px * scale,
        "upper_mm": upper_px * scale,
    }
