"""One measured side of `network_pbf.py`, in a process of its own: `network_pbf_tasks.py SIDE FILE CRS ANSWER`."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

TIMES = 5
"""How often gisplan does its work in a process, the median counts: what takes hundredths cannot be measured once."""

Found = Any
Places = dict[int, tuple[float, float]]


def main(side: str, path: Path, crs: int, answer: Path) -> None:
    """Run one side, and write what it found and what it took."""
    written = SIDES[side](path, crs)
    answer.write_text(json.dumps({**written, "peak_mb": _peak()}), "utf-8")


def _timed(work: Callable[[], Found]) -> tuple[Found, tuple[float, float]]:
    cpu, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, (time.process_time() - cpu, time.perf_counter() - wall)


def _peak() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _gisplan(path: Path, crs: int) -> dict[str, Any]:
    """Make the network of the bytes of a file and keep it on disk, with it all in hand, and load it from there.

    The first time of each loads libraries and compiled loops, which are loaded before the clock starts on every side.
    """
    import numpy as np

    from gisplan.network import read_network

    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ("plain", "cold", "whole", "warm")}
    for name in ("plain", "cold"):
        if name == "cold":
            import gisplan.sources.pbf_kernels  # noqa: F401 (small files are read by loops once these are loaded)
        for _ in range(TIMES + 1):
            with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as folder:
                taken[name].append(_timed(partial(_kept, path, crs, Path(folder)))[1])
    for _ in range(TIMES + 1):
        with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as folder:
            work = partial(read_network, path, crs=crs, folder=Path(folder))
            made, took = _timed(work)
            taken["whole"].append(took)
            again, took = _timed(work)
            taken["warm"].append(took)
    network = made.network
    same = all(
        np.array_equal(getattr(network, name), getattr(again.network, name))
        for name in ("x", "y", "tail", "head", "forward", "backward", "road", "geometry")
    )
    found = {
        "ways": len(made.roads),
        "corners": _corners(path),
        "nodes": len(network.x),
        "edges": len(network.tail),
        "metres": float(network.length.sum()),
        "same": same and made.roads.equals(again.roads),
    }
    return {**{name: sorted(rows[1:])[TIMES // 2] for name, rows in taken.items()}, "found": found}


def _kept(path: Path, crs: int, folder: Path) -> None:
    """Make the network of a file and keep it on disk: from the bytes to the file of arrays, synced."""
    from gisplan.network.speeds import speeds
    from gisplan.network.streets import Asked, kept_streets
    from gisplan.sources.raw import Wanted
    from gisplan.sources.read import opened

    with opened(path, name=path.name, wanted=Wanted(kind="line", osm=("highway",))) as found:
        kept_streets(found.file, Asked(crs=crs, speeds=speeds()), folder=folder)


def _corners(path: Path) -> int:
    """Return the number of nodes of OpenStreetMap that lie on streets."""
    import numpy as np

    from gisplan.sources.osm_file import quick_ways
    from gisplan.sources.raw import File, Wanted

    file = File(path=path, name=path.name, driver="osm_pbf", sha256="", size=0)
    ways = quick_ways(file, Wanted(kind="line", osm=("highway",)))
    return 0 if ways is None else int(np.isfinite(ways.lon).sum())


def _pyosmium(path: Path, crs: int) -> dict[str, Any]:
    """Make the same network as a script with pyosmium does, with gisplan's word on who may pass."""
    import osmium  # noqa: F401 (loaded before the clock starts)
    import pyproj  # noqa: F401

    import gisplan.sources.osm_tags  # noqa: F401

    found, took = _timed(lambda: _joined(*_streets(path), crs))
    return {"cold": took, "found": found}


def _streets(path: Path) -> tuple[list[list[int]], Places, int]:
    """Return the nodes of each stretch of street for cars, where they are, and the number of all streets."""
    import osmium

    from gisplan.sources.osm_tags import passage

    streets: Any = osmium.FileProcessor(str(path)).with_locations()
    streets = streets.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    streets = streets.with_filter(osmium.filter.KeyFilter("highway", "route"))
    ways: list[list[int]] = []
    places: Places = {}
    count = 0
    for way in streets:
        tags = dict(way.tags)
        ferry = tags.get("route") == "ferry"
        if ("highway" not in tags and not ferry) or tags.get("area") == "yes":
            continue
        runs: list[list[int]] = [[]]
        for node in way.nodes:
            if not node.location.valid():
                runs.append([])
            elif not runs[-1] or runs[-1][-1] != node.ref:
                runs[-1].append(node.ref)
                places[node.ref] = (node.location.lon, node.location.lat)
        runs = [run for run in runs if len(run) > 1]
        count += bool(runs)
        if not ferry and passage(tags) in {"all", "car"}:
            ways += runs
    return ways, places, count


def _joined(ways: list[list[int]], places: Places, count: int, crs: int) -> dict[str, Any]:
    """Return what there is to tell of the network of some streets."""
    import numpy as np
    import pyproj

    uses = Counter(number for run in ways for number in run)
    project = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    held = np.array(list(places.values())).reshape(-1, 2)
    x, y = project.transform(held[:, 0], held[:, 1])
    where = dict(zip(places, np.column_stack([x, y]), strict=True))
    ends: set[int] = set()
    edges, metres = 0, 0.0
    for run in ways:
        xy = np.array([where[number] for number in run])
        metres += float(np.hypot(*np.diff(xy, axis=0).T).sum())
        cut = [0, *(i for i in range(1, len(run) - 1) if uses[run[i]] > 1), len(run) - 1]
        ends.update(run[i] for i in cut)
        edges += len(cut) - 1
    return {"ways": count, "nodes": len(ends), "edges": edges, "metres": metres}


def _osmnx(path: Path, _crs: int) -> dict[str, Any]:
    """Make the graph of osmnx, simplified, without speeds; its nodes are counted before that."""
    import osmium
    import osmnx

    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as folder:
        streets = Path(folder) / "streets.osm"
        with osmium.BackReferenceWriter(str(streets), str(path), overwrite=True, remove_tags=False) as writer:
            for way in osmium.FileProcessor(str(path), osmium.osm.WAY).with_filter(
                osmium.filter.KeyFilter("highway")
            ):
                writer.add(way)
        try:
            raw, first = _timed(lambda: osmnx.graph_from_xml(streets, simplify=False, retain_all=True))
        except ValueError:
            return {"refused": "takes no file with missing nodes"}
        _, second = _timed(lambda: osmnx.simplify_graph(raw))
    took = (first[0] + second[0], first[1] + second[1])
    return {"cold": took, "found": {"corners": len(raw)}}


def _duckdb(path: Path, _crs: int) -> dict[str, Any]:
    """Read the ways with DuckDB."""
    import duckdb

    bridge = duckdb.connect()
    bridge.execute("LOAD spatial")
    query = "SELECT count(*) FROM ST_ReadOSM(?) WHERE kind = 'way' AND tags['highway'] IS NOT NULL"
    _, took = _timed(lambda: bridge.execute(query, [str(path)]).fetchone())
    return {"cold": took, "found": {}}


SIDES: Mapping[str, Callable[[Path, int], dict[str, Any]]] = MappingProxyType(
    {"gisplan": _gisplan, "pyosmium": _pyosmium, "osmnx": _osmnx, "duckdb": _duckdb}
)

if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
