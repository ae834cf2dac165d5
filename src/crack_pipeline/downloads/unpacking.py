"""Unpack archives that nobody vouches for: whole or not at all, and nowhere but into the target."""

import errno
import logging
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import rarfile

from crack_pipeline.downloads.allowance import UnpackedCount
from crack_pipeline.downloads.archive_kinds import ArchiveKind, require_kind
from crack_pipeline.downloads.byte_meter import ByteMeter, format_bytes
from crack_pipeline.downloads.disk import disk_faults, hold_alone, require_room
from crack_pipeline.downloads.members import (
    CutOffError,
    Member,
    is_litter,
    refuse_member,
    split_name,
)
from crack_pipeline.downloads.rar_reader import open_rar
from crack_pipeline.downloads.settings import UnpackLimits
from crack_pipeline.downloads.tar_reader import open_tar
from crack_pipeline.downloads.unpacked_marker import is_current, read_marker, write_marker
from crack_pipeline.downloads.zip_reader import open_zip
from crack_pipeline.errors import ArchiveError

logger = logging.getLogger(__name__)

_READERS: Mapping[ArchiveKind, Callable[[Path], AbstractContextManager[Iterable[Member]]]] = {
    "zip": open_zip,
    "tar": open_tar,
    "rar": open_rar,
}
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    rarfile.Error,
    NotImplementedError,
)


def unpack_archive(archive: Path, target: Path, limits: UnpackLimits) -> Path:
    """Unpack an archive, unless that was done before.

    It is unpacked aside and renamed, so that the target is there whole or not at all. Refused whole
    are archives with members that lead out of the target, with links and devices, archives beyond
    the limits, and archives that are cut off or damaged.

    Args:
        archive: A zip, tar (plain, gzip, bzip2, xz) or rar.
        target: Folder to make; replaced if it was unpacked from another archive.
        limits: What the archive may hold.

    Returns:
        The target.

    Raises:
        ArchiveError: If the archive is refused, or the target is a folder that was not made here.
        StorageError: If the disk is too small or does not take it.
    """
    kind = require_kind(archive)
    with hold_alone(target.parent), disk_faults(target, "The archive is kept."):
        if not is_current(archive, target):
            _require_own(target)
            _report(archive, target, _replace(archive, kind, target, limits))
    return target


def _replace(archive: Path, kind: ArchiveKind, target: Path, limits: UnpackLimits) -> UnpackedCount:
    """Unpack aside, mark as finished, and only then rename."""
    aside = target.with_name(f".{target.name}.unpacking")
    _remove(aside)
    try:
        count = _unpack(archive, kind, aside, limits)
        write_marker(aside, archive, count)
        _put_in_place(aside, target)
    finally:
        _remove(aside)
    return count


def _unpack(archive: Path, kind: ArchiveKind, aside: Path, limits: UnpackLimits) -> UnpackedCount:
    count = UnpackedCount(archive, limits, archive.stat().st_size)
    with damages(archive), _READERS[kind](archive) as members:
        total_bytes = None
        if isinstance(members, Sequence):
            total_bytes = _check_ahead(members, archive, limits)
            require_room(aside.parent, total_bytes, f"unpacking {archive.name}")
        aside.mkdir(parents=True)
        with ByteMeter(f"Unpacking {archive.name}", total_bytes) as meter:
            for member in members:
                _write_member(member, aside, count, meter)
    if not count.n_files:
        raise ArchiveError(
            "An archive must hold files.",
            received=f"{archive}, which holds none",
            remedy="Get it again.",
        )
    return count


def _check_ahead(members: Sequence[Member], archive: Path, limits: UnpackLimits) -> int:
    """Refuse before anything is written what the archive's own list gives away."""
    count = UnpackedCount(archive, limits, archive.stat().st_size)
    for member in members:
        _accept(member, archive, count)
        count.add_bytes(member.size_bytes)
    return count.n_bytes


def _accept(member: Member, archive: Path, count: UnpackedCount) -> tuple[str, ...]:
    count.add_member()
    parts = split_name(member.name, archive)
    if member.kind == "other":
        raise refuse_member(archive, member.name, f"which is {member.what}")
    return parts


def _write_member(member: Member, aside: Path, count: UnpackedCount, meter: ByteMeter) -> None:
    parts = _accept(member, count.archive, count)
    keep = not is_litter(parts)
    path = aside.joinpath(*parts)
    try:
        if member.kind == "folder" and keep:
            path.mkdir(parents=True, exist_ok=True)
        if member.kind == "file":
            if not parts:
                raise refuse_member(count.archive, member.name, "which has no name")
            _write_file(member, path if keep else None, count, meter)
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        why = "which it holds twice, or as a file and as a folder"
        raise refuse_member(count.archive, member.name, why) from error
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            raise
        why = "whose name is longer than the disk takes"
        raise refuse_member(count.archive, member.name, why) from error
    if not keep:
        count.skipped.append(member.name)


def _write_file(member: Member, path: Path | None, count: UnpackedCount, meter: ByteMeter) -> None:
    """Write a member; without a path it is only read past."""
    if path is None:
        for chunk in member.read():
            count.add_bytes(len(chunk))
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        for chunk in member.read():
            count.add_bytes(len(chunk))
            file.write(chunk)
            meter.advance(len(chunk))
    count.n_files += 1


@contextmanager
def damages(archive: Path) -> Iterator[None]:
    """Turn what the archive libraries say of a damaged archive into an error that says what to do.

    Args:
        archive: The archive.

    Raises:
        CutOffError: If it ends too early.
        ArchiveError: If it is damaged otherwise.
    """
    try:
        yield
    except (*_DAMAGES, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        cut_off = isinstance(error, EOFError) or "unexpected end of data" in str(error)
        kind = CutOffError if cut_off else ArchiveError
        raise kind(
            "An archive must be whole and readable.",
            received=f"{archive}, which is {'cut off' if cut_off else f'damaged: {error}'}",
            remedy=f"Nothing of it was unpacked. Delete it and give the same command again, or get "
            f"{archive.name} by hand.",
        ) from error


def _require_own(target: Path) -> None:
    if target.exists() and read_marker(target) is None:
        raise ArchiveError(
            "An archive is unpacked to a folder of its own.",
            received=f"{target}, which is there and was not unpacked by this program",
            remedy="Move it away, or, if it holds the photos, name it with "
            "--params=ingestion.path=….",
        )


def _put_in_place(aside: Path, target: Path) -> None:
    if target.exists():
        old = target.with_name(f".{target.name}.old")
        _remove(old)
        target.rename(old)
        aside.rename(target)
        _remove(old)
    else:
        aside.rename(target)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _report(archive: Path, target: Path, count: UnpackedCount) -> None:
    size = format_bytes(count.n_bytes)
    logger.info("Unpacked %d files, %s, from %s to %s", count.n_files, size, archive.name, target)
    if count.skipped:
        logger.info(
            "Left out %d members that macOS had added, such as %s",
            len(count.skipped),
            count.skipped[0],
        )
