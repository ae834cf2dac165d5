"""What a classification's evaluation reports: the table with its intervals, strata and parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.metrics.bootstrap import interval_of
from crack_pipeline.metrics.calibration import (
    CALIBRATION_METRICS,
    ReliabilityCounts,
    apply_temperature,
    count_reliability,
    list_reliability,
    rate_calibration,
)
from crack_pipeline.metrics.labels import LabelScores as LabelPredictions
from crack_pipeline.metrics.labels import label_intervals
from crack_pipeline.metrics.risk_coverage import RiskCoverage, expect_right, trace_risk
from crack_pipeline.metrics.summaries import summarize_labels
from crack_pipeline.tasks.label_scores import LabelScores
from crack_pipeline.tasks.report_parts import (
    describe_interval,
    describe_risk,
    describe_scaling,
    leave_finite,
    score_of,
)
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.wording.metric_labels import LABEL_METRICS, describe_metric
from crack_pipeline.wording.scores import Score

_HEADLINE = ("f1", "balanced_accuracy", "auc", "average_precision", "mcc", "brier")


@dataclass(frozen=True, slots=True, eq=False)
class LabelReport:
    """The table of a split and what belongs to it.

    Attributes:
        metrics: Name without the split → number, beyond those of ``summarize_labels``.
        parts: JSON-ready, by the keys of ``evaluation_report.json``.
        headline: The scores that stand first.
        risk: For its figure.
        reliability: Sums before and after the temperature.
    """

    metrics: dict[str, float]
    parts: dict[str, Any]
    headline: tuple[Score, ...]
    risk: RiskCoverage
    reliability: tuple[ReliabilityCounts, ReliabilityCounts]


def report_labels(
    scores: LabelScores,
    settings: ClassificationEvaluation,
    *,
    threshold: float,
    temperature: float,
) -> LabelReport:
    """Make the table of labelled photos.

    Args:
        scores: Of N ≥ 1 photos.
        settings: Draws of the bootstrap.
        threshold: Crack is predicted where the probability is ≥ it.
        temperature: What makes the probabilities calibrated.

    Returns:
        The report.
    """
    groups = scores.rows["group_id"].astype(str).to_numpy()
    ranked = LabelPredictions(scores.probabilities, threshold)
    found = label_intervals(scores.labels, ranked, groups, resamples=settings.resamples)
    calibrated = np.asarray(apply_temperature(scores.probabilities, temperature), np.float64)
    predicted = scores.probabilities >= threshold
    wrong = (predicted != (scores.labels == 1)).astype(np.float64)
    risk = trace_risk(expect_right(calibrated, predicted), wrong)
    calibration = _report_calibration(scores, calibrated, groups, settings, temperature)
    metrics = {
        "aurc": risk.area,
        **{
            f"{name}{when}": calibration[f"{name}{when}"]["value"]
            for name, when in product(CALIBRATION_METRICS, ("", "_after_temperature"))
        },
    }
    headline = tuple(score_of(describe_metric(name), found[name]) for name in _HEADLINE)
    return LabelReport(
        metrics=metrics,
        headline=headline,
        parts=leave_finite(
            {
                "headline": [score.to_json() for score in headline],
                "protocols": [
                    score_of(row, found[row.name], note=row.note, group=row.group).to_json()
                    for row in LABEL_METRICS
                ],
                "strata": list(_list_strata(scores, threshold)),
                "calibration": {**calibration, "note": describe_scaling(calibration)},
                "risk_coverage": describe_risk(risk),
                "photos": _list_photos(scores, threshold),
            }
        ),
        risk=risk,
        reliability=(
            count_reliability(scores.probabilities, scores.labels),
            count_reliability(calibrated, scores.labels),
        ),
    )


def _report_calibration(
    scores: LabelScores,
    calibrated: NDArray[np.float64],
    groups: NDArray[Any],
    settings: ClassificationEvaluation,
    temperature: float,
) -> dict[str, Any]:
    report: dict[str, Any] = {"temperature": temperature}
    for when, values in (("", scores.probabilities), ("_after_temperature", calibrated)):
        columns = list_reliability(values, scores.labels).columns()
        found = interval_of(columns, groups, rate_calibration, resamples=settings.resamples)
        for name, interval in zip(CALIBRATION_METRICS, found, strict=True):
            report[f"{name}{when}"] = describe_interval(interval)
    return report


def _list_strata(scores: LabelScores, threshold: float) -> Iterator[dict[str, Any]]:
    for column in ("source", "surface"):
        if column not in scores.rows:
            continue
        values = scores.rows[column].astype("string").fillna("unknown")
        names = sorted(values.unique())
        for name in names if len(names) > 1 else ():
            chosen = (values == name).to_numpy(bool)
            metrics = summarize_labels(
                scores.labels[chosen],
                scores.probabilities[chosen],
                threshold=threshold,
                prefix="part",
            )
            kept = ("f1", "recall", "specificity", "auc")
            yield {
                "by": column,
                "stratum": str(name),
                "photos": int(chosen.sum()),
                "metrics": {k: metrics[f"part_{k}"] for k in kept if f"part_{k}" in metrics},
            }


def _list_photos(scores: LabelScores, threshold: float) -> list[dict[str, Any]]:
    table = pd.DataFrame(
        {
            "image_id": scores.rows["image_id"].astype(str),
            "group_id": scores.rows["group_id"].astype(str),
            "label": scores.labels,
            "probability": scores.probabilities,
            "right": (scores.probabilities >= threshold) == (scores.labels == 1),
        }
    )
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
