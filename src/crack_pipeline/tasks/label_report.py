"""Report of a classification: the table of metrics with its intervals, strata and parts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crack_pipeline.metrics.calibration import (
    ReliabilityCounts,
    apply_temperature,
    count_reliability,
    list_reliability,
)
from crack_pipeline.metrics.flat import join_metrics
from crack_pipeline.metrics.labels import LabelPredictions, label_intervals
from crack_pipeline.metrics.risk_coverage import RiskCoverage, expect_right, trace_risk
from crack_pipeline.tasks.label_scores import LabelScores
from crack_pipeline.tasks.report_parts import (
    describe_risk,
    leave_finite,
    name_calibration,
    report_calibration,
    score_of,
)
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.tasks.strata import list_label_strata
from crack_pipeline.wording.metric_labels import LABEL_METRICS, describe_metric
from crack_pipeline.wording.scores import Score

_HEADLINE = ("f1", "balanced_accuracy", "auc", "average_precision", "mcc", "brier")


@dataclass(frozen=True, slots=True, eq=False)
class LabelReport:
    """The table of a split and what belongs to it.

    Attributes:
        metrics: Name without the split → number.
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
    calibration = report_calibration(
        list_reliability(scores.probabilities, scores.labels),
        list_reliability(calibrated, scores.labels),
        groups,
        resamples=settings.resamples,
        temperature=temperature,
    )
    known = {name: one.value for name, one in found.items() if np.isfinite(one.value)}
    errors = name_calibration(calibration)
    errors.pop("brier", None)  # the table has it
    metrics = join_metrics(known, errors, {"aurc": risk.area, "photos": len(scores.labels)})
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
                "strata": list_label_strata(scores, threshold),
                "calibration": calibration,
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
