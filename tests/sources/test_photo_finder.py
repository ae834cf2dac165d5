import unicodedata

import pytest

from crack_pipeline.sources.pairing import PhotoFinder, is_spelled_otherwise, trim_name

NAMES = ["images/a.jpg", "train/b.jpg", "valid/b.jpg", "x/train/c.jpg", "x/other/c.jpg", "D.JPG"]


def find(written, home="", split=""):
    finder = PhotoFinder(NAMES)
    return finder.find(written, home=home, is_of_split=lambda name: bool(split) and split in name)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("a.jpg", ("images/a.jpg",)),
        ("images/a.jpg", ("images/a.jpg",)),
        ("other/a.jpg", ("images/a.jpg",)),
        ("/home/me/photos/a.jpg", ("images/a.jpg",)),
        ("C:\\photos\\a.jpg", ("images/a.jpg",)),
        ("./a.jpg", ("images/a.jpg",)),
        ("../../images/a.jpg", ("images/a.jpg",)),
        ("d.jpg", ("D.JPG",)),
        ("train/b.jpg", ("train/b.jpg",)),
        ("/home/me/valid/b.jpg", ("valid/b.jpg",)),
        ("D:\\all\\TRAIN\\b.jpg", ("train/b.jpg",)),
        ("b.jpg", ("train/b.jpg", "valid/b.jpg")),
        ("images%2Fa.jpg", ("images/a.jpg",)),
        ("train%2Fb.jpg", ("train/b.jpg",)),
        ("/data/local-files/?d=images%2Fa.jpg", ("images/a.jpg",)),
        ("https://host/train/b.jpg?token=1", ("train/b.jpg",)),
        ("file:///home/me/%61.jpg", ("images/a.jpg",)),
        ("none.jpg", ()),
        ("../../../etc/passwd", ()),
        ("", ()),
    ],
)
def test_a_name_means_a_photo_of_the_data_set(written, found):
    assert find(written) == found


def test_a_name_as_it_stands_goes_before_the_same_name_decoded():
    finder = PhotoFinder(["a%20b.jpg", "a b.jpg", "c d.jpg", "e%20f.jpg"])
    for written, found in (
        ("a%20b.jpg", "a%20b.jpg"),
        ("a b.jpg", "a b.jpg"),
        ("c%20d.jpg", "c d.jpg"),
        ("e f.jpg", "e%20f.jpg"),
    ):
        assert finder.find(written, home="", is_of_split=bool) == (found,)


def test_the_folder_of_the_file_tells_photos_of_one_name_apart():
    assert find("b.jpg", home="valid") == ("valid/b.jpg",)


def test_the_split_tells_photos_of_one_name_apart():
    assert find("c.jpg", split="train") == ("x/train/c.jpg",)


def test_accents_may_be_stored_otherwise():
    stored = unicodedata.normalize("NFD", "mur été.jpg")
    finder = PhotoFinder([stored])
    written = unicodedata.normalize("NFC", stored)
    assert finder.find(written, home="", is_of_split=bool) == (stored,)
    assert is_spelled_otherwise(written, stored)
    assert not is_spelled_otherwise(f"elsewhere/{stored}", stored)


def test_paths_are_trimmed_to_what_may_lie_below_the_data_set():
    assert trim_name("..\\photos\\a.jpg") == "photos/a.jpg"
    assert trim_name("/home/me/a.jpg") == "home/me/a.jpg"
