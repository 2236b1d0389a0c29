"""The pages of the peers of the job `maps`: `maps.py geojson|cluster FOLDER PAGE [ASSETS]`.

Leaflet stands in each page, as in ours, so that every side opens without a network. `cluster` holds the points alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import folium
from folium.plugins import FastMarkerCluster

import gisplan
from gisplan.maps.elements import Raw

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench_jobs.maps_tasks import HIGH, OPENED, SOUTH, WEST, WIDE, tables

MARKER = "function (row) { return L.circleMarker(L.latLng(row[0], row[1]), { radius: 3 }); }"
DEEPEST = 20


def main(peer: str, folder: Path, page: Path, assets: Path | None = None) -> None:
    """Write the page of a peer."""
    points, areas = tables(folder)
    centre = [SOUTH + HIGH / 2, WEST + WIDE / 2]
    made = gisplan.OfflineMap(
        title="bench", location=centre, zoom_start=OPENED, maxZoom=DEEPEST
    )  # clusters ask for it
    if peer == "geojson":
        folium.GeoJson(areas, popup=folium.GeoJsonPopup(["zone"])).add_to(made)
        told = folium.GeoJsonPopup(["kind", "year", "town"])
        folium.GeoJson(points, popup=told, marker=folium.CircleMarker(radius=3)).add_to(made)
    else:
        _add_clusters(made, list(zip(points.geometry.y, points.geometry.x, strict=True)), assets or Path())
    made.save(str(page))


def _add_clusters(made: folium.Map, places: list[tuple[float, float]], assets: Path) -> None:
    cluster = FastMarkerCluster(places, callback=MARKER)
    cluster.default_js, cluster.default_css = [], []  # they link to the network
    figure = made.get_root()
    for file in sorted(assets.iterdir()):
        code = file.read_text("utf-8").split("//# sourceMappingURL")[0]
        if file.suffix == ".css":
            figure.header.add_child(Raw(f"<style>{code}</style>"), name=file.name)
        else:
            figure.script.add_child(Raw(code), name=file.name)
    cluster.add_to(made)


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
