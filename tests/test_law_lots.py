"""Lots across borders: rectangles that a planner can draw on squared paper, and what the check must say of them."""

import datetime as dt
import math
import tomllib
from dataclasses import replace
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import shapely
import shapely.affinity
from village import village

from gisplan.law.check import check

CASES = tomllib.loads((Path(__file__).parent / "cases" / "lots.toml").read_text("utf-8"))["case"]
FAR = 2000.0
"""Half the width of the plane around the lots [m]."""

SQUARE = [0, 0, 10, 10]
PLANE = shapely.box(-FAR, -FAR, FAR, FAR)
UNUSED = ("hub", "district_plan", "priority_district")
PUBLISHED = {
    "version": "1",
    "use_exception": True,
    "consented_on": dt.date(2026, 6, 1),
    "published_on": dt.date(2026, 6, 30),
}
DEFAULTS = {"zone": {"year": 2026, "floor_area_ratio": math.nan, "building_coverage": math.nan}}


def shape_of(lot):
    """Return the shape of a lot: a point, a rectangle, or several rectangles as one."""
    if isinstance(lot[0], list):
        return shapely.union_all([shapely.box(*box) for box in lot])
    return shapely.Point(lot) if len(lot) == 2 else shapely.box(*lot)


def zones_of(case):
    """Return the zones of a case as rows."""
    if "zones" in case:
        return [
            {
                "zone": row["zone"],
                "geometry": shapely.box(*row["box"]),
                "floor_area_ratio": row.get("far", math.nan),
                "building_coverage": row.get("coverage", math.nan),
            }
            for row in case["zones"]
        ]
    edges = pairwise(accumulate(case["ground"].values(), initial=0))
    return [
        {"zone": zone, "geometry": shapely.box(west / 10, -50, east / 10, 60)}
        for zone, (west, east) in zip(case["ground"], edges, strict=True)
        if zone != "なし"
    ]


def layers_of(case):
    """Return the rows of every layer of a case, around the origin."""
    land = case.get("land", "市街化区域")
    control = shapely.box(*case["control"]) if "control" in case else shapely.Polygon()
    divided = {"市街化区域": PLANE.difference(control), "市街化調整区域": control}
    if land in {"市街化調整区域", "白地", "区域外"}:
        divided = {"市街化調整区域": PLANE} if land == "市街化調整区域" else {}
    kind = "非線引き都市計画区域" if land == "白地" else "線引き都市計画区域"
    lot = {
        "use": "office_coworking",
        "floor_area": float(case.get("floor_area", 100)),
        "storey": 1,
        "geometry": shape_of(case.get("lot", SQUARE)),
    }
    return {
        "site": [lot],
        "zone": zones_of(case),
        "area_division": [
            {"division": name, "geometry": part} for name, part in divided.items() if part.area
        ],
        "city_planning_area": [{"kind": kind, "geometry": PLANE}] if land != "区域外" else [],
        "promotion_area": [PUBLISHED | {"geometry": shapely.box(*case["area"])}] if "area" in case else [],
        "municipality": [{"code": "22999", "geometry": PLANE}],
    }


def checked(cases):
    """Return the check of several cases, each with a plane of its own, side by side; they share the options."""
    held = {name: [] for name in layers_of(cases[0])}
    for place, case in enumerate(cases):
        for name, rows in layers_of(case).items():
            for number, row in enumerate(rows):
                moved = shapely.affinity.translate(row["geometry"], xoff=5 * FAR * place)
                key = f"{place:03d}-{number:02d}"
                named = {"id": case["what"] if name == "site" else key, "name": key}
                held[name].append(row | named | {"geometry": moved})
    # The layers are there even where no case draws on them.
    beyond = shapely.box(-3 * FAR, 0, -3 * FAR + 10, 10)
    for name, row in (("promotion_area", PUBLISHED), ("area_division", {"division": "市街化調整区域"})):
        held[name].append(row | {"id": "beyond", "name": "遠い区域", "geometry": beyond})
    unknown = cases[0].get("land") == "不明"
    built = village.atlas(
        tolerance=cases[0].get("tolerance", 1.0),
        without=[*UNUSED, *(("area_division", "city_planning_area") if unknown else ())],
        **{name: village.frame(rows, **DEFAULTS.get(name, {})) for name, rows in held.items()},
    )
    return check(built, across_edge=cases[0].get("across_edge"))


def options_of(case):
    """Return what the cases of one check must share."""
    return case.get("tolerance", 1.0), case.get("across_edge", ""), case.get("land") == "不明"


@pytest.fixture(scope="module")
def found():
    """Return verdict and parts of every lot, by its words."""
    rows, parts = {}, {}
    for _, group in groupby(sorted(CASES, key=options_of), key=options_of):
        answer = checked(list(group))
        rows |= {row["id"]: row for _, row in answer.verdicts.iterrows()}
        parts |= dict(iter(answer.ratios.groupby("id")))
    return SimpleNamespace(rows=rows, parts=parts)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_a_lot(case, found):
    row, parts = found.rows[case["what"]], found.parts[case["what"]]
    assert row["verdict"] == case["verdict"]
    assert row["zone"] == case.get("zone", row["zone"])
    assert row["zone_share"] == pytest.approx(case.get("share", row["zone_share"]), nan_ok=True)
    for column, key in (("floor_area_ratio", "far"), ("building_coverage", "coverage")):
        if case.get(key) == "none":
            assert math.isnan(row[column])
        elif key in case:
            assert row[column] == pytest.approx(case[key], rel=1e-9)
    for column, key in (("reason_ja", "reason"), ("caution_ja", "caution"), ("shares_ja", "shares")):
        assert case.get(key, "") in row[column]
    assert [word for word in case.get("articles", ()) if word not in row["articles"]] == []
    said = "".join(row[column] for column in ("reason_ja", "caution_ja", "shares_ja", "articles"))
    assert [word for word in case.get("unsaid", ()) if word in said] == []
    if "parts" in case:
        assert parts.groupby("zone")["area_m2"].sum().to_dict() == pytest.approx(case["parts"])
    if "contested" in case:
        assert parts["contested_m2"].sum() == pytest.approx(case["contested"], abs=1e-9)
    assert parts["share"].sum() == pytest.approx(1.0, abs=1e-9)


def test_there_are_enough_lots_and_none_twice():
    assert len(CASES) >= 60
    assert len({case["what"] for case in CASES}) == len(CASES)
    assert len({case["verdict"] for case in CASES}) == 7


def test_the_table_of_parts_gives_area_and_ratios_of_every_part():
    case = next(case for case in CASES if case["what"] == "容積率と建蔽率は過半ではなく面積で加重する")
    parts = checked([case]).ratios.set_index("zone")
    columns = ["area_m2", "share", "floor_area_ratio", "building_coverage"]
    assert parts.loc["第一種住居地域", columns].tolist() == pytest.approx([60, 0.6, 200, 60])
    assert parts.loc["商業地域", columns].tolist() == pytest.approx([40, 0.4, 400, 80])
    assert set(parts["layer"]) == {"site"}


def test_the_option_of_the_plan_says_what_a_lot_across_the_edge_is():
    lots = village.frame([village.lot(20, 94)])
    built = village.atlas(site=lots, without=["hub"])
    assert check(built).verdicts["verdict"].tolist() == ["cannot_tell"]
    chosen = replace(built.plan, check=replace(built.plan.check, across_edge="majority"))
    assert check(replace(built, plan=chosen)).verdicts["verdict"].tolist() == ["special_provision_permit"]
    asked = check(replace(built, plan=chosen), across_edge="cannot_tell").verdicts
    assert asked["verdict"].tolist() == ["cannot_tell"]


def test_parts_of_one_building_on_one_lot_are_added_up():
    both = [
        village.lot(320, 20, floor_area=1000.0, storey=1, building="棟1"),
        village.lot(320, 20, floor_area=500.1, storey=2, building="棟1"),
        village.lot(320, 20, floor_area=500.1, storey=2, building=""),
        village.lot(320, 20, floor_area=500.1, storey=2, building=""),
    ]
    found = check(village.atlas(site=village.frame(both), without=["hub"])).verdicts
    assert found["verdict"].tolist() == ["special_provision_permit"] * 2 + ["by_right_within_limits"] * 2
    assert "合計は床面積1,500.1㎡" in found["reason_ja"].iloc[0]
