"""Quality of several models against what they cost."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator, StrMethodFormatter
from numpy.typing import NDArray

from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex

_COSTS = (
    ("n_parameters", 1e6, "Parameters, millions"),
    ("flops", 1e9, "Operations a tile, GFLOPs"),
    ("seconds_training", 60.0, "Training, minutes"),
    ("ms_a_tile_in_batch", 1.0, "CPU, ms a tile in a batch of 8"),
)
_MARGIN = 1.3
_LONG_AXIS = 8.0
# In points: what a number needs around it, and how far from its dot it is looked for.
_NUMBER_APART, _DOT_APART = 13.5, 8.0
_DISTANCES = (9.0, 15.0, 22.0, 30.0, 39.0, 49.0, 60.0)
_ANGLES = 16

Points = NDArray[np.float64]


def draw_model_comparison(report: Mapping[str, Any]) -> Figure:
    """Draw four panels of one quality against four costs; numbers name the candidates.

    Args:
        report: From ``describe_comparison``.

    Returns:
        The figure; the vertical lines are intervals over source photos.
    """
    candidates = report["candidates"]
    _, label = report["headlines"][0]
    figure = Figure(figsize=(12, 8))
    figure.subplots_adjust(left=0.06, right=0.8, bottom=0.07, top=0.88, hspace=0.25, wspace=0.06)
    panels = figure.subplots(2, 2, sharey=True)
    for axes, cost in zip(panels.flat, _COSTS, strict=True):
        _draw_panel(axes, candidates, *cost)
    # Numbers last: they are placed by the limits that all panels agree on.
    for axes, cost in zip(panels.flat, _COSTS, strict=True):
        _number_points(axes, _read_points(candidates, *cost[:2]))
    for axes in panels[:, 0]:
        axes.set_ylabel(f"{label} on {report['measured_on']}")
    names = "\n".join(f"{number}  {entry['name']}" for number, entry in _numbered(candidates))
    figure.text(0.815, 0.88, names, va="top", fontsize=10, linespacing=1.6)
    figure.text(0.06, 0.97, _title(report), va="top", fontsize=11, linespacing=1.4)
    return figure


def _title(report: Mapping[str, Any]) -> str:
    batches = "–".join(dict.fromkeys(str(report["batch_sizes"][end]) for end in (0, -1)))
    return (
        f"{report['dataset']}: candidates under one budget of {report['steps']} steps of {batches} "
        f"tiles of {report['tile_px']} px; seeds: {report['seeds']}, "
        f"processor cores: {report['cores']:.0f}\n"
        "Numbers name the candidates, best first; lines are 95 % intervals over source photos"
    )


def _numbered(
    candidates: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    return enumerate(candidates, start=1)


def _read_points(candidates: Sequence[Mapping[str, Any]], name: str, unit: float) -> Points:
    """(N, 2) of cost and F1."""
    return np.asarray([(entry[name] / unit, entry["f1"]["value"]) for entry in candidates])


def _draw_panel(
    axes: Axes, candidates: Sequence[Mapping[str, Any]], name: str, unit: float, label: str
) -> None:
    for number, entry in _numbered(candidates):
        x, f1 = entry[name] / unit, entry["f1"]
        colour = to_hex(VERMILLION if number == 1 else BLUE)
        if f1["low"] is not None:
            axes.plot([x, x], [f1["low"], f1["high"]], color=colour, alpha=0.25, linewidth=2)
        axes.plot(x, f1["value"], "o", color=colour, markersize=6, zorder=3)
    costs = _read_points(candidates, name, unit)[:, 0]
    low, high = costs.min() / _MARGIN, costs.max() * _MARGIN
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    places = (1, 2, 5) if high / low > _LONG_AXIS else (1, 1.5, 2, 3, 4, 5, 6, 8)
    axes.xaxis.set_major_locator(LogLocator(subs=places, numticks=20))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)
    axes.grid(alpha=0.3, color=to_hex(GREY))


def _number_points(axes: Axes, points: Points) -> None:
    per_point = axes.figure.dpi / 72
    dots = axes.transData.transform(points) / per_point
    box = axes.get_window_extent()
    corners = np.asarray([(box.x0, box.y0), (box.x1, box.y1)]) / per_point
    taken: list[Points] = []
    for number, (dot, point) in enumerate(zip(dots, points, strict=True), start=1):
        place = _find_place(dot, dots, taken, corners)
        taken.append(place)
        axes.annotate(
            str(number),
            tuple(point),
            xytext=tuple(place - dot),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9,
            arrowprops={"arrowstyle": "-", "color": to_hex(GREY), "linewidth": 0.6, "shrinkA": 5},
        )


def _find_place(dot: Points, dots: Points, taken: Sequence[Points], corners: Points) -> Points:
    """The nearest free place beside a dot, one that is nearer to it than to other dots first."""
    places = [dot + offset for offset in _offsets()]
    free = [
        place
        for place in places
        if (place > corners[0]).all()
        and (place < corners[1]).all()
        and _is_free(place, dots, _DOT_APART)
        and _is_free(place, taken, _NUMBER_APART)
    ]
    own = [place for place in free if _is_free(place, dots, math.dist(place, dot))]
    return next(iter(own or free or places[-1:]))


def _offsets() -> Iterator[Points]:
    for distance, turn in itertools.product(_DISTANCES, range(_ANGLES)):
        angle = math.pi / 4 + 2 * math.pi * turn / _ANGLES
        yield distance * np.asarray((math.cos(angle), math.sin(angle)))


def _is_free(place: Points, others: Points | Sequence[Points], apart: float) -> bool:
    return all(math.dist(place, other) >= apart for other in others)
