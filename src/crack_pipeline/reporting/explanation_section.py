"""What the network looks at: methods by score, and which of their maps not to read."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.explanation_remarks import (
    name_method,
    remark_on_cold_maps,
    remark_on_methods,
)
from crack_pipeline.reporting.explanation_words import GROUPS, Score
from crack_pipeline.reporting.known_pictures import EXPLANATIONS
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import ABSENT, format_number

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
        remarks=(*remark_on_methods(rows), *remark_on_cold_maps(rows)),
        pictures=subject.pictures.take(*EXPLANATIONS),
        notes=subject.pictures.notes(*EXPLANATIONS),
    )


def _tabulate(rows: _Rows) -> Iterable[Table]:
    header = ("Score", *map(name_method, rows))
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
