import cv2
import numpy as np
import pytest

from crack_pipeline.audit.photo_features import read_features, read_thumbnail
from crack_pipeline.audit.settings import AuditSettings


def test_each_photo_leaves_a_thumbnail_a_border_and_its_brightness(clean_rows):
    seen = read_features(clean_rows, AuditSettings())
    n_photos = len(clean_rows)
    assert seen.rows["image_id"].nunique() == n_photos
    assert seen.thumbnails.shape == (n_photos, 64, 64)
    assert seen.border.shape == (n_photos, 5)
    assert seen.brightness.shape == (n_photos, 1)
    first = seen.rows.iloc[0]
    grey = cv2.imread(first["image_path"], cv2.IMREAD_GRAYSCALE)
    assert seen.brightness[0, 0] == pytest.approx(grey.mean() / 255, abs=0.01)
    assert seen.unread == ()


def test_more_photos_than_allowed_are_drawn_the_same_way_each_time(clean_rows):
    settings = AuditSettings.model_construct(**{**AuditSettings().model_dump(), "max_photos": 5})
    first, second = read_features(clean_rows, settings), read_features(clean_rows, settings)
    assert first.rows["split"].value_counts().to_dict() == {"train": 5, "validation": 5, "test": 5}
    assert first.rows["image_id"].tolist() == second.rows["image_id"].tolist()


def test_photos_that_are_gone_or_tiny_are_named(photos, write_manifest, tmp_path):
    photos[1] = np.zeros((2, 9, 3), np.uint8)
    rows = write_manifest(photos)
    (tmp_path / "photo_00.png").unlink()
    seen = read_features(rows, AuditSettings())
    assert seen.unread == ("photo_00", "photo_01")
    assert len(seen.rows) == len(rows) - 2


def test_nothing_that_can_be_read_is_no_crash(clean_rows, tmp_path):
    for path in tmp_path.glob("*.png"):
        path.unlink()
    seen = read_features(clean_rows, AuditSettings())
    assert seen.thumbnails.shape == (0, 64, 64)
    assert seen.border.shape == (0, 5)


def test_a_narrow_photo_gets_a_narrower_border(photos, write_manifest):
    photos[0] = photos[0][:7, :9]
    assert read_features(write_manifest(photos), AuditSettings()).unread == ()


def test_a_thumbnail_is_grey_and_small(clean_rows):
    from pathlib import Path

    assert read_thumbnail(Path(clean_rows["image_path"][0])).shape == (64, 64)
