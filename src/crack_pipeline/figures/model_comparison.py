"""Quality of several models against what they cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex

_COSTS = (
    ("n_parameters", 1e6, "Parameters, millions"),
    ("flops", 1e9, "Operations a tile, GFLOPs"),
    ("seconds_training", 60.0, "Training, minutes"),
    ("ms_a_tile_in_batch", 1.0, "CPU, ms a tile in a batch of 8"),
)


def draw_model_comparison(report: Mapping[str, Any]) -> Figure:
    """Draw four panels of one quality against four costs; numbers name the candidates.

    Args:
        report: From ``describe_comparison``.

    Returns:
        The figure; the vertical lines are intervals over source photos.
    """
    candidates = report["candidates"]
    _, label = report["headlines"][0]
    figure = Figure(figsize=(12, 7.5), layout="constrained")
    panels = figure.subplots(2, 2, sharey=True)
    for axes, cost in zip(panels.flat, _COSTS, strict=True):
        _draw_panel(axes, candidates, *cost)
        axes.set_ylabel(f"{label} on {report['measured_on']}")
    handles = [
        axes.plot([], [], linestyle="", label=f"{number}  {entry['name']}")[0]
        for number, entry in enumerate(candidates, start=1)
    ]
    figure.legend(
        handles=handles, loc="outside right upper", handlelength=0, frameon=False, fontsize=10
    )
    figure.suptitle(
        f"{report['dataset']}: {len(candidates)} candidates, {report['steps']} steps of "
        f"{report['batch_size']} tiles of {report['tile_px']} px each, {report['seeds']} seed(s), "
        f"{report['cores']:.0f} cores; lines are 95 % intervals over source photos",
        fontsize=11,
    )
    return figure


def _draw_panel(
    axes: Axes, candidates: Sequence[Mapping[str, Any]], name: str, unit: float, label: str
) -> None:
    for number, entry in enumerate(candidates, start=1):
        x, f1 = entry[name] / unit, entry["f1"]
        colour = to_hex(VERMILLION if number == 1 else BLUE)
        axes.plot([x, x], [f1["low"], f1["high"]], color=colour, alpha=0.3, linewidth=2)
        # Numbers in the points: names beside them would cover each other.
        axes.plot(x, f1["value"], "o", color=colour, markersize=15, alpha=0.9)
        axes.annotate(
            str(number), (x, f1["value"]), ha="center", va="center", color="white", fontsize=9
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(label)
    axes.grid(alpha=0.3, color=to_hex(GREY))
    axes.margins(x=0.12)
