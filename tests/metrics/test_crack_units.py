"""Centrelines cut into units, with answers worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt, gaussian_filter, label

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.centreline import FEWEST_UNIT_PX, cut_centreline
from crack_pipeline.measure.geometry import MaskGeometry
from crack_pipeline.metrics.detection import measure_units

EMPTY = np.zeros((60, 120), np.uint8)


def _line(row: int, *, start: int = 10, length_px: int = 100) -> np.ndarray:
    mask = EMPTY.copy()
    mask[row, start : start + length_px] = 1
    return mask


def _blobs(seed: int, share: float = 0.5) -> np.ndarray:
    smooth = gaussian_filter(np.random.default_rng(seed).random((40, 48)), 1.5)
    return (smooth > np.quantile(smooth, 1 - share)).astype(np.uint8)


def test_a_line_of_100_px_is_five_units():
    pieces = cut_centreline(_line(20) > 0)
    assert np.bincount(pieces).tolist() == [20, 20, 20, 20, 20]
    assert np.all(np.diff(pieces[np.argsort(np.flatnonzero(_line(20)))]) >= 0)


@pytest.mark.parametrize(
    ("length_px", "sizes"), [(4, []), (5, [5]), (29, [29]), (32, [16, 16]), (50, [25, 25])]
)
def test_branches_are_cut_into_equal_pieces_of_about_20_px(length_px, sizes):
    pieces = cut_centreline(_line(20, length_px=length_px) > 0)
    assert np.bincount(pieces[pieces >= 0]).tolist() == sizes


def test_junctions_separate_branches():
    cross = _line(30, start=20, length_px=41)
    cross[10:51, 40] = 1
    pieces = cut_centreline(cross > 0)
    assert np.bincount(pieces[pieces >= 0]).tolist() == [20, 20, 20, 20]
    points = np.argwhere(cross)
    assert pieces[(points == (30, 40)).all(axis=1)].tolist() == [-1]


def test_short_spurs_are_no_units():
    spur = _line(30, length_px=61)
    spur[26:30, 40] = 1
    pieces = cut_centreline(spur > 0)
    points = np.argwhere(spur)
    assert (pieces[points[:, 0] < 30] == -1).all()
    assert (pieces >= 0).sum() == 60


def test_a_ring_is_cut_into_connected_pieces():
    ring = EMPTY.copy()
    ring[10:41, 10:41] = 1
    ring[11:40, 11:40] = 0
    pieces = cut_centreline(ring > 0)
    assert (pieces >= 0).all()
    assert 4 <= pieces.max() + 1 <= 7


def test_steps_to_the_diagonal_are_longer():
    diagonal = np.eye(60, 120, dtype=bool)[:57]
    # 56 steps of √2 are 79 px long: four pieces
    assert cut_centreline(diagonal).max() + 1 == 4


@given(st.integers(0, 2**32 - 1))
def test_units_are_connected_and_long_enough(seed):
    line = MaskGeometry(_blobs(seed)).line
    pieces = cut_centreline(line)
    image = np.full(line.shape, -1)
    image[line] = pieces
    for number in range(pieces.max(initial=-1) + 1):
        unit = image == number
        assert unit.sum() >= FEWEST_UNIT_PX
        assert label(unit, np.ones((3, 3)))[1] == 1


def test_what_was_found_of_a_unit_and_of_a_width():
    # of 100 px the first 50 were found, with 2 px more by tolerance
    units = measure_units(_line(20, length_px=50), _line(20), tolerance_px=2)
    assert units.width_px.tolist() == [1.5] * 5
    assert sorted(units.share_found.tolist()) == pytest.approx([0.0, 0.0, 0.6, 1.0, 1.0])
    assert units.points_by_width[1] == units.points_by_width.sum() == 100
    assert units.found_by_width[1] == 52


def test_what_was_found_beside_a_unit_does_not_make_it_detected():
    units = measure_units(
        _line(20, length_px=40) | _line(20, start=70, length_px=40), _line(20), tolerance_px=2
    )
    assert min(units.share_found) == pytest.approx(4 / 20)


def test_wide_cracks_fall_into_the_last_bin():
    wide = np.zeros((120, 300), np.uint8)
    wide[20:90] = 1
    units = measure_units(wide, wide, tolerance_px=2)
    assert units.points_by_width[31] > 200
    assert units.width_px.max() == pytest.approx(69.5, abs=1)


def test_empty_full_and_one_pixel_masks():
    one, full = EMPTY.copy(), np.ones_like(EMPTY)
    one[20, 20] = 1
    for predicted in (EMPTY, full, one):
        assert measure_units(predicted, EMPTY, tolerance_px=2).width_px.size == 0
        units = measure_units(predicted, one, tolerance_px=2)
        assert units.width_px.size == 0
        assert units.points_by_width.sum() == 1
        assert units.found_by_width.sum() == predicted[20, 20]
    assert measure_units(full, full, tolerance_px=2).share_found.tolist().count(1.0) > 0


@given(st.integers(0, 2**32 - 1), st.integers(0, 4))
def test_sums_by_width_agree_with_distances(seed, tolerance_px):
    predicted, truth = _blobs(seed, 0.1), _blobs(seed + 1, 0.4)
    units = measure_units(predicted, truth, tolerance_px=tolerance_px)
    line = MaskGeometry(truth).line
    found = distance_transform_edt(predicted == 0)[line] <= tolerance_px
    assert units.points_by_width.sum() == line.sum()
    assert units.found_by_width.sum() == found.sum()
    # exact distances 1 and the root of 2 are narrower than 3 px, 2 and more are not
    narrow = distance_transform_edt(truth)[line] < 1.75
    assert units.points_by_width[:3].sum() == narrow.sum()
    assert units.found_by_width[:3].sum() == (narrow & found).sum()


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match="same size"):
        measure_units(EMPTY, EMPTY[1:], tolerance_px=2)
    with pytest.raises(ParameterError, match="tolerance_px"):
        measure_units(EMPTY, EMPTY, tolerance_px=-1)
