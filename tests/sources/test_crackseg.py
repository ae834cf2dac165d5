import re
import shutil

import numpy as np
import pytest
from tests.sources.layouts import touch
from tests.sources.layouts_annotated import write_crackseg

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.sources.crackseg import SOURCE, list_crackseg


def check_masks(folder, masks):
    listed = list_crackseg(folder)
    assert {photo.image_path.name for photo in listed} == set(masks)
    for photo in listed:
        assert photo.reason == ""
        decoded = read_annotation(photo.mask_path, photo.mask_format, photo.annotation, 416, 416)
        np.testing.assert_array_equal(decoded.mask, masks[photo.image_path.name])
    return listed


@pytest.mark.parametrize("validation", ["valid", "val", "Validation"])
@pytest.mark.parametrize("with_yaml", [True, False])
def test_photos_have_the_masks_that_were_drawn(tmp_path, validation, with_yaml):
    options = {} if with_yaml else {"data_yaml": None}
    masks = write_crackseg(tmp_path, validation=validation, **options)
    listed = check_masks(tmp_path, masks)
    splits = [photo.split for photo in listed]
    assert {split: splits.count(split) for split in splits} == {
        "train": 4,
        "validation": 2,
        "test": 2,
    }
    assert listed[0].image_id.startswith(f"{listed[0].image_path.parents[1].name}/16")
    assert (listed[0].annotation != "") == with_yaml


def test_photos_without_outlines_have_no_crack(tmp_path):
    write_crackseg(tmp_path)
    empty = [photo for photo in list_crackseg(tmp_path) if photo.mask_format == "empty"]
    assert sorted((photo.split, photo.noted, photo.label, photo.mask_path) for photo in empty) == [
        ("test", "no_label_file", 0, None),
        ("train", "empty_label_file", 0, None),
    ]


def test_the_layout_is_found_below_folders_of_an_archive(tmp_path):
    masks = write_crackseg(tmp_path / "archive" / "crack-seg")
    (tmp_path / "__MACOSX" / "train" / "images").mkdir(parents=True)
    check_masks(tmp_path, masks)


def test_splits_below_images_and_labels_are_found(tmp_path):
    masks = write_crackseg(tmp_path / "old")
    for split in ("train", "valid", "test"):
        for kind in ("images", "labels"):
            (tmp_path / "new" / kind).mkdir(parents=True, exist_ok=True)
            (tmp_path / "old" / split / kind).rename(tmp_path / "new" / kind / split)
    listed = check_masks(tmp_path / "new", masks)
    assert {photo.split for photo in listed} == {"train", "validation", "test"}
    assert {photo.image_id.partition("/")[0] for photo in listed} == {"train", "valid", "test"}


def test_images_and_labels_without_splits_are_found(tmp_path):
    write_crackseg(tmp_path)
    listed = list_crackseg(tmp_path / "train")
    assert len(listed) == 4
    assert {photo.split for photo in listed} == {None}


YAMLS = {
    "names as a map": "path: ../datasets/crack-seg\ntrain: train/images\nval: valid/images\n"
    "test: test/images\nnames:\n  0: crack\n",
    "absolute paths": "train: /content/x/train/images\nval: /content/x/valid/images\n"
    "test: /content/x/test/images\nnc: 1\nnames: [crack]\n",
    "Windows paths": "train: ..\\train\\images\nval: ..\\valid\\images\nnames: {'0': crack}\n",
    "folders of images and labels": "train: train\nval: ./valid\ntest: test/\nnames: [crack]\n",
    "lists of folders": "train: [train/images]\nval: [valid/images]\nnames: [crack]\n",
    "no paths": "nc: 1\nnames: [crack]\n",
    "paths that lead nowhere": "train: a/b\nval: null\ntest:\nnames: [crack]\n",
    "paths out of the data set": "train: ../../../../etc\nval: /etc\nnames: [crack]\n",
    "a byte order mark": "\ufeffnames: [crack]\r\n",
    "one class of another name": "names: ['0']\n",
}


@pytest.mark.parametrize("data_yaml", YAMLS.values(), ids=YAMLS)
def test_descriptions_are_read(tmp_path, data_yaml):
    masks = write_crackseg(tmp_path, data_yaml=data_yaml)
    listed = check_masks(tmp_path, masks)
    assert listed[0].annotation == '{"crack":[0],"other":[]}'


def test_folders_of_other_names_are_found_by_the_description(tmp_path):
    masks = write_crackseg(tmp_path, data_yaml="train: a/images\nval: b\nnames: [crack]\n")
    (tmp_path / "train").rename(tmp_path / "a")
    (tmp_path / "b").mkdir()
    for kind in ("images", "labels"):
        for file in (tmp_path / "valid" / kind).iterdir():
            file.rename(tmp_path / "b" / file.name)
    shutil.rmtree(tmp_path / "valid")
    listed = check_masks(tmp_path, masks)
    assert {(photo.image_path.parent.name, photo.split) for photo in listed} == {
        ("images", "train"),
        ("b", "validation"),
        ("images", "test"),
    }


def test_of_several_classes_those_named_crack_count(tmp_path):
    write_crackseg(tmp_path, data_yaml="names: [pothole, Crack, no crack, wide crack]\n")
    assert list_crackseg(tmp_path)[0].annotation == '{"crack":[1,3],"other":[0,2]}'


BAD_YAMLS = {
    "no class named crack": ("names: [pothole, patch]", "with pothole, patch"),
    "no YAML": ("names: [crack\ntrain: :", r"readable YAML.*data\.yaml"),
    "names as a text": ("names: 5", "must list the classes.*with a int"),
    "a name as a list": ("names: [[crack], patch]", "must list the classes"),
    "a number as a text": ("names: {one: crack}", "must list the classes"),
}


@pytest.mark.parametrize(("data_yaml", "message"), BAD_YAMLS.values(), ids=BAD_YAMLS)
def test_bad_descriptions_are_errors(tmp_path, data_yaml, message):
    write_crackseg(tmp_path, data_yaml=data_yaml)
    with pytest.raises(LayoutError, match=re.compile(message, re.DOTALL)):
        list_crackseg(tmp_path)


def test_two_descriptions_are_an_error_unless_one_has_the_usual_name(tmp_path):
    write_crackseg(tmp_path)
    (tmp_path / "crack-seg.yaml").write_text("names: [pothole, patch]")
    assert len(list_crackseg(tmp_path)) == 8
    (tmp_path / "data.yaml").rename(tmp_path / "other.yml")
    with pytest.raises(LayoutError, match=r"with crack-seg\.yaml, other\.yml"):
        list_crackseg(tmp_path)


def test_left_overs_have_a_reason(tmp_path):
    touch(
        tmp_path,
        "train/images/a.jpg",
        "train/images/a.png",
        "train/images/été 🌉.JPG",
        "train/images/notes.md",
        "train/labels/a.txt",
        "train/labels/b.txt",
        "train/labels/classes.txt",
        "train/labels/old.json",
        "test/images/é.jpg",
    )
    (tmp_path / "train" / "labels" / "été 🌉.txt").write_text("0 0 0 1 0 1 1")
    (tmp_path / "test" / "labels").mkdir()
    assert {photo.image_id: photo.reason for photo in list_crackseg(tmp_path)} == {
        "train/a.jpg": "two images with one stem: train/a",
        "train/a.png": "two images with one stem: train/a",
        "train/labels/a.txt": "two images with one stem: train/a",
        "train/été 🌉": "",
        "train/labels/b.txt": "mask without image",
        "train/images/notes.md": "not an image file type: .md",
        "train/labels/classes.txt": "not an image file type: .txt",
        "train/labels/old.json": "not an image file type: .json",
        "test/é": "image without mask",
    }


LABEL = "0 .2 .1 .6 .1 .6 .2\n"


def write_yolo(folder, labels, images=("images/a.jpg", "images/IMG_6.jpg", "images/c.jpg")):
    """Photos, and label files with their text; gives what the listing says of each photo."""
    touch(folder, *images)
    for name, text in labels.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return {photo.image_id: photo for photo in list_crackseg(folder)}


@pytest.mark.parametrize("stray", ["IMG 6", "IMG_6 (1)", "copy of IMG_6", "sub/IMG_6", "x"])
def test_no_photo_is_crack_free_where_a_label_file_finds_none(tmp_path, stray):
    labels = {"labels/a.txt": LABEL, "labels/c.txt": "", f"labels/{stray}.txt": LABEL}
    listed = write_yolo(tmp_path, labels)
    assert listed["IMG_6"].reason.endswith(f"belong to no photo: 1, labels/{stray}.txt")
    assert (listed["a"].reason, listed["c"].label) == ("", 0)


def test_a_label_file_in_another_split_finds_no_photo_either(tmp_path):
    images = ("images/train/a.jpg", "images/val/b.jpg", "images/val/c.jpg")
    labels = {f"labels/{name}.txt": LABEL for name in ("train/a", "train/b", "val/c")}
    assert "labels/b.txt" in write_yolo(tmp_path, labels, images)["val/b"].reason


def test_an_empty_label_file_without_photo_says_nothing(tmp_path):
    assert write_yolo(tmp_path, {"labels/a.txt": LABEL, "labels/x.txt": ""})["IMG_6"].label == 0


@pytest.mark.parametrize("place", ["classes.txt", "obj.names", "labels/classes.txt"])
def test_lists_of_names_tell_the_classes(tmp_path, place):
    labels = {"labels/a.txt": LABEL, "labels/c.txt": "1" + LABEL[1:], place: "crack\nspalling\n\n"}
    listed = write_yolo(tmp_path, labels)
    assert listed["c"].annotation == '{"crack":[0],"other":[1]}'
    assert listed["IMG_6"].label == 0
    (tmp_path / "more.names").write_text("spalling\ncrack\n")
    with pytest.raises(LayoutError, match=r"more\.names"):
        list_crackseg(tmp_path)


def test_several_classes_without_names_are_refused(tmp_path):
    assert not write_yolo(tmp_path, {"labels/a.txt": "1" + LABEL[1:]})["a"].reason
    with pytest.raises(LayoutError, match=r"classes 0 \(c\), 1 \(a\)"):
        write_yolo(tmp_path, {"labels/c.txt": LABEL})


@pytest.mark.parametrize("places", ["train: images\nval: images", "train: images", "val: images"])
def test_a_folder_that_holds_other_parts_lists_the_rest_of_its_photos(tmp_path, places):
    (tmp_path / "data.yaml").write_text(f"{places}\nnames: [crack]\n")
    names = ["train/a", "val/b", "rest"]
    labels = {f"labels/{name}.txt": LABEL for name in names}
    listed = write_yolo(tmp_path, labels, [f"images/{name}.jpg" for name in names])
    found = {name: listed[name].split for name in names}
    rest = "validation" if places == "val: images" else "train"
    assert found == {"train/a": "train", "val/b": "validation", "rest": rest}
    assert len(listed) == 3


def test_photos_without_any_label_are_an_error(tmp_path):
    write_crackseg(tmp_path)
    for folder in tmp_path.rglob("labels"):
        shutil.rmtree(folder)
        folder.mkdir()
    with pytest.raises(LayoutError, match="with 8 photos and no label file"):
        list_crackseg(tmp_path)


def test_missing_empty_and_wrong_folders_are_errors(tmp_path):
    with pytest.raises(SourceError, match="none"):
        list_crackseg(tmp_path / "none")
    with pytest.raises(LayoutError, match=r"must hold train, valid.*no subfolder"):
        list_crackseg(tmp_path)
    touch(tmp_path, "Positive/a.jpg", "Negative/b.jpg")
    with pytest.raises(LayoutError, match="with Negative, Positive"):
        list_crackseg(tmp_path)


def test_several_data_sets_are_an_error(tmp_path):
    write_crackseg(tmp_path / "one")
    write_crackseg(tmp_path / "two")
    with pytest.raises(LayoutError, match=r"must hold one data set.*one, two"):
        list_crackseg(tmp_path)


def test_empty_folders_list_nothing(tmp_path):
    for name in ("images", "labels"):
        (tmp_path / "train" / name).mkdir(parents=True)
    assert list_crackseg(tmp_path) == []


@pytest.mark.parametrize(
    ("stem", "photo"),
    [
        ("1616.rf.c868709931a671796794fdbb95352c5a", "1616"),
        ("IMG 1_jpg.rf.0a1b", "IMG 1_jpg"),
        ("1616", None),
        ("a.rf.b.c", None),
    ],
)
def test_variants_of_one_photo_name_it(stem, photo):
    match = re.match(SOURCE.photo_id_pattern, stem)
    assert (match and match.group(1)) == photo


def test_the_source_says_where_it_comes_from():
    assert SOURCE.name == "crackseg"
    assert "AGPL-3.0" in SOURCE.licence
    assert "crack-bphdr" in SOURCE.citation
    assert SOURCE.downloads[0].address.endswith("/v0.0.0/crack-seg.zip")
