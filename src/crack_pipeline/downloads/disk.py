"""Room on the disk, whole writes, and one process at a time."""

import errno
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from crack_pipeline.downloads.byte_meter import format_bytes
from crack_pipeline.errors import DownloadError, StorageError
from crack_pipeline.locks import lock_file, name_holder, release_file
from crack_pipeline.storage import write_bytes_aside

_LOCK = ".lock"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def require_room(folder: Path, needed_bytes: int, purpose: str) -> None:
    """Refuse work for which the disk is too small.

    Args:
        folder: On the disk in question; need not exist yet.
        needed_bytes: Bytes that will be written.
        purpose: What for, "fetching and unpacking photos.zip".

    Raises:
        StorageError: If fewer bytes are free.
    """
    existing = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    free_bytes = shutil.disk_usage(existing).free
    if needed_bytes > free_bytes:
        raise StorageError(
            f"There must be room on the disk for {purpose}.",
            received=f"{format_bytes(free_bytes)} free at {folder}, "
            f"{format_bytes(needed_bytes)} needed",
            remedy="Free some space, or put the data folder on a larger disk, and give the same "
            "command again.",
        )


@contextmanager
def disk_faults(place: Path, kept: str) -> Iterator[None]:
    """Turn what a disk refuses into an error that says what to do.

    Args:
        place: What is written.
        kept: What remains of the work so far, as a sentence.

    Raises:
        StorageError: For any ``OSError`` with a number, a full disk named as such.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None:
            raise
        full = error.errno in _FULL
        raise StorageError(
            "The disk must take what is written.",
            received=f"{'a full disk' if full else error.strerror} at {error.filename or place}",
            remedy=f"{'Free some space' if full else 'Correct the folder or its permissions'}, "
            f"and give the same command again. {kept}".rstrip(),
        ) from error


def write_all(file: BinaryIO, chunk: bytes) -> None:
    """Write a chunk to an unbuffered file, which may take only a part of it at a time."""
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write a small JSON file so that it is there whole or not at all."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    write_bytes_aside(path, text.encode())


@contextmanager
def hold_alone(folder: Path) -> Iterator[None]:
    """Keep a second run out of a folder; a killed run leaves no lock behind.

    Args:
        folder: Is made if it is missing.

    Raises:
        DownloadError: If another run holds it.
        StorageError: If the folder cannot be made or written.
    """
    with disk_faults(folder, ""):
        lock = lock_file(folder / _LOCK)
    if lock is None:
        raise DownloadError(
            "One run at a time fetches into a folder.",
            received=f"{folder}, into which {name_holder(folder / _LOCK)} is fetching or unpacking "
            "now",
            remedy="Wait until it is done, then give the same command again.",
        )
    try:
        yield
    finally:
        release_file(folder / _LOCK, lock)
