"""Places that offer the archive of a data source, and the file to ask one of them for.

``DataSource`` names what is read here of ``sources.source.Source``, which stands above this
package.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class Download:
    """One way to get the files of a source.

    Attributes:
        kind: ``http``: a file at a URL. ``mendeley``: a data set of Mendeley Data by its public
            file API. ``kaggle``: a data set of Kaggle.
        address: The URL; or ``<data set>/<version>`` of Mendeley Data; or ``<owner>/<data set>``
            of Kaggle.
        file_name: Name of the archive in the data set's raw folder.
        size_bytes: About how large the download is; None where nobody says.
        unpacked_bytes: About how large its content is; None where nobody says.
        sha256: Of the archive; None to record it at the first download and check it after.
    """

    kind: Literal["http", "mendeley", "kaggle"]
    address: str
    file_name: str
    size_bytes: int | None = None
    unpacked_bytes: int | None = None
    sha256: str | None = None


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
    def downloads(self) -> Sequence[Download]:
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
