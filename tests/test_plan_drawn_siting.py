"""A choice of hubs on the map: stars, who is served by which, lines; and that no house held back shows through."""

import dataclasses
import itertools
from types import SimpleNamespace

import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pytest
import shapely
from colour_vision import apart, ciede2000
from test_maps_page import click, faultless, opened
from trial_map import CRS
from village import on_disk

import gisplan as gp
from gisplan.core.options import GridOptions, ReleaseOptions, SiteOptions
from gisplan.core.tables import contract
from gisplan.core.words import Text
from gisplan.maps import interactive
from gisplan.maps.encode import block
from gisplan.maps.qml import qml
from gisplan.maps.words import Page
from gisplan.plan import drawn_siting as drawing
from gisplan.plan.drawn_siting import (
    HUB_COLOURS,
    ROLE_COLOURS,
    Service,
    candidate_layer,
    for_page,
    hub_layer,
    line_layer,
    place_layer,
    served_layer,
    with_states,
)
from gisplan.plan.picture import layers_of
from gisplan.plan.release import release
from gisplan.plan.results import Results
from gisplan.plan.siting_layers import choice_of, may_tell_service, siting_layers
from gisplan.plan.siting_told import siting_facts, siting_figure, siting_notes
from gisplan.siting.words import states

VERDICTS = {"by_right": Text(ja="可", en="Allowed")}
HOUSES = Text(ja="空家等", en="Vacant houses")


def hubs(count=2, **more):
    """Return so many chosen hubs at kilometres on a line, as the table `siting` has them."""
    rank = np.arange(1, count + 1)
    rows = {
        "rank": rank, "id": [f"s{n}" for n in rank], "name": [f"敷地{n}" for n in rank], "verdict": "by_right",
        "permit": rank % 2 == 0, "demand_served": 10.0 / rank, "share": 0.5 / rank, "mean_minutes": 3.14159,
        "longest_minutes": 9.87, "stability": 0.75, "near_ties_ja": "同等の案なし", "near_ties_en": "no tie",
    }  # fmt: skip
    points = shapely.points(1000.0 * rank, 0.0)
    return gpd.GeoDataFrame(pd.DataFrame({**rows, **more}), geometry=points, crs=CRS)


STARS = hub_layer(hubs(), verdicts=VERDICTS)


def service(rows, **more):
    """Return who is served from rows of id, place, place of the demand [m], and the end of its line or None."""
    table = gpd.GeoDataFrame(
        {
            "id": [row[0] for row in rows],
            "place": [row[1] for row in rows],
            "hub": ["" if row[3] is None else "敷地" for row in rows],
            "minutes": [np.nan if row[3] is None else 2.345 for row in rows],
            "weight": 1.0,
            "point": [shapely.Point(row[2], 500) for row in rows],
            "to": [None if row[3] is None else shapely.Point(row[3], 0) for row in rows],
        },
        geometry=[shapely.Point(row[2], 500) for row in rows],
        crs=CRS,
    )
    return Service(**{"layer": "vacant_house", "title": HOUSES, "kind": "point", "table": table, **more})


ROWS = [
    ("h1", "1", 900, 1000), ("h2", "1", 1200, 1000), ("h3", "2", 2100, 2000), ("h4", "beyond", 9000, None),
    ("h5", "nobody", 9500, None),
]  # fmt: skip


def test_hubs_bear_their_rank_in_stars_of_their_own_colours():
    assert STARS.table["name"].tolist() == ["1 敷地1", "2 敷地2"]
    assert STARS.look.symbol == "chosen"
    assert dict(STARS.look.texts) == {"1": "1", "2": "2"}
    assert list(STARS.style.colours.values()) == list(HUB_COLOURS[:2])
    assert STARS.labels["rank"]["2"] == Text(ja="2 敷地2", en="2 敷地2")
    told = block(STARS)
    assert [one["sign"] for one in told["classes"]] == ["1", "2"]
    assert [title["ja"] for _, title in told["popup"]] == [
        "判定", "個別許可の要否", "受け持つ需要", "候補地に着ける需要に占める割合",
        "平均所要時間 [分]", "最長所要時間 [分]",
        "条件を変えても選ばれる割合", "同等・僅差の案、証明",
    ]  # fmt: skip
    assert STARS.labels["permit"]["true"] == Text(ja="要", en="needed")
    assert told["columns"]["mean_minutes"]["d"] == [3.1]
    assert 'value="star"' in qml(STARS, "marker")


def test_a_hub_without_a_name_is_called_by_its_id_and_untold_figures_are_left_out():
    layer = hub_layer(hubs(name="", demand_served=np.nan, share=np.nan), verdicts=VERDICTS)
    assert layer.table["name"].tolist() == ["1 s1", "2 s2"]
    assert {"demand_served", "share", "stability", "near_ties_ja"} <= set(layer.optional)


def test_whether_a_permit_is_needed_is_left_open_where_the_verdict_is():
    open_ = pd.array([True, pd.NA], dtype="boolean")
    assert block(hub_layer(hubs(permit=open_), verdicts=VERDICTS))["columns"]["permit"]["v"] == [True, None]


def test_people_of_any_colour_vision_tell_hubs_and_roles_apart():
    # Sharma, Wu and Dalal (2005), pairs 1 and 17 of their table, hold the measure itself.
    assert ciede2000((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50.0, 2.5, 0.0), (73.0, 25.0, -18.0)) == pytest.approx(27.1492, abs=1e-4)
    every = [*HUB_COLOURS, *ROLE_COLOURS.values()]
    assert min(apart(*pair) for pair in itertools.combinations(every, 2)) > 5.0


def test_from_the_eleventh_hub_on_colours_come_again_in_smaller_marks():
    many = hub_layer(hubs(12), verdicts=VERDICTS)
    colours = list(many.style.colours.values())
    assert colours[10:] == colours[:2]
    drawn = served_layer(service([("h1", "1", 0, 1000), ("h2", "11", 0, 11000)]), many, minutes=15)
    assert drawn.look.radii == {"11": drawing.AGAIN, "12": drawing.AGAIN}


def test_demand_has_the_colour_of_its_hub_and_those_nobody_serves_are_apart():
    drawn = served_layer(service(ROWS), STARS, minutes=15)
    told = block(drawn)
    assert [one["title"]["ja"] for one in told["classes"]] == [
        "1 敷地1", "2 敷地2", "圏外（15分を超える）", "どの拠点にも着けない",
    ]  # fmt: skip
    assert [one["count"] for one in told["classes"]] == [2, 1, 1, 1]
    assert drawn.title == Text(ja="拠点の受け持ち：空家等", en="Served by which hub: Vacant houses")
    # The house itself is found by its id; its disc must not stand beside it in the search.
    assert not {"id", "weight"} & set(told["columns"])
    assert set(told["columns"]["name"]["d"]) == {""}


def test_a_demand_of_its_own_weight_says_it():
    one = service(ROWS)
    heavy = dataclasses.replace(one, table=one.table.assign(weight=2.5), kind="polygon")
    drawn = served_layer(heavy, STARS, minutes=15)
    assert "weight" in dict(drawn.popup)
    assert drawn.style.order < 20, "areas lie under roads and houses"


def test_lines_run_from_each_demand_to_its_hub_one_feature_a_hub():
    found = line_layer([service(ROWS)], STARS, minutes=15)
    assert found.table["place"].tolist() == ["1", "2"]
    assert found.table["lines"].tolist() == [2, 1]
    first = found.table.geometry.iloc[0]
    assert [line.coords[:] for line in first.geoms] == [
        [(900, 500), (1000, 0)], [(1200, 500), (1000, 0)],
    ]  # fmt: skip
    assert "経路ではない" in found.credit.ja
    assert not found.look.listed
    assert line_layer([service(ROWS[3:])], STARS, minutes=15) is None


def test_lines_are_shown_when_they_are_asked_for():
    assert not line_layer([service(ROWS)], STARS, minutes=15).visible


def test_lines_too_many_for_a_page_are_left_to_the_geopackage(monkeypatch):
    layers = [STARS, line_layer([service(ROWS)], STARS, minutes=15)]
    assert for_page(layers) == (tuple(layers), ())
    monkeypatch.setattr(drawing, "MOST_LINES", 2)
    few, notes = for_page(layers)
    assert few == (STARS,)
    assert "（3本）" in notes[0].ja
    assert "layers.gpkg" in notes[0].en


def test_what_stands_already_has_marks_of_its_own():
    rows = hubs()[["id", "name", "geometry"]]
    standing, rival = (place_layer(rows, role=role) for role in ("standing", "competing"))
    assert (standing.look.symbol, rival.look.symbol) == ("square", "triangle")
    assert standing.style.colour != rival.style.colour


def sites(*state):
    count = len(state)
    rows = {
        "layer": "site", "id": [f"s{n}" for n in range(count)], "name": "", "state": state, "verdict": "by_right",
        "reason_ja": [f"理由{n}" for n in range(count)], "reason_en": [f"reason {n}" for n in range(count)],
        "hazard_ja": "", "hazard_en": "", "slope_deg": np.nan, "penalty": 0.0,
    }  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry=shapely.points(np.arange(count), 0.0), crs=CRS)


def test_points_of_a_grid_are_drawn_by_their_state_but_the_chosen_ones():
    drawn = candidate_layer(sites("chosen", "possible", "unlawful"), states=states())
    assert drawn.table["id"].tolist() == ["s1", "s2"]
    assert [one["title"]["ja"] for one in block(drawn)["classes"]] == ["候補（選定外）", "判定により除外"]
    assert set(drawing.STATE_COLOURS) | {"chosen"} == set(states()), "every state has a colour"


def test_a_candidate_of_a_layer_tells_why_it_is_not_chosen():
    plain = dataclasses.replace(
        STARS, name="site", table=sites("x", "x")[["id", "geometry"]].assign(name="A")
    )
    told = block(with_states(plain, sites("chosen", "forbidden"), states=states()))
    assert told["columns"]["siting_state"]["v"] == ["chosen", "forbidden"]
    assert told["labels"]["siting_reason_ja"]["理由1"] == {"ja": "理由1", "en": "reason 1"}
    assert "siting_penalty" in told["optional"]


# ---- a whole plan, for each audience ----


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Return the atlas of a village, its verdicts and its network."""
    atlas = gp.load(gp.read_plan(str(on_disk.build(tmp_path_factory.mktemp("village")))))
    plan = dataclasses.replace(atlas.plan, release=ReleaseOptions(houses_by="mesh", smallest_count=1))
    atlas = dataclasses.replace(atlas, plan=plan)
    return atlas, gp.check(atlas), gp.connect(atlas)


def outcome(village, audience, **options):
    """Return the results of a choice, and what an audience may have of them."""
    atlas, checked, connected = village
    asked = {"p": 2, "demand": "vacant_house", "lawful": False, **options}
    plan = dataclasses.replace(atlas.plan, site=SiteOptions(**asked), audience=audience)
    held = dataclasses.replace(atlas, plan=plan)
    found = gp.site(held, connected, checked.verdicts)
    results = Results(atlas=held, checked=checked, connected=connected, sited=found, findings=held.findings)
    return results, release(results, audience=audience)


def layers(village, audience, **options):
    return {one.name: one for one in siting_layers(*outcome(village, audience, **options))}


def closed_points(village):
    houses = village[0].table("vacant_house")
    return houses[~houses["id"].isin(on_disk.OPEN_HOUSES)].geometry.to_numpy()


def nearest_vertex(found, points):
    """Return how near any vertex of some layers comes to some points [m]."""
    vertices = np.concatenate([shapely.get_coordinates(one.table.geometry.to_numpy()) for one in found])
    return min(np.hypot(*(vertices - shapely.get_coordinates(point)[0]).T).min() for point in points)


def test_the_office_sees_every_house_with_its_hub(village):
    found = layers(village, "internal")
    served = found["siting_served_vacant_house"].table
    assert set(served["id"]) == set(on_disk.HOUSES)
    assert set(served["place"]) <= {"1", "2", "not_assessed"}
    assert found["siting_line"].table["lines"].sum() == (served["place"] != "not_assessed").sum()
    assert nearest_vertex(found.values(), closed_points(village)) < 1e-6, "or the next test shows nothing"
    siting = found["siting_hub"].table.set_index("rank")["demand_served"]
    assert served["place"].value_counts()[siting.index].tolist() == siting.tolist()


@pytest.mark.parametrize("audience", ["partner", "public"])
def test_outside_no_star_disc_or_line_gives_the_place_of_a_house_held_back(village, audience):
    found = layers(village, audience)
    assert set(found["siting_served_vacant_house"].table["id"]) == set(on_disk.OPEN_HOUSES)
    assert found["siting_hub"].table["demand_served"].isna().all()
    assert nearest_vertex(found.values(), closed_points(village)) > 1.0


def test_where_houses_held_back_stand_in_their_cells_changes_nothing_that_is_drawn_outside(village):
    atlas, checked, connected = village
    houses = atlas.layers["vacant_house"]
    closed = ~houses.table["id"].isin(on_disk.OPEN_HOUSES).to_numpy()
    moved = shapely.transform(houses.table.geometry.to_numpy(), lambda xy: np.add(xy, (0.4, 0.7)))
    where = np.where(closed, moved, houses.table.geometry.to_numpy())
    other = dataclasses.replace(houses, table=houses.table.set_geometry(where, crs=houses.table.crs))
    elsewhere = dataclasses.replace(atlas, layers={**atlas.layers, "vacant_house": other})
    same = {"force": ("S03", "S10")}
    now, then = (layers((held, checked, connected), "public", **same) for held in (atlas, elsewhere))
    assert list(now) == list(then)
    for name, layer in now.items():
        gpd.testing.assert_geodataframe_equal(layer.table, then[name].table)
    inside = [
        layers((held, checked, connected), "internal", **same)["siting_line"] for held in (atlas, elsewhere)
    ]
    assert not inside[0].table.geometry.equals(inside[1].table.geometry), "or nothing was moved"


def test_houses_held_back_are_cells_that_belong_to_what_is_nearest_to_their_middle(village):
    results, released = outcome(village, "public")
    cells = {one.name: one for one in siting_layers(results, released)}["siting_served_held_back_cells"].table
    assert released.cells is not None
    assert cells["weight"].tolist() == released.cells["houses"].tolist()
    choice = choice_of(results, released)
    middles = shapely.point_on_surface(released.cells.geometry.to_numpy())
    own = choice.hubs.assign(place=choice.hubs["rank"].astype(str))
    # All stand along one road: the nearest in a straight line is the nearest along it.
    for middle, place in zip(middles, cells["place"], strict=True):
        assert place == own["place"].iloc[int(np.argmin(np.abs(own.geometry.x - middle.x)))]


def test_where_minutes_would_give_a_house_away_nothing_on_service_is_drawn(village):
    plain = SiteOptions(p=1)
    assert may_tell_service(plain)
    for change in ({"candidates": "vacant_house"}, {"competing": "vacant_house"}, {"capacity": "most"}):
        assert not may_tell_service(dataclasses.replace(plain, **change)), change
    found = layers(village, "public", candidates="vacant_house")
    inside = layers(village, "internal", candidates="vacant_house")
    assert {"siting_hub", "siting_served_vacant_house"} <= set(inside)
    assert not [name for name in found if "served" in name or "line" in name]
    shown = set(found["siting_hub"].table["id"]) if "siting_hub" in found else set()
    assert shown <= set(on_disk.OPEN_HOUSES)


def test_hubs_that_stand_and_places_that_compete_serve_and_are_drawn(village):
    found = layers(
        village, "internal", p=1, existing=("K1",), competing="medical", model="max-coverage", minutes=0.2
    )
    assert found["siting_standing"].table["name"].tolist() == ["東の拠点"]
    assert found["siting_competing"].table["name"].tolist() == ["村の診療所"]
    served = found["siting_served_vacant_house"].table
    assert {"standing", "beyond"} & set(served["place"])
    lines = found.get("siting_line")
    assert lines is None or "beyond" not in set(lines.table["place"]), "no line to what is too far"


def test_a_grid_brings_its_own_points(village):
    results, released = outcome(village, "internal", candidates="grid", grid=GridOptions(spacing_m=200.0))
    found = {one.name: one for one in layers_of(results, released)}
    points = found["siting_candidate"].table
    assert len(points) + 2 == len(released.tables["siting_sites"])
    assert not set(points["id"]) & set(found["siting_hub"].table["id"])


def test_without_a_question_or_its_tables_there_is_nothing(village):
    results, released = outcome(village, "internal")
    assert siting_layers(dataclasses.replace(results, sited=None), released) == []
    assert siting_layers(results, dataclasses.replace(released, tables={})) == []


# ---- what is told beside the map ----


def told(**columns):
    rows = pd.DataFrame({"model": "p-median", "proven": True, "gap": 0.0, **columns})
    return SimpleNamespace(tables={"siting": rows})


def asking(village, **more):
    results, _ = outcome(village, "internal")
    plan = dataclasses.replace(results.atlas.plan, **more)
    return dataclasses.replace(results, atlas=dataclasses.replace(results.atlas, plan=plan))


def test_the_figure_above_the_legend_is_the_mean_over_all_hubs_or_the_share():
    # 30 houses at 2 min and 10 at 6 min: 120 / 40 = 3 min.
    (mean,) = siting_facts(told(demand_served=[30.0, 10.0], mean_minutes=[2.0, 6.0]))
    assert mean.value == Text(ja="3.0 分", en="3.0 min")
    assert "2か所" in mean.title.ja
    cover = told(model="max-coverage", demand_served=[3.0], mean_minutes=[1.0], share=[0.25], minutes=[10.0])
    (share,) = siting_facts(cover)
    assert (share.value.ja, "10 分圏" in share.title.ja) == ("25 %", True)
    assert not list(siting_facts(told(demand_served=[np.nan], mean_minutes=[np.nan]))), "untold is no 0"
    assert not list(siting_facts(SimpleNamespace(tables={})))


def test_the_note_says_what_was_asked_and_what_is_proven(village):
    results = asking(village)
    (note,) = siting_notes(results, told(demand_served=[1.0], mean_minutes=[1.0]))
    assert "需要は空家等" in note.ja
    assert "証明済み" in note.ja
    assert "neither designated nor permitted" in note.en
    (open_end,) = siting_notes(results, told(proven=[False], gap=[0.0123]))
    assert "1.23 %" in open_end.ja
    (untold,) = siting_notes(results, told(proven=[False], gap=[np.nan]))
    assert "最適とは証明されていません。" in untold.ja


def curve(**columns):
    names = list(contract("siting_curve").names)
    rows = pd.DataFrame(
        {
            "step": [1, 2, 3, 4], "hubs": pd.array([1, 2, 3, pd.NA], dtype="Int64"),
            "asked": [False, True, False, False], "possible": [True, True, True, False], "minutes": 15.0,
            "share": [0.5, 0.75, 0.75, np.nan], "mean_minutes": [4.0, 3.1, 3.06, np.nan],
            "proven": pd.array([True, True, False, pd.NA], dtype="boolean"), **columns,
        }
    )  # fmt: skip
    return SimpleNamespace(tables={"siting_curve": rows.reindex(columns=names)})


def test_the_curve_has_two_panels_over_the_number_of_hubs(village):
    figure = siting_figure(asking(village), curve(), notes=[Text(ja="本図は参考", en="reference")])
    assert figure.counts.tolist() == [1, 2, 3]
    assert figure.proven.tolist() == [True, True, False]
    assert figure.marked == (2, "計画：2か所")
    share, mean = figure.panels
    assert (share.title, mean.title) == ("15分以内の割合 [%]", "平均所要時間 [分]")
    assert share.levels.tolist() == [50.0, 75.0, 75.0]
    assert share.gains == ("", "+25.0 pt", "±0.0 pt")
    assert mean.gains == ("", "−0.90 分", "−0.04 分")
    assert figure.notes[-1] == "本図は参考"
    assert figure.about.startswith("「拠点の数と効果：需要は")
    assert figure.about.endswith(
        "1 か所：15分以内 50.0 %、平均 4.0 分（最適と証明）。2 か所：15分以内 75.0 %、平均 3.1 分（最適と証明）。"
        "3 か所：15分以内 75.0 %、平均 3.1 分（証明なし）。計画は 2 か所。"
    )
    english = siting_figure(asking(village, language="en"), curve(), notes=())
    assert english.title.startswith("Number of hubs")
    assert english.panels[0].gains[1] == "+25.0 pp"
    assert "Number of hubs 2: 75.0 % within 15 min, mean 3.1 min (proven optimal)." in english.about


def test_of_shares_that_take_as_many_hubs_the_greatest_is_drawn_and_nothing_told_is_no_figure(village):
    twice = curve(hubs=pd.array([1, 1, 2, pd.NA], dtype="Int64"))
    figure = siting_figure(asking(village), twice, notes=())
    assert (figure.counts.tolist(), figure.panels[0].levels.tolist()) == ([1, 2], [75.0, 75.0])
    assert siting_figure(asking(village), curve(share=np.nan), notes=()) is None
    assert siting_figure(asking(village), SimpleNamespace(tables={}), notes=()) is None


@pytest.mark.browser
def test_in_the_browser_a_star_tells_of_its_hub(browser, tmp_path):
    drawn = (
        STARS,
        served_layer(service(ROWS), STARS, minutes=15),
        line_layer([service(ROWS)], STARS, minutes=15),
    )
    page = Page(title=Text(ja="村", en="Village"), subtitle=Text(ja="", en=""), layers=drawn, focus=())
    path = tmp_path / "map.html"
    path.write_text(interactive.html(page), "utf-8", newline="\n")
    with opened(browser, path) as (view, seen):
        assert view.locator(".gp-sign svg text").all_text_contents() == ["1", "2"]
        legend = view.locator(".gp-layer", has_text="需要と拠点を結ぶ線").locator("xpath=..")
        assert legend.locator(".gp-classes").count() == 0, "the colours stand once in the legend"
        click(view, 1000, 0)
        said = view.locator(".gp-popup").first.inner_text()
        assert "1 敷地1" in said
        assert "75.0 %" in said
        assert faultless(seen), seen
