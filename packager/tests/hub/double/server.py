"""The double's two servers: the Hub itself, and the storage that it sends clients to for large files."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .faults import Fault
from .store import Refused, Repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

WRITER, READER = "hf_writer", "hf_reader"  # tokens: one may write everywhere below `org`, one may only read
PAGE = 20  # entries of a listing; the Hub's pages are longer, but only a listing of several shows that all are read


@dataclass(frozen=True)
class Request:
    """What a client asks; ``path`` is as sent, with its escapes."""

    host: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: bytes

    @property
    def token(self) -> str | None:
        words = self.headers.get("Authorization", "").split()
        return words[1] if len(words) == 2 and words[0] == "Bearer" else None

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What is answered: a JSON value, or bytes as they are."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] | None = None
    data: bytes | None = None

    def content(self) -> bytes:
        if self.data is not None:
            return self.data
        return b"" if self.value is None else json.dumps(self.value).encode()


@dataclass(frozen=True)
class Logged:
    """One request as it was written down; ``route`` is None where the double doesn't know it."""

    route: str | None
    method: str
    path: str
    status: int
    size: int
    range: str | None
    by: str


class Double:
    """The Hub on loopback, while the ``with`` block lasts.

    Attributes:
        url: the endpoint, for ``HF_ENDPOINT``.
        repositories: what it holds, by id.
        log: the requests so far.
        faults: what is to fail.
        visibility: what a new dataset is if nothing else is asked for; organisations can choose it.
    """

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.log: list[Logged] = []
        self.faults: list[Fault] = []
        self.visibility = "public"
        self.lock = threading.RLock()
        self._servers = [_Server(self, "hub"), _Server(self, "storage")]
        self.url, self.storage = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)

    def __enter__(self) -> Double:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def fail(self, route: str, status: int | None, **how: Any) -> None:
        """Order a fault."""
        self.faults.append(Fault(route, status, **how))

    def forget(self) -> None:
        """Forget the requests and faults so far."""
        self.log.clear()
        self.faults.clear()

    @property
    def unknown(self) -> list[str]:
        """Requests that it doesn't know."""
        return [f"{one.method} {one.path} ({one.by})" for one in self.log if one.route is None]

    def routes(self) -> list[str]:
        """Return the routes that were taken, in order."""
        return [str(one.route) for one in self.log]

    def environment(self, home: str, token: str | None = WRITER) -> dict[str, str]:
        """Return the variables that lead the clients of a process here, with caches of their own in ``home``."""
        offline = {"HF_HUB_OFFLINE": "0", "HF_DATASETS_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1"}
        token = token or ""
        return {"HF_ENDPOINT": self.url, "HF_HOME": home, "HF_TOKEN": token} | offline


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: Double, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.double, self.host = double, host

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that clients or faults cut."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: Any) -> None:
        """Write nothing: the log is the double's."""

    def _request(self) -> Request:
        target = urlsplit(self.path)
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        return Request(self.server.host, self.command, target.path, query, self.headers, self._body())

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def _serve(self) -> None:
        from .routes import find

        request, double = self._request(), self.server.double
        route, arguments = find(request)
        with double.lock:
            fault = next((one for one in double.faults if route and one.strikes(route.name)), None)
            answer = _answered(double, request, route, arguments) if fault is None or fault.done else None
            if fault:
                answer = _failed(fault)
            by = request.headers.get("User-Agent", "").split(";")[0]
            status, asked = answer.status if answer else 0, request.headers.get("Range")
            name, size = route.name if route else None, len(request.body)
            double.log.append(Logged(name, request.method, unquote(request.path), status, size, asked, by))
        self._answer(answer)

    def _answer(self, answer: Answer | None) -> None:
        if answer is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(2)
            return
        data = answer.content()
        headers = {"Content-Length": str(len(data)), "X-Request-Id": "double"} | dict(answer.headers or {})
        if answer.value is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        self.send_response(answer.status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - as http.server asks


def _answered(double: Double, request: Request, route: Any, arguments: dict[str, str]) -> Answer:
    if route is None:
        return Answer({"error": "the double doesn't know this request"}, 501)
    try:
        answer: Answer = route.answer(double, request, **arguments)
    except Refused as refused:
        answer = refusal(refused.status, refused.message, refused.code, refused.headers)
    return answer


def _failed(fault: Fault) -> Answer | None:
    """Return a fault's answer; None where the connection is cut."""
    return None if fault.status is None else refusal(fault.status, fault.message, headers=fault.headers)


def refusal(status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error as the Hub answers it: message and code in headers, and the message in the body."""
    told = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {}) | dict(headers or {})
    return Answer({"error": message}, status, told)
