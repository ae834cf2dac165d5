import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.calibration import apply_temperature
from crack_pipeline.metrics.histograms import measure_histograms
from crack_pipeline.metrics.risk_coverage import (
    LEVEL_PROBABILITIES,
    expect_dice,
    expect_right,
    share_to_hand_over,
    trace_risk,
)


def levels_of(probability):
    found = measure_histograms(probability, np.zeros(probability.shape, np.uint8), tolerance_px=0)
    return found.crack + found.background


def test_expected_dice_of_histograms_agrees_with_the_map():
    rng = np.random.default_rng(0)
    probability = (rng.random((60, 80)) ** 4).astype(np.float32)
    predicted = probability >= np.float32(0.4)
    expected = 2 * probability[predicted].sum() / (predicted.sum() + probability.sum())
    assert expect_dice(levels_of(probability), 40) == pytest.approx(expected, abs=0.01)


def test_expected_dice_is_near_the_mean_dice_of_truths_drawn_from_the_map():
    rng = np.random.default_rng(0)
    probability = np.clip(rng.normal(0.3, 0.3, (50, 50)), 0, 1).astype(np.float32)
    predicted = probability >= np.float32(0.4)
    truths = rng.random((200, 50, 50)) < probability
    overlap, size = (truths & predicted).sum((1, 2)), truths.sum((1, 2)) + predicted.sum()
    assert expect_dice(levels_of(probability), 40) == pytest.approx(
        np.mean(2 * overlap / size), abs=0.01
    )


def test_photos_come_together():
    rng = np.random.default_rng(0)
    photos = np.stack([levels_of(rng.random((9, 9)).astype(np.float32)) for _ in range(3)])
    found = expect_dice(photos, 50)
    assert found.shape == (3,)
    assert found[1] == expect_dice(photos[1], 50)


def test_a_photo_with_nothing_predicted_is_sure_only_if_nothing_is_expected():
    empty = levels_of(np.full((40, 40), 0.0004, np.float32))
    doubtful = levels_of(np.full((40, 40), 0.3, np.float32))
    assert expect_dice(empty, 50) == 1.0
    assert expect_dice(doubtful, 50) == pytest.approx(0.0, abs=1e-9)
    alone = levels_of(np.array([[0.5]], np.float32))
    assert expect_dice(alone, 51) == pytest.approx(np.exp(-0.505)), "the middle of its level"


def test_calibrated_levels_change_the_expectation():
    level_counts = np.zeros(101, np.int64)
    level_counts[90] = 100
    cooled = apply_temperature(LEVEL_PROBABILITIES, 2.0)
    assert expect_dice(level_counts, 50) == pytest.approx(2 * 0.905 / 1.905)
    doubted = expect_dice(level_counts, 50, level_probabilities=cooled)
    assert doubted == pytest.approx(2 * cooled[90] / (1 + cooled[90]))


def test_a_label_is_right_with_the_probability_of_its_class():
    values = np.array([0.9, 0.2, 0.4])
    np.testing.assert_allclose(expect_right(values, values >= 0.3), [0.9, 0.8, 0.4])


def test_curve_worked_out_by_hand():
    curve = trace_risk([0.9, 0.1, 0.5, 0.7], [0.0, 0.8, 0.0, 0.4])
    np.testing.assert_allclose(curve.coverage, [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(curve.risk, [0.0, 0.2, 0.4 / 3, 0.3])
    np.testing.assert_allclose(curve.oracle, [0.0, 0.0, 0.4 / 3, 0.3])
    assert curve.area == pytest.approx((0.0 + 0.2 + 0.4 / 3 + 0.3) / 4)
    assert curve.excess == pytest.approx(0.2 / 4)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)), min_size=1, max_size=6))
def test_ties_are_the_mean_over_all_orders_and_no_order_beats_the_oracle(photos):
    confidence, risk = (np.array(side, float) for side in zip(*photos, strict=True))
    curve = trace_risk(confidence, risk)
    orders = [
        risk[list(order)]
        for order in itertools.permutations(range(len(risk)))
        if (np.diff(confidence[list(order)]) <= 0).all()
    ]
    kept = np.mean([np.cumsum(order) for order in orders], axis=0) / np.arange(1, len(risk) + 1)
    np.testing.assert_allclose(curve.risk, kept, atol=1e-12)
    assert curve.excess >= -1e-12
    assert curve.risk[-1] == pytest.approx(risk.mean())


def test_share_to_hand_over():
    curve = trace_risk([0.9, 0.1, 0.5, 0.7], [0.0, 0.8, 0.0, 0.4])
    assert share_to_hand_over(curve) == pytest.approx(0.25)
    backwards = trace_risk([0.1, 0.9], [0.0, 0.8])
    assert share_to_hand_over(backwards) is None
    assert share_to_hand_over(trace_risk([0.1, 0.9], [0.0, 0.0])) == 0.0


def test_bad_input_is_told():
    with pytest.raises(ShapeError, match="one finite"):
        trace_risk([], [])
    with pytest.raises(ShapeError, match="not all finite"):
        trace_risk([0.1, np.nan], [0.0, 0.0])
    with pytest.raises(ShapeError, match="one finite"):
        trace_risk([0.1], [0.0, 0.0])
    with pytest.raises(ShapeError, match="101 levels"):
        expect_dice(np.zeros(100, np.int64), 3)
    with pytest.raises(ParameterError, match="`index`"):
        expect_dice(np.zeros(101, np.int64), 101)
    with pytest.raises(ShapeError, match="same shape"):
        expect_right(np.zeros(2), np.zeros(3))
