import numpy as np
import pytest
from tests.measure.drawn_cracks import row_crack

from crack_pipeline.errors import ParameterError
from crack_pipeline.measure.error_bars import ErrorBar, ErrorBars, fit_error_bars
from crack_pipeline.measure.matching import FoundCrack

FLAT = ErrorBar(
    bias=(0.5, 0.0, 0.0), measure_px=(0.0, 900.0), shift_px=(0.0, 1.0), factors=(2.0, 1.0, 3.0)
)
BARS = ErrorBars(mean_width=FLAT, p95_width=FLAT, length=FLAT, photos=20, cracks=30, note="")


def find_cracks(n_photos, per_photo=1, spread=0.3, seed=0):
    """Cracks whose true width is 0.4 px above the predicted one, give or take."""
    rng = np.random.default_rng(seed)
    found, groups = [], []
    for photo in range(n_photos):
        for _ in range(per_photo):
            width, shift = rng.uniform(2, 8), rng.uniform(0.2, 0.8)
            off = 0.4 + spread * rng.standard_normal() * (width / 15 + shift)
            crack = row_crack(9, (0, 60), width, shift_px=shift)
            found.append(
                FoundCrack(
                    crack=crack,
                    mean_width_px=width + off,
                    p95_width_px=width + off,
                    length_px=crack.network.length_px - 5,
                )
            )
            groups.append(f"photo {photo}")
    return found, groups


def test_an_interval_is_the_scale_times_the_factor_of_the_class_about_the_measure_less_its_bias():
    bounds = BARS.bound(row_crack(9, (0, 60), 3.0, shift_px=0.2), mm_per_px=None, scale_error=0.03)
    mean = bounds.mean_width_px
    reach = 1.0 * (3 / 15 + 0.2)
    assert (mean.value, mean.low, mean.high) == pytest.approx((3.5, 3.5 - reach, 3.5 + reach))
    narrow = BARS.bound(row_crack(9, (0, 60), 2.9, shift_px=0.2), mm_per_px=None, scale_error=0)
    assert narrow.mean_width_px.high == pytest.approx(3.4 + 2 * (2.9 / 15 + 0.2))
    assert bounds.length_px.value == pytest.approx(63.5)
    assert bounds.length_px.high == pytest.approx(63.5 + 63 + 20)
    assert bounds.mean_width_mm.value is None


def test_the_error_of_the_scale_is_added_in_quadrature():
    bounds = BARS.bound(row_crack(9, (0, 60), 3.0, shift_px=0.2), mm_per_px=0.5, scale_error=0.1)
    mean, reach = bounds.mean_width_mm, 0.5 * np.hypot(3 / 15 + 0.2, 0.35)
    assert (mean.value, mean.low, mean.high) == pytest.approx((1.75, 1.75 - reach, 1.75 + reach))


def test_an_uncertain_middle_widens_the_upper_end_alone():
    crack = row_crack(9, (0, 60), 5.0, shift_px=0.2, upper_px=9.0)
    mean = BARS.bound(crack, mm_per_px=None, scale_error=0.03).mean_width_px
    assert (mean.value, mean.high) == (5.5, 9.0)
    assert mean.low == pytest.approx(5.5 - (5 / 15 + 0.2))


def test_without_error_bars_the_measures_stand_alone():
    bounds = ErrorBars().bound(row_crack(9, (0, 60), 3.0), mm_per_px=2.0, scale_error=0.03)
    assert (bounds.mean_width_px.value, bounds.mean_width_px.low) == (3.0, None)
    assert (bounds.length_mm.value, bounds.length_mm.high) == (126.0, None)
    short = BARS.bound(row_crack(9, (0, 10), 3.0), mm_per_px=None, scale_error=0.03)
    assert (short.length_px.value, short.length_px.low) == (13.0, None)


def test_a_wrong_scale_is_refused():
    with pytest.raises(ParameterError, match="mm_per_px"):
        BARS.bound(row_crack(9, (0, 60)), mm_per_px=0.0, scale_error=0.03)


def test_the_bias_is_found_and_the_bars_hold_the_truth_of_new_photos():
    bars = fit_error_bars(*find_cracks(100))
    assert (bars.photos, bars.cracks, bars.note) == (100, 100, "")
    held, values = [], []
    for one in find_cracks(300, seed=1)[0]:
        bound = bars.bound(one.crack, mm_per_px=None, scale_error=0.03).mean_width_px
        held.append(bound.low <= one.mean_width_px <= bound.high)
        values.append(one.mean_width_px - bound.value)
    assert 0.91 < np.mean(held) < 0.99
    assert abs(np.mean(values)) < 0.08
    length = bars.bound(row_crack(9, (0, 60)), mm_per_px=None, scale_error=0.03).length_px
    assert length.value == pytest.approx(58, abs=0.1)


def test_bars_hold_to_the_count_of_conformal_prediction():
    """Of 39 photos and the one to come, 95 % are 38: the second largest residual."""
    found, groups = find_cracks(39)
    scores = []
    for one in found:
        width, shift = one.crack.mean_width_px, one.crack.width_shift_px
        scores.append(abs(one.mean_width_px - width) / (width / 15 + shift))
    bars = fit_error_bars(found, groups)
    assert len(set(bars.mean_width.factors)) == 1
    assert bars.mean_width.factors[0] < max(scores)


def test_a_photo_with_many_cracks_counts_once():
    found, groups = find_cracks(40, spread=0.1)
    wild, _ = find_cracks(40, spread=3.0, seed=2)
    bars = fit_error_bars([*found, *wild], [*groups, *["one photo"] * len(wild)])
    alone = fit_error_bars([*found, *wild], [str(n) for n in range(80)])
    assert bars.photos == 41
    assert max(bars.mean_width.factors) < 0.5 * max(alone.mean_width.factors)


def test_a_class_with_photos_enough_has_its_own_factor():
    found, groups = find_cracks(150)
    noisy = [
        FoundCrack(
            crack=one.crack,
            mean_width_px=one.mean_width_px + (4.0 if number % 3 else 0.0),
            p95_width_px=one.p95_width_px,
            length_px=one.length_px,
        )
        if one.crack.mean_width_px >= 6
        else one
        for number, one in enumerate(found)
    ]
    factors = fit_error_bars(noisy, groups).mean_width.factors
    assert factors[2] > 2 * factors[1]


def test_few_photos_take_the_largest_residual_or_more():
    found, groups = find_cracks(12)
    bars = fit_error_bars(found, groups)
    for one in found:
        bound = bars.bound(one.crack, mm_per_px=None, scale_error=0.03).mean_width_px
        assert bound.low < one.mean_width_px < bound.high


def test_too_few_photos_are_named():
    bars = fit_error_bars(*find_cracks(9))
    assert bars.mean_width is None
    assert "9 validation photos" in bars.note
    assert "10 are needed" in bars.note
    assert fit_error_bars([], []).photos == 0
