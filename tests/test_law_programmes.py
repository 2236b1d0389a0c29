"""Which programme fits, case by case; the cases of tests/cases/programmes.toml are for a planner to read."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from village import village

from gisplan.core.errors import ConfigurationError
from gisplan.core.tables import findings
from gisplan.law.programme_file import known_facts, packaged_programmes, read_programmes
from gisplan.law.programmes import programmes
from gisplan.law.promotion import promotion_areas
from gisplan.law.rule import read_rule
from gisplan.law.steps import step_facts
from gisplan.layers.catalogue import packaged_folder, read_catalogue

CASES = tomllib.loads((Path(__file__).parent / "cases" / "programmes.toml").read_text("utf-8"))["case"]
OWN = Path(__file__).parents[1] / "gisplan" / "law" / "programmes.toml"
CATALOGUE = read_catalogue(packaged_folder())
LINK = {"geometry": shapely.LineString([(0, 50), (500, 50)]), "name": "県道"}


def told(facts=None, *, day=village.DAY, listed_in=None, **changes):
    """Return the answers for the village, by layer, id and programme."""
    atlas = village.atlas(day=day, **changes)
    atlas = replace(atlas, catalogue=CATALOGUE, plan=replace(atlas.plan, facts=facts or {}))
    areas = atlas.table("promotion_area")
    promotion = None if areas is None else promotion_areas(areas, rule=read_rule("coworking"), day=day)
    return programmes(atlas, promotion=promotion, listed_in=listed_in).table


def one(table, layer, programme):
    """Return the one row of a programme for a layer."""
    rows = table[(table["layer"] == layer) & (table["programme"] == programme)]
    assert len(rows) == 1
    return rows.iloc[0]


def row_of(facts):
    """Return the row of a subject: a point, a lot, or the line of a road project."""
    facts = dict(facts)
    point, lot = facts.pop("at", None), facts.pop("box", None)
    shape = shapely.Point(*point) if point else shapely.box(*lot) if lot else LINK["geometry"]
    usual = {"use": "office_coworking"} if point or lot else {}
    return {"geometry": shape, "name": "対象"} | usual | facts


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_case(case):
    drawn = {
        name: village.frame([row_of(case[name])]) for name in ("hub", "site", "road_project") if name in case
    }
    area = {key: None if value == "" else value for key, value in case.get("area", {}).items()}
    changes = {"promotion_area": village.areas(**area)} if area else {}
    table = told(
        case.get("facts"),
        day=case.get("day", village.DAY),
        without=case.get("without", ()),
        **drawn,
        **changes,
    )
    layer = case.get("of") or next(iter(drawn), "plan")
    found = {programme: one(table, layer, programme) for programme in case["expect"]}
    assert {programme: row["verdict"] for programme, row in found.items()} == case["expect"]
    assert case.get("reason", "") in "".join(row["reason_ja"] for row in found.values())


def test_mistake_13_expressways_and_municipal_roads_are_not_eligible_and_class_is_not_manager():
    good = {
        **LINK,
        "road_class": "prefectural",
        "builder": "prefecture",
        "kind": "improve",
        "named_in_plan": True,
    }
    rows = [
        good,
        good | {"road_class": "expressway"},
        good | {"road_class": "municipal"},
        good | {"road_class": "national", "builder": "nation"},
        good | {"builder": None, "manager": "prefecture"},
    ]
    table = told(road_project=village.frame(rows))
    found = table[table["programme"] == "wide_area_link"]
    assert list(found[found["layer"] == "road_project"]["verdict"]) == [
        "fits",
        *["does_not_fit"] * 3,
        "cannot_tell",
    ]


def test_the_hub_list_is_not_clipped_to_the_area_for_every_programme():
    hubs = village.frame(
        [
            {
                "name": "内",
                "geometry": shapely.Point(950, 50),
                "applicant": "municipality",
                "use": "office_coworking",
                "named_in_plan": True,
            },
            {
                "name": "外",
                "geometry": shapely.Point(950, 230),
                "applicant": "municipality",
                "use": "office_coworking",
                "named_in_plan": True,
            },
        ]
    )
    table = told(hub=hubs).query("layer == 'hub'").set_index(["programme", "id"])["verdict"]
    assert list(table["telework_hub"]) == ["fits", "does_not_fit"]
    assert list(table["wide_area_link"]) == ["fits", "fits"]


def test_a_superseded_version_of_an_area_does_not_count():
    old = village.areas(geometry=village.box(0, 0, 1300, 250), version="0")
    old["published_on"] = pd.to_datetime("2025-01-01").date()
    new = village.areas(version="1")
    both = village.frame([*old.to_dict("records")[:1], *new.to_dict("records")])
    both["id"] = ["a", "b", "c"]
    hub = village.frame([{"geometry": shapely.Point(950, 230), "applicant": "municipality"}])
    assert one(told(hub=hub, promotion_area=both), "hub", "telework_hub")["verdict"] == "does_not_fit"


def test_a_subject_has_one_row_for_each_programme_about_its_kind():
    table = told(site=village.frame([village.lot(20, 20)]), road_project=village.frame([LINK]))
    counts = table.groupby("layer")["programme"].nunique().to_dict()
    assert counts == {"hub": 3, "site": 3, "road_project": 2, "plan": 8}
    assert set(table[table["layer"] == "plan"]["id"]) == {"plan"}
    assert not table.duplicated(["layer", "id", "programme"]).any()


def test_every_answer_speaks_both_languages_and_names_its_source():
    table = told(site=village.frame([village.lot(20, 195)]), road_project=village.frame([LINK]))
    for row in table.itertuples():
        for text in (row.title_ja, row.title_en, row.test_ja, row.test_en, row.reason_ja, row.reason_en):
            assert text
            assert "{" not in text
        assert "2026年度" in row.source_ja
        assert "2026" in row.source_en
        assert row.verdict in packaged_programmes().verdicts


def test_the_answers_say_that_the_tests_are_configuration():
    atlas = village.atlas()
    doubts = programmes(atlas, promotion=None).doubts
    assert findings(doubts)["reason_ja"].str.contains("設定").all()


def test_a_column_that_no_file_has_is_missing_not_no():
    row = one(told(hub=village.frame([{"geometry": shapely.Point(950, 50)}])), "hub", "telework_hub")
    assert row["verdict"] == "cannot_tell"
    assert "「申請者」の列" in row["reason_ja"]
    assert "the column “Applicant”" in row["reason_en"]
    assert "applicant" not in row["reason_ja"] + row["reason_en"]


def test_the_order_of_the_rows_does_not_matter():
    hubs = [{"geometry": shapely.Point(100 * n + 50, 20 * n), "applicant": "municipality"} for n in range(12)]
    table = village.frame(hubs)
    mixed = table.sample(frac=1, random_state=3, ignore_index=True)
    pd.testing.assert_frame_equal(told(hub=table), told(hub=mixed))


FACTS = st.dictionaries(st.sampled_from(sorted(known_facts())), st.booleans())
HUB = st.fixed_dictionaries(
    {"geometry": st.sampled_from([shapely.Point(950, y) for y in (50, 100, 200.5, 230, 300)])},
    optional={
        "applicant": st.sampled_from(["municipality", "support_corporation", "other"]),
        "named_in_plan": st.booleans(),
    },
)


@settings(max_examples=25, deadline=None)
@given(facts=FACTS, hub=HUB, hidden=st.sampled_from(["", "applicant", "named_in_plan"]))
def test_learning_more_never_changes_an_answer_that_was_given(facts, hub, hidden):
    poor = {key: value for key, value in hub.items() if key != hidden}
    fewer = dict(list(facts.items())[1:])
    first = told(fewer, hub=village.frame([poor]))["verdict"]
    second = told(facts, hub=village.frame([hub]))["verdict"]
    assert all(one in {"cannot_tell", other} for one, other in zip(first, second, strict=True))


def test_the_facts_of_programmes_and_procedures_are_known_together():
    assert set(step_facts()) < set(known_facts())
    assert {"island_area", "designated_or_core_city"} <= set(known_facts())
    for title in known_facts().values():
        assert title.ja
        assert title.en


def test_a_file_of_ones_own_takes_the_place_of_the_packaged_one(tmp_path):
    text = OWN.read_text("utf-8").split("[[programme]]")[0]
    own = tmp_path / "programmes.toml"
    own.write_text(
        text
        + """
[[programme]]
id = "city_grant"
title = { ja = "市の補助", en = "City grant" }
test = { ja = "重点地区の内", en = "inside the district" }
[programme.tests]
hub = [{ inside = "priority_district", note = { ja = "担当課に相談。", en = "Ask the section." } }]
""",
        "utf-8",
    )
    outside = village.frame([{"geometry": shapely.Point(950, 300)}])
    table = told(hub=outside, listed_in=read_programmes(own))
    assert list(table["programme"]) == ["city_grant"]
    assert table.loc[0, "reason_ja"] == "特定居住重点地区の外にある。担当課に相談。"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('inside = "promotion_area"', 'inside = "promotionarea"'), "programmes.toml:"),
        (('fact = "island_area"', 'fact = "iland_area"'), "island_area"),
        (('id = "rural_grant"', 'id = "joint_survey"'), "joint_survey"),
        (("has_plan = true", "has_plans = true"), "has_plans"),
        (("year = 2026", 'year = "2026"'), "year"),
    ],
)
def test_a_mistake_in_a_file_of_ones_own_is_told_with_its_place(tmp_path, change, said):
    text = OWN.read_text("utf-8")
    assert change[0] in text
    own = tmp_path / "programmes.toml"
    own.write_text(text.replace(*change), "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_programmes(own)
    assert said in caught.value.say("ja")
    assert "programmes.toml:" in caught.value.say("en")


def test_the_layers_have_the_columns_that_the_tests_ask_for():
    for programme in packaged_programmes().programmes:
        for layer, tests in programme.tests.items():
            for atom in tests:
                column = getattr(atom, "column", None) or getattr(atom, "yes", None)
                if column is not None:
                    assert column in CATALOGUE[layer].fields
                assert set(getattr(atom, "one_of", ())) <= set(
                    CATALOGUE[layer].fields[column].labels if getattr(atom, "one_of", None) else ()
                )


@pytest.mark.parametrize("layer", ["hub", "site"])
def test_a_hub_is_told_its_side_of_a_road_programme_alone(layer):
    row_there = {"geometry": shapely.Point(950, 50), "named_in_plan": True}
    table = told(**{layer: village.frame([row_there])}, road_project=village.frame([LINK]))
    side, road = one(table, layer, "wide_area_link"), one(table, "road_project", "wide_area_link")
    assert side["verdict"] == "fits"
    assert side["title_ja"].endswith("：拠点側の要件")
    assert side["test_ja"].startswith("拠点側の要件：")
    assert "道路" not in side["test_ja"]
    assert "道路事業ごとの行で判定する" in side["reason_ja"]
    assert "has a row of its own" in side["reason_en"]
    assert "拠点側" not in road["title_ja"] + road["reason_ja"]
    assert "都道府県道" in road["test_ja"]


def test_no_answer_speaks_in_the_names_of_columns():
    bare = {
        "hub": village.frame([{"geometry": shapely.Point(950, 50)}]),
        "road_project": village.frame([LINK]),
    }
    for text in told(**bare)["reason_ja"]:
        assert not re.search(r"[a-z_]{3,} ?列", text)
