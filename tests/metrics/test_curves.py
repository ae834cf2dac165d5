import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.curves import (
    ThresholdSweep,
    average_precision,
    choose_robust_threshold,
    choose_threshold,
    roc_auc,
    roc_points,
    sweep_grid,
    sweep_scores,
)
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.rates import ConfusionCounts, count_confusion

scored_labels = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1) | st.sampled_from([0.0, 0.25, 0.5, 1.0])),
    min_size=2,
    max_size=50,
)


def make_sweep(true_positive: list[int], *, n_crack: int) -> ThresholdSweep:
    """Sweep over 0.0, 0.1, … that finds so many cracks and never raises a false alarm."""
    found = np.array(true_positive)
    none = np.zeros_like(found)
    counts = ConfusionCounts(found, none, n_crack - found, none + 100)
    return ThresholdSweep(np.arange(len(found)) / 10, counts)


@given(pairs=scored_labels)
def test_counts_are_those_of_the_thresholded_scores(pairs):
    labels, scores = (np.array(side) for side in zip(*pairs, strict=True))
    sweep = sweep_scores(labels, scores)
    # Two scores can be so close that nothing lies between them.
    assume((np.diff(np.unique(scores)) > 1e-9).all())
    for k, threshold in enumerate(sweep.thresholds):
        expected = count_confusion(labels, scores >= threshold)
        assert sweep.counts.true_positive[k] == expected.true_positive
        assert sweep.counts.false_positive[k] == expected.false_positive


@given(pairs=scored_labels)
def test_areas_agree_with_scikit_learn(pairs):
    labels, scores = (np.array(side) for side in zip(*pairs, strict=True))
    assume(0 < labels.sum() < len(labels))
    distinct, place = np.unique(scores, return_inverse=True)
    crack, background = (
        np.bincount(place[one], minlength=len(distinct)) for one in (labels, ~labels)
    )
    auc = sklearn_metrics.roc_auc_score(labels, scores)
    assert roc_auc(crack, background) == pytest.approx(auc)
    expected = sklearn_metrics.average_precision_score(labels, scores)
    assert average_precision(crack, background) == pytest.approx(expected)
    assert np.trapezoid(*roc_points(sweep_scores(labels, scores))[::-1]) == pytest.approx(auc)


@given(pairs=scored_labels)
def test_precision_and_recall_agree_with_scikit_learn(pairs):
    labels, scores = (np.array(side) for side in zip(*pairs, strict=True))
    assume(labels.any())
    counts = sweep_scores(labels, scores).counts
    precision, recall, _ = sklearn_metrics.precision_recall_curve(labels, scores)
    # scikit-learn appends the point (recall 0, precision 1).
    assert rates.precision(counts) == pytest.approx(precision[:-1])
    assert rates.recall(counts) == pytest.approx(recall[:-1])


def test_areas_of_the_grid_agree_with_scikit_learn_on_rounded_probabilities():
    rng = np.random.default_rng(0)
    truth = (rng.random((60, 60)) > 0.8).astype(np.uint8)
    probability = np.clip(rng.normal(0.3 + 0.3 * truth, 0.2), 0, 1)
    probability = (np.floor(probability * 100) / 100).astype(np.float32)
    photo = measure_histograms(probability, truth, tolerance_px=0)
    labels, scores = truth.ravel(), probability.ravel()
    auc = sklearn_metrics.roc_auc_score(labels, scores)
    assert roc_auc(photo.crack, photo.background) == pytest.approx(auc)
    expected = sklearn_metrics.average_precision_score(labels, scores)
    assert average_precision(photo.crack, photo.background) == pytest.approx(expected)


def test_areas_are_undefined_where_a_class_is_absent():
    assert math.isnan(roc_auc([0, 0], [1, 1]))
    assert math.isnan(roc_auc([1, 1], [0, 0]))
    assert math.isnan(average_precision([0, 0], [1, 1]))
    draws = roc_auc([[0, 1], [0, 0], [1, 0]], [[1, 0], [1, 1], [0, 1]])
    np.testing.assert_array_equal(draws, [1.0, np.nan, 0.0])


def test_roc_runs_from_corner_to_corner():
    false_positive_rate, true_positive_rate = roc_points(sweep_scores([0, 1, 1], [0.2, 0.4, 0.6]))
    assert false_positive_rate.tolist() == [0, 0, 0, 1, 1]
    assert true_positive_rate.tolist() == [0, 0.5, 1, 1, 1]


@given(pairs=scored_labels)
def test_no_threshold_beats_the_chosen_one(pairs):
    labels, scores = (np.array(side) for side in zip(*pairs, strict=True))
    assume(labels.any() and (np.diff(np.unique(scores)) > 1e-9).all())
    choice = choose_threshold(sweep_scores(labels, scores))
    best = max(
        sklearn_metrics.f1_score(labels, scores >= threshold, zero_division=0.0)
        for threshold in scores
    )
    assert choice.f1 == pytest.approx(best)
    assert rates.f1(count_confusion(labels, scores >= choice.threshold)) == choice.f1


@pytest.mark.parametrize(
    ("true_positive", "threshold"),
    [
        pytest.param([2, 5, 5, 5, 2, 1], 0.2, id="middle of the run"),
        pytest.param([2, 5, 5, 2, 1, 1], 0.1, id="lower one of two"),
        pytest.param([5, 2, 5, 5, 5, 1], 0.3, id="longest run"),
        pytest.param([5, 5, 2, 5, 5, 1], 0.0, id="lowest of equally long runs"),
    ],
)
def test_middle_of_the_best_plateau_is_chosen(true_positive, threshold):
    choice = choose_threshold(make_sweep(true_positive, n_crack=6))
    assert choice.threshold == pytest.approx(threshold)
    assert choice.note == ""


def test_separable_scores_get_the_threshold_halfway():
    choice = choose_threshold(sweep_scores([0, 0, 1, 1], [0.1, 0.3, 0.7, 0.9]))
    assert (choice.threshold, choice.f1, choice.note) == (0.5, 1.0, "")


def test_degenerate_choices_say_so():
    no_crack = choose_threshold(sweep_scores([0, 0], [0.2, 0.4]))
    assert (no_crack.threshold, no_crack.f1) == (0.5, None)
    assert "no crack" in no_crack.note
    nothing_found = choose_threshold(make_sweep([0, 0, 0], n_crack=4))
    assert "no threshold finds a crack" in nothing_found.note
    everywhere = choose_threshold(sweep_scores([1, 1, 0], [0.5, 0.5, 0.5]))
    assert "crack everywhere" in everywhere.note


@pytest.mark.parametrize(
    ("labels", "scores"), [([], []), ([0, 1], [0.5]), ([[0, 1]], [[0.5, 0.6]])]
)
def test_refuses_scores_without_labels(labels, scores):
    with pytest.raises(ShapeError):
        sweep_scores(labels, scores)


THRESHOLDS = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


def _counts(found: list[list[int]], false: list[list[int]], n_crack: int) -> ConfusionCounts:
    found_array, false_array = np.array(found), np.array(false)
    return ConfusionCounts(found_array, false_array, n_crack - found_array, 10_000 - false_array)


def _sweep(groups: ConfusionCounts) -> ThresholdSweep:
    return ThresholdSweep(THRESHOLDS, groups.pooled())


def test_one_odd_source_photo_does_not_move_the_threshold():
    alike = [[100, 98, 95, 80, 60]] * 5
    few, many = [40, 20, 5, 2, 0], [900, 700, 400, 150, 0]
    groups = _counts([*alike, alike[0]], [few] * 5 + [many], n_crack=100)
    sweep = _sweep(groups)
    assert choose_threshold(sweep).threshold == 0.7
    choice = choose_robust_threshold(sweep, groups)
    assert choice.threshold == 0.5
    assert choice.peak_threshold == 0.7
    assert choice.f1 == pytest.approx(rates.f1(sweep.counts)[2])


def test_a_peak_that_all_source_photos_share_is_kept():
    groups = _counts([[100, 98, 95, 93, 90]] * 6, [[400, 300, 200, 90, 2]] * 6, n_crack=100)
    choice = choose_robust_threshold(_sweep(groups), groups)
    assert choice.threshold == 0.9


def test_few_source_photos_leave_the_peak():
    groups = _counts([[100, 98, 95, 80, 60]] * 2, [[0, 0, 0, 0, 0], [900, 700, 400, 9, 0]], 100)
    sweep = _sweep(groups)
    assert choose_robust_threshold(sweep, groups) == choose_threshold(sweep)


def test_the_standard_error_is_that_of_leaving_one_out_by_hand():
    groups = _counts([[9, 8, 7, 6, 5], [9, 9, 8, 7, 5], [9, 9, 6, 6, 4]], [[5, 4, 3, 2, 1]] * 3, 10)
    sweep = _sweep(groups)
    peak = choose_threshold(sweep)
    losses = []
    for left_out in range(3):
        kept = [group for group in range(3) if group != left_out]
        f1 = rates.f1(groups.at((np.array(kept),)).pooled())
        losses.append(f1[peak.index] - f1)
    error = np.sqrt(2 / 3 * np.sum((np.array(losses) - np.mean(losses, axis=0)) ** 2, axis=0))
    f1 = rates.f1(sweep.counts)
    allowed = np.flatnonzero(f1[peak.index] - f1 <= error)
    expected = allowed[np.argmin(np.abs(THRESHOLDS[allowed] - 0.5))]
    assert choose_robust_threshold(sweep, groups).index == expected


def test_photos_of_a_source_are_summed():
    levels = np.zeros((3, 101), np.int64)
    levels[:, 100] = [1, 2, 4]
    photos = ProbabilityHistograms(levels, levels, levels, levels)
    grouped = photos.grouped(["b", "a", "b"])
    assert grouped.crack[:, 100].tolist() == [2, 5]
    assert sweep_grid(grouped.pooled()).counts.true_positive[0] == 7
