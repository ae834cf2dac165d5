import json

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import StorageError
from crack_pipeline.trials.measuring import name_map, write_map
from crack_pipeline.trials.out_of_fold import write_out_of_fold


@pytest.fixture
def results(make_result):
    photos = {
        fold: {f"{fold}/{name}": ([[0.2, 0.8]], [[0, 1]]) for name in "yx"} for fold in (0, 1)
    }
    made = {fold: make_result(f"fold_{fold}", photos[fold], threshold=0.5) for fold in (0, 1)}
    for fold, result in made.items():
        (result.folder / "maps").mkdir()
        for image_id in photos[fold]:
            write_map(result.folder / "maps" / name_map(image_id), np.float32([[0.2, 0.8]]))
    return made


def test_predictions_of_all_folds_lie_in_one_folder(results, tmp_path):
    folder = tmp_path / "out_of_fold"
    write_out_of_fold(folder, results, task="segmentation", manifest_digest="d1ce")
    predictions = pd.read_parquet(folder / "predictions.parquet")
    assert predictions["image_id"].tolist() == ["0/x", "0/y", "1/x", "1/y"]
    assert predictions["fold"].tolist() == [0, 0, 1, 1]
    for image_id, name in zip(predictions["image_id"], predictions["map_file"], strict=True):
        assert name == f"maps/{name_map(image_id)}"
        assert cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED).tolist() == [[51, 204]]
    marker = json.loads((folder / "finished.json").read_text())
    assert marker == {"task": "segmentation", "manifest_digest": "d1ce", "folds": [0, 1]}


def test_what_was_there_before_is_replaced(results, tmp_path):
    folder = tmp_path / "out_of_fold"
    write_out_of_fold(folder, results, task="segmentation", manifest_digest="a")
    write_out_of_fold(folder, {0: results[0]}, task="segmentation", manifest_digest="b")
    assert len(list((folder / "maps").iterdir())) == 2
    assert json.loads((folder / "finished.json").read_text())["manifest_digest"] == "b"


def test_labels_have_probabilities_and_no_maps(make_result, tmp_path):
    result = make_result("fold_0", {"x": (0.75, 1)}, threshold=0.5)
    folder = tmp_path / "out_of_fold"
    table = write_out_of_fold(folder, {0: result}, task="classification", manifest_digest="a")
    assert table["probability"].tolist() == [0.75]
    assert table["map_file"].isna().all()


def test_a_missing_map_leaves_no_finished_folder(results, tmp_path):
    folder = tmp_path / "out_of_fold"
    (results[1].folder / "maps" / name_map("1/x")).unlink()
    with pytest.raises(StorageError, match="Out-of-fold predictions"):
        write_out_of_fold(folder, results, task="segmentation", manifest_digest="a")
    assert not (folder / "finished.json").exists()
