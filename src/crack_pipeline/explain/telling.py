"""The scores of explanations in words, for the screen."""

import math
from collections.abc import Sequence

import pandas as pd

from crack_pipeline.explain.methods import title_of
from crack_pipeline.reporting.explanations import GROUPS
from crack_pipeline.types import Task

_GAP = "  "


def format_scores(table: pd.DataFrame, task: Task) -> str:
    """Lay out the scores: one row a score, one column a method.

    Args:
        table: From ``tabulate_scores``.
        task: What the model was trained for.

    Returns:
        Lines of at most 110 characters for all five methods; "–" where a method has no such
        score. Scores that no method has are left out.
    """
    methods = table.to_dict("records")
    titles = [title_of(str(row["method"]), task).rpartition(" ") for row in methods]
    lines = [["", *(first for first, _, _ in titles)], ["", *(last for _, _, last in titles)]]
    lines += [
        [score.label, *(_write(row[score.name]) for row in methods)]
        for _, scores in GROUPS
        for score in scores
        if any(_is_known(row[score.name]) for row in methods)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_join(line, widths) for line in lines if any(line))


def _is_known(value: float) -> bool:
    return not math.isnan(value)


def _write(value: float) -> str:
    if not _is_known(value):
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _join(line: Sequence[str], widths: Sequence[int]) -> str:
    label, *cells = line
    shown = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
    return _GAP.join([label.ljust(widths[0]), *shown]).rstrip()
