"""Figures without pyplot: nothing global, nothing to close, safe in any thread."""

import math
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import ArrayLike

from crack_pipeline.figures.palette import GREY, to_hex
from crack_pipeline.types import RgbImage

_TITLE_SIZE = 11
_LABEL_SIZE = 10
_THOUSAND = 1000
_MARGIN = 0.02
_DOTS = 110
"""Per inch, as the catalog saves figures."""


def new_plot(
    *, title: str, x_label: str, y_label: str, width_in: float = 6.4, height_in: float = 4.8
) -> tuple[Figure, Axes]:
    """Start a figure with one plot.

    Args:
        title: What is shown, of which data set and split.
        x_label: Quantity and unit.
        y_label: Quantity and unit.
        width_in: Width in inches.
        height_in: Height in inches.

    Returns:
        The figure and its axes.
    """
    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=_TITLE_SIZE, loc="left")
    axes.set_xlabel(x_label, fontsize=_LABEL_SIZE)
    axes.set_ylabel(y_label, fontsize=_LABEL_SIZE)
    style_axes(axes)
    return figure, axes


def show_picture(image: RgbImage) -> Figure:
    """Make a figure of a picture and nothing else, a pixel of the file for a pixel of the picture.

    Args:
        image: (H, W, 3) uint8.

    Returns:
        The figure.
    """
    height_px, width_px = image.shape[:2]
    figure = Figure(figsize=(width_px / _DOTS, height_px / _DOTS), dpi=_DOTS)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.imshow(image, aspect="auto", interpolation="none")
    return figure


def new_plot_with_counts(
    *, title: str, x_label: str, y_label: str, count_label: str
) -> tuple[Figure, Axes, Axes]:
    """Start a figure with a plot and a strip of counts that share the x axis.

    Args:
        title: What is shown, of which data set and split.
        x_label: Quantity and unit, below the strip.
        y_label: Quantity and unit of the plot.
        count_label: What the strip counts.

    Returns:
        The figure, the plot's axes, the strip's axes.
    """
    figure = Figure(figsize=(6.4, 5.8), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    upper.set_title(title, fontsize=_TITLE_SIZE, loc="left")
    upper.set_ylabel(y_label, fontsize=_LABEL_SIZE)
    lower.set_ylabel(count_label, fontsize=_LABEL_SIZE)
    lower.set_xlabel(x_label, fontsize=_LABEL_SIZE)
    lower.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    lower.yaxis.set_major_formatter(FuncFormatter(shorten_count))
    style_axes(upper)
    style_axes(lower)
    figure.align_ylabels([upper, lower])
    return figure, upper, lower


def style_axes(axes: Axes, *, grid: Literal["both", "x", "y"] = "both") -> None:
    """Draw light grid lines below the data, and no frame above and right of it."""
    axes.grid(visible=True, axis=grid, color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def limit_to_shares(axes: Axes, directions: str = "xy") -> None:
    """Let axes show shares from 0 to 1, with points at the ends whole."""
    for direction in directions:
        axes.set(**{f"{direction}lim": (-_MARGIN, 1 + _MARGIN)})


def draw_counts(axes: Axes, x: ArrayLike, counts: ArrayLike, *, width: ArrayLike) -> None:
    """Draw the strip's bars.

    Args:
        axes: The strip.
        x: (B,) middles of the bars.
        counts: (B,) their heights.
        width: Of all bars, or (B,).
    """
    axes.bar(x, counts, width=width, color=to_hex(GREY), alpha=0.6, linewidth=0)


def scale_by_decades(axes: Axes, counts: ArrayLike) -> None:
    """Give the strip a logarithmic axis of whole decades, where bins hold very different numbers.

    Args:
        axes: The strip, with its bars drawn.
        counts: (B,) their heights; nothing is changed where all are 0.
    """
    heights = np.asarray(counts, np.float64)
    filled = heights[heights > 0]
    if filled.size == 0:
        return
    axes.set_yscale("log")
    lowest = 10.0 ** math.floor(math.log10(filled.min() / 2))
    axes.set_ylim(lowest, 10.0 ** math.ceil(math.log10(filled.max())))
    axes.yaxis.set_major_locator(LogLocator(numticks=4))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(shorten_count))


def shorten_count(count: float, _: Any = None) -> str:
    """Write a number of things briefly: 12, 3.5 k, 2 M."""
    for size, unit in ((_THOUSAND**2, " M"), (_THOUSAND, " k")):
        if count >= size:
            return f"{count / size:.3g}{unit}"
    return f"{count:g}"
