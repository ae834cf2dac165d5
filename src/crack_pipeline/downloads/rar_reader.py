"""Read rar archives: stored members directly, compressed ones through an installed program."""

import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import rarfile

from crack_pipeline.downloads.archive_kinds import require_unpacker
from crack_pipeline.downloads.members import (
    GET_AGAIN,
    READ_BYTES,
    CutOffError,
    Member,
    mend_name,
    read_nothing,
    refuse_member,
)
from crack_pipeline.errors import ArchiveError

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
    with _open(archive) as opened:
        entries = opened.infolist()
        if opened.needs_password():
            raise refuse_member(archive, "its content", "which is encrypted")
        _require_end(archive, entries)
        if all(entry.compress_type == rarfile.RAR_M0 for entry in entries):
            yield [_describe(entry, _StoredContent(opened)) for entry in entries]
            return
        with _pipe(archive) as pipe:
            yield [_describe(entry, _PipedContent(pipe, archive)) for entry in entries]


def _open(archive: Path) -> Any:
    try:
        return rarfile.RarFile(str(archive))
    except rarfile.RarCannotExec:
        require_unpacker(archive)
        raise


def _describe(entry: Any, content: "_StoredContent | _PipedContent") -> Member:
    name = mend_name(entry.filename)
    if entry.is_symlink() or getattr(entry, "file_redir", None):
        return Member(name, "other", 0, read_nothing, "a link to another file")
    if entry.is_dir():
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "file", entry.file_size, lambda: content.read(entry))


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


class _StoredContent:
    """Members that are not compressed."""

    def __init__(self, opened: Any) -> None:
        self._opened = opened

    def read(self, entry: Any) -> Iterator[bytes]:
        with self._opened.open(entry) as file:
            while chunk := file.read(READ_BYTES):
                yield chunk


class _PipedContent:
    """Members as they come out of the program, one after the other."""

    def __init__(self, pipe: IO[bytes], archive: Path) -> None:
        self._pipe = pipe
        self._archive = archive

    def read(self, entry: Any) -> Iterator[bytes]:
        checksum, remaining = 0, entry.file_size
        while remaining:
            chunk = self._pipe.read(min(remaining, READ_BYTES))
            if not chunk:
                break
            checksum = zlib.crc32(chunk, checksum)
            remaining -= len(chunk)
            yield chunk
        if remaining or (entry.CRC is not None and checksum != entry.CRC):
            raise ArchiveError(
                "A member of an archive must come out as it went in.",
                received=f"{self._archive.name}, whose {entry.filename!r} comes out otherwise",
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
