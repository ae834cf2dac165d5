"""Ask servers, and turn what goes wrong into what passes and what has to be told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from crack_pipeline.downloads.retrying import PassingFaultError, read_retry_after
from crack_pipeline.errors import DownloadError
from crack_pipeline.version import __version__

_PASSING_STATUS = {408, 425, 429, 500, 502, 503, 504}
_OK = {200, 206}
RANGE_REFUSED = 416

USER_AGENT = f"crack-pipeline/{__version__}"

_RULE = "A server must hand over the file that it is asked for."
_ADVICE = {
    401: "The server wants a login that this program does not have.",
    403: "The server refuses access: it may want a login or consent to its terms in a browser.",
    404: "The file is not there any more: it may have been moved or renamed.",
    410: "The file is not there any more: it may have been moved or renamed.",
    429: "The server limits how often it is asked: wait a while and give the same command again; "
    "it goes on where it stopped.",
}
_LATER = (
    "Check the network, or wait a while if the server is in trouble, and give the same command "
    "again: it goes on where it stopped."
)


@contextmanager
def ask(
    url: str, *, timeout_s: float, headers: Mapping[str, str] | None = None
) -> Iterator[requests.Response]:
    """Ask for a file, without compression, and hold its answer open.

    Args:
        url: What is asked for.
        timeout_s: Silence after which the server counts as gone.
        headers: Further headers.

    Yields:
        The answer, its body unread; status 200, 206 or 416.

    Raises:
        PassingFaultError: If trying again may help; also from reading in the block.
        DownloadError: If it cannot.
    """
    asked = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    with network_faults(url):
        response = requests.get(url, headers=asked, timeout=timeout_s, stream=True)
        with response:
            if response.status_code not in _OK | {RANGE_REFUSED}:
                raise refuse(response)
            yield response


def refuse(response: requests.Response, advice: str | None = None) -> Exception:
    """Make the error for an answer that is no file.

    Args:
        response: The answer.
        advice: What to do, where that is known better than from the status.
    """
    status = response.status_code
    what = f"HTTP {status} {response.reason or ''}".rstrip() + f" from {name_server(response.url)}"
    if status in _PASSING_STATUS:
        return PassingFaultError(what, read_retry_after(response.headers.get("Retry-After")))
    return DownloadError(_RULE, received=what, remedy=advice or _ADVICE.get(status, _LATER))


@contextmanager
def network_faults(url: str) -> Iterator[None]:
    """Turn what the network does into what passes and what has to be told.

    Args:
        url: What is asked for.

    Raises:
        PassingFaultError: If trying again may help.
        DownloadError: If it cannot.
    """
    server = name_server(url)
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DownloadError(
            "A server must prove who it is.",
            received=f"{server}, whose certificate is not trusted ({error})",
            remedy="Behind a proxy that opens connections, name its certificate in "
            "REQUESTS_CA_BUNDLE.",
        ) from error
    except (
        requests.exceptions.ConnectionError,
        requests.exceptions.Timeout,
        requests.exceptions.ChunkedEncodingError,
        urllib3.exceptions.HTTPError,
    ) as error:
        raise PassingFaultError(_describe(error, server)) from error
    except requests.exceptions.RequestException as error:
        raise DownloadError(
            _RULE, received=f"{server}: {error}", remedy="Correct the address."
        ) from error


def _describe(error: Exception, server: str) -> str:
    causes = _collect_causes(error)
    if any(isinstance(cause, urllib3.exceptions.NameResolutionError) for cause in causes):
        return f"no network, or no server of the name {server}"
    if any(isinstance(cause, urllib3.exceptions.NewConnectionError) for cause in causes):
        return f"no network, or {server} takes no connection"
    timeouts = (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError)
    if any(isinstance(cause, timeouts) for cause in causes):
        return f"{server} went silent"
    return f"the connection to {server} was cut"


def _collect_causes(error: Any) -> list[object]:
    """An error, what caused it, and what the network libraries wrapped into it."""
    found: list[object] = []
    queue = [error]
    while queue:
        cause = queue.pop()
        if cause is None or any(cause is known for known in found):
            continue
        found.append(cause)
        if isinstance(cause, Exception):
            wrapped = [part for part in cause.args if isinstance(part, Exception)]
            queue += [cause.__cause__, getattr(cause, "reason", None), *wrapped]
    return found


def _explain_fault(fault: PassingFaultError, by_hand: str) -> DownloadError:
    return DownloadError(
        "A download needs a network and a server that answers.",
        received=str(fault),
        remedy=f"{_LATER} {by_hand}",
    )


@contextmanager
def telling_the_way_by_hand(by_hand: str) -> Iterator[None]:
    """Turn faults that did not pass into errors, and add to each how to do without this program.

    Args:
        by_hand: What to do.

    Raises:
        DownloadError: For every fault of a server or the network.
    """
    try:
        yield
    except PassingFaultError as fault:
        raise _explain_fault(fault, by_hand) from fault
    except DownloadError as error:
        if by_hand in error.remedy:
            raise
        remedy = f"{error.remedy} {by_hand}"
        raise DownloadError(error.rule, received=error.received, remedy=remedy) from error


def name_server(url: str) -> str:
    """The server in a URL, without what may be a secret in the rest."""
    return urlsplit(url).netloc.rpartition("@")[2] or url
