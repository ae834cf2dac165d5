import json

import cv2
import pytest
from tests.audit.conftest import FIRST_TEST

from crack_pipeline.audit.auditing import audit_evaluation
from crack_pipeline.audit.settings import AuditSettings

METRICS = {
    "test_f1_pooled": 0.8,
    "test_baseline_f1_pooled": 0.4,
    "test_auc": 0.97,
    "test_f1": 0.9,
    "test_baseline_auc": 0.7,
}
BASELINE = {"name": "simple"}


@pytest.mark.parametrize(("task", "n_checks"), [("segmentation", 9), ("classification", 10)])
def test_an_honest_evaluation_ends_in_a_plain_sentence(task, n_checks, photos, write_manifest):
    report = audit_evaluation(write_manifest(photos), task, METRICS, BASELINE, AuditSettings())
    assert report["sentence"].startswith(
        "No check found a fault, which does not say that the model is good. Checked: "
    )
    assert {finding["verdict"] for finding in report["findings"]} == {"fine"}
    assert len(report["findings"]) == n_checks
    assert json.loads(json.dumps(report)) == report


def test_every_leak_is_in_the_sentence(photos, write_manifest):
    photos[FIRST_TEST] = photos[0].copy()
    photos[FIRST_TEST + 1] = cv2.GaussianBlur(photos[1], (3, 3), 0)
    manifest = write_manifest(photos)
    manifest.loc[[3, FIRST_TEST + 2], "group_id"] = "one place"
    metrics = {**METRICS, "test_f1_pooled": 0.99}
    report = audit_evaluation(manifest, "segmentation", metrics, BASELINE, AuditSettings())
    sentence = report["sentence"]
    assert sentence.startswith("Be careful: ")
    for part in (
        "byte for byte",
        "shows what a train or validation photo shows",
        "1 group is both in test",
        "F1 is higher than people",
    ):
        assert part in sentence
    assert [finding["verdict"] for finding in report["findings"][:4]] == ["doubtful"] * 4


def test_photos_set_aside_do_not_count(photos, write_manifest):
    photos[FIRST_TEST] = photos[0].copy()
    manifest = write_manifest(photos)
    manifest.loc[0, "status"] = "set_aside"
    report = audit_evaluation(manifest, "segmentation", METRICS, BASELINE, AuditSettings())
    assert "byte for byte" not in report["sentence"]


def test_intervals_of_headline_and_difference_are_used(photos, write_manifest):
    headline = [{"name": "f1", "low": 0.1}, {"name": "auc", "low": None}]
    report = audit_evaluation(
        write_manifest(photos),
        "classification",
        METRICS | {"test_auc_minus_baseline_low": -0.1, "test_auc_minus_baseline_high": 0.6},
        BASELINE,
        AuditSettings(),
        headline=headline,
    )
    assert "is not shown to be better than the baseline" in report["sentence"]
    assert "By F1 " in report["sentence"]


def test_switched_off_it_says_so_and_reads_nothing(photos, write_manifest, tmp_path):
    manifest = write_manifest(photos)
    for path in tmp_path.glob("*.png"):
        path.unlink()
    report = audit_evaluation(
        manifest, "segmentation", METRICS, BASELINE, AuditSettings(enabled=False)
    )
    assert report == {
        "sentence": "These numbers were not audited: the audit is off.",
        "findings": [],
    }
