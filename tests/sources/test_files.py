from pathlib import Path

import pytest
from tests.sources.layouts import touch

from crack_pipeline.errors import LayoutError, SourceError
from crack_pipeline.sources.files import (
    find_layout_folders,
    find_layout_root,
    is_image_file,
    list_files,
    list_tree,
    names_below,
)


def test_files_are_listed_by_name_without_hidden_ones_and_folders(tmp_path):
    for name in ("b.jpg", "a.JPG", ".hidden.jpg"):
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    assert [path.name for path in list_files(tmp_path)] == ["a.JPG", "b.jpg"]


def test_a_tree_is_listed_without_hidden_and_linked_folders(tmp_path):
    touch(tmp_path, "a.jpg", "sub/b.jpg", "sub/deep/c.jpg", ".git/d.jpg", "__MACOSX/e.jpg")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    assert list(names_below(list_tree(tmp_path), tmp_path)) == [
        "a.jpg",
        "sub/b.jpg",
        "sub/deep/c.jpg",
    ]


def test_a_link_to_itself_is_named_and_stops_no_other_file(tmp_path):
    touch(tmp_path, "a.jpg")
    (tmp_path / "round.jpg").symlink_to(tmp_path / "round.jpg")
    assert [path.name for path in list_tree(tmp_path)] == ["a.jpg", "round.jpg"]


@pytest.mark.parametrize("root", [".", "photos"])
def test_names_are_told_below_a_relative_folder_too(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    touch(Path(root), "sub/a.jpg")
    assert list(names_below(list_tree(Path(root)), Path(root))) == ["sub/a.jpg"]


@pytest.mark.parametrize(
    "read", [list_files, list_tree, lambda folder: find_layout_folders(folder, ["a"])]
)
def test_missing_folder_is_a_source_error(read, tmp_path):
    with pytest.raises(SourceError, match="must be readable"):
        read(tmp_path / "none")


def test_folder_without_permission_is_a_source_error(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(SourceError, match="Permission denied"):
        list_files(tmp_path)
    with pytest.raises(SourceError, match="Permission denied"):
        find_layout_root(tmp_path, ["a"])


@pytest.mark.parametrize(("name", "is_image"), [("a.JPeG", True), ("a.txt", False), ("a", False)])
def test_suffix_tells_images(name, is_image):
    assert is_image_file(Path(name)) is is_image


def test_subfolders_are_found_in_any_case(tmp_path):
    (tmp_path / "POSITIVE").mkdir()
    assert find_layout_folders(tmp_path, ["Positive"]) == {"Positive": tmp_path / "POSITIVE"}


def test_missing_subfolder_names_what_is_there(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(LayoutError, match=r"with images; missing: Positive"):
        find_layout_folders(tmp_path, ["Positive"])


@pytest.mark.parametrize("wrapper", ["", "archive", "archive/inner", "a/b/c"])
def test_the_layout_is_found_below_the_folders_of_an_archive(wrapper, tmp_path):
    for name in ("POSITIVE", "negative"):
        (tmp_path / wrapper / name).mkdir(parents=True)
    (tmp_path / "__MACOSX" / "Positive").mkdir(parents=True)
    (tmp_path / "__MACOSX" / "Negative").mkdir()
    assert find_layout_root(tmp_path, ["Positive", "Negative"]) == tmp_path / wrapper


def test_a_layout_that_is_there_twice_is_refused(tmp_path):
    for name in ("old/Positive", "old/Negative", "new/Positive", "new/Negative"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(LayoutError, match=r"one data set.*2: new, old"):
        find_layout_root(tmp_path, ["Positive", "Negative"])


def test_a_layout_too_deep_or_in_part_is_not_found(tmp_path):
    for name in ("a/b/c/d/Positive", "a/b/c/d/Negative", "x/Positive"):
        (tmp_path / name).mkdir(parents=True)
    with pytest.raises(LayoutError, match=r"hold both classes.*with a, x; missing: Positive"):
        find_layout_root(tmp_path, ["Positive", "Negative"], layout="both classes")


def test_a_folder_on_the_way_that_cannot_be_read_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "ok" / "Positive").mkdir(parents=True)
    (tmp_path / "locked").mkdir()
    scan = __import__("os").scandir

    def refuse(path):
        if Path(path).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr("os.scandir", refuse)
    assert find_layout_root(tmp_path, ["Positive"]) == tmp_path / "ok"
