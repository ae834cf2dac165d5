"""Read zip archives."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crack_pipeline.downloads.members import (
    GET_AGAIN,
    READ_BYTES,
    CutOffError,
    Member,
    read_nothing,
    refuse_member,
)

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_UNIX = 3
_UNICODE_NAME = 0x7075
_EXTRA_HEAD = struct.Struct("<HH")
_NAME_HEAD = struct.Struct("<BL")


@contextmanager
def open_zip(archive: Path) -> Iterator[list[Member]]:
    """List the members of a zip archive.

    Args:
        archive: Begins like a zip archive.

    Yields:
        All members, readable within the block; CRCs are checked while reading.

    Raises:
        CutOffError: If its end is missing.
        ArchiveError: If a member is encrypted.
    """
    if not zipfile.is_zipfile(archive):
        raise CutOffError(
            "A zip archive ends with a list of what it holds.",
            received=f"{archive}, which has no such end: it is cut off",
            remedy=GET_AGAIN,
        )
    with zipfile.ZipFile(archive) as opened:
        yield [_describe(opened, entry, archive) for entry in opened.infolist()]


def _describe(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, archive: Path) -> Member:
    name = decode_name(entry)
    if entry.flag_bits & _ENCRYPTED:
        raise refuse_member(archive, name, "which is encrypted")
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "a device or another special file"
        return Member(name, "other", entry.file_size, read_nothing, what)
    if stat.S_ISDIR(mode) or name.endswith(("/", "\\")):
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "file", entry.file_size, lambda: _read(opened, entry))


def _read(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with opened.open(entry) as file:
        while chunk := file.read(READ_BYTES):
            yield chunk


def decode_name(entry: zipfile.ZipInfo) -> str:
    """The name of a member, in the encoding that its writer most likely used.

    Args:
        entry: A member; Python has read its name as code page 437 unless it is marked as UTF-8.

    Returns:
        The name of its Unicode extra field, where it has one; the UTF-8 reading, where its bytes
        are that; else the name as it is.

    Source:
        APPNOTE.TXT 6.3.10, sections 4.6.9 and appendix D, PKWARE.
    """
    if entry.flag_bits & _UTF8_NAME:
        return entry.orig_filename
    try:
        stored = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.orig_filename
    try:
        return _read_unicode_name(entry.extra, stored) or stored.decode("utf-8")
    except UnicodeDecodeError:
        return entry.orig_filename


def _read_unicode_name(extra: bytes, stored: bytes) -> str | None:
    """The name in the extra field 0x7075, if it belongs to the stored one."""
    while len(extra) >= _EXTRA_HEAD.size:
        kind, n_bytes = _EXTRA_HEAD.unpack_from(extra)
        content = extra[_EXTRA_HEAD.size : _EXTRA_HEAD.size + n_bytes]
        if kind == _UNICODE_NAME and len(content) > _NAME_HEAD.size:
            _, checksum = _NAME_HEAD.unpack_from(content)
            belongs = checksum == zlib.crc32(stored)
            return content[_NAME_HEAD.size :].decode("utf-8") if belongs else None
        extra = extra[_EXTRA_HEAD.size + n_bytes :]
    return None
