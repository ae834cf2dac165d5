import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.comparing.contents import make_run

from crack_pipeline.comparing.evaluated_run import NEEDED, EvaluatedRun, share_photos
from crack_pipeline.comparing.report import (
    Difference,
    describe_difference,
    format_differences,
    measure_differences,
    report_comparison,
    summarize_differences,
    tabulate_differences,
)
from crack_pipeline.metrics import rates
from crack_pipeline.metrics.bootstrap import Interval, PairedInterval
from crack_pipeline.metrics.histograms import ProbabilityHistograms, measure_histograms
from crack_pipeline.metrics.labels import (
    LabelPredictions,
    paired_label_intervals,
    summarize_labels,
)
from crack_pipeline.metrics.structure import CentrelineCounts, measure_centrelines
from crack_pipeline.wording.metric_labels import describe_metric


def _difference(first, second, low, high, *, share=0.97, name="f1"):
    interval = Interval(first - second, low, high)
    return Difference(describe_metric(name), PairedInterval(first, second, interval, share))


CLEAR = _difference(0.81, 0.79, 0.004, 0.036, share=0.993)
OPEN = _difference(0.7, 0.71, -0.03, 0.01, share=0.3, name="iou_pooled")
BRIER = _difference(0.1, 0.2, -0.15, -0.05, share=1.0, name="brier")
NOWHERE = Difference(
    describe_metric("auc"),
    PairedInterval(np.nan, 0.5, Interval(np.nan, None, None, "one class"), None),
)
NO_DRAWS = Difference(
    describe_metric("f1"), PairedInterval(0.5, 0.4, Interval(0.1, None, None, "one group"), None)
)


def test_a_clear_difference_is_told_with_its_size_and_sureness():
    assert describe_difference(CLEAR) == (
        "a is better by 0.020 (0.810 against 0.790); 95 % interval of a less b +0.004 to +0.036, "
        "a ahead in 99.3\u00a0% of the bootstrap resamples"
    )


def test_what_may_be_chance_is_called_so():
    words = describe_difference(OPEN)
    assert words.startswith("b is ahead by 0.010")
    assert "may be chance" in words
    assert words.endswith("b ahead in 70\u00a0% of the bootstrap resamples")


def test_a_lower_brier_score_is_better():
    assert describe_difference(BRIER).startswith("a is better by 0.100 (0.100 against 0.200)")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (NOWHERE, "undefined"),
        (NO_DRAWS, "without interval: one group"),
        (_difference(0.5, 0.5, -0.1, 0.1), "a and b are equal, 0.500"),
    ],
)
def test_what_cannot_be_said_is_not_said(one, words):
    assert words in describe_difference(one)


def test_photos_of_one_group_are_compared_without_an_interval():
    right, wrong = (LabelPredictions(np.array(scores), 0.5) for scores in ([1.0, 0], [1.0, 1]))
    found = paired_label_intervals([1, 0], right, wrong, ["a", "a"], resamples=50)["f1"]
    assert describe_difference(Difference(describe_metric("f1"), found)).endswith(
        "without interval: all photos are one group, so nothing can be drawn"
    )


def test_the_sentence_counts_how_the_other_metrics_see_it():
    sentence = summarize_differences([CLEAR, OPEN, BRIER])
    assert sentence.startswith("By F1, a is better by 0.020")
    assert sentence.endswith(
        "Of 2 other metrics, a is clearly better in 1, they cannot be told apart in 1."
    )
    assert summarize_differences([CLEAR]).endswith("of the bootstrap resamples.")


def test_the_table_has_one_row_a_metric():
    table = tabulate_differences([CLEAR, BRIER, NOWHERE])
    assert table["better"].tolist() == ["a", "a", "neither"]
    assert table["clear"].tolist() == [True, True, False]
    lines = format_differences([CLEAR, OPEN, NOWHERE, NO_DRAWS]).splitlines()
    assert len(lines) == 5
    assert "+0.020" in lines[1]
    assert "a in 99.3\u00a0% of the bootstrap resamples" in lines[1]
    assert "may be chance" in lines[2]
    assert "–" in lines[3]


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_the_report_is_json_and_names_both_runs(task):
    first = make_run(task, skill=0.8)
    second = make_run(task, name="second", seed=1)
    photos = share_photos(first, second)
    differences = measure_differences(first, second, photos, resamples=100)
    report = report_comparison((first, second), photos, differences, resamples=100)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["runs"]["a"]["name"] == "first"
    assert (report["photos"], report["groups"]) == (24, 12)
    assert report["notes"] == []


def test_notes_say_what_limits_the_comparison():
    first = make_run()
    second = make_run(name="second", seed=1, tolerance_px=5)
    second = replace(second, manifest_digest="other", photos=second.photos.iloc[16:])
    photos = share_photos(first, second, "shared")
    differences = measure_differences(first, second, photos, resamples=100)
    notes = report_comparison((first, second), photos, differences, resamples=100)["notes"]
    assert notes[0].startswith("The manifests differ")
    assert notes[1].startswith("Only the 8 photos")
    assert "2 px and 5 px" in notes[2]
    assert sum("nly 4 source photos" in note for note in notes) == 1


def test_an_unknown_tolerance_is_told():
    first = replace(make_run(), tolerance_px=None)
    second = make_run(name="second", seed=1)
    photos = share_photos(first, second)
    differences = measure_differences(first, second, photos, resamples=100)
    notes = report_comparison((first, second), photos, differences, resamples=100)["notes"]
    assert any("unknown and 2 px" in note for note in notes)


def _compare(first, second, resamples=200):
    found = measure_differences(first, second, share_photos(first, second), resamples=resamples)
    return {one.metric.name: one for one in found}


def test_masks_are_compared_by_five_metrics():
    found = _compare(make_run(skill=0.8), make_run(name="second", skill=0.6, seed=1))
    assert list(found) == [
        "f1_pooled",
        "f1_tolerance_2px_pooled",
        "iou_pooled",
        "cldice_pooled",
        "dice_mean",
    ]
    assert all(one.is_clear and one.gain > 0.1 for one in found.values())
    assert all(one.found.first_better == 1.0 for one in found.values())


def test_labels_are_compared_by_five_metrics_and_a_low_brier_score_is_good():
    first = make_run("classification", skill=0.9)
    found = _compare(first, make_run("classification", name="second", skill=0.55, seed=1))
    assert list(found) == ["f1", "accuracy", "balanced_accuracy", "auc", "brier"]
    brier = found["brier"]
    assert brier.found.difference.value < 0 < brier.gain
    assert brier.found.first_better > 0.95
    values = first.photos
    expected = summarize_labels(
        values["label"], values["probability"], threshold=0.5, prefix="test"
    )
    for name, one in found.items():
        assert one.found.first == pytest.approx(expected[f"test_{name}"]), name


def test_exchanged_runs_give_the_opposite():
    first, second = make_run(skill=0.72), make_run(name="second", seed=1)
    there, back = _compare(first, second), _compare(second, first)
    for name, one in there.items():
        other = back[name]
        assert other.gain == pytest.approx(-one.gain)
        assert other.found.difference.low == pytest.approx(-one.found.difference.high)
        assert other.found.first_better == pytest.approx(1 - one.found.first_better)


def test_equal_skill_is_no_clear_difference():
    found = _compare(make_run(seed=2), make_run(name="second", seed=3))
    assert not any(one.is_clear for one in found.values())


def test_counts_at_two_tolerances_are_not_compared():
    found = _compare(make_run(), make_run(name="second", seed=1, tolerance_px=5))
    assert len(found) == 4
    assert not any("tolerance" in name for name in found)


def _measure(truths, predictions) -> EvaluatedRun:
    """A run whose counts come from masks, as an evaluation counts them."""
    rows = []
    for number, (truth, predicted) in enumerate(zip(truths, predictions, strict=True)):
        photo = ProbabilityHistograms.stack(
            [measure_histograms(predicted.astype(np.float32), truth, tolerance_px=2)]
        ).pooled()
        counts, lines = photo.counts().at(50), measure_centrelines(predicted, truth, tolerance_px=2)
        rows.append(
            {
                "image_id": f"photo_{number}",
                "group_id": f"place_{number}",
                "true_positive": counts.true_positive,
                "false_positive": counts.false_positive,
                "false_negative": counts.false_negative,
                "near_px": photo.near_crack[50:].sum(),
                "found_px": photo.found_crack[50:].sum(),
                "line_predicted": lines.inside.predicted,
                "line_predicted_inside": lines.inside.predicted_near,
                "line_truth": lines.inside.truth,
                "line_truth_inside": lines.inside.truth_near,
                "dice": rates.f1(counts),
            }
        )
    photos = pd.DataFrame(rows)[list(NEEDED["masks"])]
    return EvaluatedRun("run", str(id(photos)), "segmentation", "unet", 0.5, 2, "", photos)


def test_values_are_those_of_the_evaluation():
    rng = np.random.default_rng(0)
    truths = [_draw_line(rng) for _ in range(12)]
    predictions = [[np.roll(t, rng.integers(0, 4), axis=0) for t in truths] for _ in range(2)]
    found = _compare(_measure(truths, predictions[0]), _measure(truths, predictions[1]))
    pooled = ProbabilityHistograms.stack(
        [
            measure_histograms(p.astype(np.float32), t, tolerance_px=2)
            for p, t in zip(predictions[0], truths, strict=True)
        ]
    ).pooled()
    lines = CentrelineCounts.stack(
        [
            measure_centrelines(p, t, tolerance_px=2)
            for p, t in zip(predictions[0], truths, strict=True)
        ]
    ).pooled()
    expected = {
        "f1_pooled": rates.f1(pooled.counts())[50],
        "iou_pooled": rates.iou(pooled.counts())[50],
        "f1_tolerance_2px_pooled": pooled.tolerant.f1()[50],
        "cldice_pooled": lines.inside.f1(),
    }
    for name, value in expected.items():
        assert found[name].found.first == pytest.approx(value), name


def _draw_line(rng) -> np.ndarray:
    mask = np.zeros((40, 60), np.uint8)
    row = int(rng.integers(6, 30))
    mask[row : row + int(rng.integers(1, 4)), 5:55] = 1
    return mask


def test_empty_truth_and_prediction_are_a_perfect_answer():
    truth = [np.zeros((40, 60), np.uint8)] * 3
    crack = [_draw_line(np.random.default_rng(0))] * 3
    found = _compare(_measure(truth, truth), _measure(truth, crack))
    assert {one.found.first for one in found.values()} == {1.0}
    assert {one.found.second for one in found.values()} == {0.0}
