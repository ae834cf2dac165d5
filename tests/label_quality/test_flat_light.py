import numpy as np
import pytest

from crack_pipeline.label_quality.pair_features import flatten_light, measure_unmasked_line


def test_shading_goes_and_the_line_stays(draw_pair):
    grey, mask = draw_pair(1)
    shade = np.linspace(-60, 60, grey.shape[1])[None]
    shaded = np.clip(grey + shade, 0, 255).astype(np.uint8)
    flat = flatten_light(shaded)
    away = flat[:60]
    assert abs(away[:, :80].mean() - away[:, -80:].mean()) < 0.5
    assert flat[mask > 0].mean() < -3


def test_a_photo_without_texture_is_no_division_by_nothing():
    flat = flatten_light(np.full((50, 60), 90, np.uint8))
    assert flat.shape == (50, 60)
    assert np.abs(flat).max() < 0.5


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3)])
def test_the_smallest_photos_pass(shape):
    assert np.isfinite(flatten_light(np.zeros(shape, np.uint8))).all()


def test_a_line_that_the_mask_leaves_out_is_measured(draw_pair):
    grey, mask = draw_pair(2)
    flat = flatten_light(grey)
    half = mask.copy()
    half[:, 160:] = 0
    assert measure_unmasked_line(flat, mask) < 0.1
    assert measure_unmasked_line(flat, half) == pytest.approx(0.4, abs=0.1)
    assert measure_unmasked_line(flat, np.zeros_like(mask)) > 0.75
