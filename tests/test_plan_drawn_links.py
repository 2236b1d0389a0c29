"""The links of hubs on the map: best and second routes, cut links by minutes added; and who may have them."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from village import on_disk
from village_roads import INTERCHANGES, ROADS, atlas, places, roads, village

from gisplan.core.tables import contract
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.network import connect
from gisplan.plan.drawn_links import BAND_COLOURS, band, link_layers
from gisplan.plan.labels import cut_bands, labels_of
from gisplan.plan.release import OF_ROADS, TOLD, release
from gisplan.plan.results import Results
from gisplan.plan.run import Request, run

SMART = {"id": "i5", "name": "東", "kind": "smart", "open": True, "at": (3500, 100)}
OPEN = SimpleNamespace(tables=dict.fromkeys(OF_ROADS))


@pytest.fixture(scope="module")
def results():
    named = [row | {"name": f"道{row['id']}"} for row in ROADS]
    layers = village(road=roads(named), interchange=places([*INTERCHANGES, SMART]))
    held = replace(atlas(layers), catalogue=read_catalogue(packaged_folder()))
    return Results(atlas=held, connected=connect(held))


def layer(results, name):
    return next(one for one in link_layers(results, OPEN) if one.name == name)


def test_the_best_routes_are_told_apart_by_kind(results):
    best = layer(results, "link")
    assert sorted(best.table["id"]) == ["h1 full", "h1 smart", "h2 full", "h2 smart"]
    assert best.table["id"].is_unique
    assert set(best.table["kind"]) == set(best.style.colours) == set(best.labels["kind"])
    assert best.visible
    own = best.table.set_index("id")
    assert own.loc["h1 full", "minutes"] == 6.5
    assert own.loc["h1 full", "name"] == "村 → 交流館"


def test_the_second_routes_are_dashed_and_shown_on_demand(results):
    second = layer(results, "link_second")
    # From the east every route runs over the national road as far as the crossing.
    assert list(second.table["id"]) == ["h1 full"]
    assert not second.visible
    assert second.look.dash


def test_each_cut_link_stands_once_with_the_hub_that_loses_most(results):
    cut = layer(results, "link_cut")
    roads_cut = cut.table.set_index("road")
    assert roads_cut.geometry.is_valid.all()
    assert len(cut.table) == len(cut.table.geometry.to_wkb().unique())
    south = cut.table[cut.table["to_ja"].str.contains("南の家") | cut.table["from_ja"].str.contains("南の家")]
    assert list(south["band"]) == ["cut_off"]
    assert south["minutes"].isna().all()
    west = cut.table[cut.table["length_m"] == 1750]
    east = west[west["from_ja"].str.contains("東") | west["to_ja"].str.contains("東")]
    assert list(east["outcome"]) == ["cut_off"]
    assert set(cut.table["band"]) <= set(cut_bands()) == set(BAND_COLOURS)
    for column, values in cut.labels.items():
        if column in cut.table:
            assert set(cut.table[column].dropna()) <= set(values), column


@pytest.mark.parametrize(
    ("added", "name"),
    [
        (float("inf"), "cut_off"),
        (10.0, "over_10"),
        (9.99, "over_5"),
        (5.0, "over_5"),
        (1.0, "over_1"),
        (0.0, "under_1"),
    ],
)
def test_bands_of_minutes(added, name):
    assert band(added) == name


def test_there_is_nothing_to_draw_without_links_or_leave(results):
    assert link_layers(Results(atlas=results.atlas), OPEN) == []
    assert link_layers(results, SimpleNamespace(tables={})) == []


def test_the_tables_may_leave_the_office_but_not_where_a_column_of_the_roads_is_kept_inside(tmp_path):
    found = run(Request(plan=on_disk.build(tmp_path), out=None, houses=True, audience="public")).results
    assert set(OF_ROADS) <= set(TOLD)
    told = release(found, audience="public")
    assert set(OF_ROADS) <= set(told.tables)
    assert any(one.name == "link" for one in link_layers(found, told))
    own = found.atlas.layers["road"]
    spec = replace(
        own.spec, fields={**own.spec.fields, "name": replace(own.spec.fields["name"], audience="internal")}
    )
    guarded = replace(found.atlas, layers={**found.atlas.layers, "road": replace(own, spec=spec)})
    told = release(replace(found, atlas=guarded), audience="public")
    assert not set(OF_ROADS) & set(told.tables)
    assert link_layers(found, told) == []


def test_every_code_of_the_tables_has_its_word(tmp_path):
    found = run(Request(plan=on_disk.build(tmp_path), out=None)).results
    labels = labels_of(found.atlas.catalogue)
    for name in OF_ROADS:
        table = found.tables[name]
        assert isinstance(table, pd.DataFrame)
        assert len(table)
        assert list(table.columns) == list(contract(name).names)
        for column, words in labels[name].items():
            assert set(table[column]) - {""} <= set(words), (name, column)
