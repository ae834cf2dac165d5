"""An evaluation in plain sentences: how good, what was checked, what to doubt."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from crack_pipeline.wording.metric_labels import describe_metric
from crack_pipeline.wording.numbers import (
    PERCENT,
    describe_fraction,
    format_number,
    format_with_interval,
)
from crack_pipeline.wording.phrases import as_sentence, count_of, list_words
from crack_pipeline.wording.scores import read_scores

DRAWN = "The photos are drawn by a program: these numbers say nothing about real surfaces."
ON_COMPOSITES = (
    "On composites: cracks were drawn onto photos of real surfaces. Scores, a90 and error bars say "
    "little about real cracks."
)

_LEAKS = {
    "exact copies between splits": "exact copies",
    "near-duplicates between splits": "near-duplicates",
    "groups between splits": "groups",
    "source photos between splits": "source photos",
}
_DIFFERENCE = re.compile(r"test_(\w+)_minus_baseline")
_BETTER, _OPEN, _WORSE = "Better than", "Not shown to be better than", "Worse than"
_BASELINE_CHECK = "the baseline beside the model"
_MAIN = ("f1_pooled", "f1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """An evaluation in sentences.

    Attributes:
        surface: That drawn photos say nothing about real surfaces, or composites little about real
            cracks; empty for real photos.
        quality: How good the model is, from its own numbers and beside its baseline.
        checks: What was looked for and not found, and what could not be checked.
        doubts: What makes the numbers doubtful.
    """

    surface: str
    quality: tuple[str, ...]
    checks: tuple[str, ...]
    doubts: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Write it down as ``evaluation_report.json`` holds it, under ``verdict``."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Verdict":
        """Read it from an evaluation report."""
        parts = (tuple(map(str, content.get(name) or ())) for name in cls.__slots__[1:])
        return cls(str(content.get("surface") or ""), *parts)

    def sentences(self) -> list[str]:
        """All of it, in the order of reading."""
        return [*filter(None, [self.surface]), *self.quality, *self.doubts, *self.checks]


def judge_evaluation(
    report: Mapping[str, Any],
    metrics: Mapping[str, float],
    *,
    is_drawn: bool,
    is_composite: bool = False,
) -> Verdict:
    """Say how good a model is, apart from what was checked.

    Args:
        report: Content of ``evaluation_report.json``; parts may be missing.
        metrics: Flat numbers, for the difference to the baseline.
        is_drawn: True where a program drew all photos.
        is_composite: True where it drew the cracks of some onto photos of real surfaces.

    Returns:
        The verdict.
    """
    findings = _findings(report)
    return Verdict(
        surface=DRAWN if is_drawn else ON_COMPOSITES if is_composite else "",
        quality=(
            *_describe_score(report),
            *_compare_with_baseline(report, metrics),
            *_describe_masks(report),
            *_describe_labels(report),
        ),
        checks=tuple(_list_checks(report, findings)),
        doubts=tuple(_list_doubts(report, findings)),
    )


def _describe_score(report: Mapping[str, Any]) -> Iterator[str]:
    scores = read_scores(report.get("headline"))
    named = [score for score in scores if score.name in _MAIN]
    for score in [*named, *scores][:1]:
        yield f"{score.title}: {score.format()}."


def _compare_with_baseline(
    report: Mapping[str, Any], metrics: Mapping[str, float]
) -> Iterator[str]:
    baseline = f"the baseline ({(report.get('baseline') or {}).get('name', 'classical')})"
    told: dict[str, list[str]] = {}
    for name, value in metrics.items():
        found = _DIFFERENCE.fullmatch(name)
        if found is None:
            continue
        metric = describe_metric(found.group(1))
        low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
        gain = -value if metric.is_lower_better else value
        is_open = low is not None and high is not None and low <= 0 <= high
        word = _OPEN if is_open else _BETTER if gain > 0 else _WORSE
        label = metric.label.removesuffix(", pooled")
        told.setdefault(word, []).append(
            f"{label} {format_with_interval(value, low, high, signed=True)}"
        )
    for word in (_BETTER, _OPEN, _WORSE):
        if word in told:
            yield f"{word} {baseline}: {'; '.join(told[word])}."


def _describe_masks(report: Mapping[str, Any]) -> Iterator[str]:
    yield from _describe_false_alarms(report.get("false_alarms") or {})
    false = measure_lengths(report)[1]
    if false:
        yield (
            f"Of the crack length that it marks, about {describe_fraction(false)} "
            f"({_percent(false)}) is no crack."
        )
    area, marked = _area_marked(report)
    note = str((report.get("decision") or {}).get("note") or "")
    if area > 0.5 or "everywhere" in note:
        share = f"{_percent(marked or area)} of" if marked or area else "nearly all of"
        yield f"It marks {share} the area of the photos, so that nothing can be missed."
        return
    if area > 0:
        yield f"It falsely marks {_percent(area)} of the area of the photos."
    detection = report.get("detection") or {}
    if units := detection.get("units"):
        missed = 1 - detection["detected"] / units
        yield _say_missed(missed, "the pieces of crack up to 10 px wide")
    headline = {score.name: score for score in read_scores(report.get("headline"))}
    for name, score in headline.items():
        if name.startswith("recall_tolerance_") and "_thin_" in name and score.value is not None:
            yield _say_missed(1 - score.value, "the length of thin cracks, below 3 px")


def measure_lengths(report: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Share of the true crack length that is found, and share of the marked length that is false.

    Lengths are pixels of centrelines, near is what lies within the tolerance of the other mask: as
    in the table of crack widths.

    Args:
        report: Content of ``evaluation_report.json``, of this version or an earlier one.

    Returns:
        Both shares; None where there is no length, or an earlier version did not count it.

    >>> measure_lengths({"detection": {"by_width": [{"length_px": 8, "share_found": 0.5}]}})
    (0.5, None)
    """
    bins = [row for row in _part(report, "detection").get("by_width") or () if row.get("length_px")]
    length = sum(row["length_px"] for row in bins)
    found = sum(row["length_px"] * (row.get("share_found") or 0.0) for row in bins)
    photos = [row for row in report.get("photos") or () if "line_predicted_near" in row]
    marked = sum(row["line_predicted"] for row in photos)
    right = sum(row["line_predicted_near"] for row in photos)
    return found / length if length else None, 1 - right / marked if marked else None


def _area_marked(report: Mapping[str, Any]) -> tuple[float, float]:
    """Shares of the area of all photos that are marked falsely, and marked at all; 0 if unknown."""
    photos = [row for row in report.get("photos") or () if "true_negative" in row]
    area = sum(
        row[name]
        for row in photos
        for name in ("true_positive", "false_positive", "false_negative", "true_negative")
    )
    marked = sum(row["true_positive"] + row["false_positive"] for row in photos)
    share = _part(_part(report, "false_alarms"), "all_photos").get("area_share") or 0.0
    return float(share), marked / area if area else 0.0


def _part(report: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return report.get(name) or {}


def _describe_false_alarms(alarms: Mapping[str, Any]) -> Iterator[str]:
    sound = alarms.get("crack_free_photos") or {}
    if n_photos := sound.get("photos"):
        yield _say_alarms(sound["photos_with_false_alarms"], n_photos)
    if elsewhere := alarms.get("crack_free_elsewhere"):
        of = f" of {elsewhere.get('data_set', 'another data set')}"
        yield _say_alarms(elsewhere["photos_with_false_alarms"], elsewhere["photos"], of)


def _say_alarms(n_alarmed: int, n_photos: int, of: str = "") -> str:
    if not n_alarmed:
        return f"No false crack on {count_of(n_photos, 'crack-free photo')}{of}."
    return f"False cracks on {n_alarmed} of {count_of(n_photos, 'crack-free photo')}{of}."


def _say_missed(share: float, what: str) -> str:
    if share <= 0:
        return f"Misses none of {what}."
    return f"Misses about {describe_fraction(share)} of {what} ({_percent(share)})."


def _percent(share: float) -> str:
    return format_number(round(share, 2) if share > 0.01 else share, PERCENT)


def _describe_labels(report: Mapping[str, Any]) -> Iterator[str]:
    photos = [row for row in report.get("photos") or () if "right" in row]
    for label, some, none in (
        (0, "False alarm on {wrong} of {photos} without crack.", "No false alarm on {photos}."),
        (1, "Misses the crack on {wrong} of {photos} with crack.", "Misses no crack on {photos}."),
    ):
        of = [row for row in photos if row["label"] == label]
        wrong = sum(not row["right"] for row in of)
        if of:
            sentence = some if wrong else none
            yield sentence.format(wrong=wrong, photos=count_of(len(of), "photo"))


def _findings(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (report.get("audit") or {}).get("findings") or ()


def _list_checks(report: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if not findings:
        yield str((report.get("audit") or {}).get("sentence") or "Nothing was checked.")
        return
    fine = [str(one.get("check")) for one in findings if one.get("verdict") == "fine"]
    if leaks := [words for check, words in _LEAKS.items() if check in fine]:
        yield f"No leak found between the splits: looked for {list_words(leaks)}."
    if others := [check for check in fine if check not in _LEAKS]:
        yield f"Also checked, without a fault: {list_words(others)}."
    for one in findings:
        if one.get("verdict") == "not checked":
            yield f"Not checked: {one.get('check')}. {one.get('detail') or ''}".strip()


def _list_doubts(report: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in findings:
        # The quality says how the model stands beside the baseline.
        if one.get("verdict") == "doubtful" and one.get("check") != _BASELINE_CHECK:
            yield str(one.get("short") or one.get("detail") or one.get("check"))
    if note := (report.get("decision") or {}).get("note"):
        yield as_sentence(f"about the threshold: {note}")
    for part in ("calibration", "risk_coverage"):
        if note := (report.get(part) or {}).get("note"):
            yield as_sentence(str(note))
