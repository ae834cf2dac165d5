"""Labels of a split against those that people gave: predictions, metrics, strata and parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.metrics.calibration import (
    LogitHistograms,
    apply_temperature,
    count_logits,
    count_reliability,
    list_reliability,
)
from crack_pipeline.metrics.curves import ThresholdSweep, sweep_scores
from crack_pipeline.metrics.flat import join_metrics
from crack_pipeline.metrics.labels import LabelPredictions, label_intervals, summarize_labels
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion
from crack_pipeline.metrics.risk_coverage import expect_right, trace_risk
from crack_pipeline.progress import track
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.report_parts import (
    Report,
    describe_risk,
    leave_finite,
    list_label_strata,
    list_rows,
    name_calibration,
    report_calibration,
    score_of,
)
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.types import RgbImage, Split
from crack_pipeline.wording.metric_labels import LABEL_METRICS, describe_metric


@dataclass(frozen=True, slots=True, eq=False)
class LabelScores:
    """Predictions of a split against its truth.

    Attributes:
        rows: The photos' rows of the manifest, those with a label.
        labels: (N,) int of {0, 1}.
        probabilities: (N,) float64 in [0, 1].
    """

    rows: pd.DataFrame
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def counts_at(self, threshold: float) -> ConfusionCounts:
        """Counts of shape () at a threshold."""
        return count_confusion(self.labels, self.probabilities >= threshold)

    def sweep(self) -> ThresholdSweep:
        """Counts at each threshold that tells some photos apart."""
        return sweep_scores(self.labels, self.probabilities)

    def logits(self) -> LogitHistograms:
        """Histograms of the logits."""
        return count_logits(self.probabilities, self.labels)

    def summarize(self, threshold: float, prefix: str) -> dict[str, float]:
        """Flat metrics at a threshold."""
        return summarize_labels(self.labels, self.probabilities, threshold=threshold, prefix=prefix)


def score_split(subject: Subject, split: Split) -> LabelScores:
    """Predict the photos of a split.

    Args:
        subject: The model and the photos.
        split: The part to predict.

    Returns:
        Probabilities beside the truth, of the photos whose label is known.
    """
    rows = labelled_rows(subject.manifest, split)
    images = read_photos(rows, f"Measuring {split}")
    return pair_labels(rows, list(subject.bundle.predict_labels(images)))


def labelled_rows(manifest: pd.DataFrame, split: Split) -> pd.DataFrame:
    """Usable photos of a split whose label is known.

    Args:
        manifest: A validated manifest.
        split: The part wanted.

    Returns:
        Their rows, sorted by ``image_id``, index from 0.
    """
    rows = usable_rows(manifest, split)
    return rows[rows["label"].notna()].reset_index(drop=True)


def read_photos(rows: pd.DataFrame, description: str) -> Iterator[RgbImage]:
    """Photos of manifest rows, one after another.

    Args:
        rows: With ``image_path`` and ``sha256``.
        description: Of the progress.

    Yields:
        (H, W, 3) uint8.
    """
    files = zip(rows["image_path"], rows["sha256"], strict=True)
    for path, sha256 in track(files, total=len(rows), description=description, unit="photos"):
        yield read_image(path, sha256=sha256)


def pair_labels(
    rows: pd.DataFrame, probabilities: Sequence[float] | NDArray[np.float64]
) -> LabelScores:
    """Put predictions beside the labels of the photos.

    Args:
        rows: N rows of the manifest with labels.
        probabilities: (N,) in [0, 1].

    Returns:
        Both.
    """
    labels = np.asarray(rows["label"], np.int64)
    return LabelScores(rows, labels, np.asarray(probabilities, np.float64))


_HEADLINE = ("f1", "balanced_accuracy", "auc", "average_precision", "mcc", "brier")


def report_labels(
    scores: LabelScores,
    settings: ClassificationEvaluation,
    *,
    threshold: float,
    temperature: float,
) -> Report:
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
    return Report(
        metrics=metrics,
        headline=headline,
        intervals=found,
        unit="photos",
        parts=leave_finite(
            {
                "headline": [score.to_json() for score in headline],
                "protocols": [
                    score_of(row, found[row.name], note=row.note, group=row.group).to_json()
                    for row in LABEL_METRICS
                ],
                "strata": list_label_strata(
                    scores.rows, scores.labels, scores.probabilities, threshold
                ),
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
    return list_rows(
        {
            "image_id": scores.rows["image_id"].astype(str),
            "group_id": scores.rows["group_id"].astype(str),
            "label": scores.labels,
            "probability": scores.probabilities,
            "right": (scores.probabilities >= threshold) == (scores.labels == 1),
        }
    )
