import hashlib
import json

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ImageReadError, StorageError
from crack_pipeline.label_quality.findings import find_out_of_fold, read_map, read_out_of_fold


@pytest.fixture
def store(tmp_path):
    """A store of two maps, as cross-validation writes it."""
    folder = tmp_path / "segmentation" / "out_of_fold"
    (folder / "maps").mkdir(parents=True)
    names = []
    for image_id in ("train/a", "train/ü"):
        name = f"maps/{hashlib.sha1(image_id.encode()).hexdigest()}.png"
        cv2.imwrite(str(folder / name), np.full((6, 8), 51, np.uint8))
        names.append(name)
    table = {"image_id": ["train/a", "train/ü"], "fold": [0, 1], "map_file": names}
    pd.DataFrame(table).to_parquet(folder / "predictions.parquet")
    _finish(folder)
    return folder


def _finish(folder, **changes):
    marker = {"task": "segmentation", "manifest_digest": "abc", "folds": [0, 1], **changes}
    (folder / "finished.json").write_text(json.dumps(marker))


def test_a_finished_store_is_read(store):
    predictions = read_out_of_fold(store)
    assert predictions.task == "segmentation"
    assert predictions.table["image_id"].tolist() == ["train/a", "train/ü"]
    probability = read_map(store / predictions.table["map_path"][1])
    assert probability.shape == (6, 8)
    np.testing.assert_allclose(probability, 0.2)


def test_only_predictions_of_this_manifest_are_used(store, tmp_path):
    found, notes = find_out_of_fold(tmp_path, "abc")
    assert list(found) == ["segmentation"]
    assert notes == []
    found, notes = find_out_of_fold(tmp_path, "another")
    assert found == {}
    assert "cross_validate" in notes[0]


def test_an_unfinished_store_is_none(store, tmp_path):
    (store / "finished.json").unlink()
    assert find_out_of_fold(tmp_path, "abc") == ({}, [])
    with pytest.raises(StorageError, match="cross_validate"):
        read_out_of_fold(store)


@pytest.mark.parametrize("changes", [{"task": "reading"}, {"task": None}])
def test_a_marker_that_says_nonsense_is_refused(store, changes):
    _finish(store, **changes)
    with pytest.raises(StorageError):
        read_out_of_fold(store)


def test_a_damaged_table_is_refused(store, tmp_path):
    (store / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(StorageError, match="predictions"):
        find_out_of_fold(tmp_path, "abc")


def test_a_missing_map_is_refused(tmp_path):
    with pytest.raises(ImageReadError, match="cross_validate"):
        read_map(tmp_path / "none.png")
