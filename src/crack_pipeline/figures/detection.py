"""Probability of detection by crack width."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from crack_pipeline.figures.count_panel import draw_counts, new_plot_with_counts
from crack_pipeline.figures.palette import BLUE, GREY, ORANGE, VERMILLION, to_hex

_SOUGHT = 0.9
_MARGIN = 0.02
_LEGEND_COLUMNS = 3


@dataclass(frozen=True, slots=True, eq=False)
class DetectionBins:
    """True crack that was found, by width.

    Attributes:
        edges: (B + 1,) ascending widths.
        detected: (B,) share of pieces detected in each bin; NaN where it holds none.
        found: (B,) share of length found in each bin; NaN where it holds none.
        count: (B,) how much each holds.
    """

    edges: ArrayLike
    detected: ArrayLike
    found: ArrayLike
    count: ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class DetectionCurve:
    """Fitted probability of detection.

    Attributes:
        width: (K,) ascending.
        probability: (K,) of detection.
        low: (K,) 2.5th percentile; None draws no band.
        high: (K,) 97.5th percentile; None with ``low``.
        a90: Width that is found with 90 % probability; None where the curve does not reach it.
        a90_95: Its upper 95 % bound, one-sided, so a little left of where ``low`` reaches 90 %;
            None where it is not known.
        length: (K,) share of length found; None draws no second curve.
    """

    width: ArrayLike
    probability: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    a90: float | None = None
    a90_95: float | None = None
    length: ArrayLike | None = None


def draw_detection(
    bins: DetectionBins,
    curve: DetectionCurve | None,
    *,
    width_unit: str,
    count_label: str,
    title: str,
) -> Figure:
    """Draw the probability of detection against crack width, as non-destructive testing does.

    Args:
        bins: What was found.
        curve: Logistic fit; None where nothing could be fitted.
        width_unit: "px" or "mm".
        count_label: What ``bins.count`` counts, such as "Crack, px".
        title: What is shown, of which data set and split.

    Returns:
        The figure.
    """
    figure, axes, strip = new_plot_with_counts(
        title=title,
        x_label=f"Crack width ({width_unit})",
        y_label="Share found",
        count_label=count_label,
    )
    edges = np.asarray(bins.edges, np.float64)
    middles, widths = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
    axes.axhline(_SOUGHT, color=to_hex(GREY), linestyle=":", linewidth=1.2)
    if curve is not None:
        _draw_curve(axes, curve, width_unit)
    axes.plot(
        middles, bins.detected, "o", color="black", markersize=5, label="pieces detected", zorder=3
    )
    axes.plot(
        middles,
        bins.found,
        "o",
        markeredgecolor="black",
        markerfacecolor="none",
        markersize=5,
        label="length found",
        zorder=3,
    )
    draw_counts(strip, middles, bins.count, width=0.92 * widths)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(-_MARGIN, 1 + _MARGIN)
    # Dots of wide cracks lie anywhere in the plot: no corner is free for sure.
    figure.legend(loc="outside lower center", ncols=_LEGEND_COLUMNS, fontsize=9)
    return figure


def _draw_curve(axes: Axes, curve: DetectionCurve, width_unit: str) -> None:
    colour = to_hex(BLUE)
    if curve.low is not None and curve.high is not None:
        axes.fill_between(
            curve.width,
            curve.low,
            curve.high,
            color=colour,
            alpha=0.18,
            linewidth=0,
            label="its 95 % band",
        )
    axes.plot(curve.width, curve.probability, color=colour, linewidth=2, label="fit to pieces")
    if curve.length is not None:
        axes.plot(curve.width, curve.length, color=colour, linestyle="--", label="fit to length")
    marks = (("a90", curve.a90, VERMILLION, "-"), ("a90/95", curve.a90_95, ORANGE, "--"))
    for name, width, mark_colour, style in marks:
        if width is not None:
            label = f"{name} = {width:.3g} {width_unit}"
            axes.axvline(width, color=to_hex(mark_colour), linestyle=style, label=label)
