"""Sections of what was measured: detection, protocols, strata, calibration, widths, pictures."""

from collections.abc import Mapping
from typing import Any

from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.headline import describe_row
from crack_pipeline.reporting.known_pictures import CURVES
from crack_pipeline.reporting.numbers import (
    describe_name,
    format_interval,
    format_number,
    format_threshold,
)
from crack_pipeline.reporting.part_numbers import (
    list_facts,
    list_sentences,
    list_tables,
)
from crack_pipeline.reporting.subject import ReportSubject

_DETECTION = (
    "True cracks up to 10 px wide are cut into pieces of about 20 px; a piece is detected where at "
    "least half of its length is found. a90 is the width at which 9 of 10 pieces are detected; "
    "a90/95 is the width below which the true a90 lies with 95 % confidence (MIL-HDBK-1823A). l90 "
    "and l90/95 ask the same of length: the width at which 90 % of it is found. Wider cracks are "
    "counted apart, for they are missed where they broke open or are filled, whatever their width."
)
_FALSE_ALARMS = (
    "False crack: what is predicted with no true crack within the tolerance, as the length of its "
    "centreline and as its area. A line has much length and little area, a blob the reverse."
)
_CALIBRATION = (
    "A calibrated probability of 0.8 is right in 8 of 10 cases. The expected calibration error "
    "(ECE) is the mean distance from that; for masks it is taken near cracks, since background "
    "would drown it."
)


def make_inspection(subject: ReportSubject) -> Section:
    """What an inspector asks first: which cracks are found, and how much false alarm there is."""
    detection, alarms = subject.part("detection"), subject.part("false_alarms")
    parts = (
        _make_part(
            "detection",
            "Probability of detection",
            detection,
            intro=_DETECTION,
            # Without numbers the picture only says that labels have no widths.
            pictures=subject.pictures.take("detection") if detection else (),
            notes=subject.pictures.notes("detection") if detection else (),
        ),
        _make_part("false-alarms", "False alarms", alarms, intro=_FALSE_ALARMS),
    )
    return Section(
        "inspection",
        "What an inspector asks",
        parts=tuple(part for part in parts if part.has_results or part.notes),
    )


def make_protocols(subject: ReportSubject) -> Section:
    """Every protocol in use, side by side, a table a group."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in subject.records("protocols"):
        groups.setdefault(str(row.get("group", "other")), []).append(row)
    return Section(
        "protocols",
        "All protocols",
        paragraphs=(
            "The same predictions under every protocol in use, so that they can be compared with "
            "published numbers. Compare only numbers of one protocol.",
        ),
        tables=tuple(_tabulate_protocols(group, rows) for group, rows in groups.items()),
    )


def make_curves(subject: ReportSubject) -> Section:
    """Curves over thresholds, and the confusion matrix at the chosen one."""
    return Section(
        "curves",
        "Curves",
        paragraphs=(_describe_threshold(subject.decision),),
        pictures=subject.pictures.take(*CURVES),
        notes=subject.pictures.notes(*CURVES),
    )


def make_strata(subject: ReportSubject) -> Section:
    """Scores of parts of the test photos, one table for each way to divide them."""
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in subject.records("strata"):
        kinds.setdefault(str(row.get("by", "stratum")), []).append(row)
    return Section(
        "strata",
        "By stratum",
        paragraphs=("Where the model is better and worse than its headline.",),
        tables=tuple(_tabulate_strata(kind, rows) for kind, rows in kinds.items()),
        # Without strata the picture only says that there are none.
        pictures=subject.pictures.take("strata") if kinds else (),
        notes=subject.pictures.notes("strata") if kinds else (),
    )


def make_calibration(subject: ReportSubject) -> Section:
    """Whether probabilities mean what they say, and what handing over doubtful photos brings."""
    names = ("reliability", "risk_coverage")
    calibration = subject.part("calibration")
    handing = subject.part("risk_coverage")
    return Section(
        "calibration",
        "Calibration",
        paragraphs=(_CALIBRATION, *list_sentences(calibration), *list_sentences(handing)),
        facts=(*list_facts(calibration), *list_facts(handing)),
        tables=(
            *list_tables(calibration, caption="Calibration"),
            *list_tables(handing, caption="Risk and coverage"),
        ),
        pictures=subject.pictures.take(*names),
        notes=subject.pictures.notes(*names),
    )


def make_widths(subject: ReportSubject) -> Section:
    """How predicted widths agree with those of the masks."""
    return _make_part(
        "width",
        "Crack width",
        subject.part("width"),
        intro="Predicted width minus the width of the mask, along cracks that both have. 95 % of "
        "differences lie within the limits of agreement (Bland and Altman 1986).",
    )


def make_samples(subject: ReportSubject) -> Section:
    """Test photos with truth and prediction."""
    return Section(
        "samples",
        "Sample photos",
        pictures=subject.pictures.take("prediction_sheet"),
        notes=subject.pictures.notes("prediction_sheet"),
    )


def make_audit(subject: ReportSubject) -> Section:
    """What makes the numbers doubtful, check by check."""
    audit = subject.part("audit")
    findings = audit.get("findings") or ()
    rows = tuple(
        tuple(Cell(str(finding.get(name, ""))) for name in ("check", "verdict", "detail"))
        for finding in findings
    )
    table = Table("Checks", ("Check", "Verdict", "Detail"), rows, is_prose=True)
    return Section(
        "audit",
        "Audit of the numbers",
        paragraphs=list_sentences(audit),
        tables=(table,) if rows else (),
    )


def _make_part(
    key: str, title: str, numbers: Mapping[str, Any], *, intro: str, **shown: Any
) -> Section:
    return Section(
        key,
        title,
        paragraphs=(intro, *list_sentences(numbers)),
        facts=list_facts(numbers),
        tables=list_tables(numbers, caption=title),
        **shown,
    )


def _describe_threshold(decision: Mapping[str, Any]) -> str:
    threshold = format_threshold(decision.get("threshold"))
    rule = str(decision.get("chosen_by", "")).strip()
    note = str(decision.get("note") or "").strip()
    text = f"A crack is where the probability is at least {threshold}"
    text += f": {rule}." if rule else "."
    return f"{text} Mind: {note}." if note else text


def _tabulate_protocols(group: str, rows: list[Mapping[str, Any]]) -> Table:
    has_intervals = any(row.get("low") is not None for row in rows)
    header = ("Protocol", "Value", "95 % interval")
    n_columns = len(header) if has_intervals else len(header) - 1
    cells = tuple(_protocol_cells(row)[:n_columns] for row in rows)
    return Table(group.capitalize(), header[:n_columns], cells, is_collapsible=True)


def _protocol_cells(row: Mapping[str, Any]) -> tuple[Cell, ...]:
    label = describe_row(row)
    return (
        Cell(label, str(row.get("note") or "")),
        Cell(format_number(row.get("value"))),
        Cell(format_interval(row.get("low"), row.get("high"))),
    )


def _tabulate_strata(kind: str, rows: list[Mapping[str, Any]]) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row.get("metrics") or {}))
    return Table(
        f"By {kind}",
        (kind.capitalize(), "Photos", *map(describe_name, names)),
        tuple(
            (
                Cell(str(row.get("stratum", ""))),
                Cell(format_number(row.get("photos"))),
                *(Cell(format_number((row.get("metrics") or {}).get(name))) for name in names),
            )
            for row in rows
        ),
    )
