"""What is to be minded of methods of explanation: on the page and on the screen the same."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from crack_pipeline.wording.numbers import format_number
from crack_pipeline.wording.phrases import list_words

LOOKS_ALIKE = 0.7
"""Rank correlation or SSIM with the maps of an untrained network, from which on a map is not read.
By convention: the paper names none.

Source:
    Adebayo et al. (2018), Sanity checks for saliency maps, https://arxiv.org/abs/1810.03292
"""

CLEARLY_PREFERRED = 1.5
"""Share of the heat by share of the area, from which on a place is named as preferred."""

_Rows = Sequence[Mapping[Any, Any]]


def remark_on_methods(rows: _Rows) -> list[str]:
    """Name the methods whose maps say nothing of the network, and those that look beside the crack.

    Args:
        rows: Of ``explanation_scores.csv``, one a method.

    Returns:
        Sentences; none where there is nothing to mind.
    """
    found = []
    alike = {name_method(row): _likeness(row) for row in rows}
    if named := _list_from(alike, LOOKS_ALIKE):
        found.append(
            f"Do not read the maps of {named}: the same network with weights drawn anew makes maps "
            f"that are much alike ({format_number(LOOKS_ALIKE)} or more by rank correlation or "
            "SSIM), so they show the photo rather than what was learnt."
        )
    for score, place in (("joint_preference", "Tile joints"), ("border_preference", "The border")):
        values = {name_method(row): _number(row, score) for row in rows}
        if named := _list_from(values, CLEARLY_PREFERRED, unit="×"):
            draw = "draw" if place.endswith("s") else "draws"
            found.append(
                f"{place} {draw} clearly more heat than an even map would put there, by {named}: "
                "the network heeds what is there, crack or not."
            )
    return found


def remark_on_cold_maps(rows: _Rows) -> list[str]:
    """Name the methods that give no heat on some photos.

    Args:
        rows: Of ``explanation_scores.csv``, one a method.

    Returns:
        One sentence, or none.
    """
    cold = {name_method(row): _number(row, "without_heat") for row in rows}
    named = _list_from(cold, 1)
    return [f"Photos without any heat, which find no crack: {named}."] if named else []


def name_method(row: Mapping[Any, Any]) -> str:
    """Name of a row's method, beginning with a capital."""
    name = str(row.get("method", ""))
    return f"{name[:1].upper()}{name[1:]}"


def _list_from(values: Mapping[str, float], least: float, unit: str = "") -> str:
    highest = sorted(values.items(), key=lambda item: -item[1])
    named = [f"{name} ({_write(value, unit)})" for name, value in highest if value >= least]
    return list_words(named) if named else ""


def _write(value: float, unit: str) -> str:
    return format_number(int(value) if value.is_integer() and not unit else value, unit)


def _likeness(row: Mapping[Any, Any]) -> float:
    return max(_number(row, "sanity_spearman"), _number(row, "sanity_ssim"))


def _number(row: Mapping[Any, Any], name: str) -> float:
    value = row.get(name)
    if not isinstance(value, int | float) or math.isnan(value):
        return -math.inf
    return float(value)
