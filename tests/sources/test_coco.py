import contextlib
import json
import shutil
import unicodedata

import numpy as np
import pytest
from tests.sources.layouts import touch
from tests.sources.layouts_annotated import save_json, write_coco

from crack_pipeline.errors import LayoutError, MaskError, SourceError
from crack_pipeline.ingestion.corrections import require_paired
from crack_pipeline.masks.annotations import read_annotation
from crack_pipeline.sources import coco
from crack_pipeline.sources.coco import SOURCE, list_coco

LAYOUTS = ("annotations", "roboflow", "single")
CATEGORIES = [{"id": 1, "name": "crack"}, {"id": 2, "name": "rust"}]
OUTLINE = {"segmentation": [[1, 1, 5, 1, 5, 3, 1, 3]], "iscrowd": 0}


def write_document(folder, names, annotations=(), file="annotations.json", **size):
    images = [
        {"id": number, "file_name": name, **({"width": 8, "height": 6} | size)}
        for number, name in enumerate(names, start=1)
    ]
    document = {"images": images, "annotations": list(annotations), "categories": CATEGORIES}
    save_json(folder / file, document)


def crack(image_id, category_id=1, **others):
    return {"image_id": image_id, "category_id": category_id, **(OUTLINE | others)}


def reasons(folder):
    return {photo.image_id: photo.reason for photo in list_coco(folder)}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_photos_have_the_masks_that_were_drawn(tmp_path, layout):
    masks = write_coco(tmp_path, layout=layout)
    listed = list_coco(tmp_path)
    assert {photo.image_path.name for photo in listed} == set(masks)
    for photo in listed:
        assert photo.reason == ""
        decoded = read_annotation(photo.mask_path, photo.mask_format, photo.annotation, 320, 240)
        np.testing.assert_array_equal(decoded.mask, masks[photo.image_path.name])
        assert decoded.mended == ()
    assert sum("\n" in photo.annotation for photo in listed) == 0
    splits = {photo.split for photo in listed}
    assert splits == ({None} if layout == "single" else {"train", "validation", "test"})


def test_a_photo_without_annotation_has_no_crack(tmp_path):
    write_coco(tmp_path)
    (empty,) = [photo for photo in list_coco(tmp_path) if photo.mask_format == "empty"]
    assert (empty.label, empty.mask_path, empty.noted) == (0, None, "no_annotation")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_layout_is_found_below_folders_of_an_archive(tmp_path, layout):
    write_coco(tmp_path / "plain", layout=layout)
    shutil.copytree(tmp_path / "plain", tmp_path / "deep" / "archive" / "data")
    (tmp_path / "deep" / "__MACOSX").mkdir()
    listed = list_coco(tmp_path / "deep")
    assert [photo.image_id for photo in listed] == [
        photo.image_id for photo in list_coco(tmp_path / "plain")
    ]
    assert {photo.reason for photo in listed} == {""}


def test_each_json_file_is_read_once(tmp_path, monkeypatch):
    write_coco(tmp_path, layout="roboflow")
    read = []
    original = coco.read_coco_file
    monkeypatch.setattr(coco, "read_coco_file", lambda path: read.append(path) or original(path))
    list_coco(tmp_path)
    assert len(read) == len(set(read)) == 3


@pytest.mark.parametrize(
    ("file", "split"),
    [
        ("annotations/instances_train2017.json", "train"),
        ("instances-val.json", "validation"),
        ("Test/_annotations.coco.json", "test"),
        ("train/labels_coco.json", "train"),
        ("annotations.json", None),
        ("train_and_test.json", None),
        ("training_set/a.json", "train"),
        ("trained.json", None),
    ],
)
def test_the_split_is_named_by_the_file_or_its_folder(tmp_path, file, split):
    touch(tmp_path, "images/a.jpg")
    write_document(tmp_path, ["a.jpg"], [crack(1)], file)
    (photo,) = list_coco(tmp_path)
    assert photo.split == split


def test_photos_listed_but_not_there_and_there_but_not_listed_are_rows(tmp_path):
    touch(tmp_path, "images/a.jpg", "images/lost.jpg", "images/gone.CR2", "README.txt")
    write_document(tmp_path, ["a.jpg", "gone.jpg"], [crack(1), crack(2)])
    assert reasons(tmp_path) == {
        "images/a": "",
        "images/gone.CR2": "not an image file type: .cr2",
        "images/lost": "image without mask",
        "annotations.json/gone.jpg": "mask without image: annotations.json lists gone.jpg",
    }


def test_photos_that_are_listed_twice_are_set_aside(tmp_path):
    touch(tmp_path, *(f"images/{name}.jpg" for name in "abcd"))
    write_document(tmp_path, ["a.jpg", "b.jpg", "a.jpg"], file="train.json")
    write_document(tmp_path, ["b.jpg", "c.jpg"], file="test.json")
    assert reasons(tmp_path) == {
        "images/a": "photo listed 2 times: train.json",
        "images/b": "photo listed 2 times: test.json, train.json",
        "images/c": "",
        "images/d": "image without mask",
    }


def test_photos_with_one_number_are_set_aside(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    write_document(tmp_path, ["a.jpg", "b.jpg", "c.jpg"])
    document = json.loads((tmp_path / "annotations.json").read_text())
    document["images"][1]["id"] = 1
    save_json(tmp_path / "annotations.json", document)
    same = "photo whose number another one has: annotations.json"
    assert reasons(tmp_path) == {"a": same, "b": same, "c": ""}


def test_missing_photos_that_are_listed_twice_are_two_rows(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg", "gone.jpg", "gone.jpg"])
    assert set(reasons(tmp_path)) == {
        "a",
        "annotations.json/gone.jpg",
        "annotations.json/gone.jpg (2)",
    }


def test_annotations_that_belong_to_nothing_are_rows(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    write_document(
        tmp_path, ["a.jpg", "b.jpg", "c.jpg"], [crack(1), crack(2, 7), crack(3, 2), crack(99, 2)]
    )
    listed = {photo.image_id: photo for photo in list_coco(tmp_path)}
    assert {name: photo.reason for name, photo in listed.items()} == {
        "a": "",
        "b": "annotation of a category that is not listed: 7",
        "c": "",
        "annotations.json": "annotation of a photo that is not listed: 1 with image_id 99",
    }
    assert (listed["c"].label, listed["c"].mask_format) == (0, "empty")
    assert listed["c"].noted == "mask_other_classes_left_out"


def test_a_photo_without_annotation_is_set_aside_where_a_crack_belongs_to_no_photo(tmp_path):
    touch(tmp_path, *(f"{name}.jpg" for name in "abcde"))
    write_document(tmp_path, ["a.jpg", "b.jpg", "c.jpg"], [crack(1), crack(3, 2), crack("x")])
    write_document(tmp_path, ["d.jpg", "e.jpg"], [crack(1)], file="others.json")
    listed = {photo.image_id: photo for photo in list_coco(tmp_path)}
    doubt = (
        "no annotation, but one with an unknown image_id may be its own: "
        "annotations.json has 1 with image_id x"
    )
    orphan = "annotation of a photo that is not listed: 1 with image_id x"
    assert {name: photo.reason for name, photo in listed.items() if photo.reason} == {
        "b": doubt,
        "c": doubt,
        "e": doubt,
        "annotations.json": orphan,
    }
    assert listed["a"].noted == listed["d"].noted == "annotations_left_over"
    with pytest.raises(LayoutError, match=r"1 of 6 files \(annotations\.json: 1 with image_id x\)"):
        require_paired(list(listed.values()))


def test_a_size_that_is_none_sets_the_photo_aside(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg"], [crack(1)], width="wide")
    assert reasons(tmp_path) == {"a": "size that is none: 'wide'×6 px in annotations.json"}


@pytest.mark.parametrize("depth", range(880, 1000, 10))
def test_an_outline_nested_without_end_does_no_harm(tmp_path, depth):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg"], [crack(1, segmentation="outline")])
    file = tmp_path / "annotations.json"
    nested = "[1," * depth + "1" + "]" * depth
    file.write_text(file.read_text().replace('"outline"', nested))
    with contextlib.suppress(LayoutError):
        (photo,) = list_coco(tmp_path)
        if not photo.reason:
            with pytest.raises(MaskError):
                read_annotation(photo.mask_path, "coco", photo.annotation, 8, 6)


@pytest.mark.parametrize(
    "name", ["br%C3%BCcke%201.jpg", "/data/local-files/?d=x%2Fbr%C3%BCcke 1.jpg"]
)
def test_a_name_taken_from_an_address_is_found_and_noted(tmp_path, name):
    touch(tmp_path, "brücke 1.jpg", "bru%CC%88cke 2.jpg")
    write_document(tmp_path, [name, "brücke 2.jpg"], [crack(1), crack(2)])
    assert [(photo.reason, photo.noted) for photo in list_coco(tmp_path)] == [
        ("", "photo_name_variant")
    ] * 2


def test_spaces_around_a_name_count_only_where_a_photo_has_them(tmp_path):
    touch(tmp_path, "a.jpg", " b.jpg", "b.jpg")
    write_document(tmp_path, [" a.jpg ", " b.jpg"], [crack(1), crack(2)])
    listed = {photo.image_id: (photo.noted, photo.reason) for photo in list_coco(tmp_path)}
    lost = ("", "image without mask")
    assert listed == {"a": ("photo_name_variant", ""), " b": ("", ""), "b": lost}


def test_names_that_no_file_can_have_are_rows_that_can_be_written(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg", "\ud800.jpg"], [crack(1), crack("\ud800")])
    assert len([f"{row.image_id}{row.reason}".encode() for row in list_coco(tmp_path)]) == 3


def test_a_size_that_contradicts_the_photo_is_told_when_the_mask_is_read(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg"], [crack(1)], width=6, height=8)
    (photo,) = list_coco(tmp_path)
    assert photo.reason == ""
    with pytest.raises(Exception, match="another size: 6×8 for 8×6 px"):
        read_annotation(photo.mask_path, "coco", photo.annotation, 8, 6)


def test_a_box_without_outline_is_told_when_the_mask_is_read(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg"], [crack(1, segmentation=[], bbox=[1, 1, 4, 2])])
    (photo,) = list_coco(tmp_path)
    with pytest.raises(Exception, match="bounding box instead of an outline"):
        read_annotation(photo.mask_path, "coco", photo.annotation, 8, 6)


@pytest.mark.parametrize("name", ["mur été 1.JPG", "pont 🌉.jpeg", "a b.c.jpg"])
def test_odd_names_are_photos_too(tmp_path, name):
    touch(tmp_path, f"images/{name}")
    write_document(tmp_path, [name], [crack(1)])
    (photo,) = list_coco(tmp_path)
    assert (photo.reason, photo.noted, photo.mask_format) == ("", "", "coco")


def test_names_in_another_spelling_are_found_and_noted(tmp_path):
    touch(tmp_path, "a.JPG", unicodedata.normalize("NFD", "été.jpg"))
    write_document(tmp_path, ["A.jpg", unicodedata.normalize("NFC", "été.jpg")], [crack(1)])
    assert [(photo.reason, photo.noted) for photo in list_coco(tmp_path)] == [
        ("", "photo_name_variant"),
        ("", "photo_name_variant;no_annotation"),
    ]


def test_photos_of_one_name_are_told_apart_or_set_aside(tmp_path):
    touch(tmp_path, "train/1.jpg", "valid/1.jpg", "train/2.jpg", "valid/2.jpg")
    write_document(tmp_path, ["1.jpg"], [crack(1)], "train/a.json")
    write_document(tmp_path, ["valid/1.jpg"], file="annotations/b.json")
    write_document(tmp_path, ["2.jpg"], file="annotations/c.json")
    assert reasons(tmp_path) == {
        "train/1": "",
        "valid/1": "",
        "train/2": "image without mask",
        "valid/2": "image without mask",
        "annotations/c.json/2.jpg": "several photos of one name: train/2.jpg, valid/2.jpg "
        "for 2.jpg",
    }


def test_nothing_outside_the_folder_is_listed(tmp_path):
    touch(tmp_path, "secret.jpg", "data/a.jpg")
    outside = str(tmp_path / "secret.jpg")
    write_document(tmp_path / "data", ["a.jpg", "../secret.jpg", outside])
    photos = [photo for photo in list_coco(tmp_path / "data") if not photo.reason]
    assert [photo.image_path.name for photo in photos] == ["a.jpg"]


def test_json_of_another_kind_is_a_row(tmp_path):
    touch(tmp_path, "a.jpg")
    write_document(tmp_path, ["a.jpg"])
    save_json(tmp_path / "captions.json", {"images": [], "annotations": [{"caption": "a"}]})
    assert reasons(tmp_path)["captions.json"].startswith("not a COCO file")


def test_missing_empty_and_wrong_folders_are_errors(tmp_path):
    with pytest.raises(SourceError, match="none"):
        list_coco(tmp_path / "none")
    with pytest.raises(LayoutError, match="with no JSON file"):
        list_coco(tmp_path)
    save_json(tmp_path / "a.json", {"other": 1})
    with pytest.raises(LayoutError, match="1 JSON files that are not COCO"):
        list_coco(tmp_path)


def test_a_json_file_a_photo_is_another_layout(tmp_path):
    touch(tmp_path, *(f"{number}.json" for number in range(201)))
    with pytest.raises(LayoutError, match="201 JSON files, more than 200: one a photo"):
        list_coco(tmp_path)


def test_a_damaged_file_among_good_ones_is_an_error(tmp_path):
    write_coco(tmp_path)
    path = tmp_path / "annotations" / "instances_valid.json"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(LayoutError, match=r"whole, valid JSON.*instances_valid\.json"):
        list_coco(tmp_path)


def test_the_source_names_what_it_expects():
    assert SOURCE.name == "coco"
    assert SOURCE.list_photos is list_coco
    assert SOURCE.downloads == ()
