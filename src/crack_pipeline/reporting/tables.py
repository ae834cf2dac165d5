"""Tables of the page: rows that evaluation has labelled, one cell a number with its interval."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from crack_pipeline.reporting.subject import ReportSubject, list_origins
from crack_pipeline.wording.metric_labels import capitalize, describe_metric
from crack_pipeline.wording.numbers import (
    ABSENT,
    PERCENT,
    format_interval,
    format_number,
    format_threshold,
)
from crack_pipeline.wording.phrases import lift_remarks
from crack_pipeline.wording.scores import Score, read_scores


class Link(NamedTuple):
    """A cell that leads somewhere: its text, a second, smaller line, and the address."""

    text: str
    below: str
    href: str


Cell: TypeAlias = str | tuple[str, str] | Link
"""Text of a cell, and a second, smaller line."""
Row: TypeAlias = tuple[Cell, ...]

_ALARM_ROWS = {
    "all_photos": "All photos",
    "crack_free_photos": "Photos without crack",
    "crack_free_elsewhere": "Photos without crack of another data set",
}
_ALARM_COLUMNS = {
    "area_share": ("Share of the area", PERCENT),
    "px_per_megapixel": ("Line per megapixel", "px"),
    "m_per_m2": ("Line per area", "m per m²"),
}
_FIT = {
    "units": ("Pieces of crack up to 10 px wide", ""),
    "detected": ("Of these found", ""),
    "groups": ("Source photos that they are from", ""),
    "narrowest_px": ("Narrowest piece", "px"),
    "widest_px": ("Widest piece", "px"),
    "intercept": ("Intercept of the logistic fit", ""),
    "slope": ("Slope of the logistic fit", ""),
    "a90_95_delta_px": ("a90/95 by the delta method, mostly too low", "px"),
    "a90_95_delta_mm": ("a90/95 by the delta method, mostly too low", "mm"),
    "bound_note": ("Why there is no a90/95", ""),
    "l90_bound_note": ("Why there is no l90/95", ""),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its header.

    Attributes:
        caption: What it shows, also for those who do not see it.
        header: Names of the columns.
        rows: Cells, as many a row as there are columns.
        is_prose: Whether the cells hold sentences rather than numbers.
        notes: Sentences that hold for all rows.
    """

    caption: str
    header: tuple[str, ...]
    rows: Sequence[Row]
    is_prose: bool = False
    notes: Sequence[str] = ()


def make_tables(subject: ReportSubject) -> dict[str, list[Table]]:
    """Make the tables of all sections.

    Args:
        subject: What the report is about.

    Returns:
        Name → tables; none where the evaluation has nothing for them.
    """
    made = {
        "headline": [_tabulate_headline(subject)],
        "widths": [_tabulate_widths(subject.part("detection"))],
        "fit": [_tabulate_fit(subject.part("detection"))],
        "alarms": [_tabulate_alarms(subject.part("false_alarms"))],
        "protocols": list(_tabulate_protocols(subject.scores("protocols"))),
        "strata": list(_tabulate_strata(subject.records("strata"))),
        "checks": [_tabulate_checks(subject.part("audit"))],
        "calibration": [_tabulate_calibration(subject.part("calibration"))],
        "sources": [_tabulate_sources(subject)],
    }
    return {name: [table for table in tables if table.rows] for name, tables in made.items()}


def _tabulate_headline(subject: ReportSubject) -> Table:
    scores = subject.scores("headline") or _gather_scores(subject)
    shared, notes = lift_remarks([(score.label, score.note) for score in scores])
    columns: dict[str, list[Cell]] = {
        "Score": [(score.title, note) for score, note in zip(scores, notes, strict=True)],
        "Model": [(score.format_value(), score.format_interval()) for score in scores],
        "Baseline": [
            format_number(subject.baseline_of(score), score.metric.unit) for score in scores
        ],
        "Labels agree": [format_number(score.agreement, score.metric.unit) for score in scores],
    }
    known = {name: cells for name, cells in columns.items() if set(cells) != {ABSENT}}
    threshold = format_threshold(subject.decision.threshold)
    caption = f"Test photos, decided at threshold {threshold}"
    return Table(caption, tuple(known), tuple(zip(*known.values(), strict=True)), notes=shared)


def _gather_scores(subject: ReportSubject) -> list[Score]:
    """The plain metrics of the task, of an evaluation that names no headline."""
    return read_scores(
        [
            {"name": name, "value": value}
            for pattern in subject.spec.plain_metrics
            for name, value in subject.metrics.items()
            if re.fullmatch(f"test_{pattern}", name)
        ]
    )


def _tabulate_widths(detection: Mapping[str, Any]) -> Table:
    bins = [row for row in detection.get("by_width") or () if row.get("units")]
    header = ("Width", "Pieces found", "Length found")
    return Table("Found, by crack width", header, tuple(map(_width_cells, bins)))


def _width_cells(row: Mapping[str, Any]) -> Row:
    last = row.get("to_px")
    width = f"{row['from_px']} to {last} px" if last is not None else f"above {row['from_px']} px"
    units, found, length = row["units"], row.get("detected"), row.get("length_px") or 0
    of_pieces = (ABSENT, format_number(units))
    if found is not None:
        of_pieces = (format_number(found / units, PERCENT), f"{found} of {units}")
    share, of_length = row.get("share_found"), (ABSENT, "no pixel of this width")
    if length and share is not None:
        counted = f"{format_number(round(share * length))} of {format_number(length)} px"
        of_length = (format_number(share, PERCENT), counted)
    return width, of_pieces, of_length


def _tabulate_fit(detection: Mapping[str, Any]) -> Table:
    known = [(*words, detection[name]) for name, words in _FIT.items() if detection.get(name)]
    rows = tuple((label, format_number(value, unit)) for label, unit, value in known)
    return Table("Logistic fit to the pieces", ("Number", "Value"), rows)


def _tabulate_alarms(alarms: Mapping[str, Any]) -> Table:
    blocks = {words: alarms[name] for name, words in _ALARM_ROWS.items() if alarms.get(name)}
    known = {
        name: column
        for name, column in _ALARM_COLUMNS.items()
        if any(block.get(name) is not None for block in blocks.values())
    }
    rows = tuple(
        (
            (words, str(block.get("data_set") or "")),
            f"{block['photos_with_false_alarms']} of {block['photos']}",
            *(_with_interval(block.get(name), unit) for name, (_, unit) in known.items()),
        )
        for words, block in blocks.items()
    )
    header = ("Photos", "With false crack", *(title for title, _ in known.values()))
    return Table("False crack", header, rows)


def _tabulate_protocols(scores: Sequence[Score]) -> Iterator[Table]:
    for group in dict.fromkeys(score.group or "other" for score in scores):
        of = [score for score in scores if (score.group or "other") == group]
        shared, notes = lift_remarks([(score.label, score.note) for score in of])
        rows = tuple(
            ((score.title, note), score.format_value(), score.format_interval())
            for score, note in zip(of, notes, strict=True)
        )
        header = ("Protocol", "Value", "95 % interval")
        yield Table(capitalize(group), header, rows, notes=shared)


def _tabulate_strata(strata: Sequence[Mapping[str, Any]]) -> Iterator[Table]:
    for kind in dict.fromkeys(str(row.get("by", "stratum")) for row in strata):
        rows = [row for row in strata if str(row.get("by", "stratum")) == kind]
        values = [row.get("metrics") or {} for row in rows]
        metrics = {name: describe_metric(name) for known in values for name in known}
        cells = []
        for row, known in zip(rows, values, strict=True):
            shown = (format_number(known.get(name), one.unit) for name, one in metrics.items())
            cells.append((str(row.get("stratum", "")), format_number(row.get("photos")), *shown))
        names = (capitalize(metric.label) for metric in metrics.values())
        yield Table(f"By {kind}", (capitalize(kind), "Photos", *names), tuple(cells))


def _tabulate_checks(audit: Mapping[str, Any]) -> Table:
    names = ("check", "verdict", "detail")
    findings: Iterable[Mapping[str, Any]] = audit.get("findings") or ()
    rows = tuple(tuple(str(one.get(name, "")) for name in names) for one in findings)
    return Table("Checks", tuple(map(capitalize, names)), rows, is_prose=True)


def _tabulate_calibration(numbers: Mapping[str, Any]) -> Table:
    temperature = format_number(numbers.get("temperature"))
    rows = tuple(
        (
            capitalize(describe_metric(name).label),
            _with_interval(numbers[name]),
            _with_interval(numbers.get(f"{name}_after_temperature")),
        )
        for name in ("ece", "mce", "brier")
        if numbers.get(name) is not None
    )
    header = ("Error", "As predicted", f"Scaled by temperature {temperature}")
    return Table("Calibration errors", header, rows)


def _with_interval(number: Any, unit: str = "") -> Cell:
    if not isinstance(number, Mapping):
        return format_number(number, unit)
    interval = format_interval(number.get("low"), number.get("high"), unit)
    return format_number(number.get("value"), unit), interval


def _tabulate_sources(subject: ReportSubject) -> Table:
    rows = []
    for origin in list_origins(subject.manifest):
        cited = origin.citation or "no citation known"
        title = (origin.title, origin.homepage)
        rows.append((title, format_number(origin.n_photos), origin.licence, cited))
    return Table("Sources", ("Source", "Photos", "Licence", "Cite"), tuple(rows), is_prose=True)
