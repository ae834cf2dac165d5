import json

import pytest

from crack_pipeline.trials.reporting import report_folds, tabulate_folds
from crack_pipeline.trials.trial import Trial


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
    assert "0.7500" in lines[1]
    assert lines[-1].startswith("all photos, out of fold")
    assert "0.7000" in lines[-1]
    assert "–" in lines[-1], "what was not measured is no number"
