"""The verdict says how good a model is apart from what was checked, in short sentences."""

import pytest

from crack_pipeline.wording.scores import Score
from crack_pipeline.wording.verdict import Verdict, judge_evaluation, measure_lengths

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
        "photos": [{"line_predicted": 100, "line_predicted_near": 90}],
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
        "Of the crack length that it marks, about one tenth (10\u00a0%) is no crack.",
        "Misses about one fifth of the pieces of crack up to 10 px wide (21\u00a0%).",
        "Misses about half of the length of thin cracks, below 3 px (50\u00a0%).",
    )
    assert verdict.checks == (
        "No leak found between the splits: looked for exact copies, near-duplicates, groups and "
        "source photos.",
    )
    assert verdict.doubts == ()


@pytest.mark.parametrize(
    ("area_share", "note", "words"),
    [
        (0.9, "", "It marks 95\u00a0% of the area of the photos, so that nothing can be missed."),
        (
            0.4,
            "the best threshold predicts crack everywhere",
            "It marks 95\u00a0% of the area of the photos, so that nothing can be missed.",
        ),
        (0.4, "", "It falsely marks 40\u00a0% of the area of the photos."),
    ],
)
def test_a_model_that_marks_everything_is_not_praised_for_missing_nothing(area_share, note, words):
    pixels = {"true_positive": 5, "false_positive": 90, "false_negative": 0, "true_negative": 5}
    report = _masks(
        photos=[pixels],
        decision={"task": "segmentation", "note": note},
        detection={"units": 100, "detected": 100},
        false_alarms={"all_photos": {"area_share": area_share}},
    )
    _, first, *others = judge_evaluation(report, {}, is_drawn=False).quality
    assert first == words
    assert any("Misses none" in other for other in others) == words.startswith("It falsely")


def test_the_share_found_is_of_all_widths_and_of_nothing_is_unknown():
    bins = [
        {"length_px": 30, "share_found": 1.0},
        {"length_px": 10, "share_found": 0.2},
        {"length_px": 0, "share_found": None},
    ]
    photos = [{"line_predicted": n, "line_predicted_near": n - 1} for n in (4, 6)]
    found, false = measure_lengths({"detection": {"by_width": bins}, "photos": photos})
    assert (found, false) == (pytest.approx(0.8), pytest.approx(0.2))
    assert measure_lengths({}) == (None, None)


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


def test_composites_are_named_first_and_photos_drawn_whole_before_them():
    on_composites = judge_evaluation(_masks(), {}, is_drawn=False, is_composite=True)
    assert on_composites.sentences()[0].startswith("On composites: cracks were drawn onto photos")
    drawn = judge_evaluation(_masks(), {}, is_drawn=True, is_composite=True)
    assert drawn.surface.startswith("The photos are drawn")
