"""A table of numbers as a coloured matrix."""

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

_CELL_IN, _ROW_IN, _LABELS_IN = 1.35, 0.55, 3.2
_WHITE_SHARE = 0.45
_GAMMA = 2.2
_CONTRAST_OFFSET = 0.05  # of WCAG 2: light that a screen reflects


def draw_matrix(
    values: NDArray[np.float64],
    cells: Sequence[Sequence[str]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
) -> Figure:
    """Draw values in [0, 1] as colours with words in them.

    Args:
        values: (R, C) in [0, 1]; NaN is left white.
        cells: R × C words.
        rows: R labels.
        columns: C labels.
        title: What is shown, of which model.

    Returns:
        The figure.
    """
    width = _LABELS_IN + _CELL_IN * len(columns)
    figure = Figure(figsize=(width, 1.9 + _ROW_IN * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left")
    colours = _make_light_map()
    image = axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, ax=axes, fraction=0.03, pad=0.01)
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(values):
        ground = colours(float(value)) if np.isfinite(value) else (1.0, 1.0, 1.0)
        colour = choose_text_colour(ground)
        axes.text(
            column, row, cells[row][column], ha="center", va="center", color=colour, fontsize=9
        )
    return figure


def choose_text_colour(ground: Sequence[float]) -> str:
    """Black or white, whichever stands out more.

    Args:
        ground: Red, green, blue in [0, 1]; what follows is not looked at.

    Returns:
        Name of the colour.

    Source:
        W3C (2023), Web Content Accessibility Guidelines 2.2, contrast ratio,
        https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
    """
    light = float(np.dot((0.2126, 0.7152, 0.0722), np.power(ground[:3], _GAMMA)))
    beside_black = (light + _CONTRAST_OFFSET) / _CONTRAST_OFFSET
    beside_white = (1 + _CONTRAST_OFFSET) / (light + _CONTRAST_OFFSET)
    return "black" if beside_black > beside_white else "white"


def _make_light_map() -> ListedColormap:
    """Viridis mixed with white: its middle is too dark for black words and too light for white."""
    colours = mpl.colormaps["viridis"](np.linspace(0, 1, 256))
    colours[:, :3] += (1 - colours[:, :3]) * _WHITE_SHARE
    return ListedColormap(colours)
