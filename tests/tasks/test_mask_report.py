"""The table of masks: values of independent code, intervals, strata, and content for JSON."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as sklearn_metrics

from crack_pipeline.errors import ManifestError
from crack_pipeline.metrics.bootstrap import interval_of
from crack_pipeline.metrics.masks import list_mask_rates
from crack_pipeline.tasks.evaluation import draw_report_figures
from crack_pipeline.tasks.mask_report import report_masks
from crack_pipeline.tasks.mask_scores import SplitScores, score_maps
from crack_pipeline.tasks.settings import SegmentationEvaluation
from crack_pipeline.wording.metric_labels import list_mask_metrics
from crack_pipeline.wording.verdict import measure_lengths

THRESHOLD = 0.4
SETTINGS = SegmentationEvaluation(resamples=200)
WANTED = {"temperature": 2.0, "in_full": True}


def _draw_pairs(n_photos: int, *, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Lines of 1 to 9 px beside noise that hides some of them; the last photo has no crack."""
    rng = np.random.default_rng(seed)
    pairs = []
    for number in range(n_photos):
        truth = np.zeros((48, 64), np.uint8)
        if number < n_photos - 1:
            truth[20 : 21 + 2 * (number % 5), 4:60] = 1
        score = 0.15 + 0.7 * truth * rng.random() + rng.normal(0, 0.1, truth.shape)
        pairs.append((np.clip(score, 0, 1).astype(np.float32), truth))
    return pairs


def _score(pairs: list[tuple[np.ndarray, np.ndarray]], groups: int = 6) -> SplitScores:
    rows = pd.DataFrame(
        {
            "image_id": [f"photo_{number}" for number in range(len(pairs))],
            "group_id": [f"group_{number % groups}" for number in range(len(pairs))],
            "source": ["a" if number % 3 else "b" for number in range(len(pairs))],
            "surface": pd.Series([None] * len(pairs), dtype="string"),
        }
    )
    return score_maps(pairs, rows, SETTINGS, threshold=THRESHOLD, **WANTED)


@pytest.fixture(scope="module")
def pairs():
    return _draw_pairs(20)


@pytest.fixture(scope="module")
def scores(pairs):
    return _score(pairs)


@pytest.fixture(scope="module")
def report(scores):
    return report_masks(scores, SETTINGS, threshold=THRESHOLD, temperature=2.0)


def test_pooled_pixels_agree_with_scikit_learn(pairs, report):
    truth = np.concatenate([mask.ravel() for _, mask in pairs])
    predicted = np.concatenate([(p >= np.float32(THRESHOLD)).ravel() for p, _ in pairs])
    precision, recall, f1, _ = sklearn_metrics.precision_recall_fscore_support(
        truth, predicted, average="binary"
    )
    assert report.metrics["precision_pooled"] == pytest.approx(precision)
    assert report.metrics["recall_pooled"] == pytest.approx(recall)
    assert report.metrics["f1_pooled"] == pytest.approx(f1)
    assert report.metrics["iou_pooled"] == pytest.approx(
        sklearn_metrics.jaccard_score(truth, predicted)
    )


def test_a_short_table_is_part_of_the_whole_one(scores, report):
    summary = scores.summarize(THRESHOLD, SETTINGS, "test")
    assert len(summary) >= 25
    assert {name: report.metrics[name[5:]] for name in summary} == pytest.approx(summary)


def test_means_are_of_the_photos_own_rates(pairs, report):
    def rates(mask, predicted):
        return [
            *sklearn_metrics.precision_recall_fscore_support(
                mask.ravel(), predicted.ravel(), average="binary", zero_division=0
            )[:3],
            sklearn_metrics.jaccard_score(mask.ravel(), predicted.ravel(), zero_division=0),
        ]

    cracked = [(p, mask) for p, mask in pairs if mask.any() or (p >= 0.5).any()]
    by_photo = np.array([rates(mask, p >= np.float32(0.5)) for p, mask in cracked])
    n_untouched = len(pairs) - len(cracked)  # empty and left alone: 1 each
    expected = (by_photo.sum(axis=0) + n_untouched) / len(pairs)
    names = ("precision", "recall", "dice", "iou")
    found = [report.metrics[f"{name}_at_half_mean"] for name in names]
    assert found == pytest.approx(expected.tolist())


def test_the_headline_ends_with_a90_and_why_there_is_none(report):
    row = report.parts["headline"][-1]
    assert row["name"] == "a90_px"
    assert (row["value"] is None) == bool(row["note"])


def test_the_headline_says_how_many_photos_count_as_the_diagonal(report):
    """The last photo has no true crack, and noise above the threshold."""
    notes = {row["name"]: row["note"] for row in report.parts["headline"]}
    assert "in 1 of 20 photos one mask is empty" in notes["hausdorff95_px_mean"]
    assert "one mask is empty" not in notes["f1_pooled"]


def test_masks_alone_leave_out_what_needs_probabilities(scores):
    report = report_masks(
        scores, SETTINGS, threshold=THRESHOLD, temperature=1.0, has_probabilities=False
    )
    assert "average_precision_pooled" not in {row["name"] for row in report.parts["headline"]}
    figures = draw_report_figures(report, str)
    for name in ("reliability", "risk_coverage"):
        assert (
            "no probabilities" in report.parts[name.replace("reliability", "calibration")]["note"]
        )
        assert name not in figures
    assert figures["headline"].axes


@pytest.mark.parametrize("tolerance_px", [0, 2, 5])
def test_each_metric_has_a_label_and_each_label_a_metric(tolerance_px):
    labels = [row.name for row in list_mask_metrics(tolerance_px)]
    assert len(labels) == len(set(labels))
    assert sorted(list_mask_rates(tolerance_px)) == sorted(labels)


def test_intervals_are_those_of_the_groups(scores, report):
    counts = scores.each_at(THRESHOLD)
    table = np.stack([counts.true_positive, counts.false_positive, counts.false_negative], axis=1)

    def f1(sums: np.ndarray) -> np.ndarray:
        return (2 * sums[:, 0] / (2 * sums[:, 0] + sums[:, 1] + sums[:, 2]))[:, None]

    (expected,) = interval_of(table, scores.rows["group_id"], f1, resamples=200)
    found = report.intervals["f1_pooled"]
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.low < found.value < found.high


def test_strata_divide_the_photos(report):
    by_share = [s for s in report.parts["strata"] if s["by"] == "share of cracked pixels"]
    assert sum(stratum["photos"] for stratum in by_share) == 20
    assert by_share[-1]["stratum"] == "no crack"
    # pooled scores of crack-free photos are 1, or 0 for one false pixel
    assert set(by_share[-1]["metrics"]) == {"false_length_px_per_megapixel", "false_area_share"}
    assert "f1_pooled" in by_share[0]["metrics"]
    by_source = [s for s in report.parts["strata"] if s["by"] == "source"]
    assert {s["stratum"]: s["photos"] for s in by_source} == {"a": 13, "b": 7}
    assert not any(s["by"] == "surface" for s in report.parts["strata"])  # one kind: nothing told


def test_false_alarms_are_reported_of_crack_free_photos_too(report):
    alarms = report.parts["false_alarms"]
    assert alarms["all_photos"]["photos"] == 20
    assert alarms["crack_free_photos"]["photos"] == 1


def test_the_parts_are_json(report):
    json.dumps(report.parts, allow_nan=False)
    json.dumps(report.metrics, allow_nan=False)
    photo = report.parts["photos"][0]
    assert photo["truth_px"] == photo["true_positive"] + photo["false_negative"]
    assert photo["near_px"] <= photo["predicted_px"]
    assert photo["found_px"] <= photo["truth_px"]


def test_photos_without_any_crack_are_a_perfect_answer_where_nothing_is_predicted():
    empty = [(np.zeros((32, 32), np.float32), np.zeros((32, 32), np.uint8))] * 4
    report = report_masks(_score(empty), SETTINGS, threshold=THRESHOLD, temperature=1.0)
    json.dumps(report.parts, allow_nan=False)
    assert report.metrics["f1_pooled"] == report.metrics["cldice_pooled"] == 1.0
    assert "average_precision_pooled" not in report.metrics
    assert report.reliability is None
    assert "are needed" in report.parts["detection"]["note"]


def test_photos_and_the_table_of_widths_count_the_same_length(scores):
    parts = report_masks(scores, SETTINGS, threshold=THRESHOLD, temperature=1.0).parts
    photos = parts["photos"]
    found, false = measure_lengths(parts)
    length = sum(photo["line_truth"] for photo in photos)
    assert found == pytest.approx(sum(photo["line_truth_near"] for photo in photos) / length)
    assert 0 < found < 1
    assert 0 <= false < 1


def test_one_source_photo_has_no_interval():
    report = report_masks(
        _score(_draw_pairs(5), groups=1), SETTINGS, threshold=THRESHOLD, temperature=1.0
    )
    row = report.parts["protocols"][0]
    assert row["low"] is row["high"] is None
    assert "one group" in row["note"]


def test_a_scale_adds_millimetres(scores):
    scaled = SETTINGS.model_copy(update={"mm_per_px": 0.5})
    parts = report_masks(scores, scaled, threshold=THRESHOLD, temperature=1.0).parts
    assert parts["width"]["bias_mm"] == pytest.approx(0.5 * parts["width"]["bias_px"])
    alarms = parts["false_alarms"]["all_photos"]
    assert alarms["m_per_m2"] == pytest.approx(alarms["px_per_megapixel"] * 1e-6 * 1000 / 0.5)


def test_no_photo_at_all_is_refused():
    with pytest.raises(ManifestError, match="at least one photo"):
        _score([])
