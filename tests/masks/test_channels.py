import numpy as np
import pytest

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.channels import reduce_to_levels


def test_one_channel_of_8_bits_stays():
    levels, mended = reduce_to_levels(np.array([[0, 7, 255]], np.uint8))
    assert levels.tolist() == [[0, 7, 255]]
    assert mended == ()


def test_of_several_channels_the_brightest_counts():
    samples = np.array([[[0, 0, 0], [255, 0, 0], [0, 0, 200]]], np.uint8)
    levels, mended = reduce_to_levels(samples, is_lossy=True)
    assert levels.tolist() == [[0, 255, 200]]
    assert mended == ("mask_channels_merged",)


def test_several_colours_without_loss_are_classes():
    samples = np.array([[[0, 0, 0], [0, 0, 0], [255, 0, 0], [0, 0, 200]]], np.uint8)
    for deep in (samples, samples.astype(np.uint16) * 257, samples / np.float32(255)):
        with pytest.raises(MaskError, match="several classes"):
            reduce_to_levels(deep)


def test_a_single_channel_with_an_axis_of_its_own_is_no_change():
    levels, mended = reduce_to_levels(np.array([[[0], [255]]], np.uint8))
    assert levels.tolist() == [[0, 255]]
    assert mended == ()


def test_alpha_beside_colours_says_nothing():
    samples = np.array([[[0, 0, 0, 255], [255, 255, 255, 0]]], np.uint8)
    levels, mended = reduce_to_levels(samples)
    assert levels.tolist() == [[0, 255]]
    assert mended == ("mask_alpha_dropped", "mask_channels_merged")


@pytest.mark.parametrize("colour", [0, 255])
def test_alpha_is_the_mask_where_colours_are_the_same_everywhere(colour):
    samples = np.full((1, 3, 4), colour, np.uint8)
    samples[..., 3] = [[0, 255, 0]]
    levels, mended = reduce_to_levels(samples)
    assert levels.tolist() == [[0, 255, 0]]
    assert mended == ("mask_from_alpha",)


def test_grey_with_alpha_is_read_too():
    samples = np.array([[[0, 255], [255, 255]]], np.uint8)
    levels, mended = reduce_to_levels(samples)
    assert levels.tolist() == [[0, 255]]
    assert mended == ("mask_alpha_dropped",)


def test_colours_that_differ_at_one_brightness_are_refused():
    red_on_white = np.full((4, 4, 3), 255, np.uint8)
    red_on_white[2, :, 1:] = 0
    with pytest.raises(MaskError, match="its colours differ, their brightness does not"):
        reduce_to_levels(red_on_white)


@pytest.mark.parametrize(
    ("samples", "levels"),
    [
        (np.array([[0, 65535]], np.uint16), [[0, 255]]),
        (np.array([[0, 1]], np.uint16), [[0, 1]]),
        (np.array([[0, 255]], np.int32), [[0, 255]]),
        (np.array([[0, 300, 65535]], np.uint16), [[0, 1, 255]]),
        (np.array([[0.0, 1.0]], np.float32), [[0, 1]]),
        (np.array([[0.0, 0.4, 1.0]], np.float32), [[0, 102, 255]]),
        (np.array([[0.0, 255.0]], np.float32), [[0, 255]]),
    ],
)
def test_deep_samples_keep_their_levels(samples, levels):
    reduced, mended = reduce_to_levels(samples)
    assert reduced.dtype == np.uint8
    assert reduced.tolist() == levels
    assert mended == ("mask_deep_to_8_bit",)


@pytest.mark.parametrize("value", [-1.0, 1e6, np.nan])
def test_numbers_that_are_no_levels_are_refused(value):
    with pytest.raises(MaskError, match="without clear levels"):
        reduce_to_levels(np.array([[0, value]], np.float32))
