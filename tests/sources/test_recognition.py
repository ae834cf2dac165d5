import pytest
from tests.sources import layouts

from crack_pipeline.errors import LayoutError
from crack_pipeline.sources.files import recognize_source
from crack_pipeline.sources.paired_folders import SOURCE as DEEPCRACK


@pytest.mark.parametrize("name", ["metu", "deepcrack", "crack500", "sdnet2018"])
def test_a_data_set_is_recognized_by_its_folders(name, tmp_path):
    getattr(layouts, f"write_{name}")(tmp_path)
    assert recognize_source(tmp_path) == name


def test_masks_are_told_from_plain_classes(tmp_path):
    layouts.write_concrete_masks(tmp_path)
    assert recognize_source(tmp_path / "Concrete" / "Concrete") == "concrete_masks"


def test_one_own_photos_are_recognized_by_images_and_masks(tmp_path):
    layouts.write_folder(tmp_path / "masks", layout="masks", n_photos=2)
    layouts.write_folder(tmp_path / "photos", layout="photos", n_photos=2)
    assert recognize_source(tmp_path / "masks") == "folder"
    assert recognize_source(tmp_path / "photos") is None
    assert recognize_source(tmp_path / "nowhere") is None


def test_another_data_set_is_named_by_the_message(tmp_path):
    layouts.write_metu(tmp_path, n_photos=2)
    with pytest.raises(LayoutError, match="looks like the source metu: use --env=metu"):
        DEEPCRACK.list_photos(tmp_path)
