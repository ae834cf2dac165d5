import json

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion.check_store import FINISHED_MARKER, load_checks, save_checks

TABLE = pd.DataFrame({"image_path": ["a", "b"], "width_px": pd.array([3, None], "Int32")})
THUMBNAILS = np.arange(2 * 64 * 64).reshape(2, 64, 64).astype(np.uint8)


@pytest.fixture
def store(tmp_path):
    save_checks(tmp_path / "checks", "k1", TABLE, THUMBNAILS)
    return tmp_path / "checks"


def test_what_was_kept_is_loaded(store):
    table, thumbnails = load_checks(store, "k1")
    assert table["width_px"].tolist() == [3, pd.NA]
    np.testing.assert_array_equal(thumbnails, THUMBNAILS)


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


def test_no_marker_stands_while_writing(store, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", fail)
    with pytest.raises(StorageError, match="No space left"):
        save_checks(store, "k1", TABLE, THUMBNAILS)
    assert load_checks(store, "k1") is None


def test_a_place_that_cannot_be_written_is_a_storage_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="write permission"):
        save_checks(tmp_path / "file" / "checks", "k1", TABLE, THUMBNAILS)
