"""The scores of explanations in words, for the screen."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from crack_pipeline.explain.methods import title_of
from crack_pipeline.metrics.heat_limits import CLEARLY_PREFERRED, LOOKS_ALIKE
from crack_pipeline.types import Task

_ROWS = (
    ("photos", "photos scored"),
    ("without_heat", "of these without heat"),
    ("energy_inside", "heat inside the mask"),
    ("mask_area", "area of the mask"),
    ("energy_ratio", "heat ÷ area: mask"),
    ("pointing_game", "hottest pixel on the crack"),
    ("iou", "IoU of hottest pixels and mask"),
    ("deletion_auc", "confidence under deletion"),
    ("sanity_spearman", "sanity check: rank correlation"),
    ("sanity_ssim", "sanity check: SSIM"),
    ("completeness_gap", "gap of completeness"),
    ("border_energy", "heat on the border"),
    ("border_area", "area of the border"),
    ("border_preference", "heat ÷ area: border"),
    ("joint_photos", "photos with tile joints"),
    ("joint_energy", "heat on tile joints"),
    ("joint_area", "area of tile joints"),
    ("joint_preference", "heat ÷ area: tile joints"),
)
_PLACES = (("border_preference", "the border"), ("joint_preference", "tile joints"))
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
        [label, *(_write(row[score]) for row in methods)]
        for score, label in _ROWS
        if any(_is_known(row[score]) for row in methods)
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_join(line, widths) for line in lines if any(line))


def judge_methods(table: pd.DataFrame, task: Task) -> list[str]:
    """Name the methods whose maps say nothing of the network, and those that look beside the crack.

    Args:
        table: From ``tabulate_scores``.
        task: What the model was trained for.

    Returns:
        Sentences; none where there is nothing to mind.
    """
    methods = table.to_dict("records")
    said = []
    alike = [title_of(str(row["method"]), task) for row in methods if _is_alike(row)]
    if alike:
        said.append(
            f"Do not read the maps of {_enumerate(alike)}: with weights drawn anew they look alike "
            f"(rank correlation or SSIM ≥ {LOOKS_ALIKE})."
        )
    for score, place in _PLACES:
        preferring = [
            f"{title_of(str(row['method']), task)} ({row[score]:.1f})"
            for row in methods
            if row[score] >= CLEARLY_PREFERRED
        ]
        if preferring:
            said.append(
                f"Clearly more heat on {place} than by area (≥ {CLEARLY_PREFERRED} times): "
                f"{_enumerate(preferring)}."
            )
    return said


def _is_alike(row: Mapping[Any, Any]) -> bool:
    return bool(row["sanity_spearman"] >= LOOKS_ALIKE or row["sanity_ssim"] >= LOOKS_ALIKE)


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


def _enumerate(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
