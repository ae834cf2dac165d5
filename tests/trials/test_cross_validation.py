import json

import numpy as np
import pytest

from crack_pipeline.metrics.histograms import measure_histograms
from crack_pipeline.trials.cross_validation import (
    decide_each,
    name_fold_metrics,
    pool_out_of_fold,
    report_folds,
    summarize_spread,
    tabulate_folds,
)
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
    photos = type(photo).stack([photo, photo])
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
