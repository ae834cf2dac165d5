"""Limits of a model that its own numbers show."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crack_pipeline.manifest import usable_rows
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.numbers import PERCENT, format_number

_LOW_SHARE = 0.7
"""Share of photos classified correctly, or of crack found, below which it is a limit."""
_FEW_GROUPS = 30

_Rows = Sequence[Mapping[str, Any]]


def list_limits(subject: ReportSubject) -> list[str]:
    """List limits that the measured numbers show.

    Args:
        subject: What the report is about.

    Returns:
        Sentences, at least one. Of labels: photos of either class that are often classified wrong.
        Of masks: thin cracks that are missed, an a90 that is not known, false crack on photos
        without crack. Of both: the weakest kinds of photos, few photos, none without crack.
    """
    photos, groups = subject.count_photos("test")
    points = [
        *_limits_of_labels(subject.part("classes")),
        *_limits_of_masks(subject),
        *_weakest_kinds(subject.records("strata")),
    ]
    if groups < _FEW_GROUPS:
        points.append(
            f"It was measured on {photos} photos of only {groups} source photos: chance plays a "
            "large part in every number."
        )
    if not (usable_rows(subject.manifest, "test")["label"] == 0).any():
        points.append(
            "No test photo is known to be without crack: how it does on sound surfaces is not "
            "measured here."
        )
    return points or ["None was found; that does not mean that there are none."]


def _limits_of_labels(classes: Mapping[str, Any]) -> Iterable[str]:
    kinds = (
        ("no crack", "It calls {wrong} of {all} sound test photos cracked (specificity {share})."),
        ("crack", "It misses the crack in {wrong} of {all} cracked test photos (recall {share})."),
    )
    for name, sentence in kinds:
        found = classes.get(name) or {}
        share, photos = found.get("recall"), int(found.get("support") or 0)
        if photos and share is not None and share < _LOW_SHARE:
            wrong = photos - round(share * photos)
            yield sentence.format(wrong=wrong, all=photos, share=format_number(share, PERCENT))


def _limits_of_masks(subject: ReportSubject) -> Iterable[str]:
    for score in subject.scores("headline"):
        if "thin" in score.name and score.value is not None and score.value < _LOW_SHARE:
            share = format_number(score.value, PERCENT)
            yield f"It finds {share} of the length of thin cracks, those below 3 px."
    detection = subject.part("detection")
    if detection and detection.get("a90_px") is None:
        note = str(detection.get("note") or "").strip()
        why = f": {note}" if note else ""
        yield f"From which width on it finds 9 of 10 pieces of crack is not known{why}."
    sound = subject.part("false_alarms").get("crack_free_photos") or {}
    alarmed, photos = sound.get("photos_with_false_alarms"), sound.get("photos")
    if photos and alarmed and alarmed / photos > 1 - _LOW_SHARE:
        yield f"It marks crack on {alarmed} of {photos} test photos without crack."


def _weakest_kinds(strata: _Rows) -> list[str]:
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for row in strata:
        # Of photos without crack F1 is 0 whatever the model does.
        if row.get("stratum") != "no crack":
            kinds.setdefault(str(row.get("by", "stratum")), []).append(row)
    return [point for kind, rows in kinds.items() for point in _weakest(kind, rows)]


def _weakest(kind: str, rows: _Rows) -> Iterable[str]:
    names = [name for row in rows for name in row.get("metrics") or {}]
    scores = [name for name in names if any(word in name for word in ("f1", "dice", "accuracy"))]
    name = next(iter([*scores, *names]), "")
    scored = [row for row in rows if (row.get("metrics") or {}).get(name) is not None]
    ordered = sorted(scored, key=lambda row: float(row["metrics"][name]))
    if len(ordered) < 2 or ordered[0]["metrics"][name] == ordered[-1]["metrics"][name]:
        return
    metric, worst, best = describe_metric(name), ordered[0], ordered[-1]
    low, high = (format_number(row["metrics"][name], metric.unit) for row in (worst, best))
    yield (
        f"Weakest {kind}: {worst['stratum']}, {metric.label} {low} on "
        f"{format_number(worst.get('photos'))} photos (best: {best['stratum']}, {high})."
    )
