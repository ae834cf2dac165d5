"""Keep what was found out about files, so that unchanged ones are not opened again."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crack_pipeline.errors import StorageError

FINISHED_MARKER = "finished.json"
_TABLE, _THUMBNAILS = "checks.parquet", "thumbnails.npy"


def load_checks(folder: Path, key: str) -> tuple[pd.DataFrame, NDArray[np.uint8]] | None:
    """Load checks that were kept under a key.

    Args:
        folder: Where ``save_checks`` put them.
        key: What decides a check besides the file: parameters and version.

    Returns:
        The table and (N, 64, 64) uint8 thumbnails, memory-mapped; None where there are none, or
        they are of another key, half-written or damaged.
    """
    try:
        marker = json.loads((folder / FINISHED_MARKER).read_text())
        if marker["key"] != key or marker["digest"] != _digest(folder):
            return None
        return pd.read_parquet(folder / _TABLE), np.load(folder / _THUMBNAILS, mmap_mode="r")
    except (OSError, ValueError, KeyError, TypeError):
        return None


def save_checks(folder: Path, key: str, table: pd.DataFrame, thumbnails: NDArray[np.uint8]) -> None:
    """Keep checks; the marker that makes them valid is written last.

    Args:
        folder: Where to; made if missing.
        key: What decides a check besides the file: parameters and version.
        table: One row a photo.
        thumbnails: (N, 64, 64) uint8.

    Raises:
        StorageError: If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FINISHED_MARKER).unlink(missing_ok=True)
        table.to_parquet(folder / _TABLE)
        np.save(folder / _THUMBNAILS, thumbnails)
        marker = {"key": key, "digest": _digest(folder), "n_photos": len(table)}
        temporary = folder / f"{FINISHED_MARKER}.tmp"
        temporary.write_text(json.dumps(marker, indent=1))
        temporary.replace(folder / FINISHED_MARKER)
    except OSError as error:
        raise StorageError(
            "Ingestion keeps what it found beside the manifest.",
            received=f"{error.strerror or error} at {folder}",
            remedy="Free some space or give write permission for this folder, then run the same "
            "command again.",
        ) from error


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (_TABLE, _THUMBNAILS):
        with (folder / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()
