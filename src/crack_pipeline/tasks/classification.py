"""Evaluation of classification: does a photo show a crack?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.baselines.percentiles import classify_by_levels, measure_percentiles
from crack_pipeline.metrics.curves import choose_threshold
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.tasks.evaluation import assemble_evaluation, list_curves, settle_decision
from crack_pipeline.tasks.examples import show_labels
from crack_pipeline.tasks.label_report import (
    LabelScores,
    labelled_rows,
    pair_labels,
    read_photos,
    report_labels,
    score_split,
)
from crack_pipeline.tasks.outcomes import Evaluation, Subject
from crack_pipeline.tasks.report_parts import Report, compare_labels
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.types import SPLITS
from crack_pipeline.wording.scores import Score

_CLASS_NAMES = ("no crack", "crack")
_RULE = "highest F1 on the validation photos, middle of the best plateau"


def score_baseline(manifest: pd.DataFrame, settings: ClassificationEvaluation) -> dict[str, Any]:
    """Fit the percentile classifier on train, choose its threshold on validation, measure it.

    Args:
        manifest: A validated manifest with labels of both classes in each split.
        settings: Which percentiles it looks at.

    Returns:
        JSON-ready: name, percentiles, threshold, metrics, the probability of each test photo, the
        test curves.
    """
    percentiles = settings.baseline.percentiles

    rows = {split: labelled_rows(manifest, split) for split in SPLITS}
    features = {
        split: [
            measure_percentiles(image, percentiles)
            for image in read_photos(photos, f"Grey levels of {split}")
        ]
        for split, photos in rows.items()
    }
    labels = {split: photos["label"].astype(int) for split, photos in rows.items()}
    scores = classify_by_levels(features, labels)
    validation = pair_labels(rows["validation"], scores.validation)
    test = pair_labels(rows["test"], scores.test)
    return {
        "name": "percentiles",
        "percentiles": list(percentiles),
        "threshold": scores.threshold,
        "metrics": {
            **validation.summarize(scores.threshold, "validation_baseline"),
            **test.summarize(scores.threshold, "test_baseline"),
        },
        "test_probabilities": dict(
            zip(test.rows["image_id"].astype(str), test.probabilities.tolist(), strict=True)
        ),
        "curves": list_curves(test.sweep(), test.counts_at(scores.threshold)),
    }


def choose_decision(
    subject: Subject, settings: ClassificationEvaluation
) -> tuple[Decision, Figure]:
    """Choose the threshold of the highest F1 on the validation photos.

    Args:
        subject: The model and the photos.
        settings: Test-time augmentation.

    Returns:
        The decision and the curve that it was read from.
    """
    views = settings.test_time_augmentation
    scores = score_split(subject.under(views), "validation")
    choice = choose_threshold(scores.sweep())
    return settle_decision(
        subject,
        scores,
        choice,
        metrics=scores.summarize(choice.threshold, "validation"),
        rule=_RULE,
        views=views,
        title=subject.title("Photos by threshold", "validation", len(scores.rows)),
    )


def evaluate(
    subject: Subject, baseline: Mapping[str, Any], settings: ClassificationEvaluation
) -> Evaluation:
    """Measure a model on the test photos, under the views of its decision.

    Args:
        subject: The model with its decision, and the photos.
        baseline: From ``score_baseline``.
        settings: Draws of the bootstrap, photos of the sheet.

    Returns:
        Metrics of validation and test with the baseline's, a report a class and a photo, figures.
    """
    scores, found = _measure(subject, settings)
    threshold = subject.bundle.threshold
    examples = show_labels(
        scores.rows,
        scores.labels,
        scores.probabilities,
        threshold=threshold,
        n_photos=settings.sheet_photos,
    )
    known = baseline["test_probabilities"]
    other = np.array([known[str(image_id)] for image_id in scores.rows["image_id"]])
    differences = compare_labels(
        scores.rows,
        scores.labels,
        (scores.probabilities, threshold),
        (other, float(baseline["threshold"])),
        resamples=settings.resamples,
    )
    timed = labelled_rows(subject.manifest, "validation")["image_path"]
    return assemble_evaluation(
        subject,
        baseline,
        found,
        scores,
        examples,
        differences=differences,
        extras={"classes": _report_classes(scores, threshold)},
        timed=timed[: subject.info.batch_size],
    )


def measure_elsewhere(
    subject: Subject, settings: ClassificationEvaluation
) -> tuple[pd.DataFrame, tuple[Score, ...]]:
    """Measure the test photos of another data set: their rows, and the headline."""
    scores, found = _measure(subject, settings)
    return scores.rows, found.headline


def _measure(subject: Subject, settings: ClassificationEvaluation) -> tuple[LabelScores, Report]:
    bundle, scores = subject.bundle, score_split(subject, "test")
    report = report_labels(
        scores, settings, threshold=bundle.threshold, temperature=bundle.temperature
    )
    return scores, report


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
