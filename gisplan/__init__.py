"""gisplan: a planning toolkit for specified residence promotion areas (特定居住促進区域) in Japan.

The words a program uses; heavy libraries are loaded when a word is first used.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gisplan.core.version import __version__

if TYPE_CHECKING:
    from gisplan.access import isochrones, measure
    from gisplan.core.words import Style
    from gisplan.law.check import check
    from gisplan.law.explain import explain
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.layers.load import examine
    from gisplan.maps.canvas.layer import CanvasLayer
    from gisplan.maps.canvas.offline import OfflineMap
    from gisplan.network import connect, read_network
    from gisplan.plan.atlas import load
    from gisplan.plan.compare import CompareRequest, compare
    from gisplan.plan.draw import draw
    from gisplan.plan.fetch import FetchRequest, fetch
    from gisplan.plan.init import copy_demo
    from gisplan.plan.read import read_plan
    from gisplan.plan.run import Request, run
    from gisplan.siting import simulate, site
    from gisplan.siting.districts import propose, suitability

__all__ = [
    "CanvasLayer",
    "CompareRequest",
    "FetchRequest",
    "OfflineMap",
    "Request",
    "Style",
    "__version__",
    "check",
    "compare",
    "connect",
    "copy_demo",
    "draw",
    "examine",
    "explain",
    "fetch",
    "isochrones",
    "load",
    "measure",
    "propose",
    "read_catalogue",
    "read_network",
    "read_plan",
    "run",
    "simulate",
    "site",
    "suitability",
]

_HOMES: Mapping[str, str] = {
    "CanvasLayer": "gisplan.maps.canvas.layer",
    "CompareRequest": "gisplan.plan.compare",
    "FetchRequest": "gisplan.plan.fetch",
    "OfflineMap": "gisplan.maps.canvas.offline",
    "Request": "gisplan.plan.run",
    "Style": "gisplan.core.words",
    "check": "gisplan.law.check",
    "compare": "gisplan.plan.compare",
    "connect": "gisplan.network",
    "copy_demo": "gisplan.plan.init",
    "draw": "gisplan.plan.draw",
    "examine": "gisplan.layers.load",
    "explain": "gisplan.law.explain",
    "fetch": "gisplan.plan.fetch",
    "isochrones": "gisplan.access",
    "load": "gisplan.plan.atlas",
    "measure": "gisplan.access",
    "propose": "gisplan.siting.districts",
    "read_catalogue": "gisplan.layers.catalogue",
    "read_network": "gisplan.network",
    "read_plan": "gisplan.plan.read",
    "run": "gisplan.plan.run",
    "simulate": "gisplan.siting",
    "site": "gisplan.siting",
    "suitability": "gisplan.siting.districts",
}


def __getattr__(name: str) -> Any:
    """Load a public word from its room."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'gisplan' has no attribute {name!r}")
