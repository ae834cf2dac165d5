import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.ndimage import distance_transform_edt
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.metrics.bootstrap import sum_intervals
from crack_pipeline.metrics.calibration import (
    ReliabilityCounts,
    count_reliability,
    find_band,
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
