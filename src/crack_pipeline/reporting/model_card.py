"""The model card: what the model is for, what it is not for, and what it was made from.

Source:
    Mitchell, M. et al. (2019), *Model cards for model reporting*, FAT* 2019, 220–229,
    https://doi.org/10.1145/3287560.3287596
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crack_pipeline.manifest import OK
from crack_pipeline.reporting.blocks import Cell, Section, Table
from crack_pipeline.reporting.licences import DataOrigin, list_origins
from crack_pipeline.reporting.limits import list_measured_limits
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_number, format_threshold

_FEW_GROUPS = 30


def make_model_card(subject: ReportSubject) -> Section:
    """Write the card.

    Args:
        subject: What the report is about.

    Returns:
        Intended use, uses out of scope, limits that were found, data with sources and licences,
        metrics, training data, ethical considerations.
    """
    origins = list_origins(subject.manifest)
    parts = (
        Section("card-use", "Intended use", points=_intended(subject, origins)),
        Section("card-scope", "Out of scope", points=_out_of_scope(subject)),
        Section("card-limits", "Limits found", points=_limits(subject)),
        Section("card-data", "Data, sources and licences", tables=(_tabulate(origins),)),
        Section("card-training", "Training data", points=_training_data(subject)),
        Section("card-metrics", "Metrics", points=_metrics(subject)),
        Section("card-ethics", "Ethical considerations", points=_ethics(origins)),
    )
    return Section("card", "Model card", parts=parts)


def _intended(subject: ReportSubject, origins: Sequence[DataOrigin]) -> tuple[str, ...]:
    if all(origin.is_drawn for origin in origins):
        return ("Trying the project out: it learnt from drawn photos and knows no real surface.",)
    surfaces = sorted(subject.manifest["surface"].dropna().unique())
    kinds = f" ({', '.join(map(str, surfaces))})" if surfaces else ""
    return (
        f"It {subject.spec.use} in photos of surfaces like those that it learnt from{kinds}, "
        "taken from a like distance in like light.",
        "It helps a person who inspects: what it finds is looked at, and photos that it is unsure "
        "of are handed over.",
    )


def _out_of_scope(subject: ReportSubject) -> tuple[str, ...]:
    points = [
        "A verdict on safety, or on repair, without a person who looks at the structure.",
        "Other materials, cameras, distances and light, before it was measured on photos of them.",
    ]
    if subject.spec.truth == "masks":
        points.append("Widths in millimetres where the scale of the photo is not known.")
    else:
        points.append("Where in the photo the crack is, how long it is and how wide.")
    return tuple(points)


def _limits(subject: ReportSubject) -> tuple[str, ...]:
    photos, groups = subject.count_photos("test")
    points = [
        *list_measured_limits(subject),
        *_worst_strata(subject.records("strata")),
        *_doubts(subject),
    ]
    if groups < _FEW_GROUPS:
        points.append(
            f"It was measured on {photos} photos of only {groups} source photos: chance plays a "
            "large part in every number."
        )
    if not _test_labels(subject) & {0}:
        points.append(
            "No test photo is known to be without crack: how it fares on sound surfaces is not "
            "measured here."
        )
    note = subject.decision.note
    if note:
        points.append(f"About its threshold: {note}.")
    return tuple(points) or ("None was found; that does not mean that there are none.",)


def _worst_strata(strata: Sequence[Mapping[str, Any]]) -> list[str]:
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in strata:
        kinds.setdefault(str(row.get("by", "stratum")), []).append(row)
    return [point for kind, rows in kinds.items() for point in _worst(kind, rows)]


def _worst(kind: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    name = _main_name(rows)
    scored = [
        row
        for row in rows
        # Of photos without crack F1 is 0 whatever the model does.
        if (row.get("metrics") or {}).get(name) is not None and row.get("stratum") != "no crack"
    ]
    if len(scored) < 2:
        return []
    worst, best = (
        choose(scored, key=lambda row: float(row["metrics"][name])) for choose in (min, max)
    )
    if worst["metrics"][name] == best["metrics"][name]:
        return []
    return [
        f"Weakest {kind}: {worst['stratum']}, {describe_name(name)} "
        f"{format_number(worst['metrics'][name])} on {format_number(worst.get('photos'))} photos "
        f"(best: {best['stratum']}, {format_number(best['metrics'][name])})."
    ]


def _main_name(rows: Sequence[Mapping[str, Any]]) -> str:
    names = [name for row in rows for name in row.get("metrics") or {}]
    scores = [name for name in names if any(word in name for word in ("f1", "dice", "accuracy"))]
    return next(iter([*scores, *names]), "")


def _doubts(subject: ReportSubject) -> list[str]:
    findings = subject.part("audit").get("findings") or ()
    doubtful = [finding for finding in findings if finding.get("verdict") == "doubtful"]
    unchecked = [str(f.get("check", "")) for f in findings if f.get("verdict") == "not checked"]
    points = [f"Audit, {f.get('check', '')}: {f.get('detail', '')}" for f in doubtful]
    if unchecked:
        points.append(f"Not checked by the audit: {', '.join(unchecked)}.")
    return points


def _test_labels(subject: ReportSubject) -> set[int]:
    rows = subject.manifest[
        (subject.manifest["split"] == "test") & (subject.manifest["status"] == OK)
    ]
    return {int(label) for label in rows["label"].dropna().unique()}


def _tabulate(origins: Sequence[DataOrigin]) -> Table:
    rows = tuple(
        (
            Cell(origin.title, origin.homepage),
            Cell(format_number(origin.n_photos)),
            Cell(origin.licence),
            Cell(origin.citation or "no citation known"),
        )
        for origin in origins
    )
    return Table("Sources", ("Source", "Photos", "Licence", "Cite"), rows, is_prose=True)


def _training_data(subject: ReportSubject) -> tuple[str, ...]:
    points = []
    for split in ("train", "validation", "test"):
        photos, groups = subject.count_photos(split)
        points.append(
            f"{split.capitalize()}: {format_number(photos)} photos of {format_number(groups)} "
            "source photos."
        )
    n_aside = int((subject.manifest["status"] != OK).sum())
    if n_aside:
        points.append(f"Set aside by ingestion, each with a reason: {format_number(n_aside)}.")
    points.append(
        "Near-duplicates and crops of one photo form a group, and no group is split between train, "
        "validation and test unless ingestion was told so."
    )
    return tuple(points)


def _metrics(subject: ReportSubject) -> tuple[str, ...]:
    return (
        f"Counted in {subject.spec.unit}, "
        f"at threshold {format_threshold(subject.decision.threshold)}, "
        "which was chosen on the validation photos and not on the test photos.",
        "Intervals hold for new source photos of the same kind, not for another kind.",
    )


def _ethics(origins: Sequence[DataOrigin]) -> tuple[str, ...]:
    points = [
        "A missed crack can cost more than a false alarm. Who uses the model chooses the "
        "threshold accordingly and answers for it.",
        "Masks and labels are the judgement of few people; the model repeats their habits.",
        "Photos may show people, number plates or places. This page holds photos: mind whom you "
        "give it to.",
    ]
    if not all(origin.is_drawn for origin in origins):
        points.append(
            "The licences above bind whoever passes on the photos, and may bind whoever passes on "
            "or sells the model."
        )
    return tuple(points)
