import numpy as np
import pytest

from crack_pipeline.masks.fitting import measure_contrast


def half_and_half(dark: int, light: int) -> tuple[np.ndarray, np.ndarray]:
    """40×40: the left half is masked; each side alternates by ±2 around its mean."""
    lightness = np.full((40, 40), light, np.int16)
    lightness[:, :20] = dark
    lightness += np.where(np.indices((40, 40)).sum(axis=0) % 2, 2, -2)
    mask = np.zeros((40, 40), np.uint8)
    mask[:, :20] = 1
    return lightness.astype(np.uint8), mask


def test_contrast_is_a_difference_in_standard_deviations():
    # Both sides spread by 2 grey levels around means 10 apart.
    assert measure_contrast(*half_and_half(100, 110)) == pytest.approx(5.0)


def test_swapping_the_sides_turns_the_sign():
    lightness, mask = half_and_half(100, 110)
    assert measure_contrast(lightness, 1 - mask) == pytest.approx(-5.0)


def test_only_pixels_near_the_border_count():
    lightness, mask = half_and_half(100, 110)
    lightness[:, :14] = 250
    lightness[:, 26:] = 0
    assert measure_contrast(lightness, mask) == pytest.approx(5.0)


def test_even_photos_do_not_divide_by_zero():
    lightness = np.full((40, 40), 90, np.uint8)
    _, mask = half_and_half(0, 0)
    assert measure_contrast(lightness, mask) == 0.0


@pytest.mark.parametrize("n_masked", [0, 29, 1600 - 29, 1600])
def test_too_few_pixels_tell_nothing(n_masked):
    mask = np.zeros((40, 40), np.uint8)
    mask.flat[:n_masked] = 1
    lightness = (200 - 100 * mask).astype(np.uint8)
    assert measure_contrast(lightness, mask) == 0.0
