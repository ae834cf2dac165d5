"""Explanations on the page and on the screen: scores in words, and which maps not to read."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crack_pipeline.reporting.tables import Row, Table
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import ABSENT, format_number
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


class ExplanationScore(NamedTuple):
    """A score of ``explanation_scores.csv``: its column, its label, and how to read it."""

    name: str
    label: str
    meaning: str


_SCORES = {
    "Can the maps be trusted?": (
        ("photos", "Photos scored", ""),
        ("without_heat", "Photos without any heat", "best 0"),
        (
            "sanity_spearman",
            "Rank correlation with a random network",
            "maps of the same network with random weights; good near 0, bad near 1",
        ),
        ("sanity_ssim", "SSIM with a random network", "good near 0, bad near 1"),
        (
            "completeness_gap",
            "Gap of completeness",
            "what the heat misses of the score that it explains, as a share; best 0",
        ),
        (
            "deletion_auc",
            "Area under the deletion curve",
            "confidence left while the hottest pixels are blurred away; good is low",
        ),
    ),
    "Does the heat lie on the crack?": (
        ("energy_inside", "Share of the heat on the crack", "best 1"),
        ("mask_area", "Share of the photo that is crack", ""),
        ("energy_ratio", "Heat by area, crack", "1 is chance, good is high"),
        ("pointing_game", "Hottest pixel on the crack", "share of photos; best 1"),
        (
            "iou",
            "IoU of the hottest pixels with the crack",
            "as many pixels as the crack has; best 1",
        ),
    ),
    "Does it lie elsewhere?": (
        ("border_energy", "Share of the heat on the border", ""),
        ("border_area", "Share of the photo that is border", ""),
        ("border_preference", "Heat by area, border", "1 is no preference"),
        ("joint_photos", "Photos with tile joints", ""),
        ("joint_energy", "Share of the heat on tile joints", ""),
        ("joint_area", "Share of these photos that is joint", ""),
        ("joint_preference", "Heat by area, tile joints", "1 is no preference"),
    ),
}

GROUPS = {caption: [ExplanationScore(*row) for row in rows] for caption, rows in _SCORES.items()}
"""Caption of a table → its scores."""


def remark_on_methods(rows: _Rows) -> list[str]:
    """Name the methods whose maps say nothing of the network, and those that look beside the crack.

    Args:
        rows: Of ``explanation_scores.csv``, one a method.

    Returns:
        Sentences; none where there is nothing to mind.
    """
    found = []
    likeness = ("sanity_spearman", "sanity_ssim")
    alike = {name_method(row): max(_number(row, one) for one in likeness) for row in rows}
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


def tabulate_explanations(rows: _Rows) -> Iterator[Table]:
    """Make one table for each question: a score per row, a method per column."""
    header = ("Score", *map(name_method, rows))
    known = {"method", *(score.name for scores in GROUPS.values() for score in scores)}
    others = dict.fromkeys(name for row in rows for name in row if name not in known)
    more = [ExplanationScore(name, describe_name(name), "") for name in others]
    for caption, scores in {**GROUPS, "Other scores": more}.items():
        lines: list[Row] = []
        for score in scores:
            values = [format_number(row.get(score.name)) for row in rows]
            if set(values) != {ABSENT}:
                lines.append(((score.label, score.meaning), *values))
        if lines and rows:
            yield Table(caption, header, tuple(lines))


def _list_from(values: Mapping[str, float], least: float, unit: str = "") -> str:
    highest = sorted(values.items(), key=lambda item: -item[1])
    named = []
    for name, value in highest:
        if value >= least:
            number = int(value) if value.is_integer() and not unit else value
            named.append(f"{name} ({format_number(number, unit)})")
    return list_words(named) if named else ""


def _number(row: Mapping[Any, Any], name: str) -> float:
    value = row.get(name)
    if not isinstance(value, int | float) or math.isnan(value):
        return -math.inf
    return float(value)
