import numpy as np
import pytest
from pydantic import ValidationError

from crack_pipeline.baselines.detectors import (
    BlackHat,
    detect_dark_lines,
    list_choices,
    measure_darkness,
)
from crack_pipeline.baselines.settings import BlackHatSettings, PercentileSettings


def draw_line(level: int, background: int, width_px: int = 3) -> np.ndarray:
    photo = np.full((60, 80, 3), background, np.uint8)
    photo[30 : 30 + width_px] = level
    return photo


def test_a_dark_line_scores_the_share_of_light_that_it_lacks():
    score = detect_dark_lines(draw_line(50, 200), BlackHat(11, 0.0))
    assert score.dtype == np.float32
    np.testing.assert_allclose(score[30:33], 0.75, atol=1e-6)
    assert not score[:30].any()
    assert not score[33:].any()


def test_the_score_does_not_depend_on_exposure():
    dark = detect_dark_lines(draw_line(25, 100), BlackHat(11, 0.0))
    bright = detect_dark_lines(draw_line(50, 200), BlackHat(11, 0.0))
    np.testing.assert_allclose(dark, bright, atol=1e-6)


def test_bright_lines_and_what_is_wider_than_the_kernel_score_nothing():
    assert not detect_dark_lines(draw_line(250, 100), BlackHat(11, 0.0)).any()
    assert not detect_dark_lines(draw_line(50, 200, width_px=15), BlackHat(11, 0.0)).any()


def test_a_black_photo_scores_nothing():
    assert not detect_dark_lines(np.zeros((10, 10, 3), np.uint8), BlackHat(11, 1.0)).any()


def test_all_combinations_are_tried():
    settings = BlackHatSettings(kernel_px=(5, 9), smoothing_px=(0.0, 1.0))
    assert list_choices(settings) == [
        BlackHat(5, 0.0),
        BlackHat(5, 1.0),
        BlackHat(9, 0.0),
        BlackHat(9, 1.0),
    ]


@pytest.mark.parametrize(
    "wrong", [{"kernel_px": [2]}, {"kernel_px": []}, {"smoothing_px": [-1]}, {"kernel": [5]}]
)
def test_refuses_settings_out_of_range(wrong):
    with pytest.raises(ValidationError):
        BlackHatSettings(**wrong)


def test_refuses_percentiles_out_of_range():
    with pytest.raises(ValidationError):
        PercentileSettings(percentiles=[101])


def test_black_is_one_and_white_is_zero():
    image = np.uint8([[[0, 0, 0], [255, 255, 255], [51, 51, 51]]])
    darkness = measure_darkness(image)
    assert darkness.dtype == np.float32
    assert darkness[0].tolist() == pytest.approx([1.0, 0.0, 0.8])
