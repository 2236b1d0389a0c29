"""A network of OpenStreetMap through osmnx, for those who go on working with it there."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gisplan.core.errors import NetworkError, Problem
from gisplan.sources.transport import within

ONE_QUERY_M2 = 1e12
"""An area beyond that of any municipality: osmnx then asks once, so that one answer in its cache is all of them."""


def fetch_network(polygon: Any, path: Path, *, url: str, seconds: float) -> None:
    """Write the driving network of an area in degrees as GraphML.

    Parameters
    ----------
    polygon
        The area.
    path
        The file to write.
    url
        The interface of Overpass.
    seconds
        How long it may take; osmnx itself waits for a busy server without end.

    Raises
    ------
    NetworkError
        If the network cannot be got whole.
    """
    import osmnx
    import requests
    from osmnx import _errors as errors

    def ask() -> None:
        graph = osmnx.graph_from_polygon(polygon, network_type="drive", simplify=True, retain_all=True)
        osmnx.save_graphml(graph, path)

    with tempfile.TemporaryDirectory(prefix="gisplan-") as cache, _settings(osmnx, url, cache):
        try:
            within(seconds, ask, place=url)
        except requests.RequestException:
            raise NetworkError(Problem(code="net.closed", place=url)) from None
        except (errors.ResponseStatusCodeError, errors.InsufficientResponseError, ValueError) as error:
            values = {"detail": type(error).__name__}
            raise NetworkError(Problem(code="net.body", place=url, values=values)) from None
        # osmnx only notes in its log that an answer was cut short, and does not keep it.
        if not any(Path(cache).rglob("*.json")):
            raise NetworkError(Problem(code="net.remark", place=url, values={"remark": "osmnx"}))


@contextmanager
def _settings(osmnx: Any, url: str, cache: str) -> Iterator[None]:
    """Set how osmnx asks for as long as the block lasts; it also puts a resolver of its own into `socket`."""
    wanted = {
        "overpass_url": url, "overpass_rate_limit": False, "use_cache": True, "cache_folder": cache,
        "cache_only_mode": False, "max_query_area_size": ONE_QUERY_M2, "log_console": False, "log_file": False,
        "requests_kwargs": {"allow_redirects": False},
    }  # fmt: skip
    before = {name: getattr(osmnx.settings, name) for name in wanted}
    resolver = socket.getaddrinfo
    for name, value in wanted.items():
        setattr(osmnx.settings, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(osmnx.settings, name, value)
        socket.getaddrinfo = resolver
