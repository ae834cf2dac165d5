"""Files without a partner are refused by name, unless the user leaves them out."""

from pathlib import Path

import pytest
from tests.sources.layouts import touch

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import LayoutError, ParameterError
from crack_pipeline.ingestion.corrections import leave_out, require_paired
from crack_pipeline.sources.class_folders import list_class_folders
from crack_pipeline.sources.files import NO_MASK, OTHER_FILE_TYPE, TWO_IMAGES_WITH_ONE_STEM
from crack_pipeline.sources.paired_folders import list_paired_folders


def _photo(image_id: str, reason: str = "") -> ListedImage:
    return ListedImage(image_id, Path(f"/photos/{image_id}.jpg"), reason=reason)


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """One good pair; the stem ``a`` with two images and a mask, ``b`` with an image and two."""
    for name in ("train_img", "train_lab", "test_img", "test_lab"):
        (tmp_path / name).mkdir()
    touch(tmp_path / "train_img", "good.jpg", "a.jpg", "a.png", "b.jpg")
    return touch(tmp_path / "train_lab", "good.png", "a.png", "b.png", "b.bmp").parent


def test_files_without_partner_are_counted_and_named():
    photos = [_photo("a"), *(_photo(f"p{number:02d}", NO_MASK) for number in range(12))]
    with pytest.raises(LayoutError, match=r"12 of 13 files \(p00, .*p09 and 2 more\).*ignore"):
        require_paired(photos)


def test_a_stem_that_occurs_twice_is_refused_whatever_its_details():
    for reason in (TWO_IMAGES_WITH_ONE_STEM, f"{TWO_IMAGES_WITH_ONE_STEM}: train/b"):
        with pytest.raises(LayoutError, match=r"two images with one stem: 1 of 2 files \(b\)"):
            require_paired([_photo("a"), _photo("b", reason)])


def test_photos_of_a_kind_that_is_not_read_are_named_with_the_masks_they_leave_alone(pairs):
    touch(pairs / "train_img", "c.DNG", "d.dng")
    touch(pairs / "train_lab", "c.png", "d.png")
    with pytest.raises(LayoutError, match=r"mask without image: 2 .*; 2 × .* type: \.dng"):
        require_paired(list_paired_folders(pairs))


def test_two_photos_of_one_stem_are_refused_in_folders_of_classes(tmp_path):
    touch(tmp_path, "Positive/a.jpg", "Positive/a.png", "Negative/b.jpg")
    with pytest.raises(LayoutError, match=r"Positive/a\.jpg, Positive/a\.png"):
        require_paired(list_class_folders(tmp_path))


def test_other_reasons_are_no_matter_of_pairs():
    require_paired([_photo("a"), _photo("b", OTHER_FILE_TYPE)])


def test_ignored_files_are_left_out():
    photos = [_photo("a"), _photo("b", NO_MASK)]
    kept = leave_out(photos, ["b"])
    assert [photo.image_id for photo in kept] == ["a"]
    require_paired(kept)


def test_an_ignored_id_that_names_nothing_is_a_slip():
    with pytest.raises(ParameterError, match=r"(?s)zzzz.*like train/a"):
        leave_out([_photo("train/a")], ["zzzz"])


def test_a_slip_names_the_nearest_ids(pairs):
    with pytest.raises(ParameterError, match=r"Did you mean train/a: .*train/a\.png"):
        leave_out(list_paired_folders(pairs), ["train/a"])


def test_leaving_out_one_image_and_one_mask_makes_pairs(pairs):
    photos = list_paired_folders(pairs)
    with pytest.raises(LayoutError, match=r"two images with one stem: 3 of 7.*two masks.*: 3 of 7"):
        require_paired(photos)
    kept = leave_out(photos, ["train/a.png", "train_lab/b.bmp"])
    require_paired(kept)
    by_id = {photo.image_id: photo for photo in kept}
    assert set(by_id) == {"train/good", "train/a.jpg", "train/b"}
    assert by_id["train/a.jpg"].mask_path == pairs / "train_lab" / "a.png"
    assert by_id["train/b"].mask_path == pairs / "train_lab" / "b.png"
    assert {photo.split for photo in kept} == {"train"}
    assert by_id["train/a.jpg"].noted == "settled_by_ignore"
    assert by_id["train/good"].noted == ""


def test_leaving_out_the_image_leaves_masks_without_image(pairs):
    kept = leave_out(list_paired_folders(pairs), ["train/b"])
    reasons = {photo.image_id: photo.reason for photo in kept}
    assert reasons["train_lab/b.bmp"] == "mask without image"
    assert reasons["train/a.jpg"] == "two images with one stem: train/a"


def test_leaving_out_the_masks_leaves_an_image_without_mask(pairs):
    kept = leave_out(
        list_paired_folders(pairs), ["train_lab/b.bmp", "train_lab/b.png", "train_lab/a.png"]
    )
    reasons = {photo.image_id: photo.reason for photo in kept}
    assert reasons == {
        "train/good": "",
        "train/a.jpg": "image without mask",
        "train/a.png": "image without mask",
        "train/b": "image without mask",
    }


def test_what_stays_ambiguous_stays_refused(pairs):
    touch(pairs / "train_img", "b.png")
    touch(pairs / "train_lab", "b.tif")
    kept = leave_out(list_paired_folders(pairs), ["train/b.png"])
    assert {photo.reason for photo in kept if "/b" in photo.image_id} == {
        "two masks with one stem: train/b"
    }
    with pytest.raises(LayoutError, match="two masks with one stem: 4"):
        require_paired(kept)


def test_one_photo_of_a_stem_is_left_in_folders_of_classes(tmp_path):
    touch(tmp_path, "Positive/a.jpg", "Positive/a.png", "Negative/b.jpg")
    kept = leave_out(list_class_folders(tmp_path), ["Positive/a.png"])
    require_paired(kept)
    assert [(photo.image_id, photo.label, photo.reason) for photo in kept] == [
        ("Positive/a.jpg", 1, ""),
        ("Negative/b", 0, ""),
    ]
