"""Yaizu as published: three hubs for its vacant houses, beside minutes from scipy and every choice of three."""

import dataclasses
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from gisplan.core.errors import ConfigurationError
from gisplan.core.options import SiteOptions
from gisplan.law.check import check
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import attach, connect, snap
from gisplan.plan.atlas import load
from gisplan.plan.read import read_plan
from gisplan.siting import defend, site

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
USED = {
    "municipality", "neighbourhood", "vacant_house", "road", "interchange", "site", "zone", "area_division",
    "promotion_area", "priority_district",
}  # fmt: skip
LAWFUL = {"by_right", "by_right_within_limits", "special_provision_permit"}
BARRED, UNKNOWN = "第一種低層住居専用地域-1", "区域界-6"
ASKED = SiteOptions(p=3, minutes=10.0, curve=5, stability=False, why=("近隣商業地域-4",))


@pytest.fixture(scope="module")
def found(real_data, tmp_path_factory):
    """Return the atlas of Yaizu, its network, the choice of three hubs and what defends it."""
    text = PLAN.read_text("utf-8").replace("../../../../shared/data", real_data.resolve().as_posix())
    path = tmp_path_factory.mktemp("yaizu") / "plan.toml"
    path.write_text(text, "utf-8")
    catalogue = read_catalogue(packaged_folder())
    plan = read_plan(path, catalogue=catalogue)
    layers = tuple(entry for entry in plan.layers if entry.layer in USED)
    atlas = load(dataclasses.replace(plan, site=ASKED, layers=layers), catalogue=catalogue)
    verdicts, network = check(atlas).verdicts, connect(atlas)
    sited = site(atlas, network, verdicts)
    return atlas, network, verdicts, sited, defend(atlas, network, sited, verdicts, progress=lambda _: None)


@pytest.fixture(scope="module")
def minutes(found):
    """Return the minutes from every house to every candidate, by scipy on roads where all of them are nodes."""
    _, network, _, sited, _ = found
    ways, case = network.ways, sited.case
    points = np.concatenate([case.candidates.point, case.demands.point])
    on = snap(ways.network, points, limit_m=ways.limit_m, allowed=ways.snappable)
    both = attach(ways.network, on)
    roads, leg = both.network, on.distance / ways.straight
    tail, head = np.concatenate([roads.tail, roads.head]), np.concatenate([roads.head, roads.tail])
    time = np.concatenate([roads.forward, roads.backward])
    able = np.isfinite(time)
    # The least of parallel roads: scipy would add them up.
    order = np.lexsort((time[able], head[able], tail[able]))
    pair = np.column_stack([tail[able], head[able]])[order]
    first = np.concatenate([[True], (np.diff(pair, axis=0) != 0).any(axis=1)])
    count = len(roads.x)
    graph = coo_matrix((time[able][order][first], pair[first].T), shape=(count, count)).tocsr()
    sites = len(case.candidates.id)
    table = dijkstra(graph.T, indices=both.node[:sites])[:, both.node[sites:]].T
    return table + leg[sites:, None] + leg[:sites]


def costs(minutes, some):
    """Return the sum of minutes of every choice of three of some candidates, with the choices."""
    choices, sums = [], []
    for one, other in combinations(some, 2):
        third = [site for site in some if site > other]
        if third:
            near = np.minimum(minutes[:, one], minutes[:, other])
            sums.append(np.minimum(near[:, None], minutes[:, third]).sum(axis=0))
            choices += [(one, other, site) for site in third]
    return choices, np.concatenate(sums)


def test_three_lawful_hubs_with_proof(found):
    _, _, verdicts, sited, _ = found
    hubs, sites = sited.siting, sited.sites.set_index("id")
    assert len(hubs) == 3
    assert hubs["proven"].all()
    assert (hubs["gap"] == 0.0).all()
    assert hubs["share"].sum() == pytest.approx(1.0)
    assert (hubs["unit"] == "houses").all()
    law = verdicts[verdicts["layer"] == "site"].set_index("id")["verdict"]
    assert set(law[hubs["id"]]) <= LAWFUL
    assert len(sites) == len(law) == 76
    may = law.isin(LAWFUL)
    assert sites.loc[may.index[may], "state"].isin({"chosen", "possible"}).all()
    assert sites.loc[may.index[~may], "state"].isin({"unlawful", "cannot_tell"}).all()
    assert set(sited.case.candidates.id) == set(may.index[may])


def test_no_choice_of_three_is_better_by_minutes_from_scipy(found, minutes):
    _, _, _, sited, defended = found
    case, answer = sited.case, sited.answer
    assert np.isfinite(minutes).all()
    choices, sums = costs(minutes, range(minutes.shape[1]))
    assert len(choices) > 20_000
    assert tuple(sorted(answer.chosen)) == choices[int(np.argmin(sums))]
    assert answer.objective == pytest.approx(sums.min(), rel=1e-9)
    # Who is served by which hub, and how far it is.
    own = minutes[:, answer.chosen]
    nearest, hubs = own.argmin(axis=1), sited.siting.set_index("id")
    for place, site_ in enumerate(case.candidates.id[answer.chosen]):
        here = nearest == place
        assert hubs.loc[site_, "demand_served"] == here.sum()
        assert hubs.loc[site_, "mean_minutes"] == pytest.approx(own[here, place].mean())
        assert hubs.loc[site_, "longest_minutes"] == pytest.approx(own[here, place].max())
    council = defended.tables["siting_council"].set_index("kind").loc["together"]
    assert council["within_share"] == pytest.approx((own.min(axis=1) <= 10.0).mean())
    asked = defended.tables["siting_why"].iloc[0]
    with_it = int(np.flatnonzero(case.candidates.id == "近隣商業地域-4")[0])
    best = min(cost for choice, cost in zip(choices, sums, strict=True) if with_it in choice)
    assert asked["objective"] == pytest.approx(best)
    assert asked["worse"] == pytest.approx(100.0 * (best / answer.objective - 1.0))


def test_each_hub_more_brings_the_houses_nearer_and_gains_less_than_the_one_before(found, minutes):
    curve = found[4].tables["siting_curve"].set_index("hubs")
    assert curve["proven"].all()
    assert curve.loc[1, "objective"] == pytest.approx(minutes.sum(axis=0).min())
    pairs = combinations(range(minutes.shape[1]), 2)
    assert curve.loc[2, "objective"] == pytest.approx(
        min(np.minimum(minutes[:, one], minutes[:, other]).sum() for one, other in pairs)
    )
    gain = curve["gain_objective"].dropna()
    assert (gain < 0.0).all()
    assert gain.is_monotonic_increasing


def test_every_house_is_served_once_in_its_neighbourhood(found):
    atlas, _, _, sited, defended = found
    rows = defended.tables["siting_served"]
    whole = rows[rows["area"] == ""]
    assert whole["demand"].sum() == len(sited.case.demands.id)
    assert set(rows["id"]) == set(sited.siting["id"])
    areas = atlas.table("neighbourhood")
    parts = rows[rows["area"] != ""]
    assert set(parts["area"]) <= set(areas["name"])
    left = sited.findings.set_index("code").loc["site.unreached", "reason_en"]
    assert left.endswith("37 houses.")
    houses = len(sited.case.demands.id) + 37
    assert houses + 16 == 2_392, (
        "16 stand too far from every road, and eight of the 2,400 records name a house again"
    )


def test_sites_that_are_forbidden_are_never_chosen_and_unlawful_ones_cannot_be_forced(found, minutes):
    atlas, network, verdicts, sited, _ = found
    gone = tuple(sited.siting["id"])
    second = site(asking(atlas, forbid=gone), network, verdicts)
    assert not set(gone) & set(second.siting["id"])
    some = [place for place, one in enumerate(sited.case.candidates.id) if one not in gone]
    assert second.answer.objective == pytest.approx(costs(minutes, some)[1].min())
    with pytest.raises(ConfigurationError) as refused:
        site(asking(atlas, force=(BARRED, UNKNOWN)), network, verdicts)
    assert [problem.code for problem in refused.value.problems] == ["site.forced_unlawful"] * 2


def asking(atlas, **changes):
    return dataclasses.replace(
        atlas, plan=dataclasses.replace(atlas.plan, site=dataclasses.replace(ASKED, **changes))
    )
