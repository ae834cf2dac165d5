import numpy as np
import pytest

from crack_pipeline.masks.tracing import ring_area, trace_borders


def mask_of(*rows):
    return np.array([[int(cell == "#") for cell in row] for row in rows], np.uint8)


def test_one_pixel_is_a_unit_square_on_its_edges():
    (ring,) = trace_borders(mask_of("..", ".#"))
    assert ring.tolist() == [[1, 1], [2, 1], [2, 2], [1, 2]]
    assert ring_area(ring) == 1


def test_an_empty_mask_has_no_border():
    assert trace_borders(mask_of("...")) == []


def test_a_full_mask_is_bordered_by_its_frame():
    (ring,) = trace_borders(mask_of("###", "###"))
    assert ring_area(ring) == 6
    assert len(ring) == 4


def test_a_hole_has_negative_area():
    assert sorted(map(ring_area, trace_borders(mask_of("###", "#.#", "###")))) == [-1, 9]


@pytest.mark.parametrize("rows", [("#.", ".#"), (".#", "#.")])
def test_pixels_that_touch_at_a_corner_are_one_crack(rows):
    (ring,) = trace_borders(mask_of(*rows))
    assert ring_area(ring) == 2
    assert len(ring) == 8


@pytest.mark.parametrize("rows", [("###", "#.#", "##."), ("###", "#.#", ".##")])
def test_background_that_touches_at_a_corner_is_apart(rows):
    assert sorted(map(ring_area, trace_borders(mask_of(*rows)))) == [-1, 8]
