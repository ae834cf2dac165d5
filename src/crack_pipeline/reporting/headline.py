"""The headline: the metrics that stand first, with intervals, baseline and what labels agree at."""

import re
from collections.abc import Mapping
from typing import Any

from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import capitalize, describe_metric, describe_name
from crack_pipeline.wording.numbers import ABSENT, format_interval, format_number, format_threshold

_SPLIT = "test_"


def list_headline(subject: ReportSubject) -> list[Mapping[str, Any]]:
    """Metrics of the headline.

    Args:
        subject: What the report is about.

    Returns:
        The evaluation's own list; where it has none, the usual metrics without intervals. Each has
        ``name``, ``label``, ``value``, ``low``, ``high`` and ``agreement``.
    """
    given = subject.records("headline")
    return list(given) if given else _gather_plain(subject)


def main_metric(subject: ReportSubject) -> Mapping[str, Any] | None:
    """The one metric that a summary names: pooled F1, or else the first of the headline."""
    rows = list_headline(subject)
    named = [row for row in rows if _bare_name(row) == subject.spec.main_metric]
    return next(iter([*named, *rows]), None)


def describe_row(row: Mapping[str, Any]) -> str:
    """What a metric of the headline is called, with a capital where it starts with a word.

    Args:
        row: Entry of the headline.

    Returns:
        Its label, or else its name in words.
    """
    label = str(row.get("label") or "")
    return capitalize(label) if label else describe_name(str(row.get("name", "")))


def make_headline(subject: ReportSubject) -> Section:
    """Write the headline table.

    Args:
        subject: What the report is about.

    Returns:
        The section; its table has columns for baseline and agreement only where these are known.
    """
    rows = list_headline(subject)
    groups = subject.count_photos("test")[1]
    has_intervals = any(row.get("low") is not None for row in rows)
    interval = (
        f"Small numbers are 95 % intervals, from a bootstrap over the {groups} source photos "
        "of the test split, never over pixels or crops."
        if has_intervals
        else "This evaluation has no intervals: differences of a few hundredths may be chance."
    )
    has_agreement = any(row.get("agreement") is not None for row in rows)
    agreement = (
        "“Labels agree” is what people who outlined the same photo twice reach against themselves: "
        "a score above it says nothing more about cracks."
    )
    return Section(
        "headline",
        "Headline",
        paragraphs=(interval, *((agreement,) if has_agreement else ())),
        tables=(_tabulate(subject, rows),) if rows else (),
        pictures=subject.pictures.take("headline"),
        notes=subject.pictures.notes("headline"),
    )


def _tabulate(subject: ReportSubject, rows: list[Mapping[str, Any]]) -> Table:
    cells = [
        {
            "Metric": Cell(describe_row(row), str(row.get("note") or "")),
            "Model": _value_cell(row),
            "Baseline": Cell(format_number(_baseline_of(subject, row))),
            "Labels agree": Cell(format_number(row.get("agreement"))),
        }
        for row in rows
    ]
    names = [
        name
        for name in ("Metric", "Model", "Baseline", "Labels agree")
        if any(row[name].text != ABSENT for row in cells)
    ]
    return Table(
        f"Test photos, decided at threshold {format_threshold(subject.decision.threshold)}",
        tuple(names),
        tuple(tuple(row[name] for name in names) for row in cells),
    )


def _value_cell(row: Mapping[str, Any]) -> Cell:
    return Cell(format_number(row.get("value")), format_interval(row.get("low"), row.get("high")))


def _baseline_of(subject: ReportSubject, row: Mapping[str, Any]) -> float | None:
    return subject.metrics.get(f"{_SPLIT}baseline_{_bare_name(row)}")


def _bare_name(row: Mapping[str, Any]) -> str:
    """Name without the split: the evaluation's list has none, ``metrics`` has one."""
    return str(row.get("name", "")).removeprefix(_SPLIT)


def _gather_plain(subject: ReportSubject) -> list[Mapping[str, Any]]:
    rows: list[Mapping[str, Any]] = []
    for pattern in subject.spec.plain_metrics:
        for name, value in subject.metrics.items():
            if re.fullmatch(f"{_SPLIT}{pattern}", name):
                rows.append(
                    {
                        "name": name,
                        "label": describe_metric(name).label,
                        "value": value,
                        "agreement": _agreement_of(subject, name),
                    }
                )
    return rows


def _agreement_of(subject: ReportSubject, name: str) -> float | None:
    stem = re.sub(r"_\d+px_", "_", name.removeprefix(_SPLIT))
    known = subject.part("label_agreement")
    value = known.get(stem, known.get(stem.removesuffix("_pooled")))
    return None if value is None else float(value)
