"""Named arrays in one file that tells when it is damaged."""

import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.storage import write_aside

Arrays = dict[str, NDArray[Any]]

# What NumPy and zipfile raise on changed or missing bytes, by trying each byte of a file.
_DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    EOFError,
    RuntimeError,
    MemoryError,
    OverflowError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class DamagedFileError(Exception):
    """A file of arrays is cut off, or its bytes have changed; only this package sees it."""


def write_arrays(path: Path, arrays: Arrays, *, keep_as: Path | None = None) -> None:
    """Write arrays to a file that is whole or not there, and on the disk when this returns.

    Args:
        path: The file, a ``.npz``: an archive with a check sum for each array.
        arrays: Arrays by name.
        keep_as: Where to keep the file that was there before; None replaces it.

    Raises:
        OSError: If it cannot be written.
    """

    def write(unfinished: Path) -> None:
        with unfinished.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        # A kill from here on leaves the older file only: still one that is whole.
        if keep_as is not None and path.exists():
            path.replace(keep_as)

    write_aside(path, write)


def read_arrays(path: Path) -> Arrays:
    """Read all arrays at once: a check sum is compared when its array is read.

    Args:
        path: From ``write_arrays``.

    Returns:
        Arrays by name.

    Raises:
        DamagedFileError: If it is not what was written.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except _DAMAGE as error:
        raise DamagedFileError(f"{path.name}, {type(error).__name__}: {error}") from error
