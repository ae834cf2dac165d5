"""Predictions of any usual scale are recognised from all files; other values are refused."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_pipeline.errors import ImageReadError, MaskError, ShapeError
from crack_pipeline.scoring.maps import read_prediction, recognize_scale, require_same_size


def _png(folder: Path, name: str, samples: np.ndarray) -> Path:
    path = folder / f"{name}.png"
    assert cv2.imwrite(str(path), samples)
    return path


def _npy(folder: Path, name: str, samples: np.ndarray) -> Path:
    np.save(folder / f"{name}.npy", samples)
    return folder / f"{name}.npy"


def _line(value: float, dtype: type) -> np.ndarray:
    samples = np.zeros((8, 10), dtype)
    samples[3] = value
    return samples


@pytest.mark.parametrize("value", [1, 255])
def test_masks_of_two_levels_are_masks(tmp_path, value):
    paths = [_png(tmp_path, "a", _line(value, np.uint8)), _png(tmp_path, "b", _line(0, np.uint8))]
    assert recognize_scale(paths) == "mask"
    np.testing.assert_array_equal(read_prediction(paths[0], "mask"), _line(1, np.float32))


def test_masks_of_other_levels_in_other_files_are_masks(tmp_path):
    # DeepCrack's own masks are like this: some of 1 bit, some of 0 and 255.
    one = _png(tmp_path, "a", _line(1, np.uint8))
    paths = [one, _png(tmp_path, "b", _line(255, np.uint8))]
    assert recognize_scale(paths) == "mask"
    assert read_prediction(one, "mask").max() == 1.0


def test_a_faint_map_among_maps_is_no_mask(tmp_path):
    # Alone, values of 0 and 1 would be a mask; beside a map of 0–255 they are nearly nothing.
    faint = _png(tmp_path, "faint", _line(1, np.uint8))
    ramp = _png(tmp_path, "ramp", np.tile(np.arange(10, dtype=np.uint8) * 28, (8, 1)))
    scale = recognize_scale([faint, ramp])
    assert scale == "8 bit"
    assert read_prediction(faint, scale).max() == pytest.approx(1 / 255)


@pytest.mark.parametrize(
    ("highest", "dtype", "scale"),
    [
        (200, np.uint8, "8 bit"),
        (40_000, np.uint16, "16 bit"),
        (0.9, np.float32, "unit"),
        (0.9, np.float64, "unit"),
        (230.5, np.float32, "up to 255"),
    ],
)
def test_maps_become_probabilities(tmp_path, highest, dtype, scale):
    samples = (np.linspace(0, highest, 80).reshape(8, 10)).astype(dtype)
    path = _npy(tmp_path, "a", samples)
    assert recognize_scale([path]) == scale
    read = read_prediction(path, scale)
    assert read.dtype == np.float32
    divisor = {"8 bit": 255, "16 bit": 65535, "unit": 1, "up to 255": 255}[scale]
    np.testing.assert_allclose(read, samples / divisor, rtol=1e-6)


def test_a_grey_map_stored_in_colour_is_read(tmp_path):
    ramp = np.tile(np.arange(10, dtype=np.uint8) * 20, (8, 1))
    path = _png(tmp_path, "a", np.dstack([ramp] * 3))
    np.testing.assert_allclose(read_prediction(path, recognize_scale([path])), ramp / 255)


def test_an_overlay_in_colour_is_refused(tmp_path):
    overlay = np.zeros((8, 10, 3), np.uint8)
    overlay[3, :, 2] = 255
    with pytest.raises(MaskError, match="channels that differ"):
        recognize_scale([_png(tmp_path, "a", overlay)])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_no_numbers_are_counted(tmp_path, bad):
    samples = np.full((4, 4), 0.5, np.float32)
    samples[1, :3] = bad
    with pytest.raises(MaskError, match="3 of 16 values are NaN or infinite"):
        recognize_scale([_npy(tmp_path, "a", samples)])


def test_scores_before_a_sigmoid_are_recognised(tmp_path):
    samples = np.linspace(-6, 6, 16, dtype=np.float32).reshape(4, 4)
    with pytest.raises(MaskError, match="sigmoid"):
        recognize_scale([_npy(tmp_path, "a", samples)])


def test_values_above_every_scale_are_refused(tmp_path):
    with pytest.raises(MaskError, match="Scale them"):
        recognize_scale([_npy(tmp_path, "a", np.full((4, 4), 1e4, np.float32))])


def test_two_kinds_of_files_are_refused(tmp_path):
    ramp = np.tile(np.arange(10, dtype=np.uint8) * 20, (8, 1))
    paths = [_png(tmp_path, "a", ramp), _npy(tmp_path, "b", ramp / np.float32(255))]
    with pytest.raises(MaskError, match=r"8-bit integers up to 180, floating point up to 0\.7"):
        recognize_scale(paths)


def test_a_cut_off_file_is_named(tmp_path):
    path = tmp_path / "a.npy"
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(ImageReadError, match=r"a\.npy"):
        recognize_scale([path])


def test_a_turned_prediction_is_told_from_a_small_one():
    truth = np.zeros((8, 10), np.uint8)
    with pytest.raises(ShapeError, match="turned by 90"):
        require_same_size("a", np.zeros((10, 8), np.float32), truth)
    with pytest.raises(ShapeError, match="full size"):
        require_same_size("a", np.zeros((4, 5), np.float32), truth)
