import numpy as np
import pytest
from benchmarks.fault_planting import dilate_mask

from crack_pipeline.label_quality.pair_features import (
    find_best_offset,
    flatten_light,
    measure_darkness,
    measure_signed_distance,
)


def test_distances_count_from_between_the_pixels():
    mask = np.zeros((5, 9), np.uint8)
    mask[:, 3:6] = 1
    expected = [2.5, 1.5, 0.5, -0.5, -1.5, -0.5, 0.5, 1.5, 2.5]
    np.testing.assert_allclose(measure_signed_distance(mask)[2], expected, atol=1e-3)


@pytest.mark.parametrize("radius_px", [0, 2, 4])
def test_a_mask_drawn_too_wide_has_its_best_outline_inside(draw_pair, radius_px):
    grey, mask = draw_pair(5, line_px=9)
    wide = dilate_mask(mask, radius_px=radius_px)
    offset_px, _contrast = find_best_offset(flatten_light(grey), measure_signed_distance(wide))
    assert offset_px == pytest.approx(-radius_px, abs=1)


def test_a_mask_drawn_too_narrow_has_it_outside(draw_pair):
    grey, mask = draw_pair(6, line_px=11)
    narrow = (measure_signed_distance(mask) < -3).astype(np.uint8)
    offset_px, _contrast = find_best_offset(flatten_light(grey), measure_signed_distance(narrow))
    assert offset_px == pytest.approx(3, abs=1)


def test_darkness_is_the_area_under_the_roc_curve(draw_pair):
    from sklearn.metrics import roc_auc_score

    grey, mask = draw_pair(7, depth=4)
    flat, distance = flatten_light(grey), measure_signed_distance(mask)
    ring = (distance > 2) & (distance <= 12)
    values = -np.concatenate([flat[mask > 0], flat[ring]])
    truth = np.repeat([1, 0], [(mask > 0).sum(), ring.sum()])
    area = measure_darkness(flat, distance)
    assert area == pytest.approx(roc_auc_score(truth, values), abs=0.01)
    assert 0.6 < area < 0.99


def test_a_mask_without_surroundings_has_no_darkness():
    distance = np.full((4, 4), -0.5, np.float32)
    assert np.isnan(measure_darkness(np.zeros((4, 4), np.float32), distance))


def test_a_mask_of_one_pixel_passes():
    mask = np.zeros((20, 20), np.uint8)
    mask[10, 10] = 1
    _offset_px, contrast = find_best_offset(
        np.zeros((20, 20), np.float32), measure_signed_distance(mask)
    )
    assert np.isfinite(contrast)
