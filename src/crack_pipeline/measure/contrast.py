"""Grey of a crack beside that of the surface on either side of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.measure.widths import Stations
from crack_pipeline.types import RgbImage

_OFFSETS_PX = np.array([3, 5, 7, 9])
"""Beyond the half-width, where neither blur nor broken edges reach."""

_STRETCH_PX, _EVERY = 16, 4
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
    photo: RgbImage,
    networks: Sequence[CrackNetwork],
    stations: Sequence[Stations],
    marked: NDArray[np.bool_],
) -> list[Surroundings]:
    """Measure the grey inside each crack and beside it.

    Args:
        photo: (H, W, 3) uint8.
        networks: Its cracks.
        stations: Their widths; where none is measured, half of area ÷ length is taken.
        marked: (H, W) bool, their pixels.

    Returns:
        Grey of each crack and of its surroundings.

    >>> from crack_pipeline.measure.network import trace_cracks
    >>> from crack_pipeline.measure.widths import measure_widths
    >>> photo = np.full((41, 80, 3), 200, np.uint8)
    >>> photo[19:22, 10:70] = 100
    >>> mask = (photo[..., 0] < 150).astype(np.uint8)
    >>> cracks = trace_cracks(mask)
    >>> widths = measure_widths(mask.astype(np.float32), cracks)
    >>> measure_surroundings(photo, cracks, widths, mask > 0)[0].contrast
    0.5
    """
    found = []
    for network, along in zip(networks, stations, strict=True):
        inside = _find_median(photo, network)
        grey, seen = _read_grey(photo, marked, network, along)
        outside = grey[:, 1:][seen[:, 1:]]
        median = float(np.median(outside)) if outside.size else None
        found.append(Surroundings(inside, median, _average(grey, seen, along)))
    return found


def _find_median(photo: RgbImage, network: CrackNetwork) -> float:
    """Median grey of a crack, from the histogram: a mask may have millions of pixels."""
    grey = cv2.cvtColor(photo[network.box], cv2.COLOR_RGB2GRAY)
    counts = cv2.calcHist([grey], [0], network.mask, [256], [0, 256]).astype(np.int64).cumsum()
    return float(np.searchsorted(counts, (counts[-1] + 1) // 2))


def _read_grey(
    photo: RgbImage, marked: NDArray[np.bool_], network: CrackNetwork, stations: Stations
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, 3, 4) grey in the middle and 3, 5, 7, 9 px beyond either edge, and where it counts.

    It does not beyond the photo's border, nor beside a crack where another one is marked.
    """
    half_width = stations.width_px[::_EVERY] / 2
    typical = np.count_nonzero(network.mask) / max(network.length_px, 1.0) / 2
    reach = np.where(np.isnan(half_width), typical, half_width)[:, None] + _OFFSETS_PX
    across = np.stack([np.zeros_like(reach), -reach, reach], axis=1)[..., None]
    down, right = find_directions(stations)[::_EVERY].T
    normals = np.stack([right, -down], axis=1)[:, None, None]
    wanted = np.rint(stations.points_px[::_EVERY, None, None] + across * normals).astype(np.int64)
    inside = np.clip(wanted, 0, np.array(marked.shape) - 1)
    rows, columns = np.moveaxis(inside, -1, 0)
    hidden = marked[rows, columns] | (wanted != inside).any(axis=-1)
    hidden[:, 0] = False
    return photo[rows, columns] @ _GREY, ~hidden


def find_directions(stations: Stations) -> NDArray[np.float64]:
    """(S, 2) unit vectors along the lines of a crack, from the station before to the one after."""
    points = stations.points_px
    steps = np.gradient(points, axis=0) if len(points) > 1 else np.zeros_like(points)
    return np.asarray(steps / np.maximum(np.hypot(*steps.T), 1e-9)[:, None], np.float64)


def _average(
    grey: NDArray[np.float64], seen: NDArray[np.bool_], stations: Stations
) -> NDArray[np.float64]:
    """(P, 3) means over the stations of each stretch that are seen."""
    number = stations.line * len(stations.line) + stations.along_px // _STRETCH_PX
    stretch = np.unique(number[::_EVERY], return_inverse=True)[1]
    sums, counts = np.zeros((2, stretch.max(initial=-1) + 1, 3))
    np.add.at(sums, stretch, np.where(seen, grey, 0).sum(axis=2))
    np.add.at(counts, stretch, seen.sum(axis=2))
    return np.asarray(np.divide(sums, counts, out=sums * np.nan, where=counts > 0), np.float64)
