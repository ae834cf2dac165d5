"""One number a pixel is read from any file; what is none is refused by name."""

import numpy as np
import pytest
from tests.scoring.files import draw_ramp, write_npy, write_png

from crack_pipeline.errors import ImageReadError, MaskError
from crack_pipeline.scoring.maps import read_samples


def test_a_grey_map_stored_in_colour_is_read(tmp_path):
    ramp = draw_ramp(180, np.uint8)
    path = write_png(tmp_path, "a", np.dstack([ramp] * 3))
    np.testing.assert_array_equal(read_samples(path), ramp)


def test_axes_of_length_one_are_dropped(tmp_path):
    ramp = draw_ramp(0.9, np.float32)
    path = write_npy(tmp_path, "a", ramp[None, ..., None])
    np.testing.assert_array_equal(read_samples(path), ramp)


def test_an_overlay_in_colour_is_refused(tmp_path):
    overlay = np.zeros((8, 10, 3), np.uint8)
    overlay[3, :, 2] = 255
    with pytest.raises(MaskError, match="channels that differ"):
        read_samples(write_png(tmp_path, "a", overlay))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_counted(tmp_path, bad):
    samples = np.full((4, 4), 0.5, np.float32)
    samples[1, :3] = bad
    with pytest.raises(MaskError, match="3 of 16 values are NaN or infinite"):
        read_samples(write_npy(tmp_path, "a", samples))


def test_complex_numbers_are_refused(tmp_path):
    with pytest.raises(MaskError, match="complex"):
        read_samples(write_npy(tmp_path, "a", np.zeros((4, 4), np.complex64)))


def test_a_cut_off_file_is_named(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(ImageReadError, match=r"a\.npy"):
        read_samples(path)
