import cv2
import numpy as np
import pytest

from crack_pipeline.images.resizing import equalize


@pytest.fixture
def dull(draw_surface):
    return (draw_surface(3) // 4 + 90).astype(np.uint8)


def lightness(image):
    return cv2.cvtColor(image, cv2.COLOR_RGB2LAB)[..., 0]


def test_none_returns_the_image(dull):
    assert equalize(dull, "none") is dull


@pytest.mark.parametrize("method", ["global", "clahe"])
def test_contrast_grows_and_the_input_stays(dull, method):
    before = dull.copy()
    spread = equalize(dull, method)
    assert spread.shape == dull.shape
    assert spread.dtype == np.uint8
    assert lightness(spread).std() > 1.5 * lightness(dull).std()
    np.testing.assert_array_equal(dull, before)


def test_global_uses_the_whole_range(dull):
    levels = lightness(equalize(dull, "global"))
    assert levels.min() <= 2
    assert levels.max() >= 253


def test_grey_stays_grey():
    ramp = np.tile(np.linspace(90, 150, 64, dtype=np.uint8)[:, None], (1, 64))
    spread = equalize(np.dstack([ramp] * 3), "global")
    assert np.ptp(spread.astype(int), axis=2).max() <= 2
