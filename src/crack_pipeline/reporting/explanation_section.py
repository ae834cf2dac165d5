"""What the network looks at: methods by score, and which of their maps not to read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crack_pipeline.metrics.heat_limits import CLEARLY_PREFERRED, LOOKS_ALIKE
from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.explanation_words import GROUPS, METHODS, Score
from crack_pipeline.reporting.known_pictures import EXPLANATIONS
from crack_pipeline.reporting.numbers import ABSENT, describe_name, format_number
from crack_pipeline.reporting.subject import ReportSubject

_INTRODUCTION = (
    "Heat maps show which pixels the output depends on. The scores say how well they agree with "
    "the masks; a map that stays alike when the weights are drawn anew explains nothing."
)

_Rows = Sequence[Mapping[str, Any]]


def make_explanations(subject: ReportSubject) -> Section:
    """Write what the network looks at, and how far that can be trusted.

    Args:
        subject: What the report is about.

    Returns:
        The section: all scores, one table a group with a column a method, and sentences on the
        methods whose maps are not to be read and on the places that draw too much heat.
    """
    rows = subject.explanation_scores
    return Section(
        "explanations",
        "Explanations",
        paragraphs=(_INTRODUCTION,),
        tables=tuple(_tabulate(rows)) if rows else (),
        remarks=tuple(_remark(rows)),
        pictures=subject.pictures.take(*EXPLANATIONS),
        notes=subject.pictures.notes(*EXPLANATIONS),
    )


def _tabulate(rows: _Rows) -> Iterable[Table]:
    header = ("Score", *map(_name_method, rows))
    known = {"method", *(score.name for _, scores in GROUPS for score in scores)}
    others = dict.fromkeys(name for row in rows for name in row if name not in known)
    more = tuple(Score(name, describe_name(name)) for name in others)
    for caption, scores in (*GROUPS, ("Other scores", more)):
        lines = tuple(_write_line(score, rows) for score in scores if _is_known(score, rows))
        if lines:
            yield Table(caption, header, lines)


def _write_line(score: Score, rows: _Rows) -> tuple[Cell, ...]:
    values = (format_number(row.get(score.name)) for row in rows)
    return (Cell(score.label, score.meaning), *map(Cell, values))


def _is_known(score: Score, rows: _Rows) -> bool:
    return any(format_number(row.get(score.name)) != ABSENT for row in rows)


def _name_method(row: Mapping[str, Any]) -> str:
    name = str(row.get("method", ""))
    return METHODS.get(name, describe_name(name))


def _remark(rows: _Rows) -> Iterable[str]:
    alike = {_name_method(row): _likeness(row) for row in rows}
    if found := _list_from(alike, LOOKS_ALIKE):
        yield (
            f"Do not read the maps of {found}: the same network with random weights makes maps "
            f"that are much alike ({format_number(LOOKS_ALIKE)} or more by rank correlation or "
            "SSIM), so they show the photo rather than what was learnt."
        )
    for score, place in (("joint_preference", "Tile joints"), ("border_preference", "The border")):
        values = {_name_method(row): _number(row, score) for row in rows}
        if found := _list_from(values, CLEARLY_PREFERRED, unit="×"):
            drawn = "draw" if place.endswith("s") else "draws"
            yield (
                f"{place} {drawn} clearly more heat than an even map would put there, by {found}: "
                "the network heeds what is there, crack or not."
            )
    empty = {_name_method(row): _number(row, "without_heat") for row in rows}
    if found := _list_from(empty, 1):
        yield f"Photos without any heat, which find no crack: {found}."


def _list_from(values: Mapping[str, float], least: float, unit: str = "") -> str:
    highest = sorted(values.items(), key=lambda item: -item[1])
    named = [f"{name} ({_write(value, unit)})" for name, value in highest if value >= least]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else "".join(named)


def _write(value: float, unit: str) -> str:
    return format_number(int(value) if value.is_integer() and not unit else value, unit)


def _likeness(row: Mapping[str, Any]) -> float:
    return max(_number(row, "sanity_spearman"), _number(row, "sanity_ssim"))


def _number(row: Mapping[str, Any], name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, int | float) else float("-inf")
