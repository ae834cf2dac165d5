"""Read zip archives."""

import bz2
import gzip
import lzma
import stat
import struct
import subprocess
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

import rarfile

from crack_pipeline.downloads.archives import (
    GET_AGAIN,
    READ_BYTES,
    CutOffError,
    Member,
    mend_name,
    read_nothing,
    refuse_member,
    require_unpacker,
)
from crack_pipeline.errors import ArchiveError

_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_UNIX = 3
_UNICODE_NAME = 0x7075
_EXTRA_HEAD = struct.Struct("<HH")
_NAME_HEAD = struct.Struct("<BL")


def _read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(READ_BYTES):
            yield chunk


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
        yield [_describe_zipped(opened, entry, archive) for entry in opened.infolist()]


def _describe_zipped(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, archive: Path) -> Member:
    name = decode_name(entry)
    if entry.flag_bits & _ENCRYPTED:
        raise refuse_member(archive, name, "which is encrypted")
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if stat.S_ISLNK(mode) else "a device or another special file"
        return Member(name, "other", entry.file_size, read_nothing, what)
    if stat.S_ISDIR(mode) or name.endswith(("/", "\\")):
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "file", entry.file_size, lambda: _read_chunks(opened.open(entry)))


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


_LONGEST_PADDING_BYTES = 1 << 26

_KINDS = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


@contextmanager
def open_tar(archive: Path) -> Iterator[Iterator[Member]]:
    """Go through the members of a tar archive.

    Args:
        archive: Begins like a tar archive, or like one of gzip, bzip2 or xz.

    Yields:
        The members in their order, each to be read before the next.

    Raises:
        CutOffError: While going through them, if the end is missing.
    """
    with _decompress(archive) as stream:
        watched = _WatchedStream(stream)
        with tarfile.open(fileobj=cast("IO[bytes]", watched), mode="r:") as opened:
            yield _go_through(opened, watched, archive)


def _go_through(
    opened: tarfile.TarFile, watched: "_WatchedStream", archive: Path
) -> Iterator[Member]:
    for entry in opened:
        # The library keeps every entry for look-ups that are not needed here.
        opened.members = []  # type: ignore[attr-defined]
        yield _describe_tarred(opened, entry)
    if not watched.ended_with_zeros:
        raise CutOffError(
            "A tar archive ends with an empty block.",
            received=f"{archive}, which ends without one: it is cut off",
            remedy="Get it again, whole.",
        )
    _read_to_end(watched, archive)


def _read_to_end(watched: "_WatchedStream", archive: Path) -> None:
    """Read what follows the end: gzip's checksum of all that went before stands behind it."""
    n_bytes = 0
    while chunk := watched.read(READ_BYTES):
        n_bytes += len(chunk)
        if n_bytes > _LONGEST_PADDING_BYTES:
            raise refuse_member(archive, "its end", "after which more follows than padding")


def _describe_tarred(opened: tarfile.TarFile, entry: tarfile.TarInfo) -> Member:
    name = mend_name(entry.name)
    if entry.isreg():
        return Member(
            name,
            "file",
            entry.size,
            lambda: _read_chunks(cast("IO[bytes]", opened.extractfile(entry))),
        )
    if entry.isdir():
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "other", 0, read_nothing, _KINDS.get(entry.type, "a special file"))


def _decompress(archive: Path) -> IO[bytes]:
    with archive.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(archive))
    if head.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.open(archive))
    if head.startswith(b"\xfd7zXZ"):
        return cast("IO[bytes]", lzma.open(archive))
    return archive.open("rb")


class _WatchedStream:
    """Remembers what was read last: tarfile takes a missing end for a regular one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._last = b""

    @property
    def ended_with_zeros(self) -> bool:
        return len(self._last) == tarfile.BLOCKSIZE and not any(self._last)

    def read(self, n_bytes: int = -1) -> bytes:
        self._last = self._stream.read(n_bytes)
        return self._last

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


_FIRST_WITH_END = 29
"""From version 2.9 of the format on, a block closes an archive."""


@contextmanager
def open_rar(archive: Path) -> Iterator[list[Member]]:
    """List the members of a rar archive.

    Compressed archives are unpacked by one call of a program that writes all contents, one after
    the other, to a pipe: a call for each of 40 000 files would take hours. The sizes in
    the archive's list tell where one ends, its checksums that this is right.

    Args:
        archive: Begins like a rar archive.

    Yields:
        All members, readable within the block, compressed ones in this order only.

    Raises:
        CutOffError: If its end is missing.
        ArchiveError: If it is encrypted, or no program is installed that unpacks it.
    """
    with _open_rarred(archive) as opened:
        entries = opened.infolist()
        if opened.needs_password():
            raise refuse_member(archive, "its content", "which is encrypted")
        _require_end(archive, entries)
        if all(entry.compress_type == rarfile.RAR_M0 for entry in entries):
            yield [
                _describe_rarred(entry, lambda one: _read_chunks(opened.open(one)))
                for entry in entries
            ]
            return
        with _pipe(archive) as pipe:
            read = partial(_read_piped, pipe, archive)
            yield [_describe_rarred(entry, read) for entry in entries]


def _open_rarred(archive: Path) -> Any:
    try:
        return rarfile.RarFile(str(archive))
    except rarfile.RarCannotExec:
        require_unpacker(archive)
        raise


def _describe_rarred(entry: Any, read: Callable[[Any], Iterator[bytes]]) -> Member:
    name = mend_name(entry.filename)
    if entry.is_symlink() or getattr(entry, "file_redir", None):
        return Member(name, "other", 0, read_nothing, "a link to another file")
    if entry.is_dir():
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "file", entry.file_size, lambda: read(entry))


def _require_end(archive: Path, entries: list[Any]) -> None:
    """Refuse an archive without what follows its last member."""
    if len({entry.volume_file for entry in entries}) != 1:
        return
    last = max(entries, key=lambda entry: entry.data_offset)
    end_block = int(last.extract_version >= _FIRST_WITH_END)
    if last.data_offset + last.compress_size + end_block > archive.stat().st_size:
        raise CutOffError(
            "A rar archive ends with a block that says so.",
            received=f"{archive}, which has no such end: it is cut off",
            remedy=GET_AGAIN,
        )


def _read_piped(pipe: IO[bytes], archive: Path, entry: Any) -> Iterator[bytes]:
    """The content of a member as it comes out of the program, after that of the one before."""
    checksum, remaining = 0, entry.file_size
    while remaining:
        chunk = pipe.read(min(remaining, READ_BYTES))
        if not chunk:
            break
        checksum = zlib.crc32(chunk, checksum)
        remaining -= len(chunk)
        yield chunk
    if remaining or (entry.CRC is not None and checksum != entry.CRC):
        raise ArchiveError(
            "A member of an archive must come out as it went in.",
            received=f"{archive.name}, whose {entry.filename!r} comes out otherwise",
            remedy="Nothing of it was unpacked. Get it again; or install unar or unrar, which "
            "read more kinds of rar than bsdtar and 7z; or unpack it by hand and name the "
            "folder with --params=ingestion.path=….",
        )


@contextmanager
def _pipe(archive: Path) -> Iterator[IO[bytes]]:
    # rarfile's own command line separates options by "--", which bsdtar takes for the archive.
    options = require_unpacker(archive).get_cmdline("open_cmd", None, nodash=True)
    command = [*options, str(archive.resolve())]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as program:
        try:
            assert program.stdout is not None  # it was asked for
            yield program.stdout
        finally:
            program.kill()
