import shutil
from collections import Counter

import pytest
from tests.sources.layouts import touch, write_sdnet2018

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.sdnet2018 import list_sdnet2018


def test_label_and_surface_come_from_the_folders(tmp_path):
    photos = list_sdnet2018(write_sdnet2018(tmp_path))
    assert Counter((photo.surface, photo.label) for photo in photos) == {
        (surface, label): 8 for surface in ("bridge deck", "pavement", "wall") for label in (0, 1)
    }
    assert photos[0].image_id == "D/CD/7001-15"
    assert "D/UD/7001-165_2" in {photo.image_id for photo in photos}


def test_one_surface_alone_is_enough_and_its_neighbours_stay_out(tmp_path):
    write_sdnet2018(tmp_path)
    alone = list_sdnet2018(tmp_path / "W")
    assert {photo.surface for photo in alone} == {"wall"}
    assert [photo.image_id for photo in alone] == [
        photo.image_id for photo in list_sdnet2018(tmp_path) if photo.surface == "wall"
    ]


def test_folders_are_found_in_any_case(tmp_path):
    touch(tmp_path, "sdnet/d/cd/7001-1.JPG", "sdnet/d/ud/7001-2.jpg")
    assert [photo.image_id for photo in list_sdnet2018(tmp_path)] == ["D/CD/7001-1", "D/UD/7001-2"]


def test_a_copy_with_written_out_names_is_read_and_noted(tmp_path):
    touch(tmp_path, "Decks/Cracked/7001-1.jpg", "Decks/Non-cracked/7001-2.jpg")
    photos = list_sdnet2018(tmp_path)
    assert [(photo.image_id, photo.label) for photo in photos] == [
        ("D/CD/7001-1", 1),
        ("D/UD/7001-2", 0),
    ]
    assert {photo.noted for photo in photos} == {"folder_name_variant"}


def test_a_surface_with_one_class_is_refused(tmp_path):
    write_sdnet2018(tmp_path)
    shutil.rmtree(tmp_path / "P" / "UP")
    with pytest.raises(LayoutError, match=r"without UP.*Unpack the archive again"):
        list_sdnet2018(tmp_path)


def test_a_surface_that_is_there_twice_is_refused(tmp_path):
    touch(tmp_path, *(f"{name}/D/{kind}D/1-1.jpg" for name in ("a", "b") for kind in "CU"))
    with pytest.raises(LayoutError, match="one data set"):
        list_sdnet2018(tmp_path)
