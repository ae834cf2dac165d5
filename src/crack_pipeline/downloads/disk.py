"""Room on the disk, whole writes, and one process at a time."""

import errno
import json
import logging
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Never, TypeAlias

from tqdm import tqdm

from crack_pipeline.errors import DownloadError, StorageError
from crack_pipeline.locks import lock_file
from crack_pipeline.storage import write_bytes_aside

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
        lock = lock_file(folder / ".lock")
    if lock is None:
        raise DownloadError(
            "One run at a time fetches into a folder.",
            received=f"{folder}, into which another run is fetching or unpacking now",
            remedy="Wait until it is done, then give the same command again.",
        )
    try:
        yield
    finally:
        lock.release()


Advance: TypeAlias = Callable[[int], object]
"""Counts bytes as done."""

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN_LINES = 15.0
_STEP = 1000


def format_bytes(n_bytes: float) -> str:
    """Write a number of bytes for people: ``234.5 MB``; steps of 1000."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if n_bytes < _STEP:
            return f"{n_bytes:.0f} bytes" if unit == "bytes" else f"{n_bytes:.1f} {unit}"
        n_bytes /= _STEP
    return f"{n_bytes:.1f} TB"


@contextmanager
def meter_bytes(
    description: str, total_bytes: int | None, done_bytes: int = 0
) -> Iterator[Advance]:
    """Show how many bytes are done: a bar in a terminal, plain lines elsewhere.

    Args:
        description: Verb and object, "Fetching photos.zip".
        total_bytes: All of it; None where nobody knows.
        done_bytes: What was done before.

    Yields:
        Function that counts further bytes as done.
    """
    if sys.stderr.isatty():
        bar: tqdm[Never] = tqdm(
            total=total_bytes,
            initial=done_bytes,
            desc=description,
            unit="B",
            unit_scale=True,
            leave=False,
        )
        with bar:
            yield bar.update
        return
    started = last_line = time.monotonic()
    done = done_bytes

    def advance(n_bytes: int) -> None:
        nonlocal done, last_line
        done += n_bytes
        now = time.monotonic()
        if now - last_line < _SECONDS_BETWEEN_LINES:
            return
        last_line = now
        progress = format_bytes(done)
        if total_bytes:
            speed = (done - done_bytes) / max(now - started, 1e-9)
            remaining_s = max(total_bytes - done, 0) / max(speed, 1e-9)
            progress += f" of {format_bytes(total_bytes)}, about {remaining_s:.0f} s left"
        logger.info("%s: %s", description, progress)

    yield advance
