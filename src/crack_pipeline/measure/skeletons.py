"""Skeletons of all the pieces of a mask, as points and as the strands between their forks."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

from crack_pipeline.measure.centreline import find_neighbours, thin
from crack_pipeline.types import BinaryMask

_CELL_PX = 32
_STRIDE = 4
_BAND_PX = 1 << 24
_HALO_PX = 256


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Pixels of a mask that hang together, by sides or corners.

    Attributes:
        top: First row of its bounding box.
        left: First column of it.
        mask: (h, w) of {0, 1}, its own pixels in the box.
    """

    top: int
    left: int
    mask: BinaryMask


@dataclass(frozen=True, slots=True, eq=False)
class SkeletonPoints:
    """Skeleton of every piece of a mask.

    Attributes:
        places: (N, 2) row and column, row by row.
        half_width_px: (N,) half of the mask's width there.
        piece: (N,) number of the piece.
        pieces: The pieces.
    """

    places: NDArray[np.int64]
    half_width_px: NDArray[np.float64]
    piece: NDArray[np.int64]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Strand:
    """Points of a skeleton between two forks.

    Attributes:
        points: (N,) numbers of the points in their order, at least one.
        start: Number of the fork it leaves; −1 for none.
        stop: Number of the fork it reaches; −1 for none.
        closed: True where the last point touches the first: a ring.
    """

    points: list[int]
    start: int
    stop: int
    closed: bool


def thin_pieces(mask: BinaryMask) -> SkeletonPoints:
    """Skeleton of every piece of a mask, worked out in crops.

    Args:
        mask: (H, W) of {0, 1}.

    Source:
        Zhang, Suen (1984), https://doi.org/10.1145/357994.358023; Lee, Kashyap, Chu (1994),
        https://doi.org/10.1006/cgip.1994.1042
    """
    places, widths, numbers = [np.zeros((0, 2), np.int64)], [np.zeros(0)], [np.zeros(0, np.int64)]
    pieces: list[Piece] = []
    for top, left, crop in _crop_groups(mask):
        labels, boxes = _label(crop)
        rows, columns, half = _thin(crop, labels, boxes)
        places.append(np.stack([rows + top, columns + left], axis=1))
        widths.append(half)
        numbers.append(labels[rows, columns].astype(np.int64) + (len(pieces) - 1))
        for number, (x, y) in enumerate(boxes[1:, :2].tolist(), start=1):
            pieces.append(Piece(top + y, left + x, _cut_out(labels, boxes, number)))
        del crop, labels
    joined = np.concatenate(places)
    order = np.lexsort(joined.T[::-1])
    return SkeletonPoints(
        joined[order],
        np.concatenate(widths)[order],
        np.concatenate(numbers)[order],
        tuple(pieces),
    )


def _crop_groups(mask: BinaryMask) -> Iterator[tuple[int, int, BinaryMask]]:
    """Top, left and pixels of each group of crack that lies in touching cells of 32 px.

    Groups are found on the cells, so that a large photo needs no labels of its own size.
    """
    height, width = mask.shape
    rows = range(0, height, _CELL_PX)
    strips = np.stack([mask[row : row + _CELL_PX].max(axis=0) for row in rows])
    filled = np.maximum.reduceat(strips, np.arange(0, width, _CELL_PX), axis=1)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(filled, connectivity=8)
    for number, (x, y, w, h, _) in enumerate(boxes[1:].tolist(), start=1):
        top, left = max(y - 1, 0), max(x - 1, 0)
        cells = labels[top : y + h + 1, left : x + w + 1] == number
        crop = mask[
            top * _CELL_PX : (y + h + 1) * _CELL_PX, left * _CELL_PX : (x + w + 1) * _CELL_PX
        ]
        wanted = cells.repeat(_CELL_PX, axis=0)[: crop.shape[0]]
        crop = crop * wanted.repeat(_CELL_PX, axis=1)[:, : crop.shape[1]]
        if crop.size <= _BAND_PX:
            yield top * _CELL_PX, left * _CELL_PX, crop
            continue
        # The pieces of a huge one go one by one, so that thinning finds no labels beside it.
        parts, boxes = _label(crop)
        pieces = []
        for part, (x, y, w, h) in enumerate(boxes[1:, :4].tolist(), start=1):
            y_0, x_0 = max(y - _CELL_PX, 0), max(x - _CELL_PX, 0)
            own = parts[y_0 : y + h + _CELL_PX, x_0 : x + w + _CELL_PX] == part
            pieces.append((top * _CELL_PX + y_0, left * _CELL_PX + x_0, own.view(np.uint8)))
        del crop, wanted, parts, own
        while pieces:
            yield pieces.pop()


def _thin(
    crop: BinaryMask, labels: NDArray[Any], boxes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Rows, columns and half-widths of a crop's skeleton.

    Zhang's and Suen's thinning eats diagonals from one end, some to a single pixel. A piece with
    pixels far from any line, judged on every fourth row and column, is thinned by Lee's instead.
    """
    rows, columns = np.nonzero(thin(crop.view(np.bool_)))
    half = measure_half_width(crop, rows, columns)
    sample = np.argwhere(crop[::_STRIDE, ::_STRIDE]) * _STRIDE
    if not len(sample):
        return rows, columns, half
    away, nearest = cKDTree(np.stack([rows, columns], axis=1)).query(sample)
    far = sample[away > 4 * half[nearest] + 16]
    if not len(far):
        return rows, columns, half
    numbers = np.unique(labels[tuple(far.T)])
    kept = ~np.isin(labels[rows, columns], numbers)
    found = [np.stack([rows[kept], columns[kept]], axis=1)]
    for number in numbers.tolist():
        is_alone = len(boxes) == 2
        own = crop if is_alone else _cut_out(labels, boxes, number)
        line = skeletonize(own.view(np.bool_), method="lee")  # type: ignore[no-untyped-call]
        found.append(np.argwhere(line) + (0 if is_alone else boxes[number, 1::-1]))
        del line
    points = np.concatenate(found)
    rows, columns = points[np.lexsort(points.T[::-1])].T
    return rows, columns, measure_half_width(crop, rows, columns)


def _label(crop: BinaryMask) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Label of each pixel, and the boxes of the labels.

    Labels have 16 bits where these suffice; a piece that is alone is its own label.
    """
    try:
        _, labels, boxes, _ = cv2.connectedComponentsWithStats(
            crop, None, None, None, 8, cv2.CV_16U
        )
    except cv2.error:
        _, labels, boxes, _ = cv2.connectedComponentsWithStats(crop, connectivity=8)
    return crop if len(boxes) == 2 else np.asarray(labels), np.asarray(boxes, np.int32)


def _cut_out(labels: NDArray[Any], boxes: NDArray[np.int32], number: int) -> BinaryMask:
    """(h, w) of {0, 1}, the pixels of a piece in its box."""
    x, y, width, height = boxes[number, :4].tolist()
    own: BinaryMask = (labels[y : y + height, x : x + width] == number).view(np.uint8)
    return own


def measure_half_width(
    crop: BinaryMask, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Half of a mask's width at some of its points, worked out in bands of rows.

    It is the distance to the centre of the nearest background pixel less a quarter: for lines along
    the rows it is right on average of odd and even widths. The outside of the photo is not
    background, since a crack may go on there.

    Args:
        crop: (H, W) of {0, 1}.
        rows: (N,) in ascending order.
        columns: (N,).

    Returns:
        (N,) half-widths in px, at most half of the mask's shorter side.
    """
    half = np.zeros(len(rows))
    band = max(_BAND_PX // crop.shape[1], _HALO_PX)
    for first in range(0, crop.shape[0], band):
        top = max(first - _HALO_PX, 0)
        part = crop[top : first + band + _HALO_PX]
        distance = cv2.distanceTransform(part, cv2.DIST_L2, cv2.DIST_MASK_5)
        within = slice(*np.searchsorted(rows, [first, first + band]))
        half[within] = distance[rows[within] - top, columns[within]]
    return np.asarray(np.minimum(half - 0.25, min(crop.shape) / 2), np.float64)


def link_strands(places: NDArray[np.int64]) -> tuple[list[Strand], NDArray[np.int64]]:
    """Cut a skeleton at its forks, points with three neighbours or more.

    A diagonal neighbour counts only where no way by a side leads there.

    Args:
        places: (N, 2) row and column of its points, row by row.

    Returns:
        The strands, and (N,) the number of the fork that each point belongs to, −1 for none; forks
        that touch are one.
    """
    links = find_neighbours(places)
    sides = links[:, ::2] >= 0
    links[:, 1::2][sides | np.roll(sides, -1, axis=1)] = -1
    forks = _group_forks(links)
    return _walk_strands(links, forks), forks


def _group_forks(links: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) number of the fork of each point, −1 for those of strands."""
    is_fork = np.count_nonzero(links >= 0, axis=1) > 2
    members = np.flatnonzero(is_fork)
    start, direction = np.nonzero((links[members] >= 0) & is_fork[links[members]])
    start = members[start]
    shape = (len(links), len(links))
    pairs = csr_array((np.ones(len(start)), (start, links[start, direction])), shape=shape)
    group = connected_components(pairs, directed=False)[1][members]
    forks = np.full(len(links), -1, np.int64)
    forks[members] = np.unique(group, return_inverse=True)[1]
    return forks


def _walk_strands(links: NDArray[np.int64], forks: NDArray[np.int64]) -> list[Strand]:
    """Order the points of each strand from one fork or end to the other."""
    fork_of = np.where(links >= 0, forks[links], -1)
    # Two forks at most: a point of a strand has two neighbours at most. Views would keep all eight.
    onward = np.sort(np.where(fork_of < 0, links, -1), axis=1)[:, :-3:-1].copy()
    ways = np.sort(fork_of, axis=1)[:, :-3:-1].copy()
    del fork_of
    first, second = onward.T.tolist()
    walked = (forks >= 0).tolist()
    strand_points = forks < 0
    ends = np.flatnonzero(strand_points & (onward[:, 1] < 0)).tolist()
    strands = []
    for start in ends + np.flatnonzero(strand_points).tolist():
        if walked[start]:
            continue
        path, point = [], start
        while point >= 0 and not walked[point]:
            walked[point] = True
            path.append(point)
            onwards = first[point]
            point = second[point] if onwards < 0 or walked[onwards] else onwards
        if len(path) == 1:
            begin, stop = ways[start].tolist()
        else:
            begin, stop = int(ways[path[0], 0]), int(ways[path[-1], 0])
        closed = len(path) > 2 and second[path[0]] >= 0 and second[path[-1]] >= 0
        strands.append(Strand(path, begin, stop, closed))
    return strands
