"""What a plan's page tells of hubs, minutes and chapters, and what it does not tell outside the office."""

import csv
import dataclasses
import json
import re

import pytest
from typer.testing import CliRunner
from village import on_disk

from gisplan.cli import commands
from gisplan.core.errors import ConfigurationError
from gisplan.law.phrases import verdicts
from gisplan.plan.manifest import read_manifest
from gisplan.plan.picture import layers_of
from gisplan.plan.run import Request, run
from gisplan.plan.story.dossiers import dossiers_of

HELD = tuple(name for name in on_disk.HOUSES if name not in on_disk.OPEN_HOUSES)
NAME = "西の拠点"
CHAPTERS = """
[[chapter]]
title = "拠点"
text = "拠点の文章"
view = { layer = "hub", name = "西の拠点" }
layers = ["hub", "promotion_area_not_yet"]

[[chapter]]
title = "空家等"
text = "空家等の文章"
view = { layer = "vacant_house", id = "H07" }
"""


@pytest.fixture(scope="module")
def outcomes():
    """Return the runs of `made` by their audience, filled as it is made."""
    return {}


@pytest.fixture(scope="module")
def made(tmp_path_factory, outcomes):
    plan = on_disk.build(tmp_path_factory.mktemp("village"))
    plan.write_text(plan.read_text("utf-8") + CHAPTERS, "utf-8")
    found = {}
    for audience in ("internal", "public"):
        out = tmp_path_factory.mktemp(audience) / "out"
        outputs = ("map", "tables") if audience == "internal" else ("map", "embed", "tables")
        asked = Request(plan=plan, out=out, audience=audience, parts=("check", "access"), outputs=outputs)
        outcomes[audience] = run(asked)
        found[audience] = out
    return found


def story(out, name="map.html"):
    page = (out / name).read_text("utf-8")
    (found,) = re.findall(r'data-part="story">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


def table(out, name):
    with (out / "tables" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def hub(out):
    (panel,) = (one for one in story(out)["dossiers"] if one["title"]["ja"] == NAME)
    return panel


def said(part):
    return [[cell["ja"] for cell in row] for row in part["rows"]]


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_what_the_panel_counts_stands_in_a_table(made, audience):
    out = made[audience]
    panel = hub(out)
    (reach,) = (part for part in panel["parts"] if part["title"]["ja"].startswith("この場所まで"))
    rows = [row for row in table(out, "place_reach") if row["name"] == NAME]
    assert said(reach) == [[f"{float(row['minutes']):g}分以内", f"{row['count']} 戸"] for row in rows]
    assert len(rows) == 4
    houses = on_disk.HOUSES if audience == "internal" else on_disk.OPEN_HOUSES
    assert rows[-1]["count"] == str(len(houses))
    assert ("公表しているものだけ" in reach["note"]["ja"]) == (audience == "public")
    counts = story(out)["reaches"][0]["counts"][0]
    assert counts[0]["ja"] == "空家等 {count}戸"
    assert counts[1][0][-1] == len(houses)


def test_the_panel_has_the_verdict_and_the_links_of_the_tables(made):
    out = made["internal"]
    panel = hub(out)
    parts = {part["title"]["ja"]: part for part in panel["parts"]}
    (verdict,) = (row for row in table(out, "verdicts") if row["name"] == NAME)
    assert parts["用途の判定"]["answer"]["ja"] == verdicts()[verdict["verdict"]].ja
    assert verdict["reason"] in [line[1]["ja"] for line in parts["用途の判定"]["lines"]]
    assert verdict["articles"] in [line[1]["ja"] for line in parts["用途の判定"]["lines"]]
    best = {
        (row["interchange"], row["direction"]): row for row in table(out, "best_links") if row["hub"] == NAME
    }
    rows = {row[0].removesuffix("（ETC専用）"): row[1:3] for row in said(parts["ICとの連絡"])}
    for plain in {name for name, _ in best if name}:
        inward, outward = rows[plain]
        assert inward == f"{float(best[plain, 'to_hub']['minutes']):.1f}分"
        assert outward == f"{float(best[plain, 'to_interchange']['minutes']):.1f}分"


def test_a_hub_keeps_its_links_where_another_of_its_name_is_not_drawn(made, outcomes):
    assert made
    results, released = outcomes["internal"].results, outcomes["internal"].released
    (layer,) = (one for one in layers_of(results, released) if one.name == "hub")
    links, hubs = released.tables["best_links"], released.layers["hub"]
    apart = dict(zip(hubs.table["name"], "会館 (" + hubs.table["id"] + ")", strict=True))
    twins = dataclasses.replace(
        released,
        layers={**released.layers, "hub": dataclasses.replace(hubs, table=hubs.table.assign(name="会館"))},
        tables={**released.tables, "best_links": links.assign(hub=links["hub"].map(apart))},
    )
    drawn = dataclasses.replace(layer, table=layer.table.assign(name="会館").iloc[:1])
    (panel,) = dossiers_of(results, twins, [drawn], colours={})
    assert panel.title.ja == "会館 (K1)"
    assert "ICとの連絡" in [part.title.ja for part in panel.parts]


def test_each_house_shown_has_one_sign_by_which_it_is_filtered(made):
    for audience, houses in (("internal", on_disk.HOUSES), ("public", on_disk.OPEN_HOUSES)):
        reach = story(made[audience])["reaches"][0]
        for place, signs in enumerate(reach["within"]["vacant_house"]):
            assert len(signs) == len(houses)
            assert sum(sign == "0" for sign in signs) == reach["counts"][0][1][1 + place][0]


def test_nothing_of_a_house_held_back_is_told_outside(made):
    for path in made["public"].rglob("*"):
        if path.is_file() and path.suffix in {".html", ".json", ".csv"}:
            text = path.read_text("utf-8")
            assert not [name for name in HELD if re.search(rf"\b{name}\b", text)], path.name
            assert not [secret for secret in on_disk.SECRETS if secret in text], path.name
    one, two = story(made["public"])["chapters"]
    assert one["box"] is not None
    assert (two["box"], two["note"]["ja"]) == (None, "示す場所は、この図には載せていません。")
    assert story(made["internal"])["chapters"][1]["box"] is not None
    told = read_manifest(made["public"])["parameters"]["chapters"]
    assert told[1]["view"] == "withheld"


def test_a_layer_that_is_not_on_the_map_is_told_by_its_chapter(made):
    chapter = story(made["public"])["chapters"][0]
    assert chapter["layers"] == ["hub"]
    assert "promotion_area_not_yet" in chapter["note"]["ja"]


def test_the_embedded_files_stand_in_the_manifest_and_lead_to_the_whole(made):
    out = made["public"]
    assert {"map.html", "map_light.html", "embed.html"} <= set(read_manifest(out)["outputs"])
    light = (out / "map_light.html").read_text("utf-8")
    assert len(light.encode()) <= 1_000_000
    assert 'href="map.html"' in light
    assert "map_light.html" in (out / "embed.html").read_text("utf-8")


def test_a_feature_that_nobody_has_is_refused_with_near_names(tmp_path):
    plan = on_disk.build(tmp_path / "village")
    text = CHAPTERS.replace('name = "西の拠点"', 'name = "西の拠店"')
    plan.write_text(plan.read_text("utf-8") + text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        run(Request(plan=plan, out=tmp_path / "out", parts=("access",), outputs=("map",)))
    (problem,) = caught.value.problems
    assert problem.code == "chapter.no_feature"
    assert "西の拠点" in problem.values["near"].ja
    assert re.search(r"plan\.toml:\d+", problem.place)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("more", "outputs"), [([], ("map",)), (["--embed"], ("map", "embed"))])
def test_the_command_writes_the_embedded_files_when_asked(monkeypatch, tmp_path, more, outputs):
    asked = {}
    monkeypatch.setattr(commands, "run_plan", lambda *_, **options: asked.update(options))
    answer = CliRunner().invoke(commands.app, ["map", str(tmp_path / "plan.toml"), *more])
    assert (answer.exit_code, asked["outputs"]) == (0, outputs)
