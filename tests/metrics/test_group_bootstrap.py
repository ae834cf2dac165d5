import numpy as np
import pandas as pd
import pytest

from crack_pipeline.metrics.bootstrap import bootstrap_difference, bootstrap_f1


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
