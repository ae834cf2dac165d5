import pytest
from tests.sources.layouts import touch

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.paired_folders import list_paired_folders

FOLDERS = ("train_img", "train_lab", "test_img", "test_lab")


@pytest.fixture
def folder(tmp_path):
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


def test_pairs_carry_split_and_mask(folder):
    touch(folder, "train_img/7-1.jpg", "train_lab/7-1.png", "test_img/7-1.jpg", "test_lab/7-1.png")
    listed = {photo.image_id: photo for photo in list_paired_folders(folder)}
    assert set(listed) == {"train/7-1", "test/7-1"}
    assert listed["test/7-1"].split == "test"
    assert listed["test/7-1"].mask_path == folder / "test_lab" / "7-1.png"
    assert listed["test/7-1"].label is None
    assert listed["test/7-1"].noted == ""


def test_odd_names_are_paired(folder):
    names = ("mur été", "pont 🌉", "a b.c")
    touch(folder, *(f"train_img/{name}.JPG" for name in names))
    touch(folder, *(f"train_lab/{name}.PNG" for name in names))
    assert sorted(photo.image_id for photo in list_paired_folders(folder)) == sorted(
        f"train/{name}" for name in names
    )


def test_an_accepted_variant_of_a_masks_name_is_noted(folder):
    touch(folder, "train_img/a.jpg", "train_lab/a_mask.png")
    (photo,) = list_paired_folders(folder)
    assert photo.mask_path == folder / "train_lab" / "a_mask.png"
    assert photo.noted == "mask_name_variant"


def test_leftovers_are_set_aside_with_their_reason(folder):
    touch(
        folder,
        "train_img/alone.jpg",
        "train_img/twice.jpg",
        "train_img/twice.png",
        "train_lab/twice.png",
        "train_lab/lost.png",
        "train_img/masks.jpg",
        "train_lab/masks.png",
        "train_lab/masks.bmp",
        "train_lab/notes.txt",
        "train_img/.hidden.jpg",
    )
    listed = list_paired_folders(folder)
    assert {photo.image_id: photo.reason for photo in listed} == {
        "train/alone": "image without mask",
        "train/masks": "two masks with one stem: train/masks",
        "train/twice.jpg": "two images with one stem: train/twice",
        "train/twice.png": "two images with one stem: train/twice",
        "train_lab/twice.png": "two images with one stem: train/twice",
        "train_lab/lost.png": "mask without image",
        "train_lab/masks.bmp": "two masks with one stem: train/masks",
        "train_lab/masks.png": "two masks with one stem: train/masks",
        "train_lab/notes.txt": "not an image file type: .txt",
    }
    assert {photo.split for photo in listed if photo.image_id != "train_lab/notes.txt"} == {"train"}


def test_ids_stay_unique_where_a_stem_is_another_files_name(folder):
    touch(folder, *(f"train_img/{name}" for name in ("a.jpg", "a.png", "a.jpg.png")))
    touch(folder, *(f"train_lab/{name}" for name in ("a.jpg", "a.png", "a.jpg.png")))
    ids = [photo.image_id for photo in list_paired_folders(folder)]
    assert sorted(ids) == ["train/a.jpg", "train/a.jpg.png", "train/a.png"]


@pytest.mark.parametrize("missing", FOLDERS)
def test_all_four_folders_must_be_there(folder, missing):
    (folder / missing).rmdir()
    with pytest.raises(LayoutError, match=f"missing: {missing}"):
        list_paired_folders(folder)
