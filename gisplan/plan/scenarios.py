"""`[[scenario]]` of plan.toml: its tables as `Scenario`, the mistakes that show before reading data, and its files."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gisplan.access.places import may_be_reached
from gisplan.core.document import Document, Key, hint
from gisplan.core.errors import InputError, Problem
from gisplan.core.scenario import FileRows, PlaceChange, RoadChange, Scenario
from gisplan.core.tables import Doubt, findings, join
from gisplan.core.words import Atlas, Field, LayerEntry, Plan, Spec
from gisplan.layers.codes import known_codes, plain, spellings
from gisplan.layers.read import read_layer
from gisplan.plan.models import (
    RowsModel,
    ScenarioHubModel,
    ScenarioModel,
    ScenarioPlaceModel,
    ScenarioRoadModel,
)
from gisplan.sources.reader import Reader

if TYPE_CHECKING:
    import geopandas as gpd

TABLE = "scenario"
ROAD = "road"
NEW = ("speed_kmh", "width_m", "road_class", "oneway", "minutes")
"""Keys that say what becomes of a road."""

SHAPED = frozenset({"line", "polygon"})
"""Layers whose rows may choose roads: they are those roads, or lie along or round them."""

Place = tuple[Key, ...]


def scenarios(
    document: Document, models: Sequence[ScenarioModel], *, catalogue: Mapping[str, Spec]
) -> tuple[Scenario, ...]:
    """Return the scenarios of a plan.toml whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    models
        Its tables `[[scenario]]`.
    catalogue
        The layers there are, for the words of road classes.
    """
    words = _class_words(catalogue)
    return tuple(
        Scenario(
            name=model.name,
            roads=tuple(
                _road(document, (TABLE, at, "road", n), row, words) for n, row in enumerate(model.road)
            ),
            places=(
                *(_place(document, (TABLE, at, "hub", n), row) for n, row in enumerate(model.hub)),
                *(_place(document, (TABLE, at, "place", n), row) for n, row in enumerate(model.place)),
            ),
            line=document.line((TABLE, at)),
        )
        for at, model in enumerate(models)
    )


def _road(document: Document, path: Place, row: ScenarioRoadModel, words: Mapping[str, str]) -> RoadChange:
    return RoadChange(
        deed="close" if row.close else "open" if row.open else "improve",
        key=document.place(path).partition(" ")[2],
        line=document.line(path),
        lines=_lines(document, path, row),
        id=_several(row.id),
        name=_several(row.name),
        layer=row.layer,
        file=_rows(row),
        speed_kmh=None if row.speed_kmh is None else float(row.speed_kmh),
        width_m=None if row.width_m is None else float(row.width_m),
        road_class=None if row.road_class is None else words.get(plain(row.road_class), row.road_class),
        oneway=row.oneway,
        minutes=None if row.minutes is None else float(row.minutes),
        frontage=row.frontage,
    )


def _place(document: Document, path: Place, row: ScenarioHubModel) -> PlaceChange:
    service = row if isinstance(row, ScenarioPlaceModel) else None
    degrees = row.lat is not None and row.lon is not None
    first, second = (row.lon, row.lat) if degrees else (row.x, row.y)
    return PlaceChange(
        layer="hub" if service is None else service.layer,
        key=document.place(path).partition(" ")[2],
        line=document.line(path),
        lines=_lines(document, path, row),
        name=row.name,
        kind="" if service is None or service.kind is None else service.kind,
        at=None if first is None or second is None else (float(first), float(second)),
        degrees=degrees,
        file=_rows(row),
    )


def _lines(document: Document, path: Place, row: RowsModel) -> Mapping[str, int]:
    """Return the line of every key that is written."""
    return {key: document.line((*path, key)) for key in sorted(row.model_fields_set)}


def _class_words(catalogue: Mapping[str, Spec]) -> Mapping[str, str]:
    """Return every spelling of a road class, made plain, with its code, as the layer of roads knows them."""
    field = _class_field(catalogue)
    return {} if field is None else spellings(field)


def _class_field(catalogue: Mapping[str, Spec]) -> Field | None:
    return catalogue[ROAD].fields.get("road_class") if ROAD in catalogue else None


def _several(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _rows(row: RowsModel) -> FileRows | None:
    if row.path is None:
        return None
    return FileRows(
        path=_several(row.path), columns=row.columns, fill=row.fill, where=row.where, table=row.table, crs=row.crs,
        encoding=row.encoding,
    )  # fmt: skip


def doubtful_scenarios(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return what is wrong with the tables `[[scenario]]`, as far as plan.toml and the catalogue tell.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for at, body in _tables(document.data.get(TABLE)):
        path: Place = (TABLE, at)
        name = body.get("name")
        if isinstance(name, str) and name in seen:
            place = document.place((*path, "name"))
            problems.append(Problem(code="scenario.twice", place=place, values={"name": name}))
        seen.add(str(name))
        changes = [
            ((*path, part, n), row) for part in ("road", "hub", "place") for n, row in _tables(body.get(part))
        ]
        if not changes:
            problems.append(
                Problem(code="scenario.empty", place=document.place(path), values={"name": str(name)})
            )
        for here, row in changes:
            doubtful = _doubtful_road if here[2] == "road" else _doubtful_place
            problems += doubtful(document, here, row, catalogue)
    return problems


def _tables(value: Any) -> Iterable[tuple[int, Mapping[str, Any]]]:
    """Yield each table of a list with its place; what is none is pydantic's to tell."""
    for place, body in enumerate(value if isinstance(value, list) else ()):
        if isinstance(body, Mapping):
            yield place, body


def _doubtful_road(
    document: Document, path: Place, row: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    place = document.place(path)
    problems = []
    chosen = [key for key in ("id", "name", "layer", "path") if row.get(key)]
    if not chosen:
        problems.append(Problem(code="scenario.no_choice", place=place))
    elif "path" in chosen and len(chosen) > 1:
        problems.append(Problem(code="scenario.two_choices", place=place, values={"keys": chosen}))
    if row.get("open") and row.get("close"):
        problems.append(Problem(code="scenario.open_and_close", place=place))
    if row.get("close") and any(key in row for key in NEW):
        problems.append(Problem(code="scenario.closed_changed", place=place))
    if "frontage" in row and not row.get("open"):
        problems.append(Problem(code="scenario.frontage_unopened", place=document.place((*path, "frontage"))))
    if not row.get("open") and not row.get("close") and not any(key in row for key in NEW) and chosen:
        problems.append(Problem(code="scenario.nothing", place=place))
    problems += _doubtful_class(document, (*path, "road_class"), row.get("road_class"), catalogue)
    layer = row.get("layer")
    if isinstance(layer, str) and layer:
        known = sorted(name for name, spec in catalogue.items() if spec.kind in SHAPED and name != ROAD)
        problems += _unknown_layer(document, (*path, "layer"), layer, known)
    return problems


def _doubtful_class(
    document: Document, path: Place, word: Any, catalogue: Mapping[str, Spec]
) -> list[Problem]:
    field = _class_field(catalogue)
    if field is None or not isinstance(word, str) or plain(word) in spellings(field):
        return []
    known = known_codes(field)
    values = {"value": word, "near": hint(word, field.codes), "known": known}
    return [Problem(code="scenario.road_class", place=document.place(path), values=values)]


def _unknown_layer(document: Document, path: Place, layer: str, known: Sequence[str]) -> list[Problem]:
    if layer in known:
        return []
    values = {"name": layer, "near": hint(layer, known), "known": list(known)}
    return [Problem(code="config.unknown_name", place=document.place(path), values=values)]


def _doubtful_place(
    document: Document, path: Place, row: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    problems = []
    ways = [keys for keys in (("lat", "lon"), ("x", "y"), ("path",)) if any(key in row for key in keys)]
    if len(ways) != 1 or not all(key in row for key in ways[0]):
        problems.append(Problem(code="scenario.no_position", place=document.place(path)))
    elif ways[0] != ("path",) and not row.get("name"):
        problems.append(Problem(code="scenario.no_name", place=document.place(path)))
    layer = row.get("layer")
    if isinstance(layer, str):
        known = sorted(
            name for name, spec in catalogue.items() if may_be_reached(spec) and name != "vacant_house"
        )
        problems += _unknown_layer(document, (*path, "layer"), layer, known)
    if "kind" in row and layer != "interchange":
        problems.append(Problem(code="scenario.kind", place=document.place((*path, "kind"))))
    return problems


def entries_of(plan: Plan) -> tuple[tuple[str, LayerEntry], ...]:
    """Return the files that the scenarios of a plan name, as entries of the layer they are read as, by their key."""
    changes: list[RoadChange | PlaceChange] = []
    for scenario in plan.scenarios:
        changes += [*scenario.roads, *scenario.places]
    return tuple((change.key, _entry(change, change.file)) for change in changes if change.file is not None)


def _entry(change: RoadChange | PlaceChange, file: FileRows) -> LayerEntry:
    return LayerEntry(
        layer=ROAD if isinstance(change, RoadChange) else change.layer,
        path=file.path,
        columns=file.columns,
        fill=file.fill,
        where=file.where,
        table=file.table,
        crs=file.crs,
        encoding=file.encoding,
        line=change.line_of("path"),
    )


def with_rows(atlas: Atlas, reader: Reader) -> Atlas:
    """Return the atlas with the rows of the files that its scenarios name, and the doubts met while reading them.

    Parameters
    ----------
    atlas
        The layers of the plan.
    reader
        Who opens the files.

    Raises
    ------
    InputError
        With the problems of all these files at once.
    """
    rows: dict[str, gpd.GeoDataFrame] = {}
    doubts: list[Doubt] = []
    problems: list[Problem] = []
    for key, entry in entries_of(atlas.plan):
        spec = atlas.catalogue[entry.layer]
        try:
            read = read_layer(_loose(spec), [entry], atlas.plan, boundary=None, reader=reader)
        except InputError as error:
            problems += [_placed(problem, key, entry) for problem in error.problems]
            continue
        problems += [_placed(stop.problem, key, entry) for stop in read.stops]
        # The rows are no layer of the plan: what is said of them is said of the scenario's file.
        doubts += [dataclasses.replace(doubt, subject=doubt.subject or key) for doubt in read.doubts]
        if read.layer is None or not read.layer.assessed:
            if not read.stops:
                place = f"{atlas.plan.file}:{entry.line} {key}.path"
                problems.append(
                    Problem(code="scenario.no_rows", place=place, values={"path": list(entry.path)})
                )
            continue
        rows[key] = read.layer.table
    if problems:
        raise InputError(problems)
    if not rows:
        return atlas
    return dataclasses.replace(
        atlas, scenario_rows=rows, findings=join([atlas.findings, findings(doubts)], "findings")
    )


def _placed(problem: Problem, key: str, entry: LayerEntry) -> Problem:
    """Return a problem of a scenario's file with the place of the key that names it, not that of a layer."""
    where, mark, rest = problem.place.partition(f" [layers.{entry.layer}]")
    if not mark:
        return problem
    return Problem(code=problem.code, place=f"{where} {key}.{rest.strip() or 'path'}", values=problem.values)


def _loose(spec: Spec) -> Spec:
    """Return the layer as a scenario's file holds it: lines or areas, with what columns it has."""
    if spec.name != ROAD:
        return spec
    fields = {
        name: dataclasses.replace(field, required=False, needed=False, default="")
        for name, field in spec.fields.items()
    }
    return dataclasses.replace(spec, accepts=("line", "polygon"), fields=fields)
