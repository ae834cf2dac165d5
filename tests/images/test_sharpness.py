"""Sharpness: independent of contrast and size, lowered by blur."""

import cv2
import numpy as np
import pytest

from crack_pipeline.images.sharpness import measure_sharpness


def _draw_edges(side: int = 256) -> np.ndarray:
    photo = np.full((side, side, 3), 200, np.uint8)
    for place in range(10, side, 40):
        cv2.line(photo, (place, 0), (side - place, side), (60, 60, 60), 2)
    return photo


@pytest.mark.parametrize("sigma", [1.0, 2.0, 4.0])
def test_blur_lowers_it(sigma):
    photo = _draw_edges()

    assert measure_sharpness(cv2.GaussianBlur(photo, (0, 0), sigma)) < 0.9 * measure_sharpness(
        photo
    )


def test_contrast_does_not_matter():
    photo = _draw_edges()
    weak = (100 + photo // 4).astype(np.uint8)

    assert measure_sharpness(weak) == pytest.approx(measure_sharpness(photo), rel=0.02)


def test_windows_of_a_large_photo_say_what_the_whole_says():
    photo = np.random.default_rng(0).integers(0, 255, (512, 512, 3), dtype=np.uint8)

    large = np.tile(photo, (4, 5, 1))

    assert measure_sharpness(large) == pytest.approx(measure_sharpness(photo), rel=0.02)


@pytest.mark.parametrize("shape", [(1, 1, 3), (50, 40, 3), (3, 4000, 3)])
def test_one_colour_has_none(shape):
    assert measure_sharpness(np.full(shape, 7, np.uint8)) == 0
