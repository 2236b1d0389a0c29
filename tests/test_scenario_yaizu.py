"""Yaizu as published: what the planned roads (都市計画道路) do for every hub and every house, and what a cut does."""

from pathlib import Path

import numpy as np
import pytest

from gisplan.access import measure
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect
from gisplan.plan.atlas import load
from gisplan.plan.read import read_plan
from gisplan.siting import simulate
from gisplan.siting.scenarios.trips import SAME_MIN

pytestmark = pytest.mark.real

PLAN = Path(__file__).parent / "real" / "yaizu" / "plan.toml"
ROADS = "../../../../shared/data/yaizu/raw/都市計画道路/都市計画道路.shp"
SCENARIOS = f"""
[[scenario]]
name = "都市計画道路の開通"
[[scenario.road]]
path = "{ROADS}"
open = true
road_class = "municipal"
speed_kmh = 40

[[scenario]]
name = "一般県道静岡焼津線の通行止め"
[[scenario.road]]
name = "一般県道静岡焼津線"
close = true
"""


@pytest.fixture(scope="module")
def found(real_data, tmp_path_factory):
    """Return the scenarios of Yaizu, over the layers that they need."""
    head, *tables = PLAN.read_text("utf-8").split("\n[")
    kept = [
        part
        for part in tables
        if part.lstrip("[").split("]")[0] not in {f"layers.{name}" for name in LEFT_OUT}
    ]
    text = "\n[".join([head, *kept]) + SCENARIOS
    text = text.replace("../../../../shared/data", real_data.resolve().as_posix())
    text = text.replace('"medical", "shop", "childcare", "school", "bus_stop"]', '"school"]')
    path = tmp_path_factory.mktemp("yaizu") / "plan.toml"
    path.write_text(text, "utf-8")
    catalogue = read_catalogue(packaged_folder())
    atlas = load(read_plan(path, catalogue=catalogue), catalogue=catalogue)
    connected = connect(atlas)
    return simulate(atlas, connected, measure(atlas, connected))


LEFT_OUT = (
    "zone", "area_division", "promotion_area", "priority_district", "site", "shop", "childcare", "medical", "bus_stop",
    "inland_flood",
)  # fmt: skip
OPENED, CLOSED = "都市計画道路の開通", "一般県道静岡焼津線の通行止め"


def minutes(found, scenario):
    """Return before and after of every trip of a scenario that is reached both times."""
    trips = next(one for one in found.compared if one.scenario == scenario).trips
    pairs = [(own.before[to], own.after[to]) for own in trips for to in own.before]
    before, after = (np.concatenate(part) for part in zip(*pairs, strict=True))
    return before, after


def test_the_planned_roads_bring_every_hub_nearer_to_its_interchange(found):
    links = found.tables["link_changes"].query(f"scenario == '{OPENED}' and direction == 'to_interchange'")
    assert len(links) == 28
    assert (links["state"] == "better").all()
    gained = links.set_index("hub")["difference"]
    assert gained["ディスカバリーパーク焼津天文科学館"] == pytest.approx(-4.1, abs=0.1)
    assert gained["焼津市役所本庁舎"] == pytest.approx(-2.0, abs=0.1)
    table = found.tables["scenarios"].set_index(["scenario", "indicator"])
    row = table.loc[(OPENED, "ic_minutes/焼津市役所本庁舎")]
    assert (row["before"], row["after"], row["rate"]) == (10.9, 8.9, 18.3)
    assert "小数第1位" in row["rounding_ja"]


def test_nobody_is_worse_off_and_who_gains_is_known_by_neighbourhood(found):
    before, after = minutes(found, OPENED)
    both = np.isfinite(before) & np.isfinite(after)
    assert (after[both] - before[both]).max() < SAME_MIN
    assert not (np.isfinite(before) & np.isinf(after)).any()
    gains = (
        found.tables["gains"]
        .query(f"scenario == '{OPENED}' and to == 'interchange'")
        .set_index("band")["houses"]
    )
    assert gains[["worse", "lost"]].sum() == 0
    assert gains.sum() == 2392  # each house once, whatever the lists
    assert gains["gain_1"] > 1000
    areas = found.tables["area_gains"].query(f"scenario == '{OPENED}' and to == 'interchange'")
    assert areas.sort_values("mean_gain")["name"].iloc[-1] == "和田第22自治会"


def test_roads_that_join_nothing_are_said_with_their_length(found):
    said = found.findings.set_index(["code", "subject"])
    assert ("scenario.apart", OPENED) in said.index
    assert (
        "シナリオ「都市計画道路の開通」（scenario[1].road[1]）：開通 300本"
        in said.loc[("scenario.roads", "scenario[1].road[1]"), "reason_ja"]
    )


def test_where_planned_roads_cross_without_a_vertex_and_overlap_is_said(found):
    said = found.findings.set_index(["code", "subject"])["reason_ja"]
    for code in ("scenario.crossings", "scenario.on_road"):
        assert (code, "scenario[1].road[1]") in said.index, code


def test_a_closed_road_brings_nobody_nearer(found):
    before, after = minutes(found, CLOSED)
    known = ~np.isnan(before)
    with np.errstate(invalid="ignore"):
        gained = np.where(np.isinf(before) & np.isinf(after), 0.0, before - after)
    assert gained[known].max() <= 1e-9
    lines = found.roads.query(f"scenario == '{CLOSED}'")
    assert set(lines["name"].str.contains("静岡焼津線")) == {True}
    assert (
        found.tables["gains"].query(f"scenario == '{CLOSED}' and band in ['worse', 'lost']")["houses"].sum()
        > 0
    )
