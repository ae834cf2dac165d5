"""Probability of detection by crack width, as non-destructive testing draws it."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.palette import BLUE, GREY, ORANGE, VERMILLION, to_hex
from crack_pipeline.figures.plots import draw_counts, limit_to_shares, new_plot_with_counts
from crack_pipeline.metrics.detection import DetectionCurve

_SOUGHT = 0.9
_LEGEND_COLUMNS = 3
_CURVE_POINTS = 200


def draw_detection(curve: DetectionCurve, *, title: str) -> Figure | None:
    """Draw the share of crack that was found against its width in px.

    Args:
        curve: From ``fit_detection``.
        title: What is shown, of which data set and split.

    Returns:
        The figure: pieces and length found in each bin, the fitted curves where there are any, and
        the width that is found with 90 % probability, with its upper 95 % bound. That bound is
        one-sided, so it lies a little left of where the band reaches 90 %. None without crack.
    """
    if not curve.by_width:
        return None
    figure, axes, strip = new_plot_with_counts(
        title=title, x_label="Crack width (px)", y_label="Share found", count_label="Crack, px"
    )
    last = curve.by_width[-1].to_px or curve.by_width[-1].from_px + 1
    bins = pd.DataFrame(list(curve.by_width)).set_index("from_px").reindex(range(last))
    middles = np.arange(last) + 0.5
    axes.axhline(_SOUGHT, color=to_hex(GREY), linestyle=":", linewidth=1.2)
    _draw_fits(axes, curve)
    for label, shares, face in (
        ("pieces detected", bins["detected"] / bins["units"], "black"),
        ("length found", bins["share_found"], "none"),
    ):
        dots: Any = {"markersize": 5, "markeredgecolor": "black", "markerfacecolor": face}
        axes.plot(middles, shares, "o", label=label, zorder=3, **dots)
    draw_counts(strip, middles, bins["length_px"].fillna(0), width=0.92)
    axes.set_xlim(0, last)
    limit_to_shares(axes, "y")
    # Dots of wide cracks lie anywhere in the plot: no corner is free for sure.
    figure.legend(loc="outside lower center", ncols=_LEGEND_COLUMNS, fontsize=9)
    return figure


def _draw_fits(axes: Axes, curve: DetectionCurve) -> None:
    if curve.fit.slope is None or curve.narrowest_px is None or curve.widest_px is None:
        return
    colour, band = to_hex(BLUE), pd.DataFrame(list(curve.band))
    if band.empty:
        width = np.geomspace(curve.narrowest_px, curve.widest_px, _CURVE_POINTS)
    else:
        width = band["width_px"].to_numpy()
        style: Any = {"color": colour, "alpha": 0.18, "linewidth": 0, "label": "its 95 % band"}
        axes.fill_between(width, band["low"], band["high"], **style)
    axes.plot(width, curve.fit.share(width), color=colour, linewidth=2, label="fit to pieces")
    if curve.length.slope is not None:
        length = curve.length.share(width)
        axes.plot(width, length, color=colour, linestyle="--", label="fit to length")
    marks = (
        ("a90", curve.fit.w90_px, VERMILLION, "-"),
        ("a90/95", curve.fit.bound_px, ORANGE, "--"),
    )
    for name, a90_px, mark, linestyle in marks:
        if a90_px is not None:
            label = f"{name} = {a90_px:.3g} px"
            axes.axvline(a90_px, color=to_hex(mark), linestyle=linestyle, label=label)
