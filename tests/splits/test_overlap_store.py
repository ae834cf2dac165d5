import json

import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.splits.overlap_store import (
    key_of_search,
    load_overlaps,
    save_overlaps,
)
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.storage import FINISHED_MARKER

TABLE = pd.DataFrame({"first": ["a"], "second": ["b"], "correlation": [0.9]})


def test_what_was_kept_is_loaded(tmp_path):
    save_overlaps(tmp_path / "new" / "folder", "key", TABLE, seconds=3.5)
    loaded = load_overlaps(tmp_path / "new" / "folder", "key")
    assert loaded is not None
    pd.testing.assert_frame_equal(loaded[0], TABLE)
    assert loaded[1] == 3.5


def test_another_key_finds_nothing(tmp_path):
    save_overlaps(tmp_path, "key", TABLE, seconds=1)
    assert load_overlaps(tmp_path, "other") is None
    assert load_overlaps(tmp_path / "nowhere", "key") is None


@pytest.mark.parametrize("damage", ["table", "marker", "no marker", "other marker"])
def test_half_written_results_are_not_read(tmp_path, damage):
    save_overlaps(tmp_path, "key", TABLE, seconds=1)
    table, marker = tmp_path / "overlaps.parquet", tmp_path / FINISHED_MARKER
    if damage == "table":
        table.write_bytes(table.read_bytes()[:-20])
    elif damage == "marker":
        marker.write_text('{"key": "ke')
    elif damage == "other marker":
        marker.write_text(json.dumps(["key"]))
    else:
        marker.unlink()
    assert load_overlaps(tmp_path, "key") is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(StorageError, match="write permission"):
        save_overlaps(tmp_path / "taken", "key", TABLE, seconds=1)


def test_photos_settings_and_method_make_the_key():
    settings = OverlapSettings()
    key = key_of_search(["a", "b"], settings, version=1)
    assert key_of_search(["b", "a", "a"], settings, version=1) == key
    assert key_of_search(["a", "b"], OverlapSettings(search="always"), version=1) == key
    assert key_of_search(["a", "c"], settings, version=1) != key
    assert key_of_search(["a", "b"], settings, version=2) != key
    assert key_of_search(["a", "b"], OverlapSettings(min_votes=3), version=1) != key
