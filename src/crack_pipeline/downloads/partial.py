"""A partly fetched file, and the note that tells whether the rest still belongs to it."""

from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from crack_pipeline.downloads.disk import write_json


@dataclass(frozen=True, slots=True)
class PartNote:
    """Headers of the server for the file whose first bytes are kept.

    Attributes:
        page: Where the file comes from.
        etag: The server's mark of this version; changes with the content.
        last_modified: When the server says that it was changed.
        total_bytes: Size of the whole file; None where the server does not say.
    """

    page: str
    etag: str | None = None
    last_modified: str | None = None
    total_bytes: int | None = None

    @property
    def validator(self) -> str | None:
        """Validator for ``If-Range``; a weak ETag is none (RFC 9110, section 13.1.5)."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.last_modified


class PartialFile:
    """``<archive>.part`` and the note beside it.

    Args:
        archive: What the file is called when it is whole.
    """

    def __init__(self, archive: Path) -> None:
        self.path = archive.with_name(f"{archive.name}.part")
        self._note_path = archive.with_name(f"{archive.name}.part.json")

    @property
    def n_bytes(self) -> int:
        """Bytes that are there."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read_note(self) -> PartNote | None:
        """The note; None where there is none or it cannot be read."""
        try:
            return TypeAdapter(PartNote).validate_json(self._note_path.read_bytes())
        except (OSError, ValueError):
            return None

    def write_note(self, note: PartNote) -> None:
        """Keep what the server said."""
        write_json(self._note_path, asdict(note))

    def discard(self) -> None:
        """Start from nothing."""
        self.path.unlink(missing_ok=True)
        self._note_path.unlink(missing_ok=True)

    def finish(self, whole: Path) -> None:
        """Give the file, which is whole, its name."""
        self.path.replace(whole)
        self._note_path.unlink(missing_ok=True)
