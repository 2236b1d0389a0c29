"""What the job `maps` runs in processes of its own: made data, our page, and a browser that opens a page.

`maps_tasks.py make FOLDER POINTS AREAS`, `maps_tasks.py write FOLDER PAGE`, and
`maps_tasks.py look FOLDER PAGE RESULT whole|short`, of which the short form moves the map once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import shapely


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """How a map is moved: zooms one after the other, drags [px] at some zooms, and how long it rests before."""

    zooms: tuple[int, ...]
    drag_zooms: tuple[int, ...]
    drags: tuple[tuple[int, int], ...]
    settle_ms: int


WEST, SOUTH, WIDE, HIGH = 137.0, 35.0, 1.5, 1.0
TOWNS = 400
CORNERS = 33
HOLED = 4
"""Every so many-th area has a hole."""

PICKS = 150
NEAR_PX = 10
PICK_ZOOM, WORLD_ZOOM = 13, 20
STEP_PX = 2.0**-7
"""A pixel of the deepest zoom, to which positions are kept, in pixels of the zoom at which is picked."""

KINDS = 6
ZONES = 8
OPENED = 10
MOVES: Mapping[str, Moves] = MappingProxyType(
    {
        "whole": Moves(
            zooms=(11, 12, 13, 12, 11, 10, 9, 10),
            drag_zooms=(OPENED, 12),
            drags=((-400, -200), (300, 250), (-350, 200)),
            settle_ms=1_500,
        ),
        "short": Moves(zooms=(11,), drag_zooms=(OPENED,), drags=((-400, -200),), settle_ms=300),
    }
)
SCREEN = {"width": 1400, "height": 900}
WAIT_MS = 180_000
NAME = "offline_map_000"
LAUNCH = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
          "--disable-component-update", "--disable-sync", "--enable-precise-memory-info")  # fmt: skip

WATCH = """
(() => {
  const told = (window.told = { ready: 0, frames: null, last: 0 });
  const there = () => !window.waitsForTiles || document.documentElement.classList.contains("gp-painted");
  const look = () => {
    if (document.readyState === "complete" && there()) {
      requestAnimationFrame(() => requestAnimationFrame(() => { told.ready = performance.now(); }));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  const tick = (now) => {
    if (told.frames && told.last) told.frames.push(now - told.last);
    told.last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})();
"""

PICK = """([places, pixels]) => {
  const found = { points: [], areas: [] }, map = offline_map_000;
  for (const [name, layer] of [["areas", canvas_layer_001], ["points", canvas_layer_002]]) {
    for (const [lon, lat] of places[name]) {
      const hits = layer.pick([lat, lon], name === "points" ? pixels : 0).map(([at]) => at), { x, y } = layer.set.shape;
      found[name].push(name === "points" ? hits.slice(0, 1).map((at) => [x[at], y[at]]) : hits.sort((a, b) => a - b));
    }
  }
  return found;
}"""


def make(folder: Path, points: int, areas: int) -> None:
    """Write made points and areas, and places to pick at with what shapely finds there."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(20261101)
    towns, weight = rng.random((TOWNS, 2)), rng.pareto(1.2, TOWNS) + 0.1
    town = rng.choice(TOWNS, points, p=weight / weight.sum())
    spread = rng.normal(0, 1, (points, 2)) * [0.02, 0.016]
    places = towns[town] * [WIDE, HIGH] + [WEST, SOUTH] + spread
    size = 0.48 * np.sqrt(WIDE * HIGH / areas)
    centre = rng.random((areas, 2)) * [WIDE, HIGH] + [WEST, SOUTH]
    angle = np.linspace(0, 2 * np.pi, CORNERS)[:-1]
    reach = size * rng.uniform(0.6, 1, (areas, CORNERS - 1))
    turn = np.stack([np.cos(angle), np.sin(angle)], -1)
    rings = centre[:, None] + reach[..., None] * turn
    holes = centre[:, None] + 0.3 * size * turn[::4]
    table = {
        "places": places, "kind": rng.integers(0, KINDS, points), "year": rng.integers(1900, 2026, points),
        "town": town, "rings": rings, "holes": holes, "zone": rng.integers(0, ZONES, areas),
    }  # fmt: skip
    np.savez(folder / "data.npz", **table)
    points_layer, areas_layer = tables(folder)
    picks = {"points": _point_picks(points_layer, rng), "areas": _area_picks(areas_layer, rng)}
    (folder / "picks.json").write_text(json.dumps(picks), "utf-8")


def tables(folder: Path) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the made points and areas."""
    held = np.load(folder / "data.npz")
    places = shapely.points(held["places"])
    points = gpd.GeoDataFrame(
        {"kind": held["kind"].astype(str), "year": held["year"], "town": held["town"]},
        geometry=places,
        crs=4326,
    )
    shapes = shapely.polygons(held["rings"])
    shapes[::HOLED] = [
        shapely.Polygon(ring, [hole])
        for ring, hole in zip(held["rings"][::HOLED], held["holes"][::HOLED], strict=True)
    ]
    areas = gpd.GeoDataFrame({"zone": held["zone"].astype(str)}, geometry=shapes, crs=4326)
    return points, areas


def pixels(degrees: Any) -> Any:
    """Return places in pixels of the zoom at which is picked, as every web map counts them."""
    latitude = np.radians(degrees[:, 1])
    south = 0.5 - np.log(np.tan(np.pi / 4 + latitude / 2)) / (2 * np.pi)
    return np.column_stack([degrees[:, 0] / 360 + 0.5, south]) * 256 * 2**PICK_ZOOM


def _point_picks(points: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, Any]:
    """Return places near points and the nearest point within reach; where two are as near, another place is taken."""
    degrees = shapely.get_coordinates(points.geometry.to_numpy())
    shapes = shapely.points(pixels(degrees))
    tree = shapely.STRtree(shapes)
    asked: list[list[float]] = []
    found: list[list[list[float]]] = []
    while len(asked) < PICKS:
        place = degrees[rng.integers(len(degrees))] + rng.normal(0, 8e-4, 2)
        spot = shapely.points(pixels(place[None]))[0]
        near = tree.query(spot, "dwithin", NEAR_PX + 1)
        away = np.sort(shapely.distance(shapes[near], spot))
        clear = np.append(away, NEAR_PX)[:2] if len(away) else np.array([0.0, NEAR_PX])
        if np.abs(away - NEAR_PX).min(initial=1) < 4 * STEP_PX or abs(clear[1] - clear[0]) < 4 * STEP_PX:
            continue
        first = [at for at in near if shapely.distance(shapes[at], spot) <= min(away[0], NEAR_PX)]
        asked.append(place.tolist())
        found.append(
            [
                (shapely.get_coordinates(shapes[at])[0] * 2 ** (WORLD_ZOOM - PICK_ZOOM)).tolist()
                for at in first
            ]
        )
    return {"asked": asked, "found": found}


def _area_picks(areas: gpd.GeoDataFrame, rng: np.random.Generator) -> dict[str, Any]:
    """Return places and the areas around them; a place on a border within a step is not taken."""
    shapes = shapely.transform(areas.geometry.to_numpy(), pixels)
    tree = shapely.STRtree(shapes)
    asked: list[list[float]] = []
    found: list[list[int]] = []
    while len(asked) < PICKS:
        place = rng.random(2) * [WIDE, HIGH] + [WEST, SOUTH]
        spot = shapely.points(pixels(place[None]))[0]
        near = tree.query(spot, "dwithin", 1)
        if shapely.distance(shapely.boundary(shapes[near]), spot).min(initial=1) < 4 * STEP_PX:
            continue
        asked.append(place.tolist())
        found.append(sorted(int(at) for at in near if shapes[at].contains(spot)))
    return {"asked": asked, "found": found}


def write(folder: Path, page: Path) -> None:
    """Write our page."""
    import gisplan

    points, areas = tables(folder)
    made = gisplan.OfflineMap(title="bench", location=[SOUTH + HIGH / 2, WEST + WIDE / 2], zoom_start=OPENED)
    gisplan.CanvasLayer(
        areas,
        title="areas",
        credit="made",
        popup={"zone": "zone"},
        paint=gisplan.Style(by="zone", order=10, opacity=0.45),
    ).add_to(made)
    gisplan.CanvasLayer(
        points,
        title="points",
        credit="made",
        popup={"kind": "kind", "year": "year", "town": "town"},
        paint=gisplan.Style(by="kind", order=20, radius=3.5),
    ).add_to(made)
    made.save(str(page))


def look(folder: Path, page: Path, result: Path, moves: Moves) -> None:
    """Open a page with the network off, drag and zoom it, and write what was seen."""
    import browser
    from playwright.sync_api import TimeoutError as TooLong
    from playwright.sync_api import sync_playwright

    ours = "gisplan.canvas.layer(" in page.read_text("utf-8")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser.find() or None, args=list(LAUNCH))
        try:
            seen = _seen(running, page, moves, folder / "picks.json" if ours else None)
        except TooLong:
            if ours:
                raise
            nothing = dict.fromkeys(("drag_ms", "zoom_ms", "heap_mb", "requests", "opened"), 0)
            seen = {"ready_s": WAIT_MS / 1000, "mb": page.stat().st_size / 1e6, **nothing}
        running.close()
    result.write_text(json.dumps(seen), "utf-8")


def _seen(running: Any, page: Path, moves: Moves, picks: Path | None) -> dict[str, Any]:
    context = running.new_context(viewport=SCREEN, offline=True)
    view = context.new_page()
    requests: list[str] = []
    view.on("request", lambda request: requests.append(request.url))
    view.add_init_script(f"window.waitsForTiles = {json.dumps(picks is not None)};{WATCH}")
    view.set_default_timeout(WAIT_MS)
    view.goto(page.as_uri(), timeout=WAIT_MS)
    while not view.evaluate("told.ready"):
        view.wait_for_timeout(100)
    found = {"opened": 1, "ready_s": view.evaluate("told.ready") / 1000, "mb": page.stat().st_size / 1e6}
    heap = _heap(context, view)
    drags = [_frames(view, moves, zoom, _drag) for zoom in moves.drag_zooms]
    zooms = _frames(view, moves, OPENED, _zoom)
    found |= {
        "drag_ms": max(float(np.percentile(frames, 95)) for frames in drags),
        "zoom_ms": max(zooms),
        "heap_mb": max(heap, _heap(context, view)),
        "requests": len(requests) - 1,
    }
    return found if picks is None else found | _picked(view, json.loads(picks.read_text("utf-8")))


def _heap(context: Any, view: Any) -> float:
    """Return the MB that scripts hold, arrays included, after a collection."""
    session = context.new_cdp_session(view)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    return (float(used["usedSize"]) + float(used.get("backingStorageSize", 0))) / 1e6


def _frames(view: Any, moves: Moves, zoom: int, act: Callable[[Any, Moves], None]) -> list[float]:
    """Return the milliseconds between frames while something is done."""
    view.evaluate(f"{NAME}.setView([{SOUTH + HIGH / 2}, {WEST + WIDE / 2}], {zoom}, {{animate: false}}); 0")
    view.wait_for_timeout(moves.settle_ms)
    view.evaluate("told.frames = []; 0")
    act(view, moves)
    frames: list[float] = view.evaluate(
        "(() => { const kept = told.frames; told.frames = null; return kept; })()"
    )
    return frames


def _drag(view: Any, moves: Moves) -> None:
    x, y = SCREEN["width"] / 2, SCREEN["height"] / 2
    for across, down in moves.drags:
        view.mouse.move(x, y)
        view.mouse.down()
        for step in range(1, 41):
            view.mouse.move(x + across * step / 40, y + down * step / 40)
            view.wait_for_timeout(8)
        view.mouse.up()
        view.wait_for_timeout(500)


def _zoom(view: Any, moves: Moves) -> None:
    for zoom in moves.zooms:
        view.evaluate(f"{NAME}.setZoom({zoom}); 0")
        view.wait_for_timeout(1_000)


def _picked(view: Any, picks: dict[str, Any]) -> dict[str, Any]:
    """Return how many picks are what shapely found, and how long the slowest took."""
    view.evaluate(
        f"{NAME}.setView([{SOUTH + HIGH / 2}, {WEST + WIDE / 2}], {PICK_ZOOM}, {{animate: false}}); 0"
    )
    asked = {name: one["asked"] for name, one in picks.items()}
    found = view.evaluate(PICK, [asked, NEAR_PX])
    points = sum(
        _same(one, other) for one, other in zip(found["points"], picks["points"]["found"], strict=True)
    )
    areas = sum(one == other for one, other in zip(found["areas"], picks["areas"]["found"], strict=True))
    empty = sum(not one for one in (*found["points"], *found["areas"]))
    return {"exact": points + areas, "asked": 2 * PICKS, "empty": empty}


def _same(found: list[list[float]], wanted: list[list[float]]) -> bool:
    """Return whether the point that was picked is the nearest one, or one on the same step."""
    if not wanted or not found:
        return found == wanted
    return bool(np.abs(np.array(wanted) - found[0]).max(axis=1).min() <= 0.51)  # noqa: PLR2004 (half a step)


if __name__ == "__main__":
    task, *rest = sys.argv[1:]
    if task == "make":
        make(Path(rest[0]), int(rest[1]), int(rest[2]))
    elif task == "write":
        write(Path(rest[0]), Path(rest[1]))
    else:
        sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
        look(Path(rest[0]), Path(rest[1]), Path(rest[2]), MOVES[rest[3]])
