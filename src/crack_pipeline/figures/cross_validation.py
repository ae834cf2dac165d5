"""How far the folds of a cross-validation lie apart."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from crack_pipeline.figures.canvas import new_plot
from crack_pipeline.figures.palette import BLUE, GREY, VERMILLION, to_hex

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
    for column, (name, _) in enumerate(report["shown"]):
        values = [fold["metrics"][f"fold_{name}"] for fold in folds]
        places = column + np.linspace(-_SPREAD, _SPREAD, len(values))
        axes.plot(places, values, "o", color=to_hex(BLUE), alpha=0.7, label=_once("a fold", column))
        axes.errorbar(
            column + 2 * _SPREAD,
            metrics[f"fold_{name}_mean"],
            yerr=metrics[f"fold_{name}_sd"],
            fmt="s",
            color=to_hex(GREY),
            capsize=4,
            label=_once("mean and standard deviation of folds", column),
        )
        axes.plot(
            [column - 2 * _SPREAD],
            [metrics[f"out_of_fold_{name}"]],
            "D",
            color=to_hex(VERMILLION),
            label=_once("all photos together", column),
        )
    labels = [label for _, label in report["shown"]]
    axes.set_xticks(range(len(labels)), labels)
    figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
    return figure


def _once(label: str, column: int) -> str | None:
    return label if column == 0 else None
