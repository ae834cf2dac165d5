"""Evaluation of classification: does a photo show a crack?"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.baselines.percentiles import classify_by_levels, measure_percentiles
from crack_pipeline.figures.curves import draw_threshold_curve
from crack_pipeline.metrics.calibration import count_logits, fit_temperature
from crack_pipeline.metrics.curves import choose_threshold, sweep_scores
from crack_pipeline.metrics.flat import join_metrics, prefix_names
from crack_pipeline.metrics.labels import summarize_labels
from crack_pipeline.prediction.decision import Decision, describe_decision
from crack_pipeline.tasks.baseline_differences import compare_labels
from crack_pipeline.tasks.curve_figures import draw_curve_figures, list_curves
from crack_pipeline.tasks.examples import draw_examples, list_examples, show_labels
from crack_pipeline.tasks.label_report import report_labels
from crack_pipeline.tasks.label_scores import (
    LabelScores,
    labelled_rows,
    pair_labels,
    read_photos,
    score_split,
)
from crack_pipeline.tasks.outcomes import Evaluation, Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation
from crack_pipeline.tasks.table_figures import draw_label_figures
from crack_pipeline.tasks.view_costs import time_views
from crack_pipeline.types import SPLITS
from crack_pipeline.wording.numbers import format_threshold

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
            **_summarize(validation, scores.threshold, "validation_baseline"),
            **_summarize(test, scores.threshold, "test_baseline"),
        },
        "test_probabilities": dict(
            zip(test.rows["image_id"].astype(str), test.probabilities.tolist(), strict=True)
        ),
        "curves": list_curves(
            sweep_scores(test.labels, test.probabilities), test.counts_at(scores.threshold)
        ),
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
    sweep = sweep_scores(scores.labels, scores.probabilities)
    choice = choose_threshold(sweep)
    figure = draw_threshold_curve(
        sweep,
        threshold=choice.threshold,
        score=choice.f1,
        title=subject.title("Photos by threshold", "validation", len(scores.rows)),
    )
    metrics = _summarize(scores, choice.threshold, "validation")
    logits = count_logits(scores.probabilities, scores.labels)
    decision = describe_decision(
        choice,
        metrics,
        subject.info,
        rule=_RULE,
        temperature=fit_temperature(logits),
        views=views,
    )
    return decision, figure


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
    threshold, temperature = subject.bundle.threshold, subject.bundle.temperature
    scores = score_split(subject, "test")
    found = report_labels(scores, settings, threshold=threshold, temperature=temperature)
    metrics = join_metrics(
        {"decision_threshold": threshold, "temperature": temperature},
        subject.decision.metrics,
        prefix_names(found.metrics, "test"),
        baseline["metrics"],
        _compare_with_baseline(scores, threshold, baseline, settings),
    )
    extras = _report_cost(subject)
    examples = show_labels(
        scores.rows,
        scores.labels,
        scores.probabilities,
        threshold=threshold,
        n_photos=settings.sheet_photos,
    )
    return Evaluation(
        metrics=metrics,
        report={
            "decision": subject.decision.model_dump(),
            "baseline": dict(baseline),
            "classes": _report_classes(scores, threshold),
            **extras,
            **found.parts,
            "examples": list_examples(examples),
        },
        figures={
            **draw_examples(
                examples,
                title=subject.title(
                    f"Labels at threshold {format_threshold(threshold)}", "test", len(scores.rows)
                ),
            ),
            **draw_curve_figures(
                subject,
                sweep_scores(scores.labels, scores.probabilities),
                scores.counts_at(threshold),
                baseline,
                n_photos=len(scores.rows),
                unit="photos",
            ),
            **draw_label_figures(
                found, title=lambda what: subject.title(what, "test", len(scores.rows))
            ),
        },
    )


def _compare_with_baseline(
    scores: LabelScores,
    threshold: float,
    baseline: Mapping[str, Any],
    settings: ClassificationEvaluation,
) -> dict[str, float]:
    known = baseline["test_probabilities"]
    other = np.array([known[str(image_id)] for image_id in scores.rows["image_id"]])
    return compare_labels(
        scores.rows,
        scores.labels,
        (scores.probabilities, threshold),
        (other, float(baseline["threshold"])),
        resamples=settings.resamples,
    )


def _report_cost(subject: Subject) -> dict[str, Any]:
    if subject.bundle.views == "none":
        return {}
    paths = labelled_rows(subject.manifest, "validation")["image_path"]
    cost = time_views(subject.bundle, paths[: subject.info.batch_size])
    return {"test_time_augmentation": cost}


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
