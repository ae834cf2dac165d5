"""Grey of a crack beside that of the surface on either side of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.types import RgbImage

_OFFSETS_PX = np.array([3, 5, 7, 9])
"""Beyond the half-width, where neither blur nor broken edges reach."""

_STRETCH_PX, _EVERY_PX = 16, 4
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
    photo: RgbImage, networks: Sequence[CrackNetwork], marked: NDArray[np.bool_]
) -> list[Surroundings]:
    """Measure the grey inside each crack and beside it.

    Args:
        photo: (H, W, 3) uint8.
        networks: Its cracks.
        marked: (H, W) bool, their pixels.

    Returns:
        Grey of each crack and of its surroundings.

    >>> from crack_pipeline.measure.network import trace_cracks
    >>> photo = np.full((41, 80, 3), 200, np.uint8)
    >>> photo[19:22, 10:70] = 100
    >>> mask = (photo[..., 0] < 150).astype(np.uint8)
    >>> measure_surroundings(photo, trace_cracks(mask), mask > 0)[0].contrast
    0.5
    """
    inside = [_find_median(photo, network) for network in networks]
    sites = _place_sites(networks)
    if sites is None:
        return [Surroundings(grey, None, np.zeros((0, 3))) for grey in inside]
    grey, seen = _read_grey(photo, marked, sites)
    sums, counts = np.zeros((2, len(sites.crack_of_stretch), 3))
    np.add.at(sums, sites.stretch, np.where(seen, grey, 0).sum(axis=2))
    np.add.at(counts, sites.stretch, seen.sum(axis=2))
    stretches = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
    crack = np.arange(len(networks) + 1)
    of_points = np.searchsorted(sites.crack_of_stretch[sites.stretch], crack)
    of_stretches = np.searchsorted(sites.crack_of_stretch, crack)
    found = []
    for number, (first, last) in enumerate(pairwise(of_points)):
        outside = grey[first:last, 1:][seen[first:last, 1:]]
        own = stretches[of_stretches[number] : of_stretches[number + 1]]
        median = float(np.median(outside)) if outside.size else None
        found.append(Surroundings(inside[number], median, own))
    return found


def _find_median(photo: RgbImage, network: CrackNetwork) -> float:
    """Median grey of a crack, from the histogram: a mask may have millions of pixels."""
    height, width = network.mask.shape
    box = np.s_[network.top : network.top + height, network.left : network.left + width]
    grey = cv2.cvtColor(photo[box], cv2.COLOR_RGB2GRAY)
    counts = cv2.calcHist([grey], [0], network.mask, [256], [0, 256]).astype(np.int64).cumsum()
    return float(np.searchsorted(counts, (counts[-1] + 1) // 2))


@dataclass(frozen=True, slots=True, eq=False)
class _Sites:
    """Places 4 px apart along the lines of all cracks, crack by crack.

    Attributes:
        points_px: (N, 2) row and column.
        normals: (N, 2) unit vectors across the line.
        half_width_px: (N,) half of the mask's width.
        stretch: (N,) number of the stretch.
        crack_of_stretch: (P,) number of the crack.
    """

    points_px: NDArray[np.float64]
    normals: NDArray[np.float64]
    half_width_px: NDArray[np.float64]
    stretch: NDArray[np.int64]
    crack_of_stretch: NDArray[np.int64]


def _place_sites(networks: Sequence[CrackNetwork]) -> _Sites | None:
    lines = [line for network in networks for line in network.lines]
    if not lines:
        return None
    points = np.concatenate([line.points_px for line in lines])
    n_points = np.array([len(line.points_px) for line in lines])
    line = np.repeat(np.arange(len(lines)), n_points)
    first = np.cumsum(n_points) - n_points
    number = np.arange(len(points))
    chosen = np.flatnonzero((number - first[line]) % _EVERY_PX == 0)
    line, number = line[chosen], number[chosen]
    ahead = np.minimum(number + 1, (first + n_points - 1)[line])
    down, right = (points[ahead] - points[np.maximum(number - 1, first[line])]).T
    length = np.maximum(np.hypot(down, right), np.finfo(float).tiny)
    n_chosen = -(-n_points // _EVERY_PX)
    n_stretches = np.maximum(np.rint(n_points / _STRETCH_PX), 1).astype(np.int64)
    within = (number - first[line]) // _EVERY_PX * n_stretches[line] // n_chosen[line]
    owner = np.repeat(np.arange(len(networks)), [len(network.lines) for network in networks])
    return _Sites(
        points[chosen],
        np.stack([right / length, -down / length], axis=1),
        np.concatenate([line.half_width_px for line in lines])[chosen],
        (np.cumsum(n_stretches) - n_stretches)[line] + within,
        np.repeat(owner, n_stretches),
    )


def _read_grey(
    photo: RgbImage, marked: NDArray[np.bool_], sites: _Sites
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, 3, 4) grey in the middle and 3, 5, 7, 9 px beyond either edge, and where it counts.

    It does not beyond the photo's border, nor beside a crack where another one is marked.
    """
    reach = sites.half_width_px[:, None] + _OFFSETS_PX
    across = np.stack([np.zeros_like(reach), -reach, reach], axis=1)[..., None]
    places = sites.points_px[:, None, None] + across * sites.normals[:, None, None]
    wanted = np.rint(places).astype(np.int64)
    inside = np.clip(wanted, 0, np.array(marked.shape) - 1)
    rows, columns = np.moveaxis(inside, -1, 0)
    hidden = marked[rows, columns] | (wanted != inside).any(axis=-1)
    hidden[:, 0] = False
    return photo[rows, columns] @ _GREY, ~hidden
