"""Contact sheets: rows of captioned photos under a heading."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from crack_pipeline.figures.palette import Colour, to_hex
from crack_pipeline.images.resizing import resize_image
from crack_pipeline.types import BinaryMask, RgbImage

_TITLE_IN = 0.6
_HEADING_IN = 0.36
_CAPTION_LINE_IN = 0.17
_LEGEND_IN = 0.4
_GAP_IN = 0.14
_GAP_PX = 6
_TALLEST = 2.0
_CAPTION_SIZE = 9


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One picture of a sheet.

    Attributes:
        image: (H, W, 3) uint8.
        caption: A line or two below it.
    """

    image: RgbImage
    caption: str


@dataclass(frozen=True, slots=True, eq=False)
class PanelRow:
    """One row of a sheet.

    Attributes:
        heading: What its pictures have in common; empty where it goes on with the row above.
        panels: The pictures; a row may be shorter than others, or empty.
    """

    heading: str
    panels: Sequence[Panel]


def draw_sheet(
    rows: Sequence[PanelRow],
    *,
    title: str,
    legend: Sequence[tuple[str, Colour]] = (),
    panel_width_in: float = 5.0,
) -> Figure:
    """Draw rows of pictures.

    Args:
        rows: At least one row; of an empty one the heading alone is drawn, with "none".
        title: What is shown, of which data set and split; one or two lines.
        legend: Names and colours of what is drawn on the pictures.
        panel_width_in: Width of one picture in inches.

    Returns:
        The figure, as tall as its pictures need.
    """
    n_columns = max([1, *(len(row.panels) for row in rows)])
    width_in = n_columns * (panel_width_in + _GAP_IN) + _GAP_IN
    heights_in = [_row_height_in(row, panel_width_in) for row in rows]
    height_in = _TITLE_IN + sum(heights_in) + (_LEGEND_IN if legend else _GAP_IN)
    figure = Figure(figsize=(width_in, height_in))
    figure.text(_GAP_IN / width_in, 1 - _GAP_IN / height_in, title, fontsize=12, va="top")
    top_in = height_in - _TITLE_IN
    for row, row_height_in in zip(rows, heights_in, strict=True):
        _draw_row(figure, row, top_in, panel_width_in)
        top_in -= row_height_in
    if legend:
        patches = [Patch(color=to_hex(colour), label=name) for name, colour in legend]
        figure.legend(handles=patches, loc="lower left", ncols=len(patches), frameon=False)
    return figure


def shrink_to_panel(image: RgbImage, *, longest_px: int = 900) -> RgbImage:
    """Shrink a picture to what a sheet can show.

    Args:
        image: (H, W, 3) uint8.
        longest_px: Longest side of the result.

    Returns:
        The picture itself where it is small enough, else a smaller one of the same shape.
    """
    scale = longest_px / max(image.shape[:2])
    if scale >= 1:
        return image
    width_px = max(1, round(image.shape[1] * scale))
    height_px = max(1, round(image.shape[0] * scale))
    return resize_image(image, width_px=width_px, height_px=height_px)


def shrink_mask(mask: BinaryMask, picture: RgbImage) -> BinaryMask:
    """Shrink a mask to a shrunk picture, for the eye alone: thin cracks stay, a little too wide."""
    if mask.shape == picture.shape[:2]:
        return mask
    scaled = (mask > 0).astype(np.uint8) * np.uint8(255)
    areas = cv2.resize(scaled, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    return (areas > 0).astype(np.uint8)


def put_side_by_side(left: RgbImage, right: RgbImage) -> RgbImage:
    """Join two pictures of one height with a white gap between them."""
    gap = np.full((left.shape[0], _GAP_PX, 3), 255, np.uint8)
    return np.hstack([left, gap, right])


def _image_height_in(row: PanelRow, panel_width_in: float) -> float:
    ratios = [panel.image.shape[0] / panel.image.shape[1] for panel in row.panels]
    return panel_width_in * min(_TALLEST, max(ratios, default=0.0))


def _row_height_in(row: PanelRow, panel_width_in: float) -> float:
    n_lines = max((panel.caption.count("\n") + 1 for panel in row.panels), default=0)
    image_height_in = _image_height_in(row, panel_width_in)
    return _heading_height_in(row) + image_height_in + n_lines * _CAPTION_LINE_IN + _GAP_IN


def _heading_height_in(row: PanelRow) -> float:
    return _HEADING_IN if row.heading else 0.0


def _draw_row(figure: Figure, row: PanelRow, top_in: float, panel_width_in: float) -> None:
    width_in, height_in = figure.get_size_inches()
    heading = replace_missing_glyphs(row.heading if row.panels else f"{row.heading}: none")
    place = (_GAP_IN / width_in, (top_in - _GAP_IN / 2) / height_in)
    figure.text(*place, heading, fontsize=11, fontweight="bold", va="top")
    image_height_in = _image_height_in(row, panel_width_in)
    bottom_in = top_in - _heading_height_in(row) - image_height_in
    for column, panel in enumerate(row.panels):
        left_in = _GAP_IN + column * (panel_width_in + _GAP_IN)
        size = (panel_width_in / width_in, image_height_in / height_in)
        axes = figure.add_axes((left_in / width_in, bottom_in / height_in, *size))
        axes.set_axis_off()
        axes.set_anchor("NW")
        axes.imshow(panel.image)
        caption = (left_in / width_in, (bottom_in - 0.04) / height_in)
        text = replace_missing_glyphs(panel.caption)
        text = shorten_lines(text, width_in=panel_width_in, font_size=_CAPTION_SIZE)
        figure.text(*caption, text, fontsize=_CAPTION_SIZE, va="top", parse_math=False)


_MISSING = "□"
_POINTS_PER_INCH = 72.0
_WIDTH_OF_LETTER = 0.6
"""Of the font's size: a little more than the mean letter of DejaVu Sans."""


def replace_missing_glyphs(text: str) -> str:
    """Replace what the figure's font has no letter for, such as an emoji.

    Args:
        text: Any text.

    Returns:
        The text, with a box for each missing letter.
    """
    letters = _letters_of_font()
    return "".join(one if one == "\n" or ord(one) in letters else _MISSING for one in text)


def shorten_lines(text: str, *, width_in: float, font_size: float) -> str:
    """Shorten lines that would run into the next picture; both ends of a line stay.

    Args:
        text: One line or several.
        width_in: Room for a line, in inches.
        font_size: In points.

    Returns:
        The text, with an ellipsis in the middle of each line that was too long.
    """
    most = max(3, int(width_in * _POINTS_PER_INCH / (font_size * _WIDTH_OF_LETTER)))
    return "\n".join(_shorten(line, most) for line in text.split("\n"))


def _shorten(line: str, most: int) -> str:
    tail = (most - 1) // 2
    return line if len(line) <= most else f"{line[: most - 1 - tail]}…{line[-tail:]}"


@cache
def _letters_of_font() -> frozenset[int]:
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    return frozenset(font.get_charmap())
