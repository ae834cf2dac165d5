import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from pycocotools import mask as coco_mask
from skimage.draw import polygon2mask

from crack_pipeline.masks.outlines import (
    THIN_LINES_DRAWN,
    WALKED_TWICE,
    bridge_holes,
    fill_rings,
    mask_to_polygons,
)

masks = st_numpy.arrays(
    np.uint8,
    st_numpy.array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.integers(0, 1),
)


def bridged(mask, tolerance_px=0.0):
    return [bridge_holes(one) for one in mask_to_polygons(mask, tolerance_px=tolerance_px)]


@given(masks)
def test_a_round_trip_changes_nothing(mask):
    height, width = mask.shape
    again, mended = fill_rings(bridged(mask), width, height)
    np.testing.assert_array_equal(again, mask)
    assert not any(mended.values())


@given(masks)
def test_there_is_one_polygon_a_crack_and_one_ring_a_hole(mask):
    polygons = mask_to_polygons(mask)
    assert len(polygons) == cv2.connectedComponents(mask, connectivity=8)[0] - 1
    around = np.pad(1 - mask, 1, constant_values=1)
    n_background = cv2.connectedComponents(around, connectivity=4)[0] - 1
    assert sum(len(one.holes) for one in polygons) == n_background - 1


@given(masks)
def test_the_coco_tools_fill_the_same_pixels(mask):
    rings = [ring.ravel().tolist() for ring in bridged(mask)]
    if rings:
        filled = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, *mask.shape)))
        np.testing.assert_array_equal(filled, mask)


@given(masks, st.floats(0.3, 3.0))
def test_simplified_outlines_can_always_be_bridged_and_filled(mask, tolerance_px):
    height, width = mask.shape
    exact, simple = bridged(mask), bridged(mask, tolerance_px)
    assert len(simple) == len(exact)
    assert fill_rings(simple, width, height)[0].any() == mask.any()
    assert sum(map(len, simple)) <= sum(map(len, exact))


@given(
    st_numpy.arrays(np.int64, st.tuples(st.integers(3, 9), st.just(2)), elements=st.integers(0, 60))
)
def test_any_polygon_is_filled_by_the_even_odd_rule_at_pixel_centres(steps):
    # Odd steps, so that no line runs through a centre, which libraries count either way.
    ring = steps * [0.3137, 0.2719] + [0.0071, 0.0043]
    ours, mended = fill_rings([ring], 20, 20)
    # Another library, which calls pixel centres whole numbers, and rows first.
    theirs = polygon2mask((20, 20), ring[:, ::-1] - 0.5)
    if mended[THIN_LINES_DRAWN]:
        assert not theirs.any()
    elif not mended[WALKED_TWICE]:
        np.testing.assert_array_equal(ours, theirs)


def test_what_is_enclosed_twice_lies_outside():
    outer, inner = [[0, 0], [6, 0], [6, 6], [0, 6]], [[2, 2], [4, 2], [4, 4], [2, 4]]
    mask, _ = fill_rings([np.array([*outer, outer[0], *inner, inner[0]], float)], 6, 6)
    assert not mask[2:4, 2:4].any()
    assert mask.sum() == 32


A, B, C, D = np.array([[1.0, 1.0], [7.0, 1.0], [7.0, 4.0], [1.0, 4.0]])


@pytest.mark.parametrize(
    "ring",
    [
        [A, B, C, D] * 2,
        [A, B, C, D, A, A, B, C, D, A],
        [A, B, C, D] * 4,
        [A, B, C, D, A, C, D, A, B, C],  # again from another corner
        [D, C, B, A] * 2,
        [A, B, C, D, A, D, C, B, A],  # and back
        [A, B, C, D, *(corner + 0.04 for corner in (A, B, C, D))],
        [A, B, C, D, *(corner - 0.2 for corner in (A, B, C, D))],
    ],
)
def test_an_outline_walked_twice_is_filled_once_and_noted(ring):
    mask, mended = fill_rings([np.array(ring)], 8, 6)
    expected = np.zeros((6, 8), np.uint8)
    expected[1:4, 1:7] = 1
    np.testing.assert_array_equal(mask, expected)
    assert mended == {THIN_LINES_DRAWN: 0, WALKED_TWICE: 1}


@pytest.mark.parametrize("ring", [[A, B, C, B], [A, B, C, D, C, B], [A, B, C, B] * 2])
def test_a_line_walked_there_and_back_stays_a_line(ring):
    mask, mended = fill_rings([np.array(ring)], 8, 6)
    assert mended == {THIN_LINES_DRAWN: 1, WALKED_TWICE: 0}
    assert not mask[2, 3]


@given(st.integers(3, 30), st.booleans())
def test_a_ring_of_one_pixel_keeps_its_hole_however_it_is_walked(side_px, same_way):
    outer = np.array([[0, 0], [side_px, 0], [side_px, side_px], [0, side_px]], float)
    inner = np.array([[1, 1], [side_px - 1, 1], [side_px - 1, side_px - 1], [1, side_px - 1]])
    inner = inner if same_way else inner[::-1]
    ring = np.concatenate([outer, outer[:1], inner, inner[:1]])
    mask, mended = fill_rings([ring], side_px, side_px)
    assert mask.sum() == 4 * side_px - 4
    assert not any(mended.values())


def test_several_polygons_are_united():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2]], float)
    mask, _ = fill_rings([square, square + 1], 4, 4)
    assert mask.sum() == 7


@pytest.mark.parametrize(
    "ring",
    [
        [[0.6, 2.2], [6.4, 2.2], [6.4, 2.4], [0.6, 2.4]],
        [[0.6, 2.0], [6.4, 2.0], [3.0, 2.0]],
    ],
)
def test_a_line_thinner_than_a_pixel_is_drawn_as_the_pixels_that_it_passes(ring):
    mask, mended = fill_rings([np.array(ring)], 8, 5)
    assert mended[THIN_LINES_DRAWN] == 1
    assert mask.tolist() == [
        [int(row == 2 and column < 7) for column in range(8)] for row in range(5)
    ]


def test_a_polygon_at_the_far_border_stays_in_the_mask():
    mask, mended = fill_rings([np.array([[8.0, 5.0], [8.0, 5.0], [8.0, 5.0]])], 8, 5)
    assert (mended[THIN_LINES_DRAWN], mask[4, 7], mask.sum()) == (1, 1, 1)


def test_corners_are_left_out_where_that_is_allowed():
    mask = cv2.circle(np.zeros((80, 80), np.uint8), (40, 40), 30, 1, 4)
    exact, simple = bridged(mask)[0], bridged(mask, 0.75)[0]
    assert len(simple) < len(exact) / 2
    again, _ = fill_rings([simple], 80, 80)
    assert (again & mask).sum() / (again | mask).sum() > 0.85
