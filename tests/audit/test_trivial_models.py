from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from crack_pipeline.audit.photo_features import read_features
from crack_pipeline.audit.score_checks import check_all_cracked, check_trivial_models
from crack_pipeline.audit.settings import AuditSettings

SETTINGS = AuditSettings()
AUC = {"test_auc": 0.99}


@pytest.fixture
def seen(clean_rows):
    return read_features(clean_rows, SETTINGS)


@pytest.fixture
def framed(photos, write_manifest):
    """Photos of one class have a darker frame: their middle says nothing."""
    for photo in photos[1::2]:
        inner = photo[12:-12, 12:-12].copy()
        photo[:] = photo // 2
        photo[12:-12, 12:-12] = inner
    return read_features(write_manifest(photos), SETTINGS)


def test_a_frame_that_tells_the_label_matches_the_model(framed):
    finding = check_trivial_models(framed, "classification", SETTINGS, metrics=AUC)
    assert finding.verdict == "doubtful"
    assert "The border alone: AUC 1.000, F1 1.000" in finding.detail
    assert finding.short.startswith("The border alone does as well")


def test_a_frame_that_tells_nothing_does_not(seen):
    finding = check_trivial_models(seen, "classification", SETTINGS, metrics=AUC)
    assert finding.verdict == "fine"
    assert "14 test photos" in finding.detail


def test_brightness_that_tells_the_label_is_found_too(seen):
    labels = seen.rows["label"].to_numpy(float)
    bright = replace(seen, brightness=labels[:, None] * 0.2 + 0.4)
    finding = check_trivial_models(bright, "classification", SETTINGS, metrics=AUC)
    assert finding.verdict == "doubtful"
    assert finding.short.startswith("The mean brightness alone does as well")


def test_the_interval_of_the_model_is_wider_than_the_margin(seen):
    rng = np.random.default_rng(0)
    labels = seen.rows["label"].to_numpy(float)
    noisy = replace(seen, border=(labels + rng.normal(0, 0.9, len(labels)))[:, None])
    settled = check_trivial_models(noisy, "classification", SETTINGS, metrics=AUC)
    unsettled = check_trivial_models(
        noisy, "classification", SETTINGS, metrics=AUC, lower={"auc": 0.5}
    )
    assert (settled.verdict, unsettled.verdict) == ("fine", "doubtful")


def test_a_narrow_interval_does_not_excuse_a_trivial_model_that_comes_near(framed):
    finding = check_trivial_models(
        framed, "classification", SETTINGS, metrics={"test_auc": 1.0}, lower={"auc": 0.9999}
    )
    assert finding.verdict == "doubtful"


@pytest.mark.parametrize(("name", "verdict"), [("framed", "doubtful"), ("seen", "fine")])
def test_for_masks_a_frame_may_not_tell_which_photos_are_cracked(name, verdict, request):
    photos = request.getfixturevalue(name)
    assert check_trivial_models(photos, "segmentation", SETTINGS).verdict == verdict


def test_one_class_alone_cannot_be_told_apart(seen):
    one_class = replace(seen, rows=seen.rows.assign(label=1))
    finding = check_trivial_models(one_class, "segmentation", SETTINGS)
    assert finding.verdict == "not checked"
    assert '0 train photos of the class "no crack"' in finding.detail


def test_without_validation_photos_the_threshold_is_a_half(framed):
    chosen = (framed.rows["split"] != "validation").to_numpy()
    kept = replace(
        framed,
        rows=framed.rows[chosen],
        border=framed.border[chosen],
        brightness=framed.brightness[chosen],
    )
    finding = check_trivial_models(kept, "classification", SETTINGS, metrics={"test_auc": 1.0})
    assert finding.verdict == "doubtful"


def test_a_model_without_auc_cannot_be_compared(seen):
    assert check_trivial_models(seen, "classification", SETTINGS).verdict == "not checked"


def test_f1_is_compared_too(seen):
    finding = check_trivial_models(
        seen,
        "classification",
        SETTINGS,
        metrics={"test_auc": 0.99, "test_f1": 0.8},
        lower={"auc": 0.98, "f1": 0.3},
    )
    assert finding.verdict == "doubtful"
    assert "The model's AUC is 0.990 and F1 is 0.800" in finding.detail
    assert "F1 does not show that cracks are seen" in finding.detail


@pytest.mark.parametrize(("model", "verdict"), [(0.852, "fine"), (0.82, "doubtful")])
def test_calling_every_photo_cracked_stands_beside_the_model(model, verdict):
    """24 of 36 photos are cracked: precision 2/3, recall 1, F1 0.8."""
    rows = pd.DataFrame({"split": ["test"] * 36 + ["train"], "label": [1] * 24 + [0] * 13})
    finding = check_all_cracked(rows, {"test_f1": model}, SETTINGS)
    assert finding.verdict == verdict
    above = "hardly above" if verdict == "doubtful" else "above"
    assert finding.short == f"F1 is {above} that of calling every photo cracked (0.800)."
    assert f"24 of which are, has F1 0.800, the model {model:.3f}" in finding.detail


def test_without_f1_calling_every_photo_cracked_is_not_compared():
    rows = pd.DataFrame({"split": ["test"], "label": [1]})
    assert check_all_cracked(rows, {}, SETTINGS).verdict == "not checked"
