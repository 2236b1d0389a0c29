"""One measured task of `bench.py reach`: `python reach_tasks.py FOLDER TASK SOURCES`, in its own process.

`kumamoto` draws isochrones of 1,000 places and takes all measures from 10,000 points, made up, on the streets of
an Overpass answer. `porto_alegre` takes the jobs within reach of every hexagon by bus and train in a window of two
hours, and on foot. Files are read before the clock starts; the steps and what was found go into FOLDER.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.access import measure, ride_to, serve, transit_minutes
from gisplan.access.areas import areas, side_of
from gisplan.access.reach import stand
from gisplan.core.options import AccessOptions, MeasureOptions, TransitOptions
from gisplan.core.words import Atlas, Layer, LayerEntry, Plan
from gisplan.layers.load import load
from gisplan.network import connect, ways_of
from gisplan.sources.reader import Reader
from gisplan.sources.timetable import Asked

PLACES, POINTS, CLINICS, SHOPS = 1_000, 10_000, 300, 400
MINUTES = (5.0, 10.0, 15.0)
KINDS = ("cumulative", "gravity", "2sfca", "e2sfca", "3sfca")
KUMAMOTO, PORTO_ALEGRE = 6670, 31982
MONDAY = dt.date(2019, 5, 13)
FEEDS = ("poa_eptc_gtfs.zip", "poa_trensurb_gtfs.zip")
WINDOW = TransitOptions(window=(14 * 60, 16 * 60), percentiles=(50, 5, 95))
WITHIN = (30.0, 60.0)

Found = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Where the data lie, what the steps took (seconds of the processor, of the clock), and what was found."""

    sources: Path
    steps: dict[str, tuple[float, float]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    def timed(self, step: str, work: Callable[[], Found]) -> Found:
        """Return what some work returns, and note what it took."""
        cpu, wall = time.process_time(), time.perf_counter()
        found = work()
        self.steps[step] = time.process_time() - cpu, time.perf_counter() - wall
        return found


def plan_of(folder: Path, file: str, *, crs: int, access: AccessOptions) -> Plan:
    """Return a plan whose only layer is the roads of a file."""
    return Plan(
        title="bench", municipality=("22212",), date=MONDAY, crs=crs, folder=folder, file="plan.toml",
        layers=(LayerEntry(layer="road", path=(file,)),), access=access,
    )  # fmt: skip


def kumamoto(task: Task) -> None:
    """Measure isochrones and all measures on the streets of Kumamoto."""
    measures = tuple(MeasureOptions(measure=kind, to="medical", supply="beds") for kind in KINDS)
    options = AccessOptions(origins=("population",), destinations=("medical", "shop"), measures=measures)
    file = "overpass_chuo_drive_20230105.json"
    plan = plan_of(task.sources / "kumamoto", file, crs=KUMAMOTO, access=options)
    with Reader() as reader:
        atlas = peopled(load(plan, reader=reader))
    network = task.timed("network", lambda: connect(atlas))
    places = atlas.layers["population"].table.geometry.to_numpy()[:PLACES]
    side = side_of("car")
    standing = stand(network.ways, places)
    drawn = task.timed("isochrones", lambda: areas(standing, MINUTES, side_m=side))
    task.told["isochrones"] = int(drawn.each.size)
    found = task.timed("measures", lambda: measure(atlas, network))
    got = found.access[(found.access["to"] == "medical") & (found.access["measure"] == "2sfca_30_beds")]
    people = atlas.layers["population"].table.set_index("id")["people"]
    task.told["received"] = float((got.set_index("id")["value"] / 100_000 * people).sum())
    task.told["supplied"] = float(atlas.layers["medical"].table["beds"].sum())
    task.told["values"] = len(found.access)


def peopled(atlas: Atlas) -> Atlas:
    """Return the atlas with people, clinics and shops, made up, beside its streets."""
    chance = np.random.default_rng(6)
    xy = shapely.get_coordinates(atlas.layers["road"].table.geometry.to_numpy())
    columns: Mapping[str, Mapping[str, Any]] = {
        "population": {
            "people": chance.integers(1, 400, POINTS).astype(float),
            "people_65": np.full(POINTS, np.nan),
        },
        "medical": {"beds": chance.integers(1, 80, CLINICS).astype(float)},
        "shop": {"name": np.full(SHOPS, "")},
    }
    layers = dict(atlas.layers)
    for name, values in columns.items():
        count = len(next(iter(values.values())))
        at = xy[chance.integers(0, len(xy), count)] + chance.uniform(-40, 40, (count, 2))
        table = gpd.GeoDataFrame(
            {"id": [f"{name}{k:05d}" for k in range(count)], **values},
            geometry=shapely.points(at), crs=atlas.layers["road"].table.crs,
        )  # fmt: skip
        layers[name] = Layer(spec=atlas.catalogue[name], table=table, readings=())
    return replace(atlas, layers=layers)


def porto_alegre(task: Task) -> None:
    """Measure the jobs within reach by timetable and on foot."""
    folder = task.sources / "poa"
    plan = plan_of(folder, "poa_osm.pbf", crs=PORTO_ALEGRE, access=AccessOptions(mode="walk"))
    asked = Asked(day=MONDAY, until=60 * int(WINDOW.window[1] + WINDOW.longest_minutes))
    with Reader() as reader:
        atlas = load(plan, reader=reader)
        timetables = [reader.timetable(folder / name, name=name, asked=asked).timetable for name in FEEDS]
    hexagons = pd.read_csv(folder / "poa_hexgrid.csv").fillna(0.0)
    points = gpd.GeoSeries.from_xy(hexagons["lon"], hexagons["lat"], crs=4326).to_crs(PORTO_ALEGRE).to_numpy()
    ways = task.timed("network", lambda: ways_of(atlas))
    served = task.timed("on foot", lambda: serve(ways, points))
    transit_minutes(
        ride_to(ways, served, timetables, options=WINDOW, crs=PORTO_ALEGRE), points[:1]
    )  # compiles
    riding = task.timed("ready", lambda: ride_to(ways, served, timetables, options=WINDOW, crs=PORTO_ALEGRE))
    found = task.timed("transit", lambda: transit_minutes(riding, points))
    known = ~np.isnan(found.snap_m)
    people = hexagons["population"].to_numpy("float64") * known
    jobs = hexagons["jobs"].to_numpy("float64")[served.found]
    for name, minutes in (("transit", found.minutes[0]), ("walk", found.walk)):
        task.told[name] = [
            float(((minutes <= limit) * jobs).sum(axis=1) @ people / people.sum()) for limit in WITHIN
        ]
    task.told["slower"] = int((found.minutes[:, known] > found.walk[known] + 1e-9).sum())
    task.told["hexagons"] = len(points)


TASKS: Mapping[str, Callable[[Task], None]] = MappingProxyType(
    {"kumamoto": kumamoto, "porto_alegre": porto_alegre}
)


def main(arguments: list[str]) -> int:
    """Run one task and write what it found; return the exit code."""
    folder, name, sources = Path(arguments[0]), arguments[1], Path(arguments[2])
    task = Task(sources=sources)
    TASKS[name](task)
    told = {"steps": task.steps, "told": task.told, "peak_mb": _peak()}
    (folder / f"{name}.json").write_text(json.dumps(told), "utf-8")
    return 0


def _peak() -> float | None:
    """Return the largest memory of this process [MB], None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
