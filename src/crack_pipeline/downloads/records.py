"""Records of archives: where each came from, when, and its checksum.

The record lies beside the archive as ``<archive>.json``. It outlives the archive, so that a file
that is fetched anew is compared with the first one.
"""

import hashlib
import json
import logging
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from crack_pipeline.downloads.archives import UnpackedCount
from crack_pipeline.downloads.disk import disk_faults, meter_bytes, write_json
from crack_pipeline.errors import DownloadError


@dataclass(frozen=True, slots=True)
class PartNote:
    """Headers of the server for the file whose first bytes are kept.

    Attributes:
        page: Where the file comes from.
        etag: The server's mark of this version; changes with the content.
        last_modified: When the server says that it was changed.
        total_bytes: Size of the whole file; None where the server does not say.
    """

    page: str
    etag: str | None = None
    last_modified: str | None = None
    total_bytes: int | None = None

    @property
    def validator(self) -> str | None:
        """Validator for ``If-Range``; a weak ETag is none (RFC 9110, section 13.1.5)."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.last_modified


class PartialFile:
    """``<archive>.part`` and the note beside it.

    Args:
        archive: What the file is called when it is whole.
    """

    def __init__(self, archive: Path) -> None:
        self.path = archive.with_name(f"{archive.name}.part")
        self._note_path = archive.with_name(f"{archive.name}.part.json")

    @property
    def n_bytes(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read_note(self) -> PartNote | None:
        """The note; None where there is none or it cannot be read."""
        try:
            return PartNote(**json.loads(self._note_path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write_note(self, note: PartNote) -> None:
        """Keep what the server said."""
        write_json(self._note_path, asdict(note))

    def discard(self) -> None:
        """Start from nothing."""
        self.path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)

    def finish(self, whole: Path) -> None:
        """Give the file, which is whole, its name."""
        self.path.replace(whole)
        self._note_path.unlink(missing_ok=True)


logger = logging.getLogger(__name__)

BY_HAND = "placed by hand"

_PART_BYTES = 1 << 20


class ArchiveRecord(BaseModel):
    """Record made when an archive was first seen.

    Attributes:
        page: Where it came from, without what may be a secret; ``BY_HAND`` for the user's copy.
        recorded: When, in UTC.
        n_bytes: Its size.
        mtime_ns: When the file was last changed, in ns; where size and this are unchanged, the
            checksum is not computed again.
        sha256: Its checksum.
        note: What the server said of it; None for a file placed by hand.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    page: str
    recorded: str
    n_bytes: int
    mtime_ns: int
    sha256: str
    note: PartNote | None = None


def _locate_record(archive: Path) -> Path:
    return archive.with_name(f"{archive.name}.json")


def read_record(archive: Path) -> ArchiveRecord | None:
    """The record of an archive.

    Args:
        archive: Its path; it need not exist.

    Returns:
        The record; None where there is none.

    Raises:
        DownloadError: If there is one that cannot be read.
    """
    path = _locate_record(archive)
    if not path.exists():
        return None
    try:
        return ArchiveRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise DownloadError(
            "The record of an archive holds the checksum that it is compared with.",
            received=f"{path}, which cannot be read",
            remedy=f"Delete it to accept {archive.name} as it is now, and give the same command "
            "again.",
        ) from error


def record_archive(archive: Path, page: str, note: PartNote | None = None) -> ArchiveRecord:
    """Compute an archive's checksum and write it beside the archive.

    Args:
        archive: Its path.
        page: Where it came from.
        note: What the server said of it.

    Returns:
        What was written.

    Raises:
        StorageError: If it cannot be written.
    """
    status = archive.stat()
    record = ArchiveRecord(
        page=page,
        recorded=datetime.now(UTC).isoformat(timespec="seconds"),
        n_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=hash_file(archive),
        note=note,
    )
    _write(archive, record)
    return record


def check_archive(archive: Path, known_sha256: str | None) -> ArchiveRecord:
    """Make sure that an archive is still the one that was recorded; record it if none was.

    Args:
        archive: Its path; exists.
        known_sha256: What its source says; None where it says nothing.

    Returns:
        Its record.

    Raises:
        DownloadError: If its checksum is another one.
        StorageError: If the record cannot be written.
    """
    record = read_record(archive)
    if record is None:
        logger.info("%s was placed by hand; recording its checksum", archive)
        record = record_archive(archive, BY_HAND)
    elif not _is_unchanged(archive, record):
        received = hash_file(archive)
        if received != record.sha256:
            raise refuse_change(archive, record.sha256, received)
        status = archive.stat()
        update = {"n_bytes": status.st_size, "mtime_ns": status.st_mtime_ns}
        record = record.model_copy(update=update)
        _write(archive, record)
    if known_sha256 not in (None, record.sha256):
        forget_record(archive)
        raise refuse_change(archive, str(known_sha256), record.sha256)
    return record


def _is_unchanged(archive: Path, record: ArchiveRecord) -> bool:
    status = archive.stat()
    return (status.st_size, status.st_mtime_ns) == (record.n_bytes, record.mtime_ns)


def refuse_change(archive: Path, expected: str, received: str) -> DownloadError:
    """The error for an archive that is not the one that was expected.

    Args:
        archive: Where it lies, or was to lie.
        expected: The checksum that it should have.
        received: The one that it has.
    """
    return DownloadError(
        f"{archive.name} must have the checksum that was recorded at first, or that its source "
        "states.",
        received=f"SHA-256 {received[:16]}… instead of {expected[:16]}…",
        remedy="A damaged download mends itself when the same command is given again. If the "
        "publisher has replaced the file and you trust the new one, delete "
        f"{archive} and {_locate_record(archive).name} and give the same command again.",
    )


def forget_record(archive: Path) -> None:
    """Drop the record of an archive that turned out to be no good."""
    _locate_record(archive).unlink(missing_ok=True)


def set_back(archive: Path) -> bool:
    """Treat a cut-off archive as the beginning of itself, so that fetching goes on from there.

    Only where the server had not said how long it is: else it was fetched whole, and asking for
    the rest would bring nothing.

    Args:
        archive: Its path.

    Returns:
        Whether it was set back; its record is dropped in any case.
    """
    record = read_record(archive)
    forget_record(archive)
    if record is None or record.note is None or record.note.total_bytes is not None:
        return False
    part = PartialFile(archive)
    part.write_note(record.note)
    archive.replace(part.path)
    return True


def find_checksum(archive: Path) -> str:
    """SHA-256 of an archive, computed only where no current record holds it."""
    record = read_record(archive)
    if record is not None and _is_unchanged(archive, record):
        return record.sha256
    return hash_file(archive)


def hash_file(path: Path) -> str:
    """SHA-256 of a file, as 64 hexadecimal digits."""
    digest, n_bytes = hashlib.sha256(), path.stat().st_size
    with path.open("rb") as file, meter_bytes(f"Checking {path.name}", n_bytes) as advance:
        while part := file.read(_PART_BYTES):
            digest.update(part)
            advance(len(part))
    return digest.hexdigest()


def _write(archive: Path, record: ArchiveRecord) -> None:
    with disk_faults(archive.parent, ""):
        write_json(_locate_record(archive), record.model_dump())


FINISHED_MARKER = ".unpacked.json"
"""Written last into an unpacked folder."""

UNPACKING_VERSION = 1
"""Counts up with every change of what is written, so that folders are unpacked anew."""


def write_marker(folder: Path, archive: Path, count: UnpackedCount) -> None:
    """Say that a folder is whole; after everything else.

    Args:
        folder: What was unpacked.
        archive: Where it came from.
        count: How much it is.

    Raises:
        OSError: If it cannot be written.
    """
    status = archive.stat()
    said = {
        "version": UNPACKING_VERSION,
        "archive": archive.name,
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "sha256": find_checksum(archive),
        "files": count.n_files,
        "unpacked_bytes": count.n_bytes,
        "skipped": len(count.skipped),
    }
    write_json(folder / FINISHED_MARKER, said)


def read_marker(folder: Path) -> dict[str, Any] | None:
    """Content of an unpacked folder's finished marker; None where there is none."""
    try:
        marker = json.loads((folder / FINISHED_MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return marker if isinstance(marker, dict) else None


def is_whole(folder: Path) -> bool:
    """True where a folder was unpacked completely and no file was removed since."""
    marker = read_marker(folder)
    if marker is None or marker.get("version") != UNPACKING_VERSION:
        return False
    n_files = sum(len(names) for _, _, names in os.walk(folder)) - 1
    return n_files >= int(marker.get("files", 0))


def is_current(archive: Path, folder: Path) -> bool:
    """True where a folder holds the complete content of an archive.

    Args:
        archive: The archive; hashed only where its time differs from what was noted.
        folder: The folder.
    """
    marker = read_marker(folder)
    if marker is None or not is_whole(folder):
        return False
    status = archive.stat()
    if status.st_size != marker.get("bytes"):
        return False
    same_time = status.st_mtime_ns == marker.get("mtime_ns")
    return same_time or hash_file(archive) == marker.get("sha256")
