import shutil

import cv2
import numpy as np
import pytest
from tests.sources.layouts import touch
from tests.sources.layouts_annotated import write_crackforest

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.sources.paired_folders import CRACKFOREST, list_crackforest


def test_photos_of_the_archive_have_the_masks_that_were_drawn(tmp_path):
    masks = write_crackforest(tmp_path)
    listed = {photo.image_path.name: photo for photo in list_crackforest(tmp_path)}
    assert set(listed) == set(masks)
    for name, photo in list(listed.items())[:-1]:
        height, width = cv2.imread(str(photo.image_path)).shape[:2]
        assert (photo.image_id, photo.mask_format) == (name[:3], "crackforest")
        decoded = read_annotation(photo.mask_path, photo.mask_format, "", width, height)
        expected = masks[name].copy()
        if name == "001.jpg":
            expected[:2, :3] = expected[2:4, :2] = 0
            assert decoded.mended == ("mask_stray_regions",)
        np.testing.assert_array_equal(decoded.mask, expected)
    assert listed["006.jpg"].reason == "image without mask"


def test_the_folder_itself_may_be_named_in_any_case(tmp_path):
    write_crackforest(tmp_path)
    root = tmp_path / "CrackForest-dataset-master"
    (root / "groundTruth").rename(root / "GroundTruth")
    assert len(list_crackforest(root)) == 6


def test_left_overs_have_a_reason(tmp_path):
    touch(
        tmp_path,
        "image/a.jpg",
        "image/a.png",
        "image/été 🌉.JPG",
        "image/notes.txt",
        "groundTruth/a.mat",
        "groundTruth/été 🌉.MAT",
        "groundTruth/b.mat",
        "groundTruth/c.seg",
    )
    assert {photo.image_id: photo.reason for photo in list_crackforest(tmp_path)} == {
        "a.jpg": "two images with one stem: a",
        "a.png": "two images with one stem: a",
        "groundTruth/a.mat": "two images with one stem: a",
        "été 🌉": "",
        "groundTruth/b.mat": "mask without image",
        "image/notes.txt": "not an image file type: .txt",
        "groundTruth/c.seg": "not an image file type: .seg",
    }


def test_missing_empty_and_wrong_folders_are_errors(tmp_path):
    with pytest.raises(SourceError, match="none"):
        list_crackforest(tmp_path / "none")
    with pytest.raises(LayoutError, match=r"must hold image/.*no subfolder"):
        list_crackforest(tmp_path)
    write_crackforest(tmp_path)
    shutil.rmtree(tmp_path / "CrackForest-dataset-master" / "groundTruth")
    with pytest.raises(LayoutError, match="missing: image, groundTruth"):
        list_crackforest(tmp_path)


def test_empty_folders_list_nothing(tmp_path):
    (tmp_path / "image").mkdir()
    (tmp_path / "groundTruth").mkdir()
    assert list_crackforest(tmp_path) == []


def test_the_source_says_where_it_comes_from():
    assert CRACKFOREST.name == "crackforest"
    assert "non-commercial" in CRACKFOREST.licence
    assert "17 (12)" in CRACKFOREST.citation
    assert CRACKFOREST.downloads[0].address.startswith("https://github.com/cuilimeng/")
