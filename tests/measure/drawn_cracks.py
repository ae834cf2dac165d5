"""Cracks along rows, with widths as told: what tracing and measuring would give."""

import numpy as np

from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.network import CrackLine, CrackNetwork
from crack_pipeline.measure.widths import Stations


def row_crack(
    row: float,
    columns: tuple[int, int],
    width_px: float = 3.0,
    *,
    shift_px: float = 0.2,
    upper_px: float | None = None,
) -> Crack:
    """A crack along a row from one column to another, with two free ends."""
    along = np.arange(columns[0], columns[1] + 1, dtype=np.float64)
    points = np.stack([np.full_like(along, row), along], axis=1)
    half = np.full(len(along), width_px / 2)
    line = CrackLine(points, half, smoothing_px=2.0, start=0, end=1)
    length = along[-1] - along[0] + width_px
    network = CrackNetwork(
        top=int(row),
        left=columns[0],
        mask=np.ones((1, len(along)), np.uint8),
        nodes_px=points[[0, -1]],
        kinds=("end", "end"),
        lines=(line,),
        length_px=float(length),
    )
    width = np.full(len(along), width_px)
    width[[0, -1]] = np.nan
    upper = np.where(np.isnan(width), np.nan, width if upper_px is None else upper_px)
    stations = Stations(
        np.zeros(len(along), np.int64), along - along[0], points, width, upper, np.ones(len(along))
    )
    return Crack(
        network=network,
        stations=stations,
        mean_width_px=width_px,
        median_width_px=width_px,
        p95_width_px=width_px,
        p95_station=1,
        largest_station=1,
        width_shift_px=shift_px,
        area_px=round(width_px * len(along)),
        orientation_deg=0.0,
        mean_probability=0.9,
        contrast=None,
        doubts=(),
    )
