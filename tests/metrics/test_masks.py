import numpy as np
import pytest

from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.masks import MaskSums, summarize_masks


def test_pixels_pooled_and_mean_of_two_hand_drawn_photos():
    truth = np.zeros((2, 4, 5), np.uint8)
    truth[0, 0, :4] = 1
    probability = np.zeros((2, 4, 5), np.float32)
    probability[0, 0, :3] = 0.9  # 3 of 4 found, Dice 6/7
    probability[1, 3, :2] = 0.8  # 2 false alarms on a photo without crack, Dice 0
    photos = ProbabilityHistograms.stack(
        [measure_histograms(p, t, tolerance_px=1) for p, t in zip(probability, truth, strict=True)]
    )
    summary = summarize_masks(MaskSums(photos), threshold=0.5, tolerance_px=1, prefix="test")
    assert summary["test_precision_pooled"] == pytest.approx(3 / 5)
    assert summary["test_recall_pooled"] == pytest.approx(3 / 4)
    assert summary["test_f1_pooled"] == pytest.approx(6 / 9)
    assert summary["test_iou_pooled"] == pytest.approx(3 / 6)
    assert summary["test_dice_mean"] == pytest.approx(3 / 7)
    assert summary["test_dice_cracked_mean"] == pytest.approx(6 / 7)
    assert summary["test_recall_tolerance_1px_pooled"] == 1.0
    assert summary["test_precision_tolerance_1px_pooled"] == pytest.approx(3 / 5)
    assert summary["test_photos"] == 2
    assert summary["test_photos_without_crack"] == 1


def test_undefined_metrics_are_left_out():
    empty = measure_histograms(
        np.zeros((3, 3), np.float32), np.zeros((3, 3), np.uint8), tolerance_px=2
    )
    photos = ProbabilityHistograms.stack([empty])
    summary = summarize_masks(MaskSums(photos), threshold=0.5, tolerance_px=2, prefix="test")
    assert summary["test_f1_pooled"] == 1.0
    assert not {"test_auc_pooled", "test_average_precision_pooled"} & set(summary)
    assert "test_dice_cracked_mean" not in summary
