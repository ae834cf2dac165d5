"""Members of an archive, and the names that may be written to disk."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

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
