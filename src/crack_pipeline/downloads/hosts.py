"""Find the archives of data sets of Mendeley Data and Kaggle.

Mendeley Data has a public file API, which stands behind the pages of https://data.mendeley.com and
wants no login: ``GET <api>/datasets/<id>/files?folder_id=root&version=<version>`` answers with a
JSON list; of each entry ``filename``, ``size`` and in ``content_details`` ``download_url`` and
``sha256_hash`` are read.

Kaggle is asked with its own client and credentials. The client answers with the address, signed for
a while, at which the archive is stored. It is fetched and unpacked by this package: kagglehub's own
download neither checks that it goes on with the same version nor limits what an archive unpacks to.
"""

import logging
import os
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from crack_pipeline.data_source import Download
from crack_pipeline.downloads.answers import (
    ask,
    network_faults,
    refuse,
    telling_the_way_by_hand,
    try_again,
)
from crack_pipeline.downloads.archives import is_archive_name
from crack_pipeline.downloads.offers import DownloadSettings, RemoteFile, say_by_hand
from crack_pipeline.errors import DownloadError

API_VARIABLE = "CRACK_PIPELINE_MENDELEY_API"
"""Environment variable with another address of the API: that of a mirror."""

_API = "https://data.mendeley.com/public-api"


class _Content(BaseModel):
    download_url: str
    sha256_hash: str | None = None


class _Entry(BaseModel):
    filename: str
    size: int | None = None
    content_details: _Content


_ENTRIES = TypeAdapter(list[_Entry])


def find_mendeley_file(offer: Download, archive: Path, settings: DownloadSettings) -> RemoteFile:
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
        except ValidationError as error:
            raise DownloadError(
                "The file API of Mendeley Data answers with a list of files.",
                received=f"{response.text[:60]!r} from {url}",
                remedy="The API may have changed.",
            ) from error


def _choose(entries: list[_Entry], offer: Download, by_hand: str) -> _Entry:
    named = [entry for entry in entries if entry.filename == offer.file_name]
    archives = [entry for entry in entries if is_archive_name(Path(entry.filename))]
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


_WRONG_LOGIN = 401
_NO_ACCESS = {_WRONG_LOGIN, 403}
_NO_DATA_SET = 404
_SERVER = "https://api.kaggle.com"

_LOG_IN = (
    "Create an API token on https://www.kaggle.com/settings/api and give it in one of Kaggle's own "
    "places: the environment variable KAGGLE_API_TOKEN, the file ~/.kaggle/access_token, or, for a "
    "legacy key, ~/.kaggle/kaggle.json or KAGGLE_USERNAME and KAGGLE_KEY."
)


def find_kaggle_file(offer: Download, archive: Path, settings: DownloadSettings) -> RemoteFile:
    """Ask Kaggle for the address of a data set's archive.

    Args:
        offer: Address ``<owner>/<data set>``, or with ``/versions/<number>`` after it.
        archive: Where it is to lie.
        settings: Retries and time-out.

    Returns:
        What to ask for.

    Raises:
        DownloadError: If Kaggle does not answer, wants credentials, refuses those that it gets, or
            has no such data set.
    """
    page = f"https://www.kaggle.com/datasets/{offer.address}"
    with telling_the_way_by_hand(say_by_hand(page, archive)):
        url = try_again(
            lambda: _ask_kaggle(offer.address, settings.timeout_s),
            retries=settings.retries,
            name=f"Asking Kaggle for {offer.address}",
        )
    return RemoteFile(url=url, page=page, archive=archive)


def _ask_kaggle(address: str, timeout_s: float) -> str:
    """The signed address of the archive; public data sets are given without credentials too."""
    from kagglehub.handle import parse_dataset_handle
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    client, place = _build_client()
    handle = parse_dataset_handle(address)
    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = handle.owner, handle.dataset
    if handle.is_versioned():
        request.dataset_version_number = handle.version
    with client:
        # The client sets no time-out: it can be given one only through the session that it holds.
        session = client.http_client()._session
        session.send = partial(session.send, timeout=timeout_s)
        try:
            with network_faults(_SERVER):
                response = client.datasets.dataset_api_client.download_dataset(request)
        except DownloadError as error:
            raise _explain_refusal(error, address, place) from error
        with response:
            return str(response.url)


def _explain_refusal(error: DownloadError, address: str, place: str | None) -> Exception:
    """Make the error for a refusal by Kaggle."""
    response = getattr(error.__cause__, "response", None)
    if response is None:
        return error
    response.close()  # the client leaves it open
    advice = None
    if response.status_code in _NO_ACCESS:
        advice = _advise_on_login(response.status_code, place)
    elif response.status_code == _NO_DATA_SET:
        advice = f"Kaggle has no data set {address} any more, or shows it only to some."
    return refuse(response, advice)


def _advise_on_login(status: int, place: str | None) -> str:
    if place is None:
        return f"No credentials were found, and Kaggle wants some. {_LOG_IN}"
    if status == _WRONG_LOGIN:
        return (
            f"Kaggle does not accept the credentials from {place}: they may be revoked. {_LOG_IN}"
        )
    return (
        f"Kaggle does not let the credentials from {place} fetch this data set. Open its page in a "
        f"browser, log in and accept its terms, if it has some. Or use another account. {_LOG_IN}"
    )


def _build_client() -> tuple[Any, str | None]:
    """Kaggle's client with the user's credentials, and where these were found."""
    # Imported here: it takes most of a second, and only those who fetch from Kaggle need it.
    from kagglehub.clients import build_kaggle_client
    from kagglehub.config import get_kaggle_credentials

    logging.getLogger("kagglehub").setLevel(logging.WARNING)
    try:
        return build_kaggle_client(), get_kaggle_credentials() and _name_place()
    except (OSError, ValueError) as error:
        raise DownloadError(
            "Kaggle's credentials must be readable.", received=str(error), remedy=_LOG_IN
        ) from error


def _name_place() -> str:
    """Where Kaggle's client found the credentials."""
    from kagglehub.config import _get_kaggle_credentials_file
    from kagglesdk.kaggle_env import get_access_token_from_env

    token, place = get_access_token_from_env()
    if token:
        return "~/.kaggle/access_token" if place == "access_token" else str(place)
    if os.environ.get("KAGGLE_USERNAME") and os.environ.get("KAGGLE_KEY"):
        return "KAGGLE_USERNAME and KAGGLE_KEY"
    return str(_get_kaggle_credentials_file())
