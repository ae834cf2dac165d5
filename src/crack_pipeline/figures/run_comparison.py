"""Two runs on the same photos: by how much the first is better, metric by metric."""

import math
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from matplotlib.figure import Figure

from crack_pipeline.figures.interval_table import IntervalRow, draw_intervals

_NAME_CHARACTERS = 60


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
        [_make_row(row) for row in report["differences"]],
        x_label="a is better to the right, b to the left",
        title=f"a: {names['a']}\nb: {names['b']}\n"
        f"{report['photos']} test photos of {report['groups']} groups",
        no_effect=0.0,
    )


def _make_row(row: Mapping[str, Any]) -> IntervalRow:
    value, low, high = row["difference"], row["low"], row["high"]
    label = str(row["label"])
    if row["lower_is_better"]:
        value, low, high = (None if one is None else -one for one in (value, high, low))
        label += ", turned round"
    return IntervalRow(label, math.nan if value is None else value, low, high)


def _shorten(name: str) -> str:
    return (
        shorten(name, _NAME_CHARACTERS, placeholder=" …")
        if " " in name
        else name[-_NAME_CHARACTERS:]
    )
