import cv2
import numpy as np
import pytest
from tests.audit.conftest import FIRST_TEST

from crack_pipeline.audit.near_copies import find_near_copies
from crack_pipeline.audit.seen_photos import see_photos
from crack_pipeline.audit.settings import AuditSettings
from crack_pipeline.manifest import usable_rows
from crack_pipeline.splits.symmetries import N_SYMMETRIES, SYMMETRY_NAMES, apply_symmetry

SETTINGS = AuditSettings()


def _find(rows, settings=SETTINGS):
    return find_near_copies(rows, see_photos(rows, settings), settings)


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
    seen = see_photos(rows[rows["image_id"] != "photo_03"], SETTINGS)
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
