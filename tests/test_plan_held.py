"""Houses held back: what is told of them in all files together cannot be undone by subtraction."""

import csv
import dataclasses
import datetime as dt
import json
import sqlite3
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from test_plan_release import held_back, texts
from test_suppression import ranges
from village import on_disk

from gisplan.core.options import ReleaseOptions
from gisplan.core.tables import contracts, hold
from gisplan.law.houses import listings_of
from gisplan.law.rule import read_rule
from gisplan.plan.captions import audience_notes
from gisplan.plan.held import _cells, hold_back, may_be_shown
from gisplan.plan.outputs import ALL, TABLES
from gisplan.plan.release import KEPT, TOLD, release
from gisplan.plan.run import Request, run

CRS = "EPSG:6676"
SMALLEST = 10
ACCESS = on_disk.ACCESS + "minutes = [0.3, 0.6, 2]\n"  # 甲 is farther from a hub than 0.6 minutes
SITE = '[site]\np = 1\ndemand = "vacant_house"\nlawful = false\n'
TO_HOUSES = on_disk.ACCESS.replace('"medical"]', '"medical", "vacant_house"]')
PLACES = {"甲": (-100, 140), "乙": (400, 140), "丙": (900, 140), "丁": (1300, 900)}
"""Middles of four mesh cells of the village, as `houses_at` checks; at 丁 no road is near."""

COUNTS = {"甲": 3, "乙": 12, "丙": 25, "丁": 11}


def houses_at(counts, *, step=3.0):
    """Return a list of houses: some at each place of `PLACES`, none of them open, and three open ones."""
    rows = [
        {"管理番号": f"秘{name}{number:02d}", "at": (x + step * (number % 5), y + step * (number // 5))}
        for name, (x, y) in PLACES.items()
        for number in range(counts.get(name, 0))
    ]
    opened = [
        {"管理番号": f"開{number}", "公開同意": "○", "at": (500 + 20 * number, 145)} for number in range(3)
    ]
    return on_disk.listed([{"出典": "台帳", "公開同意": "", **row} for row in [*rows, *opened]])


def told(folder, counts, *, tail=ACCESS, outputs=ALL, **options):
    """Return the outcome of a public run over houses at some places."""
    plan = on_disk.build(folder, tail=tail)
    on_disk.write(folder / on_disk.PATHS["vacant_house"], houses_at(counts, **options))
    return run(Request(plan=plan, out=folder / "out", audience="public", houses=True, outputs=outputs))


def rows(folder, table):
    path = folder / "tables" / f"{table}.csv"
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines())) if path.is_file() else None


@pytest.fixture(scope="module")
def public(tmp_path_factory):
    return told(tmp_path_factory.mktemp("held"), COUNTS)


# ---- what is told ------------------------------------------------------------------------------------------


def cells_of(*places):
    points = gpd.GeoDataFrame(geometry=[shapely.Point(place) for place in places], crs=CRS)
    return list(_cells(points))


def test_the_places_lie_in_four_cells():
    assert len(set(cells_of(*PLACES.values()))) == 4
    for x, y in PLACES.values():
        assert len(set(cells_of((x, y), (x + 15, y + 15)))) == 1


def test_counts_by_mesh_with_the_small_one_hidden(public):
    # 11 at 丁 hides the 3 at 甲; 12 and 25 are told.
    assert rows(public.folder, "held_back") == [
        {"by": "mesh", "area": cell, "name": "", "houses": count, "suppressed": "false"}
        for cell, count in sorted(zip(cells_of(PLACES["乙"], PLACES["丙"]), ("12", "25"), strict=True))
    ] + [{"by": "rest", "area": "", "name": "", "houses": "14", "suppressed": "true"}]


def test_every_file_says_how_many_are_held_back(public):
    found = texts(public.folder)
    assert held_back(public.folder) == 51
    for name in ("map.html", "tables.xlsx", "tables/README.txt"):
        assert "同意のない空家等 51 件は含めていません" in found[name], name
    with sqlite3.connect(public.folder / "layers.gpkg") as file:
        assert file.execute("SELECT sum(houses) FROM held_back").fetchone() == (51,)
    assert sum(int(row["houses"]) for row in rows(public.folder, "held_back")) == 51


def test_the_audit_of_all_files_together(public):
    """Every published figure on houses is a figure on the houses shown, or one of the told counts."""
    folder = public.folder
    shown = {row["id"] for row in rows(folder, "access") if row["layer"] == "vacant_house"}
    assert shown == {"開0", "開1", "開2"}
    nearest = public.results.measured.nearest.set_index("id").loc[sorted(shown)]
    for row in rows(folder, "coverage"):
        inside = (nearest[f"to_{row['to']}"] <= float(row["minutes"])).sum()
        assert (row["total"], row["within"]) == ("3", str(inside))
    assert {row["vacant_houses"] for row in rows(folder, "provision")} == {""}
    assert rows(folder, "house_counts") is rows(folder, "double_listings") is None
    counts = {row["area"]: int(row["houses"]) for row in rows(folder, "held_back") if row["by"] == "mesh"}
    rest = held_back(folder) - sum(counts.values())
    for low, high in ranges(2, rest, least=1):  # even for one who knows that 甲 and 丁 hold the rest
        assert high >= SMALLEST
        assert high - low >= SMALLEST - 1


def test_what_is_told_does_not_depend_on_what_is_held_back(public, tmp_path):
    """Two lists that differ only in houses held back, and agree in the told counts, give the same bytes."""
    other = told(tmp_path, {**COUNTS, "甲": 11, "丁": 3}, step=2.0)
    one, two = on_disk.everything(public.folder), on_disk.everything(other.folder)
    assert set(one) == set(two)
    assert [name for name in one if one[name] != two[name]] == ["manifest.json"]
    before, after = (json.loads(files["manifest.json"]) for files in (one, two))
    # The fingerprint of the question says that something changed, and no more.
    assert before.pop("question") != after.pop("question")
    for manifest in (before, after):
        assert manifest["layers"].pop("vacant_house")["files"] == "withheld"
        del manifest["inputs"]
        # A GeoPackage holds the hour at which the test wrote it.
        for file in (file for layer in manifest["layers"].values() for file in layer["files"]):
            del file["sha256"], file["size"]
    assert before == after


def test_the_office_sees_what_differs(public, tmp_path):
    figures = []
    for name, counts in (("one", COUNTS), ("two", {**COUNTS, "甲": 11, "丁": 3})):
        folder = tmp_path / name
        folder.mkdir()
        plan = on_disk.build(folder, tail=ACCESS)
        on_disk.write(folder / on_disk.PATHS["vacant_house"], houses_at(counts))
        run(Request(plan=plan, out=folder / "out", houses=True, parts=("access",), outputs=(TABLES,)))
        figures.append(rows(folder / "out", "coverage"))
    assert figures[0] != figures[1], "or the test above shows nothing"


def test_the_sums_of_a_siting_for_houses_stay_inside(tmp_path):
    found = rows(told(tmp_path, COUNTS, tail=on_disk.ACCESS + SITE, outputs=(TABLES,)).folder, "siting")
    assert len(found) == 1
    assert found[0]["id"]
    assert {found[0][name] for name in ("demand_served", "mean_minutes", "objective", "bound", "gap")} == {""}


def test_minutes_to_houses_and_houses_as_candidates_stay_inside(tmp_path):
    site = SITE.replace("[site]\n", '[site]\ncandidates = "vacant_house"\n')
    outcome = told(tmp_path, COUNTS, tail=TO_HOUSES + site)
    for table in ("access", "coverage", "curves"):
        assert {row["to"] for row in rows(outcome.folder, table)} == {"interchange", "hub", "medical"}
    assert {row["id"] for row in rows(outcome.folder, "siting")} <= {"", "開0", "開1", "開2"}
    for name, text in texts(outcome.folder).items():
        assert "秘甲" not in text, name
        assert "秘丙" not in text, name


def test_findings_do_not_count_all_houses(public):
    found = [row for row in rows(public.folder, "findings") if row["layer"] in {"vacant_house", "siting"}]
    assert {row["code"] for row in found} <= {"layer.credit_published", "house.areas_missing"}
    inside = {
        row["code"] for row in public.results.findings.to_dict("records") if row["layer"] == "vacant_house"
    }
    assert "access.not_assessed" in inside


# ---- which records are shown -------------------------------------------------------------------------------


def listed(*records):
    """Return records of (id, source, consent, x, y)."""
    frame = pd.DataFrame([row[:3] for row in records], columns=["id", "source", "consent"])
    frame = frame.assign(consent=frame["consent"].astype("boolean"), address="")
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(row[3:]) for row in records], crs=CRS)


def held(table, neighbourhoods=None, **options):
    found = listings_of(table, rule=read_rule("houses"), day=dt.date(2026, 11, 1))
    shown = may_be_shown(table, found)
    answer = hold_back(table, shown, found, neighbourhoods=neighbourhoods, options=ReleaseOptions(**options))
    return list(table.loc[shown, "id"]), answer


@pytest.mark.parametrize(
    ("source", "consent", "shown"),
    [
        ("ledger", True, True), ("survey", True, True), ("bank", True, True), ("bank", None, True),
        ("ledger", None, False), ("survey", None, False), ("", None, False), ("bank", False, False),
    ],
)  # fmt: skip
def test_mistake_16_a_point_is_shown_with_consent_or_by_a_bank_and_a_no_always_counts(source, consent, shown):
    kept, answer = held(listed(("A", source, consent, 0, 0)))
    assert kept == (["A"] if shown else [])
    assert answer.count == (not shown)


def test_a_no_in_one_list_keeps_the_house_of_the_other_list_inside():
    kept, answer = held(listed(("A", "ledger", False, 0, 0), ("B", "bank", None, 2, 0)))
    assert kept == []
    assert answer.count == 1, "one house, listed twice"


def test_a_house_shown_by_one_record_is_not_held_back_by_another():
    kept, answer = held(listed(("A", "ledger", None, 0, 0), ("B", "bank", None, 2, 0)))
    assert kept == ["B"]
    assert answer.count == 0


# ---- by neighbourhood --------------------------------------------------------------------------------------


def many(count, x, *, start=0):
    return [(f"H{start + n:03d}", "ledger", None, x + 3 * n, 0) for n in range(count)]


TOWN = gpd.GeoDataFrame(
    {"id": ["1", "2", "3"], "name": ["東町", "", "西町"]},
    geometry=[
        shapely.box(0, -50, 900, 50),
        shapely.box(1000, -50, 1900, 50),
        shapely.box(2000, -50, 2900, 50),
    ],
    crs=CRS,
)


def test_counts_by_neighbourhood_and_never_by_mesh():
    table = listed(
        *many(20, 0), *many(12, 1000, start=100), *many(4, 2000, start=200), *many(15, 5000, start=300)
    )
    _, answer = held(table, TOWN, houses_by="neighbourhood")
    assert [tuple(row) for row in answer.table[["by", "area", "houses"]].to_numpy()] == [
        ("neighbourhood", "", 15),  # outside every neighbourhood
        ("neighbourhood", "東町", 20),
        ("rest", "", 16),
    ]
    assert list(answer.cells["id"]) == ["東町"]
    assert answer.cells.crs.to_epsg() == 6676
    assert answer.cells.geometry.iloc[0].equals(TOWN.geometry.iloc[0])
    assert held(table)[1].table["by"].iloc[0] == "mesh"


def test_a_point_on_the_border_of_two_neighbourhoods_counts_once():
    border = TOWN.assign(
        geometry=[shapely.box(0, -50, 50, 50), shapely.box(50, -50, 99, 50), TOWN.geometry[2]]
    )
    table = listed(*[(f"H{n:02d}", "ledger", None, 50, 0) for n in range(11)])
    _, answer = held(table, border, houses_by="neighbourhood")
    assert answer.table["houses"].sum() == 11
    assert set(answer.table["area"]) == {"2", ""}


def test_without_neighbourhoods_or_with_too_few_only_the_total_is_told():
    table = listed(*many(20, 0))
    _, answer = held(table, None, houses_by="neighbourhood")
    assert answer.table["houses"].tolist() == [20]
    assert [doubt.code for doubt in answer.doubts] == ["release.no_neighbourhood"]
    _, few = held(listed(*many(5, 0)), TOWN, houses_by="neighbourhood")
    assert few.table["houses"].tolist() == [5]
    assert [doubt.code for doubt in few.doubts] == ["release.nothing_told"]
    assert few.cells.empty


def test_nothing_held_back_is_nought_and_said():
    _, answer = held(listed(("A", "bank", None, 0, 0)))
    assert answer.count == 0
    assert answer.table["houses"].tolist() == [0]
    assert answer.table["suppressed"].tolist() == [False]
    assert answer.doubts == ()


def test_the_cells_are_those_of_the_mesh():
    table = listed(*many(12, 0))
    _, answer = held(table)
    for cell in answer.cells.itertuples():
        inside = shapely.covers(cell.geometry, table.geometry.to_numpy())
        assert inside.sum() == cell.houses
        assert 50_000 < shapely.area(cell.geometry) < 80_000


@pytest.mark.parametrize("smallest", [1, 3, 10, 25])
def test_the_smallest_count_is_that_of_the_plan(smallest):
    table = listed(*many(20, 0), *many(12, 1000, start=100), *many(4, 2000, start=200))
    _, answer = held(table, TOWN, houses_by="neighbourhood", smallest_count=smallest)
    told_counts = answer.table.loc[answer.table["by"] == "neighbourhood", "houses"]
    assert (told_counts >= smallest).all()
    assert answer.table["houses"].sum() == 36


def test_the_order_of_the_rows_changes_nothing():
    table = listed(*many(20, 0), *many(12, 1000, start=100), *many(4, 2000, start=200))
    for options in ({}, {"houses_by": "neighbourhood"}):
        one, other = held(table, TOWN, **options)[1], held(table[::-1], TOWN[::-1], **options)[1]
        pd.testing.assert_frame_equal(one.table, other.table)
        assert one.cells.equals(other.cells)


# ---- tables and words --------------------------------------------------------------------------------------


def test_every_table_is_told_or_kept_and_an_unknown_one_is_kept(public):
    assert set(TOLD) | set(KEPT) == set(contracts())
    assert not set(TOLD) & set(KEPT)
    atlas = public.results.atlas
    secret = {
        name: pd.DataFrame({"note": ["秘密"]}) for name in ("house_counts", "double_listings", "not_known")
    }
    tables = {**public.results.tables, **secret}
    whole = public.results
    results = SimpleNamespace(
        atlas=atlas,
        tables=tables,
        measured=whole.measured,
        isochrones=whole.isochrones,
        drawn=whole.drawn,
        simulated=None,
    )
    assert not set(secret) & set(release(results, audience="public").tables)
    assert set(secret) <= set(release(results, audience="internal").tables)


def test_rows_of_houses_are_held_back_in_every_table_with_a_layer_and_an_id(public):
    columns = contracts()["programmes"].names
    row = dict.fromkeys(columns, "") | {"layer": "vacant_house", "programme": "p"}
    programmes = hold(pd.DataFrame([row | {"id": "秘甲00"}, row | {"id": "開0"}]), "programmes")
    tables = {**public.results.tables, "programmes": programmes}
    whole = public.results
    results = SimpleNamespace(
        atlas=whole.atlas,
        tables=tables,
        measured=whole.measured,
        isochrones=whole.isochrones,
        drawn=whole.drawn,
        simulated=None,
    )
    assert list(release(results, audience="public").tables["programmes"]["id"]) == ["開0"]


def test_a_release_has_the_cells_of_what_it_tells(public):
    found = release(public.results, audience="public")
    table = found.tables["held_back"]
    assert list(found.cells["id"]) == list(table.loc[table["by"] == "mesh", "area"])
    assert found.held_back == 51
    assert release(public.results, audience="internal").cells is None
    assert "held_back" not in release(public.results, audience="internal").tables


def test_a_release_by_neighbourhood_without_any_tells_the_total(public):
    options = ReleaseOptions(houses_by="neighbourhood")
    atlas = public.results.atlas
    changed = dataclasses.replace(atlas, plan=dataclasses.replace(atlas.plan, release=options))
    found = release(dataclasses.replace(public.results, atlas=changed), audience="public")
    assert found.cells is None
    assert found.tables["held_back"]["houses"].tolist() == [51]
    assert "release.no_neighbourhood" in set(found.tables["findings"]["code"])


def test_the_notes_say_by_what_and_from_which_count():
    told_by = {
        way: audience_notes("public", held_back=5, release=ReleaseOptions(houses_by=way, smallest_count=7))
        for way in ("mesh", "neighbourhood")
    }
    assert "250 mメッシュごと" in told_by["mesh"][1].ja
    assert "7 戸に満たない町丁目" in told_by["neighbourhood"][1].ja
    assert "fewer than 7" in told_by["mesh"][1].en
    assert len(audience_notes("public", held_back=0, release=ReleaseOptions())) == 1
    assert audience_notes("internal", held_back=0, release=ReleaseOptions()) == ()


def test_coverage_of_the_houses_shown_keeps_unreached_and_not_assessed_apart():
    from gisplan.access.summed import SUMMED, summed
    from gisplan.plan.release import _summed

    nearest = pd.DataFrame(
        {
            "layer": "vacant_house",
            "id": ["A", "B", "C", "D"],
            "snap_m": [1.0, 1.0, np.nan, 1.0],
            "to_hub": [4.0, np.nan, np.nan, 1.0],
            "to_shop": np.nan,
        }
    )
    minutes = np.array([4.0, np.inf, np.nan, 1.0])
    parts = [
        summed(minutes, np.ones(4), layer="vacant_house", to="hub", thresholds=(5.0,)),
        summed(None, np.ones(4), layer="vacant_house", to="shop", thresholds=(5.0,)),
        summed(minutes, np.ones(4), layer="population", to="hub", thresholds=(5.0,)),
    ]
    tables = {name: pd.concat([part[name] for part in parts]) for name in SUMMED}
    made = _summed(tables, nearest, {"A", "B", "C"})
    assert set(made) == set(SUMMED)
    found = made["coverage"].set_index(["layer", "to"])
    hub = found.loc[("vacant_house", "hub")]
    assert hub[["total", "within", "unreached", "not_assessed"]].tolist() == [3, 1, 1, 1]
    assert hub["share"] == 0.5
    shop = found.loc[("vacant_house", "shop")]
    assert (shop["total"], shop["not_assessed"]) == (3, 3)
    assert np.isnan(shop["within"])
    assert found.loc[("population", "hub"), "total"] == 4
