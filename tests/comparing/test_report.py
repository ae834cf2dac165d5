import json
from dataclasses import replace

import numpy as np
import pytest
from tests.comparing.contents import make_run

from crack_pipeline.comparing.differences import Difference, measure_differences
from crack_pipeline.comparing.report import (
    describe_difference,
    format_differences,
    report_comparison,
    summarize_differences,
    tabulate_differences,
)
from crack_pipeline.comparing.shared_photos import share_photos
from crack_pipeline.metrics.bootstrap import Interval, PairedInterval
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
    assert sum("4 groups are few" in note for note in notes) == 1


def test_an_unknown_tolerance_is_told():
    first = replace(make_run(), tolerance_px=None)
    second = make_run(name="second", seed=1)
    photos = share_photos(first, second)
    differences = measure_differences(first, second, photos, resamples=100)
    notes = report_comparison((first, second), photos, differences, resamples=100)["notes"]
    assert any("unknown and 2 px" in note for note in notes)
