"""Results of each step of ingestion, kept by key with a marker that is written last."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

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
    """True where the files are, to the last byte, those that were written under the key.

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

    def read_text(self) -> str:
        """Read a result that is text."""
        return Path(self.path).read_text(encoding="utf-8")

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
        return KeptFile(str(path), key) if is_whole(_marker_of(path), key, [path]) else None

    def keep(self, file_name: str, key: str, write: Callable[[Path], object]) -> KeptFile:
        """Keep a result.

        Args:
            file_name: Name of its file.
            key: Digest of everything that it was made from.
            write: Writes it to the path that it is given.

        Returns:
            Its handle.

        Raises:
            StorageError: If the folder cannot be written.
        """
        path = self._folder / file_name
        with explaining_faults(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            _marker_of(path).unlink(missing_ok=True)
            write(path)
            write_marker(_marker_of(path), key, [path])
        return KeptFile(str(path), key)

    def keep_table(self, file_name: str, key: str, table: pd.DataFrame) -> KeptFile:
        """Keep a table; see ``keep``."""
        return self.keep(file_name, key, table.to_parquet)

    def keep_bytes(self, file_name: str, key: str, data: bytes) -> KeptFile:
        """Keep bytes; see ``keep``."""
        return self.keep(file_name, key, lambda path: path.write_bytes(data))


def _marker_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.finished.json")
