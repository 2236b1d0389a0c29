"""Floor 3, roads: a graph, points on it, shortest times, and the links between interchanges and hubs."""

from gisplan.network.build import Built, build
from gisplan.network.connected import Connected, Ways, connect, ways_of
from gisplan.network.snap import Snaps, attach, snap
from gisplan.network.speeds import Speeds, plan_speeds, speeds

__all__ = [
    "Built",
    "Connected",
    "Snaps",
    "Speeds",
    "Ways",
    "attach",
    "build",
    "connect",
    "plan_speeds",
    "snap",
    "speeds",
    "ways_of",
]
