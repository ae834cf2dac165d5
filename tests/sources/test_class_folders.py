import pytest
from tests.sources.layouts import touch

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import list_class_folders


@pytest.fixture
def folder(tmp_path):
    for name in ("Positive", "Negative"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_labels_come_from_folders_and_ids_carry_them(folder):
    touch(folder, "Positive/1.jpg", "Negative/1.jpg")
    listed = {photo.image_id: photo for photo in list_class_folders(folder)}
    assert {image_id: photo.label for image_id, photo in listed.items()} == {
        "Positive/1": 1,
        "Negative/1": 0,
    }
    assert listed["Positive/1"].image_path == folder / "Positive" / "1.jpg"
    assert listed["Positive/1"].mask_path is None
    assert listed["Positive/1"].reason == ""


def test_two_images_with_one_stem_are_both_set_aside(folder):
    touch(folder, "Positive/a.jpg", "Positive/a.PNG", "Positive/b.jpg", "Negative/a.jpg")
    listed = list_class_folders(folder)
    assert {photo.image_id: photo.reason for photo in listed} == {
        "Positive/a.PNG": "two images with one stem: Positive/a",
        "Positive/a.jpg": "two images with one stem: Positive/a",
        "Positive/b": "",
        "Negative/a": "",
    }
    assert {photo.label for photo in listed if photo.image_id.startswith("Positive/a")} == {1}


def test_ids_stay_unique_where_a_stem_is_another_files_name(folder):
    touch(folder, "Positive/a.jpg", "Positive/a.png", "Positive/a.jpg.png")
    ids = [photo.image_id for photo in list_class_folders(folder)]
    assert sorted(ids) == ["Positive/a.jpg", "Positive/a.jpg.png", "Positive/a.png"]


def test_other_files_are_set_aside_and_share_no_stem_with_photos(folder):
    touch(folder, *(f"Negative/{name}" for name in ("a.jpg", "a.txt", "Thumbs.db", "README")))
    reasons = {photo.image_id: photo.reason for photo in list_class_folders(folder)}
    assert reasons["Negative/a"] == ""
    assert reasons["Negative/a.txt"] == "not an image file type: .txt"
    assert reasons["Negative/README"] == "not an image file type: no suffix"


@pytest.mark.parametrize("missing", ["Positive", "Negative"])
def test_both_folders_must_be_there(folder, missing):
    (folder / missing).rmdir()
    with pytest.raises(LayoutError, match=f"missing: {missing}"):
        list_class_folders(folder)


def test_classes_with_masks_are_named(folder):
    touch(folder, *(f"{name}/Images/a.jpg" for name in ("Positive", "Negative")))
    with pytest.raises(LayoutError, match="looks like the source concrete_masks"):
        list_class_folders(folder)
