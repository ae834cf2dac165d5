"""Measured cracks drawn on their photo, for reports and for the screen."""

import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from crack_pipeline.figures.palette import PREDICTION, SKY_BLUE, YELLOW, Colour
from crack_pipeline.images.resizing import resize_image
from crack_pipeline.measure.branches import measure_way
from crack_pipeline.measure.cracks import Crack
from crack_pipeline.measure.network import CrackNetwork
from crack_pipeline.types import BinaryMask, GreyImage, RgbImage

SURE: Colour = PREDICTION
DOUBTFUL: Colour = SKY_BLUE
CENTRELINE: Colour = YELLOW
_WHITE: Colour = (255, 255, 255)
_BLACK: Colour = (0, 0, 0)

LONGEST_PX = 2500
"""Larger photos are shrunk to this."""
_SHORTEST_PX = 800
_MOST_ZOOM = 4
_THICK_FROM_PX = 1400
_SHIFT = 4  # binary digits of a pixel's fraction, as OpenCV takes them
_OUTLINE_PX = 2
_DASH_PX, _GAP_PX = 16, 12
_MOST_LABELS = 40
_MOST_STEPS = 7
_COVERED_PX = 7
_BAR_SHARE = 0.2
_BAR_PX = 4
_DIM = 4
_MARGIN_PX = 3

_SIDES = ((1, 0), (1, -1), (1, 1), (-1, 0), (-1, -1), (-1, 1), (0, -1), (0, 1))
"""Where a label is tried, right and down of its place."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in px of the picture."""
Ring = tuple[int, int, int]
"""x, y and radius in px of the picture."""


def make_picture(photo: RgbImage) -> tuple[RgbImage, float]:
    """Resize a photo to the size of its overlay.

    Args:
        photo: (H, W, 3) uint8.

    Returns:
        The picture, its longest side at most 2 500 px, small photos enlarged by a whole number up
        to 4; and px of the picture per px of the photo.

    >>> picture, zoom = make_picture(np.zeros((384, 544, 3), np.uint8))
    >>> picture.shape, zoom
    ((768, 1088, 3), 2.0)
    """
    height, width = photo.shape[:2]
    longest = max(height, width)
    enlarged = min(_MOST_ZOOM, math.ceil(_SHORTEST_PX / longest))
    zoom = LONGEST_PX / longest if longest > LONGEST_PX else float(enlarged)
    width_px, height_px = (max(1, round(side * zoom)) for side in (width, height))
    return resize_image(photo, width_px=width_px, height_px=height_px), zoom


def draw_cracks(
    picture: RgbImage, zoom: float, marks: Sequence[tuple[Crack, str]], *, mm_per_px: float | None
) -> RgbImage:
    """Draw outlines, centrelines, the places of the 95th percentiles and a scale bar.

    Outlines run beside the crack, dashed where it is doubtful. A label that would cover
    another one is left out.

    Args:
        picture: (h, w, 3) uint8, as ``make_picture`` gives it.
        zoom: Px of the picture per px of the photo.
        marks: The cracks, each with the label beside the place of its 95th percentile; without a
            width there is none. Earlier ones get their labels first.
        mm_per_px: Ground resolution of the photo; None for a scale bar in px.

    Returns:
        (h, w, 3) uint8, a new array.
    """
    drawn, covered = picture.copy(), np.zeros(picture.shape[:2], np.uint8)
    thickness = 1 + (max(picture.shape[:2]) >= _THICK_FROM_PX)
    for crack, _ in marks:
        lines = [_place(line.points_px, zoom) for line in crack.network.lines]
        _draw_outline(drawn, crack, zoom)
        _draw_curves(drawn, lines, CENTRELINE, thickness)
        _draw_curves(covered, lines, _WHITE, _COVERED_PX)
    labels = _Labels(drawn, covered)
    labels.add_scale_bar(zoom, mm_per_px)
    rings = [labels.add_ring(crack, zoom) for crack, _ in marks[:_MOST_LABELS]]
    for (_, label), ring in zip(marks, rings, strict=False):
        labels.add_label(label, ring)
    return labels.finish()


def _place(points_px: NDArray[np.float64], zoom: float) -> NDArray[np.float64]:
    """Rows and columns of pixel centres in the photo → x and y in the picture."""
    return (points_px[:, ::-1] + 0.5) * zoom - 0.5


def _draw_outline(drawn: RgbImage, crack: Crack, zoom: float) -> None:
    doubtful = bool(crack.doubts)
    curves = list(_trace_outline(crack.network, zoom))
    if doubtful:
        curves = [dash for curve in curves for dash in _dash(curve)]
    colour = DOUBTFUL if doubtful else SURE
    _draw_curves(drawn, curves, colour, _OUTLINE_PX, closed=not doubtful)


def _trace_outline(network: CrackNetwork, zoom: float) -> Iterator[NDArray[np.float64]]:
    """Closed curves just outside the mask, x and y in the picture."""
    scale = min(1.0, zoom)
    mask, left, top = _shrink_mask(network, scale)
    reach = 1 if zoom >= 1 else 2
    padded = np.pad(mask, reach + 1)
    grown = cv2.dilate(padded, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    contours, _ = cv2.findContours(grown, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    origin = np.array([left, top]) - (reach + 1)
    for contour in contours:
        yield (contour[:, 0] + origin + 0.5) * (zoom / scale) - 0.5


def _shrink_mask(network: CrackNetwork, scale: float) -> tuple[BinaryMask, int, int]:
    """A crack's mask at a smaller scale, any crack in a pixel kept, and its left and top."""
    first = network.top, network.left
    places = [
        ((np.arange(side) + (start + 0.5)) * scale).astype(np.int64)
        for side, start in zip(network.mask.shape, first, strict=True)
    ]
    rows, columns = (np.unique(axis, return_index=True)[1] for axis in places)
    small = np.maximum.reduceat(np.maximum.reduceat(network.mask, rows), columns, axis=1)
    return small, int(places[1][0]), int(places[0][0])


def _dash(curve: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Dashes of a closed curve."""
    closed = np.vstack([curve, curve[:1]])
    way = measure_way(closed)
    places = np.arange(0.0, way[-1], 1.0)
    points = np.column_stack([np.interp(places, way, closed[:, axis]) for axis in (0, 1)])
    for first in range(0, len(points), _DASH_PX + _GAP_PX):
        yield points[first : first + _DASH_PX]


def _draw_curves(
    drawn: RgbImage | GreyImage,
    curves: Sequence[NDArray[np.float64]],
    colour: Colour,
    thickness: int,
    *,
    closed: bool = False,
) -> None:
    fixed = [np.rint(curve * 2**_SHIFT).astype(np.int32) for curve in curves if len(curve)]
    cv2.polylines(drawn, fixed, closed, colour, thickness, cv2.LINE_AA, _SHIFT)


class _Labels:
    """Texts that keep clear of each other, and what they name."""

    def __init__(self, drawn: RgbImage, covered: GreyImage) -> None:
        self.drawn, self.covered = drawn, covered
        self.height, self.width = drawn.shape[:2]
        self.font_px = int(np.clip(round(max(drawn.shape[:2]) / 60), 16, 30))
        self.font = _font(self.font_px)
        self.taken = np.zeros_like(covered)
        self.texts: list[tuple[Box, str]] = []
        self.bars: list[tuple[Box, Box]] = []

    def add_ring(self, crack: Crack, zoom: float) -> Ring | None:
        """Ring the place of the 95th percentile; None where no width was measured."""
        station = crack.p95_station
        if station is None or crack.p95_width_px is None:
            return None
        x, y = np.rint(_place(crack.stations.points_px[[station]], zoom)[0]).astype(int).tolist()
        radius = round(crack.p95_width_px * zoom / 2) + 5
        cv2.circle(self.drawn, (x, y), radius, _BLACK, 3, cv2.LINE_AA)
        cv2.circle(self.drawn, (x, y), radius, _WHITE, 1, cv2.LINE_AA)
        self._take((x - radius, y - radius, x + radius, y + radius))
        return x, y, radius

    def add_label(self, label: str, ring: Ring | None) -> None:
        """Write a label beside its ring, with a line to it, if there is room."""
        box = None if ring is None else self._find_room(ring, self._size(label))
        if ring is None or box is None:
            return
        self._take(box)
        self.texts.append((box, label))
        start, radius = np.array(ring[:2], float), ring[2]
        end = np.clip(start, box[:2], box[2:])
        distance = float(np.hypot(*(end - start)))
        edge = start + (end - start) * radius / max(distance, 1.0)
        _draw_curves(self.drawn, [np.stack([edge, end])], _WHITE, 1)

    def add_scale_bar(self, zoom: float, mm_per_px: float | None) -> None:
        """Keep room at the lower left for a bar of a round length."""
        unit_px = zoom / (mm_per_px or 1.0)
        length = _round_length(_BAR_SHARE * self.width / unit_px)
        text = f"{length:g} {'px' if mm_per_px is None else 'mm'}"
        bar_px, gap = round(length * unit_px), self.font_px // 2
        text_width, text_height = self._size(text)
        left, top = 2 * gap, self.height - 2 * gap - text_height - _BAR_PX
        right = left + max(bar_px, text_width)
        if top < gap or right > self.width - gap:
            return
        bar = (left, top + text_height, left + bar_px, top + text_height + _BAR_PX)
        background = (left - gap, top - gap, right + gap, bar[3] + gap)
        self._take(background)
        self.bars.append((bar, background))
        self.texts.append(((left, top, left + text_width, top + text_height), text))

    def finish(self) -> RgbImage:
        """Draw the bar and write all texts."""
        for bar, background in self.bars:
            part = _cut(self.drawn, background)
            part //= _DIM
            cv2.rectangle(self.drawn, bar[:2], bar[2:], _WHITE, cv2.FILLED)
        for box, text in self.texts:
            part = _cut(self.drawn, box)
            image = Image.fromarray(np.ascontiguousarray(part) // _DIM)
            ImageDraw.Draw(image).text((_MARGIN_PX, 1), text, _WHITE, self.font)
            part[:] = np.asarray(image)
        return self.drawn

    def _size(self, text: str) -> tuple[int, int]:
        width = math.ceil(self.font.getlength(text))
        return width + 2 * _MARGIN_PX, self.font_px + 2 * _MARGIN_PX

    def _find_room(self, ring: Ring, size: tuple[int, int]) -> Box | None:
        """The nearest free place around a ring, beside cracks if there is one; None for none."""
        second: Box | None = None
        for step in range(1, _MOST_STEPS):
            for box in _surround(ring, step * self.font_px // 2, size):
                if not self._is_inside(box) or _cut(self.taken, box).any():
                    continue
                if not _cut(self.covered, box).any():
                    return box
                second = second or box
        return second

    def _take(self, box: Box) -> None:
        left, top, right, bottom = box
        _cut(self.taken, (max(left, 0), max(top, 0), max(right, 0), max(bottom, 0)))[:] = 1

    def _is_inside(self, box: Box) -> bool:
        return box[0] >= 0 and box[1] >= 0 and box[2] <= self.width and box[3] <= self.height


def _cut(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    return picture[top:bottom, left:right]


def _surround(ring: Ring, gap: int, size: tuple[int, int]) -> Iterator[Box]:
    """Boxes of a size around a ring."""
    (x, y, radius), (width, height) = ring, size
    reach = radius + gap
    for right, down in _SIDES:
        left = round(x + right * (reach + width / 2) - width / 2)
        top = round(y + down * (reach + height / 2) - height / 2)
        yield left, top, left + width, top + height


def _round_length(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above a length."""
    power = 10.0 ** math.floor(math.log10(most))
    return max(step * power for step in (1, 2, 5) if step * power <= most * (1 + 1e-9))


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    # DejaVu has the letters that units need, and comes with matplotlib.
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(path, size_px)
