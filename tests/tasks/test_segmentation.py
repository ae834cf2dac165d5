import json

import numpy as np
import pandas as pd
import pytest
from tests.prediction.stand_ins import bundle_of

from crack_pipeline.baselines.settings import BlackHatSettings
from crack_pipeline.prediction.decision import Decision
from crack_pipeline.prediction.model_info import ModelInfo
from crack_pipeline.tasks import segmentation
from crack_pipeline.tasks.outcomes import Subject
from crack_pipeline.tasks.settings import LabelAgreement, SegmentationEvaluation

SETTINGS = SegmentationEvaluation(baseline=BlackHatSettings(kernel_px=(3, 9), smoothing_px=(0.0,)))
INFO = ModelInfo(task="segmentation", model="fake", tile_px=32, overlap_px=8)


def call_dark_crack(batch: np.ndarray) -> np.ndarray:
    return np.where(batch.mean(axis=-1) < 100, 0.8, 0.1).astype(np.float32)


def make_subject(manifest: pd.DataFrame, predict_batch=call_dark_crack) -> Subject:
    return Subject(bundle_of(predict_batch, INFO), manifest, "lines")


def test_a_model_that_finds_every_line_scores_one(line_manifest):
    subject = make_subject(line_manifest)
    decision, curve = segmentation.choose_decision(subject, SETTINGS)
    baseline = segmentation.score_baseline(line_manifest, SETTINGS)
    result = segmentation.evaluate(subject.decided(decision), baseline, SETTINGS)
    # every threshold up to 0.9 is right; the least extreme is taken, the middle is 0.45
    assert (decision.threshold, decision.peak_threshold) == (0.5, pytest.approx(0.45))
    assert decision.note == ""
    assert "4 validation photos" in curve.axes[0].get_title(loc="left")
    assert result.metrics["test_f1_pooled"] == 1.0
    assert result.metrics["test_dice_mean"] == 1.0
    assert result.metrics["test_auc_pooled"] == 1.0
    assert result.metrics["validation_f1_pooled"] == 1.0
    assert result.metrics["test_photos"] == 6
    assert result.metrics["test_photos_without_crack"] == 3
    assert [photo["image_id"] for photo in result.report["photos"]] == [
        f"photo_{number:02d}" for number in range(8, 14)
    ]


def test_one_false_alarm_lowers_the_mean_by_one_photo(line_manifest):
    def call_bright_pixel_too(batch: np.ndarray) -> np.ndarray:
        return np.where(batch.mean(axis=-1) > 182.5, 0.8, call_dark_crack(batch))

    result = segmentation.evaluate(
        make_subject(line_manifest, call_bright_pixel_too).decided(
            Decision(threshold=0.5, views="none")
        ),
        segmentation.score_baseline(line_manifest, SETTINGS),
        SETTINGS,
    )
    without_crack = [photo for photo in result.report["photos"] if photo["truth_px"] == 0]
    alarmed = [photo for photo in without_crack if photo["predicted_px"] > 0]
    assert [photo["image_id"] for photo in alarmed] == ["photo_13"]
    assert alarmed[0]["dice"] == 0.0
    cracked = [photo["dice"] for photo in result.report["photos"] if photo["truth_px"] > 0]
    expected = (sum(cracked) + len(without_crack) - len(alarmed)) / 6
    assert result.metrics["test_dice_mean"] == pytest.approx(expected)


def test_the_baseline_is_tuned_on_validation(line_manifest):
    baseline = segmentation.score_baseline(line_manifest, SETTINGS)
    assert baseline["kernel_px"] == 9  # 3 px lines are not closed by a kernel of 3 px
    assert baseline["metrics"]["test_baseline_f1_pooled"] > 0.99
    recall = baseline["curves"]["recall"]
    assert len(recall) == len(baseline["curves"]["precision"]) <= 101
    assert recall[0] == 1.0
    assert recall[-1] > 0.0, "nothing is drawn where nothing is predicted"
    json.dumps(baseline, allow_nan=False)


def test_without_any_find_the_threshold_says_so(line_manifest):
    def see_nothing(batch: np.ndarray) -> np.ndarray:
        return np.zeros(batch.shape[:3], np.float32)

    decision, _ = segmentation.choose_decision(make_subject(line_manifest, see_nothing), SETTINGS)
    assert decision.threshold == 0.0
    assert "crack everywhere" in decision.note


def test_the_report_is_json(line_manifest):
    subject = make_subject(line_manifest)
    decision, _ = segmentation.choose_decision(subject, SETTINGS)
    baseline = segmentation.score_baseline(line_manifest, SETTINGS)
    result = segmentation.evaluate(subject.decided(decision), baseline, SETTINGS)
    json.dumps(result.report, allow_nan=False)
    assert all(isinstance(value, int | float) for value in result.metrics.values())


def test_views_and_what_labels_agree_at_are_reported(line_manifest):
    settings = SETTINGS.model_copy(
        update={
            "test_time_augmentation": "flips",
            "label_agreement": LabelAgreement(
                f1_pooled=0.871, f1_tolerance_pooled=0.985, cldice=0.967
            ),
        }
    )
    subject = make_subject(line_manifest)
    decision, _ = segmentation.choose_decision(subject, settings)
    baseline = segmentation.score_baseline(line_manifest, settings)
    result = segmentation.evaluate(subject.decided(decision), baseline, settings)
    again = segmentation.evaluate(subject.decided(decision), baseline, settings)
    assert result.report["label_agreement"]["cldice"] == 0.967
    assert result.report["test_time_augmentation"]["views"] == "flips"
    agreement = {row["name"]: row["agreement"] for row in result.report["headline"]}
    assert agreement["f1_pooled"] == 0.871
    assert result.metrics == again.metrics  # times are not among them
    assert not any("cost" in name for name in result.metrics)


def test_centrelines_and_the_gain_over_the_baseline_are_measured(line_manifest):
    subject = make_subject(line_manifest)
    decision, _ = segmentation.choose_decision(subject, SETTINGS)
    baseline = segmentation.score_baseline(line_manifest, SETTINGS)
    result = segmentation.evaluate(subject.decided(decision), baseline, SETTINGS)
    for split in ("validation", "test", "test_baseline"):
        assert result.metrics[f"{split}_cldice_pooled"] == pytest.approx(1.0, abs=0.02)
        assert f"{split}_f1_tolerance_2px_thin_pooled" in result.metrics
    gain = result.metrics["test_f1_pooled"] - result.metrics["test_baseline_f1_pooled"]
    assert result.metrics["test_f1_pooled_minus_baseline"] == pytest.approx(gain)


def test_photos_without_crack_are_named_as_such(line_manifest):
    subject = make_subject(line_manifest, lambda batch: np.full(batch.shape[:3], 0.8, np.float32))
    decision, _ = segmentation.choose_decision(subject, SETTINGS)
    baseline = segmentation.score_baseline(line_manifest, SETTINGS)
    result = segmentation.evaluate(subject.decided(decision), baseline, SETTINGS)
    captions = [text.get_text() for text in result.figures["prediction_sheet"].texts]
    worst = captions[captions.index("False cracks, the worst first") + 1 :]
    assert all(text.endswith("\nNo crack; 100\u00a0% of the photo marked") for text in worst[:3])
    shown = result.report["examples"]
    assert all(entry["figure"] in result.figures for entry in shown)
    assert [entry["kind"] for entry in shown][-3:] == ["false_alarm"] * 3
