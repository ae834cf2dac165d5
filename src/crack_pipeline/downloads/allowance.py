"""Count what comes out of an archive, and stop where it is too much."""

from dataclasses import dataclass, field
from pathlib import Path

from crack_pipeline.downloads.byte_meter import format_bytes
from crack_pipeline.downloads.settings import UnpackLimits
from crack_pipeline.errors import ArchiveError

_FREE_OF_RATIO_BYTES = 10_000_000
"""So much may come out of any archive, however well it is compressed: a few blank masks do."""


@dataclass(slots=True)
class UnpackedCount:
    """Members and bytes unpacked from an archive so far.

    Attributes:
        archive: The archive.
        limits: What it may hold.
        archive_bytes: Its own size.
        members: Files, folders and what is left out.
        n_files: Files that were written.
        n_bytes: Unpacked size.
        skipped: Names of what is left out.
    """

    archive: Path
    limits: UnpackLimits
    archive_bytes: int
    members: int = 0
    n_files: int = 0
    n_bytes: int = 0
    skipped: list[str] = field(default_factory=list)

    def add_member(self) -> None:
        """Count a member.

        Raises:
            ArchiveError: If there are too many.
        """
        self.members += 1
        if self.members > self.limits.max_members:
            raise self._refuse(f"more than {self.limits.max_members} members", "max_members")

    def add_bytes(self, n_bytes: int) -> None:
        """Count bytes.

        Raises:
            ArchiveError: If there are too many, or too many for the archive's own size.
        """
        self.n_bytes += n_bytes
        if self.n_bytes > self.limits.max_bytes:
            size = format_bytes(self.limits.max_bytes)
            raise self._refuse(f"more than {size} of files", "max_unpacked_gb")
        allowed = max(self.limits.max_ratio * self.archive_bytes, _FREE_OF_RATIO_BYTES)
        if self.n_bytes > allowed:
            size = format_bytes(self.archive_bytes)
            what = f"more than {self.limits.max_ratio:g} times its own {size}"
            raise self._refuse(what, "max_compression_ratio")

    def _refuse(self, received: str, setting: str) -> ArchiveError:
        return ArchiveError(
            "An archive must not unpack to more than the limits allow.",
            received=f"{self.archive.name} with {received}",
            remedy="Nothing of it was unpacked. It may be made to fill the disk; if you trust it, "
            f"raise `ingestion.download.{setting}`.",
        )
