"""Votes of point pairs for the symmetry and translation under which two photos overlap."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.splits.keypoints import Keypoints
from crack_pipeline.splits.symmetries import COMPOSED, INVERSES, MATRICES

_BIN_PX = 8
# A photo that was shrunk by a factor near the right one drifts away from its counterpart.
_SCALED_BIN_PX = 16
_LEAST_SCALED_VOTES = 4
_MATCHES_AT_ONCE = 1_000_000
# Two votes near each other fall into one bin of at least one of the grids.
_GRIDS = ((0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.5, 0.5))


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """All points of all photos; a photo that is searched at several scales has several views.

    Attributes:
        points: K points, view by view.
        view: (K,) int32; the view that each point is of.
        photo: (V,) int32; the photo that each view is of.
        scale: (V,) float64; its size as a share of the photo's.
        size_px: (V, 2) int64; its width and height.
    """

    points: Keypoints
    view: NDArray[np.int32]
    photo: NDArray[np.int32]
    scale: NDArray[np.float64]
    size_px: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """Two views that may overlap.

    Attributes:
        first: A view.
        second: Another one, of a later photo.
        symmetry: What flips or turns the second as the first lies.
        dx_px: Column of the first where the flipped second one's left edge lies, about.
        dy_px: Row where its upper edge lies, about.
        places: (M, 2, 2) float64; the points that voted for it: x, y in the first and, as stored,
            in the second.
    """

    first: int
    second: int
    symmetry: int
    dx_px: int
    dy_px: int
    places: NDArray[np.float64]

    @property
    def votes(self) -> int:
        """Number of pairs of points that agree."""
        return len(self.places)


def count_votes(matches: NDArray[np.int64], views: Views, *, min_votes: int) -> list[Candidate]:
    """Pairs of views for which several pairs of points agree on a symmetry and a translation.

    Args:
        matches: (M, 2) pairs of points with like codes, by rising first point.
        views: The points.
        min_votes: Least number of agreeing pairs.

    Returns:
        The best translation for each pair of views and symmetry, by rising first view.
    """
    # Matches come by rising first point, so by rising first photo: slices between photos bound the
    # memory, and no pair of photos is divided.
    photos = views.photo[views.view[matches[:, 0]]]
    borders = np.searchsorted(photos, photos[_MATCHES_AT_ONCE::_MATCHES_AT_ONCE])
    slices = np.split(matches, np.unique(borders))
    return [found for some in slices for found in _count_some(some, views, min_votes)]


def _count_some(matches: NDArray[np.int64], views: Views, min_votes: int) -> list[Candidate]:
    rows = _comparable(matches, views)
    if len(rows) == 0:
        return []
    symmetries = _symmetries_between(rows, views.points)
    once = _first_of_each_vote(rows, symmetries, views)
    rows, symmetries = rows[once], symmetries[once]
    offsets = _offsets_between(rows, symmetries, views)
    _, runs = _number_equal(np.column_stack([views.view[rows], symmetries]))
    bins_px = np.where(views.scale[views.view[rows]].min(axis=1) < 1, _SCALED_BIN_PX, _BIN_PX)
    promising = _in_full_bins(runs, offsets, bins_px, min_votes)
    rows, symmetries, offsets = rows[promising], symmetries[promising], offsets[promising]
    order = np.argsort(runs[promising], kind="stable")
    starts = np.flatnonzero(np.diff(runs[promising][order])) + 1
    found = (
        _best_translation(rows[run], int(symmetries[run[0]]), offsets[run], views, min_votes)
        for run in np.split(order, starts)
        if len(run)
    )
    return [candidate for candidate in found if candidate is not None]


def _number_equal(columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number rows so that equal ones have equal numbers; how many have each, and the numbers."""
    order = np.lexsort(columns.T[::-1])
    is_new = np.any(np.diff(columns[order], axis=0), axis=1)
    numbers = np.empty(len(columns), np.int64)
    numbers[order] = np.concatenate([[0], np.cumsum(is_new)])
    return np.bincount(numbers), numbers


def _in_full_bins(
    runs: NDArray[np.int64],
    offsets: NDArray[np.float64],
    bins_px: NDArray[np.int64],
    min_votes: int,
) -> NDArray[np.int64]:
    """Matches that share a bin with enough others of their run, in one of the four grids.

    Nearly all matches are chance and stand alone: they must not cost a step of Python each.
    """
    is_full = np.zeros(len(runs), dtype=bool)
    for shift in _GRIDS:
        bins = np.floor(offsets / bins_px[:, None] + np.array(shift)).astype(np.int64)
        counts, numbers = _number_equal(np.column_stack([runs, bins]))
        is_full |= counts[numbers] >= min_votes
    return np.flatnonzero(is_full)


def _comparable(matches: NDArray[np.int64], views: Views) -> NDArray[np.int64]:
    """Matches of two photos, at least one of them in its full size; the earlier photo first."""
    view_pairs = views.view[matches]
    photos, scales = views.photo[view_pairs], views.scale[view_pairs]
    some = matches[(photos[:, 0] != photos[:, 1]) & (scales.max(axis=1, initial=0) == 1)]
    in_order = np.argsort(views.photo[views.view[some]], axis=1, kind="stable")
    return np.take_along_axis(some, in_order, axis=1)


def _symmetries_between(rows: NDArray[np.int64], points: Keypoints) -> NDArray[np.int64]:
    poses = points.pose[rows]
    return COMPOSED[INVERSES[poses[:, 0]], poses[:, 1]].astype(np.int64)


def _first_of_each_vote(
    rows: NDArray[np.int64], symmetries: NDArray[np.int64], views: Views
) -> NDArray[np.int64]:
    """Points without a clear pose stand there several times: each pair of places votes once."""
    points = views.points
    x_px, y_px = points.x_px[rows].astype(np.int64), points.y_px[rows].astype(np.int64)
    place = (views.view[rows].astype(np.int64) << 32) | (y_px << 16) | x_px
    _, numbers = _number_equal(np.column_stack([place, symmetries]))
    return np.sort(np.unique(numbers, return_index=True)[1])


def _places_of(rows: NDArray[np.int64], points: Keypoints) -> NDArray[np.float64]:
    return np.stack([points.x_px[rows], points.y_px[rows]], axis=-1).astype(np.float64)


def _offsets_between(
    rows: NDArray[np.int64], symmetries: NDArray[np.int64], views: Views
) -> NDArray[np.float64]:
    """Columns and rows of the first view where the flipped second one's corner lies."""
    first, second = _places_of(rows, views.points).transpose(1, 0, 2)
    sizes = views.size_px[views.view[rows[:, 1]]]
    turned_sizes = np.where((symmetries % 2 == 1)[:, None], sizes[:, ::-1], sizes)
    from_middle = second - (sizes - 1) / 2
    turned = np.einsum("kab,kb->ka", MATRICES[symmetries], from_middle)
    return np.asarray(first - turned - (turned_sizes - 1) / 2, dtype=np.float64)


def _best_translation(
    rows: NDArray[np.int64],
    symmetry: int,
    offsets: NDArray[np.float64],
    views: Views,
    min_votes: int,
) -> Candidate | None:
    first, second = (int(view) for view in views.view[rows[0]])
    is_scaled = views.scale[[first, second]].min() < 1
    agreeing = _fullest_bin(offsets, _SCALED_BIN_PX if is_scaled else _BIN_PX)
    places = _places_of(rows[agreeing], views.points)
    if len(places) < (max(min_votes, _LEAST_SCALED_VOTES) if is_scaled else min_votes):
        return None
    dx_px, dy_px = np.round(np.median(offsets[agreeing], axis=0)).astype(int)
    return Candidate(first, second, symmetry, int(dx_px), int(dy_px), places)


def _fullest_bin(offsets: NDArray[np.float64], bin_px: int) -> NDArray[np.int64]:
    """Rows of the fullest bin of four overlapping grids."""
    best = np.empty(0, np.int64)
    for shift in _GRIDS:
        bins = np.floor(offsets / bin_px + np.array(shift))
        _, number, count = np.unique(bins, axis=0, return_inverse=True, return_counts=True)
        if count.max() > len(best):
            best = np.flatnonzero(number.ravel() == count.argmax())
    return best
