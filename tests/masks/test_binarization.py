import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.binarization import binarize_mask


@pytest.mark.parametrize("value", [1, 255])
def test_two_usual_levels_are_not_mended(value):
    mask, mended = binarize_mask(np.array([[0, value]], np.uint8))
    assert mask.tolist() == [[0, 1]]
    assert mask.dtype == np.uint8
    assert mended == ()


@pytest.mark.parametrize("value", [2, 38, 128, 254])
def test_another_single_level_is_crack_and_named(value):
    mask, mended = binarize_mask(np.array([[0, value]], np.uint8))
    assert mask.tolist() == [[0, 1]]
    assert mended == ("mask_odd_value",)


def test_empty_and_full_masks_are_allowed():
    assert binarize_mask(np.zeros((2, 2), np.uint8))[0].sum() == 0
    assert binarize_mask(np.full((2, 2), 255, np.uint8))[0].sum() == 4


def test_halos_are_cut_at_half_of_the_range():
    mask, mended = binarize_mask(np.array([[0, 3, 127, 128, 250, 255]], np.uint8))
    assert mask.tolist() == [[0, 0, 0, 1, 1, 1]]
    assert mended == ("mask_thresholded",)


def test_several_dark_levels_are_refused():
    with pytest.raises(MaskError, match="3 values up to 2"):
        binarize_mask(np.array([[0, 1, 2]], np.uint8))


def test_of_several_channels_the_brightest_counts():
    samples = np.array([[[0, 0, 0], [255, 0, 0], [0, 0, 255]]], np.uint8)
    mask, mended = binarize_mask(samples)
    assert mask.tolist() == [[0, 1, 1]]
    assert mended == ("mask_channels_merged",)


def test_alpha_says_nothing():
    samples = np.array([[[0, 0, 0, 255], [255, 255, 255, 0]]], np.uint8)
    mask, mended = binarize_mask(samples)
    assert mask.tolist() == [[0, 1]]
    assert mended == ("mask_alpha_dropped", "mask_channels_merged")


@pytest.mark.parametrize(
    "samples",
    [
        np.array([[0, 65535]], np.uint16),
        np.array([[0, 1]], np.uint16),
        np.array([[0, 255]], np.int32),
        np.array([[0.0, 1.0]], np.float32),
        np.array([[0.0, 255.0]], np.float32),
    ],
)
def test_deep_masks_keep_their_levels(samples):
    mask, mended = binarize_mask(samples)
    assert mask.tolist() == [[0, 1]]
    assert mended == ("mask_deep_to_8_bit",)


@pytest.mark.parametrize("value", [-1.0, 1e6, np.nan])
def test_numbers_that_are_no_levels_are_refused(value):
    with pytest.raises(MaskError, match="without clear levels"):
        binarize_mask(np.array([[0, value]], np.float32))


@given(hnp.arrays(np.uint8, (4, 5), elements=st.sampled_from([0, 1])))
def test_binary_masks_survive_every_encoding(mask):
    for encoded in (mask, mask * np.uint8(255), np.dstack([mask * np.uint8(255)] * 3)):
        np.testing.assert_array_equal(binarize_mask(encoded)[0], mask)
