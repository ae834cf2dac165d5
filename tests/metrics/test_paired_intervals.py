import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.metrics.bootstrap import paired_interval

RNG = np.random.default_rng(0)
HARDNESS = RNG.normal(size=60)
GROUPS = np.arange(60)


def rate_mean(sums):
    return sums[:, :1] / sums[:, 1:]


def with_ones(values):
    return np.stack([values, np.ones(len(values))], axis=1)


def test_a_model_does_not_differ_from_itself():
    table = with_ones(HARDNESS)
    (found,) = paired_interval(table, table, GROUPS, rate_mean, resamples=100)
    assert (found.difference.value, found.difference.low, found.difference.high) == (0, 0, 0)
    assert found.first_better == 0.5


def test_pairing_sees_a_difference_that_is_small_against_the_photos():
    better = with_ones(HARDNESS + 0.1 + RNG.normal(scale=0.02, size=60))
    (found,) = paired_interval(better, with_ones(HARDNESS), GROUPS, rate_mean, resamples=300)
    assert found.first - found.second == pytest.approx(found.difference.value)
    assert 0.08 < found.difference.low < found.difference.high < 0.12
    assert found.first_better == 1.0


def test_where_lower_is_better_the_lower_one_wins():
    tables = with_ones(HARDNESS + 0.1), with_ones(HARDNESS)
    (found,) = paired_interval(*tables, GROUPS, rate_mean, resamples=100, lower_is_better=[True])
    assert found.difference.value == pytest.approx(0.1)
    assert found.first_better == 0.0


def test_swapping_the_models_turns_the_answer_round():
    tables = with_ones(HARDNESS + RNG.normal(size=60)), with_ones(HARDNESS)
    (found,) = paired_interval(*tables, GROUPS, rate_mean, resamples=200)
    (turned,) = paired_interval(*tables[::-1], GROUPS, rate_mean, resamples=200)
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
            with_ones(HARDNESS), with_ones(HARDNESS[:9]), GROUPS, rate_mean, resamples=9
        )
