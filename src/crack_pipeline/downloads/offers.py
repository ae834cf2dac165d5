"""Facts about a source and its downloads that this package reads.

``sources.source.Source`` and ``Download`` fulfil these; they stand above this package, which
therefore names only what it reads of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


class Offer(Protocol):
    """One way to get an archive; see ``sources.source.Download``."""

    @property
    def kind(self) -> Literal["http", "mendeley", "kaggle"]:
        """Who serves it."""

    @property
    def address(self) -> str:
        """The URL, or the data set's name there."""

    @property
    def file_name(self) -> str:
        """Name of the archive on disk."""

    @property
    def size_bytes(self) -> int | None:
        """About how large it is."""

    @property
    def unpacked_bytes(self) -> int | None:
        """About how large its content is."""

    @property
    def sha256(self) -> str | None:
        """Checksum of the archive, where it is known."""


class DataSource(Protocol):
    """Where a data set comes from; see ``sources.source.Source``."""

    @property
    def name(self) -> str:
        """Name that users type."""

    @property
    def title(self) -> str:
        """Full name."""

    @property
    def layout(self) -> str:
        """Folders and files that it consists of."""

    @property
    def licence(self) -> str:
        """Licence, or what is known of it."""

    @property
    def citation(self) -> str:
        """How to cite it."""

    @property
    def homepage(self) -> str:
        """Where people get it."""

    @property
    def downloads(self) -> Sequence[Offer]:
        """Ways to fetch it, the preferred one first."""


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
