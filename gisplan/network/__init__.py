"""Floor 3, roads: a graph, points on it, shortest times, and the links between interchanges and hubs."""

from gisplan.network.build import Built, build
from gisplan.network.connected import Connected, Ways, connect, ways_of
from gisplan.network.exchange import from_osmnx, to_osmnx
from gisplan.network.snap import Snaps, attach, snap
from gisplan.network.speeds import Speeds, plan_speeds, speeds
from gisplan.network.street_arrays import Streets
from gisplan.network.streets import read_network
from gisplan.network.topology import topology

__all__ = [
    "Built",
    "Connected",
    "Snaps",
    "Speeds",
    "Streets",
    "Ways",
    "attach",
    "build",
    "connect",
    "from_osmnx",
    "plan_speeds",
    "read_network",
    "snap",
    "speeds",
    "to_osmnx",
    "topology",
    "ways_of",
]
