"""What a run tells outsiders, in every byte of its files, on the screen, as JSON, by --explain: no house held back."""

import dataclasses
import hashlib
import json
import re
import shutil
import sqlite3

import pandas as pd
import pytest
import shapely
from deep_bytes import Places, contents, placed
from deep_bytes import told as told_in
from village import on_disk

from gisplan.core.errors import InputError
from gisplan.core.messages import message
from gisplan.layers.catalogue import read_catalogue
from gisplan.plan import manifest
from gisplan.plan import run as runs
from gisplan.plan.outputs import ALL, EMBED, EXPORTS
from gisplan.plan.release import release
from gisplan.plan.run import Request, run, tell
from gisplan.plan.withheld import WITHHELD, fingerprint, question_told

OUTSIDE = ("partner", "public")
SITE = '\n[site]\np = 1\ncandidates = "vacant_house"\nlawful = false\nforce = ["H02"]\nforbid = ["H08"]\n'
HOUSES = """path = "data/vacant_house.csv"
where = "所有者 != '秘密の所有者H07'"
fill = { note = "秘密の記入" }
columns = { address = "住所" }"""
SITES = """path = "data/site.gpkg"
where = "name != '秘密の敷地'"
columns = { vacant = "空き家" }"""
CLOSED = [name for name in on_disk.HOUSES if name not in on_disk.OPEN_HOUSES]
OUTPUTS = {
    "internal": ("map", "geopackage", "tables"),
    "partner": ("map", "geopackage", "tables", "kml"),
    "public": (*ALL, EMBED, *sorted(EXPORTS)),
}
"""What is written for whom: all there is for the public."""

PRINT = '\n[print]\nfigures = ["map_houses"]\nformats = ["svg", "pdf"]\n'
CHECK = {"parts": ("check",), "outputs": ("tables",)}
UNCHECKED = dict.fromkeys(("road", "interchange", "medical", "priority_district"))
"""Layers that a check of uses does not need."""

UNJUDGED = UNCHECKED | dict.fromkeys(("hub", "city_planning_area", "area_division"))
"""Layers that the verdicts on lots inside the zones do not need, either."""


def make(folder, *, vacant="有", tail=on_disk.ACCESS + SITE + PRINT, **changes):
    """Write the village with personal text in plan.toml, every lot said to have a vacant house or none."""
    plan = on_disk.build(folder, tail=tail, vacant_house=HOUSES, site=SITES, **changes)
    lots = on_disk.tables()["site"]
    on_disk.write(folder / on_disk.PATHS["site"], lots.assign(空き家=vacant))
    area = on_disk.tables()["promotion_area"][["geometry"]].iloc[:1]
    whole = area.set_geometry([shapely.box(-500, -500, 2000, 2000)], crs=on_disk.CRS)
    facts = {"name": "活用", "published_on": "2026-01-01", "use_exception": "有", "road_exception": "有"}
    dates = {"use_consented_on": "2025-12-01", "road_agreed_on": "2025-12-01"}
    on_disk.write(folder / "data" / "relief.gpkg", whole.assign(id="U", **facts, **dates))
    text = plan.read_text("utf-8").replace(
        "[layers.vacant_house]",
        '[layers.vacant_house_utilization_area]\npath = "data/relief.gpkg"\n\n[layers.vacant_house]',
    )
    plan.write_text(text, "utf-8")
    return plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return make(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    """Return the plan with the layers alone that a check needs."""
    plan = make(tmp_path_factory.mktemp("checked"), tail=SITE, **UNCHECKED)
    with on_disk.computed_once(plan.parent):
        yield plan


@pytest.fixture(scope="module")
def outcomes(plan, tmp_path_factory):
    """Return a run for every audience."""
    found = {}
    for audience in ("internal", *OUTSIDE):
        out = tmp_path_factory.mktemp(audience) / "out"
        found[audience] = run(
            Request(plan=plan, out=out, outputs=OUTPUTS[audience], audience=audience, houses=True)
        )
    return found


def told(outcome):
    return (outcome.folder / manifest.NAME).read_text("utf-8")


# ---- every byte --------------------------------------------------------------------------------------------


def closed_places():
    houses = on_disk.houses().set_index("管理番号").loc[CLOSED]
    metres = [(100 * int(name[1:]) + 30, 140) for name in CLOSED]
    return Places(houses[["経度", "緯度"]].to_numpy("f8"), metres)


def held(outcome):
    """Return the files of a run that hold the name, the place or a secret of a house held back."""
    words = [*CLOSED, *(f"{secret}{name}" for secret in on_disk.SECRETS for name in CLOSED)]
    places = closed_places()
    return {
        name: found
        for name, data in contents(outcome.folder)
        if (found := (told_in(data, words), placed(data, places))) != (set(), 0)
    }


@pytest.mark.parametrize("audience", OUTSIDE)
def test_no_byte_for_outsiders_tells_of_a_house_held_back(outcomes, audience):
    assert held(outcomes[audience]) == {}
    assert json.loads(told(outcomes[audience]))["held_back"] == 4, "and it is said how many there are"
    told_how_many = {
        name.split("!")[0]
        for name, data in contents(outcomes[audience].folder)
        if told_in(data, ["空家等 4 件", "空家等4件"])
    }
    assert told_how_many >= SAYING[audience]


SAYING = {
    "partner": {"map.html", "tables/README.txt", "tables.xlsx", "layers.qgz", "vacant_house.kml"},
    "public": {
        "map.html", "map_light.html", "tables/README.txt", "tables.xlsx", "layers.qgz", "report.html", "plan.docx",
        "figures/map_houses.svg", "vacant_house.geojson", "vacant_house.kml",
    },
}  # fmt: skip
"""Files that say how many houses are held back."""


def test_the_files_of_the_office_hold_houses_and_the_search_finds_them(outcomes):
    found = held(outcomes["internal"])
    files = {name.split("!")[0] for name in found}
    assert files >= {"map.html", "layers.gpkg", "tables.xlsx", "tables/verdicts.csv", "manifest.json"}
    placed_in = {name for name, (_, places) in found.items() if places}
    assert {"map.html", "layers.gpkg!vacant_house blobs"} <= placed_in


def test_no_byte_for_outsiders_depends_on_a_house_held_back(outcomes, plan, tmp_path):
    """Who owns it, what it is called, what is said of it, and where exactly it stands may change: no file does."""
    other = tmp_path / "village"
    shutil.copytree(plan.parent, other, ignore=shutil.ignore_patterns("out*"))
    path = other / on_disk.PATHS["vacant_house"]
    houses = pd.read_csv(path, dtype=str, keep_default_na=False)
    changed = houses["管理番号"].isin(CLOSED) & (houses["管理番号"] != "H07")  # plan.toml names H07's owner
    for column in ("名称", "所有者", "電話番号", "備考", "住所"):
        houses.loc[changed, column] = "別の" + houses.loc[changed, column]
    houses.loc[changed, "経度"] = (houses.loc[changed, "経度"].astype(float) + 1.5e-4).map("{:.8f}".format)
    houses.to_csv(path, index=False)
    asked = Request(
        plan=other / plan.name, out=other / "out", outputs=OUTPUTS["public"], audience="public", houses=True
    )
    first, second = (on_disk.everything(run.folder) for run in (outcomes["public"], run(asked)))
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == ["manifest.json"]
    before, after = (json.loads(files["manifest.json"]) for files in (first, second))
    assert before.pop("question") != after.pop("question"), (
        "or nothing was changed and this test shows nothing"
    )
    assert before == after


# ---- the manifest ------------------------------------------------------------------------------------------


def test_the_manifest_of_the_office_holds_it_all(outcomes):
    text = told(outcomes["internal"])
    for word in ("秘密の所有者H07", "秘密の記入", "H02", "H08"):
        assert word in text, "or the tests below show nothing"
    assert WITHHELD not in text
    assert "question" not in json.loads(text)


@pytest.mark.parametrize("audience", OUTSIDE)
def test_the_manifest_for_outsiders_quotes_no_person_and_no_house(outcomes, audience):
    text, content = told(outcomes[audience]), json.loads(told(outcomes[audience]))
    assert "秘密" not in text
    assert not re.search(r"H0\d", text)
    assert "data/vacant_house.csv" not in text
    assert (content["parameters"]["site"]["force"], content["parameters"]["site"]["forbid"]) == (
        WITHHELD,
    ) * 2
    entries = {entry["layer"]: entry for entry in content["parameters"]["layers"]}
    assert set(entries["vacant_house"].values()) == {"vacant_house", WITHHELD}
    assert entries["site"] == {"layer": "site", "paths": ["data/site.gpkg"]} | dict.fromkeys(
        ("where", "columns"), WITHHELD
    )
    assert entries["hub"] == {"layer": "hub", "paths": ["data/hub.csv"]}


@pytest.mark.parametrize("audience", OUTSIDE)
def test_neither_the_number_of_houses_nor_a_fingerprint_of_their_list_is_told(outcomes, plan, audience):
    content = json.loads(told(outcomes[audience]))
    houses = content["layers"]["vacant_house"]
    assert {houses[key] for key in ("read", "kept", "mended", "refused", "files")} == {WITHHELD}
    assert houses["assessed"] is True
    secret = [plan, *(plan.parent / on_disk.PATHS[name] for name in ("vacant_house", "site"))]
    for path in secret:
        assert manifest.sha256_of(path) not in told(outcomes[audience]), path.name
        assert manifest.sha256_of(path) in told(outcomes["internal"]), path.name
    assert content["inputs"]["data/site.gpkg"] == content["plan"]["sha256"] == WITHHELD
    (file,) = content["layers"]["site"]["files"]
    assert (file["sha256"], file["size"], file["read"]) == (WITHHELD, WITHHELD, 13)
    assert content["inputs"]["data/hub.csv"] == manifest.sha256_of(plan.parent / on_disk.PATHS["hub"])
    assert content["held_back"] == 4, "H07 is left out by the filter"


def test_where_sites_are_the_candidates_the_hubs_forced_are_told(tmp_path):
    plan = on_disk.build(tmp_path, tail='\n[site]\np = 1\nforce = ["S03"]\n', **UNJUDGED)
    content = run(Request(plan=plan, out=None, audience="public", parts=("check",))).manifest
    assert list(content["parameters"]["site"]["force"]) == ["S03"]


def test_an_unchanged_run_for_outsiders_is_known_again_and_a_changed_one_is_not(tmp_path):
    plan, out = make(tmp_path / "village", tail=SITE, **UNJUDGED), tmp_path / "out"
    asked = Request(plan=plan, out=out, audience="public", **CHECK)
    assert not run(asked).unchanged
    before = on_disk.everything(out)
    assert run(asked).unchanged
    assert not run(dataclasses.replace(asked, force=True)).unchanged
    assert on_disk.everything(out) == before
    house = plan.parent / on_disk.PATHS["vacant_house"]
    changes = {
        house: ("秘密の電話H02", "秘密の電話H99"),  # nothing of it is told, and yet it is another question
        plan: ("秘密の所有者H07", "秘密の所有者H99"),
    }
    for path, (old, new) in changes.items():
        path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        assert not run(asked).unchanged, path.name
        assert run(asked).unchanged, path.name


def test_the_fingerprint_is_of_all_that_was_asked_and_no_plain_one():
    asked = {"a": {"where": "所有者 != '山田'"}, "b": 1}
    assert fingerprint(asked) == fingerprint({"b": 1, "a": {"where": "所有者 != '山田'"}})
    assert fingerprint(asked) != fingerprint({**asked, "b": 2})
    text = json.dumps(asked, ensure_ascii=False, sort_keys=True)
    assert fingerprint(asked) != hashlib.sha256(text.encode()).hexdigest()


def test_a_file_of_several_layers_is_told_by_none(outcomes, plan):
    from gisplan.plan.withheld import guarded, layers_told

    layers_of = {"all.gpkg": frozenset({"vacant_house", "zone"}), "zone.gpkg": frozenset({"zone"})}
    inputs = {"all.gpkg": "1" * 64, "zone.gpkg": "2" * 64}
    found = guarded(
        read_catalogue(None), "public", layers_of=layers_of, inputs=inputs, plan=("plan.toml", "3" * 64)
    )
    assert (set(found.files), found.unnamed) == ({"all.gpkg", "plan.toml"}, frozenset())
    files = [{"file": name, "sha256": digest, "size": 9} for name, digest in inputs.items()]
    files += [{"file": "all.gpkg/inner", "sha256": "4" * 64, "size": 9}]
    files += [{"file": "plan.toml", "sha256": "3" * 64, "size": 9}]
    shown = layers_told({"zone": {"read": 5, "files": files}}, found)["zone"]["files"]
    assert [file["sha256"] for file in shown] == [WITHHELD, "2" * 64, WITHHELD, WITHHELD]
    site = {"site": None, "layers": [], "scenarios": []}
    question = {"plan": {}, "parameters": site, "parts": [], "inputs": inputs}
    assert question_told(question, found)["inputs"] == {"all.gpkg": WITHHELD, "zone.gpkg": "2" * 64}


# ---- screen and JSON ---------------------------------------------------------------------------------------


@pytest.fixture
def gisplan(capsys, monkeypatch):
    return lambda *arguments: on_disk.asked(capsys, *arguments, monkeypatch=monkeypatch)


@pytest.mark.parametrize("audience", OUTSIDE)
@pytest.mark.parametrize("options", [(), ("--json",), ("--language", "en")])
def test_the_screen_tells_no_more_than_the_files(gisplan, checked, audience, options):
    said = gisplan("check", checked, "--houses", "--audience", audience, *options)
    assert said.code == 0
    assert "秘密" not in said.out
    assert not [house for house in CLOSED if house in said.out]


def test_the_verdicts_on_the_screen_count_the_houses_shown(gisplan, checked):
    def total(audience):
        said = gisplan("check", checked, "--houses", "--audience", audience)
        return sum(int(number) for number in re.findall(r"^ {1,7}(\d+)  \D+$", said.out, re.MULTILINE)), said

    inside, outside = total("internal"), total("public")
    assert (inside[0], outside[0]) == (13 + 2 + 7, 13 + 2 + 3)
    assert "件数は庁外に示しません" in outside[1].out
    assert "件数は庁外に示しません" not in inside[1].out


def test_json_tells_the_layers_and_findings_of_the_audience(gisplan, checked):
    inside, outside = (
        gisplan("check", checked, "--json", "--audience", name).json() for name in ("internal", "public")
    )
    assert inside["layers"]["vacant_house"]["read"] == 7
    assert outside["layers"]["vacant_house"] == WITHHELD
    assert outside["layers"]["site"] == inside["layers"]["site"]
    codes = {row["code"] for row in outside["findings"]}
    assert "layer.where" in {row["code"] for row in inside["findings"]}
    assert not codes & {"layer.where", "value.unread"}


def test_the_list_of_refused_rows_is_where_the_office_finds_it():
    text = message("layer.refused")
    assert "庁内用" in text.what({"rows": 3}).ja
    assert "--audience internal" in text.what({"rows": 3}).en


# ---- one verdict step by step ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def read_layers():
    """Keep the layers that were read for each audience; what is tried here comes after them."""
    return {}


@pytest.mark.parametrize("audience", OUTSIDE)
@pytest.mark.parametrize("subject", ["H02", "H01", "vacant_house:H02", "秘密の物件名H02", "H99"])
def test_no_house_is_explained_outside_the_office(checked, read_layers, monkeypatch, audience, subject):
    real = runs._atlas

    def kept(work):
        if audience not in read_layers:
            read_layers[audience] = real(work)
        return read_layers[audience]

    monkeypatch.setattr(runs, "_atlas", kept)
    with pytest.raises(InputError) as caught:
        tell(Request(plan=checked, out=None, audience=audience), subject)
    assert [problem.code for problem in caught.value.problems] == ["law.no_subject", "release.no_house_told"]
    other = caught.value.say("ja").replace(subject, "")
    assert not [house for house in on_disk.HOUSES if house in other]
    assert "秘密" not in other
    assert "--audience internal" in other


def test_the_office_and_a_site_are_explained(gisplan, checked):
    assert gisplan("check", checked, "--explain", "H02").code == 0
    assert gisplan("check", checked, "--explain", "S03", "--audience", "public").code == 0
    refused = gisplan("check", checked, "--explain", "H02", "--audience", "public")
    assert (refused.code, "[release.no_house_told]" in refused.err, refused.out) == (2, True, "")
    assert gisplan("check", checked, "--explain", "H02", "--audience", "press").code == 3


def test_the_audience_of_plan_toml_counts_for_explain(tmp_path):
    plan = on_disk.build(tmp_path, plan=on_disk.PLAN + 'audience = "public"\n', tail="", **UNCHECKED)
    with pytest.raises(InputError):
        tell(Request(plan=plan, out=None), "H02")
    assert tell(Request(plan=plan, out=None, audience="internal"), "H02").explained


# ---- lots with a vacant house ------------------------------------------------------------------------------


@pytest.mark.parametrize("audience", OUTSIDE)
def test_that_a_lot_has_a_vacant_house_stays_in_the_office(outcomes, audience):
    columns = {}
    for name in ("internal", audience):
        with sqlite3.connect(outcomes[name].folder / "layers.gpkg") as file:
            columns[name] = {row[1] for row in file.execute("PRAGMA table_info(site)")}
    assert "vacant" in columns["internal"]
    assert "vacant" not in columns[audience]
    assert "空家等又はその跡地" not in (outcomes[audience].folder / "map.html").read_text("utf-8")


def test_no_word_for_outsiders_depends_on_it(tmp_path):
    tables, explained = {}, {}
    for vacant in ("有", "無"):
        plan = make(tmp_path / vacant, vacant=vacant, tail=SITE, **UNJUDGED)
        asked = Request(plan=plan, out=None, parts=("check",))
        for audience in ("internal", "public"):
            released = run(dataclasses.replace(asked, audience=audience)).released
            table = released.tables["verdicts"]
            tables[audience, vacant] = table[table["layer"] == "site"].to_csv()
        explained[vacant] = tell(dataclasses.replace(asked, audience="public"), "S03").explained
    assert tables["internal", "有"] != tables["internal", "無"]
    assert tables["public", "有"] == tables["public", "無"]
    assert explained["有"] == explained["無"]
    assert "不足：空家等である建築物か" in tables["public", "有"]


def test_results_for_the_office_are_not_released_to_others(outcomes):
    with pytest.raises(ValueError, match="cannot be released to public"):
        release(outcomes["internal"].results, audience="public")
