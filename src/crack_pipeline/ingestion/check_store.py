"""Keep what was found out about files, so that unchanged ones are not opened again."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from numpy.typing import NDArray

from crack_pipeline.ingestion.fingerprint import combine_key, fingerprint_file
from crack_pipeline.ingestion.listing import size_and_time
from crack_pipeline.ingestion.results import explaining_faults, is_whole, write_marker
from crack_pipeline.splits.hashing import THUMBNAIL_PX

FINISHED_MARKER = "finished.json"
THUMBNAILS = "thumbnails.npy"
_TABLE = "checks.parquet"
_THUMBNAIL_BYTES = THUMBNAIL_PX * THUMBNAIL_PX


def load_checks(folder: Path, key: str) -> tuple[pd.DataFrame, NDArray[np.uint8]] | None:
    """Load checks that were kept under a key.

    Args:
        folder: Where a ``ChecksWriter`` put them.
        key: What decides a check besides the file: parameters and version.

    Returns:
        The table and (N, 64, 64) uint8 thumbnails, memory-mapped; None where there are none, or
        they are of another key, half-written or damaged.
    """
    files = [folder / _TABLE, folder / THUMBNAILS]
    if not is_whole(folder / FINISHED_MARKER, key, files):
        return None
    try:
        return pd.read_parquet(files[0]), open_thumbnails(files[1])
    except (OSError, ValueError):
        return None


def identify_thumbnails(folder: Path) -> str:
    """Tell the thumbnails that lie in a store from all others, without reading them.

    Args:
        folder: Where a ``ChecksWriter`` put them.

    Returns:
        64 hexadecimal digits: of the marker, which holds a digest of all rows and thumbnails, and
        of size and time of the file, which the marker may have outlived.
    """
    now = size_and_time(str(folder / THUMBNAILS))
    return combine_key(fingerprint_file(folder / FINISHED_MARKER), now)


def open_thumbnails(path: Path) -> NDArray[np.uint8]:
    """Map thumbnails into memory: what is looked at is read, nothing is held.

    Args:
        path: A file that a ``ChecksWriter`` wrote.

    Returns:
        (N, 64, 64) uint8, read-only.
    """
    if path.stat().st_size == len(_header(0)):
        return np.zeros((0, THUMBNAIL_PX, THUMBNAIL_PX), np.uint8)  # nothing cannot be mapped
    mapped: NDArray[np.uint8] = np.load(path, mmap_mode="r")
    return mapped


class ChecksWriter:
    """Writes checks anew beside those that are there, which stay valid until ``finish``.

    Thumbnails go to their file as they come, so that no more than a few are ever in memory. They
    are written, not mapped: a full disk then ends in an error, not in a dead process.

    Args:
        folder: Where to; made if missing.
        n_rows: Number of thumbnails.

    Raises:
        StorageError: From every method, if the folder cannot be written.
    """

    def __init__(self, folder: Path, n_rows: int) -> None:
        self._folder, self._n_rows = folder, n_rows
        self._file: BinaryIO | None = None

    def __enter__(self) -> "ChecksWriter":
        with explaining_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            header = _header(self._n_rows)
            self._file = self._part().open("wb")
            self._file.write(header)
            self._file.truncate(len(header) + self._n_rows * _THUMBNAIL_BYTES)
        self._start = len(header)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # After an error the rest need not reach the disk: closing may fail where writing did.
        with suppress(OSError):
            self._close()
        with suppress(OSError):
            self._part().unlink(missing_ok=True)

    def put(self, rows: NDArray[np.int64], thumbnails: NDArray[np.uint8]) -> None:
        """Write some thumbnails; rows that are never written are zeros.

        Args:
            rows: (n,) row numbers, ascending.
            thumbnails: (n, 64, 64) uint8.
        """
        assert self._file is not None
        runs = np.split(np.arange(len(rows)), np.flatnonzero(np.diff(rows) != 1) + 1)
        with explaining_faults(self._folder):
            for run in runs:
                if run.size:
                    self._file.seek(self._start + int(rows[run[0]]) * _THUMBNAIL_BYTES)
                    self._file.write(np.ascontiguousarray(thumbnails[run[0] : run[-1] + 1]).data)

    def finish(self, key: str, table: pd.DataFrame) -> None:
        """Put the new checks in the place of the old ones; the marker comes last.

        Args:
            key: What decides a check besides the file: parameters and version.
            table: One row a checked photo.
        """
        folder = self._folder
        with explaining_faults(folder):
            self._close()
            (folder / FINISHED_MARKER).unlink(missing_ok=True)
            self._part().replace(folder / THUMBNAILS)
            table.to_parquet(folder / _TABLE)
            write_marker(folder / FINISHED_MARKER, key, [folder / _TABLE, folder / THUMBNAILS])

    def _part(self) -> Path:
        return self._folder / f"{THUMBNAILS}.part"

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()


def _header(n_rows: int) -> bytes:
    """The header of a .npy file."""
    buffer = BytesIO()
    shape = (n_rows, THUMBNAIL_PX, THUMBNAIL_PX)
    npy.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue()
