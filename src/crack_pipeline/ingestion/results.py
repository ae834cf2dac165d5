"""Results of each step of ingestion, kept by keys of files, parameters and code."""

import hashlib
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib import format as npy
from numpy.typing import NDArray

from crack_pipeline.errors import DamagedError
from crack_pipeline.ingestion.listing import UNKNOWN_FILE, size_and_time
from crack_pipeline.splits.hashing import THUMBNAIL_PX
from crack_pipeline.storage import (
    FINISHED_MARKER,
    digest_file,
    explain_write_errors,
    read_marker,
    write_marker,
)


def explaining_faults(folder: Path) -> AbstractContextManager[None]:
    """Turn the system's errors of writing into a ``StorageError`` that says what to do.

    Args:
        folder: Where to.
    """
    return explain_write_errors("Ingestion keeps what it found beside the manifest.", folder)


def is_whole(marker: Path, key: str) -> bool:
    """True where files are, to the last byte, those that were written under the key.

    Args:
        marker: File of the marker.
        key: What the content should have been made from.

    Returns:
        False where the marker or a file is missing, damaged, or of another key.
    """
    try:
        read_marker(marker, key)
    except (OSError, DamagedError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A result on disk.

    Attributes:
        path: The file, absolute.
        key: Digest of everything that it was made from.
    """

    path: str
    key: str

    def read_table(self, columns: list[str] | None = None) -> pd.DataFrame:
        """Read a result that is a table, or some of its columns."""
        return pd.read_parquet(self.path, columns=columns)

    def read_bytes(self) -> bytes:
        """Read a result of any other kind."""
        return Path(self.path).read_bytes()


class ResultStore:
    """Results in a folder: a file each, and a marker each that is written last.

    Args:
        folder: Where results are kept; made if missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, file_name: str, key: str) -> KeptFile | None:
        """Find a result.

        Args:
            file_name: Name of its file.
            key: Digest of everything that it should have been made from.

        Returns:
            Its handle; None where there is none, or it is of another key, half-written or damaged.
        """
        path = self._folder / file_name
        return KeptFile(str(path), key) if is_whole(_marker_of(path), key) else None

    def keep(self, file_name: str, key: str, result: pd.DataFrame | bytes) -> KeptFile:
        """Keep a result.

        Args:
            file_name: Name of its file.
            key: Digest of everything that it was made from.
            result: A table, or the bytes of any other file.

        Returns:
            Its handle.

        Raises:
            StorageError: If the folder cannot be written.
        """
        path = self._folder / file_name
        with explaining_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            _marker_of(path).unlink(missing_ok=True)
            if isinstance(result, bytes):
                path.write_bytes(result)
            else:
                result.to_parquet(path)
            write_marker(_marker_of(path), key, [path])
        return KeptFile(str(path), key)


def _marker_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.finished.json")


INGESTION_CODE = (
    *("figures", "images", "ingestion", "masks", "sources", "splits"),
    *("data_source.py", "manifest.py", "spreadsheets.py", "types.py"),
)
"""Code that decides about rows, groups, splits, reports and sheets of the same files."""
CHECK_CODE = ("images", "masks", "ingestion/checking.py", "splits/hashing.py", "types.py")
"""The part of it that decides about findings in a file: other changes open no file again."""

_SEEN_AT_MOST = 2**20


def fingerprint_folder(folder: Path) -> str:
    """Digest of the names, sizes and times of all files below a folder; opens none of them.

    Hidden files and folders are left out, as sources leave them out.

    Args:
        folder: Where to look; a missing one is like an empty one.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for line in _describe_files(str(folder)):
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def fingerprint_file(path: Path) -> str:
    """Digest of a file's content.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits; empty where there is no such file.
    """
    try:
        return digest_file(path)
    except OSError:
        return ""


def fingerprint_named(paths: Iterable[Path]) -> str:
    """Digest of the sizes and times of single files; opens none of them.

    Args:
        paths: The files, in a fixed order; that one is missing counts too.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in paths:
        # A name with a zero byte is no name of a file, and the system refuses to be asked for it.
        found = UNKNOWN_FILE if "\0" in str(path) else size_and_time(str(path))
        digest.update(repr((str(path), *found)).encode(errors="backslashreplace"))
    return digest.hexdigest()


def combine_key(*parts: object) -> str:
    """Digest of several things whose text decides a result.

    Args:
        parts: Fingerprints, settings, numbers, names.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).hexdigest()


def _describe_files(folder: str) -> list[str]:
    lines: list[str] = []
    waiting, seen = [folder], {os.path.realpath(folder)}
    while waiting and len(seen) < _SEEN_AT_MOST:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                found = sorted((entry.name, entry) for entry in entries if entry.name[0] != ".")
        except OSError as error:
            lines.append(f"{place}\0{error.errno}\n")
            continue
        lines.append(f"{place}\n")
        for name, entry in found:
            if entry.is_dir():
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if real not in seen:  # a link to a folder above would never end
                    seen.add(real)
                    waiting.append(entry.path)
            else:
                lines.append(_describe_file(name, entry))
    return lines


def _describe_file(name: str, entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat()
    except OSError:
        return f"{name}\0gone\n"
    return f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"


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
    if not is_whole(folder / FINISHED_MARKER, key):
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
        self._part = folder / f"{THUMBNAILS}.part"

    def __enter__(self) -> "ChecksWriter":
        with explaining_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            header = _header(self._n_rows)
            self._file = self._part.open("wb")
            self._file.write(header)
            self._file.truncate(len(header) + self._n_rows * _THUMBNAIL_BYTES)
        self._start = len(header)
        return self

    def __exit__(self, *_: object) -> None:
        # After an error the rest need not reach the disk: closing may fail where writing did.
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._part.unlink(missing_ok=True)

    def put(self, rows: NDArray[np.int64], thumbnails: NDArray[np.uint8]) -> None:
        """Write some thumbnails; rows that are never written are zeros.

        Args:
            rows: (n,) row numbers, ascending.
            thumbnails: (n, 64, 64) uint8.
        """
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
            self._file.close()
            (folder / FINISHED_MARKER).unlink(missing_ok=True)
            self._part.replace(folder / THUMBNAILS)
            table.to_parquet(folder / _TABLE)
            write_marker(folder / FINISHED_MARKER, key, [folder / _TABLE, folder / THUMBNAILS])


def _header(n_rows: int) -> bytes:
    """The header of a .npy file."""
    buffer = BytesIO()
    shape = (n_rows, THUMBNAIL_PX, THUMBNAIL_PX)
    npy.write_array_header_1_0(buffer, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return buffer.getvalue()
