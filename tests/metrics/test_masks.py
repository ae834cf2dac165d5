import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.errors import ParameterError
from crack_pipeline.metrics import masks
from crack_pipeline.metrics.flat import join_metrics
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.masks import MaskSums, summarize_masks
from crack_pipeline.tasks import mask_report
from crack_pipeline.tasks.mask_scores import score_maps
from crack_pipeline.tasks.settings import SegmentationEvaluation

ROOT = Path(__file__).parents[2]


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


def _row_of_the_how_to() -> dict[str, masks.MaskRate]:
    page = (ROOT / "docs/how_to/add_a_metric.md").read_text(encoding="utf-8")
    block = re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)
    assert block is not None
    row: dict[str, masks.MaskRate] = eval(f"{{{block.group(1)}}}", vars(masks))
    return row


def test_a_row_of_the_table_is_all_that_a_metric_needs(monkeypatch):
    (name,) = row = _row_of_the_how_to()
    others, headline = masks.list_mask_rates, masks.list_headline_names
    monkeypatch.setattr(mask_report, "list_mask_rates", lambda px: others(px) | row)
    monkeypatch.setattr(mask_report, "list_headline_names", lambda px: (*headline(px), name))
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(12):
        truth = np.zeros((32, 32), np.uint8)
        truth[8:12, 2 : rng.integers(10, 30)] = 1
        pairs.append(((0.5 * truth + 0.45 * rng.random(truth.shape)).astype(np.float32), truth))
    ids = [f"photo_{number}" for number in range(12)]
    rows = pd.DataFrame({"image_id": ids, "group_id": ids})
    settings = SegmentationEvaluation(resamples=100)
    wanted = {"temperature": 1.0, "in_full": True}
    scores = score_maps(pairs, rows, settings, threshold=0.4, **wanted)
    report = mask_report.report_masks(scores, settings, threshold=0.4, temperature=1.0)

    sums = scores.sums.structure.pooled()
    expected = float(sums.boundary.predicted_near / sums.boundary.predicted)
    assert 0 < expected < 1
    assert report.metrics[name] == pytest.approx(expected)
    found = report.intervals[name]
    assert found.low < found.value < found.high
    for part in ("protocols", "headline"):
        assert report.parts[part][-2 if part == "headline" else -1]["name"] == name


def test_a_name_that_two_tables_hold_is_an_error():
    with pytest.raises(ParameterError, match="f1_pooled twice"):
        join_metrics({"f1_pooled": 0.5}, {"iou_pooled": 0.4}, {"f1_pooled": 0.6})
