"""Tubed skeletons by hand and against scikit-image."""

import numpy as np
import pytest
from skimage.draw import line
from skimage.morphology import diamond, dilation, skeletonize

from crack_pipeline.errors import ParameterError, ShapeError
from crack_pipeline.masks.skeletons import tube_skeleton


def _draw_crack(side_px: int = 48, width_px: int = 7) -> np.ndarray:
    mask = np.zeros((side_px, side_px), np.uint8)
    mask[line(4, 6, 40, 30)] = 1
    mask[line(40, 30, 12, 42)] = 1
    return dilation(mask, np.ones((width_px, width_px), np.uint8))


def test_a_line_one_pixel_wide_is_its_own_tube():
    mask = np.eye(9, dtype=np.uint8)
    for radius_px in (0, 1, 2):
        np.testing.assert_array_equal(tube_skeleton(mask, radius_px=radius_px), mask)


def test_a_wide_band_keeps_its_middle_three_rows():
    mask = np.zeros((21, 61), np.uint8)
    mask[6:15] = 1  # rows 6 to 14, middle row 10
    tube = tube_skeleton(mask, radius_px=1)
    np.testing.assert_array_equal(tube[:, 30], np.isin(np.arange(21), (9, 10, 11)))


@pytest.mark.parametrize("radius_px", [0, 1, 2])
def test_as_scikit_image_would(radius_px):
    mask = _draw_crack()
    expected = dilation(skeletonize(mask > 0), diamond(radius_px)) & (mask > 0)
    tube = tube_skeleton(mask, radius_px=radius_px)
    assert tube.dtype == np.uint8
    np.testing.assert_array_equal(tube, expected)
    assert 0 < tube.sum() < mask.sum()


def test_the_tube_stays_inside_the_mask():
    rng = np.random.default_rng(0)
    mask = (rng.random((40, 40)) > 0.5).astype(np.uint8)
    assert not (tube_skeleton(mask, radius_px=2) & ~mask & 1).any()


def test_an_empty_mask_has_an_empty_tube():
    assert tube_skeleton(np.zeros((8, 5), np.uint8)).sum() == 0


@pytest.mark.parametrize("mask", [np.zeros((4, 4, 1), np.uint8), np.zeros((4, 4), np.float32)])
def test_refuses_what_is_no_mask(mask):
    with pytest.raises(ShapeError, match="two-dimensional"):
        tube_skeleton(mask)


def test_refuses_a_negative_radius():
    with pytest.raises(ParameterError, match="radius_px"):
        tube_skeleton(np.zeros((4, 4), np.uint8), radius_px=-1)
