import numpy as np
import pytest

from crack_pipeline.errors import ShapeError
from crack_pipeline.figures.heat_maps import colour_values, overlay_heat, stretch


def test_without_heat_the_photo_is_dimmed_and_grey():
    image = np.full((8, 9, 3), (200, 100, 0), np.uint8)
    drawn = overlay_heat(image, np.zeros((8, 9), np.float32))
    assert drawn.shape == image.shape
    assert (drawn == drawn[..., :1]).all()
    assert 30 < drawn.mean() < 100


def test_heat_shows_in_colour_where_it_is():
    heat = np.zeros((20, 20), np.float32)
    heat[5, 5] = 1
    drawn = overlay_heat(np.zeros((20, 20, 3), np.uint8), heat).astype(int)
    assert drawn[5, 5].sum() > 500
    assert drawn.sum() == drawn[5, 5].sum()


def test_the_scale_ends_at_the_percentile():
    heat = np.linspace(0, 0.5, 100, dtype=np.float32).reshape(10, 10)
    heat[0, 0] = 1
    bright = stretch(heat, upper_percent=90)
    assert bright.max() == 1
    assert (bright == 1).mean() > 0.05
    assert (stretch(np.zeros((4, 4), np.float32), upper_percent=90) == 0).all()


def test_values_are_coloured_from_lowest_to_highest():
    drawn = colour_values(np.array([[-3.0, 5.0]], np.float32))
    assert drawn.shape == (1, 2, 3)
    assert (drawn[0, 0] != drawn[0, 1]).any()
    even = colour_values(np.full((2, 2), 7.0, np.float32))
    assert (even == even[0, 0]).all()


def test_refuses_a_map_of_another_size():
    with pytest.raises(ShapeError, match="height and width"):
        overlay_heat(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9), np.float32))
