"""Near-duplicates between splits, and photos of other data sets that a model has learnt from."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.audit.conftest import FIRST_TEST

from crack_pipeline.audit.near_copies import (
    find_learnt_copies,
    find_near_copies,
    list_learnt_photos,
)
from crack_pipeline.audit.photo_features import read_features
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.manifest import usable_rows
from crack_pipeline.splits.symmetries import N_SYMMETRIES, SYMMETRY_NAMES, apply_symmetry

SETTINGS = AuditSettings()


def _find(rows, settings=SETTINGS):
    return find_near_copies(rows, read_features(rows, settings), settings)


def _compress(photo):
    return cv2.imdecode(
        cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR
    )


def _flip(photo, symmetry):
    turned = apply_symmetry(np.moveaxis(photo, -1, 0), symmetry)
    return np.ascontiguousarray(np.moveaxis(turned, 0, -1))


def test_photos_that_share_nothing_are_not_linked(clean_rows):
    assert _find(clean_rows) == []


@pytest.mark.parametrize("symmetry", range(N_SYMMETRIES))
def test_a_copy_in_any_pose_is_found_with_its_pose(symmetry, photos, write_manifest):
    photos[FIRST_TEST] = _compress(_flip(photos[3], symmetry))
    (found,) = _find(usable_rows(write_manifest(photos)))
    assert (found.test_id, found.other_id) == (f"photo_{FIRST_TEST:02d}", "photo_03")
    assert found.correlation > 0.9
    turned_back = {1: 3, 3: 1}.get(symmetry, symmetry)
    assert found.pose == SYMMETRY_NAMES[turned_back]


def test_an_exact_copy_is_left_to_its_own_check(photos, write_manifest):
    photos[FIRST_TEST] = photos[3].copy()
    assert _find(usable_rows(write_manifest(photos))) == []


def test_copies_within_test_or_between_train_and_validation_do_not_matter(photos, write_manifest):
    photos[FIRST_TEST] = _compress(photos[FIRST_TEST + 1])
    photos[0] = _compress(photos[15])
    assert _find(usable_rows(write_manifest(photos))) == []


def test_a_photo_that_was_not_read_is_found_by_its_hash(photos, write_manifest):
    photos[FIRST_TEST] = _compress(photos[3])
    rows = usable_rows(write_manifest(photos))
    seen = read_features(rows[rows["image_id"] != "photo_03"], SETTINGS)
    (found,) = find_near_copies(rows, seen, SETTINGS)
    assert found.other_id == "photo_03"
    assert found.pose == "as it is"


def test_a_photo_that_is_gone_is_passed_over(photos, write_manifest, tmp_path):
    photos[FIRST_TEST] = _compress(photos[3])
    rows = usable_rows(write_manifest(photos))
    (tmp_path / "photo_03.png").unlink()
    assert _find(rows) == []


def test_blank_photos_are_like_nothing(photos, write_manifest):
    photos[0] = photos[FIRST_TEST] = np.full_like(photos[0], 90)
    photos[1] = np.full_like(photos[0], 91)
    assert _find(usable_rows(write_manifest(photos))) == []


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
