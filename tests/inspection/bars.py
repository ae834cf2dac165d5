"""Cracks made by hand: bars whose every number is known."""

from dataclasses import replace

import numpy as np
from tests.measure.drawn_cracks import row_crack

from crack_pipeline.inspection.measuring import PhotoMeasurement
from crack_pipeline.measure.error_bars import Bound, CrackBounds
from crack_pipeline.measure.scale import Scale


def make_crack(top, left, *, width_px, length_px, doubts=()):
    """A bar along the rows, its width measured at each of its pixels but the outermost two."""
    crack = row_crack(top + (width_px - 1) / 2, (left, left + length_px - 1), float(width_px))
    mask = np.ones((width_px, length_px), np.uint8)
    network = replace(crack.network, top=top, mask=mask, length_px=float(length_px))
    for widths in (crack.stations.width_px, crack.stations.upper_px):
        widths[[1, -2]] = np.nan
    places = {"p95_station": length_px // 2, "largest_station": length_px // 2}
    return replace(crack, network=network, **places, contrast=0.5, doubts=doubts)


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
