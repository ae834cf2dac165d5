import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.calibration import (
    LOGITS,
    LogitHistograms,
    apply_temperature,
    count_logits,
    count_reliability,
    fit_temperature,
    rate_calibration,
)


def make_overconfident(temperature, n_photos=20_000, seed=0):
    """Probabilities whose logits are ``temperature`` times those of the truth."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(scale=1.5, size=n_photos)
    return expit(honest * temperature), rng.random(n_photos) < expit(honest)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_fit_agrees_with_one_on_the_raw_values_and_finds_what_was_planted(temperature):
    values, truth = make_overconfident(temperature)
    found = fit_temperature(count_logits(values, truth))
    direct = minimize_scalar(
        lambda log_t: log_loss(truth, expit(logit(values) / np.exp(log_t))),
        bounds=(-3, 3),
        method="bounded",
    )
    assert found.value == pytest.approx(np.exp(direct.x), rel=0.01)
    assert found.value == pytest.approx(temperature, rel=0.05)
    assert found.loss_after == pytest.approx(direct.fun, abs=1e-3)
    assert found.loss_after <= found.loss_before
    assert found.note == ""


def test_scaling_mends_an_overconfident_model():
    values, truth = make_overconfident(3.0)
    scaled = apply_temperature(values, fit_temperature(count_logits(values, truth)).value)
    before, after = (rate_calibration(count_reliability(one, truth)) for one in (values, scaled))
    assert after["ece"] < 0.2 * before["ece"]
    assert after["brier"] < before["brier"]


def test_histograms_of_photos_add_up():
    values, truth = make_overconfident(2.0, 300)
    parts = [count_logits(values[start::3], truth[start::3]) for start in range(3)]
    whole = count_logits(values, truth)
    pooled = LogitHistograms.stack(parts).pooled()
    np.testing.assert_array_equal(pooled.crack, whole.crack)
    np.testing.assert_array_equal(pooled.background, whole.background)
    assert whole.crack.sum() + whole.background.sum() == 300


def test_certain_probabilities_count_to_the_outermost_bins():
    found = count_logits([0.0, 1.0, 0.5], [0, 1, 1])
    assert found.background[0] == 1
    assert found.crack[-1] == 1
    assert found.crack[LOGITS.size // 2] == 1


@pytest.mark.parametrize(
    ("values", "truth", "note"),
    [([], [], "nothing"), ([0.2, 0.9], [1, 1], "one class"), ([0.2, 0.9], [0, 0], "one class")],
)
def test_nothing_is_fitted_without_both_classes(values, truth, note):
    found = fit_temperature(count_logits(values, truth))
    assert (found.value, found.loss_before, found.loss_after) == (1.0, None, None)
    assert note in found.note


def test_bounds_are_told():
    right = fit_temperature(count_logits([0.2, 0.9], [0, 1]))
    assert right.value == pytest.approx(0.05, rel=0.01)
    assert "lower bound" in right.note
    wrong = fit_temperature(count_logits([0.2, 0.9], [1, 0]))
    assert "upper bound" in wrong.note


@given(values=st.lists(st.floats(0, 1), min_size=1), temperature=st.floats(0.1, 10))
def test_scaling_keeps_order_range_and_the_mask_at_the_moved_threshold(values, temperature):
    array = np.array(values)
    scaled = apply_temperature(array, temperature)
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (np.diff(scaled[np.argsort(array)]) >= 0).all()
    assert apply_temperature([0.0, 0.5, 1.0], temperature).tolist() == [0.0, 0.5, 1.0]


def test_maps_stay_in_single_precision_and_one_changes_nothing():
    values = np.random.default_rng(0).random((5, 7)).astype(np.float32)
    assert apply_temperature(values, 2.0).dtype == np.float32
    np.testing.assert_array_equal(apply_temperature(values, 1.0), values)


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_temperature_must_be_above_zero(temperature):
    with pytest.raises(ParameterError, match="`temperature`"):
        apply_temperature([0.5], temperature)


def test_probabilities_must_fit_the_truth():
    with pytest.raises(ShapeError, match="same shape"):
        count_logits([0.5], [0, 1])
