"""Rows of numbers below each other: scores and differences with intervals, strata."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from textwrap import shorten
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.palette import BLUE, GREY, ORANGE, to_hex
from crack_pipeline.figures.plots import new_plot
from crack_pipeline.wording.numbers import format_interval, format_number
from crack_pipeline.wording.scores import Score

_MARGIN_IN = 0.12
_NAME_CHARACTERS = 60
_STRATUM_CHARACTERS = 28


@dataclass(frozen=True, slots=True)
class Stratum:
    """A metric on some of the photos.

    Attributes:
        by: What the photos were divided by, "crack width".
        name: Which part this is, "3–8 px".
        photos: How many photos it holds.
        value: The metric, in [0, 1].
    """

    by: str
    name: str
    photos: int
    value: float


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
    figure, axes = _new_row_plot(
        [row.label for row in rows],
        title=title,
        x_label=f"{x_label}; lines are 95 % intervals over source photos",
        width_in=8.0,
        height_in=1.1 + 0.34 * len(rows),
    )
    if no_effect is not None:
        axes.axvline(no_effect, color=to_hex(GREY), linestyle="--", linewidth=1.2)
    for place, row in enumerate(rows):
        _draw_score(axes, place, row, signed=no_effect is not None)
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


def draw_strata(strata: Sequence[Stratum], *, metric: str, title: str) -> Figure:
    """Draw a metric by stratum, divided by what the strata are made of.

    Args:
        strata: In the order to be shown, those of one kind together.
        metric: Its name, for the axis.
        title: What is shown, of which data set and split.

    Returns:
        The figure, as tall as there are rows.
    """
    rows: list[tuple[str, Stratum | None]] = []
    for by, members in groupby(strata, key=lambda stratum: stratum.by):
        rows.append((f"{by[:1].upper()}{by[1:]}", None))
        for one in members:
            name = one.name
            if len(name) > _STRATUM_CHARACTERS:
                name = f"{name[: _STRATUM_CHARACTERS - 1]}…"
            rows.append((f"{name}  (n = {one.photos})", one))
    figure, axes = _new_row_plot(
        [label for label, _ in rows],
        title=title,
        x_label=f"{metric} (0–1)",
        width_in=7.0,
        height_in=1.3 + 0.3 * len(rows),
    )
    for place, (_, stratum) in enumerate(rows):
        if stratum is None:
            axes.get_yticklabels()[place].set_fontweight("bold")
            continue
        line = [place, place]
        axes.plot([0, 1], line, color="0.93", linewidth=6, solid_capstyle="butt", zorder=1)
        axes.plot([stratum.value], [place], "o", color=to_hex(BLUE), zorder=3)
        _write_beside(axes, place, format_number(stratum.value))
    axes.set_xlim(-0.01, 1.01)
    return figure


def _new_row_plot(
    labels: Sequence[str], *, title: str, x_label: str, width_in: float, height_in: float
) -> tuple[Figure, Axes]:
    """A plot with a named row for each number, from top to bottom, and room right of it."""
    figure, axes = new_plot(
        title=title, x_label=x_label, y_label="", width_in=width_in, height_in=height_in
    )
    figure.set_layout_engine("constrained", w_pad=_MARGIN_IN, h_pad=_MARGIN_IN / 2)
    axes.set_yticks(range(len(labels)), labels, fontsize=9)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return figure, axes


def _write_beside(axes: Axes, place: int, text: str) -> None:
    axes.annotate(
        text,
        (1.02, place),
        xycoords=axes.get_yaxis_transform(),
        va="center",
        fontsize=9,
        annotation_clip=False,
    )


def _draw_score(axes: Axes, place: int, row: Score, *, signed: bool) -> None:
    colour = to_hex(BLUE)
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2.2)
    if row.value is None:
        _write_beside(axes, place, "undefined")
    else:
        axes.plot([row.value], [place], "o", color=colour, markersize=6)
        interval = format_interval(row.low, row.high, signed=signed) or "no interval"
        _write_beside(axes, place, f"{format_number(row.value, signed=signed)}  ({interval})")
    if row.agreement is not None:
        is_known = bool(axes.get_legend_handles_labels()[1])
        axes.plot(
            [row.agreement],
            [place],
            "|",
            color=to_hex(ORANGE),
            markersize=14,
            markeredgewidth=2.5,
            label=None if is_known else "two drawings agree at",
        )


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
