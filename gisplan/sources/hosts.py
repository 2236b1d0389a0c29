"""Which hosts may be asked, and how patiently: https only, by name, no machine of the office itself."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gisplan.core.errors import NetworkError, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long [s] and how large [bytes] a download may become, and how often it is tried.

    A server that sends fewer than `slowest` bytes a second on average is given up after `patience_s`.
    """

    total_s: float = 7_200.0
    silent_s: float = 60.0
    patience_s: float = 120.0
    slowest: float = 500.0
    largest: int = 4 * 1024**3
    tries: int = 4
    pause_s: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The hosts that may be asked, and how patiently.

    `stand_ins` maps the beginning of an address to that of another, which is asked in its place: a test puts a
    server of its own there. It is handed over by a caller and read from nowhere.
    """

    hosts: frozenset[str]
    limits: Limits = field(default_factory=Limits)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    pause: Callable[[float], None] = time.sleep

    def place_of(self, url: str) -> str:
        """Return the address that is really asked."""
        found = next((start for start in self.stand_ins if url.startswith(start)), None)
        return url if found is None else self.stand_ins[found] + url.removeprefix(found)


def allowed(url: str, network: Network, *, origin: str = "") -> None:
    """Refuse an address that is not https, not of a known host, or of a machine by its number.

    That a known name leads to a stranger's machine is not tested here: its certificate would not be of that name.

    Parameters
    ----------
    url
        The address.
    network
        The hosts that may be asked.
    origin
        The address that led there, where it was a redirect.

    Raises
    ------
    NetworkError
        If it may not be asked.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if parts.scheme == "https" and host in network.hosts and not _numbered(host):
        return
    values = {"target": f"{parts.scheme}://{host}", "known": sorted(network.hosts)}
    raise NetworkError(
        Problem(code="sec.redirect" if origin else "sec.host", place=origin or url, values=values)
    )


def _numbered(host: str) -> bool:
    """Return whether a host is a bare number or this machine, which no provider is known by."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local")) or host.isdigit()
    return True
