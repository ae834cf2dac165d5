"""Sections of what was measured: detection, protocols, strata, calibration, widths, pictures."""

from collections.abc import Mapping
from typing import Any

from crack_pipeline.prediction.decision import Decision
from crack_pipeline.reporting import part_words
from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.headline import describe_row
from crack_pipeline.reporting.known_pictures import CURVES
from crack_pipeline.reporting.part_numbers import (
    list_facts,
    list_sentences,
    list_tables,
)
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import (
    format_interval,
    format_number,
    format_threshold,
    split_unit,
)

_DETECTION = (
    "Which cracks are found, and how wide must they be? True cracks up to 10 px wide are cut into "
    "pieces of about 20 px; a piece is detected where at least half of its length is found. a90 is "
    "the width at which 9 of 10 pieces are detected, read off a logistic curve; a90/95 is the "
    "width below which the true a90 lies with 95 % confidence, from a bootstrap over source photos "
    "(MIL-HDBK-1823A).",
    "l90 and l90/95 ask the same of length: the width at which 90 % of it is found, where half a "
    "piece counts half. Wider cracks are counted apart, for they are missed where they broke open "
    "or are filled, whatever their width.",
)
_FALSE_ALARMS = (
    "False crack: what is predicted with no true crack within the tolerance, as the length of its "
    "centreline and as its area. A line has much length and little area, a blob the reverse."
)
_CALIBRATION = (
    "A calibrated probability of 0.8 is right in 8 of 10 cases. Predictions are sorted into bins "
    "by their probability: the expected calibration error (ECE) is the mean distance of a bin from "
    "that, the largest (MCE) the distance of the worst bin, however few it holds. The Brier score "
    "is the mean squared difference of probability and truth. 0 is best of all three. Scaling by a "
    "temperature, chosen on the validation photos, makes probabilities less extreme where it is "
    "above 1."
)
_RISK = {
    "masks": "Risk is 1 − Dice, the mean of the photos that the model keeps; coverage is "
    "their share. Handing over the photos that it doubts most should lower the risk; a perfect "
    "order hands over the worst photos first.",
    "labels": "Risk is the share of wrong labels among the photos that the model keeps; "
    "coverage is their share of all photos. Handing over the photos that it doubts most should "
    "lower the risk; a perfect order hands over the wrong ones first.",
}
_WIDTH = (
    "Predicted width less the width of the mask, along cracks that both have. The bias is the mean "
    "of this difference, above 0 where cracks are drawn too wide; 95 % of the differences lie "
    "between the limits of agreement (Bland and Altman 1986)."
)


def make_inspection(subject: ReportSubject) -> Section:
    """What an inspector asks first: which cracks are found, and how much false alarm there is."""
    parts = (_make_detection(subject), _make_false_alarms(subject))
    return Section(
        "inspection",
        "What an inspector asks",
        parts=tuple(part for part in parts if part.has_results or part.notes),
    )


def _make_detection(subject: ReportSubject) -> Section:
    numbers, title = subject.part("detection"), "Probability of detection"
    details = list_facts(
        {name: numbers.get(name) for name in numbers if _is_detail(name)},
        part_words.DETECTION_DETAILS,
    )
    rows = tuple((Cell(fact.label), Cell(fact.text)) for fact in details)
    fit = Table(
        "Details of the fit", ("Number", "Value"), rows, is_collapsible=True, is_folded=True
    )
    return Section(
        "detection",
        title,
        paragraphs=(*_DETECTION, *list_sentences(numbers)),
        facts=list_facts(
            numbers, part_words.DETECTION, without=part_words.DETECTION_DETAILS.keys()
        ),
        tables=(
            *list_tables(numbers, part_words.DETECTION_TABLE, caption=title),
            *((fit,) if rows else ()),
        ),
        # Without numbers the picture only says that labels have no widths.
        pictures=subject.pictures.take("detection") if numbers else (),
        notes=subject.pictures.notes("detection") if numbers else (),
    )


def _is_detail(name: str) -> bool:
    return split_unit(name)[0] in part_words.DETECTION_DETAILS


def _make_false_alarms(subject: ReportSubject) -> Section:
    numbers = subject.part("false_alarms")
    blocks = {name: block for name, block in numbers.items() if isinstance(block, Mapping)}
    others = {name: value for name, value in numbers.items() if name not in blocks}
    return Section(
        "false-alarms",
        "False alarms",
        paragraphs=(_FALSE_ALARMS, *list_sentences(numbers)),
        facts=list_facts(others, part_words.FALSE_ALARMS),
        tables=(_tabulate_alarms(blocks),) if blocks else (),
    )


def _tabulate_alarms(blocks: Mapping[str, Mapping[str, Any]]) -> Table:
    known = [
        name
        for name in part_words.FALSE_ALARM_COLUMNS
        if any(block.get(name) is not None for block in blocks.values())
    ]
    rows = tuple(
        (_name_photos(name, block), *(_alarm_cell(block.get(column)) for column in known))
        for name, block in blocks.items()
    )
    header = (part_words.FALSE_ALARM_COLUMNS[name] for name in known)
    return Table("False crack", ("Photos", *header), rows)


def _name_photos(name: str, block: Mapping[str, Any]) -> Cell:
    label = part_words.FALSE_ALARMS.get(name) or describe_name(name)
    return Cell(label, str(block.get("data_set") or ""))


def _alarm_cell(value: Any) -> Cell:
    if not isinstance(value, Mapping):
        return Cell(format_number(value))
    interval = format_interval(value.get("low"), value.get("high"))
    return Cell(format_number(value.get("value")), interval)


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
        paragraphs=(
            *((_CALIBRATION, *list_sentences(calibration)) if calibration else ()),
            *((_RISK.get(subject.spec.truth, ""), *list_sentences(handing)) if handing else ()),
        ),
        facts=(
            *list_facts(calibration, part_words.CALIBRATION),
            *list_facts(handing, part_words.RISK),
        ),
        tables=(
            *list_tables(calibration, part_words.CALIBRATION, caption="Calibration"),
            *list_tables(handing, part_words.RISK, caption="Risk and coverage"),
        ),
        pictures=subject.pictures.take(*names),
        notes=subject.pictures.notes(*names),
    )


def make_widths(subject: ReportSubject) -> Section:
    """How predicted widths agree with those of the masks."""
    numbers = subject.part("width")
    return Section(
        "width",
        "Crack width",
        paragraphs=(_WIDTH, *list_sentences(numbers)),
        facts=list_facts(numbers, part_words.WIDTH),
        tables=list_tables(numbers, part_words.WIDTH, caption="Crack width"),
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


def _describe_threshold(decision: Decision) -> str:
    threshold = format_threshold(decision.threshold)
    rule, note = decision.chosen_by.strip(), decision.note.strip()
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
