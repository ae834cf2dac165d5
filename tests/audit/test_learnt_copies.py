"""Photos of another data set that a model has learnt from, in other bytes."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from crack_pipeline.audit.learnt_copies import find_learnt_copies, list_learnt_photos
from crack_pipeline.audit.settings import AuditSettings

SETTINGS = AuditSettings()


@pytest.fixture
def others(wall_manifest):
    return wall_manifest


@pytest.fixture
def learnt(others, photos, write_manifest):
    # After the others, whose fixture writes photos of the same names.
    return list_learnt_photos(write_manifest(photos))


def _write_again(learnt, others, number, change):
    photo = change(cv2.imread(learnt["image_path"].iloc[number]))
    path = Path(others["image_path"].iloc[0]).with_suffix(".jpg")
    cv2.imwrite(str(path), photo, [cv2.IMWRITE_JPEG_QUALITY, 75])
    return others.assign(image_path=[str(path), *others["image_path"].iloc[1:]])


def test_what_a_model_learnt_from_is_train_and_validation(learnt):
    assert learnt["split"].value_counts().to_dict() == {"train": 14, "validation": 8}


@pytest.mark.parametrize("number", [3, 16])
@pytest.mark.parametrize(
    ("change", "pose"),
    [
        (lambda photo: photo, "as it is"),
        (lambda photo: cv2.resize(photo, None, fx=2, fy=2), "as it is"),
        (lambda photo: photo[:, ::-1], "mirrored left to right"),
    ],
)
def test_a_photo_written_again_is_found_whatever_its_split(learnt, others, number, change, pose):
    photos = _write_again(learnt, others, number, change)
    found = find_learnt_copies(photos, learnt, SETTINGS)
    (copy,) = found.copies
    assert copy.test_id == photos["image_id"].iloc[0]
    assert (copy.other_id, copy.pose) == (f"photo_{number:02d}", pose)
    assert (found.own_photos, found.own_compared) == (22, 22)


def test_what_only_test_photos_show_was_not_learnt(photos, write_manifest, others):
    manifest = write_manifest(photos)
    tests = manifest[manifest["split"] == "test"]
    copied = _write_again(tests, others, 0, np.asarray)
    assert find_learnt_copies(copied, list_learnt_photos(manifest), SETTINGS).copies == ()


def test_photos_that_are_gone_are_counted_as_not_compared(learnt, others):
    for path in learnt["image_path"].iloc[:4]:
        Path(path).unlink()
    Path(learnt["image_path"].iloc[4]).write_bytes(b"no photo")
    found = find_learnt_copies(others, learnt, SETTINGS)
    assert (found.own_photos, found.own_compared) == (22, 17)


def test_nothing_to_compare_with_is_no_crash(learnt, others, tmp_path):
    for path in tmp_path.glob("*.png"):
        path.unlink()
    found = find_learnt_copies(others, learnt, SETTINGS)
    assert (found.copies, found.own_photos, found.own_compared) == ((), 22, 0)
    nothing = learnt.iloc[:0]
    assert find_learnt_copies(others, nothing, SETTINGS).own_photos == 0
    assert find_learnt_copies(pd.DataFrame(others.iloc[:0]), learnt, SETTINGS).copies == ()
