"""Bias and limits of agreement of widths, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics.width_agreement import (
    WidthSums,
    measure_width_agreement,
    summarize_widths,
)

EMPTY = np.zeros((60, 200), np.uint8)


def _bar(row: int, height_px: int, *, length_px: int = 160) -> np.ndarray:
    mask = EMPTY.copy()
    mask[row - height_px // 2 : row - height_px // 2 + height_px, 20 : 20 + length_px] = 1
    return mask


def _sums(differences: list[float], *, true_px: float = 3.0, missed: int = 0) -> WidthSums:
    values = np.array(differences)
    return WidthSums(
        points=np.array(values.size),
        points_missed=np.array(missed),
        true_px=np.array(true_px * values.size),
        difference_px=np.array(values.sum()),
        squared_px=np.array(np.square(values).sum()),
    )


def test_equal_masks_agree():
    agreement = summarize_widths(measure_width_agreement(_bar(30, 5), _bar(30, 5), tolerance_px=2))
    assert (agreement["bias_px"], agreement["low_px"], agreement["high_px"]) == (0.0, 0.0, 0.0)
    assert agreement["points_missed"] == 0
    assert agreement["mean_true_px"] == pytest.approx(5.5, abs=0.2)


def test_a_line_drawn_4_px_too_wide_has_a_bias_of_4_px():
    # a thin truth has no ends where widths fall off
    agreement = summarize_widths(
        measure_width_agreement(_bar(30, 5), _bar(30, 1), tolerance_px=2), mm_per_px=0.2
    )
    assert agreement["mean_true_px"] == 1.5
    assert agreement["bias_px"] == pytest.approx(4.0, abs=0.1)
    assert agreement["bias_mm"] == pytest.approx(0.2 * agreement["bias_px"])
    narrower = measure_width_agreement(_bar(30, 1), _bar(30, 5), tolerance_px=2)
    assert summarize_widths(narrower)["bias_px"] == pytest.approx(-4.0, abs=0.2)


def test_points_that_were_not_found_are_left_out():
    sums = measure_width_agreement(_bar(30, 1, length_px=80), _bar(30, 1), tolerance_px=2)
    assert (sums.points, sums.points_missed) == (82, 78)
    assert sums.difference_px == 0.0


def test_limits_are_196_standard_deviations_from_the_bias():
    agreement = summarize_widths(_sums([1.0, 2.0, 3.0, 6.0]), mm_per_px=2.0)
    reach = 1.96 * np.std([1.0, 2.0, 3.0, 6.0], ddof=1)
    assert agreement["bias_px"] == 3.0
    assert agreement["low_px"] == pytest.approx(3.0 - reach)
    assert agreement["high_px"] == pytest.approx(3.0 + reach)
    assert agreement["high_mm"] == pytest.approx(6.0 + 2 * reach)


def test_sums_of_photos_pool_to_all_their_points():
    photos = WidthSums.stack([_sums([1.0, 2.0], missed=3), _sums([]), _sums([3.0, 6.0], missed=1)])
    pooled = summarize_widths(photos.pooled())
    assert pooled == summarize_widths(_sums([1.0, 2.0, 3.0, 6.0], missed=4))


@pytest.mark.parametrize(("predicted", "truth"), [(EMPTY, EMPTY), (EMPTY, _bar(30, 3))])
def test_without_points_there_is_no_bias(predicted, truth):
    agreement = summarize_widths(
        measure_width_agreement(predicted, truth, tolerance_px=2), mm_per_px=1.0
    )
    assert agreement["points"] == 0
    assert agreement["bias_px"] is agreement["low_px"] is agreement["bias_mm"] is None
    assert agreement["points_missed"] == MaskGeometry(truth).line.sum()


def test_one_point_has_a_bias_and_no_limits():
    agreement = summarize_widths(_sums([2.0]))
    assert (agreement["bias_px"], agreement["low_px"], agreement["high_px"]) == (2.0, None, None)


def test_full_masks():
    full = np.ones_like(EMPTY)
    assert measure_width_agreement(full, full, tolerance_px=2).difference_px == 0.0


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_agrees_with_a_slow_loop(seed, tolerance_px):
    rng = np.random.default_rng(seed)
    predicted, truth = (rng.random((2, 16, 18)) < [[[0.5]], [[0.3]]]).astype(np.uint8)
    p, t = MaskGeometry(predicted), MaskGeometry(truth)
    n_found, lowest, highest = 0, 0.0, 0.0
    for point, width_px in zip(t.line_points, t.line_width_px, strict=True):
        if np.hypot(*(np.argwhere(predicted) - point).T).min(initial=np.inf) <= tolerance_px:
            away = np.hypot(*(p.line_points - point).T)
            nearest = p.line_width_px[away == away.min()] - width_px
            n_found, lowest = n_found + 1, lowest + nearest.min()
            highest += nearest.max()
    sums = measure_width_agreement(p, t, tolerance_px=tolerance_px)
    assert sums.points == n_found
    # of equally near points any may be taken
    assert lowest - 1e-6 <= sums.difference_px <= highest + 1e-6


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match="same size"):
        measure_width_agreement(EMPTY, EMPTY[1:], tolerance_px=2)
    with pytest.raises(ParameterError, match="mm_per_px"):
        summarize_widths(_sums([1.0]), mm_per_px=0.0)
