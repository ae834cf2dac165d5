import numpy as np

from crack_pipeline.masks.resizing import resize_mask


def test_masks_stay_binary():
    mask = (np.random.default_rng(0).random((37, 53)) > 0.5).astype(np.uint8)
    resized = resize_mask(mask, width_px=91, height_px=20)
    assert resized.shape == (20, 91)
    assert set(np.unique(resized)) <= {0, 1}


def test_doubling_repeats_each_pixel():
    mask = np.array([[0, 1], [1, 0]], np.uint8)
    expected = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)
    np.testing.assert_array_equal(resize_mask(mask, width_px=4, height_px=4), expected)


def test_same_size_is_the_mask_itself():
    mask = np.eye(3, dtype=np.uint8)
    assert resize_mask(mask, width_px=3, height_px=3) is mask
