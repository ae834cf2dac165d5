import unicodedata
from pathlib import Path

import pytest
from tests.sources.layouts import touch

from crack_pipeline.data_source import ListedImage
from crack_pipeline.errors import SourceError
from crack_pipeline.sources.labels_csv import LabelRow, apply_labels, find_masks

FOLDER = Path("/photos")
PHOTOS = [
    ListedImage("one/a", FOLDER / "one" / "a.jpg"),
    ListedImage("two/a", FOLDER / "two" / "a.jpg"),
    ListedImage("two/é", FOLDER / "two" / "é.jpg"),
]


def labels_of(*rows):
    listed = apply_labels(PHOTOS, rows, folder=FOLDER, masks={})
    return {photo.image_id: photo.label for photo in listed}


@pytest.mark.parametrize("name", ["one/a", "one/a.jpg", "./one/a.jpg", "one\\a.jpg"])
def test_a_photo_is_named_by_id_or_path(name):
    assert labels_of(LabelRow(2, name, 1)) == {"one/a": 1, "two/a": None, "two/é": None}


@pytest.mark.parametrize("name", ["é", "é.jpg", unicodedata.normalize("NFD", "é.jpg")])
def test_a_photo_is_named_by_its_file_where_that_is_unique(name):
    assert labels_of(LabelRow(2, name, 0))["two/é"] == 0


def test_a_file_name_of_two_photos_is_refused():
    with pytest.raises(SourceError, match=r"a\.jpg in line 2 means one/a and two/a.*path below"):
        labels_of(LabelRow(2, "a.jpg", 1))


def test_photos_without_row_have_no_label_and_say_so():
    listed = apply_labels(PHOTOS, [LabelRow(2, "one/a", 1)], folder=FOLDER, masks={})
    assert [photo.noted for photo in listed] == ["", "not_in_labels_csv", "not_in_labels_csv"]


def test_unknown_names_are_listed_with_the_nearest():
    rows = [LabelRow(line, f"one/b{line}.png", 1) for line in range(2, 9)]
    with pytest.raises(SourceError, match=r"7 that are not there: one/b2\.png \(line 2\).*…"):
        labels_of(*rows)
    with pytest.raises(SourceError, match=r"Did you mean one/a\.png: one/a\.jpg"):
        labels_of(LabelRow(2, "one/a.png", 1))


def test_rows_that_contradict_each_other_are_refused():
    with pytest.raises(SourceError, match=r"lines 2 and 7 differ on one/a\.jpg"):
        labels_of(LabelRow(2, "one/a", 1), LabelRow(7, "one/a.jpg", 0))


def test_rows_that_say_the_same_twice_are_one():
    assert labels_of(LabelRow(2, "one/a", 1), LabelRow(3, "one/a.jpg", 1))["one/a"] == 1


def test_an_empty_field_keeps_what_is_known():
    photo = ListedImage("a", FOLDER / "a.jpg", label=1, split="test", photo_id="p")
    (kept,) = apply_labels([photo], [LabelRow(2, "a")], folder=FOLDER, masks={})
    assert kept == photo


def test_masks_are_found_beside_the_photos_or_the_table(tmp_path):
    touch(tmp_path, "photos/a.png", "tables/b.png")
    rows = [
        LabelRow(2, "a", mask="a.png"),
        LabelRow(3, "b", mask="b.png"),
        LabelRow(4, "c", mask="c"),
    ]
    assert find_masks(rows, [tmp_path / "photos", tmp_path / "tables"]) == {
        "a.png": tmp_path / "photos" / "a.png",
        "b.png": tmp_path / "tables" / "b.png",
    }


@pytest.mark.parametrize("image", ["a.png", "./a.png", "a"])
def test_a_photo_is_not_taken_for_its_mask_of_the_same_name(image, tmp_path):
    touch(tmp_path, "photos/a.png", "tables/a.png")
    rows = [LabelRow(2, image, mask="a.png")]
    assert find_masks(rows, [tmp_path / "photos", tmp_path / "tables"]) == {
        "a.png": tmp_path / "tables" / "a.png"
    }


def test_a_mask_beside_its_photo_may_have_its_stem(tmp_path):
    touch(tmp_path, "a.jpg", "a.png")
    assert find_masks([LabelRow(2, "a", mask="a.png")], [tmp_path, tmp_path]) == {
        "a.png": tmp_path / "a.png"
    }


def test_a_row_that_names_its_photo_as_its_mask_has_none(tmp_path):
    touch(tmp_path, "sub/a.png")
    rows = [LabelRow(2, "sub/a.png", 1, mask="sub/a.png")]
    masks = find_masks(rows, [tmp_path, tmp_path])
    photo = ListedImage("sub/a", tmp_path / "sub" / "a.png")
    (listed,) = apply_labels([photo], rows, folder=tmp_path, masks=masks)
    assert (listed.mask_path, listed.label) == (None, 1)
    assert listed.reason == "image without mask: there is no sub/a.png but the photo itself"


def test_a_name_that_no_disk_takes_is_not_there():
    row = LabelRow(2, "one/a", mask="a" * 300)
    assert find_masks([row], [FOLDER]) == {}
    (listed, *_) = apply_labels(PHOTOS, [row], folder=FOLDER, masks={})
    assert listed.reason.endswith("is not there")
