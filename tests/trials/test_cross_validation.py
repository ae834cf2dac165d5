import json

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ManifestError, SplitError, StorageError
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.storage import read_marker
from crack_pipeline.trials.cross_validation import (
    decide_each,
    name_fold_metrics,
    plan_folds,
    pool_out_of_fold,
    report_folds,
    summarize_spread,
    tabulate_folds,
    write_out_of_fold,
)
from crack_pipeline.trials.measuring import name_map, write_map
from crack_pipeline.trials.trial import Trial


def test_each_photo_is_decided_at_the_threshold_of_its_own_fold(make_result):
    # Fold a, threshold 0.8: 1 right, 1 missed. Fold b, threshold 0.3: 1 right, 1 false alarm.
    first = make_result("a", {"a/1": ([[0.9, 0.7, 0.1]], [[1, 1, 0]])}, threshold=0.8)
    second = make_result("b", {"b/1": ([[0.4, 0.3, 0.1]], [[1, 0, 0]])}, threshold=0.3)
    pooled = pool_out_of_fold([first, second], tolerance_px=0)
    assert pooled["out_of_fold_precision_pooled"] == pytest.approx(2 / 3)
    assert pooled["out_of_fold_recall_pooled"] == pytest.approx(2 / 3)
    assert pooled["out_of_fold_f1_pooled"] == pytest.approx(2 / 3)
    assert pooled["out_of_fold_f1_tolerance_0px_pooled"] == pytest.approx(2 / 3)
    assert pooled["out_of_fold_dice_mean"] == pytest.approx(2 / 3)
    # At 0.5 for all: 2 right, 1 missed, no false alarm.
    assert pooled["out_of_fold_f1_at_half_pooled"] == pytest.approx(4 / 5)
    assert pooled["out_of_fold_photos"] == 2


def test_areas_are_read_from_probabilities_not_from_decisions(make_result):
    photos = {"a/1": ([[0.9, 0.8, 0.7, 0.1]], [[1, 0, 1, 0]])}
    pooled = pool_out_of_fold([make_result("a", photos, threshold=0.85)], tolerance_px=0)
    assert pooled["out_of_fold_average_precision_pooled"] == pytest.approx((1 + 2 / 3) / 2)
    assert pooled["out_of_fold_auc_pooled"] == pytest.approx(3 / 4)


def test_labels_are_pooled_the_same_way(make_result):
    first = make_result("a", {"a/1": (0.9, 1), "a/2": (0.6, 0)}, threshold=0.7)
    second = make_result("b", {"b/1": (0.4, 1), "b/2": (0.2, 0)}, threshold=0.3)
    pooled = pool_out_of_fold([first, second], tolerance_px=None)
    assert pooled["out_of_fold_f1"] == 1.0
    assert pooled["out_of_fold_accuracy"] == 1.0
    assert pooled["out_of_fold_f1_at_half"] == pytest.approx(1 / 2)
    assert pooled["out_of_fold_auc"] == pytest.approx(3 / 4)


def test_spread_is_that_of_a_sample(make_result):
    photos = {"x": ([[0.9]], [[1]])}
    values = {"a": 0.6, "b": 0.8}
    results = [
        make_result(name, photos, threshold=0.5, test_f1_pooled=value, test_photos=1)
        for name, value in values.items()
    ]
    summary = summarize_spread(results)
    assert summary == {
        "fold_f1_pooled_mean": pytest.approx(0.7),
        "fold_f1_pooled_sd": pytest.approx(0.2 / np.sqrt(2)),
    }


def test_no_name_speaks_of_test_photos():
    named = name_fold_metrics({"test_f1": 0.5, "validation_f1": 0.6, "decision_threshold": 0.4})
    assert named == {"fold_f1": 0.5, "validation_f1": 0.6, "decision_threshold": 0.4}


def test_decided_histograms_hold_every_pixel_once():
    rng = np.random.default_rng(0)
    truth = (rng.random((8, 9)) > 0.6).astype(np.uint8)
    photo = measure_histograms(rng.random((8, 9)).astype(np.float32), truth, tolerance_px=1)
    photos = ProbabilityHistograms.stack([photo, photo])
    decided = decide_each(photos, np.array([0.25, 0.0]))
    index = 25
    assert decided.crack[0, -1] == photo.crack[index:].sum()
    assert decided.crack.sum() == photos.crack.sum()
    assert decided.background[1, 0] == 0, "at threshold 0 everything is predicted"


@pytest.fixture
def report(line_manifest, tiny_settings, make_result):
    photos = {"x": ([[0.9, 0.1]], [[1, 0]])}
    trials = [Trial(f"fold_{fold}", line_manifest, tiny_settings) for fold in (0, 1)]
    results = [
        make_result(trial.name, photos, threshold=0.5, test_f1_pooled=0.75) for trial in trials
    ]
    metrics = {"fold_f1_pooled_mean": 0.75, "fold_f1_pooled_sd": 0.0, "out_of_fold_f1_pooled": 0.7}
    return report_folds(trials, results, metrics, manifest_digest="d1ce")


def test_the_report_says_of_each_fold_what_it_was_trained_on(report):
    fold = json.loads(json.dumps(report))["folds"][1]
    assert fold["name"] == "fold 1"
    assert (fold["photos"], fold["train_photos"], fold["validation_photos"]) == (6, 4, 4)
    assert fold["metrics"]["fold_f1_pooled"] == 0.75
    assert fold["training_seconds"] == 2.0
    assert report["settings"]["recipe"]["epochs"] == 2


def test_the_table_ends_with_all_photos_together(report):
    lines = tabulate_folds(report).splitlines()
    assert lines[1].split()[:4] == ["fold", "0,", "6", "photos"]
    assert "0.750" in lines[1]
    assert lines[-1].startswith("all photos, out of fold")
    assert "0.700" in lines[-1]
    assert "–" in lines[-1], "what was not measured is no number"


def _plan(manifest, settings, n_folds=3):
    return plan_folds(manifest, settings, n_folds=n_folds, validation_share=0.4, seed=0)


def test_each_photo_is_held_out_once_and_test_photos_never(line_manifest, tiny_settings):
    trials = _plan(line_manifest, tiny_settings)
    held = pd.concat([t.manifest.loc[t.manifest["split"] == "test", "image_id"] for t in trials])
    assert sorted(held) == [f"photo_{number:02d}" for number in range(8)]
    assert [trial.name for trial in trials] == ["fold_0", "fold_1", "fold_2"]
    for trial in trials:
        assert len(trial.manifest) == 8
        assert set(trial.manifest["split"]) == {"train", "validation", "test"}


def test_no_group_is_divided(line_manifest, tiny_settings):
    pairs = line_manifest.assign(group_id=[f"g{number // 2}" for number in range(14)])
    for trial in _plan(pairs, tiny_settings, n_folds=2):
        parts = trial.manifest.groupby("group_id")["split"].agg(set)
        assert all(len(part) == 1 for part in parts)


def test_folds_of_the_manifest_are_taken(line_manifest, tiny_settings):
    folds = pd.array([0, 0, 0, 0, 1, 1, 1, 1, *[None] * 6], dtype="Int8")
    trials = _plan(line_manifest.assign(fold=folds), tiny_settings, n_folds=5)
    held = [t.manifest.loc[t.manifest["split"] == "test", "image_id"].tolist() for t in trials]
    assert held == [
        [f"photo_{number:02d}" for number in range(4)],
        [f"photo_{number:02d}" for number in range(4, 8)],
    ]


def test_set_aside_photos_take_no_part(line_manifest, tiny_settings):
    status = line_manifest["status"].where(line_manifest["image_id"] != "photo_03", "set_aside")
    trials = _plan(line_manifest.assign(status=status), tiny_settings)
    assert all("photo_03" not in set(trial.manifest["image_id"]) for trial in trials)


def test_folds_of_some_photos_only_are_refused(line_manifest, tiny_settings):
    folds = pd.array([0, 1, *[None] * 12], dtype="Int8")
    with pytest.raises(ManifestError, match="6 of 8 photos without a fold"):
        _plan(line_manifest.assign(fold=folds), tiny_settings)


def test_a_group_in_two_folds_is_refused(line_manifest, tiny_settings):
    folds = pd.array([0, 1, 0, 1, 0, 1, 0, 1, *[None] * 6], dtype="Int8")
    with pytest.raises(SplitError, match="group one in 2 folds"):
        _plan(line_manifest.assign(fold=folds, group_id="one"), tiny_settings)


def test_too_few_groups_are_refused(line_manifest, tiny_settings):
    groups = ["a"] * 4 + ["b"] * 10
    with pytest.raises(SplitError, match="at least two groups"):
        _plan(line_manifest.assign(group_id=groups), tiny_settings, n_folds=2)


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
    marker = read_marker(folder / "finished.json", "d1ce")
    assert (marker["task"], marker["folds"]) == ("segmentation", [0, 1])


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
