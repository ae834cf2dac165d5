import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.measure.scale import Scale, require_scale, to_mm


def test_lengths_are_scaled_where_both_are_known():
    assert to_mm(12.0, 0.25) == 3.0
    assert to_mm(None, 0.25) is None
    assert to_mm(12.0, None) is None


@pytest.mark.parametrize("mm_per_px", [0.0, -1.0, float("inf"), float("nan")])
def test_a_scale_must_be_a_number_above_0(mm_per_px):
    require_scale(None)
    with pytest.raises(ParameterError, match="above 0"):
        require_scale(mm_per_px)


@pytest.mark.parametrize("error", [-0.1, 1.0, float("nan")])
def test_the_error_of_a_scale_is_a_share(error):
    assert Scale(0.4, 0.0).mm_per_px == 0.4
    with pytest.raises(ParameterError, match="relative error"):
        Scale(0.4, error)
