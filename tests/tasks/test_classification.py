import json

import numpy as np
import pandas as pd
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks import classification
from crack_pipeline.tasks.label_report import labelled_rows
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation

SETTINGS = ClassificationEvaluation(sheet_photos=2)
INFO = ModelInfo(task="classification", model="fake", tile_px=48, batch_size=4)


def call_dark_crack(batch: np.ndarray) -> np.ndarray:
    return np.where(batch.min(axis=(1, 2, 3)) < 120, 0.9, 0.2).astype(np.float32)


def make_subject(manifest: pd.DataFrame, predict_batch=call_dark_crack) -> Subject:
    return Subject(bundle_of(predict_batch, INFO), manifest, "lines")


def evaluate(manifest: pd.DataFrame, predict_batch=call_dark_crack):
    subject = make_subject(manifest, predict_batch)
    decision, _ = classification.choose_decision(subject, SETTINGS)
    baseline = classification.score_baseline(manifest, SETTINGS)
    return decision, classification.evaluate(subject.decided(decision), baseline, SETTINGS)


def test_a_model_that_tells_every_photo_right(line_manifest):
    decision, result = evaluate(line_manifest)
    assert decision.threshold == pytest.approx(0.55)
    for name in ("accuracy", "precision", "recall", "f1", "auc", "baseline_f1"):
        assert result.metrics[f"test_{name}"] == 1.0
        assert result.metrics[f"validation_{name}"] == 1.0
    assert result.metrics["test_photos"] == 6
    assert result.report["classes"]["crack"]["support"] == 3
    assert result.report["baseline"]["name"] == "percentiles"
    json.dumps(result.report, allow_nan=False)


def test_a_model_that_confuses_the_classes(line_manifest):
    decision, result = evaluate(line_manifest, lambda batch: 1 - call_dark_crack(batch))
    assert "crack everywhere" in decision.note
    assert result.metrics["test_recall"] == 1.0
    assert result.metrics["test_accuracy"] == 0.5
    assert result.metrics["test_auc"] == 0.0
    wrong = [photo for photo in result.report["photos"] if not photo["right"]]
    assert [photo["label"] for photo in wrong] == [0, 0, 0]


def test_photos_without_a_label_are_left_out(line_manifest):
    line_manifest.loc[line_manifest["image_id"] == "photo_09", "label"] = pd.NA
    rows = labelled_rows(line_manifest, "test")
    assert len(rows) == 5
    assert rows.index.tolist() == [0, 1, 2, 3, 4]
    _, result = evaluate(line_manifest)
    assert result.metrics["test_photos"] == 5


def test_the_baseline_is_the_same_each_time(line_manifest):
    first, second = (classification.score_baseline(line_manifest, SETTINGS) for _ in range(2))
    assert first == second
    assert first["percentiles"] == [1, 5, 25, 50, 75]


def test_the_gain_over_the_baseline_is_measured(line_manifest):
    _, result = evaluate(line_manifest)
    for name in ("f1", "auc", "brier"):
        start = f"test_{name}_minus_baseline"
        assert result.metrics[f"{start}_low"] <= result.metrics[start]
        assert result.metrics[start] <= result.metrics[f"{start}_high"]
    assert result.metrics["test_f1_minus_baseline"] == 0.0  # both tell every photo right


def test_the_cost_of_views_is_reported(line_manifest):
    settings = SETTINGS.model_copy(update={"test_time_augmentation": "dihedral"})
    subject = make_subject(line_manifest)
    decision, _ = classification.choose_decision(subject, settings)
    baseline = classification.score_baseline(line_manifest, settings)
    result = classification.evaluate(subject.decided(decision), baseline, settings)
    assert result.metrics["test_f1"] == 1.0
    assert result.report["test_time_augmentation"]["views"] == "dihedral"
    assert "test_time_augmentation" not in evaluate(line_manifest)[1].report


@pytest.mark.parametrize("only", [0, 1])
def test_a_test_split_of_one_class_is_measured_as_far_as_it_goes(line_manifest, only):
    in_test = line_manifest["split"] == "test"
    one_class = line_manifest[~in_test | (line_manifest["label"] == only)]
    _, result = evaluate(one_class)
    assert result.metrics["test_accuracy"] == 1.0
    assert np.isnan(result.metrics.get("test_auc", np.nan))
    json.dumps(result.report, allow_nan=False)


def test_captions_of_the_sheet_are_whole(line_manifest):
    _, result = evaluate(line_manifest)
    captions = [
        text.get_text()
        for text in result.figures["prediction_sheet"].texts
        if "\n" in text.get_text()
    ]
    assert any(caption.endswith("\nNo crack; crack probability 20\u00a0%") for caption in captions)
    assert not any("…" in caption for caption in captions)
