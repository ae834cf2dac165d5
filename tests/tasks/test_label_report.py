"""The table of labels: values of scikit-learn, intervals, one class, content for JSON."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks.evaluation import draw_report_figures
from crack_pipeline.tasks.label_report import LabelScores, pair_labels, report_labels, score_split
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation

SETTINGS = ClassificationEvaluation(resamples=200)


def _scores(labels: list[int], *, seed: int = 0) -> LabelScores:
    rng = np.random.default_rng(seed)
    n_photos = len(labels)
    rows = pd.DataFrame(
        {
            "image_id": [f"p{number}" for number in range(n_photos)],
            "group_id": [f"g{number // 2}" for number in range(n_photos)],
            "label": labels,
            "surface": ["wall" if number % 2 else "deck" for number in range(n_photos)],
        }
    )
    return pair_labels(
        rows, np.clip(0.3 + 0.4 * np.array(labels) + rng.normal(0, 0.2, n_photos), 0, 1)
    )


def test_values_agree_with_scikit_learn():
    scores = _scores([0, 1] * 30)
    report = report_labels(scores, SETTINGS, threshold=0.5, temperature=1.5)
    found = {row["name"]: row for row in report.parts["protocols"]}
    predicted = scores.probabilities >= 0.5
    for name, expected in (
        ("f1", sklearn_metrics.f1_score(scores.labels, predicted)),
        ("mcc", sklearn_metrics.matthews_corrcoef(scores.labels, predicted)),
        ("auc", sklearn_metrics.roc_auc_score(scores.labels, scores.probabilities)),
        (
            "balanced_accuracy",
            sklearn_metrics.balanced_accuracy_score(scores.labels, predicted),
        ),
        ("brier", sklearn_metrics.brier_score_loss(scores.labels, scores.probabilities)),
    ):
        assert found[name]["value"] == pytest.approx(expected), name
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    json.dumps([report.parts, report.metrics], allow_nan=False)
    assert {s["stratum"]: s["photos"] for s in report.parts["strata"]} == {"deck": 30, "wall": 30}


@pytest.mark.parametrize("surface", [None, "wall"])
def test_labels_have_no_picture_of_widths_nor_of_strata_that_are_not_there(surface):
    scores = _scores([0, 1] * 6)
    alike = replace(scores, rows=scores.rows.assign(surface=surface))
    report = report_labels(alike, SETTINGS, threshold=0.5, temperature=1.0)
    assert report.parts["strata"] == []
    figures = draw_report_figures(report, str)
    assert set(figures) == {"headline", "reliability", "risk_coverage"}


def test_one_class_leaves_what_needs_two_undefined():
    report = report_labels(_scores([1] * 12), SETTINGS, threshold=0.5, temperature=1.0)
    found = {row["name"]: row for row in report.parts["protocols"]}
    assert found["auc"]["value"] is found["balanced_accuracy"]["value"] is None
    assert found["recall"]["value"] > 0.5
    json.dumps([report.parts, report.metrics], allow_nan=False)


INFO = ModelInfo(task="classification", model="fake", tile_px=48, batch_size=4)


def _see_the_upper_half(batch: np.ndarray) -> np.ndarray:
    return 1 - batch[:, :24].mean(axis=(1, 2, 3)).astype(np.float32) / 255


def _see_all(batch: np.ndarray) -> np.ndarray:
    return 1 - batch.mean(axis=(1, 2, 3)).astype(np.float32) / 255


def test_the_views_of_the_subject_are_averaged(line_manifest):
    subject = Subject(bundle_of(_see_the_upper_half, INFO), line_manifest, "lines")
    upper, both = (score_split(subject.under(views), "validation") for views in ("none", "flips"))
    assert upper.probabilities != pytest.approx(both.probabilities, abs=1e-6)
    whole = Subject(bundle_of(_see_all, INFO), line_manifest, "lines")
    expected = score_split(whole, "validation")
    assert both.probabilities == pytest.approx(expected.probabilities, abs=1e-6)


def test_counts_at_a_threshold(line_manifest):
    rows = line_manifest.head(4).assign(label=[1, 1, 0, 0])
    counts = pair_labels(rows, [0.9, 0.2, 0.7, 0.1]).counts_at(0.5)
    assert (int(counts.true_positive), int(counts.false_positive)) == (1, 1)
    assert (int(counts.false_negative), int(counts.true_negative)) == (1, 1)
