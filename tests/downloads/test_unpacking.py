"""Archives are unpacked whole and into the target, or refused whole."""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.downloads.archives import (
    build_zip,
    make_files,
)
from tests.downloads.unpacking_checks import (
    BUILDERS,
    LIMITS,
    check_refused,
    list_everything,
    read_files,
    save_archive,
)

from crack_pipeline.downloads import unpack_archive
from crack_pipeline.downloads.members import CutOffError
from crack_pipeline.downloads.unpacked_marker import FINISHED_MARKER, is_whole
from crack_pipeline.errors import ArchiveError, StorageError

FILES = make_files(60_000)


@pytest.mark.parametrize("kind", BUILDERS)
def test_what_went_in_comes_out(tmp_path: Path, kind: str) -> None:
    archive = save_archive(tmp_path, BUILDERS[kind](FILES))
    target = unpack_archive(archive, tmp_path / "unpacked", LIMITS)
    assert read_files(target) == FILES
    assert {path.name for path in tmp_path.iterdir()} == {"photos.archive", "unpacked", ".lock"}


@pytest.mark.parametrize("kind", BUILDERS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.999])
def test_a_cut_off_archive_is_refused_whole(tmp_path: Path, kind: str, share: float) -> None:
    content = BUILDERS[kind](FILES)
    archive = save_archive(tmp_path, content[: int(len(content) * share)])
    if kind == "tar" and share > 0.9:
        archive.write_bytes(content[: content.rindex(FILES["Negative/0001.jpg"]) + 60_416])
    with pytest.raises(CutOffError, match="cut off"):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)
    assert list_everything(tmp_path) == {"photos.archive", "raw"}


# A plain tar has no checksums of its content.
@pytest.mark.parametrize("kind", sorted(set(BUILDERS) - {"tar"}))
def test_damaged_content_is_refused_whole(tmp_path: Path, kind: str) -> None:
    content = bytearray(BUILDERS[kind](FILES))
    middle = len(content) // 2
    content[middle : middle + 50] = bytes(50)
    check_refused(tmp_path, bytes(content), "damaged|cut off|comes out otherwise")


def test_names_of_every_kind_are_kept(tmp_path: Path) -> None:
    names = [
        "Crack Photos/photo (1).JPG",
        "Fissures/béton armé.jpeg",
        "Risse/Größe.Png",
        "裂缝/混凝土.jpg",
        "emoji/🧱 wall.jpg",
        "./dot/0001.jpg",
        "deep/" * 12 + "0001.jpg",
    ]
    files = {name: name.encode() for name in names}
    expected = {name.removeprefix("./"): content for name, content in files.items()}
    for kind in ("zip", "tar", "rar"):
        archive = save_archive(tmp_path / kind, BUILDERS[kind](files))
        assert read_files(unpack_archive(archive, tmp_path / kind / "unpacked", LIMITS)) == expected


def test_backslashes_separate_folders(tmp_path: Path) -> None:
    archive = save_archive(tmp_path, build_zip({"Positive\\": b"", "Positive\\0001.jpg": b"photo"}))
    assert read_files(unpack_archive(archive, tmp_path / "unpacked", LIMITS)) == {
        "Positive/0001.jpg": b"photo"
    }


def test_what_macos_adds_is_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    litter = dict.fromkeys(("__MACOSX/a/._1.jpg", "a/.DS_Store", "a/._1.jpg"), b"x")
    archive = save_archive(tmp_path, build_zip({"a/1.jpg": b"photo", **litter}))
    with caplog.at_level(logging.INFO):
        target = unpack_archive(archive, tmp_path / "unpacked", LIMITS)
    assert read_files(target) == {"a/1.jpg": b"photo"}
    assert json.loads((target / FINISHED_MARKER).read_text())["skipped"] == 3
    assert "Left out 3 members" in caplog.text


@pytest.mark.parametrize("kind", ["zip", "tar", "rar"])
def test_an_archive_without_files_is_refused(tmp_path: Path, kind: str) -> None:
    check_refused(tmp_path, BUILDERS[kind]({}), "holds none|cut off|must be a zip")


def test_a_name_that_comes_twice_is_refused(tmp_path: Path) -> None:
    check_refused(tmp_path, build_zip({"a/1.jpg": b"one", "a//1.jpg": b"two"}), "holds twice")
    check_refused(
        tmp_path, build_zip({"a": b"one", "a/1.jpg": b"two"}), "as a file and as a folder"
    )


@pytest.mark.parametrize("kind", ["zip", "tar", "rar"])
@pytest.mark.parametrize(
    "name", ["a" * 300 + ".jpg", "b" * 300 + "/1.jpg", "deep/" * 900 + "1.jpg"]
)
def test_a_name_that_no_disk_takes_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    content = BUILDERS[kind]({"a/1.jpg": b"photo", name: b"photo"})
    check_refused(tmp_path, content, "whose name is longer than the disk takes")


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    content = bytearray(build_zip({"a.jpg": b"photo"}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    check_refused(tmp_path, bytes(content), "encrypted")


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "which is empty"),
        (b"just text", "begins with b'just text'"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(300), "Unpack it by hand"),
        (b"\x1f\x8b\x08\x00" + bytes(300), "damaged|cut off"),
    ],
)
def test_a_file_that_is_no_archive_is_refused(tmp_path: Path, content: bytes, match: str) -> None:
    archive = save_archive(tmp_path, content)
    with pytest.raises(ArchiveError, match=match):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", LIMITS)


def test_a_second_call_does_nothing(tmp_path: Path) -> None:
    archive = save_archive(tmp_path, build_zip(FILES))
    target = unpack_archive(archive, tmp_path / "unpacked", LIMITS)
    before = target.stat().st_ino, (target / FINISHED_MARKER).stat().st_mtime_ns
    os.utime(archive)
    assert unpack_archive(archive, target, LIMITS) == target
    assert (target.stat().st_ino, (target / FINISHED_MARKER).stat().st_mtime_ns) == before


def test_another_archive_replaces_what_was_unpacked(tmp_path: Path) -> None:
    target = unpack_archive(save_archive(tmp_path, build_zip(FILES)), tmp_path / "unpacked", LIMITS)
    other = {"Positive/new.jpg": b"new"}
    unpack_archive(save_archive(tmp_path, build_zip(other)), target, LIMITS)
    assert read_files(target) == other
    assert not [path for path in tmp_path.iterdir() if ".old" in path.name]


def test_a_folder_of_which_a_file_was_removed_is_unpacked_anew(tmp_path: Path) -> None:
    archive = save_archive(tmp_path, build_zip(FILES))
    target = unpack_archive(archive, tmp_path / "unpacked", LIMITS)
    (target / "Positive" / "0001.jpg").unlink()
    assert not is_whole(target)
    assert read_files(unpack_archive(archive, target, LIMITS)) == FILES


def test_a_folder_of_the_users_is_not_replaced(tmp_path: Path) -> None:
    archive = save_archive(tmp_path, build_zip(FILES))
    own = tmp_path / "unpacked" / "mine.jpg"
    own.parent.mkdir()
    own.write_bytes(b"mine")
    with pytest.raises(ArchiveError, match="was not unpacked by this program"):
        unpack_archive(archive, tmp_path / "unpacked", LIMITS)
    assert own.read_bytes() == b"mine"


def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    archive = save_archive(tmp_path, build_zip(FILES))
    left = tmp_path / ".unpacked.unpacking" / "Positive" / "0001.jpg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    assert read_files(unpack_archive(archive, tmp_path / "unpacked", LIMITS)) == FILES
    assert not left.exists()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 kB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize(("kind", "match"), [("zip", "180.0 kB needed"), ("tar", "a full disk")])
def test_a_disk_that_is_too_small_leaves_nothing(
    tmp_path: Path, tiny_disk: Path, kind: str, match: str
) -> None:
    archive = save_archive(tmp_path, BUILDERS[kind](FILES))
    with pytest.raises(StorageError, match=match):
        unpack_archive(archive, tiny_disk / "unpacked", LIMITS)
    assert [path.name for path in tiny_disk.iterdir()] == [".lock"]
    assert archive.exists()
