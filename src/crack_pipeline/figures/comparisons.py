"""Models beside each other: quality against cost, folds, splits, and a matrix of numbers."""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, NullLocator, StrMethodFormatter
from numpy.typing import NDArray

from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, Colour, to_hex
from crack_pipeline.figures.plots import new_plot, style_axes
from crack_pipeline.wording.numbers import PERCENT, format_number

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
_ANGLES = math.pi / 4 + 2 * math.pi * np.arange(16) / 16
_OFFSETS = [
    distance * np.asarray((math.cos(angle), math.sin(angle)))
    for distance, angle in itertools.product(_DISTANCES, _ANGLES)
]

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
    names = "\n".join(
        f"{number}  {entry['name']}" for number, entry in enumerate(candidates, start=1)
    )
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


def _read_points(candidates: Sequence[Mapping[str, Any]], name: str, unit: float) -> Points:
    """(N, 2) of cost and F1."""
    return np.asarray([(entry[name] / unit, entry["f1"]["value"]) for entry in candidates])


def _draw_panel(
    axes: Axes, candidates: Sequence[Mapping[str, Any]], name: str, unit: float, label: str
) -> None:
    for number, entry in enumerate(candidates, start=1):
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
    places = [dot + offset for offset in _OFFSETS]
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


def _is_free(place: Points, others: Points | Sequence[Points], apart: float) -> bool:
    return all(math.dist(place, other) >= apart for other in others)


_SPREAD = 0.12


def draw_cross_validation(report: Mapping[str, Any]) -> Figure:
    """Draw each fold's metrics, their mean and standard deviation, and all photos together.

    Args:
        report: From ``report_folds``.

    Returns:
        The figure, one column a metric.
    """
    folds, metrics = report["folds"], report["metrics"]
    n_photos = sum(fold["photos"] for fold in folds)
    figure, axes = new_plot(
        title=f"Cross-validation, {len(folds)} folds\n"
        f"{report['dataset']}, {n_photos} photos out of fold · {report['model']}",
        x_label="",
        y_label="Score on photos that the model did not see",
    )
    names, labels = zip(*report["shown"], strict=True)
    columns, aside = np.arange(len(names)), 2 * _SPREAD
    values = [[fold["metrics"][f"fold_{name}"] for name in names] for fold in folds]
    places = columns + np.linspace(-_SPREAD, _SPREAD, len(folds))[:, None]
    style: Any = {"color": to_hex(BLUE), "alpha": 0.7}
    axes.plot(places.ravel(), np.ravel(values), "o", label="a fold", **style)
    axes.errorbar(
        columns + aside,
        [metrics[f"fold_{name}_mean"] for name in names],
        yerr=[metrics[f"fold_{name}_sd"] for name in names],
        fmt="s",
        color=to_hex(GREY),
        capsize=4,
        label="mean and standard deviation of folds",
    )
    pooled = [metrics[f"out_of_fold_{name}"] for name in names]
    colour = to_hex(VERMILLION)
    axes.plot(columns - aside, pooled, "D", color=colour, label="all photos together")
    axes.set_xticks(columns, labels)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


_APART = 0.16
_JITTER = 0.04


def draw_leakage(report: Mapping[str, Any]) -> Figure:
    """Draw the scores on both splits, and those of photos with and without relatives in train.

    Args:
        report: Of the ``leakage`` pipeline: ``dataset, photos, scores, relatives`` and
            ``test_related_share``.

    Returns:
        The figure: a point a seed, a bar for the 95 % interval over groups.
    """
    figure = Figure(figsize=(11, 4.6), layout="constrained")
    splits, relatives = figure.subplots(1, 2, sharey=True)
    models = [row["model"] for row in report["differences"]]
    scores = {(row["model"], row["split"]): row for row in report["scores"]}
    by_model = {row["model"]: row for row in report["relatives"]}
    for kind, colour, side in (("random", VERMILLION, -1), ("group_safe", BLUE, 1)):
        rows = [scores[model, kind] for model in models]
        _draw_intervals(splits, rows, colour, side, f"{kind.replace('_', '-')} split")
        for place, row in enumerate(rows):
            values = list(row["by_seed"].values())
            spread = np.linspace(-_JITTER, _JITTER, len(values)) if len(values) > 1 else [0.0]
            axis_places = place + side * _APART + np.asarray(spread)
            splits.plot(axis_places, values, ".", color="black", markersize=4, zorder=3)
    for kind, colour, side, label in (
        ("related", VERMILLION, -1, "random split, a relative is in train"),
        ("kept_apart", BLUE, 1, "group-safe split, no relative is in train"),
    ):
        _draw_intervals(relatives, [by_model[m][kind] for m in models], colour, side, label)
    share = format_number(report["test_related_share"], PERCENT)
    _finish(splits, models, f"Both splits of {report['photos']} photos")
    _finish(relatives, models, f"Photos with relatives ({share} of the random test part)")
    splits.set_ylabel("F1 on test photos")
    figure.suptitle(
        f"What a random split adds · {report['dataset']} · dots: seeds, bars: 95 % over groups",
        fontsize=11,
    )
    return figure


def _draw_intervals(
    axes: Axes, rows: Sequence[Mapping[str, Any] | None], colour: Colour, side: int, label: str
) -> None:
    known = {place + side * _APART: row for place, row in enumerate(rows) if row is not None}
    if not known:
        return
    values = np.array([row["value"] for row in known.values()])
    low, high = (
        [row["value"] if row[bound] is None else row[bound] for row in known.values()]
        for bound in ("low", "high")
    )
    reach = np.maximum(0.0, [values - low, high - values])
    style: Any = {"fmt": "o", "capsize": 4, "color": to_hex(colour)}
    axes.errorbar(list(known), values, yerr=reach, label=label, **style)


def _finish(axes: Axes, models: Sequence[str], title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xticks(range(len(models)), [model.replace("_", " ") for model in models])
    axes.set_xlim(-0.5, len(models) - 0.5)
    style_axes(axes, grid="y")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="best", fontsize=8)
    else:
        axes.text(0.5, 0.5, "no photo has a relative", transform=axes.transAxes, ha="center")


_CELL_IN, _ROW_IN, _LABELS_IN = 1.35, 0.55, 3.2
_WHITE_SHARE = 0.45
_GAMMA = 2.2
_CONTRAST_OFFSET = 0.05  # of WCAG 2: light that a screen reflects


def draw_matrix(
    values: NDArray[np.float64],
    cells: Sequence[Sequence[str]],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
) -> Figure:
    """Draw values in [0, 1] as colours with words in them.

    Args:
        values: (R, C) in [0, 1]; NaN is left white.
        cells: R × C words.
        rows: R labels.
        columns: C labels.
        title: What is shown, of which model.

    Returns:
        The figure.
    """
    width = _LABELS_IN + _CELL_IN * len(columns)
    figure = Figure(figsize=(width, 1.9 + _ROW_IN * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=11, loc="left")
    # Viridis mixed with white: its middle is too dark for black words and too light for white.
    mixed = mpl.colormaps["viridis"](np.linspace(0, 1, 256))
    mixed[:, :3] += (1 - mixed[:, :3]) * _WHITE_SHARE
    colours = ListedColormap(mixed)
    image = axes.imshow(np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, ax=axes, fraction=0.03, pad=0.01)
    axes.set_xticks(range(len(columns)), columns, fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(values):
        ground = colours(float(value)) if np.isfinite(value) else (1.0, 1.0, 1.0)
        style: Any = {"ha": "center", "va": "center", "color": choose_text_colour(ground)}
        axes.text(column, row, cells[row][column], fontsize=9, **style)
    return figure


def choose_text_colour(ground: Sequence[float]) -> str:
    """Black or white, whichever stands out more.

    Args:
        ground: Red, green, blue in [0, 1]; what follows is not looked at.

    Returns:
        Name of the colour.

    Source:
        W3C (2023), Web Content Accessibility Guidelines 2.2, contrast ratio,
        https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.
    """
    light = float(np.dot((0.2126, 0.7152, 0.0722), np.power(ground[:3], _GAMMA)))
    beside_black = (light + _CONTRAST_OFFSET) / _CONTRAST_OFFSET
    beside_white = (1 + _CONTRAST_OFFSET) / (light + _CONTRAST_OFFSET)
    return "black" if beside_black > beside_white else "white"
