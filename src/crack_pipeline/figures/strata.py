"""A metric of kinds of photos beside each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREY, to_hex
from crack_pipeline.figures.rows import leave_margin, write_beside
from crack_pipeline.wording.numbers import format_number

_ROW_IN, _FRAME_IN = 0.3, 1.3
_LONGEST = 28


@dataclass(frozen=True, slots=True)
class Stratum:
    """A metric on some of the photos.

    Attributes:
        by: What the photos were divided by, "crack width".
        name: Which part this is, "3–8 px".
        photos: How many photos it holds.
        value: The metric, in [0, 1]; NaN where undefined.
        low: Lower bound of its 95 % interval, if there is one.
        high: Upper bound.
    """

    by: str
    name: str
    photos: int
    value: float
    low: float | None = None
    high: float | None = None


def draw_strata(
    strata: Sequence[Stratum], *, metric: str, overall: float | None, title: str
) -> Figure:
    """Draw a metric by stratum, divided by what the strata are made of.

    Args:
        strata: In the order to be shown, those of one kind together.
        metric: Its name, for the axis.
        overall: Its value on all photos, drawn as a line; None for no line.
        title: What is shown, of which data set and split.

    Returns:
        The figure, as tall as there are rows.
    """
    rows = _place_rows(strata)
    n_rows = len(rows)
    figure, axes = new_plot(
        title=title,
        x_label=f"{metric} (0–1)",
        y_label="",
        width_in=7.0,
        height_in=_FRAME_IN + _ROW_IN * n_rows,
    )
    leave_margin(figure)
    if overall is not None:
        label = f"all photos ({format_number(overall)})"
        axes.axvline(overall, color=to_hex(GREY), linestyle="--", linewidth=1.2, label=label)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=9, frameon=False)
        axes.set_title(title, fontsize=11, loc="left", pad=24)
    labels = [
        row if isinstance(row, str) else f"{_shorten(row.name)}  (n = {row.photos})" for row in rows
    ]
    axes.set_yticks(range(n_rows), labels, fontsize=9)
    for place, row in enumerate(rows):
        if isinstance(row, str):
            axes.get_yticklabels()[place].set_fontweight("bold")
        else:
            _draw_row(axes, place, row)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(n_rows - 0.4, -0.6)
    axes.set_xlim(-0.01, 1.01)
    axes.grid(visible=False, axis="y")
    return figure


def _place_rows(strata: Sequence[Stratum]) -> list[Stratum | str]:
    """Strata with a heading before each kind."""
    rows: list[Stratum | str] = []
    for place, stratum in enumerate(strata):
        if place == 0 or strata[place - 1].by != stratum.by:
            rows.append(f"{stratum.by[:1].upper()}{stratum.by[1:]}")
        rows.append(stratum)
    return rows


def _draw_row(axes: Axes, place: int, row: Stratum) -> None:
    colour = to_hex(BLUE)
    axes.plot([0, 1], [place, place], color="0.93", linewidth=6, solid_capstyle="butt", zorder=1)
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=colour, linewidth=2, zorder=2)
    axes.plot([row.value], [place], "o", color=colour, zorder=3)
    text = "undefined" if row.value != row.value else format_number(row.value)
    write_beside(axes, place, text)


def _shorten(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
