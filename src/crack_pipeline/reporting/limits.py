"""Limits of a model that its own numbers show, for the model card."""

from collections.abc import Iterable, Mapping
from typing import Any

from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.wording.numbers import format_number

_LOW_SHARE = 0.7
"""Share of photos told right, or of crack found, below which the card says so."""


def list_measured_limits(subject: ReportSubject) -> list[str]:
    """Say where the measured numbers are poor.

    Args:
        subject: What the report is about.

    Returns:
        Sentences. Of labels: photos of either class that are often told wrong. Of masks: thin
        cracks that are missed, an a90 that is not known, false crack on photos without crack.
    """
    if subject.spec.truth != "masks":
        return list(_limits_of_labels(subject.part("classes")))
    return [
        *_limits_of_thin_cracks(subject),
        *_limits_of_detection(subject.part("detection")),
        *_limits_of_sound_photos(subject.part("false_alarms")),
    ]


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
            yield sentence.format(wrong=wrong, all=photos, share=format_number(share))


def _limits_of_thin_cracks(subject: ReportSubject) -> Iterable[str]:
    for row in subject.records("headline"):
        value = row.get("value")
        if "thin" in str(row.get("name", "")) and value is not None and value < _LOW_SHARE:
            yield (
                f"It finds {value:.0%} of the length of thin cracks, those below 3 px.".replace(
                    "%", " %"
                )
            )


def _limits_of_detection(detection: Mapping[str, Any]) -> Iterable[str]:
    if detection and detection.get("a90_px") is None:
        note = str(detection.get("note") or "").strip()
        why = f": {note}" if note else ""
        yield f"From which width on it detects 9 of 10 pieces of crack is not known{why}."


def _limits_of_sound_photos(alarms: Mapping[str, Any]) -> Iterable[str]:
    sound = alarms.get("crack_free_photos") or {}
    alarmed, photos = sound.get("photos_with_false_alarms"), sound.get("photos")
    if photos and alarmed and alarmed / photos > 1 - _LOW_SHARE:
        yield f"It marks crack on {alarmed} of {photos} test photos without crack."
