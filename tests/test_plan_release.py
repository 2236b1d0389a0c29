"""Who may see what: what must not leave the office is in no byte of what leaves it."""

import csv
import itertools
import json
import re
import shutil
import sqlite3

import pandas as pd
import pytest
from deep_bytes import contents, readings
from village import on_disk

from gisplan.layers.catalogue import packaged_folder
from gisplan.plan.outputs import ALL
from gisplan.plan.run import Request, run

CLOSED = [name for name in on_disk.HOUSES if name not in on_disk.OPEN_HOUSES]
OUTSIDE = ("partner", "public")
FEW = ("map", "tables", "geopackage")
"""What is written for the office, which may see it all."""


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def released(village, tmp_path_factory):
    """Return the outputs of every audience, houses judged one by one."""
    found = {}
    for audience in ("internal", *OUTSIDE):
        out = tmp_path_factory.mktemp(audience) / "out"
        outputs = FEW if audience == "internal" else ALL
        found[audience] = run(Request(plan=village, out=out, audience=audience, houses=True, outputs=outputs))
    return found


def texts(folder):
    """Return all that every output says, however it is packed, by name."""
    found = {}
    for name, content in contents(folder):
        found.setdefault(name.split("!")[0], []).extend(readings(content))
    return {name: "\n".join(said) for name, said in found.items()}


def held_back(folder):
    """Return how many houses the manifest says are held back."""
    return json.loads((folder / "manifest.json").read_text("utf-8"))["held_back"]


def rows(folder, table):
    return list(csv.DictReader((folder / "tables" / f"{table}.csv").read_text("utf-8-sig").splitlines()))


def test_the_secrets_are_there_to_be_kept(released):
    together = "\n".join(texts(released["internal"].folder).values())
    for secret, house in itertools.product(on_disk.SECRETS, on_disk.HOUSES):
        assert f"{secret}{house}" in together, "the office's own files hold them, or this test shows nothing"
    assert "秘密の年H03" in together


@pytest.mark.parametrize("audience", OUTSIDE)
def test_nothing_secret_is_in_any_byte(released, audience):
    for name, text in texts(released[audience].folder).items():
        assert "秘密" not in text, name
        assert "\\u79d8\\u5bc6" not in text, name


@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_house_without_consent_is_in_no_file(released, audience):
    for name, text in texts(released[audience].folder).items():
        for house in CLOSED:
            assert house not in text, (name, house)


@pytest.mark.parametrize("audience", OUTSIDE)
def test_the_network_report_speaks_of_no_houses_outside(released, audience):
    def subjects(name):
        return {row["subject"] for row in rows(released[name].folder, "network")}

    assert "vacant_house" in subjects("internal")
    assert "hub" in subjects(audience)
    assert "vacant_house" not in subjects(audience)


@pytest.mark.parametrize("audience", OUTSIDE)
def test_a_house_with_consent_or_listed_by_a_bank_is_there(released, audience):
    folder = released[audience].folder
    for table in ("verdicts", "access"):
        found = {row["id"] for row in rows(folder, table) if row["layer"] == "vacant_house"}
        assert found == set(on_disk.OPEN_HOUSES), table
    with sqlite3.connect(folder / "layers.gpkg") as file:
        assert [row[0] for row in file.execute("SELECT id FROM vacant_house ORDER BY id")] == list(
            on_disk.OPEN_HOUSES
        )
        columns = {row[1] for row in file.execute("PRAGMA table_info(vacant_house)")}
    assert not columns & {"owner", "telephone", "note", "address"}
    page = texts(folder)["map.html"]
    assert all(house in page for house in on_disk.OPEN_HOUSES)


def test_the_office_sees_every_house(released):
    folder = released["internal"].folder
    assert {row["id"] for row in rows(folder, "verdicts") if row["layer"] == "vacant_house"} == set(
        on_disk.HOUSES
    )


@pytest.mark.parametrize("audience", OUTSIDE)
def test_the_rows_refused_stay_in_the_office(released, audience):
    assert "rejects.xlsx" in on_disk.everything(released["internal"].folder)
    assert "rejects.xlsx" not in on_disk.everything(released[audience].folder)


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (
            "partner",
            ("同意のない空家等 5 件は含めていません", "5 vacant houses without consent are held back"),
        ),
        (
            "public",
            ("同意のない空家等 5 件は含めていません", "5 vacant houses without consent are held back"),
        ),
    ],
)
def test_how_many_houses_are_held_back_is_said(released, audience, words):
    folder = released[audience].folder
    found = texts(folder)
    assert held_back(folder) == 5
    for text in words:
        assert text in found["map.html"]
    assert words[0] in found["tables.xlsx"]


def test_the_office_holds_nothing_back(released):
    found = texts(released["internal"].folder)
    assert held_back(released["internal"].folder) == 0
    assert "含めていません" not in found["map.html"] + found["tables.xlsx"]


@pytest.mark.parametrize("audience", OUTSIDE)
def test_counts_of_all_houses_stay_in_the_office(released, audience):
    inside, outside = (rows(released[name].folder, "coverage") for name in ("internal", audience))
    assert [row["total"] for row in inside] == ["8"] * len(inside)
    assert [row["total"] for row in outside] == ["3"] * len(inside), "the houses shown, and no other"
    provision = rows(released[audience].folder, "provision")
    assert provision
    assert {row["vacant_houses"] for row in provision} == {""}


def test_doubts_that_quote_cells_of_houses_stay_in_the_office(released):
    codes = {
        name: {row["code"] for row in rows(outcome.folder, "findings")} for name, outcome in released.items()
    }
    assert codes["internal"] - codes["public"] - {"layer.credit_assumed"} == {"value.unread"}
    assert "layer.credit_published" in codes["public"]


def test_an_empty_list_of_houses_is_not_assessed_for_outsiders_too(tmp_path):
    plan = on_disk.build(tmp_path)
    on_disk.write(tmp_path / on_disk.PATHS["vacant_house"], on_disk.houses().head(0))
    run(Request(plan=plan, out=tmp_path / "out", audience="public", outputs=("tables",)))
    found = {row["code"] for row in rows(tmp_path / "out", "findings") if row["layer"] == "vacant_house"}
    assert "data.not_assessed" in found


def test_an_office_run_after_a_public_one_does_not_reuse_it_nor_the_other_way(tmp_path):
    plan = on_disk.build(tmp_path / "village", tail="", road=None, interchange=None, medical=None)
    few = {"parts": ("check",), "outputs": ("tables", "geopackage")}
    run(Request(plan=plan, out=tmp_path / "out", audience="internal", **few))
    outcome = run(Request(plan=plan, out=tmp_path / "out", audience="public", **few))
    assert not outcome.unchanged
    assert "rejects.xlsx" not in on_disk.everything(tmp_path / "out")
    assert not any("秘密" in text for text in texts(tmp_path / "out").values())
    back = run(Request(plan=plan, out=tmp_path / "out", audience="internal", **few))
    assert not back.unchanged
    assert "rejects.xlsx" in on_disk.everything(tmp_path / "out")


def test_the_audience_of_plan_toml_counts_where_none_is_asked(tmp_path):
    plan = on_disk.build(tmp_path, plan=on_disk.PLAN + 'audience = "partner"\n')
    few = {"parts": ("check",), "outputs": ("tables",)}
    assert run(Request(plan=plan, out=tmp_path / "out", **few)).manifest["held_back"] == 5


def test_the_tables_in_memory_are_not_changed_by_a_release(village):
    from gisplan.plan.release import release

    results = run(Request(plan=village, out=None, audience="public", houses=True)).results
    before = {name: table.copy() for name, table in results.tables.items()}
    release(results, audience="public")
    for name, table in results.tables.items():
        pd.testing.assert_frame_equal(table, before[name])
    assert len(results.atlas.layers["vacant_house"].table) == 8


# ---- the demo town -----------------------------------------------------------------------------------------

DEMO = packaged_folder() / "demo"
PRIVATE = {
    "所有者": "隠し持主",
    "電話番号": "隠し番号",
    "備考": "隠し覚書",
    "所在地": "隠し住所",
    "名称": "隠し物件",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Return the demo town's list with secrets in every row, its outputs for the public, and all that they say.

    Its figures are drawings and, in the report, pictures; what a PDF says is tried with the village's.
    """
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(DEMO, folder / "demo")
    path = folder / "demo" / "vacant_house.csv"
    listed = pd.read_csv(path, encoding="cp932", dtype=str, keep_default_na=False)
    numbers = listed["管理番号"].str[1:]  # the same for the row that stands twice
    listed = listed.assign(**{name: word + numbers for name, word in PRIVATE.items()}, 所有区分="民間")
    listed.to_csv(path, index=False, encoding="cp932")
    plan = folder / "demo" / "plan.toml"
    plan.write_text(plan.read_text("utf-8") + '\n[print]\nformats = ["svg"]\n', "utf-8")
    run(Request(plan=plan, out=folder / "out", audience="public", houses=True))
    return listed, folder / "out", texts(folder / "out")


def test_mistake_16_no_secret_of_any_house_of_the_demo_town_is_in_any_file(town):
    _, _, found = town
    assert {"map.html", "layers.gpkg", "tables.xlsx", "manifest.json", "tables/README.txt"} <= set(found)
    for name, text in found.items():
        for word in PRIVATE.values():
            assert word not in text, name
            assert word.encode("unicode_escape").decode() not in text, name
        assert "owner_kind" not in text, name


def test_mistake_16_of_the_demo_town_only_open_houses_are_in_any_file(town):
    listed, folder, found = town
    opened = (listed["公開同意"] == "有") | ((listed["公開同意"] == "") & (listed["出典"] == "空き家バンク"))
    closed = set(listed.loc[~opened, "管理番号"])
    assert len(closed) > 1_000
    for name, text in found.items():
        known = set(re.findall(r"V\d{4}", text))
        assert not known & closed, name
    held = rows(folder, "held_back")
    counts = [int(row["houses"]) for row in held if row["by"] == "mesh"]
    assert counts
    assert min(counts) >= 10
    assert (
        sum(int(row["houses"]) for row in held)
        == json.loads((folder / "manifest.json").read_text("utf-8"))["held_back"]
    )
