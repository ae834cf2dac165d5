"""One screen of text: the warning first, each number once, beside the baseline."""

from dataclasses import replace

import pytest

from crack_pipeline.tasks.summary import format_scores, summarize_evaluation
from crack_pipeline.wording.scores import Score
from crack_pipeline.wording.verdict import judge_evaluation

F1 = Score("f1_pooled", "F1 (Dice), pooled", 0.91, 0.9, 0.92)


def _cells(text: str) -> list[list[str]]:
    lines = [line.split("   ") for line in text.split("\n")]
    return [[cell.strip() for cell in line if cell.strip()] for line in lines]


def test_scores_stand_beside_the_baseline_in_their_units():
    scores = [
        F1,
        Score("hausdorff95_px_mean", "Hausdorff", 149.3938, 12.3456, 196.3),
        Score("a90_px", "a90", None),
    ]
    lines = _cells(format_scores(scores, model="unet", baseline=("black-hat", {"f1_pooled": 0.5})))
    assert lines[0] == ["unet", "95 % interval", "black-hat"]
    assert lines[1] == ["F1 (Dice), pooled", "0.910", "0.900 to 0.920", "0.500"]
    assert lines[2][1:3] == ["149\u00a0px", "12.3 to 196\u00a0px"]
    assert lines[3][1] == "–"


def test_columns_that_hold_nothing_are_left_out():
    assert _cells(format_scores([Score("f1", "F1", 0.5)])) == [["value"], ["F1", "0.500"]]
    agreed = format_scores([Score("f1_pooled", "F1", 0.9, agreement=0.871)])
    assert _cells(agreed)[0] == ["value", "labels agree"]
    assert _cells(agreed)[1][-1] == "0.871"


@pytest.fixture
def report():
    return {
        "decision": {"task": "segmentation", "model": "unet"},
        "baseline": {"name": "black-hat"},
        "headline": [F1.to_json(), Score("a90_px", "a90", 3.0, note="a90: few pieces").to_json()],
        "false_alarms": {"crack_free_photos": {"photos": 12, "photos_with_false_alarms": 6}},
        "audit": {
            "findings": [
                {"check": "number of source photos", "verdict": "doubtful", "detail": "Few."},
                {"check": "groups between splits", "verdict": "fine", "detail": "None."},
            ]
        },
        "test_time_augmentation": {
            "views": "flips",
            "tta_cost_ratio": 4.0,
            "seconds_a_photo": 0.4,
            "seconds_a_photo_without": 0.1,
        },
    }


def test_the_screen_begins_with_the_surface_and_says_each_number_once(report):
    metrics = {
        "test_baseline_f1_pooled": 0.57,
        "test_f1_pooled_minus_baseline": 0.34,
        "test_f1_pooled_minus_baseline_low": 0.3,
        "test_f1_pooled_minus_baseline_high": 0.4,
    }
    verdict = judge_evaluation(report, metrics, is_drawn=True)
    text = summarize_evaluation(report, metrics, verdict)
    lines = text.split("\n")
    assert lines[0].endswith("nothing about real surfaces.")
    assert text.count("0.910") == text.count("0.570") == 1
    assert "False cracks on 6 of 12 crack-free photos." in lines
    assert "Test-time augmentation (flips)" in text
    assert lines[lines.index("To doubt:") + 1 :][:2] == ["- Few.", "- a90: few pieces."]
    assert "- No leak found between the splits: looked for groups." in lines
    assert "Nothing speaks against" not in text


def test_a_score_without_value_is_a_doubt_and_no_row_and_one_cause_is_told_once(report):
    few = "only 3 source photos, so the interval is likely too narrow"
    a90 = Score("a90_px", "a90: crack width", None, note="a90: only 45 pieces, 60 are needed")
    report["headline"] = [replace(F1, note=few).to_json(), a90.to_json()]
    text = summarize_evaluation(report, {}, judge_evaluation(report, {}, is_drawn=False))
    assert [line for line in text.split("\n") if "a90" in line] == [
        "- a90: only 45 pieces, 60 are needed."
    ]
    assert "- Only 3 source photos, so the interval is likely too narrow." in text
    short = "Test holds only 3 independent source photos: too few for any claim."
    report["audit"]["findings"][0]["short"] = short
    text = summarize_evaluation(report, {}, judge_evaluation(report, {}, is_drawn=False))
    assert text.count("3 ") == 1
    assert short in text


def test_a_score_on_composites_says_so_above_the_table(report):
    verdict = judge_evaluation(report, {}, is_drawn=False, is_composite=True)
    assert summarize_evaluation(report, {}, verdict).startswith("On composites: ")
