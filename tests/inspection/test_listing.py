"""Photos of folders as people name and fill them."""

import os

import pytest

from crack_pipeline.errors import ParameterError, SourceError
from crack_pipeline.inspection.listing import RUN_FILE, list_photos

ODD = ["Süd seite/Brücke 'a' \"b\".JPG", "=cmd|calc.png", "<script>alert(1)<script>.jpg"]


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return folder


def test_photos_are_named_by_their_path_whatever_their_names_hold(tmp_path):
    photos = touch(tmp_path / "p", *ODD, "a/1.jpg", "b/1.jpg", ".hidden.jpg", "notes.txt", "x.dng")
    listed = list_photos(photos, tmp_path / "out")
    assert set(listed.files) == {*ODD, "a/1.jpg", "b/1.jpg"}
    assert listed.files["a/1.jpg"] == photos / "a" / "1.jpg"
    assert listed.unread == ("x.dng",)
    assert listed.left_out == {".txt": 1}


def test_a_name_that_is_no_text_is_told_and_left_out(tmp_path):
    photos = touch(tmp_path / "p", "a.jpg")
    try:
        (photos / os.fsdecode(b"caf\xe9.jpg")).touch()
    except OSError:
        pytest.skip("this file system takes no name that is not UTF-8")
    listed = list_photos(photos, tmp_path / "out")
    assert list(listed.files) == ["a.jpg"]
    assert listed.unread == ("caf\\udce9.jpg",)


def test_one_photo_can_be_named(tmp_path):
    photo = touch(tmp_path, "a.jpg", "b.jpg") / "a.jpg"
    assert list_photos(photo, tmp_path / "out").files == {"a.jpg": photo}


def test_results_of_earlier_predictions_are_no_photos(tmp_path):
    photos = touch(tmp_path / "p", "a.jpg", f"p_cracks/{RUN_FILE}", "p_cracks/overlays/a.jpg")
    assert list(list_photos(photos, tmp_path / "out").files) == ["a.jpg"]


@pytest.mark.parametrize("out", ["", "results", "a/b"])
def test_an_output_among_the_photos_is_refused(tmp_path, out):
    touch(tmp_path, "a.jpg")
    with pytest.raises(ParameterError, match="--out"):
        list_photos(tmp_path, tmp_path / out)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], "which is empty"),
        (["a.txt", "b.txt"], r"with 2 files \.txt"),
        (["a.cr2"], "a.cr2.*Export raw photos"),
    ],
)
def test_a_folder_without_image_is_refused(tmp_path, names, told):
    photos = touch(tmp_path / "p", *names)
    photos.mkdir(exist_ok=True)
    with pytest.raises(SourceError, match=told):
        list_photos(photos, tmp_path / "out")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"nothing at .*nowhere"):
        list_photos(tmp_path / "nowhere", tmp_path / "out")
