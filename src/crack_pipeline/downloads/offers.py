"""The file to ask a server for, and how it is fetched."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


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


_BYTES_PER_GB = 1_000_000_000


class DownloadSettings(BaseModel):
    """How a source is fetched and unpacked.

    Attributes:
        from_: Which of a source's places is asked; ``auto`` takes them in their order. Written
            ``from`` in parameters.
        retries: Attempts after a failed one; what came meanwhile sets the count back.
        timeout_s: Silence after which a server counts as gone; a slow one may take its time.
        max_unpacked_gb: Size of all files of an archive, in 10⁹ bytes.
        max_members: Files and folders in an archive.
        max_compression_ratio: Unpacked size over the archive's size.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: Literal["auto", "mendeley", "kaggle", "http"] = Field("auto", alias="from")
    retries: int = Field(5, ge=0)
    timeout_s: float = Field(30.0, gt=0)
    max_unpacked_gb: float = Field(50.0, gt=0)
    max_members: int = Field(1_000_000, ge=1)
    max_compression_ratio: float = Field(200.0, gt=1)

    @property
    def max_unpacked_bytes(self) -> int:
        """Size of all files of an archive, in bytes."""
        return int(self.max_unpacked_gb * _BYTES_PER_GB)
