import pytest

from crack_pipeline.audit.believable import check_level
from crack_pipeline.audit.settings import AuditSettings

SETTINGS = AuditSettings()


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
