"""The best hubs among lawful sites: brute force is the oracle, and mistakes in [site] are answered."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from village_roads import HOUSES, ROADS, SITE_VERDICTS, SITES, atlas, codes, places, roads

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.options import SiteOptions
from gisplan.core.words import LayerEntry
from gisplan.law.phrases import verdicts
from gisplan.network import connect
from gisplan.siting import site


def asked(options, *, houses=HOUSES, sites=SITES, verdicts=SITE_VERDICTS, rows=ROADS):
    layers = {"road": roads(rows), "site": places(sites), "vacant_house": places(houses)}
    held = atlas(layers, site=options)
    return site(held, connect(held), verdicts)


def refused(options, **more):
    with pytest.raises(ConfigurationError) as caught:
        asked(options, **more)
    return {problem.code for problem in caught.value.problems}


def test_one_hub_stands_where_the_sum_of_minutes_is_least():
    found = asked(SiteOptions(p=1))
    # Whole national road = 6 min. 中央: 3 + 0 + 3 + 3 = 9; 東: 6 + 3 + 0 + 0 = 9; 西: 0 + 3 + 6 + 6 = 15.
    row = found.siting.iloc[0]
    assert row["id"] in {"s2", "s3"}
    assert row["objective"] == pytest.approx(9)
    assert row["proven"]
    assert (row["gap"], row["bound"]) == (0, pytest.approx(9))


def test_two_hubs_serve_what_is_nearest_to_them():
    found = asked(SiteOptions(p=2)).siting
    # 西 and 東: v2 is 3 min from either; 中央 and 東: v1 is 3 min away. Both cost 3 min in all.
    assert found["objective"].iloc[0] == pytest.approx(3)
    assert found["demand_served"].sum() == 4
    assert list(found["rank"]) == [1, 2]
    assert found["demand_served"].is_monotonic_decreasing


def test_a_site_the_law_forbids_is_no_candidate_unless_the_law_is_left_aside():
    south = [{"id": "v", "at": (1750, -1000)}]
    lawful = asked(SiteOptions(p=1), houses=south)
    assert lawful.siting["id"].iloc[0] == "s2"
    assert "site.unlawful" in codes(lawful.findings)
    assert asked(SiteOptions(p=1, lawful=False), houses=south).siting["id"].iloc[0] == "s4"


def test_a_site_without_a_verdict_is_not_lawful():
    found = asked(SiteOptions(p=1), verdicts=SITE_VERDICTS.iloc[:1])
    assert list(found.siting["id"]) == ["s1"]


def test_force_and_forbid_by_id_or_name():
    forced = asked(SiteOptions(p=1, force=("西",))).siting
    assert (forced["id"].iloc[0], forced["objective"].iloc[0]) == ("s1", pytest.approx(15))
    assert "s3" not in set(asked(SiteOptions(p=2, forbid=("s3",))).siting["id"])


def test_coverage_counts_whom_it_reaches_in_time():
    found = asked(SiteOptions(p=1, model="max-coverage", minutes=2.9)).siting
    assert (found["id"].iloc[0], found["objective"].iloc[0]) == ("s3", 2)
    assert found["demand_served"].iloc[0] == 2
    # The threshold is inclusive: at exactly 3 min 中央 covers all four.
    assert asked(SiteOptions(p=1, model="max-coverage", minutes=3.0)).siting["objective"].iloc[0] == 4


def test_mistakes_in_the_plan_are_all_said_at_once():
    mistaken = SiteOptions(p=1, force=("北", "s4"), forbid=("s9",))
    assert refused(mistaken) == {"site.unknown", "site.forced_unlawful"}
    assert refused(SiteOptions(p=1, force=("s1",), forbid=("西",))) == {"site.forced_forbidden"}
    assert refused(SiteOptions(p=1, force=("s1", "s2"))) == {"site.too_many_forced"}
    assert refused(SiteOptions(p=4)) == {"site.too_few"}
    assert refused(SiteOptions(p=1, demand="population")) == {"site.no_layer"}
    assert refused(SiteOptions(p=1, weight="people")) == {"site.no_weight"}


def test_mistakes_are_placed_in_the_plan_by_its_own_name():
    held = atlas(
        {"road": roads(ROADS), "site": places(SITES), "vacant_house": places(HOUSES)},
        site=SiteOptions(p=1, force=("北", "s4"), forbid=("s9",)),
        file="焼津.toml",
    )
    with pytest.raises(ConfigurationError) as caught:
        site(held, connect(held), SITE_VERDICTS)
    assert {(problem.code, problem.place) for problem in caught.value.problems} == {
        ("site.unknown", "焼津.toml site.force"),
        ("site.unknown", "焼津.toml site.forbid"),
        ("site.forced_unlawful", "焼津.toml site.force"),
    }
    unlawful = next(one for one in caught.value.problems if one.code == "site.forced_unlawful")
    assert verdicts()["ordinary_permit"].ja in unlawful.what.ja
    assert verdicts()["ordinary_permit"].en in unlawful.what.en


def test_too_few_candidates_say_why_the_others_cannot_be_used():
    far = [*SITES, {"id": "s5", "at": (0, 9000)}]
    with pytest.raises(ConfigurationError) as caught:
        asked(SiteOptions(p=4, forbid=("s1",)), sites=far)
    # s5 has no verdict and lies off the road: it counts once, as left out by the law.
    assert caught.value.problems[0].what.en == (
        "Hubs asked for: 4; candidates that can be used: 2 of 5 (left out: 1 by their verdict, 1 as their verdict "
        "cannot tell, 1 by forbid)."
    )
    with pytest.raises(ConfigurationError) as caught:
        asked(SiteOptions(p=5, lawful=False), sites=far)
    assert "道路から500 mを超えるため1か所" in caught.value.problems[0].what.ja


def test_a_forced_site_off_the_road_is_no_silent_loss():
    far = [*SITES, {"id": "s5", "name": "山", "at": (0, 9000)}]
    assert refused(SiteOptions(p=1, lawful=False, force=("山",)), sites=far) == {"site.forced_off_road"}


def test_areas_and_a_plan_without_roads_are_refused():
    zones = places([{"id": "z1", "at": (0, 0)}])
    zones = zones.set_geometry(zones.buffer(100))
    layers = {"road": roads(ROADS), "site": places(SITES), "vacant_house": places(HOUSES), "zone": zones}
    held = atlas(layers, site=SiteOptions(p=1, demand="zone", candidates="zone"))
    with pytest.raises(ConfigurationError) as caught:
        site(held, connect(held), SITE_VERDICTS)
    assert [(one.code, one.place) for one in caught.value.problems] == [
        ("access.no_place", "plan.toml site.candidates"),
        ("access.no_place", "plan.toml site.demand"),
    ]
    del layers["road"], layers["zone"]
    held = atlas(layers, site=SiteOptions(p=1))
    with pytest.raises(ConfigurationError) as caught:
        site(held, connect(held), SITE_VERDICTS)
    assert [(one.code, one.place) for one in caught.value.problems] == [("site.no_road", "plan.toml layers")]
    entry = LayerEntry(layer="road", path=("road.gpkg",), line=12)
    held = dataclasses.replace(held, plan=dataclasses.replace(held.plan, layers=(entry,)))
    with pytest.raises(ConfigurationError) as caught:
        site(held, connect(held), SITE_VERDICTS)
    assert caught.value.problems[0].place == "plan.toml:12 layers.road"


def test_demand_without_a_way_is_reported_and_left_out():
    island = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
    far = [*HOUSES, {"id": "v5", "at": (50, 9000)}, {"id": "v6", "at": (0, 5000)}]
    found = asked(SiteOptions(p=1), houses=far, rows=[*ROADS, island])
    assert found.siting["objective"].iloc[0] == pytest.approx(9)
    assert {"site.unreached", "site.not_assessed"} <= codes(found.findings)
    with pytest.raises(InputError):
        asked(SiteOptions(p=1), houses=far[4:], rows=[*ROADS, island])


def test_demand_that_the_chosen_hubs_miss_counts_with_a_penalty():
    island = {"id": "r7", "line": [(0, 9000), (100, 9000)]}
    houses = [*HOUSES, {"id": "v5", "at": (50, 9000)}]
    sites = [*SITES, {"id": "s5", "name": "島", "at": (50, 9000)}]
    own = pd.concat([SITE_VERDICTS, SITE_VERDICTS.iloc[:1].assign(id="s5")])
    found = asked(SiteOptions(p=1), houses=houses, sites=sites, verdicts=own, rows=[*ROADS, island])
    assert "site.left_out" in codes(found.findings)
    said = found.findings.set_index("code").loc["site.left_out"]
    assert "需要が1戸あります" in said["reason_ja"]
    assert "hubs: 1 house. The objective counts 12.0 minutes" in said["reason_en"]
    wide = SiteOptions(p=1, model="max-coverage")
    covered = asked(wide, houses=houses, sites=sites, verdicts=own, rows=[*ROADS, island])
    assert "site.beyond" in codes(covered.findings)
    assert "site.left_out" not in codes(covered.findings)
    assert found.siting["objective"].iloc[0] == pytest.approx(9 + 2 * 6)  # twice the longest way, 6 min
    both = asked(SiteOptions(p=2), houses=houses, sites=sites, verdicts=own, rows=[*ROADS, island])
    assert "s5" in set(both.siting["id"])


def test_weights_come_from_the_named_column_and_odd_ones_are_said():
    houses = [row | {"rooms": rooms} for row, rooms in zip(HOUSES, [10.0, 1.0, np.nan, -1.0], strict=True)]
    found = asked(SiteOptions(p=1, weight="rooms"), houses=houses)
    assert found.siting["id"].iloc[0] == "s1"
    assert found.siting["demand_served"].iloc[0] == 11
    said = found.findings.set_index("code")
    assert "需要が1戸あり、除きました（例：v3）" in said.loc["site.weight_missing", "reason_ja"]
    assert said.loc["site.weight_odd", "reason_en"].endswith("negative or infinite: 1 (e.g. v4).")


def test_without_a_question_there_is_no_answer():
    found = asked(None)
    assert found.siting.empty
    assert found.answer is None
