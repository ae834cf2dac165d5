import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import (
    bootstrap_difference,
    bootstrap_f1,
    draw_weights,
    interval_of,
    paired_interval,
)
from crack_pipeline.metrics.rates import ConfusionCounts

GROUPS = np.array(list("aabbccddee") * 4)


def resample_sums(values, groups, **settings):
    """Sums of each draw, as a metric is given them."""
    seen = []
    interval_of(values, groups, lambda sums: seen.append(sums) or sums, **settings)
    return np.concatenate(seen)[: settings["resamples"]]


def rate_mean(sums):
    """Columns: a number, and 1 for each photo."""
    return rates.divide(sums[:, :1], sums[:, 1:], if_empty=np.nan)


def rate_f1(sums):
    return rates.f1(ConfusionCounts(*sums.astype(np.int64).T))[:, None]


def with_ones(values):
    return np.stack([values, np.ones(len(values))], axis=1)


def test_a_draw_is_a_sum_of_whole_groups():
    values = np.array([[1.0], [10.0], [100.0], [1000.0]])
    sums = resample_sums(values, list("aabb"), resamples=50)
    assert sums.shape == (50, 1)
    assert set(sums[:, 0]) <= {22.0, 2200.0, 1111.0}


def test_the_same_groups_give_the_same_draws_in_any_order_of_photos():
    values = np.random.default_rng(0).random((len(GROUPS), 3))
    order = np.random.default_rng(1).permutation(len(GROUPS))
    sums = resample_sums(values, GROUPS, resamples=120)
    moved = resample_sums(values[order], GROUPS[order], resamples=120)
    np.testing.assert_allclose(sums, moved)
    first, second = (next(draw_weights(7, resamples=50, seed=seed)) for seed in (0, 1))
    assert not np.array_equal(first, second)


def test_each_draw_holds_as_many_groups_as_there_are():
    batches = list(draw_weights(7, resamples=120, seed=0))
    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert (np.concatenate(batches).sum(axis=1) == 7).all()


def test_interval_of_a_mean_agrees_with_its_standard_error():
    values = np.random.default_rng(0).normal(size=400)
    (found,) = interval_of(with_ones(values), np.arange(400), rate_mean, resamples=2000)
    error = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(values.mean() - error, abs=0.01)
    assert found.high == pytest.approx(values.mean() + error, abs=0.01)
    assert found.note == ""


def test_groups_that_go_together_widen_the_interval():
    values = with_ones(np.repeat(np.random.default_rng(0).normal(size=20), 20))
    (alone,) = interval_of(values, np.arange(400), rate_mean, resamples=300)
    (together,) = interval_of(values, np.arange(400) // 20, rate_mean, resamples=300)
    assert alone.value == pytest.approx(together.value)
    assert together.high - together.low > 3 * (alone.high - alone.low)


def test_one_group_has_no_interval_and_says_so():
    (found,) = interval_of(with_ones(np.array([0.5, 1.0])), ["a", "a"], rate_mean, resamples=100)
    assert (found.value, found.low, found.high) == (0.75, None, None)
    assert "one group" in found.note


def test_few_groups_are_said_to_be_few():
    (found,) = interval_of(with_ones(np.arange(40.0)), GROUPS, rate_mean, resamples=100)
    assert found.low < found.value < found.high
    assert found.note == "only 5 source photos, so the interval is likely too narrow"


def test_masks_and_predictions_without_crack_are_perfect_in_every_draw():
    counts = np.tile([0.0, 0.0, 0.0, 50.0], (12, 1))
    (found,) = interval_of(counts, np.arange(12), rate_f1, resamples=100)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert found.note == "all bootstrap resamples give the same value"


def test_undefined_draws_are_left_out_and_counted():
    values = np.zeros((12, 2))
    values[0] = 3.0, 4.0  # eleven photos that the metric does not look at
    (found,) = interval_of(values, np.arange(12), rate_mean, resamples=200)
    assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)
    assert "of 200 bootstrap resamples" in found.note


def test_a_metric_that_is_undefined_on_all_photos_has_no_interval():
    (found,) = interval_of(np.zeros((12, 2)), np.arange(12), rate_mean, resamples=50)
    assert np.isnan(found.value)
    assert found.low is None
    assert found.note == "undefined on these photos"


@pytest.mark.parametrize(
    ("values", "groups", "message"),
    [
        (np.zeros((0, 2)), [], "at least one photo"),
        (np.zeros((2, 2)), ["a"], "2 photos, groups of shape"),
        (np.zeros(2), ["a", "b"], "one row a photo"),
    ],
)
def test_tables_and_groups_must_fit(values, groups, message):
    with pytest.raises(ShapeError, match=message):
        resample_sums(values, groups, resamples=10)


def test_numbers_must_be_finite():
    with pytest.raises(ParameterError, match="1 values that are not"):
        resample_sums([[1.0], [np.nan]], ["a", "b"], resamples=10)


def test_something_must_be_drawn():
    with pytest.raises(ParameterError, match="0 resamples"):
        resample_sums([[1.0]], ["a"], resamples=0)


RNG = np.random.default_rng(0)
HARDNESS = RNG.normal(size=60)
SIXTY = np.arange(60)


def test_a_model_does_not_differ_from_itself():
    table = with_ones(HARDNESS)
    (found,) = paired_interval(table, table, SIXTY, rate_mean, resamples=100)
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert found.first_better == 0.5


def test_pairing_sees_a_difference_that_is_small_against_the_photos():
    better = with_ones(HARDNESS + 0.1 + RNG.normal(scale=0.02, size=60))
    (found,) = paired_interval(
        better,
        with_ones(HARDNESS),
        SIXTY,
        rate_mean,
        resamples=300,
    )
    assert found.first - found.second == pytest.approx(found.difference.value)
    assert 0.08 < found.difference.low < found.difference.high < 0.12
    assert found.first_better == 1.0


def test_where_lower_is_better_the_lower_one_wins():
    tables = with_ones(HARDNESS + 0.1), with_ones(HARDNESS)
    (found,) = paired_interval(
        *tables,
        SIXTY,
        rate_mean,
        resamples=100,
        lower_is_better=[True],
    )
    assert found.difference.value == pytest.approx(0.1)
    assert found.first_better == 0.0


def test_swapping_the_models_turns_the_answer_round():
    tables = (
        with_ones(HARDNESS + RNG.normal(size=60)),
        with_ones(HARDNESS),
    )
    (found,) = paired_interval(*tables, SIXTY, rate_mean, resamples=200)
    (turned,) = paired_interval(*tables[::-1], SIXTY, rate_mean, resamples=200)
    assert turned.difference.low == pytest.approx(-found.difference.high)
    assert turned.first_better == pytest.approx(1 - found.first_better)


def test_one_group_leaves_it_open_which_is_better():
    tables = with_ones(HARDNESS + 1), with_ones(HARDNESS)
    (found,) = paired_interval(*tables, ["a"] * 60, rate_mean, resamples=100)
    assert found.difference.value == pytest.approx(1)
    assert found.difference.low is None
    assert found.first_better is None


def test_models_must_be_measured_on_the_same_photos():
    with pytest.raises(ShapeError, match="same photos"):
        paired_interval(
            with_ones(HARDNESS),
            with_ones(HARDNESS[:9]),
            SIXTY,
            rate_mean,
            resamples=9,
        )


def _counted(groups, right, wrong):
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
    photos = _counted(list("abcd"), [3, 1, 2, 2], [0, 2, 1, 1])
    interval = bootstrap_f1(photos, resamples=200)
    assert interval.value == pytest.approx(16 / 20)
    assert interval.low < interval.value < interval.high


def test_one_group_leaves_nothing_to_draw():
    interval = bootstrap_f1(_counted(["a"] * 3, [3, 1, 2], [0, 2, 1]), resamples=100)
    assert interval.value == pytest.approx(12 / 15)
    assert (interval.low, interval.high) == (None, None)
    assert "one group" in interval.note


def test_groups_that_go_together_widen_the_interval_of_f1():
    rng = np.random.default_rng(0)
    right = rng.integers(0, 2, 200)
    alone = _counted([f"p{number}" for number in range(200)], right, 1 - right)
    together = _counted(
        [f"g{number // 20}" for number in range(200)], np.sort(right), 1 - np.sort(right)
    )
    one, other = (bootstrap_f1(photos, resamples=300) for photos in (alone, together))
    assert one.value == other.value
    assert other.high - other.low > 2 * (one.high - one.low)


def test_f1_of_photos_does_not_differ_from_itself():
    photos = _counted(list("abcd"), [3, 1, 2, 2], [0, 2, 1, 1])
    difference = bootstrap_difference(photos, photos, resamples=100)
    assert (difference.value, difference.low, difference.high) == (0.0, 0.0, 0.0)


def test_difference_of_other_groups():
    first, second = _counted(list("ab"), [4, 4], [0, 0]), _counted(list("cd"), [4, 4], [8, 8])
    difference = bootstrap_difference(first, second, resamples=100)
    assert difference.value == pytest.approx(1.0 - 0.5)
    assert bootstrap_difference(first, second, resamples=100) == difference, "the same seed"


def test_difference_of_photos_of_one_group_has_no_bounds():
    first, second = _counted(["a"] * 2, [4, 4], [0, 0]), _counted(["a"] * 2, [4, 4], [8, 8])
    difference = bootstrap_difference(first, second, resamples=100)
    assert difference.value == pytest.approx(1.0 - 0.5)
    assert (difference.low, difference.high) == (None, None)
    assert difference.note == "all photos are one group, so nothing can be drawn"
