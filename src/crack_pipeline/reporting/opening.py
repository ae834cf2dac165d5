"""The first screen: three numbers, three photos and the verdict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from crack_pipeline.reporting.pictures import Picture
from crack_pipeline.reporting.subject import ReportSubject, list_origins
from crack_pipeline.wording.numbers import PERCENT, format_interval, format_number
from crack_pipeline.wording.scores import Score
from crack_pipeline.wording.verdict import Verdict

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
    return [_make_card(subject, first[kind], titles[kind]) for kind in shown]


def _make_card(subject: ReportSubject, example: Mapping[str, str], title: str) -> Card:
    picture = subject.pictures.found[example["figure"]]
    # The same photo stands in a section below: each needs an anchor of its own.
    picture = replace(picture, name=f"first-{picture.name}")
    return Card(title, example["image_id"], example["caption"], picture)


def _lead(subject: ReportSubject) -> str:
    titles = " and ".join(origin.title for origin in list_origins(subject.manifest))
    learnt, measured = (
        format_number(subject.count_photos(split)[0]) for split in ("train", "test")
    )
    return (
        f"The network {subject.model} {subject.spec.use}. It learnt from {learnt} photos "
        f"({titles}) and was measured on {measured} others."
    )


def _number_masks(subject: ReportSubject) -> Iterable[KeyNumber | None]:
    scores = {score.name: score for score in subject.scores("protocols")}
    headline = {score.name: score for score in subject.scores("headline")}
    yield _number_found(scores.get("centreline_recall_tolerance_2px_pooled"), headline)
    yield _number_alarms(subject, scores.get("centreline_precision_tolerance_2px_pooled"))
    tolerant = [score for name, score in headline.items() if name.startswith("f1_tolerance_")]
    yield _number_score(subject, next(iter(tolerant), None))


def _number_found(found: Score | None, headline: Mapping[str, Score]) -> KeyNumber | None:
    if found is None or found.value is None:
        return None
    thin = [score for name, score in headline.items() if "_thin_" in name]
    low, high = (None if end is None else round(end, 2) for end in (found.low, found.high))
    interval = format_interval(low, high, PERCENT)
    below = [f"95 %: {interval}"] if interval else []
    below += [f"thin cracks {_percent(one.value)}" for one in thin]
    return KeyNumber("Crack length found", _percent(found.value), "; ".join(below))


def _number_alarms(subject: ReportSubject, precision: Score | None) -> KeyNumber | None:
    sound = subject.part("false_alarms").get("crack_free_photos") or {}
    marked = None
    if precision is not None and precision.value is not None:
        marked = _percent(1 - precision.value)
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
