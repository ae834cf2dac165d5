import pytest

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import list_class_folders


@pytest.fixture
def folder(tmp_path):
    for name in ("Positive", "Negative"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_labels_come_from_folders_and_ids_carry_them(folder):
    for name in ("Positive/1.jpg", "Negative/1.jpg"):
        (folder / name).touch()
    listed = {photo.image_id: photo for photo in list_class_folders(folder)}
    assert {image_id: photo.label for image_id, photo in listed.items()} == {
        "Positive/1": 1,
        "Negative/1": 0,
    }
    assert listed["Positive/1"].image_path == folder / "Positive" / "1.jpg"
    assert listed["Positive/1"].mask_path is None
    assert listed["Positive/1"].reason == ""


def test_two_images_with_one_stem_are_both_set_aside(folder):
    for name in ("a.jpg", "a.PNG", "b.jpg"):
        (folder / "Positive" / name).touch()
    reasons = {photo.image_id: photo.reason for photo in list_class_folders(folder)}
    assert reasons == {
        "Positive/a.PNG": "two images with one stem: a",
        "Positive/a.jpg": "two images with one stem: a",
        "Positive/b": "",
    }


def test_other_files_are_set_aside_and_share_no_stem_with_photos(folder):
    for name in ("a.jpg", "a.txt", "Thumbs.db", "README"):
        (folder / "Negative" / name).touch()
    reasons = {photo.image_id: photo.reason for photo in list_class_folders(folder)}
    assert reasons["Negative/a"] == ""
    assert reasons["Negative/a.txt"] == "not an image file type: .txt"
    assert reasons["Negative/README"] == "not an image file type: no suffix"


@pytest.mark.parametrize("missing", ["Positive", "Negative"])
def test_both_folders_must_be_there(folder, missing):
    (folder / missing).rmdir()
    with pytest.raises(LayoutError, match=f"missing: {missing}"):
        list_class_folders(folder)
