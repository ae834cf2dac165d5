"""Locks that end with the process that holds them, however it ends."""

import errno
from pathlib import Path

from filelock import FileLock, Timeout

_WAIT_S = 0.1
"""Long enough to try again where another process removes the file that it has just released."""
_NO_LOCKS_HERE = {errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}


def lock_file(path: Path) -> FileLock | None:
    """Lock a file for this process alone.

    Args:
        path: The file; is made if missing, and its folder too.

    Returns:
        The lock, to be released; None if another process holds it. On a network file system that
        cannot lock, one that holds nothing.

    Raises:
        OSError: If the file cannot be made or opened.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=_WAIT_S)
    except Timeout:
        return None
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise
    return lock
