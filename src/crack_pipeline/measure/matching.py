"""Predicted cracks beside the true ones of the same photo: found, false and missed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.network import CrackNetwork

REACH_PX = 3.0
"""Two centrelines of one crack lie at most so far apart, or half its width where that is more."""

_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FoundCrack:
    """A predicted crack and what it measures in truth.

    Attributes:
        crack: As predicted.
        mean_width_px: Mean of the true widths along it; None where none is measured.
        p95_width_px: Their 95th percentile.
        length_px: Length of the true centrelines along it.
    """

    crack: Crack
    mean_width_px: float | None
    p95_width_px: float | None
    length_px: float


@dataclass(frozen=True, slots=True, eq=False)
class CrackComparison:
    """Cracks of one photo.

    Attributes:
        found: Predicted cracks whose line runs along true ones for at least half of its length.
        false: The other predicted cracks.
        missed: True cracks along which less than half of the length is predicted.
    """

    found: tuple[FoundCrack, ...]
    false: tuple[Crack, ...]
    missed: tuple[Crack, ...]


def compare_cracks(predicted: Sequence[Crack], truth: Sequence[Crack]) -> CrackComparison:
    """Find what each predicted crack measures in truth.

    A predicted crack may run along parts of several true ones, or along a part of one. Each place
    of the true centrelines belongs to the predicted line that is nearest, where one is within
    reach; the widths and the length there are the truth of that crack. So what a crack leaves out
    is no error of its length, while what it adds is one.

    Args:
        predicted: Cracks of a photo.
        truth: Its true cracks, measured the same way.

    Returns:
        All of them, each predicted crack and each true one in its place.
    """
    own, true = _Points.join(predicted), _Points.join(truth)
    owner = own.find_nearest(true.points_px)
    follows = true.find_nearest(own.points_px) >= 0
    places = _join([one.stations.points_px for one in truth], columns=2)
    width_px = _join([one.stations.width_px for one in truth])
    owner_of_width = np.where(np.isfinite(width_px), own.find_nearest(places), -1)
    found, false = [], []
    for number, crack in enumerate(predicted):
        of_crack = own.crack == number
        true_length_px = true.length_px[owner == number].sum()
        right_px = min(own.length_px[of_crack & follows].sum(), true_length_px)
        if right_px < _LEAST_SHARE * own.length_px[of_crack].sum() or not right_px:
            false.append(crack)
            continue
        widths = width_px[owner_of_width == number]
        found.append(
            FoundCrack(
                crack=crack,
                mean_width_px=float(widths.mean()) if widths.size else None,
                p95_width_px=float(np.percentile(widths, 95)) if widths.size else None,
                length_px=float(true_length_px),
            )
        )
    missed = [
        crack
        for number, crack in enumerate(truth)
        if true.length_px[(true.crack == number) & (owner >= 0)].sum()
        < _LEAST_SHARE * true.length_px[true.crack == number].sum()
    ]
    return CrackComparison(tuple(found), tuple(false), tuple(missed))


@dataclass(frozen=True, slots=True, eq=False)
class _Points:
    """Points of the centrelines of a photo, with number of the crack, length and reach of each."""

    points_px: NDArray[np.float64]
    crack: NDArray[np.int64]
    length_px: NDArray[np.float64]
    reach_px: NDArray[np.float64]

    @classmethod
    def join(cls, cracks: Sequence[Crack]) -> "_Points":
        lines = [(n, line) for n, crack in enumerate(cracks) for line in crack.network.lines]
        return cls(
            _join([line.points_px for _, line in lines], columns=2),
            np.repeat([n for n, _ in lines], [len(line.points_px) for _, line in lines]).astype(
                int
            ),
            _join([part for crack in cracks for part in _share_length(crack.network)]),
            _join([np.maximum(line.half_width_px, REACH_PX) for _, line in lines]),
        )

    def find_nearest(self, places_px: NDArray[np.float64]) -> NDArray[np.int64]:
        """Number of the crack whose line is nearest to each place; −1 where none is in reach."""
        if not len(places_px) or not len(self.points_px):
            return np.full(len(places_px), -1, np.int64)
        distance, nearest = KDTree(self.points_px).query(places_px)
        return np.where(distance <= self.reach_px[nearest], self.crack[nearest], -1)


def _join(parts: Sequence[NDArray[np.float64]], columns: int = 1) -> NDArray[np.float64]:
    empty = np.zeros((0, columns) if columns > 1 else 0)
    return np.concatenate([empty, *parts])


def _share_length(network: CrackNetwork) -> list[NDArray[np.float64]]:
    """Length that each point of each line stands for: half of the steps to its neighbours.

    The half-width beyond a free end belongs to the last point.
    """
    shared = []
    for line in network.lines:
        step = np.hypot(*np.diff(line.points_px, axis=0).T)
        length = (np.append(step, 0.0) + np.insert(step, 0, 0.0)) / 2
        for node, place in ((line.start, 0), (line.end, -1)):
            if node >= 0 and network.kinds[node] == "end":
                length[place] += line.half_width_px[place]
        shared.append(length)
    return shared
