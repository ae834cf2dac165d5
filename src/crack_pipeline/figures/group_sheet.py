"""Sheets of photos that were taken to overlap, so that one look shows whether they do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet
from crack_pipeline.splits.symmetries import SYMMETRY_NAMES, apply_symmetry
from crack_pipeline.types import RgbImage

_FRAME_RGB = (255, 120, 0)
_PANELS_A_ROW = 6


@dataclass(frozen=True, slots=True)
class ShownOverlap:
    """Two photos that were taken to overlap.

    Attributes:
        first: Name of the one.
        second: Name of the other.
        symmetry: What flips or turns the second as the first lies.
        dx_px: Column of the first where the flipped second one's left edge lies.
        dy_px: Row where its upper edge lies.
        caption: What is known about it.
    """

    first: str
    second: str
    symmetry: int
    dx_px: int
    dy_px: int
    caption: str


def draw_overlaps(
    overlaps: Sequence[ShownOverlap], *, read: Callable[[str], RgbImage], title: str
) -> Figure:
    """Draw one row for each overlap: both photos with the shared part framed, then it twice.

    Args:
        overlaps: At least one.
        read: Opens a photo by its name.
        title: What is shown, of which data set.

    Returns:
        The figure.
    """
    return draw_sheet(
        [_overlap_row(overlap, read) for overlap in overlaps], title=title, panel_width_in=2.2
    )


def draw_groups(
    groups: Sequence[tuple[str, Sequence[str]]], *, read: Callable[[str], RgbImage], title: str
) -> Figure:
    """Draw the photos of each group in a row, or in several where there are many.

    Args:
        groups: A heading for each, and the names of its photos.
        read: Opens a photo by its name.
        title: What is shown, of which data set.

    Returns:
        The figure.
    """
    rows = [
        PanelRow(
            heading if start == 0 else f"{heading}, continued",
            [Panel(read(name), name) for name in names[start : start + _PANELS_A_ROW]],
        )
        for heading, names in groups
        for start in range(0, max(len(names), 1), _PANELS_A_ROW)
    ]
    return draw_sheet(rows, title=title, panel_width_in=2.2)


def _overlap_row(overlap: ShownOverlap, read: Callable[[str], RgbImage]) -> PanelRow:
    first, stored = read(overlap.first), read(overlap.second)
    second = _turn(stored, overlap.symmetry)
    rows = _shared_range(first.shape[0], second.shape[0], overlap.dy_px)
    columns = _shared_range(first.shape[1], second.shape[1], overlap.dx_px)
    here = (rows[0], columns[0])
    there = (rows[1], columns[1])
    panels = [
        Panel(_frame(first, *here), overlap.first),
        Panel(_frame(second, *there), f"{overlap.second}\n{SYMMETRY_NAMES[overlap.symmetry]}"),
        Panel(first[here], "shared part in the first"),
        Panel(second[there], "in the second"),
    ]
    return PanelRow(overlap.caption, [panel for panel in panels if panel.image.size])


def _turn(photo: RgbImage, symmetry: int) -> RgbImage:
    channels = apply_symmetry(np.moveaxis(photo, -1, 0), symmetry)
    return np.ascontiguousarray(np.moveaxis(channels, 0, -1))


def _shared_range(length_px: int, other_px: int, offset_px: int) -> tuple[slice, slice]:
    start = max(0, offset_px)
    stop = max(start, min(length_px, offset_px + other_px))
    return slice(start, stop), slice(start - offset_px, stop - offset_px)


def _frame(photo: RgbImage, rows: slice, columns: slice) -> RgbImage:
    framed: NDArray[np.uint8] = photo.copy()
    corners = (columns.start, rows.start), (columns.stop - 1, rows.stop - 1)
    cv2.rectangle(framed, *corners, _FRAME_RGB, thickness=2)
    return framed
