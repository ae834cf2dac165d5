"""Curves of decisions, probabilities and trainings, and the confusion matrix."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from crack_pipeline.figures.palette import BLUE, GREEN, GREY, VERMILLION, Colour, to_hex
from crack_pipeline.figures.plots import (
    draw_counts,
    limit_to_shares,
    new_plot,
    new_plot_with_counts,
    scale_by_decades,
)
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.calibration import ReliabilityCounts, trace_reliability
from crack_pipeline.metrics.curves import ThresholdSweep
from crack_pipeline.metrics.rates import ConfusionCounts, divide
from crack_pipeline.metrics.risk_coverage import RiskCoverage, share_to_hand_over
from crack_pipeline.wording.numbers import PERCENT, format_number, format_threshold

_LOOKS = ((GREY, "o--"), (VERMILLION, "s-"), (BLUE, "^-."))
_DARK_CELL = 0.55
_DOTTED: Any = {"color": to_hex(GREY), "linestyle": ":", "linewidth": 1.2}


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
        axes.axvline(peak_threshold, label=label, **_DOTTED)
    limit_to_shares(axes)
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
    axes.axhline(prevalence, label=f"guessing ({format_number(prevalence)})", **_DOTTED)
    limit_to_shares(axes)
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
    axes.plot([0, 1], [0, 1], label="guessing", **_DOTTED)
    limit_to_shares(axes)
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


def _add_legend(axes: Axes) -> None:
    """Put the legend below the plot, where it covers no curve."""
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)


def draw_reliability(
    lines: Sequence[tuple[str, ReliabilityCounts]], *, unit: str, title: str
) -> Figure:
    """Draw the share of crack against the probability, with what each bin holds below.

    Args:
        lines: Names and pooled sums of shape (B,), before scaling first, then after; at most three.
            The strip below counts the last.
        unit: What is counted, "pixels" or "photos".
        title: What is shown, of which data set and split.

    Returns:
        The figure; points below the diagonal are predicted with too much confidence.
    """
    figure, axes, strip = new_plot_with_counts(
        title=title,
        x_label="Predicted probability of crack",
        y_label="Share that is crack",
        count_label=unit.capitalize(),
    )
    axes.plot([0, 1], [0, 1], label="calibrated", **_DOTTED)
    for (label, sums), (colour, look) in zip(lines, _LOOKS, strict=False):
        curve = trace_reliability(sums)
        axes.plot(curve.probability, curve.share, look, color=to_hex(colour), label=label, ms=5)
    counts = lines[-1][1].count
    middles = (np.arange(len(counts)) + 0.5) / len(counts)
    draw_counts(strip, middles, counts, width=0.9 / len(counts))
    scale_by_decades(strip, counts)
    limit_to_shares(axes)
    axes.legend(loc="upper left", fontsize=9)
    return figure


def draw_risk_coverage(curve: RiskCoverage, *, risk_label: str, title: str) -> Figure:
    """Draw the risk of the photos that are kept against their share.

    Args:
        curve: From ``trace_risk``.
        risk_label: What is at risk, "1 − Dice" or "share of wrong labels".
        title: What is shown, of which data set and split.

    Returns:
        The figure, with the best possible order, a random one, and the share that halves the risk
        where one does.
    """
    figure, axes = new_plot(
        title=title,
        x_label="Coverage (share of photos kept, most confident first)",
        y_label=f"Mean risk of the kept photos ({risk_label})",
    )
    whole = float(curve.risk[-1])
    for name, risk, area, colour, style, width in (
        ("by confidence", curve.risk, curve.area, VERMILLION, "-", 2.0),
        ("best possible order", curve.oracle, curve.oracle_area, BLUE, "--", 1.5),
    ):
        label = f"{name} (area {format_number(area)})"
        axes.plot(curve.coverage, risk, style, color=to_hex(colour), linewidth=width, label=label)
    axes.axhline(whole, label=f"random order ({format_number(whole)})", **_DOTTED)
    if handed := share_to_hand_over(curve):
        label = f"hand over {100 * handed:.0f} % to halve the risk"
        kept = curve.risk[round((1 - handed) * len(curve.risk)) - 1]
        axes.plot([1 - handed], [kept], "o", color=to_hex(VERMILLION), label=label)
    limit_to_shares(axes, "x")
    axes.set_ylim(bottom=0)
    _add_legend(axes)
    return figure


def draw_confusion_matrix(counts: ConfusionCounts, *, unit: str, title: str) -> Figure:
    """Draw the four counts with their share of the true class.

    Args:
        counts: Counts of shape ().
        unit: What is counted, "pixels" or "photos".
        title: What is shown, of which data set and split.

    Returns:
        The figure; rows are the truth, columns the prediction.
    """
    figure, axes = new_plot(
        title=title, x_label="Predicted", y_label="Truth", width_in=5.2, height_in=4.6
    )
    free = (counts.true_negative, counts.false_positive)
    matrix = np.array([free, (counts.false_negative, counts.true_positive)])
    shares = divide(matrix, np.repeat(matrix.sum(axis=1, keepdims=True), 2, axis=1), if_empty=0.0)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.grid(visible=False)
    axes.set_xticks([0, 1], ["no crack", "crack"])
    axes.set_yticks([0, 1], ["no crack", "crack"], rotation=90, va="center")
    for (row, column), share in np.ndenumerate(shares):
        number = int(matrix[row, column])
        counted = unit.removesuffix("s") if number == 1 else unit
        text = f"{format_number(float(share), PERCENT)}\n{format_number(number)} {counted}"
        colour = "white" if share > _DARK_CELL else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=11)
    figure.colorbar(image, ax=axes, label="Share of the true class", shrink=0.85)
    return figure


def draw_learning_curve(history: pd.DataFrame, *, best_epoch: int, title: str) -> Figure:
    """Draw loss and the followed metric of train and validation over the epochs.

    Args:
        history: One row an epoch: ``epoch, stage, loss, val_loss, learning_rate`` and one
            metric, of train and validation, such as ``f1, val_f1``.
        best_epoch: Epoch whose weights were kept, marked by a line.
        title: Above the panels.

    Returns:
        The figure: loss, the metric (F1 of cracks), learning rate.
    """
    figure = Figure(figsize=(11, 3.6))
    figure.set_layout_engine("constrained", w_pad=0.15)
    loss_axis, metric_axis, rate_axis = figure.subplots(1, 3)
    _draw_pair(loss_axis, history, "loss", "Loss")
    names = [str(name) for name in history if name != "loss" and f"val_{name}" in history]
    label = "F1 at threshold 0.5" if names[0] == "f1" else names[0]
    _draw_pair(metric_axis, history, names[0], label)
    rate_axis.plot(history["epoch"], history["learning_rate"], color=to_hex(GREY), marker=".")
    rate_axis.set_ylabel("Learning rate")
    rate_axis.set_yscale("log")
    for axis in (loss_axis, metric_axis, rate_axis):
        axis.axvline(best_epoch, color=to_hex(GREY), linestyle=":", label=f"best: {best_epoch}")
        for epoch in history.loc[history["stage"].diff().fillna(0) > 0, "epoch"]:
            axis.axvline(epoch - 0.5, color=to_hex(GREY), linestyle="-", alpha=0.5)
        axis.set_xlabel("Epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        axis.grid(alpha=0.3)
    loss_axis.legend(fontsize=8)
    metric_axis.legend(fontsize=8)
    figure.suptitle(title, fontsize=11)
    return figure


def _draw_pair(axis: Axes, history: pd.DataFrame, name: str, label: str) -> None:
    for column, split, colour in ((name, "train", BLUE), (f"val_{name}", "validation", VERMILLION)):
        axis.plot(history["epoch"], history[column], ".-", color=to_hex(colour), label=split)
    axis.set_ylabel(label)
