"""Batches are functions of (seed, step): balanced, with skeletons, in parts."""

import threading
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from crack_pipeline.augmentation.batches import add_skeletons
from crack_pipeline.augmentation.policy import AugmentationPolicy
from crack_pipeline.errors import ParameterError
from crack_pipeline.masks.skeletons import tube_skeleton
from crack_pipeline.tiles.store import TileStore, TileWriter, open_tile_store
from crack_pipeline.training.batches import PrefetchedBatches, TrainingBatches, ValidationBatches
from crack_pipeline.training.distribution import Part


def _write(folder: Path, *, n_cracked: int, n_crack_free: int) -> TileStore:
    rng = np.random.default_rng(0)
    n_tiles = n_cracked + n_crack_free + 5
    with TileWriter(folder, n_tiles=n_tiles, tile_px=16, has_masks=True) as writer:
        for number in range(n_tiles):
            mask = np.zeros((16, 16), np.uint8)
            if number < n_cracked:
                mask[:, 6:11] = 1
            split = "train" if number < n_cracked + n_crack_free else "validation"
            row = {"image_id": str(number), "split": split, "x_px": 0, "y_px": 0, "label": 1}
            tile = rng.integers(0, 256, (16, 16, 3), np.uint8)
            writer.add(tile, mask, {**row, "crack_share": float(mask.mean())})
        writer.finish("key")
    return open_tile_store(folder)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TileStore:
    return _write(tmp_path_factory.mktemp("tiles") / "store", n_cracked=9, n_crack_free=4)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9])
def test_the_share_of_crack_free_tiles_is_as_asked(store, share):
    batches = TrainingBatches(store, None, batch_size=8, seed=0, crack_free_share=share)
    masks = np.concatenate([batches[step][1] for step in range(50)])
    crack_free = (masks.reshape(len(masks), -1).sum(axis=1) == 0).mean()
    assert crack_free == pytest.approx(share, abs=1 / 400)


def test_each_kind_comes_in_whole_passes(store):
    batches = TrainingBatches(store, None, batch_size=9, seed=0, crack_free_share=0.5)
    tiles = np.concatenate([batches[step][0] for step in range(2)])
    # 18 places: 9 of the 9 cracked tiles, each once
    distinct = {tile.tobytes() for tile in tiles}
    assert len(distinct) == 9 + 4


def test_a_later_start_gives_the_same_batches(store):
    whole = TrainingBatches(store, None, batch_size=4, seed=3, crack_free_share=0.3)
    late = TrainingBatches(store, None, batch_size=4, seed=3, crack_free_share=0.3, first_step=7)
    np.testing.assert_array_equal(whole[9][0], late[2][0])


@pytest.mark.parametrize(("n_cracked", "n_crack_free"), [(0, 4), (4, 0)])
def test_a_kind_that_is_not_there_is_named(tmp_path, n_cracked, n_crack_free):
    store = _write(tmp_path / "store", n_cracked=n_cracked, n_crack_free=n_crack_free)
    with pytest.raises(ParameterError, match="crack_free_share: null"):
        TrainingBatches(store, None, batch_size=4, seed=0, crack_free_share=0.5)


def test_skeletons_are_those_of_the_augmented_masks(store):
    policy = AugmentationPolicy(warp_probability=1.0)
    batches = TrainingBatches(store, policy, batch_size=8, seed=0, targets=add_skeletons)
    targets = batches[1][1]
    assert targets.shape == (8, 16, 16, 2)
    for target in targets:
        np.testing.assert_array_equal(target[..., 1], tube_skeleton(target[..., 0].copy()))


def test_parts_make_up_the_whole_batch(store):
    options = {"batch_size": 8, "seed": 0, "crack_free_share": 0.25}
    whole = TrainingBatches(store, AugmentationPolicy(), **options)
    parts = [
        TrainingBatches(store, AugmentationPolicy(), part=Part(number, 4, 4), **options)
        for number in range(4)
    ]
    for place in (0, 1):
        joined = np.concatenate([part[5][place] for part in parts])
        np.testing.assert_array_equal(joined, whole[5][place])


def test_validation_in_parts_leaves_out_what_does_not_divide(store):
    parts = [ValidationBatches(store, batch_size=4, part=Part(number, 2, 2)) for number in range(2)]
    assert [part.num_batches for part in parts] == [1, 1]
    assert sum(len(part[0][0]) for part in parts) == 4  # of 5 tiles


def test_fewer_validation_tiles_than_devices_are_refused(tmp_path):
    store = _write(tmp_path, n_cracked=2, n_crack_free=0)
    with pytest.raises(ParameterError, match="5 validation tiles, 6 devices"):
        ValidationBatches(store, batch_size=6, part=Part(0, 1, 6))


class Counting(keras.utils.PyDataset):
    """Batch i holds i; early ones take longest, so that threads finish in another order."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.made: list[int] = []
        self._fails_at = fails_at

    @property
    def num_batches(self) -> None:
        return None

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        if index == self._fails_at:
            raise OSError("the disk is gone")
        time.sleep(0.004 / (1 + index))
        self.made.append(index)
        return np.full(1, index), np.zeros(1)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_order_is_kept(threads):
    ahead = PrefetchedBatches(Counting(), threads=threads)
    assert [int(ahead[i][0][0]) for i in range(30)] == list(range(30))
    ahead.close()


def test_a_jump_back_or_forward_gives_what_was_asked_for():
    ahead = PrefetchedBatches(Counting(), threads=3)
    # TensorFlow looks at the first batches before it begins.
    assert [int(ahead[i][0][0]) for i in (0, 1, 0, 1, 2, 40, 41, 7)] == [0, 1, 0, 1, 2, 40, 41, 7]
    ahead.close()


def test_only_a_few_are_made_ahead():
    counting = Counting()
    ahead = PrefetchedBatches(counting, threads=2)
    ahead[0]
    time.sleep(0.1)
    assert max(counting.made) == 3
    ahead.close()


def test_an_error_reaches_who_asked():
    ahead = PrefetchedBatches(Counting(fails_at=2), threads=2)
    ahead[0], ahead[1]
    with pytest.raises(OSError, match="the disk is gone"):
        ahead[2]
    ahead.close()


def test_closing_ends_the_threads():
    before = threading.active_count()
    ahead = PrefetchedBatches(Counting(), threads=4)
    ahead[0]
    ahead.close()
    assert threading.active_count() == before
