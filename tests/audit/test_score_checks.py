"""Scores beside the baseline, whose difference decides, and beside what can be reached at all."""

import pytest

from crack_pipeline.audit.score_checks import check_baseline, check_level
from crack_pipeline.audit.settings import AuditSettings

SETTINGS = AuditSettings()


def _metrics(name: str, model: float, baseline: float, *bounds: float) -> dict[str, float]:
    ends = zip(("low", "high"), bounds, strict=False)
    return {
        f"test_{name}": model,
        f"test_baseline_{name}": baseline,
        **{f"test_{name}_minus_baseline_{end}": bound for end, bound in ends},
    }


@pytest.mark.parametrize(
    ("baseline", "bounds", "verdict", "words"),
    [
        (0.5, (), "fine", "difference +0.300."),
        (0.5, (0.2, 0.4), "fine", "difference +0.300 (95 %: +0.200 to +0.400)."),
        (0.5, (-0.02, 0.6), "doubtful", "is not shown to be better than the baseline"),
        (0.79, (), "doubtful", "A network is not needed"),
        (0.79, (0.005, 0.02), "doubtful", "A network is not needed"),
        (0.5, (float("nan"), float("nan")), "fine", "difference +0.300."),
    ],
)
def test_a_difference_that_is_not_shown_or_small_is_doubtful(baseline, bounds, verdict, words):
    metrics = _metrics("f1_pooled", 0.8, baseline, *bounds)
    finding = check_baseline(metrics, "segmentation", SETTINGS, baseline="black-hat")
    assert finding.verdict == verdict
    assert "black-hat" in finding.detail
    assert words in finding.detail


def test_labels_are_compared_by_both_scores():
    metrics = _metrics("f1", 0.852, 0.8, 0.01, 0.12) | _metrics("auc", 0.899, 0.747, -0.02, 0.358)
    finding = check_baseline(metrics, "classification", SETTINGS, baseline="percentiles")
    assert finding.verdict == "doubtful"
    assert finding.short == (
        "The network is not shown to be better than the baseline (percentiles) by AUC."
    )
    assert finding.detail == (
        f"{finding.short} F1: model 0.852, baseline 0.800, difference +0.052 (95 %: +0.010 to "
        "+0.120). AUC: model 0.899, baseline 0.747, difference +0.152 (95 %: −0.020 to +0.358)."
    )


def test_a_missing_score_is_not_compared():
    finding = check_baseline({}, "classification", SETTINGS, baseline="percentiles")
    assert finding.verdict == "not checked"


@pytest.mark.parametrize(("f1", "verdict"), [(0.94, "fine"), (0.95, "doubtful")])
def test_masks_that_fit_to_the_pixel_are_doubtful(f1, verdict):
    finding = check_level({"test_f1_pooled": f1}, "segmentation", SETTINGS)
    assert finding.verdict == verdict
    assert f"{f1:.3f}" in finding.detail


@pytest.mark.parametrize(
    ("f1", "auc", "verdict"), [(0.98, 0.99, "fine"), (0.98, 0.996, "doubtful")]
)
def test_labels_without_a_mistake_are_doubtful(f1, auc, verdict):
    metrics = {"test_f1": f1, "test_auc": auc}
    assert check_level(metrics, "classification", SETTINGS).verdict == verdict


def test_what_explains_a_high_score_of_labels_depends_on_who_made_the_photos():
    real, drawn = (
        check_level({"test_auc": 1.0}, "classification", SETTINGS, is_drawn=is_drawn).short
        for is_drawn in (False, True)
    )
    assert real == (
        "AUC 1.000 is higher than photos of real structures allow: the photos are easy, or "
        "something other than cracks gives the labels away."
    )
    assert drawn == "AUC 1.000 is as high as only easy photos allow: these are drawn."


def test_what_people_agree_at_goes_before_the_level():
    metrics = {"test_f1_pooled": 0.84, "test_cldice_pooled": 0.9}
    agreement = {"f1_pooled": 0.83, "cldice_pooled": 0.97}
    finding = check_level(metrics, "segmentation", SETTINGS, agreement)
    assert finding.verdict == "doubtful"
    assert "f1_pooled 0.840 against 0.830" in finding.detail
    assert "cldice" not in finding.detail
    agreement["f1_pooled"] = 0.88
    assert check_level(metrics, "segmentation", SETTINGS, agreement).verdict == "fine"


@pytest.mark.parametrize("task", ["segmentation", "classification"])
def test_without_scores_nothing_is_checked(task):
    assert check_level({}, task, SETTINGS, {"f1_pooled": 0.8}).verdict == "not checked"
