"""Make sure that the photos of a source lie in a folder."""

import os
from pathlib import Path

from crack_pipeline.downloads.archive_kinds import find_kind, is_archive_name
from crack_pipeline.downloads.fetching import choose_downloads, fetch_source
from crack_pipeline.downloads.members import CutOffError
from crack_pipeline.downloads.offers import DataSource
from crack_pipeline.downloads.records import check_archive, forget_record, set_back
from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.downloads.unpacked_marker import is_whole
from crack_pipeline.downloads.unpacking import unpack_archive
from crack_pipeline.errors import ArchiveError, SourceError

DOWNLOADS = "downloads"
"""Folder of the fetched archives in a data set's raw folder."""

UNPACKED = "unpacked"
"""Folder of what was unpacked from them."""

UNPACKED_INNER = "unpacked_inner"
"""Folder of what was unpacked from an archive inside an archive."""

PHOTO_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo", ".png", ".bmp", ".tif", ".tiff", ".webp"),
    *(".gif", ".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".avif", ".heic", ".heif", ".hif"),
)
"""What is read as an image; docs/reference/sources.md lists them."""


def ensure_photos(
    source: DataSource, path: Path | None, raw_folder: Path, settings: DownloadSettings
) -> Path:
    """Find the photos of a source on disk, or unpack or fetch them.

    Args:
        source: The source.
        path: The user's folder or archive; None to take what lies in the raw folder, and to fetch
            it where nothing does.
        raw_folder: The data set's raw folder: of the photos themselves, of an archive placed there
            by hand, of ``downloads/``, ``unpacked/`` and ``unpacked_inner/``.
        settings: Where to fetch from, and what an archive may hold.

    Returns:
        The folder that holds what the source's archive or the user's folder holds, absolute.

    Raises:
        SourceError: If there is nothing and nothing can be fetched; if the path is missing, or is a
            file that is no archive.
        DownloadError: If fetching fails.
        ArchiveError: If an archive is refused.
        StorageError: If the disk is too small or does not take it.
    """
    folder = _find_folder(source, path, raw_folder, settings)
    if folder == raw_folder / UNPACKED:
        folder = _unpack_inner(folder, raw_folder, settings)
    return folder.resolve()


def _find_folder(
    source: DataSource, path: Path | None, raw_folder: Path, settings: DownloadSettings
) -> Path:
    if path is not None:
        return _use_given(source, path, raw_folder, settings)
    if _holds_photos(raw_folder):
        return raw_folder
    placed = _find_placed(source, raw_folder)
    if placed is not None:
        return _unpack_placed(placed, raw_folder, settings)
    if is_whole(raw_folder / UNPACKED) and not _knows_archive(source, raw_folder):
        return raw_folder / UNPACKED
    return _fetch(source, raw_folder, settings)


def _unpack_inner(unpacked: Path, raw_folder: Path, settings: DownloadSettings) -> Path:
    """Unpack the one archive that an archive without photos holds: some publishers pack twice."""
    if _holds_photos(unpacked):
        return unpacked
    inner = [file for file in unpacked.rglob("*") if file.is_file() and is_archive_name(file)]
    if len(inner) != 1:
        return unpacked
    return unpack_archive(inner[0], raw_folder / UNPACKED_INNER, settings.limits)


def _use_given(
    source: DataSource, path: Path, raw_folder: Path, settings: DownloadSettings
) -> Path:
    if path.is_dir():
        return path
    if not path.exists():
        raise SourceError(
            "`ingestion.path` must name a folder or an archive.",
            received=f"{path}, which does not exist",
            remedy=f"Correct it; {source.name} holds {source.layout}. {_say_where_to_get(source)}",
        )
    if not path.is_file() or find_kind(path) is None:
        raise SourceError(
            "`ingestion.path` must name a folder or an archive.",
            received=f"{path}, which is neither a folder nor a zip, tar or rar",
            remedy=f"Name the folder of the photos; {source.name} holds {source.layout}.",
        )
    return unpack_archive(path, raw_folder / UNPACKED, settings.limits)


def _holds_photos(raw_folder: Path) -> bool:
    """True where the raw folder holds photos other than those unpacked into it."""
    for folder, folders, names in os.walk(raw_folder):
        if any(name.lower().endswith(PHOTO_SUFFIXES) for name in names):
            return True
        at_top = Path(folder) == raw_folder
        ours = {DOWNLOADS, UNPACKED, UNPACKED_INNER} if at_top else set()
        folders[:] = [name for name in folders if name not in ours and not name.startswith(".")]
    return False


def _find_placed(source: DataSource, raw_folder: Path) -> Path | None:
    """The archive that the user has put into the raw folder."""
    if not raw_folder.is_dir():
        return None
    found = sorted(
        child for child in raw_folder.iterdir() if child.is_file() and is_archive_name(child)
    )
    known = {offer.file_name for offer in source.downloads}
    chosen = [archive for archive in found if archive.name in known] or found
    if len(chosen) > 1:
        raise SourceError(
            "The raw folder must hold one archive at most.",
            received=f"{raw_folder} with {', '.join(archive.name for archive in chosen)}",
            remedy="Leave the right one there, or name it with --params=ingestion.path=….",
        )
    return chosen[0] if chosen else None


def _unpack_placed(archive: Path, raw_folder: Path, settings: DownloadSettings) -> Path:
    check_archive(archive, None)
    return _unpack_or_forget(archive, raw_folder, settings)


def _knows_archive(source: DataSource, raw_folder: Path) -> bool:
    downloads = raw_folder / DOWNLOADS
    return any((downloads / offer.file_name).exists() for offer in source.downloads)


def _fetch(source: DataSource, raw_folder: Path, settings: DownloadSettings) -> Path:
    if not source.downloads:
        raise SourceError(
            f"The photos of {source.name} have to be there: no server hands them to a program.",
            received=f"no photo and no archive in {raw_folder}",
            remedy=f"{_say_where_to_get(source)} Then put the archive, or the folders of "
            f"{source.layout}, into {raw_folder}, or name the place with "
            "--params=ingestion.path=/where/it/is.".lstrip(),
        )
    choose_downloads(source, settings)
    archive = fetch_source(source, raw_folder / DOWNLOADS, settings)
    return _unpack_or_forget(archive, raw_folder, settings)


def _unpack_or_forget(archive: Path, raw_folder: Path, settings: DownloadSettings) -> Path:
    """Unpack; an archive that is no good must not be what later ones are compared with."""
    try:
        return unpack_archive(archive, raw_folder / UNPACKED, settings.limits)
    except CutOffError as error:
        if set_back(archive):
            raise CutOffError(
                error.rule,
                received=error.received,
                remedy="What is good of it is kept: give the same command again, and the rest is "
                "fetched.",
            ) from error
        raise
    except ArchiveError:
        forget_record(archive)
        raise


def _say_where_to_get(source: DataSource) -> str:
    return f"Get them from {source.homepage}." if source.homepage else ""
