"""Centreline, widths, boundary and distances of one mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import binary_erosion, distance_transform_edt
from skimage.segmentation import find_boundaries

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.measure.geometry import MaskGeometry, derive_geometry


def _random_mask(seed: int, share: float = 0.4) -> np.ndarray:
    return (np.random.default_rng(seed).random((19, 23)) < share).astype(np.uint8)


def test_boundary_of_a_square_is_its_frame():
    mask = np.zeros((7, 7), np.uint8)
    mask[1:6, 1:6] = 1
    expected = mask.copy()
    expected[2:5, 2:5] = 0
    assert np.array_equal(MaskGeometry(mask).boundary, expected)


def test_outside_of_the_photo_is_background():
    boundary = MaskGeometry(np.ones((4, 5), np.uint8)).boundary
    assert boundary.sum() == 20 - 6
    assert not boundary[1:-1, 1:-1].any()


@given(st.integers(0, 2**32 - 1))
def test_boundary_agrees_with_scipy_and_scikit_image(seed):
    mask = _random_mask(seed, 0.7)
    boundary = MaskGeometry(mask).boundary
    assert np.array_equal(boundary, (mask > 0) ^ binary_erosion(mask))
    framed = find_boundaries(np.pad(mask, 1), connectivity=1, mode="inner")[1:-1, 1:-1]
    assert np.array_equal(boundary, framed)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.02, 0.4]))
def test_boundary_distance_agrees_with_scipy(seed, share):
    mask, places = _random_mask(seed, share), _random_mask(seed + 1) > 0
    geometry = MaskGeometry(mask)
    if geometry.is_empty:
        assert np.isinf(geometry.boundary_distance(places)).all()
    else:
        exact = distance_transform_edt(~geometry.boundary)[places]
        np.testing.assert_allclose(geometry.boundary_distance(places), exact, rtol=1e-12)


def test_distances_across_a_large_photo_are_exact():
    mask = np.zeros((700, 900), np.uint8)
    mask[3, 5] = 1
    places = np.zeros(mask.shape, bool)
    places[699, 899] = True
    assert MaskGeometry(mask).boundary_distance(places)[0] == np.hypot(696, 894)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 1.5, 2, 5]))
def test_what_is_near_agrees_with_distances(seed, tolerance_px):
    geometry = MaskGeometry(_random_mask(seed, 0.05))
    for of, near in (
        (geometry.pixels, geometry.near(tolerance_px)),
        (geometry.line, geometry.near_line(tolerance_px)),
    ):
        expected = of.any() and distance_transform_edt(~of) <= tolerance_px
        assert np.array_equal(near, np.broadcast_to(expected, near.shape))


@pytest.mark.parametrize(("height_px", "width_px"), [(1, 1.5), (2, 1.5), (3, 3.5), (9, 9.5)])
def test_widths_are_off_by_half_a_pixel(height_px, width_px):
    mask = np.zeros((30, 60), np.uint8)
    mask[10 : 10 + height_px, 5:55] = 1
    assert np.median(MaskGeometry(mask).line_width_px) == width_px


@pytest.mark.parametrize("width_px", [2, 3, 4, 6, 8, 10])
def test_widths_of_slanting_strips_are_off_by_what_is_documented(width_px):
    row, column = np.mgrid[0:160, 0:160] - 80
    errors = []
    for degrees in range(0, 46, 5):
        angle = np.deg2rad(degrees)
        for offset in (-0.4, 0.0, 0.3):
            across = row * np.cos(angle) - column * np.sin(angle) - offset
            strip = (-width_px / 2 < across) & (across <= width_px / 2)
            geometry = MaskGeometry(strip.astype(np.uint8))
            middle = (np.abs(geometry.line_points - 80) < 50).all(axis=1)
            errors.append(geometry.line_width_px[middle] - width_px)
    joined = np.concatenate(errors)
    assert -0.5 < joined.mean() < 0.1
    assert np.quantile(np.abs(joined), 0.95) <= 1.8
    assert all(abs(np.median(strip)) <= 1.0 for strip in errors)


@pytest.mark.parametrize("hole", [None, (0, 0)])
def test_no_width_exceeds_the_shorter_side(hole):
    mask = np.ones((40, 60), np.uint8)
    if hole:
        mask[hole] = 0
    assert MaskGeometry(mask).line_width_px.max() <= 40


def test_line_points_and_widths_go_row_by_row():
    geometry = MaskGeometry(_random_mask(3))
    assert np.array_equal(geometry.line_points, np.argwhere(geometry.line))
    assert len(geometry.line_width_px) == len(geometry.line_points)


def test_empty_full_and_one_pixel():
    assert MaskGeometry(np.zeros((3, 4), np.uint8)).is_empty
    assert len(MaskGeometry(np.zeros((3, 4), np.uint8)).line_width_px) == 0
    assert np.isfinite(MaskGeometry(np.ones((9, 9), np.uint8)).line_width_px).all()
    one = MaskGeometry(np.eye(1, dtype=np.uint8))
    assert one.boundary.all()
    assert one.line.all()


def test_geometry_that_is_known_is_taken_over():
    geometry = MaskGeometry(_random_mask(0))
    p, t = derive_geometry(geometry, geometry.mask)
    assert p is geometry
    assert np.array_equal(t.mask, geometry.mask)


@pytest.mark.parametrize("shape", [(4,), (4, 4, 1), (0, 4)])
def test_other_than_two_dimensions_is_refused(shape):
    with pytest.raises(ShapeError, match=r"Drop the channel axis"):
        MaskGeometry(np.zeros(shape, np.uint8))


def test_masks_of_different_size_are_refused():
    with pytest.raises(ShapeError, match="same size"):
        derive_geometry(np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8))


def test_a_negative_tolerance_is_refused():
    with pytest.raises(ParameterError, match="tolerance_px"):
        MaskGeometry(_random_mask(0)).near(-1)
