"""Which programme fits a hub, a site, a road project or the plan; computes `programmes.toml`.

The tests are configuration. All tests of a programme must hold; one that fails decides, one that cannot be told
leaves the answer open, and a programme without published tests is never said to fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.law.facts import by_day
from gisplan.law.history import as_truth
from gisplan.law.logic import Truth, all_of, any_of
from gisplan.law.phrases import listed, say, title_text, together
from gisplan.law.priority import priority_districts
from gisplan.law.procedures import Listed
from gisplan.law.programme_file import (
    AnyHubInside,
    Atom,
    Fact,
    Inside,
    OneOf,
    Programme,
    Programmes,
    Yes,
    packaged_programmes,
)
from gisplan.law.promotion import PromotionAreas
from gisplan.law.rule import read_rule
from gisplan.law.within import AreasInForce, Place, districts_in_force, places, promotion_in_force

LAYERS = ("hub", "site", "road_project")
PLAN = "plan"
"""Layer and id of the row of a programme that is about the plan as a whole."""

_VERDICTS: Mapping[Truth, str] = {True: "fits", False: "does_not_fit", None: "cannot_tell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a programme is tested for: a row of a layer with its cells, or the plan."""

    layer: str
    id: str
    name: str
    cells: Mapping[str, Any]
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is the same for every subject: the atlas, the ground, the hubs' places, the facts asked for.

    `places` are by layer, by name of the ground and by id.
    """

    atlas: Atlas
    promotion: PromotionAreas | None
    places: Mapping[str, Mapping[str, Mapping[str, Place]]]
    facts: Mapping[str, Text]

    @property
    def day(self) -> date:
        """The day on which the tests are applied."""
        return self.atlas.plan.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Whether one test holds, and the sentence for it; where it cannot be told, the words for what is missing."""

    holds: Truth
    text: Text


def programmes(
    atlas: Atlas, *, promotion: PromotionAreas | None, listed_in: Programmes | None = None
) -> Listed:
    """Return for every hub, site and road project, and for the plan, which programmes fit.

    Parameters
    ----------
    atlas
        The layers of the plan and its `[facts]`.
    promotion
        The promotion areas as they stand on the day, None where the layer is missing.
    listed_in
        The programmes; those of gisplan where None.
    """
    known = listed_in or packaged_programmes()
    scene = _scene(atlas, promotion, facts=known.facts)
    rows = [
        _row(programme, subject, scene, known)
        for subject in _subjects(scene)
        for programme in known.programmes
        if subject.layer in programme.tests
    ]
    doubts = (Doubt(code="law.programmes_configured", layer="", values={"year": known.year}),)
    return Listed(table=tables.hold(pd.DataFrame(rows), "programmes"), doubts=doubts)


def _scene(atlas: Atlas, promotion: PromotionAreas | None, *, facts: Mapping[str, Text]) -> Scene:
    day, tolerance = atlas.plan.date, atlas.plan.check.tolerance_m
    districts = atlas.table("priority_district")
    grounds: Mapping[str, AreasInForce | None] = {
        "promotion_area": None if promotion is None else promotion_in_force(promotion, day=day),
        "priority_district": None if districts is None else _districts(districts, day=day),
    }
    found = {
        layer: {name: places(table, ground, tolerance=tolerance) for name, ground in grounds.items()}
        for layer in LAYERS
        if (table := atlas.table(layer)) is not None
    }
    return Scene(atlas=atlas, promotion=promotion, places=found, facts=facts)


def _districts(table: gpd.GeoDataFrame, *, day: date) -> AreasInForce:
    standing = priority_districts(table, rule=read_rule("nesting"), day=day)
    return districts_in_force(standing, crs=table.crs)


def _subjects(scene: Scene) -> Iterator[Subject]:
    for layer in LAYERS:
        table = scene.atlas.table(layer)
        if table is not None:
            yield from _rows(layer, table, scene)
    yield Subject(layer=PLAN, id=PLAN, name=scene.atlas.plan.title, cells={}, places={})


def _rows(layer: str, table: gpd.GeoDataFrame, scene: Scene) -> Iterator[Subject]:
    for cells in pd.DataFrame(table.drop(columns=table.geometry.name)).to_dict("records"):
        subject = str(cells["id"])
        yield Subject(
            layer=layer,
            id=subject,
            name=str(cells.get("name") or ""),
            cells={str(column): value for column, value in cells.items()},
            places={name: found[subject] for name, found in scene.places[layer].items()},
        )


def _row(programme: Programme, subject: Subject, scene: Scene, known: Programmes) -> dict[str, object]:
    told = [_told(atom, subject, scene) for atom in programme.tests[subject.layer]]
    holds = all_of(test.holds for test in told) if told else None
    reason = _reason(holds, told)
    if subject.layer in programme.words:
        reason = together((reason, programme.words[subject.layer].beside.text))
    title, test = programme.title_for(subject.layer), programme.test_for(subject.layer)
    source = say("programme_source", source=known.source, year=str(known.year))
    return {
        "layer": subject.layer,
        "id": subject.id,
        "name": subject.name,
        "programme": programme.id,
        "title_ja": title.ja,
        "title_en": title.en,
        "verdict": _VERDICTS[holds],
        "test_ja": test.ja,
        "test_en": test.en,
        "reason_ja": reason.ja,
        "reason_en": reason.en,
        "source_ja": source.ja,
        "source_en": source.en,
    }


def _reason(holds: Truth, told: list[Told]) -> Text:
    """Return what decides: every test that fails, what is missing, or that all stated tests hold."""
    if not told:
        return say("programme_no_test")
    if holds is None:
        open_tests = listed(dict.fromkeys(test.text for test in told if test.holds is None))
        return say("cannot_tell", missing=open_tests)
    return together(test.text for test in told if test.holds is holds)


def _told(atom: Atom, subject: Subject, scene: Scene) -> Told:
    """Return whether a test holds for a subject, with the note of the programme where it fails."""
    told = _answer(atom, subject, scene)
    if told.holds is False and atom.note is not None:
        return Told(holds=False, text=together((told.text, atom.note.text)))
    return told


def _answer(atom: Atom, subject: Subject, scene: Scene) -> Told:
    if isinstance(atom, Inside):
        return _inside(atom.inside, subject.places[atom.inside], known=_is_known(atom.inside, scene))
    if isinstance(atom, AnyHubInside):
        return _hub_inside(atom.any_hub_inside, scene)
    if isinstance(atom, OneOf):
        return _one_of(atom, subject, scene)
    if isinstance(atom, Yes):
        return _yes(atom.yes, subject, scene)
    if isinstance(atom, Fact):
        return _fact(atom.fact, scene)
    return _has_plan(scene)


def _is_known(ground: str, scene: Scene) -> bool:
    if ground == "promotion_area":
        return scene.promotion is not None
    return scene.atlas.table(ground) is not None


def _inside(ground: str, place: Place, *, known: bool) -> Told:
    title = title_text(ground)
    if not known:
        return Told(holds=None, text=say("missing_layer", layer=ground, title=title))
    names = "、".join((*place.names, *place.later))
    if place.inside is None:
        return Told(holds=None, text=say("programme_edge", ground=title, names=names or say("none")))
    if place.inside:
        return Told(holds=True, text=say("programme_inside", ground=title, names="、".join(place.names)))
    if place.later:
        return Told(holds=False, text=say("programme_later", ground=title, names="、".join(place.later)))
    return Told(holds=False, text=say("programme_outside", ground=title))


def _hub_inside(ground: str, scene: Scene) -> Told:
    title = title_text(ground)
    lacking = "hub" if "hub" not in scene.places else "" if _is_known(ground, scene) else ground
    if lacking:
        return Told(holds=None, text=say("missing_layer", layer=lacking, title=title_text(lacking)))
    found = any_of(place.inside for place in scene.places["hub"][ground].values())
    key = {True: "programme_hub_inside", False: "programme_no_hub_inside", None: "programme_hub_edge"}[found]
    return Told(holds=found, text=say(key, ground=title))


def _one_of(atom: OneOf, subject: Subject, scene: Scene) -> Told:
    title = _title(subject.layer, atom.column, scene)
    value = subject.cells.get(atom.column)
    if value is None or pd.isna(value) or value == "":
        return Told(holds=None, text=_missing(subject.layer, atom.column, scene))
    allowed = listed(_label(subject.layer, atom.column, code, scene) for code in atom.one_of)
    shown = _label(subject.layer, atom.column, str(value), scene)
    if value in atom.one_of:
        return Told(holds=True, text=say("programme_is", title=title, value=shown))
    return Told(holds=False, text=say("programme_is_not", title=title, value=shown, allowed=allowed))


def _yes(column: str, subject: Subject, scene: Scene) -> Told:
    title = _title(subject.layer, column, scene)
    holds = as_truth(subject.cells.get(column))
    if holds is None:
        return Told(holds=None, text=_missing(subject.layer, column, scene))
    return Told(holds=holds, text=say("programme_yes" if holds else "programme_no", title=title))


def _fact(name: str, scene: Scene) -> Told:
    holds, title = scene.atlas.plan.facts.get(name), scene.facts[name]
    if holds is None:
        return Told(holds=None, text=say("programme_fact_missing", title=title, fact=name))
    return Told(holds=holds, text=say("programme_yes" if holds else "programme_no", title=title))


def _has_plan(scene: Scene) -> Told:
    if scene.promotion is None:
        title = title_text("promotion_area")
        return Told(holds=None, text=say("missing_layer", layer="promotion_area", title=title))
    holds = any_of(by_day(area.published_on, scene.day) for area in scene.promotion.standings)
    key = {True: "programme_plan", False: "programme_no_plan", None: "programme_plan_undated"}[holds]
    return Told(holds=holds, text=say(key))


def _title(layer: str, column: str, scene: Scene) -> Text:
    """Return what a column is called in the catalogue, its name where the catalogue does not know it."""
    return say("programme_column", title=_called(layer, column, scene))


def _missing(layer: str, column: str, scene: Scene) -> Text:
    """Return the words for a cell that is empty, or in a column that no file has."""
    return say("programme_column_missing", title=_called(layer, column, scene))


def _called(layer: str, column: str, scene: Scene) -> Text:
    spec = scene.atlas.catalogue.get(layer)
    field = spec.fields.get(column) if spec is not None else None
    return Text(ja=column, en=column) if field is None else field.title


def _label(layer: str, column: str, code: str, scene: Scene) -> Text:
    spec = scene.atlas.catalogue.get(layer)
    field = spec.fields.get(column) if spec is not None else None
    return field.labels.get(code, Text(ja=code, en=code)) if field is not None else Text(ja=code, en=code)
