"""One process at a time in the folder of a training, from its start until its model is saved."""

import atexit
import os
import platform
from pathlib import Path
from typing import BinaryIO

from crack_pipeline.errors import TrainingError
from crack_pipeline.locks import lock_alone
from crack_pipeline.storage import explain_write_errors

_LOCK_FILE = "lock"
_held: dict[Path, BinaryIO] = {}


def hold_folder(folder: Path) -> None:
    """Keep other processes out of a folder until it is released, or this process ends.

    Args:
        folder: Is made if missing; may be held by this process already.

    Raises:
        TrainingError: If another process holds it.
        StorageError: If it cannot be made or written.
    """
    with explain_write_errors("Checkpoints need a folder that can be written.", folder):
        while folder.resolve() not in _held:
            folder.mkdir(parents=True, exist_ok=True)
            file = (folder / _LOCK_FILE).open("a+b")
            if not lock_alone(file.fileno()):
                raise _in_use(folder, file)
            if os.fstat(file.fileno()).st_nlink:
                _sign(file)
                _held[folder.resolve()] = file
            else:  # another process removed the folder between the two lines above
                file.close()


def release_folder(folder: Path) -> None:
    """Let other processes in again; does nothing where this one does not hold the folder.

    Args:
        folder: As given to ``hold_folder``.
    """
    file = _held.pop(folder.resolve(), None)
    if file is not None:
        file.close()


@atexit.register
def _release_all() -> None:
    for folder in list(_held):
        release_folder(folder)


def _sign(file: BinaryIO) -> None:
    file.truncate(0)
    file.write(f"process {os.getpid()} on {platform.node()}".encode())
    file.flush()


def _in_use(folder: Path, file: BinaryIO) -> TrainingError:
    with file:
        file.seek(0)
        holder = file.read().decode(errors="replace") or "another process"
    return TrainingError(
        "One process at a time does a training of the same data, parameters and code.",
        received=f"{folder}, in which {holder} trains",
        remedy="Wait until that process is done, or end it and give the same command again: it "
        "goes on from the last whole epoch.",
    )
