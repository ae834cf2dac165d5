"""Members of an archive, and the names that may be written to disk."""

import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import rarfile

from crack_pipeline.downloads.disk import format_bytes
from crack_pipeline.downloads.offers import DownloadSettings
from crack_pipeline.errors import ArchiveError

READ_BYTES = 1 << 20
"""How much of a member is held in memory at a time."""

GET_AGAIN = (
    "Get it again, whole. If this program has fetched it: delete it, and give the same command "
    "again."
)
"""Remedy for a truncated archive."""

_DRIVE = re.compile(r"^[A-Za-z]:")
_MACOS_FOLDER = "__MACOSX"


class CutOffError(ArchiveError):
    """An archive ends too early."""


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of an archive.

    Attributes:
        name: As it is stored.
        kind: ``other`` is anything but a file or folder: a link, a device.
        size_bytes: Unpacked size as the archive states it; not to be trusted.
        read: Gives the content in chunks.
        what: For ``other``: what it is, "a symbolic link".
    """

    name: str
    kind: Literal["file", "folder", "other"]
    size_bytes: int
    read: Callable[[], Iterator[bytes]]
    what: str = ""


def read_nothing() -> Iterator[bytes]:
    """The content of a member that has none."""
    return iter(())


def split_name(name: str, archive: Path) -> tuple[str, ...]:
    """Split a member's name into the folders and the file that may be made below the target.

    Args:
        name: As stored; backslashes separate like slashes.
        archive: For the message.

    Returns:
        Its parts, none of which leads out of the target; empty for the target itself.

    Raises:
        ArchiveError: If the name is absolute, names a drive, goes up, or holds a NUL.
    """
    plain = name.replace("\\", "/")
    parts = tuple(part for part in plain.split("/") if part not in ("", "."))
    if plain.startswith("/") or _DRIVE.match(plain) or ".." in parts or "\0" in plain:
        raise refuse_member(archive, name, "which leads out of the folder it is unpacked to")
    return parts


def refuse_member(archive: Path, name: str, why: str) -> ArchiveError:
    """The error for a member that no honest archive of photos holds.

    Args:
        archive: The archive.
        name: The member.
        why: What is wrong, as a relative clause.
    """
    return ArchiveError(
        "An archive must hold nothing but files and folders of its own.",
        received=f"{archive.name} with {name!r}, {why}",
        remedy="Nothing of it was unpacked. Do not trust it: get it from its publisher again.",
    )


def is_litter(parts: tuple[str, ...]) -> bool:
    """True for members that macOS adds: ``__MACOSX``, ``.DS_Store``, ``._<name>``."""
    return bool(parts) and (
        _MACOS_FOLDER in parts or parts[-1] == ".DS_Store" or parts[-1].startswith("._")
    )


def mend_name(name: str) -> str:
    """Give a name whose bytes are no UTF-8 characters that can be written to tables.

    Args:
        name: May hold surrogates in the place of such bytes.

    Returns:
        The same name, its bytes read as UTF-8 if they are that, else as Latin-1.
    """
    stored = name.encode("utf-8", "surrogateescape")
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        return stored.decode("latin-1")


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


_FREE_OF_RATIO_BYTES = 10_000_000
"""So much may come out of any archive, however well it is compressed: a few blank masks do."""


@dataclass(slots=True)
class UnpackedCount:
    """Members and bytes unpacked from an archive so far.

    Attributes:
        archive: The archive.
        settings: Limits of what it may hold.
        archive_bytes: Its own size.
        members: Files, folders and what is left out.
        n_files: Files that were written.
        n_bytes: Unpacked size.
        skipped: Names of what is left out.
    """

    archive: Path
    settings: DownloadSettings
    archive_bytes: int
    members: int = 0
    n_files: int = 0
    n_bytes: int = 0
    skipped: list[str] = field(default_factory=list)

    def add_member(self) -> None:
        """Count a member.

        Raises:
            ArchiveError: If there are too many.
        """
        self.members += 1
        if self.members > self.settings.max_members:
            raise self._refuse(f"more than {self.settings.max_members} members", "max_members")

    def add_bytes(self, n_bytes: int) -> None:
        """Count bytes.

        Raises:
            ArchiveError: If there are too many, or too many for the archive's own size.
        """
        self.n_bytes += n_bytes
        if self.n_bytes > self.settings.max_unpacked_bytes:
            size = format_bytes(self.settings.max_unpacked_bytes)
            raise self._refuse(f"more than {size} of files", "max_unpacked_gb")
        allowed = max(
            self.settings.max_compression_ratio * self.archive_bytes, _FREE_OF_RATIO_BYTES
        )
        if self.n_bytes > allowed:
            size = format_bytes(self.archive_bytes)
            what = f"more than {self.settings.max_compression_ratio:g} times its own {size}"
            raise self._refuse(what, "max_compression_ratio")

    def _refuse(self, received: str, setting: str) -> ArchiveError:
        return ArchiveError(
            "An archive must not unpack to more than the limits allow.",
            received=f"{self.archive.name} with {received}",
            remedy="Nothing of it was unpacked. It may be made to fill the disk; if you trust it, "
            f"raise `ingestion.download.{setting}`.",
        )
