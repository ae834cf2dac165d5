import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, log_loss

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.bootstrap import sum_intervals
from crack_pipeline.metrics.calibration import (
    LOGITS,
    LogitHistograms,
    ReliabilityCounts,
    apply_temperature,
    count_logits,
    count_reliability,
    find_band,
    fit_temperature,
    list_reliability,
    rate_calibration,
    trace_reliability,
)

labelled = st.lists(
    st.tuples(st.booleans(), st.floats(0, 1) | st.sampled_from([0.0, 0.2, 0.4, 1.0])),
    min_size=2,
    max_size=60,
)


@given(pairs=labelled, bins=st.integers(1, 20))
def test_curve_and_brier_score_agree_with_scikit_learn(pairs, bins):
    truth, values = (np.array(side) for side in zip(*pairs, strict=True))
    counts = count_reliability(values, truth, bins=bins)
    if 0 < truth.sum() < len(truth):
        shares, means = calibration_curve(truth, values, n_bins=bins, strategy="uniform")
        curve = trace_reliability(counts)
        np.testing.assert_allclose(curve.share, shares, atol=1e-12)
        np.testing.assert_allclose(curve.probability, means, atol=1e-12)
        brier = rate_calibration(counts)["brier"]
        assert brier == pytest.approx(brier_score_loss(truth, values))
    assert counts.count.sum() == len(values)


def test_errors_worked_out_by_hand():
    # bins (0, .5] and (.5, 1]: means .2 and .8, shares of crack .5 and 1
    counts = count_reliability([0.1, 0.3, 0.7, 0.8, 0.9], [0, 1, 1, 1, 1], bins=2)
    expected, largest, brier = rate_calibration(counts).values()
    assert expected == pytest.approx(2 / 5 * 0.3 + 3 / 5 * 0.2)
    assert largest == pytest.approx(0.3)
    assert brier == pytest.approx((0.01 + 0.49 + 0.09 + 0.04 + 0.01) / 5)


def test_probabilities_that_keep_their_word_have_no_error():
    rng = np.random.default_rng(0)
    values = rng.random(200_000)
    truth = rng.random(200_000) < values
    expected, largest, _ = rate_calibration(count_reliability(values, truth)).values()
    assert expected < 0.005
    assert largest < 0.02
    sharpened = count_reliability(values**2 / (values**2 + (1 - values) ** 2), truth)
    assert rate_calibration(sharpened)["ece"] > 0.05


def test_photos_add_up():
    rng = np.random.default_rng(0)
    values, truth = rng.random(90), rng.integers(0, 2, 90)
    photos = ReliabilityCounts.stack(
        [count_reliability(values[start::3], truth[start::3]) for start in range(3)]
    )
    assert photos.count.shape == (3, 15)
    whole = count_reliability(values, truth)
    for name in whole.names():
        np.testing.assert_allclose(getattr(photos.pooled(), name), getattr(whole, name))
    alone = list_reliability(values, truth)
    assert alone.count.shape == (90, 15)
    np.testing.assert_allclose(alone.pooled().probability, whole.probability)


def test_errors_have_intervals_over_photos():
    rng = np.random.default_rng(0)
    values = rng.random(300)
    photos = list_reliability(values, rng.random(300) < values**2)
    found = sum_intervals(photos, np.arange(300), rate_calibration, resamples=100)
    assert list(found) == ["ece", "mce", "brier"]
    assert found["brier"].low < found["brier"].value < found["brier"].high


def test_nothing_to_count_is_undefined_and_draws_no_curve():
    counts = count_reliability([], [])
    assert np.isnan(list(rate_calibration(counts).values())).all()
    assert trace_reliability(counts).count.size == 0


@settings(deadline=None, max_examples=40)
@given(
    masks=hnp.arrays(np.uint8, (2, 17, 23), elements=st.sampled_from([0] * 30 + [1])),
    band_px=st.sampled_from([0, 1, 2.5, 5, 13]),
)
def test_band_holds_what_lies_within_the_distance_of_either_mask(masks, band_px):
    truth, predicted = masks
    either = (truth | predicted) > 0
    found = find_band(truth, predicted, band_px=band_px)
    if either.any():
        np.testing.assert_array_equal(found, distance_transform_edt(~either) <= band_px)
    else:
        assert not found.any()


def test_the_band_keeps_background_from_drowning_the_error():
    truth = np.zeros((200, 200), np.uint8)
    truth[100, 20:180] = 1
    probability = np.where(np.roll(truth, 2, axis=0) > 0, 0.9, 0.0).astype(np.float32)
    band = find_band(truth, probability >= 0.5, band_px=4)
    within = rate_calibration(count_reliability(probability[band], truth[band]))
    everywhere = rate_calibration(count_reliability(probability.ravel(), truth.ravel()))
    assert within["ece"] > 10 * everywhere["ece"]


def test_bad_input_is_told():
    with pytest.raises(ParameterError, match="divide maps scaled"):
        count_reliability([0.5, 255.0], [0, 1])
    with pytest.raises(ParameterError, match="in \\[0, 1\\]"):
        count_reliability([0.5, np.nan], [0, 1])
    with pytest.raises(ShapeError, match="same shape"):
        count_reliability([0.5], [0, 1])
    with pytest.raises(ShapeError, match="on one axis"):
        count_reliability(np.zeros((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="`bins`"):
        count_reliability([0.5], [0], bins=0)
    with pytest.raises(ParameterError, match="`band_px`"):
        find_band(np.ones((2, 2)), np.ones((2, 2)), band_px=-1)
    with pytest.raises(ShapeError, match="two dimensions"):
        find_band(np.ones((2, 2, 1)), np.ones((2, 2, 1)))
    with pytest.raises(ShapeError, match="same shape"):
        find_band(np.ones((2, 2)), np.ones((2, 3)))


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
