"""What defends a choice, all at once, in the village: tables, findings, what is skipped, what leaves the office."""

import dataclasses
import signal

import pandas as pd
import pytest
from village_roads import HOUSES, INTERCHANGES, ROADS, SITE_VERDICTS, SITES, atlas, codes, places, roads

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import AccessOptions, SiteOptions
from gisplan.core.scenario import RoadChange, Scenario
from gisplan.core.tables import contracts
from gisplan.network import connect
from gisplan.plan.release_siting import DEFENCE, closed_siting, defence_told
from gisplan.siting import defend, scenario_sitings, site, under_scenarios
from gisplan.siting.defence import defend as defence
from gisplan.siting.defence.allocation import allocated
from gisplan.siting.defence.council import places as council_places
from gisplan.siting.solver.words import NoChoice

VERDICTS = SITE_VERDICTS.assign(
    zone=["1_low_rise", "commercial", "commercial", "commercial"],
    reason_ja="理由", reason_en="a reason", articles="法48条",
    caution_ja="要確認", caution_en="to confirm",
)  # fmt: skip


def world(options, *, access=None, more=None):
    layers = {"road": roads(ROADS), "site": places(SITES), "vacant_house": places(HOUSES)}
    layers |= {"interchange": places(INTERCHANGES)} | (more or {})
    held = atlas(layers, site=options, access=access)
    network = connect(held)
    return held, network, site(held, network, VERDICTS)


def defended(options, **more):
    held, network, found = world(options, **more)
    return defend(held, network, found, VERDICTS, progress=lambda _: None)


QUICK = {"stability": False, "curve": 0}


def test_every_table_is_there_and_keeps_its_contract():
    found = defended(SiteOptions(p=2, why=("西", "s4"), seconds=20.0))
    assert list(found.tables) == [
        "siting_council", "siting_served", "siting_forms", "siting_curve", "siting_ties", "siting_stability",
        "siting_variants", "siting_why",
    ]  # fmt: skip
    for name, table in found.tables.items():
        assert list(table.columns) == list(contracts()[name].names)
    # 中央 and 東, or 西 and 東: 3 minutes in all either way.
    assert "site.ties" in codes(found.findings)
    assert set(found.tables["siting_variants"]["kind"]) == {"draws", "number", "speeds", "roads", "weights"}
    assert set(found.served["hub"]) == set(found.tables["siting_council"]["id"]) - {""}
    answers = found.tables["siting_why"].set_index("id")["answer_en"]
    assert "no candidate" in answers["s4"]
    assert "法48条" in answers["s4"]


def test_the_council_sees_law_interchange_and_demand_of_each_hub_and_of_all():
    found = defended(SiteOptions(p=2, force=("中央",), **QUICK)).tables["siting_council"].set_index("id")
    hub = found.loc["s2"]
    # 1750 m at 35 km/h to the west, and 250 m on foot of the car: 3 + 1 minutes.
    assert (hub["interchange"], hub["ic_minutes"]) == ("村", pytest.approx(4))
    assert (hub["zone"], hub["verdict"], hub["permit"]) == ("commercial", "special_provision_permit", True)
    assert (hub["caution_ja"], hub["forced"]) == ("要確認", True)
    assert hub["demand_en"] == "vacant_house: 2 houses"
    assert (hub["share"], hub["mean_minutes"]) == (0.5, pytest.approx(1.5))
    assert hub["hazard_en"] == "none"
    whole = found.loc[""]
    assert (whole["kind"], whole["share"], whole["mean_minutes"]) == ("together", 1, pytest.approx(0.75))
    assert whole["near_ties_en"] == "Objective 3.0, proven to be the best."
    assert pd.isna(hub["stability"])


def test_hazards_are_told_by_layer_and_one_without_data_is_not_assessed():
    import geopandas as gpd
    import shapely

    wet = gpd.GeoDataFrame({"id": ["f1"]}, geometry=[shapely.box(3400, -50, 3600, 50)], crs=6676)
    held, network, found = world(SiteOptions(p=2, **QUICK), more={"flood": wet})
    told = council_places(found.case, held, network.ways)
    assert [text.en for text in told.hazard] == ["none", "none", "flood"]


def test_on_foot_no_interchange_and_no_speeds_by_class_are_told():
    found = defended(SiteOptions(p=1, curve=0), access=AccessOptions(mode="walk"))
    assert found.tables["siting_council"]["ic_minutes"].isna().all()
    rows = found.tables["siting_variants"].set_index("kind")
    assert "only by car" in rows.loc["speeds", "note_en"]
    assert "no curve" in rows.loc["number", "note_en"]


def test_what_is_too_large_is_not_assessed_and_said(monkeypatch):
    monkeypatch.setattr(defence, "PAIRS", 1)
    found = defended(SiteOptions(p=1))
    assert "site.trials_left" in codes(found.findings)
    assert "siting_curve" not in found.tables
    rows = found.tables["siting_variants"]
    assert not rows["tried"].any()
    assert rows["note_en"].str.startswith("not assessed").all()
    assert "siting_curve" in defended(SiteOptions(p=1, curve=2)).tables
    monkeypatch.setattr(defence, "PAIRS", 10**9)
    monkeypatch.setattr(defence, "SEARCHED", 1)
    rows = defended(SiteOptions(p=1, curve=0)).tables["siting_variants"].set_index("kind")
    assert "too large" in rows.loc["roads", "note_en"]


def test_after_a_search_that_was_interrupted_nothing_is_tried_but_what_is_asked_by_name():
    held, network, found = world(SiteOptions(p=2, why=("西",)))
    stopped = dataclasses.replace(found, answer=dataclasses.replace(found.answer, ended="interrupted"))
    told = defend(held, network, stopped, VERDICTS, progress=lambda _: None)
    assert list(told.tables) == ["siting_council", "siting_served", "siting_forms", "siting_why"]
    assert "site.trials_stopped" in codes(told.findings)


def test_ctrl_c_during_the_trials_keeps_what_is_done():
    def press(step):
        if step == "siting_stability":
            signal.raise_signal(signal.SIGINT)

    held, network, found = world(SiteOptions(p=2))
    told = defend(held, network, found, VERDICTS, progress=press)
    assert "siting_curve" in told.tables
    assert "siting_ties" not in told.tables
    assert "site.trials_stopped" in codes(told.findings)


def test_a_site_that_is_not_there_is_refused_before_any_trial():
    with pytest.raises(ConfigurationError) as caught:
        defended(SiteOptions(p=1, why=("西の",)))
    problem = caught.value.problems[0]
    assert (problem.code, problem.place) == ("site.unknown", "plan.toml site.why")


def test_a_plan_without_hubs_has_nothing_to_defend():
    held, network, _ = world(SiteOptions(p=1))
    without = dataclasses.replace(held, plan=dataclasses.replace(held.plan, site=None))
    assert defend(without, network, site(without, network, VERDICTS), VERDICTS, progress=print) is None


def test_neighbourhoods_have_rows_of_their_own():
    import geopandas as gpd
    import shapely

    west = gpd.GeoDataFrame(
        {"id": ["n1"], "name": ["西町"]}, geometry=[shapely.box(-10, -10, 10, 10)], crs=6676
    )
    table = defended(SiteOptions(p=2, **QUICK), more={"neighbourhood": west}).tables["siting_served"]
    assert table.groupby("area")["demand"].sum().to_dict() == {"": 4, "西町": 1}


def test_the_same_tables_come_of_a_second_run():
    one, two = (defended(SiteOptions(p=2, seconds=20.0)) for _ in range(2))
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, two.tables[name])


def test_a_scenario_sets_today_s_hubs_beside_its_best(monkeypatch):
    from gisplan.access import measure
    from gisplan.siting import simulate

    cut = RoadChange(
        deed="close", key="scenario[1].road[1]", line=0, lines={}, id=("r1",), name=(), layer="", file=None,
        speed_kmh=None, width_m=None, road_class=None, oneway=None, minutes=None, frontage=False,
    )  # fmt: skip
    held, network, found = world(SiteOptions(p=1))
    plan = dataclasses.replace(
        held.plan, scenarios=(Scenario(name="通行止め", roads=(cut,), places=(), line=0),)
    )
    held = dataclasses.replace(held, plan=plan)
    simulated = simulate(held, network, measure(held, network))
    table, doubts = under_scenarios(held, network, found, simulated)
    assert doubts.empty
    assert set(table["other"]) == {"通行止め"}
    row = table.set_index("what").loc["objective_in_other"]
    assert row["value_other"] <= row["value_first"]

    def refuse(*_arguments):
        raise NoChoice("time")

    monkeypatch.setattr(scenario_sitings, "answered", refuse)
    table, doubts = under_scenarios(held, network, found, simulated)
    assert table is None
    assert list(doubts["code"]) == ["site.scenario_untold"]


# ---- what leaves the office ----------------------------------------------------------------------------------


def tables():
    return defended(SiteOptions(p=2, why=("西",), **QUICK)).tables


@pytest.mark.parametrize(
    ("options", "nameless", "told"),
    [
        (SiteOptions(p=2, demand="population"), (), "all"),
        (SiteOptions(p=2, demand="population"), ("site",), "council"),
        (SiteOptions(p=2), (), "council"),
        (SiteOptions(p=2, demand="population", candidates="vacant_house"), (), "none"),
    ],
)
def test_outsiders_see_no_figure_of_houses_and_no_secret_name(options, nameless, told):
    every = tables()
    secret = dict.fromkeys(nameless, ("name",))
    found = defence_told(every, options, secret=secret, roads=True)
    assert closed_siting(options, secret) == (told != "all")
    if told == "all":
        assert set(found) == set(every)
        return
    assert set(found) == ({"siting_council"} if told == "council" else set())
    if told == "council":
        council = found["siting_council"]
        assert council[["share", "mean_minutes", "within_share", "stability"]].isna().all(axis=None)
        assert (council[["demand_ja", "demand_en", "near_ties_ja"]] == "").all(axis=None)
        assert council["zone"].tolist()[:2] == every["siting_council"]["zone"].tolist()[:2]
        assert ((council["name"] == "").all()) == bool(nameless)


def test_where_roads_are_kept_inside_no_table_quotes_them():
    options = SiteOptions(p=2, demand="population")
    assert set(DEFENCE) >= {"siting_variants", "siting_changes"}
    every = dict.fromkeys(DEFENCE, pd.DataFrame())
    assert "siting_variants" not in defence_told(every, options, secret={}, roads=False)


def test_all_served_demand_of_the_case_is_in_the_frame_for_the_map():
    _, _, found = world(SiteOptions(p=2))
    assert len(allocated(found.case, found.answer.chosen).demand) == found.case.reach.demands
