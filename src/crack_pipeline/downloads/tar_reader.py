"""Read tar archives, plain or compressed."""

import bz2
import gzip
import lzma
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from crack_pipeline.downloads.members import (
    READ_BYTES,
    CutOffError,
    Member,
    mend_name,
    read_nothing,
    refuse_member,
)

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
        yield _describe(opened, entry)
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


def _describe(opened: tarfile.TarFile, entry: tarfile.TarInfo) -> Member:
    name = mend_name(entry.name)
    if entry.isreg():
        return Member(name, "file", entry.size, lambda: _read(opened, entry))
    if entry.isdir():
        return Member(name, "folder", 0, read_nothing)
    return Member(name, "other", 0, read_nothing, _KINDS.get(entry.type, "a special file"))


def _read(opened: tarfile.TarFile, entry: tarfile.TarInfo) -> Iterator[bytes]:
    file = opened.extractfile(entry)
    assert file is not None  # a regular file has content
    with file:
        while chunk := file.read(READ_BYTES):
            yield chunk


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
