"""Find the archive of a data set of Mendeley Data by its public file API.

``GET <api>/datasets/<id>/files?folder_id=root&version=<version>`` answers with a JSON list; of each
entry ``filename``, ``size`` and in ``content_details`` ``download_url`` and ``sha256_hash`` are
read. The API stands behind the pages of https://data.mendeley.com and wants no login.
"""

import os
from pathlib import Path

import requests
from pydantic import BaseModel, TypeAdapter, ValidationError

from crack_pipeline.downloads.answers import ask, telling_the_way_by_hand
from crack_pipeline.downloads.offers import Offer, RemoteFile, say_by_hand
from crack_pipeline.downloads.retrying import try_again
from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.errors import DownloadError

API_VARIABLE = "CRACK_PIPELINE_MENDELEY_API"
"""Environment variable with another address of the API: that of a mirror."""

_API = "https://data.mendeley.com/public-api"
_ARCHIVE_SUFFIXES = (".zip", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


class _Content(BaseModel):
    download_url: str
    sha256_hash: str | None = None


class _Entry(BaseModel):
    filename: str
    size: int | None = None
    content_details: _Content


_ENTRIES = TypeAdapter(list[_Entry])


def find_mendeley_file(offer: Offer, archive: Path, settings: DownloadSettings) -> RemoteFile:
    """Ask Mendeley Data for the address and the checksum of an archive.

    Args:
        offer: Address ``<data set>/<version>``.
        archive: Where it is to lie.
        settings: Retries and time-out.

    Returns:
        What to ask for.

    Raises:
        DownloadError: If the API does not answer, or the data set has no such archive.
    """
    data_set, _, version = offer.address.partition("/")
    page = f"https://data.mendeley.com/datasets/{offer.address}"
    api = os.environ.get(API_VARIABLE, _API).rstrip("/")
    url = f"{api}/datasets/{data_set}/files?folder_id=root&version={version or 1}"
    by_hand = say_by_hand(page, archive)
    with telling_the_way_by_hand(by_hand):
        entries = try_again(
            lambda: _list_files(url, settings.timeout_s),
            retries=settings.retries,
            name=f"Asking Mendeley Data for {offer.address}",
        )
    entry = _choose(entries, offer, by_hand)
    return RemoteFile(
        url=entry.content_details.download_url,
        page=page,
        archive=archive,
        sha256=entry.content_details.sha256_hash,
        size_bytes=entry.size,
    )


def _list_files(url: str, timeout_s: float) -> list[_Entry]:
    with ask(url, timeout_s=timeout_s) as response:
        try:
            return _ENTRIES.validate_json(response.content)
        except (ValidationError, requests.exceptions.JSONDecodeError) as error:
            raise DownloadError(
                "The file API of Mendeley Data answers with a list of files.",
                received=f"{response.text[:60]!r} from {url}",
                remedy="The API may have changed.",
            ) from error


def _choose(entries: list[_Entry], offer: Offer, by_hand: str) -> _Entry:
    named = [entry for entry in entries if entry.filename == offer.file_name]
    archives = [entry for entry in entries if entry.filename.lower().endswith(_ARCHIVE_SUFFIXES)]
    for candidates in (named, archives):
        if len(candidates) == 1:
            return candidates[0]
    names = ", ".join(entry.filename for entry in entries) or "no file"
    raise DownloadError(
        f"The data set {offer.address} of Mendeley Data must hold one archive, or one of the name "
        f"{offer.file_name}.",
        received=names,
        remedy=by_hand,
    )
