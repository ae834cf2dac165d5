import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from crack_pipeline.metrics.group_bootstrap import (
    bootstrap_auc,
    bootstrap_auc_difference,
    bootstrap_difference,
    bootstrap_f1,
    bootstrap_mean,
)


def _photos(groups, right, wrong):
    return pd.DataFrame(
        {
            "group_id": groups,
            "true_positive": right,
            "false_positive": wrong,
            "false_negative": 0,
            "true_negative": 5,
        }
    )


def test_value_is_the_pooled_f1_and_lies_in_its_interval():
    photos = _photos(list("abcd"), [3, 1, 2, 2], [0, 2, 1, 1])
    interval = bootstrap_f1(photos, resamples=200)
    assert interval.value == pytest.approx(16 / 20)
    assert interval.low < interval.value < interval.high


def test_one_group_leaves_nothing_to_draw():
    interval = bootstrap_f1(_photos(["a"] * 3, [3, 1, 2], [0, 2, 1]), resamples=100)
    assert interval.value == pytest.approx(12 / 15)
    assert (interval.low, interval.high) == (None, None)
    assert "one group" in interval.note


def test_groups_that_go_together_widen_the_interval():
    rng = np.random.default_rng(0)
    right = rng.integers(0, 2, 200)
    alone = _photos([f"p{number}" for number in range(200)], right, 1 - right)
    together = _photos(
        [f"g{number // 20}" for number in range(200)], np.sort(right), 1 - np.sort(right)
    )
    one, other = (bootstrap_f1(photos, resamples=300) for photos in (alone, together))
    assert one.value == other.value
    assert other.high - other.low > 2 * (one.high - one.low)


def test_a_model_does_not_differ_from_itself():
    photos = _photos(list("abcd"), [3, 1, 2, 2], [0, 2, 1, 1])
    difference = bootstrap_difference(photos, photos, resamples=100)
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_difference_of_other_groups():
    first, second = _photos(list("ab"), [4, 4], [0, 0]), _photos(list("cd"), [4, 4], [8, 8])
    difference = bootstrap_difference(first, second, resamples=100)
    assert difference.value == pytest.approx(1.0 - 0.5)
    assert bootstrap_difference(first, second, resamples=100) == difference, "the same seed"


def test_mean_of_photos_with_groups_drawn_together():
    values = np.array([1.0, 1.0, 0.0, 0.0])
    interval = bootstrap_mean(values, pd.Series(list("aabb")), resamples=200)
    assert (interval.value, interval.low, interval.high) == (0.5, 0.0, 1.0)
    alone = bootstrap_mean(values, pd.Series(list("aaaa")), resamples=100)
    assert (alone.value, alone.low, alone.high) == (0.5, None, None)


@pytest.mark.parametrize("seed", range(5))
def test_area_agrees_with_scikit_learn_and_counts_ties_half(seed):
    rng = np.random.default_rng(seed)
    labels = rng.permutation([0] * 12 + [1] * 9)
    scores = rng.integers(0, 6, labels.size) / 5
    groups = pd.Series(rng.integers(0, 7, labels.size).astype(str))
    interval = bootstrap_auc(labels, scores, groups, resamples=100)
    assert interval.value == pytest.approx(roc_auc_score(labels, scores))
    assert interval.low <= interval.value <= interval.high


def test_each_draw_is_the_area_of_the_photos_drawn():
    # a alone ranks its pair right, b alone wrong; together three of four pairs are right
    labels, scores = [1, 0, 1, 0], [0.9, 0.1, 0.3, 0.6]
    interval = bootstrap_auc(labels, scores, pd.Series(list("aabb")), resamples=200)
    assert (interval.value, interval.low, interval.high) == (0.75, 0.0, 1.0)


def test_difference_of_areas_is_drawn_jointly():
    labels, groups = [1, 0, 1, 0], pd.Series(list("aabb"))
    right, wrong = [0.9, 0.1, 0.8, 0.2], [0.1, 0.9, 0.2, 0.8]
    same = bootstrap_auc_difference(labels, right, right, groups, resamples=100)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    other = bootstrap_auc_difference(labels, right, wrong, groups, resamples=100)
    assert (other.value, other.low, other.high) == (1.0, 1.0, 1.0)


def test_draws_of_one_class_are_left_out():
    labels, scores = [1, 0, 1], [0.9, 0.1, 0.8]
    interval = bootstrap_auc(labels, scores, pd.Series(list("abc")), resamples=200)
    assert (interval.value, interval.low, interval.high) == (1.0, 1.0, 1.0)
    alone = bootstrap_auc([1, 1], [0.9, 0.1], pd.Series(list("ab")), resamples=100)
    assert np.isnan(alone.value)
    assert (alone.low, alone.high) == (None, None)
