"""The plane rectangular zone of every municipality, by the notice and by the extents that PROJ prints."""

import json

import pytest
from pyproj import CRS

from gisplan.core import crs
from gisplan.core.errors import ConfigurationError

ZONES = {
    1: "42201 42211 46222 46304 46523 46529 46535",
    2: "40100 41201 43100 44201 45201 46201 46215 46303",
    3: "32201 34100 35201",
    4: "36201 37201 37322 38201 39201",
    5: "28100 31201 33100",
    6: "18201 24201 25201 26100 27100 29201 30201",
    7: "16201 17201 21201 23100",
    8: "15100 19201 20201 22212",
    9: "07201 08201 09201 10201 11100 12100 13101 13361 13401 14100",
    10: "02201 03201 04100 05201 06201",
    11: "01202 01203 01233 01236 01331 01371 01391 01409 01571 01575 01584",
    12: "01100 01204 01213 01214 01578 01581 01559 01560 01601 01609",
    13: "01206 01207 01208 01211 01223 01543 01564 01631 01649 01661 01668 01691 01694 01695 01700",
    14: "13421",
    15: "47201 47359 47361",
    16: "47207 47214 47375 47381 47382",
    17: "47357 47358",
}
NORTHERN_TERRITORIES = {f"0{code}" for code in range(1695, 1701)}
"""PROJ's extent of zone XIII ends before them."""

LISTED = [(code, zone) for zone, codes in ZONES.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "zone"), LISTED)
def test_a_municipality_lies_in_the_zone_of_the_notice(code, zone):
    assert crs.zone_of(code) == zone


def test_every_prefecture_has_a_zone():
    assert {crs.zone_of(f"{number:02d}999") for number in range(1, 48)} == {1, *range(2, 11), 12, 15}


def test_every_exception_stands_once_and_differs_from_its_prefecture():
    table = crs._table()
    listed = [(code, row["zone"]) for row in table["exceptions"] for code in row["codes"]]
    assert len({code for code, _ in listed}) == len(listed)
    for code, zone in listed:
        assert crs.zone_of(code) == zone != table["prefectures"][code[:2]]


@pytest.mark.real
def test_every_municipality_lies_in_the_extent_that_proj_gives_its_zone(real_data):
    """PROJ's extents are boxes by prefecture; a fifth of a degree is the room the islands on their rims need."""
    shapes = json.loads((real_data / "japan/admin/N03-21_210101_s0010.topojson").read_text("utf-8"))
    scale, origin = shapes["transform"]["scale"], shapes["transform"]["translate"]
    outside, seen = [], set()
    for item in next(iter(shapes["objects"].values()))["geometries"]:
        code = item["properties"].get("N03_007")
        if not code or code in NORTHERN_TERRITORIES:
            continue
        seen.add(code)
        place = [
            o + s * at for o, s, at in zip(origin, scale, first_point(item, shapes["arcs"]), strict=True)
        ]
        west, south, east, north = CRS.from_epsg(6668 + crs.zone_of(code)).area_of_use.bounds
        if not (west - 0.2 <= place[0] <= east + 0.2 and south - 0.2 <= place[1] <= north + 0.2):
            outside.append((code, place))
    assert len(seen) > 1_850
    assert outside == []


def first_point(item, arcs):
    """Return the first point of the finest ring of a geometry of a TopoJSON file: its main island."""
    parts = item["arcs"] if item["type"] == "MultiPolygon" else [item["arcs"]]
    ring = max((part[0] for part in parts), key=lambda ring: sum(len(arcs[max(n, ~n)]) for n in ring))
    # A reversed arc, ~n, begins where arc n ends; each point but the first is a step from the one before.
    steps = arcs[ring[0]][:1] if ring[0] >= 0 else arcs[~ring[0]]
    return [sum(step[axis] for step in steps) for axis in (0, 1)]


def test_one_zone_for_a_joint_plan():
    assert crs.working_crs(["22212", "22214", "20201"]) == 6676


def test_a_joint_plan_over_two_zones_is_refused_with_both_named():
    with pytest.raises(ConfigurationError) as raised:
        crs.working_crs(["22212", "23100"])
    [problem] = raised.value.problems
    assert (problem.code, raised.value.exit_code) == ("config.zones_differ", 3)
    for part in ("22212 = 第VIII系", "23100 = 第VII系"):
        assert part in problem.what.ja
        assert part in problem.what.en
    assert "EPSG:" in problem.cure.ja


def test_neighbours_of_one_prefecture_may_lie_in_different_zones():
    with pytest.raises(ConfigurationError):
        crs.working_crs(["01202", "01100"])


@pytest.mark.parametrize(
    "code", ["", "2221", "222127", "00101", "48201", "99999", "22a12", "22-12", "２２２１２", "22 12"]
)
def test_what_is_no_code_is_refused(code):
    with pytest.raises(ConfigurationError) as raised:
        crs.zone_of(code)
    [problem] = raised.value.problems
    assert problem.code == "config.municipality"
    assert f"「{code}」" in problem.what.ja


@pytest.mark.parametrize("zone", range(1, 20))
@pytest.mark.parametrize(("base", "datum", "name"), [
    (6668, "JGD2011", "JGD2011"), (2442, "JGD2000", "JGD2000"), (30160, "旧日本測地系", "Tokyo"),
])  # fmt: skip
def test_the_name_of_a_zone_says_what_proj_says(zone, base, datum, name):
    known = CRS.from_epsg(base + zone).name
    assert known.startswith(name)
    roman = known.rsplit(" ", 1)[1]
    assert crs.zone_name(zone) == f"第{roman}系"
    assert crs.crs_name(base + zone) == f"{datum} 第{roman}系 (EPSG:{base + zone})"


def test_names_of_degrees_and_of_the_rest_of_the_world():
    assert crs.crs_name(6668) == "JGD2011 緯度経度 (EPSG:6668)"
    assert crs.crs_name(4326) == "WGS 84 緯度経度 (EPSG:4326)"
    assert crs.crs_name(32654) == "EPSG:32654"


def test_candidates_are_every_system_of_japan_once():
    found = crs.candidate_crs()
    assert len(found) == len(set(found)) == 2 + 3 * 19 + 5 + 1
    assert found[0] == 6668
    assert [CRS.from_epsg(code).name for code in found[59:]] == [
        *(f"JGD2011 / UTM zone {zone}N" for zone in range(51, 56)),
        "WGS 84 / Pseudo-Mercator",
    ]


def test_systems_of_the_country_and_of_the_web_have_names():
    assert crs.crs_name(6691) == "JGD2011 UTM第54帯 (EPSG:6691)"
    assert crs.crs_text(3857).en == "Web Mercator (EPSG:3857)"


def test_coordinates_moved_in_2011_in_twenty_prefectures():
    moved = [number for number in range(1, 48) if crs.moved_in_2011([f"{number:02d}201"])]
    assert moved == list(range(2, 22))
    assert crs.moved_in_2011(["22212", "20201"])
    assert not crs.moved_in_2011(["22212"])
