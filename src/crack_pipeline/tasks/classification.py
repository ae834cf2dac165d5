"""Evaluation of classification: does a photo show a crack?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from crack_pipeline.baselines.grey_percentiles import (
    fit_percentile_classifier,
    measure_percentiles,
    predict_percentile_classifier,
)
from crack_pipeline.figures.curves import draw_threshold_curve
from crack_pipeline.figures.sheets import Panel, PanelRow, draw_sheet, shrink_to_panel
from crack_pipeline.images.reading import read_image
from crack_pipeline.manifest import usable_rows
from crack_pipeline.metrics.counts import ConfusionCounts, count_confusion
from crack_pipeline.metrics.group_bootstrap import bootstrap_difference, bootstrap_mean
from crack_pipeline.metrics.summaries import summarize_labels
from crack_pipeline.metrics.sweeps import choose_threshold, sweep_scores
from crack_pipeline.prediction.label import ResizingSettings, predict_labels
from crack_pipeline.progress import track
from crack_pipeline.tasks.curve_figures import draw_curve_figures, list_curves
from crack_pipeline.tasks.outcomes import Evaluation, Subject, describe_decision
from crack_pipeline.tasks.ranking import rank_labels
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.tasks.tables import format_comparison
from crack_pipeline.types import RgbImage, Split

_CLASS_NAMES = ("no crack", "crack")
_RULE = "highest F1 on the validation photos, middle of the best plateau"
_TABLE_ROWS = (
    ("f1", "F1"),
    ("accuracy", "accuracy"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("specificity", "specificity"),
    ("auc", "AUC (ROC)"),
    ("average_precision", "average precision"),
)


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


def score_baseline(manifest: pd.DataFrame, settings: ClassificationEvaluation) -> dict[str, Any]:
    """Fit the percentile classifier on train, choose its threshold on validation, measure it.

    Args:
        manifest: A validated manifest with labels of both classes in each split.
        settings: Which percentiles it looks at.

    Returns:
        JSON-ready: name, percentiles, threshold, metrics, the test curves.
    """
    percentiles = settings.baseline.percentiles

    def measure(split: Split) -> tuple[pd.DataFrame, NDArray[np.float64]]:
        rows = labelled_rows(manifest, split)
        images = _read_images(rows, f"Grey levels of {split}")
        return rows, np.stack([measure_percentiles(image, percentiles) for image in images])

    train_rows, train_features = measure("train")
    classifier = fit_percentile_classifier(train_features, train_rows["label"].astype(int))

    def predict(split: Split) -> LabelScores:
        rows, features = measure(split)
        return _pair(rows, predict_percentile_classifier(classifier, features))

    validation, test = predict("validation"), predict("test")
    choice = choose_threshold(sweep_scores(validation.labels, validation.probabilities))
    return {
        "name": "percentiles",
        "percentiles": list(percentiles),
        "threshold": choice.threshold,
        "metrics": {
            **_summarize(validation, choice.threshold, "validation_baseline"),
            **_summarize(test, choice.threshold, "test_baseline"),
        },
        "test_probabilities": dict(
            zip(test.rows["image_id"].astype(str), test.probabilities.tolist(), strict=True)
        ),
        "curves": list_curves(
            sweep_scores(test.labels, test.probabilities), test.counts_at(choice.threshold)
        ),
    }


def choose_decision(
    subject: Subject, settings: ClassificationEvaluation
) -> tuple[dict[str, Any], Figure]:
    """Choose the threshold of the highest F1 on the validation photos.

    Args:
        subject: The model and the photos.
        settings: Not needed here; the same call for every task.

    Returns:
        The decision, JSON-ready, and the curve that it was read from.
    """
    del settings
    scores = _score_split(subject, "validation")
    sweep = sweep_scores(scores.labels, scores.probabilities)
    choice = choose_threshold(sweep)
    figure = draw_threshold_curve(
        sweep,
        threshold=choice.threshold,
        score=choice.f1,
        title=subject.title("Photos by threshold", "validation", len(scores.rows)),
    )
    metrics = _summarize(scores, choice.threshold, "validation")
    return describe_decision(choice, metrics, subject.info, rule=_RULE), figure


def evaluate(
    subject: Subject,
    decision: Mapping[str, Any],
    baseline: Mapping[str, Any],
    settings: ClassificationEvaluation,
) -> Evaluation:
    """Measure a model on the test photos.

    Args:
        subject: The model and the photos.
        decision: From ``choose_decision``.
        baseline: From ``score_baseline``.
        settings: How many photos the sheet shows.

    Returns:
        Metrics of validation and test with the baseline's, a report a class and a photo, figures.
    """
    threshold = float(decision["threshold"])
    scores = _score_split(subject, "test")
    metrics = {
        "decision_threshold": threshold,
        **decision["metrics"],
        **_summarize(scores, threshold, "test"),
        **baseline["metrics"],
        **compare_with_baseline(scores, threshold, baseline, settings),
    }
    return Evaluation(
        metrics=metrics,
        report={
            "decision": dict(decision),
            "baseline": dict(baseline),
            "classes": _report_classes(scores, threshold),
            "photos": _list_photos(scores, threshold),
        },
        table=_format_table(metrics, subject, baseline),
        **draw_curve_figures(
            subject,
            sweep_scores(scores.labels, scores.probabilities),
            scores.counts_at(threshold),
            baseline,
            n_photos=len(scores.rows),
            unit="photos",
        ),
        prediction_sheet=_draw_sheet(subject, scores, threshold, settings),
    )


def compare_with_baseline(
    scores: LabelScores,
    threshold: float,
    baseline: Mapping[str, Any],
    settings: ClassificationEvaluation,
) -> dict[str, float]:
    """Differences to the baseline on the same test photos, with intervals over source photos.

    The Brier score is the mean squared error of the probabilities: it tells two models apart
    where both get nearly every label right.

    Args:
        scores: The model on the test photos.
        threshold: The model's.
        baseline: From ``score_baseline``, with its probabilities.
        settings: Draws of the bootstrap.

    Returns:
        ``test_<metric>_minus_baseline``, and the same with ``_low`` and ``_high`` of 95 %.

    Source:
        Brier (1950), Verification of forecasts expressed in terms of probability,
        Monthly Weather Review 78(1).
    """
    known = baseline["test_probabilities"]
    other = np.array([known[str(image_id)] for image_id in scores.rows["image_id"]])
    pairs = ((scores.probabilities, threshold), (other, float(baseline["threshold"])))
    tables = [_count_photos(scores, values >= limit) for values, limit in pairs]
    squared = [np.square(values - scores.labels.astype(np.float64)) for values, _ in pairs]
    resamples = settings.resamples
    intervals = {
        "f1": bootstrap_difference(*tables, resamples=resamples),
        "brier": bootstrap_mean(
            squared[0] - squared[1], scores.rows["group_id"], resamples=resamples
        ),
    }
    return {
        f"test_{name}_minus_baseline{suffix}": value
        for name, found in intervals.items()
        for suffix, value in (("", found.value), ("_low", found.low), ("_high", found.high))
    }


def _count_photos(scores: LabelScores, predicted: NDArray[np.bool_]) -> pd.DataFrame:
    crack = scores.labels == 1
    return pd.DataFrame(
        {
            "group_id": scores.rows["group_id"],
            "true_positive": crack & predicted,
            "false_positive": ~crack & predicted,
            "false_negative": crack & ~predicted,
            "true_negative": ~crack & ~predicted,
        }
    )


def _format_table(
    metrics: Mapping[str, float], subject: Subject, baseline: Mapping[str, Any]
) -> str:
    table = format_comparison(
        metrics,
        _TABLE_ROWS,
        split="test",
        model=subject.info.model,
        baseline=str(baseline["name"]),
    )
    lines = [
        f"{label} less the baseline's: {metrics[f'test_{name}_minus_baseline']:+.4f}, 95 % "
        f"interval {metrics[f'test_{name}_minus_baseline_low']:+.4f} to "
        f"{metrics[f'test_{name}_minus_baseline_high']:+.4f}"
        for name, label in (("f1", "F1"), ("brier", "Brier score (0 is best)"))
    ]
    return "\n".join([table, *lines])


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


def _score_split(subject: Subject, split: Split) -> LabelScores:
    rows = labelled_rows(subject.manifest, split)
    images = _read_images(rows, f"Measuring {split}")
    settings = ResizingSettings.from_model_info(subject.info)
    return _pair(rows, list(predict_labels(images, subject.predict_batch, settings)))


def _pair(rows: pd.DataFrame, probabilities: Sequence[float] | NDArray[np.float64]) -> LabelScores:
    labels = np.asarray(rows["label"], np.int64)
    return LabelScores(rows, labels, np.asarray(probabilities, np.float64))


def _read_images(rows: pd.DataFrame, description: str) -> Iterator[RgbImage]:
    for path in track(rows["image_path"], total=len(rows), description=description, unit="photos"):
        yield read_image(Path(path))


def _summarize(scores: LabelScores, threshold: float, prefix: str) -> dict[str, float]:
    return summarize_labels(scores.labels, scores.probabilities, threshold=threshold, prefix=prefix)


def _report_classes(scores: LabelScores, threshold: float) -> dict[str, Any]:
    # scikit-learn takes a second to import: listing pipelines does not pay for it.
    from sklearn.metrics import classification_report

    report: dict[str, Any] = classification_report(
        scores.labels,
        (scores.probabilities >= threshold).astype(int),
        labels=[0, 1],
        target_names=_CLASS_NAMES,
        output_dict=True,
        zero_division=0.0,
    )
    return report


def _list_photos(scores: LabelScores, threshold: float) -> list[dict[str, Any]]:
    return [
        {
            "image_id": str(image_id),
            "label": int(label),
            "probability": float(probability),
            "right": bool((probability >= threshold) == label),
        }
        for image_id, label, probability in zip(
            scores.rows["image_id"], scores.labels, scores.probabilities, strict=True
        )
    ]


def _draw_sheet(
    subject: Subject, scores: LabelScores, threshold: float, settings: ClassificationEvaluation
) -> Figure:
    def draw_panel(position: int) -> Panel:
        row = scores.rows.iloc[position]
        truth = _CLASS_NAMES[scores.labels[position]]
        probability = scores.probabilities[position]
        caption = f"{row['image_id']}\n{truth}, predicted probability {probability:.4f}"
        return Panel(shrink_to_panel(read_image(Path(row["image_path"]))), caption)

    ranked = rank_labels(
        scores.labels,
        scores.probabilities,
        threshold=threshold,
        n_photos=settings.sheet_photos,
    )
    return draw_sheet(
        [PanelRow(heading, [draw_panel(p) for p in chosen]) for heading, chosen in ranked.items()],
        title=subject.title(f"Labels at threshold {threshold:.3g}", "test", len(scores.rows)),
        panel_width_in=2.8,
    )
