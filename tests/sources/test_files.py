from pathlib import Path

import pytest

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.files import is_image_file, list_files, list_subfolders


def test_files_are_listed_by_name_without_hidden_ones_and_folders(tmp_path):
    for name in ("b.jpg", "a.JPG", ".hidden.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert [path.name for path in list_files(tmp_path)] == ["a.JPG", "b.jpg"]


def test_missing_folder_is_a_source_error(tmp_path):
    with pytest.raises(SourceError, match="must be readable"):
        list_files(tmp_path / "none")
    with pytest.raises(SourceError, match="must be readable"):
        list_subfolders(tmp_path / "none", ["a"])


def test_folder_without_permission_is_a_source_error(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        list_files(tmp_path)


@pytest.mark.parametrize(("name", "is_image"), [("a.JPeG", True), ("a.txt", False), ("a", False)])
def test_suffix_tells_images(name, is_image):
    assert is_image_file(Path(name)) is is_image


def test_subfolders_are_found_in_any_case(tmp_path):
    (tmp_path / "POSITIVE").mkdir()
    assert list_subfolders(tmp_path, ["Positive"]) == {"Positive": tmp_path / "POSITIVE"}


def test_missing_subfolder_names_what_is_there(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(LayoutError, match=r"with images; missing: Positive"):
        list_subfolders(tmp_path, ["Positive"])
