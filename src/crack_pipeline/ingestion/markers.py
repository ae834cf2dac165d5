"""Markers that are written last, so that half of a result is never taken for the whole."""

import hashlib
import json
from contextlib import AbstractContextManager
from pathlib import Path

from crack_pipeline.storage import explain_write_errors, write_bytes_aside

_PART = 1 << 20


def explaining_faults(folder: Path) -> AbstractContextManager[None]:
    """Turn the system's errors of writing into a ``StorageError`` that says what to do.

    Args:
        folder: Where to.
    """
    return explain_write_errors("Ingestion keeps what it found beside the manifest.", folder)


def write_marker(marker: Path, key: str, files: list[Path]) -> None:
    """Say that files are whole; after everything else.

    Args:
        marker: File of the marker.
        key: What the content was made from.
        files: The files.

    Raises:
        OSError: If it cannot be written.
    """
    said = {"key": key, "digest": digest_files(files)}
    write_bytes_aside(marker, json.dumps(said, indent=1).encode())


def is_whole(marker: Path, key: str, files: list[Path]) -> bool:
    """Whether files are what was written under a key, to the last byte.

    Args:
        marker: File of the marker.
        key: What the content should have been made from.
        files: The files.

    Returns:
        False where the marker or a file is missing, damaged, or of another key.
    """
    try:
        said = json.loads(marker.read_text(encoding="utf-8"))
        return bool(said["key"] == key and said["digest"] == digest_files(files))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def digest_files(files: list[Path]) -> str:
    """Digest of the content of several files.

    Args:
        files: In a fixed order.

    Returns:
        64 hexadecimal digits.

    Raises:
        OSError: If one cannot be read.
    """
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    return digest.hexdigest()
