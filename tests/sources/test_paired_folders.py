import pytest

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.paired_folders import list_paired_folders

FOLDERS = ("train_img", "train_lab", "test_img", "test_lab")


@pytest.fixture
def folder(tmp_path):
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    return tmp_path


def touch(folder, *names):
    for name in names:
        (folder / name).touch()


def test_pairs_carry_split_and_mask(folder):
    touch(folder, "train_img/7-1.jpg", "train_lab/7-1.png", "test_img/7-1.jpg", "test_lab/7-1.png")
    listed = {photo.image_id: photo for photo in list_paired_folders(folder)}
    assert set(listed) == {"train/7-1", "test/7-1"}
    assert listed["test/7-1"].split == "test"
    assert listed["test/7-1"].mask_path == folder / "test_lab" / "7-1.png"
    assert listed["test/7-1"].label is None


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
    )
    assert {photo.image_id: photo.reason for photo in list_paired_folders(folder)} == {
        "train/alone": "image without mask",
        "train/masks": "two masks with one stem",
        "train_img/twice.jpg": "two images with one stem",
        "train_img/twice.png": "two images with one stem",
        "train_lab/lost.png": "mask without image",
        "train_lab/masks.bmp": "two masks with one stem",
        "train_lab/masks.png": "two masks with one stem",
        "train_lab/notes.txt": "not an image file type",
    }


@pytest.mark.parametrize("missing", FOLDERS)
def test_all_four_folders_must_be_there(folder, missing):
    (folder / missing).rmdir()
    with pytest.raises(LayoutError, match=f"missing: {missing}"):
        list_paired_folders(folder)
