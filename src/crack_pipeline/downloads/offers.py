"""Files that can be asked for, and how to get them by hand."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from crack_pipeline.data_source import Download, Source

Offer: TypeAlias = Download
"""One way to get an archive."""

DataSource: TypeAlias = Source
"""Where a data set comes from."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that can be asked for.

    Attributes:
        url: What is asked for; may hold a signature, so it is neither shown nor kept.
        page: Where people find the same file.
        archive: Where it is to lie.
        sha256: Of its content, where the server says so.
        size_bytes: Its size, where the server says so beforehand.
    """

    url: str
    page: str
    archive: Path
    sha256: str | None = None
    size_bytes: int | None = None

    @property
    def by_hand(self) -> str:
        """Remedy where the file cannot be fetched."""
        return say_by_hand(self.page, self.archive)


def say_by_hand(page: str, archive: Path) -> str:
    """Tell how to fetch a file without this program.

    Args:
        page: Where people find it.
        archive: Where it is to lie.
    """
    return (
        f"Or get it by hand: download {page}, save it as {archive.name} in the folder "
        f"{archive.parent}, and give the same command again; or name what you have already with "
        "--params=ingestion.path=/where/it/is."
    )
