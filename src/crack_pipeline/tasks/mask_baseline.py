"""Baseline of a segmentation: a black-hat detector, tuned on validation."""

from functools import partial
from typing import Any

import pandas as pd

from crack_pipeline.baselines.detectors import BlackHat, detect_dark_lines, list_choices
from crack_pipeline.manifest import usable_rows
from crack_pipeline.metrics.curves import choose_variant
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.masks import MaskSums
from crack_pipeline.tasks.baseline_differences import list_counts
from crack_pipeline.tasks.curve_figures import list_curves
from crack_pipeline.tasks.mask_scores import read_pairs, score_split
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.tasks.split_scores import SplitScores


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
