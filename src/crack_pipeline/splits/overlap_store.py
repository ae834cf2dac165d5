"""Keep the overlaps that were found, so that an unchanged set of photos is not searched again."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from crack_pipeline.errors import DamagedError
from crack_pipeline.splits.settings import OverlapSettings
from crack_pipeline.storage import (
    FINISHED_MARKER,
    explain_write_errors,
    read_marker,
    write_marker,
)

_TABLE = "overlaps.parquet"

_RULE = "The overlaps that were found are kept beside the checks of the photos."


def key_of_search(contents: Sequence[str], settings: OverlapSettings, *, version: int) -> str:
    """Digest of the photos' contents, the settings and the method of a search.

    Args:
        contents: SHA-256 of each photo, in any order.
        settings: What counts as an overlap; whether it is searched at all decides nothing.
        version: Of the method.

    Returns:
        64 hexadecimal digits.
    """
    decisive = settings.model_dump(mode="json", exclude={"search"})
    described = json.dumps([version, decisive, sorted(set(contents))], sort_keys=True)
    return hashlib.sha256(described.encode()).hexdigest()


def load_overlaps(folder: Path, key: str) -> tuple[pd.DataFrame, float] | None:
    """Load overlaps that were kept under a key.

    Args:
        folder: Where ``save_overlaps`` put them.
        key: As ``key_of_search`` makes it.

    Returns:
        The table, and the seconds that the search took; None where there is none, or it is of
        another key, half-written or damaged.
    """
    try:
        marker = read_marker(folder / FINISHED_MARKER, key)
        return pd.read_parquet(folder / _TABLE), float(marker["seconds"])
    except (OSError, ValueError, KeyError, DamagedError):
        return None


def save_overlaps(folder: Path, key: str, table: pd.DataFrame, *, seconds: float) -> None:
    """Keep overlaps; the marker that makes them valid is written last.

    Args:
        folder: Where to; made if missing.
        key: As ``key_of_search`` makes it.
        table: One row an overlap, photos named by their contents.
        seconds: Time that the search took.

    Raises:
        StorageError: If the folder cannot be written.
    """
    with explain_write_errors(_RULE, folder):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FINISHED_MARKER).unlink(missing_ok=True)
        table.to_parquet(folder / _TABLE)
        write_marker(folder / FINISHED_MARKER, key, [folder / _TABLE], seconds=seconds)
