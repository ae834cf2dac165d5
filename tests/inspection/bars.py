"""Cracks made by hand: bars whose every number is known."""

import numpy as np

from crack_pipeline.inspection.measuring import PhotoMeasurement
from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.error_bars import Bound, CrackBounds
from crack_pipeline.measure.network import CrackLine, CrackNetwork
from crack_pipeline.measure.scale import Scale
from crack_pipeline.measure.widths import Stations


def make_crack(top, left, *, width_px, length_px, doubts=()):
    """A bar along the rows, its width measured at each of its pixels but the outermost two."""
    points = np.column_stack(
        [np.full(length_px, top + (width_px - 1) / 2), left + np.arange(length_px)]
    ).astype(float)
    line = CrackLine(points, np.full(length_px, width_px / 2), 2.0, 0, 1)
    network = CrackNetwork(
        top=top,
        left=left,
        mask=np.ones((width_px, length_px), np.uint8),
        nodes_px=points[[0, -1]],
        kinds=("end", "end"),
        lines=(line,),
        length_px=float(length_px),
    )
    widths = np.full(length_px, float(width_px))
    widths[[0, 1, -2, -1]] = np.nan
    zeros = np.zeros(length_px)
    stations = Stations(
        zeros.astype(int), np.arange(length_px) * 1.0, points, widths, widths, zeros
    )
    return Crack(
        network=network,
        stations=stations,
        mean_width_px=float(width_px),
        median_width_px=float(width_px),
        p95_width_px=float(width_px),
        p95_station=length_px // 2,
        largest_station=length_px // 2,
        width_shift_px=0.2,
        area_px=width_px * length_px,
        orientation_deg=0.0,
        mean_probability=0.9,
        contrast=0.5,
        doubts=doubts,
    )


def bound_crack(crack, mm_per_px=None):
    """Widths a fifth of a pixel smaller than measured, give or take half a pixel."""

    def bound(value, factor=1.0):
        return Bound(
            None if value is None else value * factor,
            *((None, None) if value is None else ((value - 0.5) * factor, (value + 0.5) * factor)),
        )

    width, length = crack.mean_width_px - 0.2, crack.network.length_px
    return CrackBounds(
        mean_width_px=bound(width),
        p95_width_px=bound(width),
        length_px=bound(length),
        mean_width_mm=bound(width, mm_per_px) if mm_per_px else Bound(None),
        p95_width_mm=bound(width, mm_per_px) if mm_per_px else Bound(None),
        length_mm=bound(length, mm_per_px) if mm_per_px else Bound(None),
    )


def measure_bars(*cracks, name="photo.jpg", mm_per_px=None, shape=(120, 200)):
    """Make the measurement of a photo with bars."""
    mask = np.zeros(shape, np.uint8)
    for crack in cracks:
        height, width = crack.network.mask.shape
        top, left = crack.network.top, crack.network.left
        mask[top : top + height, left : left + width] |= crack.network.mask
    photo = np.full((*shape, 3), 180, np.uint8)
    photo[mask > 0] = 60
    return PhotoMeasurement(
        photo=photo,
        probability=mask.astype(np.float32),
        mask=mask,
        measured=cracks,
        bounds=[bound_crack(crack, mm_per_px) for crack in cracks],
        scale=Scale(mm_per_px, source="given by the user"),
        name=name,
    )
