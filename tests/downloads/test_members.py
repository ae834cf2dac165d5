"""No member of an archive leads out of its folder, and none is anything but a file."""

import stat
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.downloads.archives import (
    build_rar,
    build_special_tar,
    build_special_zip,
    make_files,
)
from tests.downloads.unpacking_checks import BUILDERS, LIMITS, check_refused, save_archive

from crack_pipeline.downloads import unpack_archive
from crack_pipeline.errors import ArchiveError, StorageError

FILES = make_files(60_000)


ESCAPES = [
    "../evil.jpg",
    "Positive/../../evil.jpg",
    "/tmp/evil.jpg",
    "C:\\evil.jpg",
    "c:evil.jpg",
    "..\\evil.jpg",
    "\\\\server\\share\\evil.jpg",
    "__MACOSX/../../evil.jpg",
]


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("kind", ["zip", "tar", "rar"])
def test_a_member_that_leads_out_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    check_refused(
        tmp_path, BUILDERS[kind]({"Positive/0001.jpg": b"photo", name: b"evil"}), "leads out"
    )


@pytest.mark.parametrize(
    ("file_type", "what"),
    [
        (stat.S_IFLNK, "symbolic link"),
        (stat.S_IFCHR, "device"),
        (stat.S_IFBLK, "device"),
        (stat.S_IFIFO, "special file"),
    ],
)
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, file_type: int, what: str) -> None:
    check_refused(tmp_path, build_special_zip("Positive/x", b"/etc/passwd", file_type), what)


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "pipe"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes, what: str) -> None:
    check_refused(tmp_path, build_special_tar("Positive/x", kind, "/etc/passwd"), what)


def test_links_in_a_rar_are_refused(tmp_path: Path) -> None:
    check_refused(tmp_path, build_rar({"x": b"/etc/passwd"}, file_type=stat.S_IFLNK), "a link to")


@given(name=st.text(max_size=30), kind=st.sampled_from(["zip", "tar", "rar"]))
@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_no_name_leads_out_of_the_target(
    tmp_path_factory: pytest.TempPathFactory, name: str, kind: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    try:
        content = BUILDERS[kind]({"a.jpg": b"photo", name: b"other"})
    except (UnicodeEncodeError, ValueError):
        return
    archive = save_archive(folder / "in", content)
    try:
        unpack_archive(archive, folder / "out" / "unpacked", LIMITS)
    except (ArchiveError, StorageError):
        assert {path.name for path in (folder / "out").iterdir()} <= {".lock"}
    else:
        assert {path.name for path in (folder / "out").iterdir()} == {".lock", "unpacked"}
    assert {path.name for path in folder.iterdir()} == {"in", "out"}
    assert [path.name for path in (folder / "in").iterdir()] == ["photos.archive"]
