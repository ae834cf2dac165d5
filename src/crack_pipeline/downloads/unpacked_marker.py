"""The finished marker of an unpacked folder: from which archive it came, and how much it holds."""

import os
from pathlib import Path
from typing import Any

from crack_pipeline.downloads.allowance import UnpackedCount
from crack_pipeline.downloads.disk import write_json
from crack_pipeline.downloads.records import find_checksum, hash_file
from crack_pipeline.errors import DamagedError
from crack_pipeline.storage import read_object

FINISHED_MARKER = ".unpacked.json"
"""Written last into an unpacked folder."""

UNPACKING_VERSION = 1
"""Counts up with every change of what is written, so that folders are unpacked anew."""


def write_marker(folder: Path, archive: Path, count: UnpackedCount) -> None:
    """Say that a folder is whole; after everything else.

    Args:
        folder: What was unpacked.
        archive: Where it came from.
        count: How much it is.

    Raises:
        OSError: If it cannot be written.
    """
    status = archive.stat()
    said = {
        "version": UNPACKING_VERSION,
        "archive": archive.name,
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "sha256": find_checksum(archive),
        "files": count.n_files,
        "unpacked_bytes": count.n_bytes,
        "skipped": len(count.skipped),
    }
    write_json(folder / FINISHED_MARKER, said)


def read_marker(folder: Path) -> dict[str, Any] | None:
    """Content of an unpacked folder's finished marker; None where there is none."""
    try:
        return read_object(folder / FINISHED_MARKER)
    except (OSError, DamagedError):
        return None


def is_whole(folder: Path) -> bool:
    """True where a folder was unpacked completely and no file was removed since."""
    marker = read_marker(folder)
    if marker is None or marker.get("version") != UNPACKING_VERSION:
        return False
    n_files = sum(len(names) for _, _, names in os.walk(folder)) - 1
    told = marker.get("files")
    return isinstance(told, int) and n_files >= told


def is_current(archive: Path, folder: Path) -> bool:
    """True where a folder holds the complete content of an archive.

    Args:
        archive: The archive; hashed only where its time differs from what was noted.
        folder: The folder.
    """
    marker = read_marker(folder)
    if marker is None or not is_whole(folder):
        return False
    status = archive.stat()
    if status.st_size != marker.get("bytes"):
        return False
    same_time = status.st_mtime_ns == marker.get("mtime_ns")
    return same_time or hash_file(archive) == marker.get("sha256")
