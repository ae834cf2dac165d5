"""A store is read only when it was finished, and a full disk leaves nothing behind."""

import errno
import json
import os
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.storage import FINISHED_MARKER
from crack_pipeline.tiles import store as store_module
from crack_pipeline.tiles.store import (
    TileWriter,
    open_tile_store,
    remove_superseded,
)

ROW = {"image_id": "a", "split": "train", "x_px": 0, "y_px": 0, "label": 1, "crack_share": 0.0}


def _write(folder, n_tiles=2, key="key"):
    rng = np.random.default_rng(0)
    tiles = rng.integers(0, 256, (n_tiles, 32, 32, 3), dtype=np.uint8)
    masks = rng.integers(0, 2, (n_tiles, 32, 32), dtype=np.uint8)
    with TileWriter(folder, n_tiles=n_tiles, tile_px=32, has_masks=True) as writer:
        for tile, mask in zip(tiles, masks, strict=True):
            writer.add(tile, mask, ROW)
        writer.finish(key)
    return tiles, masks


def test_what_was_written_is_read(tmp_path):
    tiles, masks = _write(tmp_path / "s")
    store = open_tile_store(tmp_path / "s")
    np.testing.assert_array_equal(store.tiles, tiles)
    np.testing.assert_array_equal(store.masks, masks)
    assert isinstance(store.tiles, np.memmap)
    assert store.rows_of("train").tolist() == [0, 1]
    assert store.rows_of("validation").tolist() == []
    open_tile_store(tmp_path / "s", "key")
    with pytest.raises(StorageError, match="of other content"):
        open_tile_store(tmp_path / "s", "another key")


def test_a_store_without_its_marker_is_not_read(tmp_path):
    _write(tmp_path / "s")
    (tmp_path / "s" / FINISHED_MARKER).unlink()
    with pytest.raises(StorageError, match="--pipeline=preprocess"):
        open_tile_store(tmp_path / "s")


def test_a_cut_off_array_is_not_read(tmp_path):
    _write(tmp_path / "s")
    path = tmp_path / "s" / "tiles.npy"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StorageError):
        open_tile_store(tmp_path / "s")


def test_a_writer_that_failed_leaves_nothing(tmp_path):
    with (
        pytest.raises(RuntimeError),
        TileWriter(tmp_path / "s", n_tiles=2, tile_px=32, has_masks=False) as writer,
    ):
        writer.add(np.zeros((32, 32, 3), np.uint8), None, ROW)
        raise RuntimeError
    assert not (tmp_path / "s").exists()


def test_a_missing_tile_is_noticed(tmp_path):
    with (
        pytest.raises(StorageError, match="1 tiles instead of 2"),
        TileWriter(tmp_path / "s", n_tiles=2, tile_px=32, has_masks=False) as writer,
    ):
        writer.add(np.zeros((32, 32, 3), np.uint8), None, ROW)
        writer.finish("key")


def test_too_little_space_is_said_before_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with (
        pytest.raises(StorageError, match=r"for the tiles.*needed\. Free some space"),
        TileWriter(tmp_path / "s", n_tiles=100, tile_px=256, has_masks=True),
    ):
        pass


def test_a_disk_that_fills_up_is_one_clear_error(tmp_path, monkeypatch):
    class FullFile:
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self):
            return None

    monkeypatch.setattr(store_module, "_start_array", lambda path, shape: FullFile())
    with (
        pytest.raises(StorageError, match=r"disk full.*nothing half-written is used"),
        TileWriter(tmp_path / "s", n_tiles=1, tile_px=32, has_masks=False) as writer,
    ):
        writer.add(np.zeros((32, 32, 3), np.uint8), None, ROW)
    assert not (tmp_path / "s").exists()


def test_no_permission_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(StorageError, match="write permission"),
        TileWriter(tmp_path / "file" / "s", n_tiles=1, tile_px=32, has_masks=False),
    ):
        pass


def test_only_superseded_stores_are_removed(tmp_path):
    _write(tmp_path / "old")
    (tmp_path / "01_raw").mkdir()
    (tmp_path / "01_raw" / "photo.jpg").touch()
    _write(tmp_path / "new")
    (tmp_path / "tile_store.json").write_text("{}")
    assert remove_superseded(tmp_path, keep=tmp_path / "new") == [tmp_path / "old"]
    assert sorted(child.name for child in tmp_path.iterdir()) == [
        "01_raw",
        "new",
        "tile_store.json",
    ]


def _zero_a_tile(folder):
    tiles = np.load(folder / "tiles.npy", mmap_mode="r+")
    tiles[1] = 0
    tiles.flush()


def _exchange_masks(folder):
    masks = np.load(folder / "masks.npy", mmap_mode="r+")
    masks[:] = masks[::-1].copy()
    masks.flush()


def _say(**changes):
    def change(folder):
        marker = folder / FINISHED_MARKER
        marker.write_text(json.dumps({**json.loads(marker.read_text()), **changes}))

    return change


DAMAGE = {
    "tiles cut off": lambda folder: os.truncate(folder / "tiles.npy", 500),
    "masks gone": lambda folder: (folder / "masks.npy").unlink(),
    "index emptied": lambda folder: (folder / "index.parquet").write_bytes(b""),
    "a tile of zeros": _zero_a_tile,
    "masks exchanged": _exchange_masks,
    "marker a list": lambda folder: (folder / FINISHED_MARKER).write_text("[]"),
    "marker null": lambda folder: (folder / FINISHED_MARKER).write_text("null"),
    "marker of bytes": lambda folder: (folder / FINISHED_MARKER).write_bytes(b"\xff\x00"),
    "marker that names no files": _say(digests={}),
    "an earlier version": _say(sealed=None),
    "a later version": _say(sealed="99:0"),
}


@pytest.mark.parametrize("harm", DAMAGE.values(), ids=DAMAGE)
def test_what_is_not_as_it_was_written_is_not_trained_on(tmp_path, harm):
    _write(tmp_path / "s")
    harm(tmp_path / "s")
    with pytest.raises(StorageError, match="--pipeline=preprocess"):
        open_tile_store(tmp_path / "s", "key")


def test_arrays_of_different_lengths_are_noticed_without_reading_them(tmp_path):
    _write(tmp_path / "s", n_tiles=3)
    _write(tmp_path / "other", n_tiles=2)
    shutil.copy(tmp_path / "other" / "masks.npy", tmp_path / "s" / "masks.npy")
    with pytest.raises(StorageError, match="do not fit together"):
        open_tile_store(tmp_path / "s")
