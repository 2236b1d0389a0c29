"""Getting bytes from the network: https only, known hosts only, bounded in time and size, resumed where it broke off.

A proxy of the office is used where `HTTPS_PROXY` names it. Nothing here knows what a file means.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from gisplan.core.disk import disk_error, free_bytes, no_space
from gisplan.core.errors import NetworkError, Problem
from gisplan.sources.hosts import Network, allowed

CHUNK = 1 << 16
HOPS = 5
CONNECT_S = 15.0
LARGEST_ANSWER = 64 * 1024**2
"""Bytes of an answer that is held in memory."""

OK, PARTIAL, NOT_FOUND, BAD_RANGE, TOO_MANY = 200, 206, 404, 416, 429
REDIRECTS = frozenset({301, 302, 303, 307, 308})
BUSY = frozenset({TOO_MANY, 502, 503, 504})
BARRED = frozenset({401, 403})
LONGEST_PAUSE_S = 60.0
TELL_EVERY_S = 0.2
AGENT = "gisplan (planning toolkit of a municipality)"

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A small answer held in memory."""

    status: int
    body: bytes


def silent(_step: str) -> None:
    """Say nothing of the progress."""


def get(
    url: str, network: Network, *, headers: Mapping[str, str] | None = None, missing_ok: bool = False
) -> Answer:
    """Return a small answer: a page, a list, a tile.

    Parameters
    ----------
    url
        The address.
    network
        The hosts that may be asked, and how patiently.
    headers
        More headers, such as a key; they do not go along to another host.
    missing_ok
        Whether "there is no such thing" is an answer.

    Raises
    ------
    NetworkError
        If no answer could be got.
    """
    deadline = time.monotonic() + network.limits.total_s
    small = min(LARGEST_ANSWER, network.limits.largest)
    network = replace(network, limits=replace(network.limits, largest=small))

    def once() -> Answer:
        with _opened(url, network, headers or {}, deadline) as response:
            status = response.status_code
            if status == NOT_FOUND and missing_ok:
                return Answer(status=status, body=b"")
            _refuse_status(response, url)
            body = b"".join(_chunks(response, url, network, deadline, start=0))
            _whole(response, url, len(body))
            return Answer(status=status, body=body)

    return _patiently(once, network, deadline)


def download(
    url: str, path: Path, network: Network, *, headers: Mapping[str, str] | None = None, tell: Tell = silent
) -> None:
    """Write what an address holds to a file; what an earlier try left there is gone on with.

    Parameters
    ----------
    url
        The address.
    path
        The file; beside it, with the ending `.json`, stands what the server said of its version.
    network
        The hosts that may be asked, and how patiently.
    headers
        More headers.
    tell
        Called with how much has come.

    Raises
    ------
    NetworkError
        If it could not be got whole; the part that came stays for the next try.
    DiskError
        If there is no room for it.
    """
    deadline = time.monotonic() + network.limits.total_s
    _patiently(lambda: _go_on(url, path, network, dict(headers or {}), deadline, tell), network, deadline)
    _note(path).unlink(missing_ok=True)


def _go_on(
    url: str, path: Path, network: Network, headers: dict[str, str], deadline: float, tell: Tell
) -> None:
    held, version = _left_by_earlier(url, path)
    if held:
        headers |= {"Range": f"bytes={held}-", "If-Range": version}
    with _opened(url, network, headers, deadline) as response:
        if response.status_code == BAD_RANGE:
            path.unlink(missing_ok=True)
            _note(path).unlink(missing_ok=True)
            raise _PassingError(Problem(code="net.truncated", place=url, values={"got": held, "wanted": "—"}))
        _refuse_status(response, url)
        if _is_page(response):
            raise NetworkError(Problem(code="net.html_body", place=url))
        start = held if response.status_code == PARTIAL and _starts_at(response, held) else 0
        if response.status_code == PARTIAL and not start:
            path.unlink(missing_ok=True)
            raise _PassingError(Problem(code="net.truncated", place=url, values={"got": 0, "wanted": held}))
        _room_for(path, _length(response), url, network)
        _remember(path, url, response)
        got = start
        shown = 0.0
        try:
            with path.open("r+b" if start else "wb") as stream:
                stream.seek(start)
                for chunk in _chunks(response, url, network, deadline, start=start):
                    stream.write(chunk)
                    got += len(chunk)
                    if time.monotonic() - shown > TELL_EVERY_S:
                        shown = time.monotonic()
                        tell(_amount(got, start, response))
                stream.truncate()
        except OSError as error:
            raise disk_error(error, place=path.parent.name, folder=path.parent) from None
        _whole(response, url, got - start)


def _amount(got: int, start: int, response: Any) -> str:
    whole = _length(response)
    return f"{got / 1e6:.1f} MB" + (f" / {(start + whole) / 1e6:.1f} MB" if whole is not None else "")


def _patiently(once: Callable[[], T], network: Network, deadline: float) -> T:
    """Return what a try gives; one that failed for a while is made again, after pauses that grow."""
    for number in range(1, network.limits.tries + 1):
        try:
            return once()
        except _PassingError as again:
            pause = min(again.after or network.limits.pause_s * 2 ** (number - 1), LONGEST_PAUSE_S)
            if number == network.limits.tries or time.monotonic() + pause > deadline:
                raise NetworkError(again.problems) from None
            network.pause(pause)
    raise AssertionError  # the last try either returns or raises


class _PassingError(NetworkError):
    """A failure that may pass; `after` is how long the server asks to wait [s]."""

    def __init__(self, problem: Problem, *, after: float = 0.0) -> None:
        super().__init__(problem)
        self.after = after


@contextmanager
def _opened(url: str, network: Network, headers: Mapping[str, str], deadline: float) -> Iterator[Any]:
    """Yield the answer to a request, redirects followed to known hosts only."""
    import requests

    session = requests.Session()
    session.trust_env = not network.stand_ins
    session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})
    asked, more = url, dict(headers)
    allowed(asked, network)
    try:
        for _ in range(HOPS):
            response = _asked(session, network.place_of(asked), more, network, deadline, url)
            if response.status_code not in REDIRECTS:
                with response:
                    yield response
                return
            target = urljoin(asked, response.headers.get("Location", ""))
            response.close()
            allowed(target, network, origin=asked)
            if urlsplit(target).hostname != urlsplit(asked).hostname:
                more = {name: value for name, value in more.items() if name in {"Range", "If-Range"}}
            asked = target
        raise NetworkError(Problem(code="net.status", place=url, values={"status": "30x"}))
    finally:
        session.close()


def _asked(
    session: Any, place: str, headers: Mapping[str, str], network: Network, deadline: float, url: str
) -> Any:
    """Return the head of an answer; it is waited for in a thread, for a server may send it byte by byte."""
    import requests

    left = max(0.01, deadline - time.monotonic())
    silence = min(network.limits.silent_s, left)
    options = {"allow_redirects": False, "stream": True, "timeout": (min(CONNECT_S, silence), silence)}
    try:
        return within(
            min(2 * silence, left), lambda: session.get(place, headers=headers, **options), place=url
        )
    except requests.exceptions.SSLError:
        raise NetworkError(Problem(code="net.certificate", place=url)) from None
    except requests.exceptions.ReadTimeout:
        raise _PassingError(Problem(code="net.timeout", place=url, values={"seconds": silence})) from None
    except (requests.ConnectionError, requests.Timeout) as error:
        # A connection that was made and broke is tried again; one that never was, is not.
        if "RemoteDisconnected" in str(error) or "ConnectionReset" in str(error):
            values = {"got": 0, "wanted": "—"}
            raise _PassingError(Problem(code="net.truncated", place=url, values=values)) from None
        raise NetworkError(Problem(code="net.closed", place=url)) from None
    except requests.RequestException as error:
        values = {"status": type(error).__name__}
        raise NetworkError(Problem(code="net.status", place=url, values=values)) from None


def within(seconds: float, work: Callable[[], T], *, place: str) -> T:
    """Return what some work gives, or give it up: a thread that nobody waits for goes on alone.

    Parameters
    ----------
    seconds
        How long it may take.
    work
        The work.
    place
        What it asks, for messages.

    Raises
    ------
    NetworkError
        If it takes longer.
    """
    done: list[T] = []
    failed: list[Exception] = []

    def run() -> None:
        try:
            done.append(work())
        except Exception as error:  # noqa: BLE001 (it is raised again where it is waited for)
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise NetworkError(Problem(code="net.timeout", place=place, values={"seconds": seconds}))
    return done[0]


def _refuse_status(response: Any, url: str) -> None:
    status = response.status_code
    if status in {OK, PARTIAL}:
        return
    if status == NOT_FOUND:
        raise NetworkError(Problem(code="net.no_file", place=url))
    if status in BARRED:
        raise NetworkError(Problem(code="net.barred", place=url, values={"status": status}))
    problem = Problem(code="net.status", place=url, values={"status": status})
    if status in BUSY:
        after = response.headers.get("Retry-After", "")
        busy = Problem(code="net.busy", place=url) if status == TOO_MANY else problem
        raise _PassingError(busy, after=float(after) if after.isdigit() else 0.0)
    raise NetworkError(problem)


def _chunks(response: Any, url: str, network: Network, deadline: float, *, start: int) -> Iterator[bytes]:
    """Yield what comes as it comes; a server that is too slow, or sends too much, is cut off."""
    from urllib3.exceptions import HTTPError

    limits, began, got = network.limits, time.monotonic(), 0
    while True:
        try:
            chunk = response.raw.read1(CHUNK, decode_content=False)
        except (HTTPError, OSError):
            values = {"got": start + got, "wanted": response.headers.get("Content-Length", "—")}
            raise _PassingError(Problem(code="net.truncated", place=url, values=values)) from None
        if not chunk:
            return
        got += len(chunk)
        now = time.monotonic()
        crawls = now - began > limits.patience_s and got / (now - began) < limits.slowest
        if now > deadline or crawls:
            raise NetworkError(Problem(code="net.timeout", place=url, values={"seconds": now - began}))
        if start + got > limits.largest:
            raise NetworkError(Problem(code="net.too_large", place=url, values={"size": limits.largest}))
        yield chunk


def _whole(response: Any, url: str, got: int) -> None:
    wanted = _length(response)
    if wanted is not None and got != wanted:
        raise _PassingError(Problem(code="net.truncated", place=url, values={"got": got, "wanted": wanted}))


def _length(response: Any) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _is_page(response: Any) -> bool:
    return str(response.headers.get("Content-Type", "")).lower().startswith("text/html")


def _starts_at(response: Any, held: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {held}-")


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _remember(path: Path, url: str, response: Any) -> None:
    """Write beside a part which version of the file it is of, where the server says so."""
    headers = response.headers
    strong = headers.get("ETag", "") if not str(headers.get("ETag", "")).startswith("W/") else ""
    said = {"url": url, "version": strong or headers.get("Last-Modified", "")}
    _note(path).write_text(json.dumps(said), "utf-8")


def _left_by_earlier(url: str, path: Path) -> tuple[int, str]:
    """Return how many bytes an earlier try left that may be gone on with, and of which version they are."""
    try:
        said = json.loads(_note(path).read_text("utf-8"))
        held = path.stat().st_size
    except (OSError, ValueError):
        return 0, ""
    if not isinstance(said, dict) or said.get("url") != url or not said.get("version"):
        return 0, ""
    return held, str(said["version"])


def _room_for(path: Path, wanted: int | None, url: str, network: Network) -> None:
    if wanted is not None and wanted > network.limits.largest:
        raise NetworkError(Problem(code="net.too_large", place=url, values={"size": network.limits.largest}))
    free = free_bytes(path.parent)
    if wanted is not None and wanted > free:
        raise no_space(path.parent.name, needed=wanted, free=free)
