"""Metrics or differences with their intervals, one below the other."""

from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREY, ORANGE, to_hex
from crack_pipeline.figures.rows import leave_margin, write_beside
from crack_pipeline.wording.numbers import format_interval, format_number
from crack_pipeline.wording.scores import Score

_ROW_IN, _FRAME_IN = 0.34, 1.1
_NAME_CHARACTERS = 60


def draw_intervals(
    rows: Sequence[Score], *, x_label: str, title: str, no_effect: float | None = None
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


def draw_run_comparison(report: Mapping[str, Any]) -> Figure:
    """Draw the differences of two runs so that the right side is always the first run's.

    Args:
        report: Of the ``compare_runs`` pipeline: ``runs``, ``photos``, ``groups`` and
            ``differences``.

    Returns:
        A forest plot with a line at no difference; metrics whose lower value is the better one
        are turned round.
    """
    names = {side: _shorten(run["name"]) for side, run in report["runs"].items()}
    return draw_intervals(
        [_turn(row) for row in report["differences"]],
        x_label="a is better to the right, b to the left",
        title=f"a: {names['a']}\nb: {names['b']}\n"
        f"{report['photos']} test photos of {report['groups']} groups",
        no_effect=0.0,
    )


def _draw_row(axes: Axes, place: int, row: Score, *, signed: bool) -> None:
    colour = to_hex(BLUE)
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2.2)
    if row.value is not None:
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


def _write(row: Score, *, signed: bool) -> str:
    if row.value is None:
        return "undefined"
    interval = format_interval(row.low, row.high, signed=signed) or "no interval"
    return f"{format_number(row.value, signed=signed)}  ({interval})"


def _turn(row: Mapping[str, Any]) -> Score:
    value, low, high = row["difference"], row["low"], row["high"]
    label = str(row["label"])
    if row["lower_is_better"]:
        value, low, high = (None if one is None else -one for one in (value, high, low))
        label += ", turned round"
    return Score(str(row.get("name", "")), label, value, low, high)


def _shorten(name: str) -> str:
    if " " in name:
        return shorten(name, _NAME_CHARACTERS, placeholder=" …")
    return name[-_NAME_CHARACTERS:]
