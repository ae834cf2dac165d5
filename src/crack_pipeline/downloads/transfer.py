"""Fetch a file, going on where an earlier attempt stopped."""

import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

from crack_pipeline.downloads.answers import (
    RANGE_REFUSED,
    ask,
    network_faults,
    telling_the_way_by_hand,
)
from crack_pipeline.downloads.byte_meter import ByteMeter, format_bytes
from crack_pipeline.downloads.disk import disk_faults, write_all
from crack_pipeline.downloads.offers import RemoteFile
from crack_pipeline.downloads.partial import PartialFile, PartNote
from crack_pipeline.downloads.retrying import PassingFaultError, try_again
from crack_pipeline.downloads.settings import DownloadSettings

logger = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 18
_PARTIAL_CONTENT = 206
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class ResumingDownloader:
    """A downloader for pooch that resumes.

    What came is kept in ``<archive>.part`` and continued by the next attempt or the next run,
    unless the file has changed on the server meanwhile.

    Args:
        remote: The file.
        settings: Retries and time-out.
        require_room: Is told how many bytes are still to come, None where the server does not say;
            raises where the disk is too small.
    """

    def __init__(
        self,
        remote: RemoteFile,
        settings: DownloadSettings,
        require_room: Callable[[int | None], None],
    ) -> None:
        self._remote = remote
        self._settings = settings
        self._require_room = require_room
        self._part = PartialFile(remote.archive)
        self.note: PartNote | None = None
        """Headers of the server for the file; set by a call."""

    def __call__(
        self, url: str, output_file: str, pooch: Any, check_only: bool = False
    ) -> bool | None:
        """Fetch the file.

        Args:
            url: Where from; the same as that of ``remote``.
            output_file: Where to, once it is whole.
            pooch: Not used; part of pooch's protocol.
            check_only: Part of pooch's protocol; nothing is fetched then.

        Returns:
            Whether it could be fetched, for ``check_only``; else None.

        Raises:
            DownloadError: If it cannot be fetched.
            StorageError: If the disk does not take it.
        """
        if check_only:
            return True
        name = self._remote.archive.name
        try:
            with telling_the_way_by_hand(self._remote.by_hand):
                try_again(
                    lambda: self._receive(url),
                    retries=self._settings.retries,
                    name=f"Fetching {name}",
                    measure_progress=lambda: self._part.n_bytes,
                )
        except BaseException:
            self._say_what_is_kept()
            raise
        self.note = self._part.read_note()
        self._part.finish(Path(output_file))
        return None

    def _say_what_is_kept(self) -> None:
        if self._part.n_bytes:
            logger.warning(
                "Kept %s of %s; the same command goes on from there",
                format_bytes(self._part.n_bytes),
                self._remote.archive.name,
            )

    def _receive(self, url: str) -> None:
        """One attempt: ask for what is missing and append it."""
        kept_bytes, headers = self._plan()
        note = self._part.read_note()
        if note is not None and kept_bytes and kept_bytes == note.total_bytes:
            return
        with ask(url, timeout_s=self._settings.timeout_s, headers=headers) as response:
            if not self._continues(response, kept_bytes):
                kept_bytes = 0
            if _fits(response, kept_bytes):
                self._append(response, kept_bytes)
                return
        if not headers:
            raise PassingFaultError("the server sent a part of the file instead of the whole")
        logger.info("%s has changed on its server: starting anew", self._remote.archive.name)
        self._part.discard()
        self._receive(url)

    def _plan(self) -> tuple[int, dict[str, str]]:
        """Number of kept bytes, and the headers that ask for the rest."""
        note, kept_bytes = self._part.read_note(), self._part.n_bytes
        known = note is not None and note.page == self._remote.page
        if not kept_bytes or not (known or self._remote.sha256):
            return 0, {}
        headers = {"Range": f"bytes={kept_bytes}-"}
        if note is not None and known and note.validator:
            return kept_bytes, {**headers, "If-Range": note.validator}
        # Without a validator only a known checksum tells whether the parts belong together.
        return (kept_bytes, headers) if self._remote.sha256 else (0, {})

    def _continues(self, response: requests.Response, kept_bytes: int) -> bool:
        """True where the answer continues the kept bytes."""
        if not kept_bytes or response.status_code != _PARTIAL_CONTENT:
            return False
        note, etag = self._part.read_note(), response.headers.get("ETag")
        if note is None:
            return True
        same_tag = not (note.etag and etag) or note.etag == etag
        total = _read_total(response)
        return same_tag and (note.total_bytes is None or total in (None, note.total_bytes))

    def _append(self, response: requests.Response, kept_bytes: int) -> None:
        total_bytes = _read_total(response) or self._remote.size_bytes
        self._require_room(None if total_bytes is None else total_bytes - kept_bytes)
        name = self._remote.archive.name
        if kept_bytes:
            logger.info("Going on with %s after %s", name, format_bytes(kept_bytes))
        with disk_faults(self._part.path, "What came is kept: it goes on from there."):
            if not kept_bytes or self._part.read_note() is None:
                self._part.write_note(_take_note(response, self._remote.page, total_bytes))
            with self._part.path.open("r+b" if kept_bytes else "wb", buffering=0) as file:
                file.seek(kept_bytes)
                with ByteMeter(f"Fetching {name}", total_bytes, kept_bytes) as meter:
                    for chunk in _read_chunks(response, self._remote.url):
                        write_all(file, chunk)
                        meter.advance(len(chunk))
                os.fsync(file.fileno())
        self._require_whole(total_bytes)

    def _require_whole(self, total_bytes: int | None) -> None:
        received = self._part.n_bytes
        if total_bytes is None or received == total_bytes:
            return
        if received > total_bytes:
            self._part.discard()
        raise PassingFaultError(
            f"the connection was cut after {format_bytes(received)} of {format_bytes(total_bytes)}"
        )


def _read_chunks(response: requests.Response, url: str) -> Iterator[bytes]:
    """The body as it comes: a server that drips delivers every byte before it is cut."""
    while True:
        with network_faults(url):
            chunk = response.raw.read1(_CHUNK_BYTES, decode_content=False)
        if not chunk:
            return
        yield chunk


def _take_note(response: requests.Response, page: str, total_bytes: int | None) -> PartNote:
    return PartNote(
        page=page,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
        total_bytes=total_bytes,
    )


def _read_total(response: requests.Response) -> int | None:
    """Size of the whole file, where the server says it."""
    if response.status_code == _PARTIAL_CONTENT:
        match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
        return int(match[2]) if match and match[2] != "*" else None
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _fits(response: requests.Response, kept_bytes: int) -> bool:
    """True where the answer begins at the end of the kept bytes."""
    if response.status_code != _PARTIAL_CONTENT:
        return response.status_code != RANGE_REFUSED
    match = _CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
    return match is not None and int(match[1]) == kept_bytes
