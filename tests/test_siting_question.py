"""What [site] asks beside p and force: demand of several layers, hazards, grids, standing hubs, rules and their errors.

The village's national road takes 6 minutes from west to east: 西 0, 中央 3, 東 6.
"""

import dataclasses
import signal

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from village_roads import CRS, ROADS, atlas, codes, places, roads

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.options import AlsoOptions, AvoidOptions, GridOptions, MostOptions, SiteOptions
from gisplan.layers.catalogue import read_catalogue
from gisplan.network import connect
from gisplan.siting import hubs, site
from gisplan.siting.asked import reached
from gisplan.siting.solver.shares import served
from gisplan.siting.solver.words import Limits, NoChoice

SITES = [
    {"id": "s1", "name": "西", "at": (0, 0), "town": "甲", "yen": 10.0, "seats": 5.0},
    {"id": "s2", "name": "中央", "at": (1750, 0), "town": "甲", "yen": 30.0, "seats": 2.0},
    {"id": "s3", "name": "東", "at": (3500, 0), "town": "乙", "yen": 20.0, "seats": 5.0},
]
HOUSES = [
    {"id": "v1", "at": (0, 0)},
    {"id": "v2", "at": (1750, 0)},
    {"id": "v3", "at": (3500, 0)},
    {"id": "v4", "at": (3500, 0)},
]
LAWFUL = pd.DataFrame({"layer": "site", "id": ["s1", "s2", "s3"], "verdict": "by_right"})


def squares(*rows, **columns):
    """Return areas around points, `half` metres to each side."""
    table = pd.DataFrame({"id": [f"a{n}" for n, _ in enumerate(rows)], "name": "", **columns})
    shapes = [shapely.box(x - half, y - half, x + half, y + half) for x, y, half in rows]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=CRS)


def asked(*, houses=HOUSES, sites=SITES, verdicts=LAWFUL, rows=ROADS, layers=None, catalogue=None, **options):
    tables = {"road": roads(rows), "site": places(sites), "vacant_house": places(houses), **(layers or {})}
    held = atlas(tables, site=SiteOptions(**options), catalogue=catalogue)
    return site(held, connect(held), verdicts)


def refused(error=ConfigurationError, **options):
    """Return the problems of a question, each said in both languages with every value put in."""
    with pytest.raises(error) as caught:
        asked(**options)
    for problem in caught.value.problems:
        for text in (problem.what, problem.cure):
            assert "?" not in text.ja + text.en.replace("Did you mean:", "")
    return {problem.code: problem for problem in caught.value.problems}


def said(found, code):
    return found.findings.set_index("code").loc[code]


def state_of(found):
    return dict(zip(found.sites["id"], found.sites["state"], strict=True))


# ---- models


def test_a_set_cover_asks_for_the_fewest_hubs_that_cover():
    found = asked(model="set-cover", minutes=3.0)
    assert list(found.siting["id"]) == ["s2"]
    assert found.siting.loc[0, ["objective", "minutes", "demand_served", "share"]].tolist() == [1, 3, 4, 1]
    assert list(asked(model="set-cover", minutes=2.0).siting["objective"]) == [3, 3, 3]
    # Half of the demand is at the east end.
    assert list(asked(model="set-cover", minutes=2.0, share=0.5).siting["id"]) == ["s3"]


def test_a_p_center_makes_the_longest_way_short():
    row = asked(p=1, model="p-center").siting.iloc[0]
    assert (row["id"], row["objective"], row["longest_minutes"]) == ("s2", pytest.approx(3), pytest.approx(3))
    assert np.isnan(row["minutes"])


def test_a_cover_that_no_choice_makes_names_the_smallest_threshold_that_works():
    problem = refused(p=1, model="set-cover", minutes=2.0)["site.no_cover"]
    assert "the smallest threshold that works is 3 minutes" in problem.what.en
    assert "minutes を3以上" in problem.cure.ja
    assert problem.place == "plan.toml site.minutes"


def test_a_service_threshold_changes_the_choice_of_a_p_median():
    assert asked(p=1).siting["id"].iloc[0] in {"s2", "s3"}
    assert asked(p=1, share=0.5, minutes=1.0).siting["id"].iloc[0] == "s3"
    assert asked(p=1, share=1.0, minutes=3.0).siting["id"].iloc[0] == "s2"


# ---- demand


def test_further_demand_is_scaled_to_its_factor_of_the_main_demand():
    people = places([{"id": "m1", "at": (0, 0), "people": 300.0, "people_2050": 0.0},
                     {"id": "m2", "at": (1750, 0), "people": 100.0, "people_2050": 10.0}])  # fmt: skip
    also = (AlsoOptions(layer="population", factor=2.0),)
    found = asked(p=1, also=also, layers={"population": people})
    # 4 houses, and 400 people that count as 8: 6 in the west and 2 in the middle.
    assert sorted(found.case.reach.weight) == pytest.approx([1, 1, 1, 1, 2, 6])
    assert set(found.case.demands.weight) == {1, 100, 300}
    assert set(found.case.demands.unit) == {"houses", "people"}
    assert found.siting["unit"].tolist() == ["weighted"], "houses and people together are neither"
    row = found.siting.iloc[0]
    # 西: v2 3 + v3 6 + v4 6 + 2·3 = 21; 中央: 3·(1 + 6) + 3 + 3 = 27; 東: more.
    assert (row["id"], row["objective"]) == ("s1", pytest.approx(21))
    later = (AlsoOptions(layer="population", weight="people_2050", factor=2.0),)
    future = asked(p=1, also=later, layers={"population": people})
    alone = asked(p=1, demand="population", weight="people_2050", layers={"population": people})
    assert alone.siting["unit"].tolist() == ["people"]
    assert future.siting["id"].iloc[0] == "s2"
    assert "site.weight_zero" in codes(future.findings)
    assert "m1" in said(future, "site.weight_zero")["reason_ja"]


def test_mistakes_of_further_demand_are_placed_at_their_line():
    also = (AlsoOptions(layer="shop", line=40), AlsoOptions(layer="vacant_house", weight="人", line=44))
    assert refused(p=1, also=also)["site.no_layer"].place == "plan.toml:40 site.also[1].layer"
    problem = refused(p=1, also=also[1:])["site.no_weight"]
    assert problem.place == "plan.toml:44 site.also[1].weight"


def test_demand_without_any_weight_is_bad_input():
    houses = [row | {"rooms": rooms} for row, rooms in zip(HOUSES, [0.0, -1.0, np.nan, np.inf], strict=True)]
    problem = refused(InputError, houses=houses, p=1, weight="rooms")["site.no_weight_left"]
    assert InputError.exit_code == 2
    assert "vacant_house" in problem.what.en


# ---- candidates


def test_every_candidate_is_in_the_table_with_its_state():
    sites = [*SITES, {"id": "s4", "name": "南", "at": (1750, -1000)}, {"id": "s5", "name": "山", "at": (0, 9000)},
             {"id": "s6", "name": "島", "at": (50, 9500)}, {"id": "s7", "at": (0, 10)}]  # fmt: skip
    verdicts = pd.DataFrame(
        {
            "layer": "site",
            "id": [f"s{number}" for number in range(1, 7)],
            "verdict": [
                "special_provision_permit",
                "by_right",
                "by_right",
                "ordinary_permit",
                "by_right",
                "by_right",
            ],
        }
    )
    island = {"id": "r9", "line": [(0, 9500), (100, 9500)]}
    found = asked(p=1, sites=sites, verdicts=verdicts, rows=[*ROADS, island], forbid=("東",), minutes=1.0)
    expected = {"s1": "possible", "s2": "chosen", "s3": "forbidden", "s4": "unlawful", "s5": "reaches_nobody",
                "s6": "reaches_nobody", "s7": "cannot_tell"}  # fmt: skip
    assert state_of(found) == expected
    assert {"site.unlawful", "site.cannot_tell", "site.reaches_nobody"} <= codes(found.findings)
    rows = found.sites.set_index("id")
    assert list(rows.index[rows["permit"].fillna(value=False)]) == ["s1", "s4"]
    assert pd.isna(rows.loc["s7", "permit"])
    assert rows["reason_ja"].ne("").all()
    assert rows["reason_en"].ne(rows["reason_ja"]).all()
    assert not found.siting["permit"].iloc[0]
    permit = asked(p=1, sites=sites, verdicts=verdicts, rows=[*ROADS, island], force=("西",)).siting
    assert permit["permit"].iloc[0]


def test_houses_as_candidates_are_judged_though_the_check_did_not():
    catalogue = read_catalogue()
    options = SiteOptions(p=1, candidates="vacant_house")
    held = atlas({"road": roads(ROADS), "vacant_house": places(HOUSES)}, site=options, catalogue=catalogue)
    with pytest.raises(ConfigurationError) as caught:
        site(held, connect(held), LAWFUL)
    # Without a map of zones nobody can tell whether a use is lawful.
    assert "4 as their verdict cannot tell" in caught.value.problems[0].what.en
    plan = dataclasses.replace(held.plan, site=dataclasses.replace(options, lawful=False))
    free = dataclasses.replace(held, plan=plan)
    assert site(free, connect(free), LAWFUL).siting["demand_served"].sum() == 4


def test_a_grid_makes_candidates_inside_an_area_and_some_zones():
    catalogue = read_catalogue()
    layers = {
        "promotion_area": squares((1000, 0, 1000), use_exception=False),
        "zone": squares(
            (500, 0, 499),
            (2500, 0, 1500),
            zone=["商業地域", "第一種低層住居専用地域"],
            year=2020,
            floor_area_ratio=200.0,
            building_coverage=60.0,
        ),
    }
    grid = GridOptions(spacing_m=500.0)
    found = asked(p=1, candidates="grid", grid=grid, layers=layers, catalogue=catalogue, lawful=False)
    # 2,000 m by 2,000 m: 16 points, of which the 4 in the south and the 4 in the north are within 500 m of a road.
    assert len(found.sites) == 16
    assert {"grid-000-000", "grid-003-003"} <= set(found.sites["id"])
    assert "16" in said(found, "site.grid")["reason_en"]
    some = dataclasses.replace(grid, zones=("商業地域",))
    zoned = asked(p=1, candidates="grid", grid=some, layers=layers, catalogue=catalogue)
    assert set(zoned.sites["verdict"]) <= {"by_right", "by_right_within_limits"}
    assert len(zoned.sites) == 4
    shop = refused(
        p=1,
        candidates="grid",
        grid=dataclasses.replace(grid, zones=("商業",)),
        layers=layers,
        catalogue=catalogue,
    )
    assert "商業地域" in shop["site.grid_zone"].cure.ja
    assert set(refused(p=1, candidates="grid", catalogue=catalogue)) == {"site.no_layer"}
    fine = refused(
        p=1, candidates="grid", grid=GridOptions(spacing_m=10.0), layers=layers, catalogue=catalogue
    )
    assert "40,000" in fine["site.grid_many"].what.en


def test_the_points_of_a_grid_stay_where_they_are_when_the_area_grows():
    catalogue = read_catalogue()

    def points(half):
        layers = {"promotion_area": squares((1000, 0, half), use_exception=False)}
        options = {"p": 1, "candidates": "grid", "grid": GridOptions(spacing_m=300.0), "lawful": False}
        found = asked(layers=layers, catalogue=catalogue, **options)
        return {(point.x, point.y) for point in found.case.candidates.point}

    assert points(700.0) < points(900.0)


# ---- hazards and slope


def test_candidates_in_a_hazard_are_left_out_or_set_back_by_depth():
    flood = squares((3500, 0, 10), (1750, 0, 10), (0, 0, 10), depth_rank=["3", "1", ""])
    rule = AvoidOptions(layer="flood", column="depth_rank", above=0.5)
    found = asked(p=1, avoid=(rule,), layers={"flood": flood})
    assert state_of(found) == {"s1": "possible", "s2": "chosen", "s3": "avoided"}
    assert "0.5 m" in said(found, "site.avoided")["reason_en"]
    # Of the west the depth is not known: it is kept, and said.
    assert "西" in said(found, "site.avoid_untold")["reason_ja"]
    assert (
        "東" in found.sites.set_index("id").loc["s3", "reason_ja"]
        or "浸水" in found.sites["reason_ja"].str.cat()
    )
    late = dataclasses.replace(rule, penalty_minutes=10.0)
    back = asked(p=1, avoid=(late,), layers={"flood": flood}, force=("東",))
    # 東 costs 9 minutes, and 10 more for each of four houses.
    assert back.siting["objective"].iloc[0] == pytest.approx(49)
    assert back.siting["mean_minutes"].iloc[0] == pytest.approx(9 / 4), "what is added is no travel time"
    assert back.sites.set_index("id").loc["s3", "penalty"] == 10
    assert "10 minutes" in back.sites.set_index("id").loc["s3", "reason_en"]
    assert set(refused(p=1, avoid=(rule,), layers={"flood": flood}, force=("東",))) == {"site.forced_avoided"}


def test_areas_of_some_values_are_avoided_and_a_touch_is_no_overlap():
    level = squares((0, 0, 10), (3500, 0, 10), level=["special", "warning"])
    rule = AvoidOptions(layer="landslide", column="level", among=("special",))
    found = asked(p=1, avoid=(rule,), layers={"landslide": level})
    assert state_of(found)["s1"] == "avoided"
    assert state_of(found)["s3"] != "avoided"
    every = asked(p=1, avoid=(AvoidOptions(layer="landslide"),), layers={"landslide": level})
    assert list(every.siting["id"]) == ["s2"]
    wrong = (
        AvoidOptions(layer="landslide", column="levle", above=1.0, line=7),
        AvoidOptions(layer="tsunami", line=9),
    )
    problems = refused(p=1, avoid=wrong, layers={"landslide": level})
    assert problems["site.avoid_column"].place == "plan.toml:7 site.avoid[1].column"
    assert "level" in problems["site.avoid_column"].cure.en
    assert problems["site.avoid_layer"].place == "plan.toml:9 site.avoid[2].layer"


def test_steep_candidates_are_avoided_in_degrees_or_percent(tmp_path):
    # Heights rise by 10 m per 10 m cell to the east, from x = 1,000 on: 45°, 100 %. East of 3,000 there are none.
    x = np.arange(-100, 3000, 10.0)
    height = np.tile(np.maximum(x - 1000.0, 0.0), (20, 1)).astype("float32")
    file = tmp_path / "elevation.tif"
    place = {"transform": from_origin(-100, 100, 10, 10), "crs": f"EPSG:{CRS}"}
    with rasterio.open(
        file, "w", driver="GTiff", width=len(x), height=20, count=1, dtype="float32", **place
    ) as made:
        made.write(height, 1)

    def steep(**rule):
        options = SiteOptions(p=1, avoid=(AvoidOptions(layer="slope", **rule),))
        tables = {"road": roads(ROADS), "site": places(SITES), "vacant_house": places(HOUSES)}
        held = atlas({**tables, "elevation": places(SITES)}, site=options)
        raster = dataclasses.replace(held.layers["elevation"], raster=file)
        held = dataclasses.replace(held, layers={**held.layers, "elevation": raster})
        return site(held, connect(held), LAWFUL)

    found = steep(above=44.0)
    assert state_of(found)["s2"] == "avoided"
    assert found.sites.set_index("id").loc["s2", "slope_deg"] == pytest.approx(45, abs=0.01)
    assert "東" in said(found, "site.avoid_untold")["reason_ja"]
    assert "avoided" not in state_of(steep(above=46.0)).values()
    assert "avoided" in state_of(steep(above=99.0, unit="percent")).values()
    assert "avoided" not in state_of(steep(above=101.0, unit="percent")).values()
    assert set(refused(p=1, avoid=(AvoidOptions(layer="slope", above=5.0),))) == {"site.avoid_layer"}


# ---- what stands already


def test_a_standing_hub_serves_and_counts_in_no_p():
    halls = {"hub": places([{"id": "h1", "name": "東館", "at": (3500, 0)}])}
    found = asked(p=1, existing=("東館",), layers=halls)
    # With the east served, 西 or 中央 leaves one house 3 minutes away; 西 is as far from v2 as 東館, which keeps it.
    assert found.siting["objective"].iloc[0] == pytest.approx(3)
    assert found.siting["demand_served"].iloc[0] == 1
    assert list(found.case.standing).count("東館") == 4
    assert set(refused(p=1, existing=("北館",), layers=halls)) == {"site.unknown"}
    every = asked(p=1, every_existing=True, layers=halls)
    assert every.siting["objective"].iloc[0] == pytest.approx(3)
    cover = asked(model="set-cover", minutes=1.0, existing=("h1",), layers=halls)
    assert sorted(cover.siting["id"]) == ["s1", "s2"]
    assert set(refused(p=1, every_existing=True)) == {"site.no_layer"}


def test_a_standing_hub_is_no_candidate():
    halls = places([row | {"id": row["id"].replace("s", "h")} for row in SITES])
    known = LAWFUL.assign(layer="hub", id=["h1", "h2", "h3"])
    found = asked(p=1, candidates="hub", existing=("東",), layers={"hub": halls}, verdicts=known)
    assert state_of(found)["h3"] == "standing"
    problems = refused(
        p=1, candidates="hub", existing=("東",), force=("東",), layers={"hub": halls}, verdicts=known
    )
    assert set(problems) == {"site.forced_standing"}


def test_what_a_competitor_serves_as_soon_is_lost_to_a_coverage():
    shops = {"shop": places([{"id": "k1", "name": "店", "at": (3500, 0)}])}
    found = asked(p=1, model="max-coverage", minutes=3.0, competing="shop", layers=shops)
    # 東 is as near to v3 and v4 as the shop and wins neither, nor does 西 win v2; 中央 wins v1 and v2.
    assert (found.siting["id"].iloc[0], found.siting["objective"].iloc[0]) == ("s2", 2)
    assert list(found.case.competing).count("店") == 4
    median = asked(p=1, competing="shop", layers=shops).siting
    assert median["objective"].iloc[0] == pytest.approx(3)
    assert set(refused(p=1, competing="medical")) == {"site.no_layer"}


# ---- rules


def test_at_most_so_many_by_a_column_or_an_area():
    found = asked(p=2, most=(MostOptions(by="town", most=1),))
    assert "s3" in set(found.siting["id"])
    assert dict(zip(found.sites["id"], found.sites["counted_to"], strict=True))["s3"] == "乙"
    areas = squares((3500, 0, 100), (0, 0, 100), name=["東部", "西部"])
    ruled = asked(
        p=2,
        most=(MostOptions(by="priority_district", most=0, only=("東部",)),),
        layers={"priority_district": areas},
    )
    assert set(ruled.siting["id"]) == {"s1", "s2"}


def test_rules_on_numbers_that_name_nothing_or_allow_too_few():
    rules = (MostOptions(by="twon", most=1, line=5), MostOptions(by="town", most=1, only=("丙",), line=9))
    problems = refused(p=2, most=rules)
    assert problems["site.most_by"].place == "plan.toml:5 site.most[1].by"
    assert "town" in problems["site.most_by"].cure.en
    assert problems["site.most_only"].place == "plan.toml:9 site.most[2].only"
    assert (
        "at most 1 by town"
        in refused(p=3, most=(MostOptions(by="town", most=1),))["site.groups_tight"].what.en
    )


def test_a_budget_bounds_the_choice_and_says_the_least_that_would_do():
    found = asked(p=2, cost="yen", budget=30.0)
    assert set(found.siting["id"]) == {"s1", "s3"}
    assert found.siting["cost"].sum() == 30
    assert "30 or more" in refused(p=2, cost="yen", budget=29.0)["site.budget_small"].cure.en
    assert set(refused(p=2, cost="円", budget=29.0)) == {"site.no_column"}
    holes = [row | {"yen": np.nan} for row in SITES]
    assert set(refused(InputError, p=2, cost="yen", budget=50.0, sites=holes)) == {"site.column_odd"}


def test_a_name_that_several_candidates_share_forces_none_of_them():
    same = [row | {"name": "同じ名"} if row["id"] in {"s1", "s3"} else row for row in SITES]
    problem = refused(p=1, sites=same, force=("同じ名",))["site.shared_name"]
    assert "2" in problem.what.ja
    assert "s1" not in problem.what.en + problem.cure.en
    assert set(asked(p=1, sites=same, force=("s3",)).siting["id"]) == {"s3"}
    kept_out = asked(p=1, sites=same, forbid=("同じ名",))
    assert {name for name, state in state_of(kept_out).items() if state == "forbidden"} == {"s1", "s3"}
    crossed = [row | {"name": "s1"} if row["id"] == "s3" else row for row in SITES]
    assert set(asked(p=1, sites=crossed, force=("s1",)).siting["id"]) == {"s1"}, "an id comes before a name"


def test_a_capacity_splits_the_demand():
    found = asked(p=2, capacity="seats", force=("中央",))
    # 中央 holds two of the four: v1 or one of the east ones goes elsewhere.
    assert found.siting["demand_served"].sum() == pytest.approx(4)
    assert found.siting.set_index("id").loc["s2", "demand_served"] <= 2
    small = refused(p=1, capacity="seats", force=("中央",), share=1.0, minutes=9.0)["site.capacity_small"]
    assert "sum to 2) do not serve the demand (4)" in small.what.en


# ---- minutes of many pairs, and time


def test_blocks_and_cutoffs_change_no_answer(monkeypatch):
    whole = asked(p=1, share=None)
    monkeypatch.setattr(reached, "CELLS", 3)
    parted = asked(p=1)
    for name in ("start", "candidate", "minutes", "weight", "beyond"):
        np.testing.assert_array_equal(getattr(parted.case.reach, name), getattr(whole.case.reach, name))
    near = asked(p=1, cutoff=3.0)
    assert near.case.reach.minutes.max() == pytest.approx(3)
    assert "site.cutoff" in codes(near.findings)
    monkeypatch.setattr(reached, "MANY", 7)
    auto = asked(p=1)
    assert len(auto.case.reach.minutes) == 9, "all but the 3 pairs of 6 minutes"
    assert np.isfinite(auto.case.cutoff)
    assert "site.cutoff_automatic" in codes(auto.findings)


def test_an_interrupted_search_keeps_the_best_and_says_so(monkeypatch):
    """The solver asks whether to stop; what it has by then is an answer, and no mistake."""
    solved = hubs.answered

    def pressed(case, limits):
        signal.raise_signal(signal.SIGINT)
        assert limits.stopped()
        return dataclasses.replace(solved(case, Limits()), proven=False, gap=0.25, ended="interrupted")

    monkeypatch.setattr(hubs, "answered", pressed)
    before = signal.getsignal(signal.SIGINT)
    found = asked(p=1)
    assert signal.getsignal(signal.SIGINT) is before
    assert "25.00%" in said(found, "site.interrupted")["reason_ja"]
    assert "site.unproven" not in codes(found.findings)
    assert set(found.siting["ended"]) == {"interrupted"}


def test_an_answer_in_time_but_without_proof_says_so(monkeypatch):
    solved = hubs.answered

    def late(case, limits):
        assert limits.seconds == 7.0
        return dataclasses.replace(solved(case, Limits()), proven=False, gap=0.5, ended="time")

    monkeypatch.setattr(hubs, "answered", late)
    found = asked(p=1, seconds=7.0)
    assert "50.00%" in said(found, "site.unproven")["reason_en"]


def test_a_search_that_found_nothing_in_time_says_how_to_give_it_more(monkeypatch):
    def nothing(_case, _limits):
        raise NoChoice("time")

    monkeypatch.setattr(hubs, "answered", nothing)
    assert "60" in refused(p=1)["site.nothing_found"].what.en


def test_the_gap_is_told_while_the_search_goes_on(monkeypatch):
    solved, told = hubs.answered, []

    def telling(case, limits):
        limits.told(0.125)
        return solved(case, Limits())

    monkeypatch.setattr(hubs, "answered", telling)
    tables = {"road": roads(ROADS), "site": places(SITES), "vacant_house": places(HOUSES)}
    held = atlas(tables, site=SiteOptions(p=1))
    site(held, connect(held), LAWFUL, progress=told.append)
    assert told == ["solving", "solving 12.50%"]


def test_the_case_says_who_is_served_as_the_table_does():
    found = asked(p=2)
    serves = served(found.case.reach, found.answer.chosen).candidate
    counts = pd.Series(found.case.candidates.id[serves]).value_counts()
    assert counts.to_dict() == found.siting.set_index("id")["demand_served"].to_dict()


# ---- what a threshold, a cutoff and a penalty must not make of an answer


def test_a_cutoff_below_the_threshold_hides_nobody_who_is_covered():
    # All 4 houses are within 3 minutes of the middle; pairs of more than 2 would not be looked at.
    found = asked(model="max-coverage", p=1, minutes=3.0, cutoff=2.0)
    assert (found.siting["id"][0], found.siting["objective"][0]) == ("s2", 4)
    assert "more than 3 minutes" in said(found, "site.cutoff")["reason_en"]
    assert asked(p=1, share=1.0, minutes=3.0, cutoff=2.0).siting["id"][0] == "s2"
    assert asked(p=1, cutoff=2.0).case.cutoff == 2.0, "without a threshold it is as it is written"


def test_an_automatic_cutoff_is_never_below_the_threshold(monkeypatch):
    # From the ends of the road 4 pairs are 0 or 3 minutes long, the others 6.
    monkeypatch.setattr(reached, "MANY", 4)
    assert asked(p=1, forbid=("s2",)).case.cutoff == 3.0, "or the next line shows nothing"
    found = asked(model="max-coverage", p=1, minutes=6.0, forbid=("s2",))
    assert (found.siting["objective"][0], found.case.cutoff) == (4, 6.0)


TWO_VALLEYS = {
    "rows": [
        {"id": "r1", "road_class": "national", "line": [(0, 0), (3500, 0)], "width_m": 7.0},
        {"id": "r2", "road_class": "national", "line": [(0, 9000), (3500, 9000)], "width_m": 7.0},
    ],
    "houses": [{"id": "v1", "at": (0, 0)}, {"id": "v2", "at": (3500, 0)}, {"id": "v3", "at": (0, 9000)}],
    "sites": [{"id": "s1", "name": "南", "at": (0, 0)}, {"id": "s2", "name": "北", "at": (0, 9000)}],
}


@pytest.mark.parametrize("model", ["p-median", "p-center", "max-coverage", "set-cover"])
def test_no_threshold_works_where_no_road_leads(model):
    verdicts = LAWFUL.iloc[:2]
    problem = refused(InputError, model=model, p=1, share=1.0, minutes=1.0, verdicts=verdicts, **TWO_VALLEYS)[
        "site.no_share"
    ]
    assert "within any minutes (p: 1)" in problem.what.en
    assert "no more than 100% of it" in problem.what.en


def test_a_house_in_two_lists_counts_once_whatever_it_weighs():
    lists = [
        {"id": "v1", "at": (0, 0), "source": "甲", "address": "焼津市本町1番地1", "rooms": 5.0},
        {"id": "v2", "at": (1, 0), "source": "乙", "address": "焼津市本町1番地1", "rooms": 5.0},
        {"id": "v3", "at": (3500, 0), "source": "甲", "address": "焼津市本町2番地2", "rooms": 6.0},
    ]
    assert asked(p=3, houses=lists).siting["demand_served"].sum() == 2
    assert asked(p=3, houses=lists, weight="rooms").siting["demand_served"].sum() == 11
    assert asked(p=1, houses=lists, weight="rooms").siting["id"][0] == "s3"


# ---- what an answer must not leave unsaid


def test_where_what_stands_is_enough_it_is_said_that_no_hub_is_needed():
    hub = {"hub": places([{"id": "k1", "name": "既", "at": (1750, 0)}])}
    found = asked(model="set-cover", minutes=3.0, every_existing=True, layers=hub)
    assert found.siting.empty
    assert said(found, "site.none_needed")["reason_en"] == (
        "The hubs that stand already cover 100% of the demand within 3 minutes: no new hub is needed."
    )
    assert "site.none_needed" not in codes(asked(model="set-cover", minutes=3.0).findings)


def test_who_finds_no_room_is_told():
    # 4 houses, 2 seats in the middle: half of them are served by nobody.
    found = asked(p=1, force=("s2",), capacity="seats")
    assert found.siting["demand_served"].tolist() == [2]
    assert said(found, "site.no_room")["reason_en"].startswith("The hubs chosen have no room for 50.0% of")
    assert "site.no_room" not in codes(asked(p=3, capacity="seats").findings)


def test_no_verdict_promises_that_no_permit_is_needed():
    verdicts = pd.DataFrame(
        {"layer": "site", "id": ["s1", "s2", "s3"],
         "verdict": ["special_provision_permit", "cannot_tell", "by_right"]}
    )  # fmt: skip
    found = asked(p=3, lawful=False, verdicts=verdicts)
    for table in (found.siting, found.sites):
        permit = table.set_index("id")["permit"]
        assert (permit["s1"], permit["s3"], pd.isna(permit["s2"])) == (True, False, True)
    assert asked(p=1, lawful=False, verdicts=verdicts.iloc[:0]).siting["permit"].isna().all()
    others = verdicts.assign(
        verdict=["ordinary_permit", "outside_city_planning_area", "urbanization_control_area"]
    )
    found = asked(p=3, lawful=False, verdicts=others).siting.set_index("id")["permit"]
    assert (found["s1"], pd.isna(found["s2"]), found["s3"]) == (True, True, True)


def test_a_candidate_that_is_as_good_is_not_said_to_be_worse():
    # West and east are the same for two houses at the ends: which is chosen is chance, and neither is better.
    found = asked(p=1, houses=[HOUSES[0], HOUSES[2]], forbid=("s2",)).sites.set_index("state")
    assert "better" not in found.loc["possible", "reason_en"]
    assert "良い値" not in found.loc["possible", "reason_ja"]


@pytest.mark.parametrize(
    ("hub", "lacking", "words"), [("s2", "medical", "(30 people)"), ("s4", "vacant_house", "")]
)
def test_each_layer_of_demand_is_told_by_its_own_weights(hub, lacking, words):
    clinics = places([{"id": "m1", "at": (0, 9000), "people": 30.0}])
    rows = [*ROADS, {"id": "r9", "road_class": "national", "line": [(0, 9000), (500, 9000)], "width_m": 7.0}]
    sites = [*SITES, {"id": "s4", "name": "北", "at": (500, 9000)}]
    also = (AlsoOptions(layer="medical", weight="people"),)
    found = asked(
        p=1, also=also, layers={"medical": clinics}, rows=rows, sites=sites, lawful=False, force=(hub,)
    )
    told = said(found, "site.left_out")
    assert told["subject"] == lacking
    assert ("people" in told["reason_en"]) == bool(words)
    assert words in told["reason_en"]
