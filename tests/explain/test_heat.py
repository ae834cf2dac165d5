import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from crack_pipeline.explain.heat import make_baseline, normalize_heat


@given(arrays(np.float64, (4, 5), elements=st.floats(-1e6, 1e6)))
def test_heat_lies_between_0_and_1_and_keeps_the_order(values):
    heat = normalize_heat(values)
    assert heat.dtype == np.float32
    assert heat.min() >= 0
    assert heat.max() == (1 if values.max() > 0 else 0)
    assert heat.ravel()[values.argmax()] == heat.max()
    assert (heat[values <= 0] == 0).all()


def test_what_is_not_finite_has_no_heat():
    heat = normalize_heat(np.array([[np.nan, np.inf], [-np.inf, 2.0]]))
    np.testing.assert_array_equal(heat, [[0, 0], [0, 1]])


def test_the_blurred_photo_keeps_its_light_and_loses_its_crack():
    photo = np.full((64, 64, 3), 180, np.uint8)
    photo[31:33] = 20
    blurred = make_baseline(photo, "blurred")
    assert blurred.mean() == pytest.approx(photo.mean(), rel=0.02)
    assert np.ptp(blurred) < 0.25 * np.ptp(photo)


def test_even_baselines():
    photo = np.random.default_rng(0).integers(0, 256, (8, 9, 3), dtype=np.uint8)
    mean = make_baseline(photo, "mean")
    assert mean.shape == photo.shape
    np.testing.assert_allclose(mean[3, 4], photo.mean(axis=(0, 1)), rtol=1e-5)
    assert (make_baseline(photo, "black") == 0).all()
    assert (make_baseline(photo, "white") == 255).all()
