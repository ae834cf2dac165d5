"""Fetch the archive of a source: once, whole, and always the same."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pooch

from crack_pipeline.downloads.archive_kinds import require_kind, require_unpacker
from crack_pipeline.downloads.byte_meter import format_bytes
from crack_pipeline.downloads.disk import disk_faults, hold_alone, require_room
from crack_pipeline.downloads.kaggle import find_kaggle_file
from crack_pipeline.downloads.mendeley import find_mendeley_file
from crack_pipeline.downloads.offers import DataSource, Offer, RemoteFile
from crack_pipeline.downloads.records import (
    check_archive,
    read_record,
    record_archive,
    refuse_change,
)
from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.downloads.transfer import ResumingDownloader
from crack_pipeline.errors import ArchiveError, DownloadError, ParameterError

logger = logging.getLogger(__name__)


def _find_http_file(offer: Offer, archive: Path, settings: DownloadSettings) -> RemoteFile:
    return RemoteFile(url=offer.address, page=offer.address, archive=archive)


_FINDERS: Mapping[str, Callable[[Offer, Path, DownloadSettings], RemoteFile]] = {
    "http": _find_http_file,
    "mendeley": find_mendeley_file,
    "kaggle": find_kaggle_file,
}
"""Who serves it → what finds the address to ask for."""


def fetch_archive(download: Offer, folder: Path, settings: DownloadSettings) -> Path:
    """Fetch an archive, unless it is there already.

    An interrupted download goes on where it stopped. The checksum is recorded at the first download
    and compared ever after; a file placed by hand is accepted and recorded in the same way.

    Args:
        download: Where it comes from.
        folder: Where it is to lie; is made if missing.
        settings: Retries and time-out.

    Returns:
        The archive.

    Raises:
        DownloadError: If it cannot be fetched, or has another checksum.
        ArchiveError: If what came is no archive, or cannot be unpacked on this machine.
        StorageError: If the disk is too small or does not take it.
    """
    archive = folder / download.file_name
    if not archive.exists() and download.file_name.lower().endswith(".rar"):
        require_unpacker(archive)
    with hold_alone(folder):
        if archive.exists():
            require_kind(archive)
            check_archive(archive, download.sha256)
            return archive
        remote = _FINDERS[download.kind](download, archive, settings)
        _fetch(download, remote, settings)
    return archive


def _fetch(download: Offer, remote: RemoteFile, settings: DownloadSettings) -> None:
    archive = remote.archive
    expected = _require_one_checksum(download, remote)
    remote = replace(remote, sha256=expected)
    fetcher = ResumingDownloader(
        remote, settings, lambda to_come: _require_room(download, archive, to_come)
    )
    pooch.get_logger().setLevel(logging.WARNING)
    with disk_faults(archive, ""):
        try:
            pooch.retrieve(
                url=remote.url,
                known_hash=expected and f"sha256:{expected}",
                fname=archive.name,
                path=archive.parent,
                downloader=fetcher,
            )
        except ValueError as error:
            raise refuse_change(archive, str(expected), _read_received(error)) from error
    try:
        require_kind(archive)
    except ArchiveError:
        archive.unlink()
        raise
    record = record_archive(archive, remote.page, fetcher.note)
    size = format_bytes(record.n_bytes)
    logger.info("Fetched %s, %s, SHA-256 %s", archive, size, record.sha256)


def _require_one_checksum(download: Offer, remote: RemoteFile) -> str | None:
    """The known checksum, on which the source, the first download and the server must agree."""
    record = read_record(remote.archive)
    known = [download.sha256, record and record.sha256, remote.sha256]
    checksums = [checksum for checksum in known if checksum]
    if len(set(checksums)) > 1:
        raise refuse_change(remote.archive, checksums[0], checksums[-1])
    return checksums[0] if checksums else None


def _read_received(error: ValueError) -> str:
    """The checksum that pooch found, from its message."""
    digests = re.findall(r"[0-9a-f]{64}", str(error))
    return digests[-1] if digests else "another one"


def _require_room(download: Offer, archive: Path, to_come_bytes: int | None) -> None:
    """Refuse before the first byte what would fill the disk: the archive and its content."""
    archive_bytes = to_come_bytes if to_come_bytes is not None else download.size_bytes or 0
    # Photos are compressed already: their archive is about as large as they are.
    content_bytes = download.unpacked_bytes or download.size_bytes or archive_bytes
    purpose = f"fetching and unpacking {archive.name}"
    require_room(archive.parent, archive_bytes + content_bytes, purpose)


def choose_downloads(source: DataSource, settings: DownloadSettings) -> Sequence[Offer]:
    """The places of a source that may be asked.

    Args:
        source: The source.
        settings: Which of its places the user allows.

    Returns:
        At least one, the preferred one first.

    Raises:
        ParameterError: If the source is not offered there.
    """
    if settings.from_ == "auto":
        return source.downloads
    chosen = [offer for offer in source.downloads if offer.kind == settings.from_]
    if not chosen:
        kinds = sorted({offer.kind for offer in source.downloads})
        raise ParameterError(
            f"`ingestion.download.from` must name a place where {source.name} is offered.",
            received=settings.from_,
            remedy=f"Use auto{''.join(f', {kind}' for kind in kinds)}.",
        )
    return chosen


def fetch_source(source: DataSource, folder: Path, settings: DownloadSettings) -> Path:
    """Fetch a source from the first of its places that hands it over.

    Args:
        source: The source; has at least one download.
        folder: Where its archive is to lie.
        settings: Which places are asked, retries and time-out.

    Returns:
        The archive.

    Raises:
        ParameterError: If the source is not offered where the settings say.
        DownloadError: If no place hands it over; names what went wrong at each.
        StorageError: If the disk is too small or does not take it.
    """
    offers = choose_downloads(source, settings)
    for offer in offers:
        if (folder / offer.file_name).exists():
            return fetch_archive(offer, folder, settings)
    show_terms(source)
    failures: list[tuple[Offer, DownloadError | ArchiveError]] = []
    for offer in offers:
        logger.info("Fetching %s from %s: %s", source.name, offer.kind, offer.address)
        try:
            return fetch_archive(offer, folder, settings)
        except (DownloadError, ArchiveError) as failure:
            if len(offers) == 1:
                raise
            logger.warning("%s does not work: %s", offer.kind, failure.received)
            failures.append((offer, failure))
    raise _collect(source, failures)


def _collect(
    source: DataSource, failures: Sequence[tuple[Offer, DownloadError | ArchiveError]]
) -> DownloadError:
    """One error for all places."""
    tried = "\n".join(
        f"  {offer.kind} ({offer.address}): {failure.received}. {failure.remedy}"
        for offer, failure in failures
    )
    return DownloadError(
        f"One of the places that offer {source.name} must hand it over.",
        received=f"from each of them an error:\n{tried}",
        remedy="Mend one of these, and give the same command again.",
    )


def show_terms(source: DataSource) -> None:
    """Log what is about to be fetched, under which licence, and how to cite it."""
    logger.info("%s: %s", source.name, source.title)
    logger.info("Licence: %s", source.licence)
    if source.citation:
        logger.info("Please cite: %s", source.citation)
    if source.homepage:
        logger.info("Home page: %s", source.homepage)
