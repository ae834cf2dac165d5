import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_pipeline.explain.inputs import cut_tile, place_tile, resize_whole
from crack_pipeline.prediction.model_info import ModelInfo


def info(task: str, side: int) -> ModelInfo:
    return ModelInfo(task=task, model="any", tile_px=side)


@given(st.integers(0, 2**32 - 1))
def test_no_other_tile_holds_more(seed):
    mask = (np.random.default_rng(seed).random((20, 26)) > 0.9).astype(np.uint8)
    y, x = place_tile(mask, 8)
    held = mask[y : y + 8, x : x + 8].sum()
    best = max(
        mask[row : row + 8, column : column + 8].sum() for row in range(13) for column in range(19)
    )
    assert held == best


def test_the_middle_is_taken_where_nothing_is_wanted():
    assert place_tile(np.zeros((20, 30), np.uint8), 10) in {(5, 10), (5, 9), (4, 10)}


def test_photo_and_masks_are_cut_alike():
    image = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    truth = np.zeros((40, 60), np.uint8)
    truth[30:36, 45:55] = 1
    shown = cut_tile(image, {"truth": truth}, info("segmentation", 16), wanted=truth)
    assert shown.masks["truth"].sum() == truth.sum()
    y, x = place_tile(truth, 16)
    np.testing.assert_array_equal(shown.photo, image[y : y + 16, x : x + 16])


def test_a_small_photo_is_extended_by_reflection():
    image = np.random.default_rng(0).integers(0, 256, (10, 12, 3), dtype=np.uint8)
    truth = np.ones((10, 12), np.uint8)
    shown = cut_tile(image, {"truth": truth}, info("segmentation", 16), wanted=truth)
    assert shown.photo.shape == (16, 16, 3)
    assert shown.masks["truth"].shape == (16, 16)
    np.testing.assert_array_equal(shown.photo[:10, :12], image)


@pytest.mark.parametrize("side", [16, 64])
def test_a_whole_photo_is_resized_with_masks_of_0_and_1(side):
    image = np.full((32, 48, 3), 7, np.uint8)
    truth = np.zeros((32, 48), np.uint8)
    truth[:16] = 1
    shown = resize_whole(image, {"truth": truth}, info("classification", side))
    assert shown.photo.shape == (side, side, 3)
    assert set(np.unique(shown.masks["truth"])) == {0, 1}
    assert shown.masks["truth"].mean() == pytest.approx(0.5)
