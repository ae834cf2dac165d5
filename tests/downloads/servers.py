"""An HTTP server on 127.0.0.1 that serves files with ranges, and fails as it is told to."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_RANGE = re.compile(r"bytes=(\d+)-")
_LONGEST_STALL_S = 20.0
KAGGLE_PATH = "/api/v1/datasets.DatasetApiService/DownloadDataset"


@dataclass(frozen=True)
class Fault:
    """How one answer goes wrong; offsets count from the beginning of the file.

    Attributes:
        status: Answer with this instead of the file.
        headers: Sent with it.
        body: Sent with it.
        cut_at: Close the connection before this byte.
        stall_at: Go silent before this byte.
        drip_bytes: Send so many bytes at a time, with ``drip_s`` between.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut_at: int | None = None
    stall_at: int | None = None
    drip_bytes: int | None = None
    drip_s: float = 0.0


@dataclass
class ServedFile:
    """A file that the server hands over.

    Attributes:
        content: What is in it.
        etag: With quotes; None sends none.
        last_modified: None sends none.
        ranges: Whether parts can be asked for.
        says_length: Whether the whole is sent with its length.
        honours_if_range: Whether ``If-Range`` is looked at.
        silent: Not even headers are sent.
    """

    content: bytes
    etag: str | None = '"first"'
    last_modified: str | None = None
    ranges: bool = True
    says_length: bool = True
    honours_if_range: bool = True
    silent: bool = False


@dataclass(frozen=True)
class Request:
    """A request that came in."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What a route answers."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class FileServer:
    """What is served, what goes wrong next, and what was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, ServedFile] = {}
        self.routes: dict[str, Callable[[Request], Answer]] = {}
        self.faults: defaultdict[str, list[Fault | None]] = defaultdict(list)
        self.always: dict[str, Fault] = {}
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self.url = ""

    def serve(self, path: str, content: bytes, **options: Any) -> str:
        """Serve a file; returns its URL."""
        self.files[path] = ServedFile(content, **options)
        return f"{self.url}{path}"

    def fail(self, path: str, *faults: Fault | None) -> None:
        """Let the next requests of a path fail, one after the other; None lets one pass."""
        self.faults[path].extend(faults)

    def fail_always(self, path: str, fault: Fault) -> None:
        """Let every request of a path fail."""
        self.always[path] = fault

    def asked(self, path: str) -> list[Request]:
        """The requests of a path so far."""
        return [request for request in self.requests if request.path == path]

    def ranges(self, path: str) -> list[str | None]:
        """Which range each request of a path asked for."""
        return [request.headers.get("range") for request in self.asked(path)]

    def serve_mendeley(self, address: str, entries: list[dict[str, Any]]) -> None:
        """Serve the list of files of ``<data set>/<version>`` as Mendeley Data does."""
        data_set = address.partition("/")[0]
        body = json.dumps(entries).encode()
        headers = {"Content-Type": "application/json"}
        self.routes[f"/public-api/datasets/{data_set}/files"] = lambda _: Answer(200, headers, body)

    def serve_kaggle(self, location: str, *, authorization: str | None = None) -> None:
        """Send those who ask Kaggle's API on to where the archive is stored.

        Args:
            location: URL of the archive.
            authorization: The header that opens the door; None lets everybody in.
        """

        def answer(request: Request) -> Answer:
            given = request.headers.get("authorization")
            if authorization is not None and given != authorization:
                status = 401 if given else 403
                headers = {"Content-Type": "application/json"}
                body = json.dumps({"code": status, "message": "Permission denied"}).encode()
                return Answer(status, headers, body)
            return Answer(302, {"Location": location})

        self.routes[KAGGLE_PATH] = answer


@contextmanager
def run_server() -> Iterator[FileServer]:
    """Run a server on a free port of 127.0.0.1."""
    served = FileServer()
    server = _Server(served)
    served.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        served.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    def __init__(self, served: FileServer) -> None:
        self.served = served
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    @property
    def served(self) -> FileServer:
        assert isinstance(self.server, _Server)
        return self.server.served

    def do_GET(self) -> None:
        self._take_request()

    def do_POST(self) -> None:
        self._take_request()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _take_request(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        request = Request(self.command, parts.path, parts.query, headers, body)
        self.served.requests.append(request)
        queue = self.served.faults[parts.path]
        fault = queue.pop(0) if queue else self.served.always.get(parts.path)
        with suppress(BrokenPipeError, ConnectionResetError):
            self._answer(request, fault)

    def _answer(self, request: Request, fault: Fault | None) -> None:
        if fault is not None and fault.status is not None:
            self._send(Answer(fault.status, fault.headers, fault.body))
        elif request.path in self.served.routes:
            self._send(self.served.routes[request.path](request))
        elif request.path in self.served.files:
            self._send_file(self.served.files[request.path], request, fault or Fault())
        else:
            self._send(Answer(404, {}, b"nothing here"))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _send_file(self, file: ServedFile, request: Request, fault: Fault) -> None:
        if file.silent:
            self.served.closing.wait(_LONGEST_STALL_S)
            return
        first = _find_first_byte(file, request)
        if first is not None and first >= len(file.content):
            self._send(Answer(416, {"Content-Range": f"bytes */{len(file.content)}"}))
            return
        self.send_response(200 if first is None else 206)
        for name, value in _describe(file, first).items():
            self.send_header(name, value)
        self.end_headers()
        self._send_content(file.content, first or 0, fault)

    def _send_content(self, content: bytes, first: int, fault: Fault) -> None:
        ends = [end for end in (fault.cut_at, fault.stall_at) if end is not None]
        last = max(min([len(content), *ends]), first)
        step = fault.drip_bytes or max(last - first, 1)
        for start in range(first, last, step):
            self.wfile.write(content[start : min(start + step, last)])
            self.wfile.flush()
            if fault.drip_bytes:
                self.served.closing.wait(fault.drip_s)
        if fault.stall_at is not None:
            self.served.closing.wait(_LONGEST_STALL_S)


def _find_first_byte(file: ServedFile, request: Request) -> int | None:
    """Where the asked part begins; None to send the whole file."""
    match = _RANGE.match(request.headers.get("range", ""))
    condition = request.headers.get("if-range")
    marks = (None, file.etag, file.last_modified)
    unchanged = condition in marks or not file.honours_if_range
    return int(match[1]) if match and file.ranges and unchanged else None


def _describe(file: ServedFile, first: int | None) -> dict[str, str]:
    total = len(file.content)
    headers = {"ETag": file.etag, "Last-Modified": file.last_modified}
    if first is not None:
        headers["Content-Range"] = f"bytes {first}-{total - 1}/{total}"
        headers["Content-Length"] = str(total - first)
    elif file.says_length:
        headers["Content-Length"] = str(total)
    return {name: value for name, value in headers.items() if value is not None}
