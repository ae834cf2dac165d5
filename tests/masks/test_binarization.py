import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from crack_pipeline.errors import MaskError
from crack_pipeline.masks.binarization import binarize_mask
from crack_pipeline.masks.settings import RepairSettings


def row(*levels: int) -> np.ndarray:
    return np.array([levels], np.uint8)


def field_with(stray: int, n_stray: int) -> np.ndarray:
    """20×20: a bar of 100 px at 255, and stray pixels in the corner, away from it."""
    levels = np.zeros((20, 20), np.uint8)
    levels[10:15] = 255
    levels.flat[:n_stray] = stray
    return levels


@pytest.mark.parametrize("value", [1, 255])
def test_two_usual_levels_are_not_mended(value):
    binarized = binarize_mask(row(0, value))
    assert binarized.mask.tolist() == [[0, 1]]
    assert binarized.mask.dtype == np.uint8
    assert binarized.mended == ()
    assert binarized.note == ""


@pytest.mark.parametrize("value", [2, 38, 128, 254])
def test_another_single_level_is_crack_and_named(value):
    binarized = binarize_mask(row(0, value))
    assert binarized.mask.tolist() == [[0, 1]]
    assert binarized.mended == ("mask_odd_value",)


@pytest.mark.parametrize(
    ("levels", "mended"),
    [
        ((1, 2), ("mask_odd_background", "mask_odd_value")),
        ((127, 255), ("mask_odd_background",)),
    ],
)
def test_of_two_levels_without_0_the_darker_is_background(levels, mended):
    binarized = binarize_mask(row(*levels))
    assert binarized.mask.tolist() == [[0, 1]]
    assert binarized.mended == mended


def test_empty_and_full_masks_are_allowed():
    assert binarize_mask(np.zeros((2, 2), np.uint8)).mask.sum() == 0
    assert binarize_mask(np.full((2, 2), 255, np.uint8)).mask.sum() == 4


def test_halos_are_cut_at_half_of_the_range_and_counted():
    binarized = binarize_mask(row(0, 3, 127, 128, 250, 255))
    assert binarized.mask.tolist() == [[0, 0, 0, 1, 1, 1]]
    assert binarized.mended == ("mask_thresholded",)
    assert binarized.note == (
        "4 of 6 px lay between 0 and 255, 2 of them from 64 to 191; cut at 128"
    )


def test_the_threshold_is_a_setting():
    binarized = binarize_mask(row(0, 3, 127, 250, 255), settings=RepairSettings(halo_threshold=100))
    assert binarized.mask.tolist() == [[0, 0, 1, 1, 1]]
    assert binarized.note.endswith("cut at 100")


@pytest.mark.parametrize("stray", [1, 3, 127])
def test_stray_values_in_few_pixels_are_cut(stray):
    binarized = binarize_mask(field_with(stray, n_stray=5))
    assert binarized.mask.sum() == 100
    assert binarized.mended == ("mask_stray_values",)
    assert binarized.note.startswith("5 of 400 px lay between 0 and 255")


@pytest.mark.parametrize("stray", [1, 3, 127, 160])
def test_values_with_an_area_of_their_own_are_classes(stray):
    expected = rf"mask of several classes: levels {stray} \(40 px\), 255 \(100 px\)"
    with pytest.raises(MaskError, match=expected):
        binarize_mask(field_with(stray, n_stray=40))


def test_a_soft_edge_of_one_level_is_no_class():
    levels = np.zeros((20, 20), np.uint8)
    levels[9:16] = 127
    levels[10:15] = 255
    binarized = binarize_mask(levels)
    assert binarized.mask.sum() == 100
    assert binarized.mended == ("mask_stray_values",)


def test_a_class_number_on_the_edge_is_still_a_class():
    void_round_crack = np.zeros((20, 20), np.uint8)
    void_round_crack[9:14] = 255
    void_round_crack[10:13] = 1
    with pytest.raises(MaskError, match="several classes"):
        binarize_mask(void_round_crack)


def test_lossy_files_hold_halos_and_flat_areas_are_classes():
    halo = cv2.GaussianBlur(field_with(0, n_stray=0), (0, 0), 1)
    binarized = binarize_mask(halo, is_lossy=True)
    assert binarized.mask.sum() == 100
    assert binarized.mended == ("mask_thresholded",)
    with pytest.raises(MaskError, match="several classes: levels 0, 127 and 255"):
        binarize_mask(field_with(127, n_stray=40), is_lossy=True)


def test_two_levels_are_two_levels_at_any_brightness():
    binarized = binarize_mask(row(255, 128, 255, 255))
    assert binarized.mask.tolist() == [[1, 0, 1, 1]]
    assert binarized.mended == ("mask_odd_background",)


def test_overshoot_beside_the_crack_is_no_class():
    levels = np.zeros((20, 20), np.uint8)
    levels[9:16] = 2
    levels[10:15] = 255
    assert binarize_mask(levels).mask.sum() == 100


def test_several_levels_with_an_area_of_their_own_are_classes():
    levels = np.zeros((100, 100), np.uint8)
    for number, value in enumerate((60, 140, 200, 250)):
        levels[20 * number + 5 : 20 * number + 19, 10:90] = value
    expected = r"several classes: levels 60 \(1120 px\), 140 \(1120 px\), 200"
    with pytest.raises(MaskError, match=expected):
        binarize_mask(levels)


def test_several_thin_lines_of_one_level_each_are_classes():
    levels = np.zeros((100, 100), np.uint8)
    for number, value in enumerate((60, 140, 200, 250)):
        levels[20 * number + 5, 10:90] = value
    with pytest.raises(MaskError, match="several classes"):
        binarize_mask(levels)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_edges_softened_by_reduction_are_no_classes(crack_pair, factor):
    white = crack_pair[1][:72] * np.uint8(255)
    soft = cv2.resize(white, (120 // factor, 72 // factor), interpolation=cv2.INTER_AREA)
    assert 4 <= np.unique(soft).size <= 17
    binarized = binarize_mask(soft)
    np.testing.assert_array_equal(binarized.mask, soft >= 128)
    assert binarized.mended == ("mask_thresholded",)


@pytest.mark.parametrize("brightest", [1, 2, 32])
def test_specks_of_compression_on_black_are_cleared(brightest):
    levels = np.zeros((100, 100), np.uint8)
    levels[40, 40:43] = brightest
    binarized = binarize_mask(levels, is_lossy=True)
    assert binarized.mask.sum() == 0
    assert binarized.mended == ("mask_noise_cleared",)
    assert binarized.note == f"3 of 10000 px above background, none brighter than {brightest}"


@pytest.mark.parametrize("brightest", [1, 2, 32])
def test_more_than_specks_in_a_dark_lossy_file_is_refused(brightest):
    levels = np.zeros((100, 100), np.uint8)
    levels[40:48, 10:90] = brightest
    expected = f"lossy file, 640 of 10000 px above background, none brighter than {brightest}"
    with pytest.raises(MaskError, match=expected):
        binarize_mask(levels, is_lossy=True)


@pytest.mark.parametrize("is_lossy", [False, True])
def test_several_dark_levels_are_refused(is_lossy):
    with pytest.raises(MaskError, match="3 values up to 90"):
        binarize_mask(row(0, 50, 90), is_lossy=is_lossy)


@given(hnp.arrays(np.uint8, (4, 5), elements=st.sampled_from([0, 1])))
def test_binary_masks_survive_every_encoding(mask):
    deep = mask.astype(np.uint16) * 65535
    for encoded in (mask, mask * np.uint8(255), np.dstack([mask * np.uint8(255)] * 3), deep):
        np.testing.assert_array_equal(binarize_mask(encoded).mask, mask)
