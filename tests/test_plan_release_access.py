"""What leaves the office on access: every figure on houses is made from the houses shown, and from no other."""

import csv
import shutil

import pandas as pd
import pytest
from village import on_disk

from gisplan.layers.catalogue import packaged_folder
from gisplan.plan.release import _public
from gisplan.plan.run import Request, run

OUTSIDE = ("partner", "public")
SUMMED = ("coverage", "curves", "equity", "bands", "yardsticks")
TAIL = """[access]
from = ["vacant_house"]
to = ["interchange", "hub", "medical", "vacant_house"]

[[access.measure]]
measure = "cumulative"
to = "medical"
supply = "beds"
minutes = 5

[[access.measure]]
measure = "gravity"
to = "vacant_house"

[[access.outer]]
name = "東京駅"
to = "村IC"
minutes = 90
"""


def rows(folder, table):
    return list(csv.DictReader((folder / "tables" / f"{table}.csv").read_text("utf-8-sig").splitlines()))


def of_houses(folder, table):
    found = [row for row in rows(folder, table) if row["layer"] == "vacant_house"]
    assert found, table
    return found


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Return the outputs of every audience, and those of a village that has only the houses shown."""
    layers = tmp_path_factory.mktemp("catalogue") / "layers"
    shutil.copytree(packaged_folder(), layers)
    medical = layers / "life" / "medical.toml"
    text = medical.read_text("utf-8")
    medical.write_text(
        text.replace('column = ["病床数"]\n', 'column = ["病床数"]\naudience = "internal"\n'), "utf-8"
    )
    plan = on_disk.build(tmp_path_factory.mktemp("village"), tail=TAIL)
    alone = on_disk.build(tmp_path_factory.mktemp("alone"), tail=TAIL)
    houses = on_disk.houses()
    on_disk.write(
        alone.parent / on_disk.PATHS["vacant_house"], houses[houses["管理番号"].isin(on_disk.OPEN_HOUSES)]
    )
    found = {}
    for name, path, audience in (
        ("internal", plan, "internal"),
        *((name, plan, name) for name in OUTSIDE),
        ("alone", alone, "internal"),
    ):
        out = tmp_path_factory.mktemp(name) / "out"
        asked = {"parts": ("access",), "outputs": ("tables",)}
        run(Request(plan=path, out=out, audience=audience, layers=layers, **asked))
        found[name] = out
    return found


@pytest.mark.parametrize("table", SUMMED)
@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_table_that_counts_houses_is_that_of_a_village_with_the_houses_shown_alone(
    folders, audience, table
):
    outside = of_houses(folders[audience], table)
    alone = [row for row in of_houses(folders["alone"], table) if row.get("to") != "vacant_house"]
    assert outside == alone
    inside = [row for row in of_houses(folders["internal"], table) if row.get("to") != "vacant_house"]
    assert inside != alone, "the office counts all eight, or this test shows nothing"


@pytest.mark.parametrize("audience", OUTSIDE)
def test_ways_to_houses_and_sums_of_secret_columns_stay_in_the_office(folders, audience):
    inside, outside = rows(folders["internal"], "access"), rows(folders[audience], "access")
    assert {"cumulative_5_beds", "gravity_gaussian_15"} <= {row["measure"] for row in inside}
    assert {row["id"] for row in outside} == set(on_disk.OPEN_HOUSES)
    assert "vacant_house" not in {row["to"] for row in outside}
    assert not {row["measure"] for row in outside} & {
        "cumulative_4_beds",
        "cumulative_5_beds",
        "cumulative_6_beds",
    }
    for table in SUMMED:
        assert "vacant_house" not in {row["to"] for row in rows(folders[audience], table)}


@pytest.mark.parametrize("audience", OUTSIDE)
def test_what_says_nothing_of_houses_leaves_as_it_is(folders, audience):
    assert rows(folders[audience], "outer") == rows(folders["internal"], "outer")
    assert rows(folders[audience], "outer")


def test_the_name_of_a_neighbourhood_is_no_name_of_a_house():
    rows = pd.DataFrame(
        {"layer": ["vacant_house"] * 2, "to": ["hub"] * 2, "area": ["a1", "a2"], "name": ["上西田", "下西田"]}
    )
    assert list(_public(rows, set(), {"vacant_house"})["name"]) == ["上西田", "下西田"]
    own = rows.drop(columns="area").assign(id=["h1", "h2"])
    assert list(_public(own, {"h1", "h2"}, {"vacant_house"})["name"]) == ["", ""]
