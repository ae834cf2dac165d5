import os
from pathlib import Path

import pytest
from tests.sources.layouts import write_metu

from crack_pipeline.sources.class_folders import METU, list_class_folders


def test_labels_come_from_the_folders_in_any_case(tmp_path):
    write_metu(tmp_path)
    (tmp_path / "Positive").rename(tmp_path / "POSITIVE")
    photos = list_class_folders(tmp_path)
    assert sum(photo.label == 1 for photo in photos) == 6
    assert {photo.image_id.partition("/")[0] for photo in photos} == {"Positive", "Negative"}
    assert {photo.mask_path for photo in photos} == {None}


def test_it_is_fetched_from_mendeley_and_else_from_kaggle():
    assert [(way.kind, way.address) for way in METU.downloads] == [
        ("mendeley", "5y9wdsg2zt/2"),
        ("kaggle", "arunrk7/surface-crack-detection"),
    ]
    assert METU.has_crops
    assert METU.photo_id_pattern is None


@pytest.mark.skipif("CRACK_DATA_ROOT" not in os.environ, reason="CRACK_DATA_ROOT is not set")
def test_the_real_patches_are_listed():
    photos = list_class_folders(Path(os.environ["CRACK_DATA_ROOT"]) / "metu")
    assert len(photos) == 4000
    assert sum(photo.label or 0 for photo in photos) == 2000
    assert {photo.reason for photo in photos} == {""}
