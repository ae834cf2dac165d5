"""Checks that tests of unpacking share."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.downloads.archives import build_rar, build_tar, build_zip

from crack_pipeline.downloads import DownloadSettings, UnpackLimits, unpack_archive
from crack_pipeline.downloads.unpacked_marker import FINISHED_MARKER
from crack_pipeline.errors import ArchiveError

LIMITS = DownloadSettings().limits

BUILDERS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "zip": build_zip,
    "tar": build_tar,
    "tar.gz": lambda files: build_tar(files, "gz"),
    "tar.bz2": lambda files: build_tar(files, "bz2"),
    "tar.xz": lambda files: build_tar(files, "xz"),
    "rar": build_rar,
}


def save_archive(folder: Path, content: bytes, name: str = "photos.archive") -> Path:
    """Write an archive."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / name
    archive.write_bytes(content)
    return archive


def read_files(folder: Path) -> dict[str, bytes]:
    """Name → content of all files but the finished marker."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != FINISHED_MARKER
    }


def list_everything(folder: Path) -> set[str]:
    """Names of all files and folders but the lock."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")} - {"raw/.lock"}


def check_refused(
    tmp_path: Path, content: bytes, match: str, limits: UnpackLimits = LIMITS
) -> None:
    """Unpacking fails, and leaves nothing but the archive: not in the target, not outside."""
    archive = save_archive(tmp_path, content)
    with pytest.raises(ArchiveError, match=match):
        unpack_archive(archive, tmp_path / "raw" / "unpacked", limits)
    assert list_everything(tmp_path) <= {"photos.archive", "raw"}
