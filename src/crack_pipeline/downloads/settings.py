"""How files are fetched, and how large an archive may be."""

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_BYTES_PER_GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class UnpackLimits:
    """Limits of an archive's content; an archive beyond them is refused whole.

    Attributes:
        max_bytes: Size of all its files together.
        max_members: Number of files and folders.
        max_ratio: Size of its files over its own size.
    """

    max_bytes: int
    max_members: int
    max_ratio: float


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
    def limits(self) -> UnpackLimits:
        """Limits of an archive's content."""
        return UnpackLimits(
            max_bytes=int(self.max_unpacked_gb * _BYTES_PER_GB),
            max_members=self.max_members,
            max_ratio=self.max_compression_ratio,
        )
