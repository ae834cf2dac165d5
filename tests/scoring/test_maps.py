"""True masks are read from images and arrays; a prediction has the size of its mask."""

import numpy as np
import pytest
from tests.scoring.files import draw_line, draw_ramp, write_npy, write_png

from crack_pipeline.errors import MaskError, ShapeError
from crack_pipeline.scoring.maps import read_truth, require_same_size


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(True, np.bool_), (1, np.uint8), (255, np.uint8), (1, np.int64), (1.0, np.float32)],
)
def test_true_masks_are_read_from_arrays(tmp_path, value, dtype):
    truth = read_truth(write_npy(tmp_path, "a", draw_line(value, dtype)))
    assert truth.dtype == np.uint8
    np.testing.assert_array_equal(truth, draw_line(1, np.uint8))


def test_true_masks_are_read_from_images_and_may_be_empty(tmp_path):
    path = write_png(tmp_path, "a", draw_line(255, np.uint8))
    np.testing.assert_array_equal(read_truth(path), draw_line(1, np.uint8))
    assert not read_truth(write_npy(tmp_path, "b", draw_line(0, np.uint8))).any()


@pytest.mark.parametrize(
    "samples",
    [draw_ramp(1.0), draw_line(7, np.uint8), draw_line(-1, np.int8), draw_ramp(255, np.uint8)],
)
def test_arrays_that_are_no_masks_are_refused_as_truth(tmp_path, samples):
    with pytest.raises(MaskError, match=r"a\.npy"):
        read_truth(write_npy(tmp_path, "a", samples))


def test_a_turned_prediction_is_told_from_a_small_one():
    truth = np.zeros((8, 10), np.uint8)
    with pytest.raises(ShapeError, match="turned by 90"):
        require_same_size("a", np.zeros((10, 8), np.float32), truth)
    with pytest.raises(ShapeError, match="full size"):
        require_same_size("a", np.zeros((4, 5), np.float32), truth)
