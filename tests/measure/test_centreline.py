"""Lengths of thin lines, worked out by hand."""

import numpy as np
import pytest
from skimage.draw import line as draw_line

from crack_pipeline.measure.centreline import measure_length


def test_a_straight_row_of_n_pixels_is_n_long():
    line = np.zeros((5, 20), bool)
    line[2, 3:13] = True
    assert measure_length(line) == 10.0
    assert measure_length(line.T) == 10.0


def test_a_diagonal_has_steps_of_root_two():
    assert measure_length(np.eye(6, dtype=bool)) == pytest.approx(5 * np.sqrt(2) + 1)
    assert measure_length(np.eye(6, dtype=bool)[::-1]) == pytest.approx(5 * np.sqrt(2) + 1)


def test_a_corner_is_not_cut():
    # three to the right, then three down: four steps, no shortcut across the corner
    line = np.zeros((4, 4), bool)
    line[0, :3] = line[:3, 2] = True
    assert measure_length(line) == 5.0


def test_pieces_and_lone_pixels_add_up():
    line = np.zeros((9, 9), bool)
    line[0, 0] = line[4, 4] = True
    line[8, 2:5] = True
    assert measure_length(line) == 1 + 1 + 3


def test_nothing_and_one_pixel():
    assert measure_length(np.zeros((3, 3), bool)) == 0.0
    assert measure_length(np.ones((1, 1), bool)) == 1.0


@pytest.mark.parametrize("degrees", [0, 10, 22.5, 45, 70, 90])
def test_a_line_in_any_direction_is_at_most_8_percent_too_long(degrees):
    reach = np.deg2rad(degrees)
    end = np.rint(300 * np.array([np.sin(reach), np.cos(reach)])).astype(int)
    line = np.zeros((310, 310), bool)
    line[draw_line(0, 0, *end)] = True
    true_px = np.hypot(*end) + 1
    assert true_px - 0.01 <= measure_length(line) <= 1.083 * true_px
