"""Keep the result of each step of ingestion, so that one whose inputs are the same is not redone.

Steps hand each other small handles instead of tables: nothing is copied on the way, and a step
that finds its own result never opens the one before it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from crack_pipeline.ingestion.markers import explaining_faults, is_whole, write_marker


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
