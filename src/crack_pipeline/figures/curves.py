"""Curves over thresholds: rates, precision against recall, receiver operating characteristic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREEN, GREY, VERMILLION, Colour, to_hex
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import ThresholdSweep
from crack_pipeline.wording.numbers import format_number, format_threshold

_MARGIN = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """One line of a plot.

    Attributes:
        label: What the legend calls it.
        x: (K,) values.
        y: (K,) values.
        point: Where the decision threshold puts it, (x, y); None to mark nothing.
        point_label: What the legend calls the point.
    """

    label: str
    x: ArrayLike
    y: ArrayLike
    point: tuple[float, float] | None = None
    point_label: str = ""


def draw_threshold_curve(
    sweep: ThresholdSweep,
    *,
    threshold: float,
    score: float | None,
    title: str,
    peak_threshold: float | None = None,
) -> Figure:
    """Draw F1, precision and recall against the threshold, with the chosen one marked.

    Args:
        sweep: Counts at K thresholds.
        threshold: The chosen one.
        score: F1 at it; None where the choice was degenerate.
        title: What is shown, of which data set and split.
        peak_threshold: Where F1 is highest, if another threshold was taken on purpose.

    Returns:
        The figure.
    """
    figure, axes = new_plot(
        title=title, x_label="Threshold (crack probability)", y_label="Rate (share, 0–1)"
    )
    lines = (
        ("F1", rates.f1(sweep.counts), VERMILLION, 2.2),
        ("Precision", rates.precision(sweep.counts), BLUE, 1.4),
        ("Recall", rates.recall(sweep.counts), GREEN, 1.4),
    )
    for label, values, colour, width in lines:
        axes.plot(sweep.thresholds, values, color=to_hex(colour), linewidth=width, label=label)
    axes.axvline(threshold, color=to_hex(GREY), linestyle="--", linewidth=1.2)
    reached = "" if score is None else f", F1 {format_number(score)}"
    chosen = f"chosen {format_threshold(threshold)}{reached}"
    if score is not None:
        axes.plot([threshold], [score], "o", color=to_hex(VERMILLION), label=chosen)
    if peak_threshold is not None and peak_threshold != threshold:
        label = f"highest F1 at {format_threshold(peak_threshold)}, not clearly higher"
        axes.axvline(peak_threshold, color=to_hex(GREY), linestyle=":", linewidth=1.2, label=label)
    _finish_unit_axes(axes)
    _add_legend(axes)
    return figure


def draw_precision_recall_curve(
    curves: Sequence[Curve], *, prevalence: float, title: str
) -> Figure:
    """Draw precision against recall.

    Args:
        curves: The model's curve first, then what it is compared with; x is recall, falling.
            Between two points precision is not interpolated: the line goes in steps.
        prevalence: Share of positives: the precision of a guess.
        title: What is shown, of which data set and split.

    Returns:
        The figure.
    """
    figure, axes = new_plot(
        title=title, x_label="Recall (share of crack found)", y_label="Precision (share right)"
    )
    _draw_curves(axes, curves, "steps-post")
    label = f"guessing ({format_number(prevalence)})"
    axes.axhline(prevalence, color=to_hex(GREY), linestyle=":", linewidth=1.2, label=label)
    _finish_unit_axes(axes)
    _add_legend(axes)
    return figure


def draw_roc_curve(curves: Sequence[Curve], *, title: str) -> Figure:
    """Draw the receiver operating characteristic.

    Args:
        curves: The model's curve first, then what it is compared with; x is the
            false-positive rate, y the true-positive rate.
        title: What is shown, of which data set and split.

    Returns:
        The figure.
    """
    figure, axes = new_plot(
        title=title,
        x_label="False-positive rate (share of background called crack)",
        y_label="True-positive rate (share of crack found)",
    )
    _draw_curves(axes, curves, "default")
    axes.plot([0, 1], [0, 1], color=to_hex(GREY), linestyle=":", linewidth=1.2, label="guessing")
    _finish_unit_axes(axes)
    _add_legend(axes)
    return figure


def _draw_curves(
    axes: Axes, curves: Sequence[Curve], drawstyle: Literal["default", "steps-post"]
) -> None:
    colours: tuple[Colour, ...] = (VERMILLION, BLUE, GREEN)
    styles = ("-", "--", "-.")  # lines that fall together stay visible
    for curve, colour, style in zip(curves, colours, styles, strict=False):
        (line,) = axes.plot(curve.x, curve.y, style, color=to_hex(colour), label=curve.label)
        line.set_drawstyle(drawstyle)
        if curve.point is not None:
            x, y = curve.point
            axes.plot([x], [y], "o", color=to_hex(colour), label=curve.point_label)


def _finish_unit_axes(axes: Axes) -> None:
    axes.set_xlim(-_MARGIN, 1 + _MARGIN)
    axes.set_ylim(-_MARGIN, 1 + _MARGIN)


def _add_legend(axes: Axes) -> None:
    """Put the legend below the plot, where it covers no curve."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)
