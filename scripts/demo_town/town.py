"""The whole town: every area, road, house and list, and the files that hold them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from . import files, hazards, homes, places, terrain
from .areas import Areas, build_areas
from .streets import Road, build_roads, road_table

TEXTS = ("plan.toml", "README.md")
"""Written by hand, and kept where they are used."""

AREAS = (
    "neighbourhood",
    "area_division",
    "city_planning_area",
    "district_plan",
    "vacant_house_utilization_area",
    "priority_district",
    "promotion_area",
)


def write_town(folder: Path) -> None:
    """Write every file of the demo town but the texts, the same bytes every time.

    Parameters
    ----------
    folder
        Where to; it is made if missing, and files of the same names are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    areas, roads = build_areas(), build_roads()
    _write_areas(folder, areas)
    _write_lists(folder, areas, roads)
    files.write_geopackage(folder / "road.gpkg", road_table(roads))
    files.write_geopackage(folder / "road_project.gpkg", places.road_projects())
    files.write_geojson(folder / "interchange.geojson", places.interchanges())
    files.write_geojson(folder / "station.geojson", places.stations())
    files.write_geojson(folder / "flood.geojson", hazards.floods(areas))
    files.write_geojson(folder / "landslide.geojson", hazards.landslides(areas))
    files.write_geopackage(folder / "tsunami.gpkg", hazards.tsunamis(areas))
    values, corner = terrain.raster(areas.land)
    files.write_raster(folder / "elevation.tif", values, corner, cell=terrain.CELL, nodata=terrain.NODATA)


def _write_areas(folder: Path, areas: Areas) -> None:
    files.write_geojson(folder / "municipality.geojson", areas.municipality)
    files.write_shapefile_zip(folder / "zone.zip", areas.zone)
    for name in AREAS:
        files.write_geopackage(folder / f"{name}.gpkg", getattr(areas, name))


def _write_lists(folder: Path, areas: Areas, roads: Sequence[Road]) -> None:
    streets = places.Streets(roads)
    people = homes.build_homes(roads, areas)
    write: Callable[..., None] = files.write_csv
    write(folder / "hub.csv", places.hubs(streets, areas), encoding="cp932")
    write(folder / "vacant_house.csv", homes.vacant_houses(people), encoding="cp932")
    write(folder / "bus_stop.csv", places.bus_stops(roads, areas), encoding="utf-8-sig")
    write(folder / "population.csv", homes.population(people), encoding="utf-8")
    for kind in ("medical", "childcare", "school", "welfare"):
        write(folder / f"{kind}.csv", places.services(kind, streets, areas), encoding="utf-8-sig")
    title = ("汐見市 買い物施設一覧（架空）", "令和8年4月1日現在")
    files.write_excel(folder / "shop.xlsx", places.services("shop", streets, areas), title=title)
    files.write_geopackage(folder / "site.gpkg", places.lots(streets, areas))
