from pathlib import Path

import cv2
import keras
import numpy as np
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.errors import StorageError
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks import segmentation
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import ClassificationEvaluation, SegmentationEvaluation
from crack_pipeline.trials.measuring import measure_cost, measure_trial, name_map, write_map


def _see_darkness(batch):
    return 1 - batch.astype(np.float32).mean(axis=-1) / 255


def _see_a_dark_pixel(batch):
    return _see_darkness(batch).max(axis=(1, 2))


def _subject(manifest, task, predict_batch):
    overlap_px = 8 if task == "segmentation" else None
    info = ModelInfo(task=task, model="dark", tile_px=32, overlap_px=overlap_px, batch_size=4)
    return Subject(bundle_of(predict_batch, info), manifest, "lines")


def test_masks_are_measured_and_each_map_is_kept(line_manifest, tmp_path):
    subject = _subject(line_manifest, "segmentation", _see_darkness)
    measured = measure_trial(subject, SegmentationEvaluation(), maps=tmp_path / "maps")
    assert measured.metrics["test_f1_pooled"] == 1.0
    assert measured.metrics["test_photos"] == 6
    photos = measured.photos
    assert photos["image_id"].tolist() == [f"photo_{number:02d}" for number in range(8, 14)]
    assert (photos["true_positive"] > 0).tolist() == [True, False] * 3
    assert photos["probability"].isna().all()
    assert len(measured.histograms.crack) == 6
    levels = cv2.imread(str(tmp_path / "maps" / name_map("photo_08")), cv2.IMREAD_UNCHANGED)
    assert (levels.shape, levels.dtype) == ((48, 64), np.uint8)
    assert levels.max() == round((1 - 40 / 255) * 255)


def test_trials_and_evaluation_measure_the_same(line_manifest):
    subject = _subject(line_manifest, "segmentation", _see_darkness)
    settings = SegmentationEvaluation(test_time_augmentation="flips")
    measured = measure_trial(subject, settings).metrics
    decision, _ = segmentation.choose_decision(subject, settings)
    baseline = segmentation.score_baseline(line_manifest, settings)
    evaluated = segmentation.evaluate(subject.decided(decision), baseline, settings).metrics
    assert measured == {name: evaluated[name] for name in measured}
    assert {"validation_cldice_pooled", "test_recall_tolerance_2px_thin_pooled"} <= set(measured)


def test_labels_are_measured_photo_by_photo(line_manifest):
    subject = _subject(line_manifest, "classification", _see_a_dark_pixel)
    measured = measure_trial(subject, ClassificationEvaluation())
    assert measured.metrics["test_accuracy"] == 1.0
    assert measured.photos["true_positive"].tolist() == [1, 0] * 3
    assert measured.photos["true_negative"].tolist() == [0, 1] * 3
    assert measured.photos["probability"].between(0, 1).all()
    assert measured.histograms is None


def test_a_map_is_stored_in_255_steps_under_a_name_that_any_file_system_takes(tmp_path):
    name = name_map("train/Riß №1.jpg")
    assert name == f"{name[:40]}.png"
    write_map(tmp_path / name, np.float32([[0, 0.5, 1]]))
    assert cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED).tolist() == [[0, 128, 255]]


def test_a_map_that_cannot_be_written_says_where(tmp_path):
    with pytest.raises(StorageError, match="Probability maps"):
        write_map(Path(tmp_path / "missing" / "a.png"), np.zeros((2, 2), np.float32))


def test_operations_are_counted_and_times_taken_of_a_copy():
    inputs = keras.Input((8, 8, 3), dtype="uint8")
    x = keras.layers.Conv2D(2, 3, padding="same")(keras.ops.cast(inputs, "float32"))
    model = keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(x))
    cost = measure_cost(model, 8)
    assert cost["flops"] == 2 * 3 * 3 * 3 * 2 * 8 * 8
    assert cost["ms_a_tile"] > 0
    assert cost["ms_a_tile_in_batch"] > 0
    assert cost["cores"] >= 1
