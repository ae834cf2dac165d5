"""Find the archive of a data set of Kaggle with Kaggle's own client and credentials.

The client answers with the address, signed for a while, at which the archive is stored. It is
fetched and unpacked by this package: kagglehub's own download neither checks that it goes on with
the same version nor limits what an archive unpacks to.
"""

import logging
import os
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from crack_pipeline.downloads.answers import (
    USER_AGENT,
    network_faults,
    refuse,
    telling_the_way_by_hand,
)
from crack_pipeline.downloads.offers import Offer, RemoteFile, say_by_hand
from crack_pipeline.downloads.retrying import try_again
from crack_pipeline.downloads.settings import DownloadSettings
from crack_pipeline.errors import DownloadError

_WRONG_LOGIN = 401
_NO_ACCESS = {_WRONG_LOGIN, 403}
_NO_DATA_SET = 404
_SERVER = "https://api.kaggle.com"

_LOG_IN = (
    "Create an API token on https://www.kaggle.com/settings/api and give it in one of Kaggle's own "
    "places: the environment variable KAGGLE_API_TOKEN, the file ~/.kaggle/access_token, or, for a "
    "legacy key, ~/.kaggle/kaggle.json or KAGGLE_USERNAME and KAGGLE_KEY."
)


class _PatientAdapter(HTTPAdapter):
    """Gives the client's requests, which set no time-out, one that counts silence."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        super().__init__()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxies: dict[str, str] | None = None,
    ) -> requests.Response:
        timeout = timeout or self._timeout_s
        return super().send(request, stream, timeout, verify, cert, proxies)


def find_kaggle_file(offer: Offer, archive: Path, settings: DownloadSettings) -> RemoteFile:
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
    client, place = _build_client()
    request = _build_request(address)
    with client:
        # The client offers no other way to a time-out than the session that it holds.
        session = client.http_client()._session
        for scheme in ("https://", "http://"):
            session.mount(scheme, _PatientAdapter(timeout_s))
        try:
            with network_faults(_SERVER):
                response = client.datasets.dataset_api_client.download_dataset(request)
        except DownloadError as error:
            raise _explain_refusal(error, address, place) from error
        with response:
            return str(response.url)


def _explain_refusal(error: DownloadError, address: str, place: str | None) -> Exception:
    """Make the error for a refusal by Kaggle."""
    cause = error.__cause__
    response = getattr(cause, "response", None)
    if response is None:
        return error
    response.close()  # the client leaves it open
    if response.status_code in _NO_ACCESS:
        return refuse(response, _advise_on_login(response.status_code, place))
    if response.status_code == _NO_DATA_SET:
        gone = f"Kaggle has no data set {address} any more, or shows it only to some."
        return refuse(response, gone)
    return refuse(response)


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
    import kagglehub
    from kagglehub.config import get_kaggle_credentials
    from kagglesdk.kaggle_client import KaggleClient

    logging.getLogger("kagglehub").setLevel(logging.WARNING)
    try:
        found = get_kaggle_credentials()
    except (OSError, ValueError) as error:
        raise DownloadError(
            "Kaggle's credentials must be readable.",
            received=str(error),
            remedy=_LOG_IN,
        ) from error
    agent = f"{USER_AGENT} kagglehub/{kagglehub.__version__}"
    if found is None:
        return KaggleClient(user_agent=agent), None
    client = KaggleClient(
        username=found.username, password=found.key, api_token=found.api_key, user_agent=agent
    )
    return client, _name_place()


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


def _build_request(address: str) -> Any:
    from kagglehub.handle import parse_dataset_handle
    from kagglesdk.datasets.types.dataset_api_service import ApiDownloadDatasetRequest

    handle = parse_dataset_handle(address)
    request = ApiDownloadDatasetRequest()
    request.owner_slug, request.dataset_slug = handle.owner, handle.dataset
    if handle.is_versioned():
        request.dataset_version_number = handle.version
    return request
