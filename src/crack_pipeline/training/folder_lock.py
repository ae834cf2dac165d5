"""One process at a time in the folder of a training, from its start until its model is saved."""

import atexit
from pathlib import Path

from filelock import BaseFileLock

from crack_pipeline.errors import TrainingError
from crack_pipeline.locks import lock_file, name_holder, release_file
from crack_pipeline.storage import explain_write_errors

_LOCK_FILE = "lock"
_held: dict[Path, BaseFileLock] = {}


def hold_folder(folder: Path) -> None:
    """Keep other processes out of a folder until it is released, or this process ends.

    Args:
        folder: Is made if missing; may be held by this process already.

    Raises:
        TrainingError: If another process holds it.
        StorageError: If it cannot be made or written.
    """
    if folder.resolve() in _held:
        return
    with explain_write_errors("Checkpoints need a folder that can be written.", folder):
        lock = _lock(folder)
        if lock is None:
            raise _in_use(folder)
        _held[folder.resolve()] = lock


def _lock(folder: Path) -> BaseFileLock | None:
    while True:
        try:
            return lock_file(folder / _LOCK_FILE)
        except FileNotFoundError:  # another process removed the folder just before
            continue


def release_folder(folder: Path) -> None:
    """Let other processes in again; does nothing where this one does not hold the folder.

    Args:
        folder: As given to ``hold_folder``.
    """
    lock = _held.pop(folder.resolve(), None)
    if lock is not None:
        release_file(folder / _LOCK_FILE, lock)


@atexit.register
def _release_all() -> None:
    for folder in list(_held):
        release_folder(folder)


def _in_use(folder: Path) -> TrainingError:
    return TrainingError(
        "One process at a time does a training of the same data, parameters and code.",
        received=f"{folder}, in which {name_holder(folder / _LOCK_FILE)} trains",
        remedy="Wait until that process is done, or end it and give the same command again: it "
        "goes on from the last whole epoch.",
    )
