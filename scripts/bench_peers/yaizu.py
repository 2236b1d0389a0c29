"""The peer of `bench.py yaizu`: the steps of that run as an analyst writes them for this one city.

`python scripts/bench_peers/yaizu.py DATA OUT`, with geopandas, networkx and folium and nothing of gisplan.
The files' encodings and coordinate systems are known beforehand, and nothing is checked on the way.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

CRS = 6676
SNAP_M = 500.0
JOIN_M = 0.5
NODES_M = 50.0
CLASSES = ("national", "prefectural", "municipal", "other")
METRES_PER_MINUTE = np.array([35.0, 30.0, 20.0, 15.0]) * 1000 / 60
RESTRICTED = ("第一種低層住居専用地域", "第二種低層住居専用地域", "第一種中高層住居専用地域")
LIMITS = {"第二種中高層住居専用地域": (1500, 2), "第一種住居地域": (3000, 99)}
PROVISION = (*RESTRICTED, "第二種中高層住居専用地域")
COLOURS = {"低層": "#1e8e3e", "中高層": "#8bc34a", "住居": "#fdd835", "商業": "#e53935", "工業": "#5c6bc0"}
AREAS = {"municipality": "#616161", "area_division": "#795548", "inland_flood": "#1565c0",
         "priority_district": "#6a1b9a", "promotion_area": "#c2185b", "road": "#90a4ae"}  # fmt: skip
PLACES = {"shop": "#8e24aa", "childcare": "#f06292", "school": "#00897b", "medical": "#d81b60",
          "bus_stop": "#546e7a", "hub": "#e65100"}  # fmt: skip

Layers = dict[str, gpd.GeoDataFrame]


def main(data: Path, out: Path) -> None:
    """Read the city's files, compute, and write tables, GeoPackage and map."""
    layers = read(data)
    parts, provision = provision_of(layers)
    sites = judged(layers)
    graph, nodes = network(layers["road"])
    links = links_of(layers, graph, nodes)
    houses, coverage = access(layers, graph, nodes)
    layers |= {"site": sites, "vacant_house": houses, "provision_parts": parts}
    tables = {
        "provision": provision,
        "verdicts": sites.drop(columns="geometry"),
        "links": links,
        "access": houses.drop(columns="geometry"),
        "coverage": coverage,
    }
    write(out, layers, tables)
    draw(layers).save(str(out / "map.html"))


def read(data: Path) -> Layers:
    """Return every layer of the plan in the city's plane coordinates."""
    raw, plan = data / "yaizu" / "raw", data / "yaizu" / "plan"
    layers = {
        "municipality": vector(next((data / "japan" / "admin").glob("N03-21_22_*.geojson"))),
        "neighbourhood": vector(raw / "自治会区域" / "自治会区域.shp"),
        "zone": pd.concat(
            [zone_file(path) for path in sorted(raw.glob("都市計画図_*/*.shp")) if is_zone(path)]
        ),
        "area_division": vector(next(raw.glob("市街化区域界_*/*.shp"))),
        "promotion_area": vector(plan / "promotion_area.geojson"),
        "priority_district": vector(plan / "priority_district.gpkg"),
        "site": vector(plan / "sites.gpkg"),
        "hub": points(plan / "hubs_cp932.csv", encoding="cp932"),
        "vacant_house": points(plan / "vacant_houses_cp932.csv", encoding="cp932"),
        "road": roads(raw),
        "interchange": vector(data / "japan" / "highway" / "N06_Joint_fixed.geojson"),
        "bus_stop": vector(next(raw.glob("焼津市自主運行バス路線図_停留所/*.shp"))),
        "inland_flood": vector(next(raw.glob("内水浸水想定区域*/*.geojson"))),
    }
    for name, folders in {
        "medical": ["救護病院一覧"],
        "shop": ["ショップ"],
        "childcare": ["子育て施設一覧"],
        "school": ["小学校", "中学校"],
    }.items():
        layers[name] = pd.concat([points(next((raw / folder).glob("222127*.csv"))) for folder in folders])
    return {name: layer.reset_index(drop=True) for name, layer in layers.items()}


def vector(path: Path) -> gpd.GeoDataFrame:
    """Return a file's features, mended."""
    layer = gpd.read_file(path).to_crs(CRS)
    layer["geometry"] = layer.make_valid(method="structure")
    return layer


def is_zone(path: Path) -> bool:
    """Return whether a file of the planning map holds a use zone."""
    return path.stem.endswith("地域")


def zone_file(path: Path) -> gpd.GeoDataFrame:
    """Return one use zone; where its name is missing, the file has it."""
    layer = vector(path)
    layer["zone"] = layer["SAFIELD000"].fillna(path.stem)
    return layer


def points(path: Path, *, encoding: str = "utf-8-sig") -> gpd.GeoDataFrame:
    """Return a CSV table with longitude and latitude as points."""
    table = pd.read_csv(path, encoding=encoding)
    place = gpd.points_from_xy(table["経度"], table["緯度"], crs=6668)
    return gpd.GeoDataFrame(table, geometry=place).to_crs(CRS)


def roads(raw: Path) -> gpd.GeoDataFrame:
    """Return today's streets with their class: the highest that the names of a line tell.

    Line 1 is the Tomei expressway without a ramp in the data; no street joins it, so it is left out.
    """
    emergency = pd.concat([vector(path) for path in sorted(raw.glob("緊急輸送路_*/*.shp"))])
    emergency = emergency[emergency["item1"].astype(str) != "1"]
    names = emergency["item4"].fillna("")
    told = [names.str.contains("国道"), names.str.contains("主要地方道|県道"), names.str.contains("市道")]
    emergency["rank"] = np.select(told, [0, 1, 2], 3)
    school = pd.concat([vector(path) for path in sorted(raw.glob("通学路_*/*.shp"))]).assign(rank=2)
    farm = vector(raw / "農道一般平面図_農道" / "農道.shp").assign(rank=3)
    return pd.concat([emergency, school, farm])[["rank", "item4", "geometry"]]


def provision_of(layers: Layers) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the promotion areas cut by zone, and hectares and vacant houses of each."""
    areas = layers["promotion_area"][["名称", "用途特例適用要件", "geometry"]]
    zones = layers["zone"][["zone", "geometry"]]
    parts = gpd.overlay(areas, zones, how="identity", keep_geom_type=True)
    parts["zone"] = parts["zone"].fillna("用途地域なし")
    parts["area_ha"] = parts.area / 10_000
    eligible = parts["用途特例適用要件"].astype(bool) & parts["zone"].isin(PROVISION)
    parts["covered_ha"] = parts["area_ha"].where(eligible, 0.0)
    key = ["名称", "zone"]
    inside = layers["vacant_house"].sjoin(parts[[*key, "geometry"]], predicate="within")
    counted = inside.groupby(key).size().rename("vacant_houses")
    table = parts.groupby(key)[["area_ha", "covered_ha"]].sum().join(counted)
    return parts, table.fillna({"vacant_houses": 0}).reset_index()


def majority(lots: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, column: str) -> pd.Series:
    """Return what the area that holds more than half of each lot says in a column, "" where none does."""
    lots = lots[["地番", "geometry"]].assign(size=lots.area)
    parts = gpd.overlay(lots, areas[[column, "geometry"]], keep_geom_type=True)
    parts["share"] = parts.area / parts["size"]
    shares = parts.groupby(["地番", column])["share"].sum().reset_index().sort_values("share")
    largest = shares.drop_duplicates("地番", keep="last").set_index("地番")
    more = largest[largest["share"] > 0.5]  # noqa: PLR2004 (the greater part)
    told: pd.Series = more[column].reindex(lots["地番"]).fillna("").set_axis(lots.index)
    return told


def judged(layers: Layers) -> gpd.GeoDataFrame:
    """Return the lots with zone and verdict on an office."""
    lots, eligible = layers["site"], layers["promotion_area"].query("用途特例適用要件")
    divisions = layers["area_division"].assign(division="市街化区域")
    zone, division = majority(lots, layers["zone"], "zone"), majority(lots, divisions, "division")
    inside = lots.sjoin(eligible[["geometry"]], predicate="within").index
    sites = lots.assign(zone=zone, area_division=division)
    sites["verdict"] = [verdict(site, covered=site.Index in inside) for site in sites.itertuples()]
    return sites


def verdict(site: Any, *, covered: bool) -> str:
    """Return what may become of an office on a lot."""
    if not site.zone:
        return "cannot_tell" if site.area_division else "urbanization_control_area"
    area, storey = LIMITS.get(site.zone, (np.inf, np.inf))
    if site.zone not in RESTRICTED and site.床面積 <= area and site.階 <= storey:
        return "by_right"
    return "special_provision_permit" if covered and site.zone in PROVISION else "ordinary_permit"


def network(lines: gpd.GeoDataFrame) -> tuple[nx.Graph, gpd.GeoDataFrame]:
    """Return the noded roads as a graph with minutes, every vertex a node, and the nodes as points."""
    noded = np.array(lines.segmentize(NODES_M).union_all(grid_size=JOIN_M).geoms)
    middle = gpd.GeoDataFrame(geometry=shapely.line_interpolate_point(noded, 0.5, normalized=True), crs=CRS)
    found = middle.sjoin(lines[["rank", "geometry"]], predicate="dwithin", distance=2 * JOIN_M)
    rank = found.groupby(level=0)["rank"].min().reindex(range(len(noded)), fill_value=3).to_numpy()
    xy, piece = shapely.get_coordinates(noded, return_index=True)
    unique, node = np.unique(xy, axis=0, return_inverse=True)
    same = piece[1:] == piece[:-1]
    metres = np.hypot(*(xy[1:] - xy[:-1]).T)
    minutes = metres / METRES_PER_MINUTE[rank[piece[1:]]]
    graph = nx.Graph()
    graph.add_weighted_edges_from(zip(node[:-1][same], node[1:][same], minutes[same], strict=True))
    return graph, gpd.GeoDataFrame(geometry=gpd.points_from_xy(*unique.T, crs=CRS))


def snapped(layer: gpd.GeoDataFrame, nodes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return node, metres and minutes off the road of the points near a road, by their place in the layer."""
    at = layer[["geometry"]].sjoin_nearest(nodes, max_distance=SNAP_M, distance_col="snap_m")
    at = at[~at.index.duplicated()].rename(columns={"index_right": "node"})
    legs: pd.DataFrame = at[["node", "snap_m"]].assign(leg=at["snap_m"] / METRES_PER_MINUTE[-1])
    return legs


def usable(layers: Layers) -> gpd.GeoDataFrame:
    """Return the interchanges in use, junctions left out."""
    joints = layers["interchange"]
    return joints[joints["N06_019"].isin(["1", "2"]) & (joints["N06_014"] == 9999)]  # noqa: PLR2004 (no last year)


def links_of(layers: Layers, graph: nx.Graph, nodes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return minutes and metres off the road between each interchange and each hub, both ways."""
    hubs = layers["hub"].join(snapped(layers["hub"], nodes))
    joints, found = usable(layers), []
    for gate in joints.join(snapped(joints, nodes), how="inner").itertuples():
        minutes = nx.single_source_dijkstra_path_length(graph, gate.node)
        link = {
            "hub": hubs["名称"],
            "interchange": gate.N06_018,
            "minutes": hubs["node"].map(minutes) + hubs["leg"] + gate.leg,
            "snap_hub_m": hubs["snap_m"],
            "snap_interchange_m": gate.snap_m,
        }
        # No road is closed in one direction, so the way back takes as long.
        found += [pd.DataFrame(link | {"direction": way}) for way in ("to_hub", "to_interchange")]
    return pd.concat(found, ignore_index=True)


def access(layers: Layers, graph: nx.Graph, nodes: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the houses with minutes to the nearest of each service, and how many are within thresholds."""
    home, coverage = snapped(layers["vacant_house"], nodes), []
    houses = layers["vacant_house"].assign(snap_m=home["snap_m"])
    for to in ("interchange", "hub", "medical", "shop", "childcare", "school", "bus_stop"):
        places = usable(layers) if to == "interchange" else layers[to]
        # One more node, joined to all places by their way to the road, has the nearest of them beside it.
        ends = snapped(places, nodes).groupby("node")["leg"].min()
        graph.add_weighted_edges_from((to, node, leg) for node, leg in ends.items())
        minutes = nx.single_source_dijkstra_path_length(graph, to)
        graph.remove_node(to)
        houses[f"to_{to}"] = home["node"].map(minutes) + home["leg"]
        for within in (5, 10, 15, 30):
            reached = int((houses[f"to_{to}"] <= within).sum())
            coverage.append({"to": to, "minutes": within, "within": reached, "share": reached / len(houses)})
    return houses, pd.DataFrame(coverage)


def write(out: Path, layers: Layers, tables: dict[str, pd.DataFrame]) -> None:
    """Write the tables as Excel and CSV and all layers as one GeoPackage."""
    (out / "tables").mkdir(parents=True, exist_ok=True)
    with pd.ExcelWriter(out / "tables.xlsx") as book:
        for name, table in tables.items():
            table.to_excel(book, sheet_name=name, index=False)
            table.to_csv(out / "tables" / f"{name}.csv", index=False, encoding="utf-8-sig")
    for name, layer in layers.items():
        layer.to_file(out / "layers.gpkg", layer=name, driver="GPKG")


def draw(layers: Layers) -> folium.Map:
    """Return the map."""
    shown = {name: layer.to_crs(4326) for name, layer in layers.items() if name != "interchange"}
    south_west, north_east = shown["vacant_house"].total_bounds[:2], shown["vacant_house"].total_bounds[2:]
    page = folium.Map(tiles=None, prefer_canvas=True)
    page.fit_bounds([south_west[::-1].tolist(), north_east[::-1].tolist()])
    areas(page, shown)
    for name, colour in PLACES.items():
        label = next(key for key in ("名称", "item3") if key in shown[name])
        dots(page, shown[name], name, colour, [label], radius=7 if name == "hub" else 4)
    minutes = [column for column in shown["vacant_house"] if column.startswith("to_")]
    facts = ["管理番号", "出典", "公開同意", "敷地面積", "建築年", *minutes]
    dots(
        page,
        shown["vacant_house"].round(dict.fromkeys(minutes, 1)),
        "vacant_house",
        "#6d4c41",
        facts,
        radius=3,
    )
    folium.LayerControl().add_to(page)
    return page


def areas(page: folium.Map, shown: Layers) -> None:
    """Draw zones, districts, lots and roads."""
    zones = shown["zone"][["zone", "geometry"]]
    told = folium.GeoJsonPopup(["zone"])
    folium.GeoJson(zones, name="zone", style_function=zone_style, popup=told).add_to(page)
    for name, colour in AREAS.items():
        style = {"color": colour, "weight": 2, "fillOpacity": 0.1}
        folium.GeoJson(
            shown[name][["geometry"]], name=name, style_function=lambda _, style=style: style
        ).add_to(page)
    told = folium.GeoJsonPopup(["地番", "zone", "verdict"])
    folium.GeoJson(shown["site"][["地番", "zone", "verdict", "geometry"]], name="site", popup=told).add_to(
        page
    )


def zone_style(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the paint of a zone."""
    zone = feature["properties"]["zone"]
    colour = next(colour for part, colour in COLOURS.items() if part in zone)
    return {"fillColor": colour, "color": colour, "weight": 1, "fillOpacity": 0.4}


def dots(
    page: folium.Map, layer: gpd.GeoDataFrame, name: str, colour: str, facts: list[str], *, radius: int
) -> None:
    """Draw a layer of points, each with its facts in a popup."""
    group = folium.FeatureGroup(name=name)
    for point, *values in layer[["geometry", *facts]].itertuples(index=False):
        popup = "<br>".join(f"{fact}: {value}" for fact, value in zip(facts, values, strict=True))
        folium.CircleMarker(
            [point.y, point.x], radius=radius, color=colour, weight=1, fill=True, popup=popup
        ).add_to(group)
    group.add_to(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
