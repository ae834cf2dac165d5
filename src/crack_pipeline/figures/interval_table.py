"""Metrics with their intervals, one below the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREY, ORANGE, to_hex
from crack_pipeline.figures.rows import leave_margin, write_beside

_ROW_IN, _FRAME_IN = 0.34, 1.1


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """A metric with its interval.

    Attributes:
        label: Its name in words.
        value: On all photos; NaN where undefined.
        low: Lower bound of the 95 % interval; None where there is none.
        high: Upper bound.
        agreement: What two drawings of the same photos agree at, if that is known.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    agreement: float | None = None


def draw_intervals(
    rows: Sequence[IntervalRow], *, x_label: str, title: str, no_effect: float | None = None
) -> Figure:
    """Draw a forest plot: a dot and its interval a row, with the numbers beside it.

    Args:
        rows: From top to bottom.
        x_label: What the axis shows, "Value" or "First less second".
        title: What is shown, of which data set and split.
        no_effect: Where a line stands for no difference, such as 0; None for no line.

    Returns:
        The figure, as tall as there are rows.
    """
    figure, axes = new_plot(
        title=title,
        x_label=f"{x_label}; lines are 95 % intervals over source photos",
        y_label="",
        width_in=8.0,
        height_in=_FRAME_IN + _ROW_IN * len(rows),
    )
    leave_margin(figure)
    if no_effect is not None:
        axes.axvline(no_effect, color=to_hex(GREY), linestyle="--", linewidth=1.2)
    for place, row in enumerate(rows):
        _draw_row(axes, place, row, signed=no_effect is not None)
    axes.set_yticks(range(len(rows)), [row.label for row in rows], fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    if any(row.agreement is not None for row in rows):
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=9, frameon=False)
        axes.set_title(title, fontsize=11, loc="left", pad=26)
    return figure


def _draw_row(axes: Axes, place: int, row: IntervalRow, *, signed: bool) -> None:
    colour = to_hex(BLUE)
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2.2)
    axes.plot([row.value], [place], "o", color=colour, markersize=6)
    if row.agreement is not None:
        known = axes.get_legend_handles_labels()[1]
        label = "two drawings agree at" if not known else None
        axes.plot(
            [row.agreement],
            [place],
            "|",
            color=to_hex(ORANGE),
            markersize=14,
            markeredgewidth=2.5,
            label=label,
        )
    write_beside(axes, place, _write(row, signed=signed))


def _write(row: IntervalRow, *, signed: bool) -> str:
    if math.isnan(row.value):
        return "undefined"
    form = "+.3f" if signed else ".3f"
    value = f"{row.value:{form}}"
    if row.low is None or row.high is None:
        text = f"{value}  (no interval)"
    else:
        text = f"{value}  ({row.low:{form}} to {row.high:{form}})"
    return text.replace("-", "−")
