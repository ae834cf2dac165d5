"""Records of archives: where each came from, when, and its checksum.

The record lies beside the archive as ``<archive>.json``. It outlives the archive, so that a file
that is fetched anew is compared with the first one.
"""

import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from crack_pipeline.downloads.byte_meter import ByteMeter
from crack_pipeline.downloads.disk import disk_faults, write_json
from crack_pipeline.downloads.partial import PartialFile, PartNote
from crack_pipeline.errors import DownloadError

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
    with path.open("rb") as file, ByteMeter(f"Checking {path.name}", n_bytes) as meter:
        while part := file.read(_PART_BYTES):
            digest.update(part)
            meter.advance(len(part))
    return digest.hexdigest()


def _write(archive: Path, record: ArchiveRecord) -> None:
    with disk_faults(archive.parent, ""):
        write_json(_locate_record(archive), record.model_dump())
