import shutil

import pytest
from tests.sources.layouts import touch, write_concrete_masks

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.class_folders import CONCRETE_MASKS, list_concrete_masks


@pytest.fixture
def concrete(tmp_path):
    return write_concrete_masks(tmp_path) / "Concrete" / "Concrete"


def listed_below(concrete):
    return {photo.image_id: photo for photo in list_concrete_masks(concrete.parent.parent)}


def test_its_patches_are_searched_for_overlaps():
    assert CONCRETE_MASKS.has_crops
    assert CONCRETE_MASKS.photo_id_pattern is None


def test_labels_come_from_folders_and_masks_go_along(concrete):
    photos = listed_below(concrete)
    assert len(photos) == 12
    assert photos["Positive/00001"].label == 1
    assert photos["Positive/00003"].mask_path == concrete / "Positive" / "Masks" / "00003.png"
    assert photos["Negative/00001"].label == 0
    assert photos["Negative/00001"].mask_path == concrete / "Negative" / "Mask" / "00001.jpg"


def test_a_folder_of_another_name_is_noted(concrete):
    noted = {image_id: photo.noted for image_id, photo in listed_below(concrete).items()}
    assert noted["Positive/00001"] == ""
    assert noted["Negative/00001"] == "folder_name_variant"


@pytest.mark.parametrize("name", ["mask", "MASKS", "Label", "gt", "Ground Truth"])
@pytest.mark.parametrize("images", ["image", "IMG"])
def test_usual_names_of_folders_are_accepted(name, images, concrete):
    (concrete / "Positive" / "Masks").rename(concrete / "Positive" / name)
    (concrete / "Positive" / "Images").rename(concrete / "Positive" / images)
    photos = listed_below(concrete)
    assert photos["Positive/00001"].mask_path == concrete / "Positive" / name / "00001.jpg"
    assert photos["Positive/00001"].noted == "folder_name_variant"


def test_masks_with_an_ending_are_accepted_and_noted(concrete):
    mask = concrete / "Positive" / "Masks" / "00001.jpg"
    mask.rename(mask.with_name("00001_mask.jpg"))
    photo = listed_below(concrete)["Positive/00001"]
    assert photo.mask_path.name == "00001_mask.jpg"
    assert photo.noted == "mask_name_variant"


def test_one_stem_with_two_suffixes_is_told_apart_by_full_names(concrete):
    for kind in ("Images", "Masks"):
        folder = concrete / "Positive" / kind
        shutil.copy(folder / "00003.png", folder / "00001.png")
    photos = listed_below(concrete)
    assert {photo.reason for photo in photos.values()} == {""}
    for suffix in ("jpg", "png"):
        photo = photos[f"Positive/00001.{suffix}"]
        assert photo.mask_path == concrete / "Positive" / "Masks" / f"00001.{suffix}"
    assert "Positive/00001" not in photos


def test_other_materials_beside_concrete_are_left(concrete):
    root = concrete.parent.parent
    for name in ("Positive/Images", "Positive/Masks", "Negative/Images", "Negative/Masks"):
        touch(root, f"Asphalt/{name}/1.jpg")
    assert len(listed_below(concrete)) == 12


@pytest.mark.parametrize(("folder", "kind"), [("Images", "Images"), ("Masks", "Masks")])
def test_a_class_without_images_or_masks_is_refused(folder, kind, concrete):
    shutil.rmtree(concrete / "Positive" / folder)
    with pytest.raises(LayoutError, match=f"Positive with .*missing: {kind}"):
        listed_below(concrete)


def test_two_folders_of_masks_are_refused(concrete):
    (concrete / "Positive" / "gt").mkdir()
    with pytest.raises(LayoutError, match="Masks and gt"):
        listed_below(concrete)


def test_photos_sorted_without_masks_name_their_source(tmp_path):
    touch(tmp_path, "Positive/a.jpg", "Negative/b.jpg")
    with pytest.raises(LayoutError, match=r"missing: Images.*ingestion\.source=metu"):
        list_concrete_masks(tmp_path)
