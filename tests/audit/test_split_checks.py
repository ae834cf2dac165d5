import cv2
import numpy as np
from tests.audit.conftest import FIRST_TEST

from crack_pipeline.audit.photo_features import read_features
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.audit.split_checks import (
    check_classes,
    check_exact_copies,
    check_groups,
    check_near_copies,
    check_sources,
)
from crack_pipeline.manifest import usable_rows

SETTINGS = AuditSettings()
TEST_ID = f"photo_{FIRST_TEST:02d}"


def test_photos_that_share_nothing_are_fine(clean_rows):
    findings = [
        check_exact_copies(clean_rows),
        check_near_copies(clean_rows, read_features(clean_rows, SETTINGS), SETTINGS),
        *check_groups(clean_rows),
        check_sources(clean_rows, SETTINGS),
        check_classes(clean_rows),
    ]
    assert {finding.verdict for finding in findings} == {"fine"}
    assert len({finding.check for finding in findings}) == len(findings)


def test_a_copy_in_test_is_named(photos, write_manifest):
    photos[FIRST_TEST] = photos[2].copy()
    finding = check_exact_copies(usable_rows(write_manifest(photos)))
    assert finding.verdict == "doubtful"
    assert finding.detail == f"1 test photo is byte for byte in train or validation too. {TEST_ID}."


def test_copies_among_test_photos_are_fine(photos, write_manifest):
    photos[FIRST_TEST] = photos[FIRST_TEST + 1].copy()
    assert check_exact_copies(usable_rows(write_manifest(photos))).verdict == "fine"


def test_a_mirrored_copy_is_named_with_its_partner(photos, write_manifest):
    photos[FIRST_TEST] = cv2.GaussianBlur(np.ascontiguousarray(photos[2][:, ::-1]), (3, 3), 0)
    rows = usable_rows(write_manifest(photos))
    finding = check_near_copies(rows, read_features(rows, SETTINGS), SETTINGS)
    assert finding.verdict == "doubtful"
    assert f"{TEST_ID} (photo_02, mirrored left to right)" in finding.detail


def test_the_finding_says_how_many_photos_were_compared(clean_rows):
    few = read_features(clean_rows[clean_rows["image_id"] != "photo_00"], SETTINGS)
    finding = check_near_copies(clean_rows, few, SETTINGS)
    assert "35 of 36 photos were compared, also flipped and turned, the others by their hashes" in (
        finding.detail
    )


def test_groups_and_source_photos_in_two_splits_are_counted(clean_rows):
    rows = clean_rows.copy()
    rows.loc[[0, FIRST_TEST, FIRST_TEST + 1], "group_id"] = "one place"
    rows.loc[[14, FIRST_TEST], "photo_id"] = "one photo"
    groups, sources = check_groups(rows)
    assert groups.verdict == sources.verdict == "doubtful"
    assert groups.detail.startswith("1 group is both in test and in train or validation, with 2 ")
    assert TEST_ID in sources.detail


def test_a_manifest_without_digests_or_groups_cannot_be_checked(clean_rows):
    rows = clean_rows.assign(sha256=None, group_id=None)
    assert check_exact_copies(rows).verdict == "not checked"
    assert check_groups(rows)[0].verdict == "not checked"


def test_photos_that_are_gone_cannot_be_compared(clean_rows, tmp_path):
    for path in tmp_path.glob("*.png"):
        path.unlink()
    finding = check_near_copies(clean_rows, read_features(clean_rows, SETTINGS), SETTINGS)
    assert finding.verdict == "not checked"


def test_few_source_photos_are_too_few_however_many_crops_there_are(clean_rows):
    rows = clean_rows.assign(group_id=["a", "b"] * 18)
    finding = check_sources(rows, SETTINGS)
    assert finding.verdict == "doubtful"
    assert "only 2 independent source photos: too few" in finding.short
    assert "14 photos of them; at least 10" in finding.detail


def test_a_test_split_of_one_class_is_told():
    import pandas as pd

    def rows(label):
        return pd.DataFrame({"split": ["test"] * 3, "label": [label] * 3, "image_id": list("abc")})

    assert check_classes(rows(0)).verdict == "doubtful"
    finding = check_classes(rows(1))
    assert finding.verdict == "not checked"
    assert "All 3 test photos show crack" in finding.detail
