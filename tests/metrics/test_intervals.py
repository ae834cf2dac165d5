import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import draw_weights, interval_of
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


def test_the_same_seed_and_groups_give_the_same_draws_in_any_order_of_photos():
    values = np.random.default_rng(0).random((len(GROUPS), 3))
    order = np.random.default_rng(1).permutation(len(GROUPS))
    sums = resample_sums(values, GROUPS, resamples=120, seed=7)
    moved = resample_sums(values[order], GROUPS[order], resamples=120, seed=7)
    np.testing.assert_allclose(sums, moved)
    assert not np.allclose(sums, resample_sums(values, GROUPS, resamples=120, seed=8))


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
    assert found.note == "5 groups are few: the interval is likely too narrow"


def test_masks_and_predictions_without_crack_are_perfect_in_every_draw():
    counts = np.tile([0.0, 0.0, 0.0, 50.0], (12, 1))
    (found,) = interval_of(counts, np.arange(12), rate_f1, resamples=100)
    assert (found.value, found.low, found.high) == (1.0, 1.0, 1.0)
    assert found.note == "every draw gives the same value"


def test_undefined_draws_are_left_out_and_counted():
    values = np.zeros((12, 2))
    values[0] = 3.0, 4.0  # eleven photos that the metric does not look at
    (found,) = interval_of(values, np.arange(12), rate_mean, resamples=200)
    assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)
    assert "of 200 draws" in found.note


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
