"""The baseline beside the model: the interval of their difference decides, and the margin."""

import pytest

from crack_pipeline.audit.baseline import check_baseline
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
        (0.5, (), "fine", "of the baseline."),
        (0.5, (0.2, 0.4), "fine", "difference +0.300 (95 % +0.200 to +0.400)."),
        (0.5, (-0.02, 0.6), "doubtful", "is not shown to be better than the baseline"),
        (0.79, (), "doubtful", "a network is not needed"),
        (0.79, (0.005, 0.02), "doubtful", "a network is not needed"),
        (0.5, (float("nan"), float("nan")), "fine", "of the baseline."),
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
    assert "difference +0.152 (95 % −0.020 to +0.358)" in finding.detail
    assert finding.detail.startswith(
        "By AUC the network is not shown to be better than the baseline (percentiles): F1 0.852"
    )


def test_a_missing_score_is_not_compared():
    finding = check_baseline({}, "classification", SETTINGS, baseline="percentiles")
    assert finding.verdict == "not checked"
