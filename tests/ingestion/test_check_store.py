import json

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion import results
from crack_pipeline.ingestion.results import (
    ChecksWriter,
    identify_thumbnails,
    load_checks,
    open_thumbnails,
)
from crack_pipeline.storage import FINISHED_MARKER

TABLE = pd.DataFrame({"image_path": ["a", "b"], "width_px": pd.array([3, None], "Int32")})
THUMBNAILS = np.arange(2 * 64 * 64).reshape(2, 64, 64).astype(np.uint8)


def save(folder, key="k1", rows=(0, 1), n_rows=2):
    with ChecksWriter(folder, n_rows) as writer:
        writer.put(np.array(rows), THUMBNAILS)
        writer.finish(key, TABLE)


@pytest.fixture
def store(tmp_path):
    save(tmp_path / "checks")
    return tmp_path / "checks"


def test_what_was_kept_is_loaded(store):
    table, thumbnails = load_checks(store, "k1")
    assert table["width_px"].tolist() == [3, pd.NA]
    np.testing.assert_array_equal(thumbnails, THUMBNAILS)
    assert isinstance(thumbnails, np.memmap)


def test_rows_that_are_not_written_are_zeros(tmp_path):
    save(tmp_path, rows=(1, 3), n_rows=5)
    _, thumbnails = load_checks(tmp_path, "k1")
    np.testing.assert_array_equal(thumbnails[[1, 3]], THUMBNAILS)
    assert not thumbnails[[0, 2, 4]].any()


def test_nothing_at_all_can_be_kept(tmp_path):
    with ChecksWriter(tmp_path, 0) as writer:
        writer.finish("k1", TABLE.iloc[:0])
    assert open_thumbnails(tmp_path / "thumbnails.npy").shape == (0, 64, 64)


def test_another_key_finds_nothing(store):
    assert load_checks(store, "k2") is None


def test_nothing_kept_is_nothing(tmp_path):
    assert load_checks(tmp_path / "none", "k1") is None


@pytest.mark.parametrize("name", [FINISHED_MARKER, "checks.parquet", "thumbnails.npy"])
@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_half_written_or_damaged_stores_are_not_read(store, name, damage):
    path = store / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif name == FINISHED_MARKER:
        path.write_text(json.dumps({"key": "k1"}))
    else:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert load_checks(store, "k1") is None


def test_an_interrupted_writer_leaves_the_older_store_whole(store):
    with pytest.raises(KeyboardInterrupt), ChecksWriter(store, 2) as writer:
        writer.put(np.array([0, 1]), 255 - THUMBNAILS)
        raise KeyboardInterrupt
    np.testing.assert_array_equal(load_checks(store, "k1")[1], THUMBNAILS)
    assert not list(store.glob("*.part"))


def test_thumbnails_of_another_listing_are_told_apart(store, monkeypatch):
    seen = {identify_thumbnails(store)}
    assert identify_thumbnails(store) in seen
    save(store, rows=(1, 2), n_rows=3)
    seen.add(identify_thumbnails(store))
    monkeypatch.setattr(results, "write_marker", lambda *_: None)  # killed just before
    save(store)
    seen.add(identify_thumbnails(store))
    (store / "thumbnails.npy").unlink()
    seen.add(identify_thumbnails(store))
    assert len(seen) == 4


def test_no_marker_stands_while_files_are_replaced(store, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(StorageError, match="disk full"):
        save(store)
    assert load_checks(store, "k1") is None


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="write permission"):
        save(tmp_path / "file" / "checks")
