"""Evaluation of segmentation: masks of whole photos against the masks that people drew."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from crack_pipeline.baselines.detectors import BlackHat, detect_dark_lines, list_choices
from crack_pipeline.manifest import usable_rows
from crack_pipeline.metrics.curves import ChosenThreshold, choose_robust_threshold, choose_variant
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.masks import MaskSums
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.tasks.evaluation import assemble_evaluation, list_curves, settle_decision
from crack_pipeline.tasks.examples import show_masks
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.mask_scores import SplitScores, read_pairs, score_split
from crack_pipeline.tasks.outcomes import Evaluation, Subject
from crack_pipeline.tasks.report_parts import Report, compare_masks, list_counts
from crack_pipeline.tasks.settings import SegmentationEvaluation, name_agreement
from crack_pipeline.wording.scores import Score

_TIMED_PHOTOS = 3
_RULE = "nearest to 0.5 of those within one standard error of the highest F1 on validation"


def score_baseline(manifest: pd.DataFrame, settings: SegmentationEvaluation) -> dict[str, Any]:
    """Tune the black-hat detector on validation and measure it on test.

    Args:
        manifest: A validated manifest with masks.
        settings: What is tried.

    Returns:
        JSON-ready: name, the chosen parameters and threshold, metrics, the counts of each test
        photo, the test curves.
    """
    choice, validation, threshold = _tune_black_hat(manifest, settings)
    test = score_split(
        partial(detect_dark_lines, choice=choice), manifest, "test", settings, decide=threshold
    )
    metrics = {
        **validation.summarize(threshold, settings, "validation_baseline"),
        **test.summarize(threshold, settings, "test_baseline"),
    }
    return {
        "name": "black-hat",
        "kernel_px": choice.kernel_px,
        "smoothing_px": choice.smoothing_px,
        "threshold": threshold,
        "metrics": metrics,
        "test_counts": list_counts(test.rows["image_id"].tolist(), test.each_at(threshold)),
        "curves": list_curves(test.sweep(), test.counts_at(threshold)),
    }


def choose_decision(subject: Subject, settings: SegmentationEvaluation) -> tuple[Decision, Figure]:
    """Choose the threshold by pooled F1 on the validation photos.

    Args:
        subject: The model and the photos.
        settings: The tolerance, and the test-time views.

    Returns:
        The decision and the curve that it was read from.
    """
    views = settings.test_time_augmentation
    scores = score_split(
        subject.bundle.under(views).predict_map,
        subject.manifest,
        "validation",
        settings,
        decide=lambda scores: _choose(scores).threshold,
        temperature=1.0,
    )
    choice = _choose(scores)
    return settle_decision(
        subject,
        scores,
        choice,
        metrics=scores.summarize(choice.threshold, settings, "validation"),
        rule=_RULE,
        views=views,
        title=subject.title("Pooled pixels by threshold", "validation", len(scores.rows)),
    )


def evaluate(
    subject: Subject, baseline: Mapping[str, Any], settings: SegmentationEvaluation
) -> Evaluation:
    """Measure a model on the test photos, under the views of its decision.

    Args:
        subject: The model with its decision, and the photos.
        baseline: From ``score_baseline``.
        settings: The tolerance, and how many photos of each kind are shown.

    Returns:
        Metrics of validation and test with the baseline's, a report a photo, figures.
    """
    scores, found = _measure(subject, settings, name_agreement(settings))
    examples = show_masks(
        found.parts["photos"],
        scores.rows,
        subject.bundle.predict_mask,
        tolerance_px=settings.tolerance_px,
        n_photos=settings.sheet_photos,
    )
    differences = compare_masks(
        scores.rows,
        scores.each_at(subject.bundle.threshold),
        baseline["test_counts"],
        resamples=settings.resamples,
    )
    agreement = settings.label_agreement
    return assemble_evaluation(
        subject,
        baseline,
        found,
        scores,
        examples,
        differences=differences,
        extras={} if agreement is None else {"label_agreement": agreement.model_dump()},
        timed=usable_rows(subject.manifest, "validation")["image_path"][:_TIMED_PHOTOS],
    )


def measure_elsewhere(
    subject: Subject, settings: SegmentationEvaluation
) -> tuple[pd.DataFrame, tuple[Score, ...]]:
    """Measure the test photos of another data set: their rows, and the headline."""
    scores, found = _measure(subject, settings)
    return scores.rows, found.headline


def _measure(
    subject: Subject,
    settings: SegmentationEvaluation,
    agreement: Mapping[str, float] | None = None,
) -> tuple[SplitScores, Report]:
    bundle = subject.bundle
    scores = score_split(
        bundle.predict_map,
        subject.manifest,
        "test",
        settings,
        decide=bundle.threshold,
        temperature=bundle.temperature,
        in_full=True,
    )
    report = report_masks(
        scores,
        settings,
        threshold=bundle.threshold,
        temperature=bundle.temperature,
        agreement=agreement,
    )
    return scores, report


def _choose(scores: SplitScores) -> ChosenThreshold:
    by_source = scores.photos.grouped(scores.rows["group_id"].tolist())
    return choose_robust_threshold(scores.sweep(), by_source.counts())


def _tune_black_hat(
    manifest: pd.DataFrame, settings: SegmentationEvaluation
) -> tuple[BlackHat, SplitScores, float]:
    rows = usable_rows(manifest, "validation")
    choices = list_choices(settings.baseline)
    photos: list[list[ProbabilityHistograms]] = [[] for _ in choices]
    for image, truth in read_pairs(rows, "Tuning the baseline"):
        for choice, measured in zip(choices, photos, strict=True):
            score = detect_dark_lines(image, choice)
            measured.append(measure_histograms(score, truth, tolerance_px=settings.tolerance_px))
    scores = [
        SplitScores(rows, MaskSums(ProbabilityHistograms.stack(measured))) for measured in photos
    ]
    best, threshold = choose_variant([score.sweep() for score in scores])
    return choices[best], scores[best], threshold
