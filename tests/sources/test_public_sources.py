"""What holds for each public source, on small data sets in their real layouts."""

import re
import shutil

import pytest
from tests.sources import layouts

from crack_pipeline import sources
from crack_pipeline.errors import LayoutError, SourceError

SOURCES = {
    name: sources.SOURCES[name]
    for name in ("metu", "concrete_masks", "deepcrack", "crack500", "sdnet2018")
}
each_source = pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)


def write(source, folder):
    return getattr(layouts, f"write_{source.name}")(folder)


@each_source
def test_all_files_of_the_real_layout_are_usable(source, tmp_path):
    photos = source.list_photos(write(source, tmp_path))
    assert photos
    assert {photo.reason for photo in photos} == {""}
    assert len({photo.image_id for photo in photos}) == len(photos)
    assert all(photo.image_path.is_file() for photo in photos)
    assert all(photo.mask_path is None or photo.mask_path.is_file() for photo in photos)


@each_source
def test_the_layout_is_found_under_folders_of_an_archive(source, tmp_path):
    plain = source.list_photos(write(source, tmp_path / "plain"))
    deep = tmp_path / "deep"
    shutil.copytree(tmp_path / "plain", deep / "archive-main")
    (deep / "__MACOSX" / "Positive").mkdir(parents=True)
    ids = [photo.image_id for photo in source.list_photos(deep)]
    assert ids == [photo.image_id for photo in plain]


@each_source
def test_missing_and_empty_folders_are_source_errors(source, tmp_path):
    with pytest.raises(SourceError, match=r"must be readable.*none"):
        source.list_photos(tmp_path / "none")
    with pytest.raises(LayoutError, match="must hold"):
        source.list_photos(tmp_path)


@each_source
def test_a_wrong_layout_is_named_with_what_is_there(source, tmp_path):
    layouts.touch(tmp_path, "pictures/a.jpg")
    with pytest.raises(LayoutError, match=r"must hold .*with pictures; missing"):
        source.list_photos(tmp_path)


@each_source
def test_odd_names_are_photos_too(source, tmp_path):
    photos = source.list_photos(write(source, tmp_path))
    first = next(photo for photo in photos if photo.image_path.suffix == ".jpg")
    for name in ("mur été 1", "pont 🌉", "a b.c"):
        shutil.copy(first.image_path, first.image_path.with_name(f"{name}.JPG"))
        if first.mask_path is not None:
            suffix = first.mask_path.suffix.upper()
            shutil.copy(first.mask_path, first.mask_path.with_name(f"{name}{suffix}"))
    again = source.list_photos(tmp_path)
    assert len(again) == len(photos) + 3
    assert {photo.reason for photo in again} == {""}


@pytest.mark.parametrize("name", ["concrete_masks", "deepcrack", "crack500"])
def test_photos_and_masks_without_partner_are_rows(name, tmp_path):
    source = SOURCES[name]
    photos = source.list_photos(write(source, tmp_path))
    photos[0].mask_path.unlink()
    photos[-1].image_path.unlink()
    reasons = sorted(
        photo.reason.partition(":")[0] for photo in sources.list_photos(name, tmp_path)
    )
    expected = ["image without mask", "mask without image"]
    if source.name == "crack500":
        expected.insert(0, "file named in a list is missing")
    assert [reason for reason in reasons if reason] == expected


@each_source
def test_a_source_says_where_it_comes_from(source):
    assert source.licence
    assert source.citation
    assert source.homepage.startswith("https://")
    assert source.layout
    if source.photo_id_pattern is not None:
        assert re.compile(source.photo_id_pattern).groups == 1


@pytest.mark.parametrize(
    ("source", "stem", "photo"),
    [
        ("deepcrack", "11289-3", "11289"),
        ("deepcrack", "7Q3A9060-1", "7Q3A9060"),
        ("deepcrack", "IMG_6536", "IMG_6536"),
        ("crack500", "20160222_081011_1281_721", "20160222_081011"),
        ("crack500", "20160222_081011", None),
        ("crack500", "IMG_20160222_081011", None),
        ("sdnet2018", "7001-115", "7001"),
        ("sdnet2018", "7039-112_2", "7039"),
        ("sdnet2018", "001-100", "001"),
        ("sdnet2018", "photo", None),
    ],
)
def test_names_of_crops_name_their_photo(source, stem, photo):
    match = re.match(SOURCES[source].photo_id_pattern, stem)
    assert (match and match.group(1)) == photo


def test_writers_draw_the_same_for_the_same_seed(tmp_path):
    layouts.write_metu(tmp_path / "one", 3, n_photos=4)
    layouts.write_metu(tmp_path / "two", 3, n_photos=4)
    layouts.write_metu(tmp_path / "other", 4, n_photos=4)
    one, two, other = (layouts.read_all(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)
