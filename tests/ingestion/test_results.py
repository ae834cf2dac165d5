import json

import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.ingestion.results import ResultStore

TABLE = pd.DataFrame({"a": pd.array(["x", None], "string")})


@pytest.fixture
def store(tmp_path):
    return ResultStore(tmp_path / "results")


def test_what_was_kept_is_recalled_with_its_attributes(store):
    table = TABLE.copy()
    table.attrs["licence"] = "CC BY 4.0"
    kept = store.keep("t.parquet", "k", table)
    assert store.recall("t.parquet", "k") == kept
    pd.testing.assert_frame_equal(kept.read_table(), TABLE)
    assert kept.read_table().attrs == {"licence": "CC BY 4.0"}


def test_another_key_or_name_finds_nothing(store):
    store.keep("b.png", "k", b"png")
    assert store.recall("b.png", "other") is None
    assert store.recall("c.png", "k") is None
    assert store.recall("b.png", "k").read_bytes() == b"png"


@pytest.mark.parametrize("damage", ["missing", "cut", "changed", "no marker", "odd marker"])
def test_damaged_results_are_not_recalled(store, tmp_path, damage):
    store.keep("t.parquet", "k", TABLE)
    path, marker = (tmp_path / "results" / f"t.parquet{end}" for end in ("", ".finished.json"))
    data = path.read_bytes()
    {
        "missing": path.unlink,
        "cut": lambda: path.write_bytes(data[:50]),
        "changed": lambda: path.write_bytes(b"x" + data[1:]),
        "no marker": marker.unlink,
        "odd marker": lambda: marker.write_text(json.dumps(["k"])),
    }[damage]()
    assert store.recall("t.parquet", "k") is None


def test_a_writer_that_fails_leaves_no_marker(store, monkeypatch):
    store.keep("b", "k", b"old")

    def fail(_, path):
        path.write_bytes(b"ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    with pytest.raises(StorageError, match="disk full"):
        store.keep("b", "k", TABLE)
    assert store.recall("b", "k") is None
