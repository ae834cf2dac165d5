"""The first screen: three numbers, three photos and the verdict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from crack_pipeline.manifest import usable_rows
from crack_pipeline.reporting.pictures import Picture
from crack_pipeline.reporting.subject import ReportSubject, list_origins
from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.numbers import PERCENT, format_number
from crack_pipeline.wording.phrases import count_of
from crack_pipeline.wording.scores import Score
from crack_pipeline.wording.verdict import Verdict, measure_lengths

_N_SHOWN = 3
_CARDS = {
    "best": "Best",
    "typical": "Typical",
    "missed": "Worst: a missed crack",
    "false_alarm": "Worst: a false alarm",
}
_UNSURE = {**_CARDS, "best": "Surest, and right", "typical": "Least sure, and right"}
_LEGEND = ("found", "missed", "false crack")


class Card(NamedTuple):
    """A photo that is shown: why, its name, how the model did, itself beside its outlines."""

    title: str
    image_id: str
    caption: str
    picture: Picture


class KeyNumber(NamedTuple):
    """A number of the first screen: its label, itself, and what stands below it."""

    label: str
    value: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """The first screen.

    Attributes:
        lead: What was trained on what, and on how many photos it was measured.
        verdict: How good it is, what was checked, what to doubt.
        quality: Sentences of the verdict that say no number of the headline once more.
        numbers: Three, where the evaluation has them.
        cards: Three photos; none of an evaluation before there were examples.
        legend: What the colours mean; empty where nothing is outlined.
    """

    lead: str
    verdict: Verdict
    quality: Sequence[str]
    numbers: Sequence[KeyNumber]
    cards: Sequence[Card]
    legend: Sequence[str]


def make_opening(subject: ReportSubject) -> Opening:
    """Write the first screen.

    Args:
        subject: What the report is about.

    Returns:
        The screen; parts that the evaluation lacks are empty.
    """
    known = _KEY_NUMBERS[subject.spec.truth](subject)
    numbers = {one.label: one for one in (*known, *_number_scores(subject)) if one is not None}
    cards = _choose_cards(subject)
    legend = _LEGEND if cards and subject.is_of_masks else ()
    verdict, first = subject.verdict, list(numbers.values())[:_N_SHOWN]
    titles = tuple(f"{score.title}:" for score in subject.scores("headline"))
    quality = [text for text in verdict.quality if not text.startswith(titles)]
    return Opening(_lead(subject), verdict, quality, first, cards, legend)


def list_cards(subject: ReportSubject, *kinds: str) -> dict[str, list[Card]]:
    """List the photos of some kinds: heading → cards."""
    cards: dict[str, list[Card]] = {}
    for kind in kinds:
        for one in subject.examples:
            if one["kind"] == kind:
                picture = subject.pictures.found[one["figure"]]
                card = Card("", one["image_id"], one["caption"], picture)
                cards.setdefault(one["heading"], []).append(card)
    return cards


def _choose_cards(subject: ReportSubject) -> list[Card]:
    """The best photo, a typical one and the worst: one with a missed crack where there is any."""
    first = {one["kind"]: one for one in reversed(subject.examples)}
    worst = "missed" if "missed" in first else "false_alarm"
    titles = _CARDS if subject.is_of_masks else _UNSURE
    kinds = dict.fromkeys(("best", "typical", worst, "false_alarm"))
    shown = [kind for kind in kinds if kind in first][:_N_SHOWN]
    cards = []
    for kind in shown:
        one, picture = first[kind], subject.pictures.found[first[kind]["figure"]]
        # The same photo stands in a section below: each needs an anchor of its own.
        picture = replace(picture, name=f"first-{picture.name}")
        cards.append(Card(titles[kind], one["image_id"], one["caption"], picture))
    return cards


def _lead(subject: ReportSubject) -> str:
    titles = " and ".join(origin.title for origin in list_origins(subject.manifest))
    learnt, measured = (subject.count_photos(split)[0] for split in ("train", "test"))
    return (
        f"The network {subject.model} {subject.spec.use}. It learnt from "
        f"{count_of(learnt, 'photo')} ({titles}) and was measured on {count_of(measured, 'other')}."
    )


def _number_masks(subject: ReportSubject) -> Iterable[KeyNumber | None]:
    found, false = measure_lengths(subject.evaluation)
    headline = {score.name: score for score in subject.scores("headline")}
    yield _number_found(found, headline)
    yield _number_alarms(subject, false)
    tolerant = [score for name, score in headline.items() if name.startswith("f1_tolerance_")]
    yield _number_score(subject, next(iter(tolerant), None))


def _number_found(found: float | None, headline: Mapping[str, Score]) -> KeyNumber | None:
    if found is None:
        return None
    thin = [score for name, score in headline.items() if "_thin_" in name]
    below = "; ".join(f"thin cracks {_percent(one.value)}" for one in thin if one.value is not None)
    return KeyNumber("Crack length found", _percent(found), below)


def _number_alarms(subject: ReportSubject, false: float | None) -> KeyNumber | None:
    sound = subject.part("false_alarms").get("crack_free_photos") or {}
    marked = None if false is None else _percent(false)
    if n_photos := sound.get("photos"):
        below = f"{marked} of the marked length is false" if marked else ""
        value = f"{sound['photos_with_false_alarms']} of {n_photos}"
        return KeyNumber("Crack-free photos with false crack", value, below)
    if marked is None:
        return None
    return KeyNumber("Of the marked length is false", marked, "no test photo is free of crack")


def _number_labels(subject: ReportSubject) -> Iterable[KeyNumber | None]:
    photos = subject.records("photos")
    for label, title, is_counted in (
        (1, "Cracked photos found", lambda photo: photo.get("right")),
        (0, "Crack-free photos called cracked", lambda photo: not photo.get("right")),
    ):
        of = [photo for photo in photos if photo.get("label") == label]
        counted = sum(map(bool, map(is_counted, of)))
        share = _percent(counted / len(of)) if of else ""
        yield KeyNumber(title, f"{counted} of {len(of)}", share) if of else None
    headline = {score.name: score for score in subject.scores("headline")}
    yield _number_score(subject, headline.get("f1"))


def _number_scores(subject: ReportSubject) -> Iterable[KeyNumber | None]:
    for score in subject.scores("headline"):
        yield _number_score(subject, score)


def _number_score(subject: ReportSubject, score: Score | None) -> KeyNumber | None:
    if score is None or score.value is None:
        return None
    interval, baseline = score.format_interval(), subject.baseline_of(score)
    below = [f"95 %: {interval}"] if interval else []
    if baseline is not None:
        below.append(f"baseline {format_number(baseline, score.metric.unit)}")
    return KeyNumber(score.title, score.format_value(), "; ".join(below))


def _percent(share: float | None) -> str:
    return format_number(None if share is None else round(share, 2), PERCENT)


_KEY_NUMBERS: Mapping[str, Callable[[ReportSubject], Iterable[KeyNumber | None]]] = {
    "masks": _number_masks,
    "labels": _number_labels,
    "photos": _number_scores,
}


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
            f"It was measured on {count_of(photos, 'photo')} of only "
            f"{count_of(groups, 'source photo')}: chance plays a "
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
        ("no crack", "sound", "It calls {wrong} of {all} cracked (specificity {share})."),
        ("crack", "cracked", "It misses the crack in {wrong} of {all} (recall {share})."),
    )
    for name, kind, sentence in kinds:
        found = classes.get(name) or {}
        share, photos = found.get("recall"), int(found.get("support") or 0)
        if photos and share is not None and share < _LOW_SHARE:
            wrong = photos - round(share * photos)
            of = count_of(photos, f"{kind} test photo")
            yield sentence.format(wrong=wrong, all=of, share=format_number(share, PERCENT))


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
        yield f"It marks crack on {alarmed} of {count_of(photos, 'test photo')} without crack."


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
        f"{count_of(worst.get('photos') or 0, 'photo')} (best: {best['stratum']}, {high})."
    )
