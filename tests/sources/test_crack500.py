import shutil
from collections import Counter

import pytest
from tests.sources.layouts import touch, write_crack500

from crack_pipeline.errors import SourceError
from crack_pipeline.sources import list_photos
from crack_pipeline.sources.crack500 import list_crack500


def test_crops_carry_the_official_split(tmp_path):
    photos = list_crack500(write_crack500(tmp_path))
    assert Counter(photo.split for photo in photos) == {"train": 8, "validation": 2, "test": 2}
    assert photos[0].image_id == "train/20160222_081011_1_361"
    assert photos[0].mask_path == photos[0].image_path.with_suffix(".png")
    assert {photo.surface for photo in photos} == {"pavement"}


def test_crops_need_no_second_folder_and_no_list(tmp_path):
    write_crack500(tmp_path / "nested")
    for split in ("train", "val", "test"):
        shutil.copytree(
            tmp_path / "nested" / f"{split}crop" / f"{split}crop",
            tmp_path / "flat" / f"{split}crop",
        )
    nested = [photo.image_id for photo in list_crack500(tmp_path / "nested")]
    assert [photo.image_id for photo in list_crack500(tmp_path / "flat")] == nested


def test_copies_with_images_and_masks_apart_are_read(tmp_path):
    for split in ("train", "val", "test"):
        stem = "20160222_081011_1_361"
        touch(tmp_path, f"{split}/images/{stem}.jpg", f"{split}/masks/{stem}.png")
    photos = list_crack500(tmp_path)
    assert [photo.split for photo in photos] == ["train", "validation", "test"]
    assert photos[0].mask_path == tmp_path / "train" / "masks" / "20160222_081011_1_361.png"


def test_whole_photos_are_read_where_there_are_no_crops(tmp_path):
    for split in ("train", "val", "test"):
        place = f"{split}data/{split}data"
        touch(tmp_path, f"{place}/20160222_080850.jpg", f"{place}/20160222_080850_mask.png")
    photos = list_crack500(tmp_path)
    assert photos[0].image_id == "train/20160222_080850"
    assert {(photo.reason, photo.noted) for photo in photos} == {("", "mask_name_variant")}


def test_crops_come_before_the_photos_that_they_were_cut_from(tmp_path):
    write_crack500(tmp_path)
    touch(tmp_path, "traindata/20160222_080850.jpg", "traindata/20160222_080850_mask.png")
    assert len(list_crack500(tmp_path)) == 12


def test_a_photo_that_only_a_list_names_is_a_row(tmp_path):
    write_crack500(tmp_path)
    with (tmp_path / "val.txt").open("a") as file:
        file.write("\nvalcrop/gone_1_1.jpg valcrop/gone_1_1.png\n")
    aside = [photo for photo in list_photos("crack500", tmp_path) if photo.reason]
    assert [(photo.image_id, photo.split, photo.reason) for photo in aside] == [
        ("val.txt/valcrop/gone_1_1.jpg", "validation", "file named in a list is missing: val.txt")
    ]


def test_a_list_that_is_no_text_is_refused(tmp_path):
    write_crack500(tmp_path)
    (tmp_path / "train.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SourceError, match=r"UTF-8.*train\.txt"):
        list_photos("crack500", tmp_path)


def test_one_split_alone_is_enough(tmp_path):
    touch(tmp_path, "traincrop/a_1_1.jpg", "traincrop/a_1_1.png")
    assert [photo.image_id for photo in list_crack500(tmp_path)] == ["train/a_1_1"]
