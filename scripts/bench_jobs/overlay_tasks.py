"""One measured task of `bench.py overlay`: `python overlay_tasks.py FOLDER TASK`, in a process of its own.

The arrays of `overlay_zones.py` are made into geometries before the clock starts. The task writes its answers
and what each of its steps took into the folder. Tasks that begin with `grid` are gisplan, the others are peers.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest import mock

import numpy as np
import shapely
from numpy.typing import NDArray

CRS = 6677
LEAST_M2 = 1e-6
"""Less common ground than this is the rounding of numbers, not ground."""

Found = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Folder of the arrays, the zones, and what the steps took: name → seconds of the processor, of the clock."""

    folder: Path
    zones: NDArray[Any]
    steps: dict[str, tuple[float, float]] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], Found]) -> Found:
        """Return what some work returns, and note what it took."""
        cpu, wall = time.process_time(), time.perf_counter()
        found = work()
        self.steps[step] = (time.process_time() - cpu, time.perf_counter() - wall)
        return found

    def array(self, name: str) -> NDArray[np.float64]:
        """Return one of the made arrays."""
        found: NDArray[np.float64] = np.load(self.folder / f"{name}.npy")
        return found

    def answer(self, name: str, values: NDArray[Any]) -> None:
        """Write an answer."""
        np.save(self.folder / f"{name}.npy", values)

    def lowest(self, name: str, count: int, zone: NDArray[np.int64], spot: NDArray[np.int64]) -> None:
        """Write the lowest zone of each point, -1 outside all."""
        lowest = np.full(count, len(self.zones))
        np.minimum.at(lowest, spot, zone)
        self.answer(name, np.where(lowest < len(self.zones), lowest, -1))


def main(folder: Path, name: str) -> None:
    """Run one task, and write its steps and its memory."""
    xy, rings = np.load(folder / "xy.npy"), np.load(folder / "rings.npy")
    zones = shapely.from_ragged_array(shapely.GeometryType.POLYGON, xy, (rings, np.arange(len(rings))))
    del xy
    task = Task(folder=folder, zones=zones)
    more = TASKS[name](task) or {}
    text = json.dumps({"steps": task.steps, "peak_mb": _peak(), **more})
    (folder / f"{name}.json").write_text(text, "utf-8")


def _peak() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _sizes(task: Task) -> Mapping[str, NDArray[np.float64]]:
    """Return a ninth of the points, all, and points on vertices and edges."""
    points = task.array("points")
    return {"some": points[: len(points) // 9], "all": points, "hard": task.array("hard")}


def grid_points(task: Task) -> dict[str, Any]:
    """Gisplan: the zone of each point, with the index made anew and from disk."""
    from gisplan.overlay import grid_store

    task.timed("load numba", lambda: _points_by_grid(task, "warm", task.array("points")[:1_000], few=True))
    kept = {name: _points_by_grid(task, name, xy) for name, xy in _sizes(task).items()}
    x, y = (np.ascontiguousarray(side) for side in task.array("points").T)
    shutil.rmtree(task.folder / "kept", ignore_errors=True)
    for step in ("index kept", "index read"):
        task.timed(step, lambda: grid_store.kept_grid(task.zones, (x, y, x, y), folder=task.folder / "kept"))
    return {"index_mb": kept}


def _points_by_grid(task: Task, name: str, points: NDArray[np.float64], *, few: bool = False) -> float:
    from gisplan.overlay import grid, grid_kernels
    from gisplan.overlay.grid_store import kept_grid

    zones = task.zones[:500] if few else task.zones
    x, y = (np.ascontiguousarray(side) for side in points.T)
    _, index = task.timed(f"{name} index", lambda: kept_grid(zones, (x, y, x, y), folder=None))
    values = np.arange(len(zones), dtype=np.int32)

    def ask() -> NDArray[np.int32]:
        found, state = grid.find(index, (x, y), values)
        doubtful = np.flatnonzero(state == grid_kernels.DOUBTFUL)
        near = grid.near(index, (x[doubtful], y[doubtful]), areas=len(zones))
        zone, spot = shapely.STRtree(shapely.points(points[doubtful])).query(zones[near], "intersects")
        lowest = np.full(len(doubtful), len(zones))
        np.minimum.at(lowest, spot, near[zone])
        found[doubtful] = np.where(lowest < len(zones), lowest, -1)
        return found

    task.answer(f"grid_{name}", task.timed(f"{name} query", ask))
    return index.megabytes


def tree_points(task: Task) -> None:
    """Peer: a tree of the points, asked with every zone."""
    for name, xy in _sizes(task).items():
        points = shapely.points(xy)
        tree = task.timed(f"{name} index", lambda: shapely.STRtree(points))  # noqa: B023 - called at once
        zone, spot = task.timed(f"{name} query", lambda: tree.query(task.zones, "intersects"))  # noqa: B023
        task.lowest(f"tree_{name}", len(xy), zone, spot)


def _tables(task: Task, shapes: NDArray[Any]) -> tuple[Any, Any]:
    import geopandas as gpd

    names = np.array([f"{number:09d}" for number in range(max(len(shapes), len(task.zones)))], dtype=object)
    zones = gpd.GeoDataFrame({"id": names[: len(task.zones)]}, geometry=task.zones, crs=CRS)
    return gpd.GeoDataFrame({"id": names[: len(shapes)]}, geometry=shapes, crs=CRS), zones


def grid_locate(task: Task) -> None:
    """Gisplan: the verb `locate` on tables, compiled code loaded, nothing kept."""
    from gisplan.overlay import grid_large
    from gisplan.overlay.locate import locate

    points, zones = _tables(task, shapely.points(_sizes(task)["some"]))
    with mock.patch.object(grid_large, "KEPT_VERTICES", np.inf):
        located = task.timed("locate", lambda: locate(points, zones))
    area = located["area"].to_numpy(object)
    task.answer("grid_locate", np.where(area == "", "-1", area).astype(np.int64))


def sjoin_points(task: Task) -> None:
    """Peer: the same as `geopandas.sjoin`."""
    import geopandas as gpd

    points, zones = _tables(task, shapely.points(_sizes(task)["some"]))
    joined = task.timed("locate", lambda: gpd.sjoin(points, zones, predicate="intersects"))
    task.lowest(
        "sjoin_locate",
        len(points),
        joined["index_right"].to_numpy().astype(np.int64),
        joined.index.to_numpy(),
    )


def duckdb_points(task: Task) -> None:
    """Peer: the same in DuckDB with its spatial extension."""
    import duckdb
    import pandas as pd

    data = duckdb.connect()
    data.execute("LOAD spatial")
    xy = _sizes(task)["some"]
    points = pd.DataFrame({"spot": np.arange(len(xy)), "x": xy[:, 0], "y": xy[:, 1]})
    zones = pd.DataFrame({"zone": np.arange(len(task.zones)), "wkb": shapely.to_wkb(task.zones)})
    data.register("points_in", points)
    data.register("zones_in", zones)
    data.execute("CREATE TABLE points AS SELECT spot, ST_Point(x, y) AS g FROM points_in")
    data.execute("CREATE TABLE zones AS SELECT zone, ST_GeomFromWKB(wkb) AS g FROM zones_in")
    joined = task.timed(
        "locate",
        lambda: data.execute(
            "SELECT zone, spot FROM points JOIN zones ON ST_Intersects(zones.g, points.g)"
        ).fetchnumpy(),
    )
    task.lowest("duckdb_locate", len(xy), joined["zone"], joined["spot"])


def _write_shares(
    task: Task, name: str, lot: NDArray[np.int64], zone: NDArray[np.int64], ground: NDArray[np.float64]
) -> None:
    kept = ground > LEAST_M2
    order = np.lexsort((zone[kept], lot[kept]))
    task.answer(name, np.column_stack([lot[kept], zone[kept], ground[kept]])[order])


def grid_lots(task: Task) -> None:
    """Gisplan: the common ground of lots and zones."""
    from gisplan.overlay import grid_large
    from gisplan.overlay.grid_store import kept_grid

    lots = shapely.polygons(task.array("lots"))
    # Some lots against themselves, moved, load all of the compiled code; against far zones they would not.
    grid_large.cut_lots(lots[:50], shapely.transform(lots[:50], lambda xy: xy + 5.0))
    boxes = task.timed("index lots", lambda: grid_large.boxes_of(lots))
    frame, index = task.timed("index", lambda: kept_grid(task.zones, boxes, folder=None, exact=True))
    found = task.timed(
        "query", lambda: grid_large.cut_with(frame, index, lots, task.zones, grid_large.boxes_of(lots))
    )
    _write_shares(task, "grid_shares", *found)


def tree_lots(task: Task) -> None:
    """Peer: prepared shapely, asked whether a zone covers a lot, and cut where it does not."""
    lots = shapely.polygons(task.array("lots"))
    tree = task.timed("index", lambda: shapely.STRtree(lots))

    def cut() -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        zone, lot = tree.query(task.zones, "intersects")
        whole_zone, whole_lot = tree.query(task.zones, "covers")
        whole = np.isin(zone * len(lots) + lot, whole_zone * len(lots) + whole_lot)
        ground = shapely.area(lots)[lot]
        ground[~whole] = shapely.area(shapely.intersection(lots[lot[~whole]], task.zones[zone[~whole]]))
        return lot, zone, ground

    _write_shares(task, "tree_shares", *task.timed("query", cut))


def overlay_lots(task: Task) -> None:
    """Peer: `geopandas.overlay`."""
    import geopandas as gpd

    lots, zones = _tables(task, shapely.polygons(task.array("lots")))
    lots, zones = lots.assign(lot=np.arange(len(lots))), zones.assign(zone=np.arange(len(zones)))
    cut = task.timed(
        "query", lambda: gpd.overlay(lots, zones, keep_geom_type=True).assign(m2=lambda t: t.area)
    )
    _write_shares(task, "overlay_shares", *(cut[name].to_numpy() for name in ("lot", "zone", "m2")))


TASKS: Mapping[str, Callable[[Task], dict[str, Any] | None]] = MappingProxyType(
    {
        work.__name__: work
        for work in (
            grid_points,
            tree_points,
            grid_locate,
            sjoin_points,
            duckdb_points,
            grid_lots,
            tree_lots,
            overlay_lots,
        )
    }
)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
