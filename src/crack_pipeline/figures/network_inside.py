"""Sheets of a network's first filters and of the maps that its blocks make of a photo."""

from collections.abc import Sequence

import cv2
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.figures.heat_maps import colour_values
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet, shrink_to_panel
from crack_pipeline.types import RgbImage

_FILTERS_A_ROW = 16
_FILTER_PX = 96
_FILTER_IN = 0.75
_MAP_PX = 256
_MAP_IN = 1.7


def draw_filters(kernels: NDArray[np.float32], *, layer: str, title: str) -> Figure:
    """Show the kernels of a first layer as small colour pictures.

    Each is scaled by itself: middle grey is 0, and its largest number is full colour.

    Args:
        kernels: (F, h, w, 3).
        layer: Name of the layer.
        title: Of the figure.

    Returns:
        The figure.
    """
    pictures = [_show_kernel(kernel) for kernel in kernels]
    rows = [
        PanelRow(
            f"{layer}, filters {first} to {first + len(part) - 1}",
            [Panel(picture, str(first + number)) for number, picture in enumerate(part)],
        )
        for first in range(0, len(pictures), _FILTERS_A_ROW)
        for part in [pictures[first : first + _FILTERS_A_ROW]]
    ]
    return draw_sheet(rows, title=title, panel_width_in=_FILTER_IN)


def draw_activations(
    photo: RgbImage,
    maps: Sequence[tuple[str, NDArray[np.float32]]],
    *,
    title: str,
    n_maps: int = 7,
) -> Figure:
    """Show what the blocks of a network make of a photo.

    Args:
        photo: (T, T, 3) uint8.
        maps: Name of a layer and its (H, W, C) output, a block each.
        title: Of the figure.
        n_maps: Channels shown of each block: those that vary most over the photo.

    Returns:
        The figure: a row a block, first the mean size of all channels.
    """
    rows = [PanelRow("input", [Panel(shrink_to_panel(photo, longest_px=_MAP_PX), "photo")])]
    rows += [PanelRow(_heading(name, values), _panels(values, n_maps)) for name, values in maps]
    return draw_sheet(rows, title=title, panel_width_in=_MAP_IN)


def _heading(name: str, values: NDArray[np.float32]) -> str:
    height, width, channels = values.shape
    return f"{name}: {channels} maps of {width}×{height}"


def _panels(values: NDArray[np.float32], n_maps: int) -> list[Panel]:
    spread = values.std(axis=(0, 1))
    chosen = np.argsort(-spread, kind="stable")[:n_maps]
    mean = Panel(_enlarge(colour_values(np.abs(values).mean(axis=-1))), "mean of all")
    return [
        mean,
        *(Panel(_enlarge(colour_values(values[..., one])), f"map {one}") for one in chosen),
    ]


def _show_kernel(kernel: NDArray[np.float32]) -> RgbImage:
    largest = max(float(np.abs(kernel).max()), 1e-12)
    picture = np.rint(127.5 + 127.5 * kernel / largest).astype(np.uint8)
    return _enlarge(picture, _FILTER_PX)


def _enlarge(picture: RgbImage, side_px: int = _MAP_PX) -> RgbImage:
    scale = side_px / max(picture.shape[:2])
    if scale <= 1:
        return shrink_to_panel(picture, longest_px=side_px)
    size = (round(picture.shape[1] * scale), round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8)
