"""Fingerprints of folders and of code: equal ones mean that nothing has to be done again."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from crack_pipeline.ingestion.listing import UNKNOWN_FILE, size_and_time

INGESTION_CODE = (
    *("figures", "images", "ingestion", "masks", "sources", "splits"),
    *("manifest.py", "types.py"),
)
"""What decides which rows, groups, splits, reports and sheets come out of the same files."""
CHECK_CODE = ("images", "masks", "ingestion/checking.py", "splits/hashing.py", "types.py")
"""What decides what is found in a file: a part, so that other changes open no file again."""

_SEEN_AT_MOST = 2**20


def fingerprint_folder(folder: Path) -> str:
    """Digest of the names, sizes and times of all files below a folder; opens none of them.

    Hidden files and folders are left out, as sources leave them out.

    Args:
        folder: Where to look; a missing one is like an empty one.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for line in _describe_files(str(folder)):
        digest.update(line.encode(errors="surrogateescape"))
    return digest.hexdigest()


def fingerprint_file(path: Path) -> str:
    """Digest of a file's content.

    Args:
        path: The file.

    Returns:
        64 hexadecimal digits; empty where there is no such file.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def fingerprint_named(paths: Iterable[Path]) -> str:
    """Digest of the sizes and times of single files; opens none of them.

    Args:
        paths: The files, in a fixed order; that one is missing counts too.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256()
    for path in paths:
        # A name with a zero byte is no name of a file, and the system refuses to be asked for it.
        found = UNKNOWN_FILE if "\0" in str(path) else size_and_time(str(path))
        digest.update(repr((str(path), *found)).encode(errors="backslashreplace"))
    return digest.hexdigest()


def combine_key(*parts: object) -> str:
    """Digest of several things whose text decides a result.

    Args:
        parts: Fingerprints, settings, numbers, names.

    Returns:
        64 hexadecimal digits.
    """
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).hexdigest()


def _describe_files(folder: str) -> list[str]:
    lines: list[str] = []
    waiting, seen = [folder], {os.path.realpath(folder)}
    while waiting and len(seen) < _SEEN_AT_MOST:
        place = waiting.pop()
        try:
            with os.scandir(place) as entries:
                found = sorted((entry.name, entry) for entry in entries if entry.name[0] != ".")
        except OSError as error:
            lines.append(f"{place}\0{error.errno}\n")
            continue
        lines.append(f"{place}\n")
        for name, entry in found:
            if entry.is_dir():
                real = os.path.realpath(entry.path) if entry.is_symlink() else entry.path
                if real not in seen:  # a link to a folder above would never end
                    seen.add(real)
                    waiting.append(entry.path)
            else:
                lines.append(_describe_file(name, entry))
    return lines


def _describe_file(name: str, entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat()
    except OSError:
        return f"{name}\0gone\n"
    return f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n"
