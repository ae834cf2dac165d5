"""Models on a random and on a group-safe split of the same photos, side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from crack_pipeline.figures.palette import BLUE, VERMILLION, Colour, to_hex
from crack_pipeline.wording.numbers import PERCENT, format_number

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
    _finish(
        relatives,
        models,
        f"Photos with relatives ({share} of the random test part)",
    )
    splits.set_ylabel("F1 on test photos")
    figure.suptitle(
        f"What a random split adds · {report['dataset']} · dots: seeds, bars: 95 % over groups",
        fontsize=11,
    )
    return figure


def _draw_intervals(
    axes: Axes, rows: Sequence[Mapping[str, Any] | None], colour: Colour, side: int, label: str
) -> None:
    for place, row in enumerate(rows):
        if row is None:
            continue
        value = row["value"]
        low, high = (value if row[bound] is None else row[bound] for bound in ("low", "high"))
        below, above = max(0.0, value - low), max(0.0, high - value)
        axes.errorbar(
            place + side * _APART,
            value,
            yerr=[[below], [above]],
            fmt="o",
            capsize=4,
            color=to_hex(colour),
            label=None if label in axes.get_legend_handles_labels()[1] else label,
        )


def _finish(axes: Axes, models: Sequence[str], title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.set_xticks(range(len(models)), [model.replace("_", " ") for model in models])
    axes.set_xlim(-0.5, len(models) - 0.5)
    axes.grid(axis="y", color="0.9", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="best", fontsize=8)
    else:
        axes.text(0.5, 0.5, "no photo has a relative", transform=axes.transAxes, ha="center")
