"""The first paragraph: what was trained on what, how good it is, and whether to believe it."""

from collections.abc import Mapping
from typing import Any

from crack_pipeline.reporting.headline import describe_row, main_metric
from crack_pipeline.reporting.licences import list_origins
from crack_pipeline.reporting.part_numbers import list_sentences
from crack_pipeline.reporting.subject import ReportSubject
from crack_pipeline.types import Split
from crack_pipeline.wording.metric_labels import describe_name
from crack_pipeline.wording.numbers import format_interval, format_number


def summarize(subject: ReportSubject) -> str:
    """Write the run up in one paragraph of plain words.

    Args:
        subject: What the report is about.

    Returns:
        What was trained on what, on how many photos of how many source photos; the main metric with
        its interval, beside the baseline; the audit's sentence.
    """
    sentences = (
        _say_what(subject),
        _say_photos(subject),
        _say_result(subject),
        _say_baseline(subject),
        *list_sentences(subject.part("audit")),
        _say_drawn(subject),
    )
    return " ".join(sentence for sentence in sentences if sentence)


def _say_what(subject: ReportSubject) -> str:
    count = subject.model_info.n_parameters
    size = f" of {format_number(count)} parameters" if count else ""
    return f"The network {subject.model}{size} was trained {subject.spec.aim} ({subject.task})."


def _say_photos(subject: ReportSubject) -> str:
    titles = " and ".join(origin.title for origin in list_origins(subject.manifest))
    train, validation, test = (_count(subject, split) for split in ("train", "validation", "test"))
    return (
        f"It learnt from {train} ({titles}). Its epoch and its threshold were chosen on "
        f"{validation}. It was measured on {test} that had no part in either."
    )


def _count(subject: ReportSubject, split: Split) -> str:
    photos, groups = subject.count_photos(split)
    return f"{format_number(photos)} photos of {format_number(groups)} source photos"


def _say_result(subject: ReportSubject) -> str:
    row = main_metric(subject)
    if row is None:
        return "This evaluation names no headline metric."
    label = describe_row(row)
    interval = format_interval(row.get("low"), row.get("high"))
    certainty = f" (95 % interval {interval})" if interval else ""
    return f"{label}: {format_number(row.get('value'))}{certainty}{_say_agreement(row)}."


def _say_agreement(row: Mapping[str, Any]) -> str:
    agreement = row.get("agreement")
    return "" if agreement is None else f"; people's labels agree at {format_number(agreement)}"


def _say_baseline(subject: ReportSubject) -> str:
    name = next((name for name in subject.metrics if name.endswith("_minus_baseline")), None)
    if name is None:
        return ""
    metrics = subject.metrics
    difference = metrics[name]
    low, high = metrics.get(f"{name}_low"), metrics.get(f"{name}_high")
    interval = format_interval(low, high)
    behind = f" (95 % interval {interval})" if interval else ""
    label = describe_name(name.removesuffix("_minus_baseline"))
    baseline = str(subject.part("baseline").get("name", "classical"))
    direction = "above" if difference >= 0 else "below"
    sure = "" if low is None or high is None or not low <= 0 <= high else ", which may be chance"
    return (
        f"{label} is {format_number(abs(difference))} {direction} that of the {baseline} "
        f"baseline{behind}{sure}."
    )


def _say_drawn(subject: ReportSubject) -> str:
    if all(origin.is_drawn for origin in list_origins(subject.manifest)):
        return "The photos are drawn by a program: this says nothing about real surfaces."
    return ""
