"""The headline figure shows what shares an axis, and nothing is drawn where there is nothing."""

import json

import numpy as np
import pandas as pd
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.metrics.curves import ThresholdSweep, sweep_scores
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.evaluation import (
    draw_curve_figures,
    draw_headline,
    draw_reliability_figure,
    draw_strata_figure,
    list_curves,
)
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.wording.scores import Score


def _title(what: str) -> str:
    return what


def test_tolerant_metrics_are_shown_and_lengths_are_not():
    figure = draw_headline(
        [
            Score("f1_tolerance_2px_pooled", "F1 with 2 px", 0.9),
            Score("hausdorff95_px_mean", "Hausdorff", 0.4),
            Score("false_length_px_per_megapixel", "false length", 0.0),
            Score("brier", "Brier", 0.1),
        ],
        _title,
    )
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["F1 with 2 px"]


def test_strata_say_what_their_score_is_of():
    figure = draw_strata_figure(
        [
            {"by": "crack width", "stratum": "3 to 8 px", "photos": 2, "metrics": {"line": 0.5}},
            {"by": "source", "stratum": "wall", "photos": 3, "metrics": {"pixel": 0.6}},
        ],
        [("pixel", "F1 of pixels"), ("line", "F1 of centrelines")],
        _title,
        label="F1",
    )
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels[0] == "Crack width: F1 of centrelines"
    assert labels[2] == "Source: F1 of pixels"
    assert figure.axes[0].get_title(loc="left").startswith("F1 by stratum")


def test_nothing_is_drawn_where_there_is_nothing():
    assert draw_strata_figure([], [("f1", "")], _title, label="F1") is None
    assert draw_reliability_figure(None, unit="pixels", temperature=1.0, title=_title) is None


LABELS, SCORES = [0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9]
SWEEP = sweep_scores(LABELS, SCORES)
AT_THRESHOLD = count_confusion(LABELS, [score >= 0.5 for score in SCORES])


def test_curves_are_written_down_with_the_operating_point():
    curves = list_curves(SWEEP, AT_THRESHOLD)
    assert curves["recall"] == [1.0, 1.0, 0.5, 0.5]
    assert curves["precision"] == pytest.approx([0.5, 2 / 3, 0.5, 1.0])
    assert curves["operating_point"] == {
        "recall": 0.5,
        "precision": 0.5,
        "false_positive_rate": 0.5,
        "f1": 0.5,
    }
    assert json.loads(json.dumps(curves)) == curves


def test_a_precision_of_next_to_nothing_is_left_out():
    """At the highest thresholds 1 right pixel of 2 000 is predicted, then none."""
    counts = ConfusionCounts(
        *map(np.array, ([1500, 1, 0], [500, 0, 0], [500, 1999, 2000], [0, 500, 500]))
    )
    sweep = ThresholdSweep(np.array([0.0, 0.5, 1.0]), counts)
    curves = list_curves(sweep, counts.at(0))
    assert curves["recall"] == [0.75]
    assert curves["precision"] == [0.75]


def test_figures_show_model_and_baseline():
    info = ModelInfo(task="classification", model="cnn", tile_px=64)
    subject = Subject(bundle_of(lambda batch: batch, info), pd.DataFrame(), "lines")
    baseline = {"name": "percentiles", "curves": list_curves(SWEEP, AT_THRESHOLD)}
    figures = draw_curve_figures(subject, SWEEP, AT_THRESHOLD, baseline, n_photos=4, unit="photos")
    assert list(figures) == ["precision_recall_curve", "roc_curve", "confusion_matrix"]
    for name in ("precision_recall_curve", "roc_curve"):
        axes = figures[name].axes[0]
        labels = [text.get_text() for text in axes.get_legend().get_texts()]
        assert labels[0] == "cnn"
        assert labels[2] == "percentiles"
        assert axes.get_title(loc="left").endswith(", 4 test photos")
