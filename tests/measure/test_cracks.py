"""Cracks of drawn maps, whose measures are known."""

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure import doubts
from crack_pipeline.measure.cracks import measure_cracks

SHAPE = (120, 200)


def _draw(*lines, width=3, shape=SHAPE):
    """Map with lines along rows or columns, each (row, column, row, column), ends included."""
    probability = np.zeros(shape, np.float32)
    half = width // 2
    for top, left, bottom, right in lines:
        if top == bottom:
            probability[top - half : top + half + 1, left : right + 1] = 1
        else:
            probability[top : bottom + 1, left - half : left + half + 1] = 1
    return probability


def test_straight_crack():
    (crack,) = measure_cracks(_draw((60, 20, 60, 119)), 0.5)

    assert crack.network.length_px == pytest.approx(100, abs=1)
    assert crack.mean_width_px == pytest.approx(3, abs=0.05)
    assert crack.median_width_px == pytest.approx(3, abs=0.05)
    assert crack.p95_width_px == pytest.approx(3, abs=0.1)
    assert (crack.area_px, crack.mean_probability, crack.contrast) == (300, 1, None)
    assert crack.orientation_deg % 180 == pytest.approx(0, abs=1)
    assert crack.doubts == ()


@pytest.mark.parametrize(
    ("end", "angle_deg"), [((20, 100), 45), ((100, 100), 135), ((60, 100), 0), ((20, 60), 90)]
)
def test_orientation_is_counter_clockwise(end, angle_deg):
    picture = np.zeros(SHAPE, np.uint8)
    middle = np.array([60, 60])
    row, column = end
    start = tuple(int(x) for x in (2 * middle - end)[::-1])
    cv2.line(picture, start, (column, row), 1, 3)

    (crack,) = measure_cracks(picture.astype(np.float32), 0.5)

    difference = (crack.orientation_deg - angle_deg + 90) % 180 - 90
    assert difference == pytest.approx(0, abs=1)


def test_width_that_changes_has_its_percentile_and_largest_place():
    probability = np.zeros(SHAPE, np.float32)
    probability[59:62, 20:180] = 1
    probability[57:64, 130:140] = 1

    (crack,) = measure_cracks(probability, 0.5)

    points = crack.stations.points_px
    assert 130 <= points[crack.largest_station][1] < 140
    assert crack.median_width_px < crack.p95_width_px
    assert crack.stations.width_px[crack.p95_station] == pytest.approx(crack.p95_width_px, abs=0.5)


def test_width_moves_with_the_threshold_as_the_edge_is_blurred():
    sharp = _draw((60, 20, 60, 179), width=9)
    blurred = cv2.GaussianBlur(sharp, (0, 0), 2)

    (first,), (second,) = measure_cracks(sharp, 0.5), measure_cracks(blurred, 0.5)

    assert first.width_shift_px == 0
    # The edge is a normal distribution: between .3 and .7 lie 2 × .524 σ on either side.
    assert second.width_shift_px == pytest.approx(2 * 2 * 0.524 * 2, abs=0.6)


def test_neighbour_does_not_move_the_width():
    alone = _draw((60, 20, 60, 179))
    beside = alone + _draw((66, 20, 66, 179))

    first, second = measure_cracks(beside, 0.5)

    assert first.width_shift_px == second.width_shift_px == 0


def test_sixteen_bits_say_the_same():
    probability = cv2.GaussianBlur(_draw((60, 20, 60, 179), (20, 30, 40, 30)), (0, 0), 1.5)
    levels = np.rint(probability * 65535).astype(np.uint16)

    pairs = zip(measure_cracks(probability, 0.4), measure_cracks(levels, 0.4), strict=True)

    for plain, packed in pairs:
        assert packed.mean_width_px == pytest.approx(plain.mean_width_px, abs=1e-3)
        assert packed.mean_probability == pytest.approx(plain.mean_probability, abs=1e-4)
        assert (packed.area_px, packed.doubts) == (plain.area_px, plain.doubts)


def test_contrast_and_doubts_come_from_the_photo():
    probability = _draw((60, 20, 60, 99))
    photo = np.full((*SHAPE, 3), 200, np.uint8)
    photo[probability > 0] = 100
    (dark,) = measure_cracks(probability, 0.5, photo)
    (light,) = measure_cracks(probability, 0.5, 255 - photo)

    assert (dark.contrast, dark.doubts) == (0.5, ())
    assert light.contrast == pytest.approx(155 / 55)
    assert light.doubts == (doubts.NOT_DARKER,)


def test_order_and_measures_are_the_same_each_time():
    probability = _draw((20, 20, 20, 119), (60, 20, 60, 119), (70, 180, 110, 180))
    first, second = (measure_cracks(probability, 0.5) for _ in range(2))

    assert [crack.network.top for crack in first] == [19, 59, 70]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.stations.width_px, other.stations.width_px)


def test_empty_map_has_no_cracks():
    assert measure_cracks(np.zeros(SHAPE, np.float32), 0.5) == []


def test_single_pixel_is_a_crack_without_width():
    probability = np.zeros(SHAPE, np.float32)
    probability[50, 60] = 1
    (crack,) = measure_cracks(probability, 0.5, np.zeros((*SHAPE, 3), np.uint8))

    assert (crack.area_px, crack.mean_width_px, crack.p95_station) == (1, None, None)
    assert crack.largest_station is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 30)])
def test_all_crack(shape):
    (crack,) = measure_cracks(np.ones(shape, np.float32), 0.5, np.zeros((*shape, 3), np.uint8))

    assert crack.area_px == np.prod(shape)
    assert crack.contrast is None
    assert doubts.AT_BORDER in crack.doubts


def test_ring_and_star():
    ring = np.zeros(SHAPE, np.uint8)
    cv2.circle(ring, (100, 60), 40, 1, 3)
    star = np.zeros(SHAPE, np.uint8)
    for angle in np.deg2rad(np.arange(0, 360, 72)):
        tip = (round(100 + 50 * np.cos(angle)), round(60 + 50 * np.sin(angle)))
        cv2.line(star, (100, 60), tip, 1, 3)

    (ring_crack,) = measure_cracks(ring.astype(np.float32), 0.5)
    (star_crack,) = measure_cracks(star.astype(np.float32), 0.5)

    assert ring_crack.network.length_px == pytest.approx(2 * np.pi * 40, rel=0.02)
    assert star_crack.network.length_px == pytest.approx(5 * 51, rel=0.05)
    assert star_crack.network.kinds.count("end") == 5


def test_crack_cut_by_the_border():
    (crack,) = measure_cracks(_draw((60, 0, 60, 99)), 0.5)

    assert crack.doubts == (doubts.AT_BORDER,)
    assert "border" in crack.network.kinds
    assert crack.network.length_px == pytest.approx(100, abs=1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.1])
def test_probabilities_out_of_range_are_refused(value):
    probability = _draw((60, 20, 60, 119))
    probability[3, 4] = value

    with pytest.raises(ParameterError, match="Probabilities must be float32 from 0 to 1"):
        measure_cracks(probability, 0.5)


@pytest.mark.parametrize("threshold", [np.nan, -0.1, 1.1])
def test_threshold_out_of_range_is_refused(threshold):
    with pytest.raises(ParameterError, match="`threshold`"):
        measure_cracks(_draw(), threshold)


def test_photo_of_another_size_is_refused():
    with pytest.raises(ShapeError, match="`photo` must have the height and width"):
        measure_cracks(_draw(), 0.5, np.zeros((10, 10, 3), np.uint8))


def test_map_of_three_dimensions_is_refused():
    with pytest.raises(ShapeError, match="two dimensions"):
        measure_cracks(np.zeros((4, 4, 1), np.float32), 0.5)
