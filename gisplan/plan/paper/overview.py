"""The first chapters: the key figures with what they rest on, and the present state of land, people and houses."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from gisplan.core.crs import crs_text
from gisplan.core.tables import half_up
from gisplan.core.words import Text
from gisplan.law.houses import SURVEY, standing
from gisplan.law.rule import read_rule
from gisplan.maps.papers.words import Board, Column, Heading, Paragraph, Part
from gisplan.network.connected import HAZARDS
from gisplan.plan.paper.told import Told, joined, same, say
from gisplan.plan.picture import facts_of
from gisplan.plan.release import shown_once
from gisplan.plan.siting_told import siting_facts
from gisplan.plan.withheld import HOUSES

HECTARE = 10_000.0
GRAVE = ("S1", "S2")


def place_name(told: Told) -> Text:
    """Return what the municipality is called, its codes where no layer names it."""
    layer = told.released.layers.get("municipality")
    named = (
        [] if layer is None or "name" not in layer.table else [name for name in layer.table["name"] if name]
    )
    return same("・".join(dict.fromkeys(named)) or "・".join(told.plan.municipality))


def summary(told: Told) -> Iterator[Part]:
    """Yield the parts of the summary."""
    yield Paragraph(text=say("summary_lead", place=place_name(told), date=told.plan.date.isoformat()))
    rows = list(_key_figures(told))
    if rows:
        heads = (say("item"), say("value"), say("basis"))
        yield Board(
            title=say("summary_table"), columns=tuple(Column(title=head) for head in heads), rows=tuple(rows)
        )


def _key_figures(told: Told) -> Iterator[tuple[Text, Text, Text]]:
    yield from _areas(told)
    hubs = told.released.layers.get("hub")
    if hubs is not None and hubs.assessed:
        count = say("count_places", count=f"{len(hubs.table):,}")
        yield say("fact_hubs"), count, say("fact_hubs_basis")
    sited = {fact.title.ja for fact in siting_facts(told.released)}
    for place, fact in enumerate(facts_of(told.results, told.released)):
        covered = place == 0 and told.results.checked is not None
        basis = "covered" if covered else "siting" if fact.title.ja in sited else "access"
        yield fact.title, fact.value, say(f"fact_{basis}_basis")
    steps, found = told.frame("procedures"), told.frame("findings")
    if steps is not None:
        states = steps["state"].tolist()
        values = {"count": states.count("open"), "done": states.count("done"), "total": len(states)}
        yield say("fact_open"), say("fact_open_value", **values), say("fact_open_basis")
    if found is not None:
        grave = int(found["severity"].isin(GRAVE).sum())
        yield say("fact_findings"), say("count_findings", count=grave), say("fact_findings_basis")


def _areas(told: Told) -> Iterator[tuple[Text, Text, Text]]:
    nesting = told.frame("nesting")
    if nesting is None:
        return
    count, known = len(nesting), nesting["area_ha"].dropna()
    area = f"{half_up(math.fsum(known), 1):,.1f}"
    basis = say("fact_areas_basis", crs=crs_text(told.plan.crs))
    if len(known) < count:
        basis = joined([basis, say("unproven_area")])
    yield say("fact_areas"), say("fact_areas_value", count=count, area=area), basis
    inside = int((nesting["verdict"] == "inside").sum())
    tolerance = f"{told.plan.check.tolerance_m:g}"
    value = say("fact_inside_value", count=count, inside=inside)
    yield say("fact_inside"), value, say("fact_inside_basis", tolerance=tolerance)


def present(told: Told) -> Iterator[Part]:
    """Yield the parts on land, people, vacant houses and hazards."""
    yield from _ground(told)
    yield from _houses(told)
    yield from _hazards(told)


def _ground(told: Told) -> Iterator[Part]:
    rows: list[tuple[Text, Text, Text]] = []
    layer = told.released.layers.get("municipality")
    if layer is not None and layer.assessed:
        hectares = float(shapely.area(shapely.union_all(layer.table.geometry.to_numpy()))) / HECTARE
        value = say("hectares", area=f"{half_up(hectares, 1):,.1f}")
        rows.append((say("present_area"), value, say("present_area_basis")))
    people = told.released.layers.get("population")
    if people is not None and people.assessed:
        rows += [
            _summed(told, people.table[column], say(f"present_{column}"))
            for column in ("people", "people_65")
            if column in people.table and people.table[column].notna().any()
        ]
    if not rows:
        return
    yield Heading(title=say("present_ground"))
    heads = (Column(title=say("item")), Column(title=say("value"), number=True), Column(title=say("basis")))
    yield Board(
        title=say("present_table"),
        columns=heads,
        rows=tuple(rows),
        notes=told.sources(("municipality", "population")),
    )


def _summed(told: Told, column: pd.Series, title: Text) -> tuple[Text, Text, Text]:
    """Return the sum of a column of people; cells that are suppressed are unknown, not nobody."""
    known = column.dropna().to_numpy("float64")
    gaps = int(column.isna().sum())
    said = say("present_suppressed", count=gaps) if gaps else say("present_no_suppressed")
    basis = say("present_people_layer", layer=told.title_of("population"), suppressed=said)
    return title, say("people", count=f"{half_up(math.fsum(known), 0):,.0f}"), basis


def _houses(told: Told) -> Iterator[Part]:
    """Yield the numbers by the three definitions, kept apart, and those by source where they may be told."""
    yield Heading(title=say("present_houses"))
    yield Paragraph(text=say("present_houses_lead"))
    held = told.released.held_back
    read = say("houses_act_read")
    if held:
        read = joined([read, say("houses_act_shown", held=held)], ja="。", en=". ")
    rows = (
        (say("houses_survey"), _survey(told), say("houses_survey_read")),
        (say("houses_act"), _act(told), read),
        (say("houses_bank"), _bank(told), say("houses_bank_read")),
    )
    heads = (
        Column(title=say("houses_definition")),
        Column(title=say("houses_number"), number=True),
        Column(title=say("houses_read")),
    )
    yield Board(title=say("houses_table"), columns=heads, rows=rows, notes=told.sources((SURVEY, HOUSES)))
    counts = told.frame("house_counts")
    if counts is not None:
        own = counts[counts["kind"] == "municipality"]
        own = own.sort_values(
            "area", ascending=False, kind="stable"
        )  # what lies outside every area comes last
        yield from told.board(
            "house_counts", ("area", "source", "records", "houses", "consented"), rows=own,
            title=say("houses_counts"), of=(HOUSES,), notes=(say("houses_counts_note"),),
        )  # fmt: skip


def _unknown(told: Told, layer: str) -> Text:
    """Return that a number is not assessed, with the reason where the layer is not there."""
    there = layer in told.released.layers and told.released.layers[layer].assessed
    return say("not_assessed") if there else joined([say("not_assessed"), say("no_data")])


def _survey(told: Told) -> Text:
    layer = told.released.layers.get(SURVEY)
    if layer is None or not layer.assessed or "vacant_dwellings" not in layer.table:
        return _unknown(told, SURVEY)
    table = layer.table
    own = table[table["municipality"].isin(told.plan.municipality)] if "municipality" in table else table
    numbers = own["vacant_dwellings"].dropna()
    if len(numbers) != len(told.plan.municipality):  # one row each, or the sum would be of other ground
        return say("not_assessed")
    return say("houses", count=f"{int(numbers.sum()):,}")


def _act(told: Told) -> Text:
    """Return the number of vacant houses, each once; outside the office of those shown alone."""
    counted = _by_the_act(told)
    if len(counted):
        return say("houses", count=f"{int(counted.sum()):,}")
    coverage = told.frame("coverage")
    if coverage is not None:
        totals = coverage.loc[coverage["layer"] == HOUSES, "total"].dropna()
        if len(totals):
            return say("houses", count=f"{totals.iloc[0]:,.0f}")
    return _unknown(told, HOUSES)


def _by_the_act(told: Told) -> pd.Series:
    """Return the number of houses of each municipality, each house once; none where the audience may not know it."""
    counts = told.frame("house_counts")
    if counts is None:
        return pd.Series(dtype="Int64")
    own = counts[(counts["kind"] == "municipality") & (counts["source"] == "all")]
    return own["houses"].dropna()


def _counted(told: Told, name: str) -> np.ndarray:
    """Return the shapes of a layer that are counted [n]: of houses one each, as in the tables before."""
    table = told.released.layers[name].table
    shapes: np.ndarray = table.geometry.to_numpy()
    if name != HOUSES:
        return shapes
    if len(_by_the_act(told)):
        one = standing(table, rule=read_rule("houses"), day=told.plan.date)
    else:
        one = shown_once(told.results, told.released)
    stands: np.ndarray = shapes[table["id"].isin(one).to_numpy(bool)]
    return stands


def _bank(told: Told) -> Text:
    layer = told.released.layers.get(HOUSES)
    if layer is None or not layer.assessed or "source" not in layer.table:
        return _unknown(told, HOUSES)
    return say("records", count=f"{int((layer.table['source'] == 'bank').sum()):,}")


def _hazards(told: Told) -> Iterator[Part]:
    """Yield how many places lie in each hazard area; a layer that is not there is not assessed."""
    asked = [name for name in ("hub", "site", HOUSES) if _there(told, name)]
    if not asked:
        return
    yield Heading(title=say("present_hazards"))
    rows = []
    shapes = {name: _counted(told, name) for name in asked}
    for hazard in HAZARDS:
        cells = [_inside(told, hazard, own) for own in shapes.values()]
        if hazard in told.results.atlas.catalogue or hazard in told.released.layers:
            rows.append((told.title_of(hazard), *cells))
    notes = [say("hazards_note"), *_houses_notes(told, asked)]
    heads = (
        Column(title=say("hazard")),
        *(Column(title=told.title_of(name), number=True) for name in asked),
    )
    yield Board(
        title=say("hazards_table"),
        columns=heads,
        rows=tuple(rows),
        notes=(*notes, *told.sources(HAZARDS)),
    )


def _there(told: Told, name: str) -> bool:
    layer = told.released.layers.get(name)
    return layer is not None and layer.assessed and layer.raster is None


def _houses_notes(told: Told, asked: list[str]) -> Iterator[Text]:
    if HOUSES in asked:
        yield say("hazards_once_act" if len(_by_the_act(told)) else "hazards_once")
    if told.released.held_back:
        yield say("hazards_houses_note")


def _inside(told: Told, hazard: str, shapes: np.ndarray) -> Text:
    if not _there(told, hazard):
        return say("not_assessed")
    count = int(within_hazard(told, hazard, shapes).sum())
    return say("of_all", count=f"{count:,}", total=f"{len(shapes):,}")


def within_hazard(told: Told, hazard: str, shapes: np.ndarray) -> np.ndarray:
    """Return which shapes touch an area of a hazard [n]."""
    tree = shapely.STRtree(told.released.layers[hazard].table.geometry.to_numpy())
    found = np.zeros(len(shapes), dtype=bool)
    found[np.unique(tree.query(shapes, predicate="intersects")[0])] = True
    return found


def hazards_at(told: Told, shapes: np.ndarray) -> list[Text]:
    """Return in words the hazards each shape lies in [n].

    Parameters
    ----------
    told
        What the audience may have.
    shapes
        Points or lots [n].
    """
    known = [name for name in HAZARDS if _there(told, name)]
    if not known:
        return [say("not_assessed")] * len(shapes)
    inside = {name: within_hazard(told, name, shapes) for name in known}
    found = (joined(told.title_of(name) for name in known if inside[name][row]) for row in range(len(shapes)))
    return [said if said.ja else say("hub_none") for said in found]


def hazards_unknown(told: Told) -> tuple[Text, ...]:
    """Return the sentence that names the hazards of which there are no data; nothing where all are there."""
    unknown = [told.title_of(name) for name in HAZARDS if not _there(told, name)]
    return (say("hub_unassessed", layers=joined(unknown)),) if unknown else ()
