"""Write files so that they are whole or not there, and say what to do where that fails."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crack_pipeline.errors import StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file under another name and rename it: a reader finds the old one or the new one.

    Args:
        path: The file; its folder is made if missing.
        write: Writes to the path that it is given, which ends like ``path``.

    Raises:
        OSError: If it cannot be written; nothing half-written stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".unfinished.{path.name}")
    try:
        write(unfinished)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def write_bytes_aside(path: Path, content: bytes) -> None:
    """Write bytes under another name and rename the file.

    Args:
        path: The file; its folder is made if missing.
        content: All of it.

    Raises:
        OSError: If it cannot be written; nothing half-written stays.
    """
    write_aside(path, lambda unfinished: unfinished.write_bytes(content))


@contextmanager
def explain_write_errors(rule: str, folder: Path) -> Iterator[None]:
    """Turn the system's errors of writing into one that says what to do.

    Args:
        rule: What is kept there: "The tile store is written to disk before training."
        folder: Where to.

    Raises:
        StorageError: In place of an ``OSError``.
    """
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL
        raise StorageError(
            rule,
            received=f"{'disk full' if full else error.strerror or error} at {folder}",
            remedy=(
                "Free some space and run the same command again; nothing half-written is used, and "
                "what is whole is not made again."
                if full
                else "Give write permission for this folder, or choose another one."
            ),
        ) from error
