"""Checks of scores: against what can be decided at all, the baseline, and trivial models.

Where the border of photos or their mean brightness tell the labels, photos of the classes were
taken or cut in different ways, and a network may have learnt that.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.audit.findings import Finding, judge, leave_open
from crack_pipeline.audit.photo_features import PhotoFeatures
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.baselines.percentiles import classify_by_levels
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.metrics.rates import count_confusion, f1
from crack_pipeline.task_specs import task_spec
from crack_pipeline.types import SPLITS, Task
from crack_pipeline.wording.metric_labels import capitalize, describe_metric
from crack_pipeline.wording.numbers import format_number, format_with_interval
from crack_pipeline.wording.phrases import count_of, list_words


def check_level(
    metrics: Mapping[str, float],
    task: Task,
    settings: AuditSettings,
    agreement: Mapping[str, float] | None = None,
    *,
    is_drawn: bool = False,
) -> Finding:
    """Compare scores with what can be decided at all.

    Args:
        metrics: Flat numbers of the evaluation.
        task: What was evaluated.
        settings: Levels, where no agreement is known.
        agreement: Metric without the split → what repeated annotations of the same photos agree at;
            None where it is not known.
        is_drawn: True where a program drew all photos.

    Returns:
        The finding.
    """
    known = {
        name: (value, level)
        for name, level in (agreement or {}).items()
        if (value := metrics.get(f"test_{name}")) is not None
    }
    if known:
        return _compare_with_agreement(known)
    check = "a believable level"
    spec = task_spec(task)
    compared, masks = spec.audited_metrics, spec.truth == "masks"
    values = {name: metrics[f"test_{name}"] for name in compared if f"test_{name}" in metrics}
    if not values:
        return leave_open(check, f"The evaluation has no {_list_labels(compared)}.")
    level = settings.believable_masks if masks else settings.believable_labels
    high = {name: value for name, value in values.items() if value >= level}
    told = list_words([f"{_short(name)} {value:.4f}" for name, value in (high or values).items()])
    if not high:
        return judge(check, f"No score reaches {level:g}.", f"{told}.", is_doubtful=False)
    if masks:
        short = "F1 is higher than people who draw the same cracks twice agree to the pixel."
        why = "Drawn or thresholded masks, or test photos known from training, can explain it."
    else:
        what = list_words(
            [f"{_short(name)} {format_number(value)}" for name, value in high.items()]
        )
        verb = "is" if len(high) == 1 else "are"
        reason = "the photos are easy, or something other than cracks gives the labels away"
        short = f"{what} {verb} higher than photos of real structures allow: {reason}."
        if is_drawn:
            short = f"{what} {verb} as high as only easy photos allow: these are drawn."
        why = ""
    evidence = f"{told}; doubtful from {level:g} on. {why}".strip()
    return judge(check, short, evidence, is_doubtful=True)


def _compare_with_agreement(known: Mapping[str, tuple[float, float]]) -> Finding:
    check = "scores against what people agree at"
    above = {name: pair for name, pair in known.items() if pair[0] > pair[1]}
    numbers = list_words(
        [
            f"{name} {format_number(value)} against {format_number(level)}"
            for name, (value, level) in (above or known).items()
        ]
    )
    if not above:
        short = "No score is above what repeated annotations agree at."
        return judge(check, short, f"{numbers}.", is_doubtful=False)
    return judge(
        check,
        "The model agrees with the masks better than people who drew them twice with themselves.",
        f"{numbers}. It may have learnt one person's habits, or the test masks.",
        is_doubtful=True,
    )


def check_baseline(
    metrics: Mapping[str, float], task: Task, settings: AuditSettings, *, baseline: str
) -> Finding:
    """Compare the model with the baseline, which needs no training worth the name.

    Both were measured on the same photos, so the interval of their difference decides, drawn
    jointly: their own intervals overlap long before the difference is lost in chance.

    Args:
        metrics: Flat numbers of the evaluation, with ``test_<metric>_minus_baseline_low`` and
            ``_high`` where the difference was bounded.
        task: Says which metrics are compared.
        settings: How near is too near.
        baseline: Its name.

    Returns:
        The finding.
    """
    check, compared = "the baseline beside the model", task_spec(task).audited_metrics
    unproven, near, told = [], [], []
    for name in compared:
        model, other = metrics.get(f"test_{name}"), metrics.get(f"test_baseline_{name}")
        if model is None or other is None:
            continue
        low, high = (
            _bound(metrics, f"test_{name}_minus_baseline_{end}") for end in ("low", "high")
        )
        gain = format_with_interval(model - other, low, high, signed=True)
        told.append(
            f"{_short(name)}: model {format_number(model)}, baseline {format_number(other)}, "
            f"difference {gain}."
        )
        if low is not None and low <= 0:
            unproven.append(name)
        elif other >= model - settings.margin:
            near.append(name)
    if not told:
        return leave_open(check, f"No {_list_labels(compared)} of both is known.")
    beside = f"the baseline ({baseline})"
    if unproven:
        short = f"The network is not shown to be better than {beside} by {_list_labels(unproven)}."
    elif near:
        short = f"A network is not needed beside {beside}, or adds little, by {_list_labels(near)}."
    else:
        short = f"The network is better than {beside}."
    return judge(check, short, " ".join(told), is_doubtful=bool(unproven or near))


def _bound(metrics: Mapping[str, float], name: str) -> float | None:
    bound = metrics.get(name)
    return None if bound is None or math.isnan(bound) else bound


def _short(name: str) -> str:
    return describe_metric(name).short


def _list_labels(names: Mapping[str, float] | tuple[str, ...] | list[str]) -> str:
    return list_words([_short(name) for name in names])


_LEAST_OF_A_CLASS = 5
_COMPARED = ("auc", "f1")
_CHECK = "trivial models of border and brightness"
_WHY = (
    "Photos with crack were taken or cut in another way than those without, or their cracks "
    "alone show in it."
)


@dataclass(frozen=True, slots=True)
class TrivialScore:
    """A logistic regression on a few grey levels, fitted on train and measured on test.

    Attributes:
        seen: What it sees, in words.
        auc: Area under the receiver operating characteristic.
        f1: At the threshold that was best on validation, or 0.5 where that cannot choose.
        n_test: Test photos that it was measured on.
    """

    seen: str
    auc: float
    f1: float
    n_test: int


def check_trivial_models(
    seen: PhotoFeatures,
    task: Task,
    settings: AuditSettings,
    *,
    metrics: Mapping[str, float] = MappingProxyType({}),
    lower: Mapping[str, float | None] = MappingProxyType({}),
) -> Finding:
    """Train the trivial models and compare them with the model.

    Args:
        seen: Photos of all splits.
        task: One that learns from labels compares with the model; others have no labels to compare,
            and ask only whether the trivial models tell cracked photos from others.
        settings: When they come too near.
        metrics: Flat numbers of the evaluation, for AUC and F1 of a classification's model.
        lower: Metric without the split → lower bound of its 95 % interval, if there is one.

    Returns:
        The finding.
    """
    few = _describe_missing(seen)
    if few:
        return leave_open(_CHECK, few)
    scores = [
        _measure(seen, seen.border, "the border alone"),
        _measure(seen, seen.brightness, "the mean brightness alone"),
    ]
    told = "; ".join(
        f"{one.seen}: AUC {format_number(one.auc)}, F1 {format_number(one.f1)}" for one in scores
    )
    told = f"{capitalize(told)} (logistic regression, {scores[0].n_test} test photos)."
    if task_spec(task).truth != "labels":
        return _judge_alone(max(scores, key=lambda one: one.auc), told, settings.trivial_auc)
    model = {name: metrics[f"test_{name}"] for name in _COMPARED if f"test_{name}" in metrics}
    if "auc" not in model:
        return leave_open(_CHECK, f"The model has no AUC to compare with. {told}")
    bounds = {name: _near(value, lower.get(name), settings.margin) for name, value in model.items()}
    return _judge_beside(scores, told, model, bounds)


def check_all_cracked(
    rows: pd.DataFrame, metrics: Mapping[str, float], settings: AuditSettings
) -> Finding:
    """Compare a classification's F1 with that of calling every photo cracked.

    Where most photos show crack, that answer has a high F1 and is of no use.

    Args:
        rows: Usable rows of the manifest.
        metrics: Flat numbers of the evaluation.
        settings: How near is too near.

    Returns:
        The finding.
    """
    check, model = "calling every photo cracked", metrics.get("test_f1")
    labels = rows.loc[rows["split"] == "test", "label"].dropna()
    if model is None or labels.empty:
        return leave_open(check, "F1 of the model on labelled photos is not known.")
    crack = (labels == 1).to_numpy(bool)
    trivial = float(f1(count_confusion(crack, np.ones_like(crack))))
    comes_near = trivial >= model - settings.margin
    evidence = (
        f"Calling each of the {len(labels)} test photos cracked, {int(crack.sum())} of which are, "
        f"has F1 {format_number(trivial)}, the model {format_number(model)}."
    )
    above = "hardly above" if comes_near else "above"
    short = f"F1 is {above} that of calling every photo cracked ({format_number(trivial)})."
    return judge(check, short, evidence, is_doubtful=comes_near)


def _near(value: float, lower: float | None, margin: float) -> float:
    """From where on another model's score is as good as this one: never nearer than the margin.

    Close to 1 an interval is so narrow that nothing else would ever lie in it.
    """
    return value - margin if lower is None else min(lower, value - margin)


def _describe_missing(seen: PhotoFeatures) -> str:
    for split in ("train", "test"):
        labels = seen.rows.loc[seen.rows["split"] == split, "label"]
        counts = {"crack": int((labels == 1).sum()), "no crack": int((labels == 0).sum())}
        name, number = min(counts.items(), key=lambda item: item[1])
        if number < _LEAST_OF_A_CLASS:
            photos = count_of(number, f"{split} photo")
            return (
                f'{photos} of the class "{name}" could be read, and {_LEAST_OF_A_CLASS} are needed.'
            )
    return ""


def _measure(seen: PhotoFeatures, features: NDArray[np.float64], words: str) -> TrivialScore:
    labels = seen.rows["label"].astype("Float64").to_numpy(np.float64, na_value=np.nan)

    chosen = {
        split: (seen.rows["split"] == split).to_numpy(bool) & np.isfinite(labels)
        for split in SPLITS
    }
    truth = {split: labels[rows].astype(np.int64) for split, rows in chosen.items()}
    scores = classify_by_levels({split: features[rows] for split, rows in chosen.items()}, truth)
    found = summarize_labels(truth["test"], scores.test, threshold=scores.threshold, prefix="test")
    return TrivialScore(words, found["test_auc"], found["test_f1"], len(truth["test"]))


def _judge_alone(best: TrivialScore, told: str, level: float) -> Finding:
    if best.auc < level:
        short = "Neither border nor brightness gives away which photos are cracked."
        return judge(_CHECK, short, told, is_doubtful=False)
    short = f"{capitalize(best.seen)} gives away which photos are cracked."
    return judge(_CHECK, short, f"{told} {_WHY}", is_doubtful=True)


def _judge_beside(
    scores: Sequence[TrivialScore],
    told: str,
    model: Mapping[str, float],
    bounds: Mapping[str, float],
) -> Finding:
    by_auc, by_f1 = (max(scores, key=attrgetter(name)) for name in _COMPARED)
    own = [
        f"{describe_metric(name).short} is {format_number(value)}" for name, value in model.items()
    ]
    evidence = f"The model's {list_words(own)}. {told}"
    if by_auc.auc >= bounds["auc"]:
        short = f"{capitalize(by_auc.seen)} does as well as the model, or nearly."
        return judge(_CHECK, short, f"{evidence} {_WHY}", is_doubtful=True)
    if "f1" in bounds and by_f1.f1 >= bounds["f1"]:
        short = f"By F1 {by_f1.seen} does as well as the model, or nearly."
        why = "F1 does not show that cracks are seen."
        return judge(_CHECK, short, f"{evidence} {why}", is_doubtful=True)
    short = "The model tells more than border and brightness do."
    return judge(_CHECK, short, evidence, is_doubtful=False)
