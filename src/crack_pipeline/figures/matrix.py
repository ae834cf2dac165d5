"""A table of numbers as a coloured matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

_CELL_IN, _ROW_IN, _LABELS_IN = 1.35, 0.55, 2.6
_DARK = 0.55


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
    axes.imshow(np.ma.masked_invalid(values), cmap="viridis", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if np.isfinite(value) and value < _DARK else "black"
        axes.text(
            column, row, cells[row][column], ha="center", va="center", color=colour, fontsize=9
        )
    return figure
