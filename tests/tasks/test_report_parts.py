"""Notes on calibration and on the order of doubtful photos; what photos have in common."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score

from crack_pipeline.metrics.rates import ConfusionCounts
from crack_pipeline.metrics.risk_coverage import trace_risk
from crack_pipeline.tasks.report_parts import (
    compare_labels,
    compare_masks,
    describe_risk,
    describe_scaling,
    list_counts,
)


@pytest.mark.parametrize(
    ("before", "after", "is_noted"),
    [
        (0.055, 0.081, True),
        (0.055, 0.058, False),  # too little to act on
        (0.081, 0.055, False),
        (0.1, 0.1, False),
        (None, None, False),
    ],
)
def test_a_temperature_that_makes_things_worse_is_noted(before, after, is_noted):
    note = describe_scaling(
        {
            "temperature": 1.3,
            "ece": {"value": before},
            "ece_after_temperature": {"value": after},
        }
    )
    assert bool(note) == is_noted
    if is_noted:
        assert "0.055 before, 0.081 after" in note


@pytest.mark.parametrize(
    ("risk", "is_noted"), [([0.1, 0.5], False), ([0.5, 0.1], True), ([0.0, 0.0], False)]
)
def test_an_order_that_is_worth_nothing_is_noted(risk, is_noted):
    assert bool(describe_risk(trace_risk([0.9, 0.8], risk))["note"]) == is_noted


def _rows(groups: str) -> pd.DataFrame:
    names = [f"photo_{number}" for number in range(len(groups))]
    return pd.DataFrame({"image_id": names, "group_id": list(groups)})


def _counts(right, false, missed) -> ConfusionCounts:
    arrays = [np.asarray(values) for values in (right, false, missed)]
    return ConfusionCounts(*arrays, np.full(len(arrays[0]), 100))


def test_labels_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    labels = rng.permutation([0, 1] * 20)
    model, baseline = rng.random(40), rng.random(40)
    found = compare_labels(_rows("abcde" * 8), labels, (model, 0.4), (baseline, 0.6), resamples=200)
    expected = {
        "f1": f1_score(labels, model >= 0.4) - f1_score(labels, baseline >= 0.6),
        "auc": roc_auc_score(labels, model) - roc_auc_score(labels, baseline),
        "brier": brier_score_loss(labels, model) - brier_score_loss(labels, baseline),
    }
    for name, value in expected.items():
        start = f"test_{name}_minus_baseline"
        assert found[start] == pytest.approx(value)
        assert found[f"{start}_low"] <= value <= found[f"{start}_high"]
    assert len(found) == 9


def test_a_surer_model_is_told_apart_by_the_brier_score():
    labels = np.array([0, 1] * 4)
    sure, unsure = np.where(labels, 0.9, 0.1), np.where(labels, 0.6, 0.4)
    found = compare_labels(_rows("abcdefgh"), labels, (sure, 0.5), (unsure, 0.5), resamples=100)
    assert found["test_f1_minus_baseline"] == found["test_auc_minus_baseline"] == 0.0
    assert found["test_brier_minus_baseline_high"] == pytest.approx(0.01 - 0.16)


def test_labels_of_one_class_have_no_area():
    values = np.array([0.9, 0.2])
    found = compare_labels(
        _rows("ab"), np.array([1, 1]), (values, 0.5), (values, 0.5), resamples=100
    )
    assert not any("auc" in name for name in found)
    json.dumps(found, allow_nan=False)


def test_masks_are_paired_by_photo_whatever_their_order():
    rows = _rows("aab")
    counts = _counts([8, 4, 6], [2, 0, 1], [0, 1, 1])
    other = list_counts(rows["image_id"], _counts([4, 2, 3], [2, 2, 2], [4, 3, 4]))
    shuffled = dict(reversed(other.items()))
    found = compare_masks(rows, counts, shuffled, resamples=100)
    # pooled: 36 of 36 + 3 + 2, less 18 of 18 + 6 + 11
    assert found["test_f1_pooled_minus_baseline"] == pytest.approx(36 / 41 - 18 / 35)
    assert found["test_f1_pooled_minus_baseline_low"] > 0
    assert compare_masks(rows, counts, other, resamples=100) == found


def test_a_model_does_not_differ_from_itself():
    rows, counts = _rows("abc"), _counts([8, 4, 6], [2, 0, 1], [0, 1, 1])
    found = compare_masks(rows, counts, list_counts(rows["image_id"], counts), resamples=100)
    assert set(found.values()) == {0.0}


def test_photos_of_one_group_leave_a_difference_without_bounds():
    rows = pd.DataFrame({"image_id": ["a", "b"], "group_id": "wall"})
    labels, sure, unsure = np.array([1, 0]), np.array([0.9, 0.1]), np.array([0.6, 0.6])
    found = compare_labels(rows, labels, (sure, 0.5), (unsure, 0.5), resamples=20)
    assert found["test_f1_minus_baseline"] == pytest.approx(1 - 2 / 3)
    assert not any(name.endswith(("_low", "_high")) for name in found)
