"""Locks that end with the process that holds them, however it ends."""

import errno
import os
import platform
from contextlib import suppress
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

_WAIT_S = 0.1
"""Long enough to try again where another process removes the file that it has just released."""
_NO_LOCKS_HERE = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS}


def lock_file(path: Path) -> BaseFileLock | None:
    """Lock a file for this process alone.

    Args:
        path: The file; is made if missing, and its folder too. Beside it a file of its name and
            ``.holder`` tells who holds the lock.

    Returns:
        The lock, for ``release_file``; None if another process holds it. On a network file system
        that cannot lock, a file beside it is the lock: one that a dead process of this machine
        left is taken over.

    Raises:
        OSError: If the file cannot be made or opened.
    """
    try:
        lock = _acquire(FileLock(path, thread_local=False))
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise
        lock = _acquire(SoftFileLock(_soft_lock_of(path), thread_local=False))
    if lock is not None:
        holder = f"process {os.getpid()} on {platform.node()}"
        _note_of(path).write_text(holder, encoding="utf-8")
    return lock


def release_file(path: Path, lock: BaseFileLock) -> None:
    """Let other processes have a file again.

    Args:
        path: The file that was locked.
        lock: From ``lock_file``.
    """
    _note_of(path).unlink(missing_ok=True)
    lock.release()


def name_holder(path: Path) -> str:
    """Name the process that holds a lock, as far as it is known.

    Args:
        path: The file that ``lock_file`` could not lock.
    """
    holder = ""
    with suppress(OSError, ValueError):
        holder = _note_of(path).read_text("utf-8")
    held = _soft_lock_of(path)
    stays = f" (if it is gone, delete {held})" if held.exists() else ""
    return f"{holder or 'another process'}{stays}"


def _acquire(lock: BaseFileLock) -> BaseFileLock | None:
    try:
        lock.acquire(timeout=_WAIT_S)
    except Timeout:
        return None
    return lock


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _soft_lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.held")
