import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.labels import (
    LABEL_RATES,
    LabelPredictions,
    label_intervals,
    paired_label_intervals,
    summarize_labels,
    weigh_labels,
)

photos = st.lists(
    st.tuples(
        st.integers(0, 1), st.sampled_from([0.0, 0.2, 0.4, 0.5, 0.9, 1.0]), st.integers(0, 3)
    ),
    min_size=2,
    max_size=30,
)


def make_scores(n_photos, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, n_photos)
    values = np.clip(0.3 + 0.4 * labels + rng.normal(scale=0.25, size=n_photos), 0, 1)
    return labels, LabelPredictions(values, 0.5)


@given(rows=photos)
def test_weighted_metrics_are_those_of_photos_repeated_in_scikit_learn(rows):
    labels, values, weights = (np.array(column) for column in zip(*rows, strict=True))
    scores = LabelPredictions(values.astype(np.float64), 0.5)
    found = weigh_labels(labels, scores)(weights[None].astype(np.float64))
    named = dict(zip(LABEL_RATES, found[0], strict=True))
    truth, drawn = np.repeat(labels, weights), np.repeat(values, weights)
    if len(set(truth)) < 2:
        assert np.isnan([named["auc"], named["balanced_accuracy"]]).all()
        return
    predicted = drawn >= 0.5
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(truth, predicted),
        "balanced_accuracy": sklearn_metrics.balanced_accuracy_score(truth, predicted),
        "recall": sklearn_metrics.recall_score(truth, predicted),
        "f1": sklearn_metrics.f1_score(truth, predicted),
        "mcc": sklearn_metrics.matthews_corrcoef(truth, predicted),
        "auc": sklearn_metrics.roc_auc_score(truth, drawn),
        "average_precision": sklearn_metrics.average_precision_score(truth, drawn),
        "brier": sklearn_metrics.brier_score_loss(truth, drawn),
    }
    assert {name: named[name] for name in expected} == pytest.approx(expected)


def test_intervals_hold_their_values():
    labels, scores = make_scores(300)
    found = label_intervals(labels, scores, np.arange(300) // 3, resamples=200)
    assert list(found) == list(LABEL_RATES)
    for interval in found.values():
        assert interval.low < interval.value < interval.high


def test_each_draw_is_the_area_of_the_photos_drawn():
    # a alone ranks its pair right, b alone wrong; together three of four pairs are right
    scores = LabelPredictions(np.array([0.9, 0.1, 0.3, 0.6]), 0.5)
    found = label_intervals([1, 0, 1, 0], scores, list("aabb"), resamples=200)["auc"]
    assert (found.value, found.low, found.high) == (0.75, 0.0, 1.0)


def test_difference_of_areas_is_drawn_jointly():
    labels, groups = [1, 0, 1, 0], list("aabb")
    right, wrong = (
        LabelPredictions(np.array(values), 0.5)
        for values in ([0.9, 0.1, 0.8, 0.2], [0.1, 0.9, 0.2, 0.8])
    )
    same = paired_label_intervals(labels, right, right, groups, resamples=100)["auc"].difference
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    other = paired_label_intervals(labels, right, wrong, groups, resamples=100)["auc"].difference
    assert (other.value, other.low, other.high) == (1.0, 1.0, 1.0)


def test_draws_of_one_class_are_left_out():
    scores = LabelPredictions(np.array([0.9, 0.1, 0.8]), 0.5)
    found = label_intervals([1, 0, 1], scores, list("abc"), resamples=200)["auc"]
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert "undefined in" in found.note


def test_a_thousand_draws_of_four_thousand_photos_take_seconds():
    labels, scores = make_scores(4000)
    started = time.perf_counter()
    label_intervals(labels, scores, np.arange(4000), resamples=1000)
    assert time.perf_counter() - started < 10


def test_one_class_leaves_the_areas_undefined():
    scores = LabelPredictions(np.array([0.9, 0.2, 0.7]), 0.5)
    found = label_intervals([1, 1, 1], scores, list("abc"), resamples=50)
    assert np.isnan(found["auc"].value)
    assert (found["auc"].low, found["auc"].high) == (None, None)
    assert found["auc"].note == "undefined on these photos"
    assert found["recall"].value == pytest.approx(2 / 3)


def test_one_group_has_no_intervals():
    labels, scores = make_scores(20)
    found = label_intervals(labels, scores, ["a"] * 20, resamples=50)
    assert all(interval.low is None for interval in found.values())


def test_the_better_of_two_classifiers_is_found_for_rates_and_errors_alike():
    labels, scores = make_scores(300)
    worse = LabelPredictions(np.random.default_rng(5).random(300), 0.5)
    found = paired_label_intervals(labels, scores, worse, np.arange(300), resamples=100)
    assert found["auc"].difference.low > 0
    assert found["brier"].difference.high < 0
    assert {found[name].first_better for name in ("auc", "mcc", "brier")} == {1.0}


def test_labels_and_probabilities_must_fit():
    with pytest.raises(ShapeError, match="one a photo"):
        label_intervals([1, 0, 1], LabelPredictions(np.array([0.5]), 0.5), list("abc"), resamples=9)
    with pytest.raises(ParameterError, match=r"in \[0, 1\]"):
        label_intervals(
            [1, 0], LabelPredictions(np.array([0.5, 255.0]), 0.5), list("ab"), resamples=9
        )
    with pytest.raises(ParameterError, match="Labels must be 0 or 1"):
        label_intervals(
            [2, 0], LabelPredictions(np.array([0.5, 0.5]), 0.5), list("ab"), resamples=9
        )
    with pytest.raises(ParameterError, match="from nan"):
        label_intervals(
            [1, 0], LabelPredictions(np.array([0.5, np.nan]), 0.5), list("ab"), resamples=9
        )


def test_labels_of_five_photos():
    summary = summarize_labels(
        [1, 1, 1, 0, 0], [0.9, 0.7, 0.2, 0.4, 0.1], threshold=0.3, prefix="test"
    )
    assert summary == {
        "test_accuracy": pytest.approx(0.6),
        "test_balanced_accuracy": pytest.approx(7 / 12),
        "test_mcc": pytest.approx(1 / 6),
        "test_brier": pytest.approx(0.182),
        "test_precision": pytest.approx(2 / 3),
        "test_recall": pytest.approx(2 / 3),
        "test_specificity": pytest.approx(0.5),
        "test_f1": pytest.approx(2 / 3),
        "test_f1_at_half": pytest.approx(0.8),
        "test_auc": pytest.approx(5 / 6),
        "test_average_precision": pytest.approx((1 + 1 + 3 / 4) / 3),
        "test_photos": 5,
    }


def test_a_summary_says_what_the_intervals_say():
    labels, scores = make_scores(60)
    summary = summarize_labels(labels, scores.probabilities, threshold=0.5, prefix="test")
    found = label_intervals(labels, scores, np.arange(60), resamples=9)
    assert {f"test_{name}": one.value for name, one in found.items()} | {
        "test_photos": 60
    } == pytest.approx(summary)
