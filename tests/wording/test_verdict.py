"""The verdict says how good a model is apart from what was checked, in short sentences."""

import pytest

from crack_pipeline.wording.scores import Score
from crack_pipeline.wording.verdict import Verdict, judge_evaluation

FINE = [
    {"check": f"{what} between splits", "verdict": "fine", "detail": "None."}
    for what in ("exact copies", "near-duplicates", "groups", "source photos")
]


def _masks(**parts) -> dict:
    return {
        "decision": {"task": "segmentation"},
        "baseline": {"name": "black-hat"},
        "headline": [
            Score("f1_pooled", "F1 (Dice), pooled", 0.54, 0.48, 0.6).to_json(),
            Score("recall_tolerance_2px_thin_pooled", "thin", 0.5).to_json(),
        ],
        "protocols": [
            Score(
                "centreline_precision_tolerance_2px_pooled", "p", 0.9, group="structure"
            ).to_json()
        ],
        "false_alarms": {"crack_free_photos": {"photos": 12, "photos_with_false_alarms": 6}},
        "detection": {"units": 100, "detected": 79},
        "audit": {"findings": FINE},
        **parts,
    }


def test_a_poor_model_without_leak_is_not_called_sound():
    verdict = judge_evaluation(_masks(), {}, is_drawn=False)
    assert verdict.surface == ""
    assert verdict.quality == (
        "F1 (Dice), pooled: 0.540 (95 %: 0.480 to 0.600).",
        "False cracks on 6 of 12 crack-free photos.",
        "Misses about one fifth of the pieces of crack up to 10 px wide (21\u00a0%).",
        "Misses about half of the length of thin cracks, below 3 px (50\u00a0%).",
        "Of the crack length that it marks, about one tenth (10\u00a0%) is no crack.",
    )
    assert verdict.checks == (
        "No leak found between the splits: looked for exact copies, near-duplicates, groups and "
        "source photos.",
    )
    assert verdict.doubts == ()


def test_drawn_photos_are_named_first():
    verdict = judge_evaluation(_masks(), {}, is_drawn=True)
    assert verdict.sentences()[0].startswith("The photos are drawn")
    assert "real surfaces" in verdict.surface


@pytest.mark.parametrize(
    ("value", "low", "high", "begins"),
    [
        (0.1, 0.05, 0.2, "Better than the baseline (black-hat): F1 (Dice) +0.100"),
        (0.1, -0.05, 0.2, "Not shown to be better than the baseline (black-hat)"),
        (-0.1, -0.2, -0.05, "Worse than the baseline (black-hat)"),
    ],
)
def test_the_baseline_is_compared_by_the_interval_of_the_difference(value, low, high, begins):
    start = "test_f1_pooled_minus_baseline"
    metrics = {start: value, f"{start}_low": low, f"{start}_high": high}
    verdict = judge_evaluation(_masks(), metrics, is_drawn=False)
    assert verdict.quality[1].startswith(begins)


def test_a_lower_brier_score_is_better():
    start = "test_brier_minus_baseline"
    metrics = {start: -0.1, f"{start}_low": -0.2, f"{start}_high": -0.05}
    verdict = judge_evaluation(_masks(), metrics, is_drawn=False)
    assert verdict.quality[1].startswith("Better than")


def test_labels_are_counted_in_photos():
    photos = [{"label": 1, "right": n > 1} for n in range(10)]
    photos += [{"label": 0, "right": n > 2} for n in range(8)]
    report = {"decision": {"task": "classification"}, "photos": photos}
    verdict = judge_evaluation(report, {}, is_drawn=False)
    assert verdict.quality == (
        "False alarm on 3 of 8 photos without crack.",
        "Misses the crack on 2 of 10 photos with crack.",
    )
    assert verdict.checks == ("Nothing was checked.",)


def test_findings_that_are_doubtful_or_open_are_told_apart():
    findings = [
        {"check": "number of source photos", "verdict": "doubtful", "detail": "Only 6 photos."},
        {"check": "both classes in test", "verdict": "not checked", "detail": "All show crack."},
    ]
    report = _masks(
        audit={"findings": findings},
        decision={"task": "segmentation", "note": "flat"},
        calibration={"note": "The temperature makes it worse."},
    )
    verdict = judge_evaluation(report, {}, is_drawn=False)
    assert verdict.doubts == (
        "Only 6 photos.",
        "About the threshold: flat.",
        "The temperature makes it worse.",
    )
    assert verdict.checks == ("Not checked: both classes in test. All show crack.",)


def test_a_verdict_comes_back_from_its_report():
    verdict = judge_evaluation(_masks(), {}, is_drawn=True)
    assert Verdict.from_json(verdict.to_json()) == verdict
    assert Verdict.from_json({}) == Verdict("", (), (), ())
