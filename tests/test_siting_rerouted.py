"""A case on changed roads: the village's minutes by hand, slower, congested and with a road closed."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from village_roads import ROADS, atlas, places, roads

from gisplan.core.options import AccessOptions, SiteOptions
from gisplan.network import connect
from gisplan.siting import site
from gisplan.siting.defence.rerouted import by_cut, by_speed, on_roads, scene_of, used_links

SITES = [{"id": "s1", "name": "西", "at": (0, 0)}, {"id": "s2", "name": "東", "at": (3500, 0)}]
HOUSES = [{"id": "v1", "at": (0, 0)}, {"id": "v2", "at": (1750, 0)}, {"id": "v3", "at": (1750, -1000)}]
VERDICTS = pd.DataFrame({"layer": "site", "id": ["s1", "s2"], "verdict": "by_right"})


def scene(*, rows=ROADS, access=None, **options):
    layers = {"road": roads(rows), "site": places(SITES), "vacant_house": places(HOUSES)}
    layers["hub"] = places([{"id": "h1", "name": "南の家", "at": (1750, -1000)}])
    held = atlas(layers, site=SiteOptions(p=1, **options), access=access)
    network = connect(held)
    found = site(held, network, VERDICTS)
    return scene_of(found.case, held, network.ways), found


def minutes(case):
    reach = case.reach
    table = np.full((reach.demands, reach.candidates), np.inf)
    table[np.repeat(np.arange(reach.demands), np.diff(reach.start)), reach.candidate] = reach.minutes
    return table


def test_on_the_roads_as_they_are_the_case_is_as_it_was():
    here, found = scene()
    same = on_roads(here, here.ways)
    assert minutes(same) == pytest.approx(minutes(found.case))
    # 1750 m at 35 km/h are 3 min; 1000 m at 20 km/h are 3 min more.
    assert minutes(same) == pytest.approx(np.array([[0, 6], [3, 3], [6, 6]]))


def test_a_class_that_is_slower_takes_a_quarter_longer_on_its_roads_alone():
    here, _ = scene()
    found = {one.title.en: minutes(one.case) for one in by_speed(here)}
    assert len(found) == 4  # national, prefectural, municipal, congested; the village has no expressway
    slow = next(table for title, table in found.items() if "national" in title.lower())
    assert slow == pytest.approx(np.array([[0, 7.5], [3.75, 3.75], [6.75, 6.75]]))
    local = next(table for title, table in found.items() if "municipal" in title.lower())
    assert local == pytest.approx(np.array([[0, 6], [3, 3], [6.75, 6.75]]))
    assert any("congested hours" in title for title in found)


def test_where_the_plan_s_speeds_are_congested_ones_they_are_no_variant():
    here, _ = scene(access=AccessOptions(speeds="census_r3_congested"))
    assert not any("congested" in one.title.en for one in by_speed(here))


def test_the_most_used_link_is_closed_and_who_lives_behind_it_reaches_nobody():
    here, found = scene(force=("s1",))
    links = used_links(here, found.answer.chosen)
    # v2 and v3 come along the national road (2), v3 along the southern one (1).
    assert [link.weight for link in links] == [2, 1]
    cuts = list(by_cut(here, found.answer.chosen))
    assert "r1" in cuts[0].title.en
    assert "66.7%" in cuts[0].title.en
    first = minutes(cuts[0].case)
    # Round by the north: 1000 + 1750 m at 30 km/h are 5.5 min and 1000 m at 20 km/h are 3.
    assert first[1, 0] == pytest.approx(8.5)
    assert first[1, 1] == pytest.approx(3)
    second = minutes(cuts[1].case)
    assert np.isinf(second[2]).all()
    assert cuts[1].case.reach.beyond[2] == found.case.penalty


def test_what_stands_already_is_reached_by_the_changed_roads_too():
    here, found = scene(existing=("南の家",))
    assert found.case.standing.tolist() == ["南の家"] * 3
    slow = next(one for one in by_speed(here) if "municipal" in one.title.en.lower())
    assert slow.case.reach.beyond == pytest.approx([6.75, 3.75, 0])


def test_where_nobody_travels_there_is_no_link_to_close():
    here, found = scene()
    alone = dataclasses.replace(found.case, demands=found.case.demands)
    at_home = np.array([0])
    one = dataclasses.replace(
        alone,
        demands=dataclasses.replace(
            alone.demands, layer=alone.demands.layer[:1], id=alone.demands.id[:1],
            weight=alone.demands.weight[:1], point=alone.demands.point[:1],
        ),
        reach=dataclasses.replace(
            alone.reach, start=alone.reach.start[:2], weight=alone.reach.weight[:1],
            beyond=alone.reach.beyond[:1], candidate=alone.reach.candidate[: alone.reach.start[1]],
            minutes=alone.reach.minutes[: alone.reach.start[1]],
        ),
        standing=alone.standing[:1], competing=alone.competing[:1],
    )  # fmt: skip
    assert used_links(dataclasses.replace(here, case=one), at_home) == []
