"""Tell archives by their first bytes, whatever they are called."""

import tarfile
from pathlib import Path
from typing import Literal, TypeAlias

import rarfile

from crack_pipeline.errors import ArchiveError

ArchiveKind: TypeAlias = Literal["zip", "tar", "rar"]

ARCHIVE_SUFFIXES = (
    *(".zip", ".rar", ".tar", ".tgz", ".tbz", ".tbz2", ".txz"),
    *(".tar.gz", ".tar.bz2", ".tar.xz"),
)

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_RAR = b"Rar!\x1a\x07"
_SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
_TAR_MARK_AT = 257
_SHOWN_BYTES = 40


def find_kind(archive: Path) -> ArchiveKind | None:
    """Tell which kind of archive a file is.

    Args:
        archive: Any file; may be cut off.

    Returns:
        ``tar`` also for one that is compressed with gzip, bzip2 or xz; None if it is no archive
        that can be read here.
    """
    head = _read_head(archive)
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_RAR):
        return "rar"
    if head.startswith(_COMPRESSED) or head[_TAR_MARK_AT:] == b"ustar":
        return "tar"
    return "tar" if archive.suffix.lower() == ".tar" and tarfile.is_tarfile(archive) else None


def _read_head(archive: Path) -> bytes:
    with archive.open("rb") as file:
        return file.read(_TAR_MARK_AT + 5)


def is_archive_name(path: Path) -> bool:
    """True where a file has the suffix of an archive."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def require_kind(archive: Path) -> ArchiveKind:
    """Tell which kind of archive a file is, and refuse any other file.

    Args:
        archive: Any file.

    Raises:
        ArchiveError: If it is no archive that can be read here.
    """
    kind = find_kind(archive)
    if kind is not None:
        return kind
    head = _read_head(archive)[:_SHOWN_BYTES]
    remedy = "Download it again: a server that wants a login or is in trouble sends pages instead."
    if head.startswith(_SEVEN_ZIP):
        remedy = "Unpack it by hand, and name the folder with --params=ingestion.path=…"
    raise ArchiveError(
        "An archive must be a zip, a rar, or a tar, plain or compressed with gzip, bzip2 or xz.",
        received=f"{archive}, which begins with {head!r}" if head else f"{archive}, which is empty",
        remedy=remedy,
    )


def require_unpacker(archive: Path) -> rarfile.ToolSetup:
    """Find the program that unpacks rar archives.

    Args:
        archive: What is to be unpacked; for the message.

    Returns:
        How to call it.

    Raises:
        ArchiveError: If none is installed.
    """
    # 7-Zip comes last: as Linux distributions build it, it is there but does not read rar.
    for with_seven_zip in (False, True):
        try:
            return rarfile.tool_setup(sevenzip=with_seven_zip, sevenzip2=with_seven_zip, force=True)
        except rarfile.RarCannotExec:
            continue
    raise ArchiveError(
        "A compressed rar archive needs a program that unpacks it.",
        received=f"{archive.name}, and none of unrar, unar, bsdtar and 7z on the PATH",
        remedy="Install one (apt install unar, brew install unar); or get the same data as a "
        "zip, where the source offers it: --params=ingestion.download.from=kaggle.",
    )
