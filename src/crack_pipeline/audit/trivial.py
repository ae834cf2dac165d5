"""Would a model do as well that sees nothing of a crack?

Where the border of photos or their mean brightness tell the labels, photos of the classes were
taken or cut in different ways, and a network may have learnt that.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.audit.findings import Finding, judge, list_words
from crack_pipeline.audit.seen_photos import SeenPhotos
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.baselines.grey_percentiles import (
    fit_percentile_classifier,
    predict_percentile_classifier,
)
from crack_pipeline.metrics.summaries import summarize_labels
from crack_pipeline.metrics.sweeps import choose_threshold, sweep_scores
from crack_pipeline.types import Split, Task

_LEAST_OF_A_CLASS = 5
_WORDS = {"border": "the border alone", "brightness": "the mean brightness alone"}
_CHECK = "trivial models of border and brightness"
_WHY = (
    "photos with crack were taken or cut in another way than those without, or their cracks "
    "alone show in it"
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
    seen: SeenPhotos,
    task: Task,
    settings: AuditSettings,
    *,
    model_auc: float | None = None,
    lower_auc: float | None = None,
) -> Finding:
    """Train the trivial models and compare them with the model.

    Args:
        seen: Photos of all splits.
        task: Classification compares with the model; segmentation has no labels to compare, and
            asks only whether the trivial models tell cracked photos from others.
        settings: When they come too near.
        model_auc: AUC of a classification's model on test.
        lower_auc: Lower bound of its 95 % interval, if there is one.

    Returns:
        The finding.
    """
    few = _describe_missing(seen)
    if few:
        return Finding(_CHECK, "not checked", few)
    scores = [
        _measure(seen, seen.border, _WORDS["border"]),
        _measure(seen, seen.brightness, _WORDS["brightness"]),
    ]
    told = list_words([f"{one.seen}: AUC {one.auc:.3f}, F1 {one.f1:.3f}" for one in scores])
    told += f" (logistic regression, {scores[0].n_test} test photos)"
    best = max(scores, key=lambda one: one.auc)
    if task == "segmentation":
        return _judge_alone(best, told, settings.trivial_auc)
    if model_auc is None:
        return Finding(_CHECK, "not checked", f"The model has no AUC to compare with; {told}.")
    bound = _near(model_auc, lower_auc, settings.margin)
    return _judge_beside(best, told, model_auc, bound)


def check_baseline(
    metrics: Mapping[str, float],
    task: Task,
    settings: AuditSettings,
    *,
    baseline: str,
    lower: float | None = None,
) -> Finding:
    """Compare the model with the baseline, which needs no training worth the name.

    Args:
        metrics: Flat numbers of the evaluation.
        task: Segmentation compares the pooled F1, classification the AUC.
        settings: How near is too near.
        baseline: Its name.
        lower: Lower bound of the 95 % interval of the model's score.

    Returns:
        The finding.
    """
    check = "the baseline beside the model"
    name, words = ("f1_pooled", "Pooled F1") if task == "segmentation" else ("auc", "AUC")
    value, other = metrics.get(f"test_{name}"), metrics.get(f"test_baseline_{name}")
    if value is None or other is None:
        return Finding(check, "not checked", f"{words} is not known of model and baseline.")
    comes_near = other >= _near(value, lower, settings.margin)
    detail = f"{words} of the baseline ({baseline}): {other:.3f}, of the model: {value:.3f}" + (
        "; a network is not needed for that, or adds little." if comes_near else "."
    )
    return judge(check, detail, is_doubtful=comes_near)


def _near(value: float, lower: float | None, margin: float) -> float:
    """From where on another model's score is as good as this one: never nearer than the margin.

    Close to 1 an interval is so narrow that nothing else would ever lie in it.
    """
    return value - margin if lower is None else min(lower, value - margin)


def _describe_missing(seen: SeenPhotos) -> str:
    for split in ("train", "test"):
        labels = seen.rows.loc[seen.rows["split"] == split, "label"]
        counts = {"crack": int((labels == 1).sum()), "no crack": int((labels == 0).sum())}
        name, number = min(counts.items(), key=lambda item: item[1])
        if number < _LEAST_OF_A_CLASS:
            photos = "photo" if number == 1 else "photos"
            return (
                f'{number} {split} {photos} of the class "{name}" could be read, and '
                f"{_LEAST_OF_A_CLASS} are needed."
            )
    return ""


def _measure(seen: SeenPhotos, features: NDArray[np.float64], words: str) -> TrivialScore:
    labels = seen.rows["label"].astype("Float64").to_numpy(np.float64, na_value=np.nan)

    def pick(split: Split) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        chosen = (seen.rows["split"] == split).to_numpy(bool) & np.isfinite(labels)
        return features[chosen], labels[chosen].astype(np.int64)

    classifier = fit_percentile_classifier(*pick("train"))
    values, truth = pick("validation")
    threshold = 0.5
    if len(truth):
        guesses = predict_percentile_classifier(classifier, values)
        threshold = choose_threshold(sweep_scores(truth, guesses)).threshold
    values, truth = pick("test")
    guesses = predict_percentile_classifier(classifier, values)
    found = summarize_labels(truth, guesses, threshold=threshold, prefix="test")
    return TrivialScore(words, found["test_auc"], found["test_f1"], len(truth))


def _judge_alone(best: TrivialScore, told: str, level: float) -> Finding:
    gives_away = best.auc >= level
    detail = f"Cracked photos told from crack-free ones by {told}"
    if gives_away:
        detail += f": {best.seen} gives away which photos are cracked, so {_WHY}"
    return judge(_CHECK, f"{detail}.", is_doubtful=gives_away)


def _judge_beside(best: TrivialScore, told: str, model_auc: float, bound: float) -> Finding:
    matches = best.auc >= bound
    detail = f"The model's AUC is {model_auc:.3f}; {told}"
    if matches:
        detail += f": {best.seen} does as well or nearly, so {_WHY}"
    return judge(_CHECK, f"{detail}.", is_doubtful=matches)
