"""The server of one folder on 127.0.0.1: it answers this machine's browser, and asks nobody for anything."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast

from gisplan.core.errors import ConfigurationError, GisplanError, Problem, fault
from gisplan.core.words import Language, Text
from gisplan.plan.serving.answers import HTML, Answer, Answers, Body, as_json
from gisplan.plan.serving.desk import Desk, told_whole
from gisplan.plan.serving.guard import HOST, Asking, Keys, cookie_name, new_keys, read_target, refused
from gisplan.plan.serving.page import page_of, policy_of

USUAL_PORT = 8765
SILENT_SECONDS = 60.0
"""How long a browser may say nothing in the middle of a request."""

ALWAYS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Fields of every answer: nothing is kept, taken by another page, told to another server or guessed at."""

CLOSED = Text(
    ja="gisplan serve が表示したアドレスから開いてください。",
    en="Open the address that `gisplan serve` shows.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """What a server answers with."""

    answers: Answers
    keys: Keys
    port: int
    page: str


class _Server(ThreadingHTTPServer):
    site: _Site
    daemon_threads = True
    # On Windows this would let another program take over a port that is in use.
    allow_reuse_address = os.name != "nt"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that hung up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A folder that is being served: its desk, and the address that opens its page."""

    desk: Desk
    address: str
    port: int
    keys: Keys


@contextmanager
def serving(
    desk: Desk,
    *,
    port: int | None = None,
    steps: Mapping[str, Text],
    language: Language = "ja",
    today: Callable[[], date],
) -> Iterator[Served]:
    """Serve a folder while the block lasts, in threads of this process.

    Parameters
    ----------
    desk
        The folder and its plan.
    port
        The port of 127.0.0.1; None takes the usual one, or any that is free, and 0 any.
    steps
        What the steps of a run are called.
    language
        The language in which the page opens.
    today
        Tells the day in Japan, on which a new plan applies the law.

    Raises
    ------
    ConfigurationError
        If the port cannot be used.
    """
    server = _bound(port)
    keys, number = new_keys(), int(server.server_address[1])
    answers = Answers(desk, steps=steps, today=today)
    page = page_of(desk.catalogue(), hand=keys.hand, language=language)
    server.site = _Site(answers=answers, keys=keys, port=number, page=page)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="gisplan-serve", daemon=True)
    thread.start()
    try:
        desk.start()
        yield Served(desk=desk, address=f"http://{HOST}:{number}/?key={keys.door}", port=number, keys=keys)
    finally:
        server.shutdown()
        server.server_close()
        desk.end()


def _bound(port: int | None) -> _Server:
    tried = (USUAL_PORT, 0) if port is None else (port,)
    for number in tried:
        try:
            return _Server((HOST, number), _Handler)
        except (OSError, OverflowError) as error:
            if number == tried[-1]:
                detail = getattr(error, "strerror", None) or type(error).__name__
                values = {"port": number, "detail": detail}
                raise ConfigurationError(Problem(code="serve.port", place="--port", values=values)) from None
    raise AssertionError


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    timeout = SILENT_SECONDS
    server_version, sys_version = "gisplan", ""
    server: _Server

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_arguments: Any) -> None:
        """Write no log: addresses hold names of files."""

    def _answer(self) -> None:
        fields: dict[str, list[str]] = {}
        for name, value in self.headers.items():
            fields.setdefault(name.lower(), []).append(value)
        asking = read_target(self.command, self.path, fields)
        status = (
            HTTPStatus.BAD_REQUEST
            if asking is None
            else refused(asking, self.server.site.keys, port=self.server.site.port)
        )
        if asking is None or status is not None:
            self.close_connection = True  # what it may carry is not read
            self._send(_closed(status or HTTPStatus.BAD_REQUEST))
            return
        self._send(self._found(asking))

    def _found(self, asking: Asking) -> Answer:
        try:
            if asking.method == "POST":
                return self._done(asking) or _closed(HTTPStatus.NOT_FOUND)
            if asking.path == "/":
                return _page(self.server.site)
            return self.server.site.answers.read(asking) or _closed(HTTPStatus.NOT_FOUND)
        except GisplanError as error:
            return as_json({"problems": told_whole(error.problems)}, HTTPStatus.UNPROCESSABLE_ENTITY)
        except Exception as error:  # noqa: BLE001 (the server outlives a fault of its own, and tells of it)
            return as_json({"problems": told_whole([fault(error)])}, HTTPStatus.INTERNAL_SERVER_ERROR)

    def _done(self, asking: Asking) -> Answer | None:
        told = asking.one("content-length") or ""
        if not (told.isascii() and told.isdigit()) or asking.one("transfer-encoding") is not None:
            self.close_connection = True
            return _closed(HTTPStatus.LENGTH_REQUIRED)
        body = Body(cast("Any", self.rfile), int(told))
        try:
            return self.server.site.answers.do(asking, body)
        finally:
            # What is left unread would be taken for the next request.
            self.close_connection = self.close_connection or not body.drained()

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        named = {"Content-Type": answer.media, "Content-Length": str(len(answer.body)), **ALWAYS}
        if self.close_connection:
            named["Connection"] = "close"
        for name, value in {**named, **answer.fields}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)


def _page(site: _Site) -> Answer:
    cookie = f"{cookie_name(site.port)}={site.keys.door}; Path=/; HttpOnly; SameSite=Strict"
    fields = {
        "Content-Security-Policy": policy_of(site.page),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Set-Cookie": cookie,
        "X-Frame-Options": "DENY",
    }
    return Answer(media=HTML, body=site.page.encode(), fields=fields)


def _closed(status: HTTPStatus) -> Answer:
    """Return an answer that tells nothing of the folder."""
    body = f"{status.value}\n{CLOSED.ja}\n{CLOSED.en}\n".encode()
    fields = {"Content-Security-Policy": "default-src 'none'"}
    return Answer(status=status, media="text/plain; charset=utf-8", body=body, fields=fields)
