"""The journal of a run: everything recorded, on disk before it is sent anywhere."""

import json
import logging
import os
import platform
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NotRequired

import psutil
from pydantic import TypeAdapter
from typing_extensions import TypedDict

from crack_pipeline.errors import DamagedError, TrackingError
from crack_pipeline.storage import read_object, write_bytes_aside

logger = logging.getLogger(__name__)

Record = dict[str, Any]
"""One thing recorded: ``kind`` (params, tags, metrics, artifact, …) and its content."""

_HEADER, _RECORDS, _SENT, _FILES = "run.json", "records.jsonl", "sent.jsonl", "files"
_NEEDED = {_RECORDS: ("kind",), _SENT: ("uri", "run_id", "n_sent")}
_FORMAT_VERSION = 1
_DAY_MS = 24 * 3600 * 1000
_CLOCK_SECONDS = 2.0


class Header(TypedDict):
    """Facts about a run; a journal of an earlier version has no ``format_version``."""

    format_version: NotRequired[int]
    name: str
    tags: dict[str, str]
    attached_to: str | None
    started_ms: int
    uri: str
    host: str
    pid: int
    process_started: float
    parent: NotRequired[str | None]
    parent_run_id: NotRequired[str | None]
    opened: NotRequired[bool]


class Journal:
    """An append-only list of records in a folder, and how many of them each store has got.

    Args:
        folder: Where it lies.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def create(cls, outbox: Path, header: dict[str, Any]) -> "Journal":
        """Start a journal.

        Args:
            outbox: Folder of all journals.
            header: Name and start of the run, and what else is needed to open it elsewhere.

        Returns:
            The empty journal.
        """
        journal = cls(outbox / uuid.uuid4().hex[:12])
        (journal.folder / _FILES).mkdir(parents=True)
        process = psutil.Process()
        owner = {
            "host": platform.node(),
            "pid": process.pid,
            "process_started": process.create_time(),
        }
        journal.update_header({**header, **owner})
        return journal

    @property
    def header(self) -> Header:
        """Facts that were noted when the run began.

        Raises:
            TrackingError: If they are damaged, or of a later version.
        """
        try:
            header = TypeAdapter(Header).validate_python(read_object(self.folder / _HEADER))
        except (OSError, ValueError, DamagedError) as error:
            raise _damaged(self.folder, str(error)) from error
        if header.get("format_version", 1) > _FORMAT_VERSION:
            raise _damaged(self.folder, "a later version of crack_pipeline wrote it")
        return header

    def update_header(self, changes: dict[str, Any]) -> None:
        """Change the header; written aside and moved, so that it is always whole."""
        path = self.folder / _HEADER
        start: Record = {"format_version": _FORMAT_VERSION}
        content = {**(self.header if path.exists() else start), **changes}
        write_bytes_aside(path, json.dumps(content, indent=1).encode())

    def append(self, record: Record) -> None:
        """Write a record at the end."""
        self._append_line(_RECORDS, record)

    def records(self) -> list[Record]:
        """All records, oldest first."""
        return list(self._read_lines(_RECORDS))

    def keep_file(self, path: Path) -> str:
        """Copy a file into the journal, since later runs overwrite it.

        Args:
            path: The file.

        Returns:
            Its name in the journal.
        """
        folder = self.folder / _FILES / uuid.uuid4().hex[:8]
        folder.mkdir(parents=True)
        shutil.copyfile(path, folder / path.name)
        return (folder / path.name).relative_to(self.folder).as_posix()

    def confirm(self, uri: str, run_id: str, n_sent: int) -> None:
        """Note how many records a run in a store has got."""
        self._append_line(_SENT, {"uri": uri, "run_id": run_id, "n_sent": n_sent})

    def confirmed(self, uri: str) -> tuple[str, int] | None:
        """Run in a store that has got records, and how many; None if it has got none."""
        found = None
        for line in self._read_lines(_SENT):
            if line["uri"] == uri:
                found = str(line["run_id"]), int(line["n_sent"])
        return found

    def last_change_ms(self) -> int:
        """When something was last recorded, in ms since 1970."""
        path = self.folder / _RECORDS
        if not path.exists():
            return int(self.header["started_ms"])
        return int(path.stat().st_mtime * 1000)

    def is_abandoned(self) -> bool:
        """True if the process that wrote it is gone; of another machine, silent for a day."""
        header = self.header
        if header["host"] != platform.node():
            return time.time() * 1000 - self.last_change_ms() > _DAY_MS
        try:
            started = psutil.Process(header["pid"]).create_time()
        except psutil.NoSuchProcess:
            return True
        return bool(abs(started - header["process_started"]) > _CLOCK_SECONDS)

    def remove(self) -> None:
        """Delete the journal, and the outbox if nothing else is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.folder.parent.is_dir() and not any(self.folder.parent.iterdir()):
            self.folder.parent.rmdir()

    def _append_line(self, name: str, content: dict[str, Any]) -> None:
        with (self.folder / name).open("ab+") as file:
            _drop_half_line(file)
            file.write(json.dumps(content).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def _read_lines(self, name: str) -> Iterator[dict[str, Any]]:
        path = self.folder / name
        if not path.exists():
            return
        with path.open(encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.endswith("\n"):  # a process that was killed leaves half a line
                    yield self._read_line(name, line)

    def _read_line(self, name: str, line: str) -> Record:
        try:
            content = dict(json.loads(line))
            _ = [content[key] for key in _NEEDED[name]]
        except (ValueError, KeyError, TypeError) as error:
            raise _damaged(self.folder, f"{name}: {type(error).__name__}: {error}") from error
        return content


def _drop_half_line(file: BinaryIO) -> None:
    # A process that was killed leaves half a line; the next one must not be glued to it.
    file.seek(0)
    content = file.read()
    if content and not content.endswith(b"\n"):
        file.truncate(content.rfind(b"\n") + 1)


def read_journals(outbox: Path) -> list[Journal]:
    """Journals whose header can be read; the others are named in the log and left alone."""
    readable = []
    for path in outbox.glob(f"*/{_HEADER}"):
        journal = Journal(path.parent)
        try:
            _ = journal.header
        except TrackingError as error:
            logger.warning("Left alone. %s", error)
        else:
            readable.append(journal)
    return readable


def _damaged(folder: Path, received: str) -> TrackingError:
    return TrackingError(
        "A journal of the outbox is read as it was written.",
        received=f"{folder}: {received}",
        remedy="Log it with the version that wrote it, or delete this folder: what it would have "
        "added to its run is lost then.",
    )


def list_journals(outbox: Path) -> list[Journal]:
    """Journals of ended processes, oldest first.

    A run that was only planned, because its process ended before the training began, has nothing
    to tell: its journal is removed.

    Args:
        outbox: Folder of all journals.

    Returns:
        Those that no running process writes to.
    """
    abandoned = [journal for journal in read_journals(outbox) if journal.is_abandoned()]
    journals = [journal for journal in abandoned if journal.header.get("opened", True)]
    for journal in abandoned:
        if journal not in journals:
            journal.remove()
    return sorted(journals, key=lambda journal: float(journal.header["started_ms"]))
