"""Widths along lines, against bars and bands whose width is known."""

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure import widths
from crack_pipeline.measure.network import CrackLine, CrackNetwork, trace_cracks
from crack_pipeline.measure.widths import measure_widths


def _line(start, stop, half_width=2.0, nodes=(0, 1)):
    length = np.hypot(*np.subtract(stop, start))
    points = np.linspace(start, stop, int(length) + 1)
    return CrackLine(points, np.full(len(points), half_width), 2.0, *nodes)


def _crack(shape, *lines, mask=None):
    mask = np.ones(shape, np.uint8) if mask is None else mask
    nodes = np.array([place for line in lines for place in (line.points_px[0], line.points_px[-1])])
    kinds = ("end",) * len(nodes)
    return CrackNetwork(0, 0, mask, nodes.reshape(-1, 2), kinds, lines, 0.0)


def _bar(values, shape=(41, 80), top=20):
    """A bar along the rows; one probability per row from ``top`` on."""
    probability = np.zeros(shape, np.float32)
    probability[top : top + len(values)] = np.array(values)[:, None]
    return probability


def _band(width, degrees, shape=(160, 160)):
    """Coverage of a straight band through the centre."""
    angle = np.deg2rad(degrees)
    fine = (np.mgrid[: shape[0] * 8, : shape[1] * 8] + 0.5) / 8 - 0.5
    centre = (np.array(shape)[:, None, None] - 1) / 2
    away = np.tensordot([np.cos(angle), -np.sin(angle)], fine - centre, 1)
    blocks = (np.abs(away) <= width / 2).reshape(shape[0], 8, shape[1], 8)
    return blocks.mean((1, 3), dtype=np.float32)


def _band_line(degrees, half_width, shape=(160, 160)):
    angle = np.deg2rad(degrees)
    along = 60 * np.array([np.sin(angle), np.cos(angle)])
    centre = (np.array(shape) - 1) / 2
    return _line(centre - along, centre + along, half_width)


def _widths(probability, line, mask=None):
    (stations,) = measure_widths(probability, [_crack(probability.shape, line, mask=mask)])
    return stations.width_px[np.isfinite(stations.width_px)]


@pytest.mark.parametrize("middle", [20.0, 21.3, 22.0])
def test_half_covered_pixels_count_half_wherever_the_line_runs(middle):
    probability = _bar([0.3, 1, 1, 0.5])
    np.testing.assert_allclose(_widths(probability, _line((middle, 5), (middle, 75))), 2.8)


@pytest.mark.parametrize("degrees", [3, 31, 44, 77])
@pytest.mark.parametrize("width", [1.5, 6.2])
def test_widths_do_not_depend_on_the_angle(width, degrees):
    found = _widths(_band(width, degrees), _band_line(degrees, width / 2))
    assert found.mean() == pytest.approx(width, abs=0.02)


def test_mean_width_of_a_slanting_mask_is_that_of_what_it_shows():
    mask = (_band(4.4, 20) >= 0.5).astype(np.float32)
    assert _widths(mask, _band_line(20, 2.2)).mean() == pytest.approx(4.4, abs=0.1)


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7])
def test_widths_depend_neither_on_blur_nor_on_the_threshold(threshold):
    blurred = cv2.GaussianBlur(_band(5.0, 25), (0, 0), 1.2)
    cracks = trace_cracks((blurred >= threshold).astype(np.uint8))
    (stations,) = measure_widths(blurred, cracks)
    assert np.nanmean(stations.width_px) == pytest.approx(5.0, abs=0.03)


def test_an_even_background_does_not_count():
    probability = np.maximum(_bar([1, 1, 1]), np.float32(0.05))
    # 3 px of .95 above the background
    np.testing.assert_allclose(_widths(probability, _line((21, 5), (21, 75))), 2.85, rtol=1e-5)


def test_the_window_ends_before_a_neighbour():
    probability = _bar([1, 1, 1, 0, 0, 1, 1, 0, 1, 1])
    np.testing.assert_allclose(_widths(probability, _line((21, 5), (21, 75), 1.5)), 3.0)
    np.testing.assert_allclose(_widths(probability, _line((25.5, 5), (25.5, 75), 1.0)), 2.0)


def test_a_wide_crack_of_low_probability_has_an_upper_bound():
    line = _line((23.5, 15), (23.5, 65), 4.0)
    (stations,) = measure_widths(_bar([0.6] * 8), [_crack((41, 80), line)])
    assert stations.width_px[25] == pytest.approx(4.8)
    assert stations.upper_px[25] == pytest.approx(8.0)
    assert stations.middle[25] == pytest.approx(0.6)


def test_a_thin_crack_of_low_probability_has_none():
    line = _line((20.5, 15), (20.5, 65), 1.0)
    (stations,) = measure_widths(_bar([0.6] * 2), [_crack((41, 80), line)])
    np.testing.assert_array_equal(stations.upper_px, stations.width_px)


def test_no_width_near_nodes():
    line = _line((21, 10), (21, 70), 2.0)
    (stations,) = measure_widths(_bar([1, 1, 1, 1]), [_crack((41, 80), line)])
    assert len(stations.width_px) == 60
    np.testing.assert_array_equal(np.flatnonzero(np.isfinite(stations.width_px)), np.arange(4, 56))
    assert np.isfinite(stations.middle).all()


def test_the_widest_of_the_lines_at_a_junction_counts():
    half_width = np.where(np.arange(61) < 5, 6.0, 1.0)
    line = CrackLine(_line((21, 10), (21, 70)).points_px, half_width, 2.0, 0, 1)
    (stations,) = measure_widths(_bar([1, 1]), [_crack((41, 80), line)])
    assert np.flatnonzero(np.isfinite(stations.width_px))[0] == 12


def test_no_width_near_the_border():
    assert not len(_widths(_bar([1, 1, 1, 1], top=0), _line((1.5, 10), (1.5, 70))))
    assert len(_widths(_bar([1, 1, 1, 1], top=4), _line((5.5, 10), (5.5, 70))))


def test_a_bridged_gap_has_no_width():
    probability = _bar([1, 1])
    probability[:, 30:40] = 0
    line = _line((20.5, 10), (20.5, 70), 1.0)
    crack = _crack((41, 80), line, mask=(probability > 0.5).astype(np.uint8))
    (stations,) = measure_widths(probability, [crack])
    columns = stations.points_px[np.isnan(stations.width_px), 1]
    assert ((columns > 30) & (columns < 39)).sum() == 8


def test_a_ring_is_measured_all_round():
    rows, columns = np.mgrid[:81, :81]
    away = np.hypot(rows - 40, columns - 40)
    probability = np.clip(2.5 - np.abs(away - 25), 0, 1).astype(np.float32)
    angle = np.linspace(0, 2 * np.pi, 200)
    points = 40 + 25.0 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    ring = CrackLine(points, np.full(200, 2.0), 2.0, -1, -1)
    found = _widths(probability, ring)
    assert len(found) == round(2 * np.pi * 25)
    np.testing.assert_allclose(found, 4.0, atol=0.05)


def test_levels_of_16_bits_give_the_same_widths():
    probability = _band(3.3, 20)
    line = _band_line(20, 1.6)
    levels = np.rint(probability * 65535).astype(np.uint16)
    np.testing.assert_allclose(_widths(levels, line), _widths(probability, line), atol=1e-3)


def test_batches_do_not_change_widths(monkeypatch):
    probability = _band(3.3, 20)
    lines = _band_line(20, 1.6), _band_line(20, 2.0)
    cracks = [_crack(probability.shape, *lines), _crack(probability.shape, lines[1])]
    whole = measure_widths(probability, cracks)
    monkeypatch.setattr(widths, "_TILE_PX", 50)
    monkeypatch.setattr(widths, "_BATCH", 17)
    for stations, expected in zip(measure_widths(probability, cracks), whole, strict=True):
        np.testing.assert_allclose(stations.width_px, expected.width_px, atol=1e-3)
        np.testing.assert_array_equal(stations.line, expected.line)


def test_stations_know_their_crack_and_line():
    lines = _line((10, 5), (10, 25)), _line((20, 5), (20, 35)), _line((30, 5), (30, 15))
    probability = np.zeros((41, 80), np.float32)
    first, second = measure_widths(
        probability, [_crack((41, 80), *lines[:2]), _crack((41, 80), lines[2])]
    )
    np.testing.assert_array_equal(np.bincount(first.line), [20, 30])
    np.testing.assert_array_equal(np.unique(first.points_px[first.line == 1, 0]), [20])
    np.testing.assert_array_equal(second.line, np.zeros(10))
    np.testing.assert_allclose(second.along_px, np.arange(10) + 0.5)
    np.testing.assert_allclose(second.points_px[:, 1], np.arange(5, 15) + 0.5)


def test_a_very_wide_crack_is_measured_in_longer_steps(monkeypatch):
    monkeypatch.setattr(widths, "_FINE_PX", 3.0)
    lines = _line((40, 30), (40, 130), 10.0), _line((80.5, 30), (80.5, 130), 1.0)
    probability = _bar([1] * 21, (100, 160), 30) + _bar([1, 1], (100, 160), 80)
    (stations,) = measure_widths(probability, [_crack((100, 160), *lines)])
    assert np.nanmean(stations.width_px[stations.line == 0]) == pytest.approx(21, abs=1)
    assert np.nanmean(stations.width_px[stations.line == 1]) == pytest.approx(2)


def test_no_crack_has_no_stations():
    assert measure_widths(np.zeros((5, 5), np.float32), []) == []


def test_a_line_of_one_point_has_no_width():
    line = CrackLine(np.array([[2.0, 2.0]]), np.array([0.5]), 2.0, 0, 0)
    (stations,) = measure_widths(np.ones((5, 5), np.float32), [_crack((5, 5), line)])
    assert np.isnan(stations.width_px).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -0.2, 255.0])
def test_what_is_no_probability_is_refused(wrong):
    probability = np.zeros((5, 5), np.float32)
    probability[2, 2] = wrong
    with pytest.raises(ParameterError, match=r"from 0 to 1.*float32 from"):
        measure_widths(probability, [])


def test_a_mask_of_bytes_is_refused():
    with pytest.raises(ParameterError, match="uint8 from 0 to 1"):
        measure_widths(np.eye(5, dtype=np.uint8), [])


def test_a_stack_of_maps_is_refused():
    with pytest.raises(ShapeError, match=r"shape \(5, 5, 1\)"):
        measure_widths(np.zeros((5, 5, 1), np.float32), [])
