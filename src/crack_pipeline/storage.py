"""Write files so that they are whole or not there, and tell later whether they still are."""

import errno
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crack_pipeline.errors import DamagedError, StorageError

_FULL = (errno.ENOSPC, errno.EDQUOT)
FINISHED_MARKER = "finished.json"
SEAL = "sealed"
"""Key of a record under which its digest stands, and name of the manifest's attribute."""
_SEAL_VERSION = 1
"""Raised when a file that this version writes cannot be read by earlier ones."""


def _damaged(received: str) -> DamagedError:
    return DamagedError(
        "What an earlier step wrote is read as it was written.",
        received=received,
        remedy="Run the pipeline that writes it again; a record that was changed on purpose is "
        f"read once its line `{SEAL}` is deleted.",
    )


def digest_file(path: Path) -> str:
    """SHA-256 of a file's content, 64 hexadecimal digits.

    Args:
        path: The file.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that must hold an object.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        OSError: If it cannot be read.
        DamagedError: If it is no JSON, or holds something else.
    """
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(f"{path} is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise _damaged(f"{path} holds {name_json_kind(content)}, no object")
    return content


def name_json_kind(value: object) -> str:
    """Name what a value of JSON is, such as null, text or a number."""
    kinds = {dict: "an object", list: "a list", str: "text", int: "a number", float: "a number"}
    found = [kind for type_, kind in kinds.items() if type(value) is type_]
    return found[0] if found else json.dumps(value)


def write_marker(marker: Path, key: str, files: Iterable[Path], **facts: Any) -> None:
    """Say that files are whole; after everything else.

    Args:
        marker: File of the marker.
        key: What the content was made from.
        files: The files, in the folder of the marker.
        **facts: What else is told of them, JSON-ready.

    Raises:
        OSError: If it cannot be written.
    """
    digests = {path.name: digest_file(path) for path in files}
    said = seal_record({**facts, "key": key, "digests": digests})
    write_bytes_aside(marker, json.dumps(said, indent=1).encode())


def read_marker(marker: Path, key: str | None = None, *, digest: bool = True) -> dict[str, Any]:
    """Read a marker, and compare the files that it speaks of with what was written.

    Args:
        marker: File of the marker.
        key: What the content should have been made from; None for anything.
        digest: Read the files to their last byte; else the marker alone is read.

    Returns:
        What ``write_marker`` was told, with the digest of each file under ``digests``.

    Raises:
        OSError: If the marker or a file is missing.
        DamagedError: If a file is not what was written, or was made from something else.
    """
    said = read_sealed(marker, unsealed=False)
    if key is not None and said["key"] != key:
        raise _damaged(f"{marker.name} is of other content or settings")
    for name, written in said["digests"].items():
        if digest and digest_file(marker.with_name(name)) != written:
            raise _damaged(f"{name} is not what was written")
    return said


def make_seal(content: bytes) -> str:
    """Version and digest of a content, to be kept within its file."""
    return f"{_SEAL_VERSION}:{hashlib.sha256(content).hexdigest()}"


def require_seal(seal: object, content: bytes, what: str) -> None:
    """Compare a content with its seal.

    Args:
        seal: As it stands in the file.
        content: As given to ``make_seal``.
        what: What it is, for the error.

    Raises:
        DamagedError: If it is of a later version, or the content is not what was sealed.
    """
    version, colon, _ = str(seal).partition(":")
    if colon and version.isdecimal() and int(version) > _SEAL_VERSION:
        raise _damaged(f"{what} was written by a later version of crack_pipeline")
    if seal != make_seal(content):
        raise _damaged(f"{what} is not what was written")


def seal_record(content: Mapping[str, Any]) -> dict[str, Any]:
    """Put the digest of a JSON-ready record into it."""
    return {**content, SEAL: seal_of(content)}


def seal_of(content: Mapping[str, Any]) -> str:
    """Version and digest of a JSON-ready record."""
    return make_seal(_canonical(content))


def read_sealed(path: Path, *, unsealed: bool = True) -> dict[str, Any]:
    """Read a file whose content ``seal_record`` gave.

    Args:
        path: The file.
        unsealed: Take a record without a seal, as earlier versions wrote them, as it is.

    Returns:
        The record without its seal.

    Raises:
        OSError: If it cannot be read.
        DamagedError: If it is no object, of another version, or not what was sealed.
    """
    content = read_object(path)
    seal = content.pop(SEAL, None)
    if seal is not None:
        require_seal(seal, _canonical(content), str(path))
    elif not unsealed:
        raise _damaged(f"{path} holds no digest: an earlier version wrote it")
    return content


def _canonical(record: Mapping[str, Any]) -> bytes:
    # Through JSON once, since it makes lists of tuples and text of numbers that are names.
    return json.dumps(json.loads(json.dumps(record)), sort_keys=True).encode()


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
                else "Give write permission for this folder, move away what is in its place, or "
                "choose another one."
            ),
        ) from error
