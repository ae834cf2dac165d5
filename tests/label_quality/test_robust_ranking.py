import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crack_pipeline.label_quality.scores import measure_excess, to_score


def test_excess_counts_from_one_robust_standard_deviation():
    # Median 3, absolute deviations 2 1 0 1 97: their median is 1, so one sigma is 1.4826.
    excess = measure_excess([1, 2, 3, 4, 100], 0.1)
    np.testing.assert_allclose(excess, [0, 0, 0, 0, 50])
    excess = measure_excess([1, 2, 3, 4, 3 + 4 * 1.4826], 0.1)
    assert excess[-1] == pytest.approx(3.0)
    assert to_score([excess[-1]])[0] == pytest.approx(0.5)


def test_values_all_alike_make_no_crumb_an_outlier():
    excess = measure_excess([5, 5, 5, 5, 5.1], 0.5)
    assert excess.tolist() == [0] * 5


def test_what_is_unknown_is_not_held_against_a_photo():
    assert measure_excess([np.nan, 0, 0, 9], 1.0).tolist() == [0, 0, 0, 8]
    assert measure_excess([np.nan, np.nan], 1.0).tolist() == [0, 0]


@given(arrays(float, st.integers(1, 30), elements=st.floats(-1e6, 1e6)))
def test_scores_lie_in_the_unit_interval_and_keep_the_order(values):
    score = to_score(measure_excess(values, 0.1))
    assert ((score >= 0) & (score < 1)).all()
    assert (np.diff(score[np.argsort(values)]) >= 0).all()
