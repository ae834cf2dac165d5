"""Length of false cracks by area, worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt
from skimage.morphology import skeletonize

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.centreline import measure_length
from crack_pipeline.metrics.false_alarms import (
    FalseAlarms,
    measure_false_alarms,
    rate_false_alarms,
)

EMPTY = np.zeros((50, 100), np.uint8)


def _line(row: int, length_px: int = 40) -> np.ndarray:
    mask = EMPTY.copy()
    mask[row, 10 : 10 + length_px] = 1
    return mask


def test_a_line_apart_from_the_crack_is_false_over_its_whole_length():
    photo = measure_false_alarms(_line(10) | _line(30), _line(10), tolerance_px=2)
    assert photo.false_length_px == 40.0
    assert photo.area_px == 5000
    assert photo.px_per_megapixel() == 8000.0


def test_a_line_within_the_tolerance_is_no_false_alarm():
    assert measure_false_alarms(_line(12), _line(10), tolerance_px=2).false_length_px == 0.0
    assert measure_false_alarms(_line(13), _line(10), tolerance_px=2).false_length_px == 40.0


def test_only_what_lies_beyond_the_end_of_the_crack_and_its_tolerance_is_false():
    photo = measure_false_alarms(_line(10, 40), _line(10, 20), tolerance_px=2)
    assert photo.false_length_px == 18.0


def test_rates_over_all_photos_and_over_crack_free_ones():
    photos = FalseAlarms.stack(
        [
            measure_false_alarms(_line(10), _line(10), tolerance_px=2),
            measure_false_alarms(_line(30), EMPTY, tolerance_px=2),
            measure_false_alarms(EMPTY, EMPTY, tolerance_px=2),
        ]
    )
    rate = rate_false_alarms(photos, mm_per_px=0.5)
    assert (rate["photos"], rate["photos_with_false_alarms"]) == (3, 1)
    assert rate["px_per_megapixel"] == pytest.approx(40 / 0.015)
    # 20 mm of crack on 3 · 50 · 100 · 0.25 mm² of surface
    assert rate["m_per_m2"] == pytest.approx(0.020 / 0.00375)
    crack_free = rate_false_alarms(photos.at(photos.crack_free > 0))
    assert (crack_free["photos"], crack_free["m_per_m2"]) == (2, None)
    assert crack_free["px_per_megapixel"] == pytest.approx(4000.0)


def test_a_blob_has_little_length_and_much_area():
    line, blob = np.zeros((2, 200, 200), np.uint8)
    line[100, 50:150] = 1
    blob[40:160, 40:160] = 1
    alarms = [
        measure_false_alarms(mask, np.zeros_like(mask), tolerance_px=2) for mask in (line, blob)
    ]
    assert alarms[0].false_length_px > alarms[1].false_length_px
    assert [float(one.area_share()) for one in alarms] == [100 / 40000, 14400 / 40000]
    rate = rate_false_alarms(FalseAlarms.stack(alarms))
    assert rate["area_share"] == pytest.approx((100 + 14400) / 80000)


def test_area_within_the_tolerance_is_no_false_alarm():
    wide = EMPTY.copy()
    wide[8:14, 10:50] = 1
    alarms = measure_false_alarms(wide, _line(10), tolerance_px=2)
    # rows 8 to 12 lie within 2 px of row 10
    assert alarms.false_area_px == 40
    assert alarms.false_length_px == 0.0


def test_without_crack_free_photos_there_is_no_rate():
    photos = FalseAlarms.stack([measure_false_alarms(_line(30), _line(10), tolerance_px=2)])
    rate = rate_false_alarms(photos.at(photos.crack_free > 0), mm_per_px=1.0)
    assert (rate["photos"], rate["px_per_megapixel"], rate["m_per_m2"]) == (0, None, None)


def test_empty_full_and_one_pixel_masks():
    full, one = np.ones_like(EMPTY), EMPTY.copy()
    one[20, 20] = 1
    assert measure_false_alarms(EMPTY, full, tolerance_px=0).false_length_px == 0.0
    assert measure_false_alarms(full, full, tolerance_px=0).false_length_px == 0.0
    assert measure_false_alarms(full, EMPTY, tolerance_px=0).false_length_px > 40
    assert measure_false_alarms(one, EMPTY, tolerance_px=2).false_length_px == 1.0


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_agrees_with_a_slow_version_by_distance(seed, tolerance_px):
    rng = np.random.default_rng(seed)
    predicted, truth = (rng.random((2, 24, 24)) < [[[0.3]], [[0.02]]]).astype(np.uint8)
    line = skeletonize(predicted > 0)
    if truth.any():
        line &= distance_transform_edt(truth == 0) > tolerance_px
    photo = measure_false_alarms(predicted, truth, tolerance_px=tolerance_px)
    assert photo.false_length_px == measure_length(line)
    assert photo.crack_free == (not truth.any())


@pytest.mark.parametrize("mm_per_px", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scale_that_is_none_is_refused(mm_per_px):
    photos = FalseAlarms.stack([measure_false_alarms(EMPTY, EMPTY, tolerance_px=2)])
    with pytest.raises(ParameterError, match="mm_per_px"):
        rate_false_alarms(photos, mm_per_px=mm_per_px)


def test_masks_of_different_size_are_refused():
    with pytest.raises(ShapeError, match="same size"):
        measure_false_alarms(EMPTY, EMPTY[:, 1:], tolerance_px=2)
