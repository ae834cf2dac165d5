"""Named arrays in one file that tells when it is damaged."""

import hashlib
import io
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crack_pipeline.errors import TrainingError
from crack_pipeline.storage import explain_write_errors, write_aside

Arrays = dict[str, NDArray[Any]]

_DIGEST_BYTES = hashlib.sha256().digest_size


class DamagedFileError(Exception):
    """A file of arrays is cut off, or its bytes have changed; only this package sees it."""


def write_arrays(path: Path, arrays: Arrays, *, keep_as: Path | None = None) -> None:
    """Write arrays to a file that is whole or not there, and on the disk when this returns.

    The check sums within a ``.npz`` do not cover its table of contents, where one changed byte can
    lose arrays silently, so a digest of all of it stands behind.

    Args:
        path: The file, a ``.npz``.
        arrays: Arrays by name.
        keep_as: Where to keep the file that was there before; None replaces it.

    Raises:
        StorageError: If it cannot be written.
    """

    def write(unfinished: Path) -> None:
        with unfinished.open("w+b") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0, os.SEEK_END)
            file.write(digest)
            file.flush()
            os.fsync(file.fileno())
        # A kill from here on leaves the older file only: still one that is whole.
        if keep_as is not None and path.exists():
            path.replace(keep_as)

    with explain_write_errors("Checkpoints must be writable while training.", path.parent):
        write_aside(path, write)


def read_arrays(path: Path) -> Arrays:
    """Read all arrays.

    Args:
        path: From ``write_arrays``.

    Returns:
        Arrays by name.

    Raises:
        DamagedFileError: If it is not what was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DamagedFileError(f"{path.name}: {error.strerror or error}") from error
    digest = hashlib.sha256(memoryview(content)[:-_DIGEST_BYTES]).digest()
    if digest != content[-_DIGEST_BYTES:]:
        raise DamagedFileError(f"{path.name}: its {len(content)} bytes do not match their digest")
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def numbered_arrays(prefix: str, variables: Iterable[Any]) -> Arrays:
    """Copy variables to arrays that are named by prefix and number.

    Args:
        prefix: What they belong to.
        variables: In the order of their numbers.

    Returns:
        The arrays, ``<prefix>/0`` and so on.
    """
    import keras  # late: listing pipelines reads this module, and needs no network

    return {
        f"{prefix}/{number}": keras.ops.convert_to_numpy(variable)
        for number, variable in enumerate(variables)
    }


def assign_arrays(variables: list[Any], arrays: Arrays, prefix: str) -> None:
    """Give variables the values that ``numbered_arrays`` copied.

    Args:
        variables: In the same order.
        arrays: Of these variables, others of another prefix beside them.
        prefix: What they belong to.

    Raises:
        TrainingError: If number or shapes differ.
    """
    names = [name for name in arrays if name.startswith(f"{prefix}/")]
    shapes = [arrays[f"{prefix}/{number}"].shape for number in range(len(names))]
    if shapes != [tuple(variable.shape) for variable in variables]:
        raise TrainingError(
            "A checkpoint must fit the network that goes on from it.",
            received=f"{len(shapes)} arrays for {len(variables)} variables, or of other shapes",
            remedy="Delete the folder `training.unfinished_path` to train from the start.",
        )
    for number, variable in enumerate(variables):
        variable.assign(arrays[f"{prefix}/{number}"])
