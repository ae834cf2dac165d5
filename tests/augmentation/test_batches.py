"""Batches are functions of (seed, step) and pass over all tiles equally often."""

import numpy as np

from crack_pipeline.augmentation.batches import augmented_batch, batch_rows
from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.tiles.store import TileWriter, open_tile_store


def test_each_pass_holds_every_row_once():
    rows = np.array([3, 5, 8, 13, 21])
    drawn = np.concatenate([batch_rows(rows, step=s, batch_size=2, seed=0) for s in range(10)])
    for start in range(0, 20, 5):
        np.testing.assert_array_equal(np.sort(drawn[start : start + 5]), rows)


def test_a_batch_larger_than_the_rows_is_filled():
    drawn = batch_rows(np.array([1, 2]), step=0, batch_size=5, seed=0)
    assert len(drawn) == 5


def test_order_depends_on_seed_and_step_alone():
    rows = np.arange(50)
    first = batch_rows(rows, step=7, batch_size=8, seed=1)
    np.testing.assert_array_equal(first, batch_rows(rows, step=7, batch_size=8, seed=1))
    assert not np.array_equal(first, batch_rows(rows, step=7, batch_size=8, seed=2))


def test_labels_are_the_targets_where_there_are_no_masks(tmp_path):
    with TileWriter(tmp_path / "s", n_tiles=3, tile_px=32, has_masks=False) as writer:
        for number in range(3):
            row = {"image_id": str(number), "split": "train", "label": number % 2}
            writer.add(np.full((32, 32, 3), number, np.uint8), None, row)
        writer.finish("k")
    store = open_tile_store(tmp_path / "s")
    tiles, labels = augmented_batch(store, np.array([2, 1]), policy=None, step=0, seed=0)
    assert tiles[:, 0, 0, 0].tolist() == [2, 1]
    assert labels.tolist() == [[0.0], [1.0]]
    again = augmented_batch(store, np.array([2, 1]), policy=AugmentationPolicy(), step=0, seed=0)
    assert again[0].shape == tiles.shape
