import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from crack_pipeline.errors import ShapeError
from crack_pipeline.explain.scores import (
    compare_structure,
    correlate_ranks,
    draw_border,
    energy_inside,
    hits_mask,
    measure_deletion,
    overlap_hottest,
)


def row_mask(row: int = 3, *, side: int = 12) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[row] = 1
    return mask


def test_energy_is_the_share_of_heat_inside():
    heat = np.zeros((12, 12), np.float32)
    heat[3, 0], heat[5, 5] = 1.0, 0.5
    assert energy_inside(heat, row_mask()) == pytest.approx(2 / 3)


@given(st.integers(1, 11))
def test_an_even_map_has_as_much_energy_inside_as_the_mask_has_area(rows):
    mask = np.zeros((12, 12), np.uint8)
    mask[:rows] = 1
    assert energy_inside(np.ones((12, 12), np.float32), mask) == pytest.approx(mask.mean())


def test_no_heat_is_a_miss_and_has_no_energy_to_share():
    cold, mask = np.zeros((12, 12), np.float32), row_mask()
    assert math.isnan(energy_inside(cold, mask))
    assert hits_mask(cold, mask, tolerance_px=1) == 0.0
    assert overlap_hottest(cold, mask) == 0.0
    assert math.isnan(correlate_ranks(cold, mask.astype(np.float32)))


def test_an_empty_mask_has_no_hit_and_no_overlap():
    heat, empty = np.ones((12, 12), np.float32), np.zeros((12, 12), np.uint8)
    assert math.isnan(hits_mask(heat, empty, tolerance_px=1))
    assert math.isnan(overlap_hottest(heat, empty))


@pytest.mark.parametrize(("row", "hit"), [(3, 1.0), (5, 1.0), (6, 0.0)])
def test_the_hottest_pixel_may_lie_two_beside_the_mask(row, hit):
    heat = np.full((12, 12), 0.1, np.float32)
    heat[row, 4] = 1
    assert hits_mask(heat, row_mask(), tolerance_px=2) == hit


def test_of_equally_hot_pixels_the_share_that_hits_counts():
    heat = np.zeros((12, 12), np.float32)
    heat[3, 4] = heat[9, 4] = 1
    assert hits_mask(heat, row_mask(), tolerance_px=0) == 0.5


def test_overlap_takes_as_many_pixels_as_the_mask_has():
    rng = np.random.default_rng(0)
    mask = row_mask()
    heat = (0.4 * rng.random((12, 12))).astype(np.float32)
    heat[3, :6] = 0.9
    heat[8, :6] = 0.8
    # six hottest in the mask, six beside it: 6 of 12 + 6
    assert overlap_hottest(heat, mask) == pytest.approx(6 / 18)
    assert overlap_hottest(mask.astype(np.float32), mask) == 1.0


def test_an_even_map_overlaps_as_a_mask_of_the_whole_photo():
    assert overlap_hottest(np.ones((12, 12), np.float32), row_mask()) == pytest.approx(1 / 12)


def test_deletion_is_lowest_for_the_pixels_that_the_network_needs():
    photo = np.full((32, 32, 3), 200, np.uint8)
    photo[10:12] = 0
    mask = np.zeros((32, 32), np.uint8)
    mask[10:12] = 1

    def confidence(photos: np.ndarray) -> np.ndarray:
        return (photos < 100).all(axis=-1)[:, mask > 0].mean(axis=1).astype(np.float32)

    right = measure_deletion(confidence, photo, mask.astype(np.float32), steps=16)
    wrong = measure_deletion(confidence, photo, 1 - mask.astype(np.float32), steps=16)
    assert right < 0.1 < 0.8 < wrong <= 1


def test_deletion_of_a_network_that_does_not_care_is_its_confidence():
    photo = np.zeros((8, 8, 3), np.uint8)
    heat = np.random.default_rng(0).random((8, 8)).astype(np.float32)
    area = measure_deletion(
        lambda photos: np.full(len(photos), 0.7, np.float32), photo, heat, steps=5
    )
    assert area == pytest.approx(0.7, rel=1e-5)


def test_ranks_agree_with_scipy():
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 5, (12, 12)).astype(np.float32) for _ in range(2))
    second += first
    expected = spearmanr(first.ravel(), second.ravel()).statistic
    assert correlate_ranks(first, second) == pytest.approx(expected)
    assert correlate_ranks(first, first) == pytest.approx(1.0)
    assert correlate_ranks(first, -first) == pytest.approx(-1.0)


def test_equal_maps_have_equal_structure():
    rng = np.random.default_rng(0)
    first, second = (rng.random((16, 16)).astype(np.float32) for _ in range(2))
    assert compare_structure(first, first) == pytest.approx(1.0)
    assert compare_structure(first, second) < 0.3


def test_the_border_is_as_wide_as_its_share_of_the_side():
    border = draw_border((20, 40), 0.1)
    assert border[:2].all()
    assert border[:, -2:].all()
    assert not border[2:-2, 2:-2].any()
    assert draw_border((20, 20), 0.01).sum() == 20 * 4 - 4


def test_refuses_a_map_of_another_size():
    heat, mask = np.ones((12, 12), np.float32), np.ones((11, 12), np.uint8)
    with pytest.raises(ShapeError, match="same size"):
        energy_inside(heat, mask)
    with pytest.raises(ShapeError, match="same size"):
        overlap_hottest(heat, mask)
    with pytest.raises(ShapeError, match="same size"):
        measure_deletion(lambda photos: photos, np.zeros((11, 12, 3), np.uint8), heat, steps=2)
