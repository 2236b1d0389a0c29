"""Measures, places far away and yardsticks of `[access]` in plan.toml: what they mean, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from gisplan.access.places import PEOPLE_LAYERS, may_be_reached
from gisplan.access.scores import SHAPE, SHARED, USED, names_of, settled
from gisplan.access.yardsticks import read_yardsticks
from gisplan.core.document import Document, hint
from gisplan.core.errors import Problem
from gisplan.core.options import AccessOptions, MeasureOptions, OuterOptions
from gisplan.core.words import Spec
from gisplan.plan.models import AccessModel, MeasureModel

Path = tuple[str | int, ...]
NUMBERS = ("number", "integer")
ALWAYS = frozenset({"measure", "to", "supply"})
OUTER_LAYERS = ("station", "interchange")


def measures(access: AccessModel) -> tuple[MeasureOptions, ...]:
    """Return the measures that `[access]` asks for, as it writes them."""
    return tuple(_options(entry) for entry in access.measure)


def _options(entry: MeasureModel) -> MeasureOptions:
    def number(value: float | None) -> float | None:
        return None if value is None else float(value)

    return MeasureOptions(
        measure=entry.measure,
        to=entry.to,
        supply=entry.supply,
        minutes=number(entry.minutes),
        form=entry.form,
        beta=number(entry.beta),
        sigma=number(entry.sigma),
        zones=tuple((float(end), float(weight)) for end, weight in entry.zones),
        demand=entry.demand,
    )


def outer(document: Document, access: AccessModel) -> tuple[OuterOptions, ...]:
    """Return the places far away that `[access]` names, each with its line.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    access
        Its table `[access]`; what is wrong with it was told.
    """
    found = []
    for number, entry in enumerate(access.outer):
        layer, _, place = entry.to.rpartition(":")
        found.append(
            OuterOptions(
                name=entry.name,
                layer="station" if layer.strip() == "station" else "interchange",
                place=place.strip(),
                minutes=float(entry.minutes),
                line=document.line(("access", "outer", number)),
            )
        )
    return tuple(found)


def doubtful_measures(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return what is wrong with the measures, the places far away and the yardsticks, whatever else is.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    access = document.data.get("access")
    if not isinstance(access, Mapping):
        return []
    problems: list[Problem] = []
    entries = list(_tables(access.get("measure")))
    for number, entry in enumerate(entries):
        path: Path = ("access", "measure", number)
        problems += [
            *_doubtful_to(document, path, entry, access, catalogue),
            *_doubtful_supply(document, path, entry, catalogue),
            *_unused(document, path, entry),
            *_doubtful_zones(document, path, entry),
            *_doubtful_demand(document, path, entry, catalogue),
        ]
    problems += _twice(document, entries)
    for number, entry in enumerate(_tables(access.get("outer"))):
        problems += _doubtful_outer(document, ("access", "outer", number), entry)
    return [*problems, *_doubtful_yardsticks(document, access.get("yardsticks"))]


def _tables(value: Any) -> Iterable[Mapping[str, Any]]:
    return [entry if isinstance(entry, Mapping) else {} for entry in value] if isinstance(value, list) else []


def _doubtful_to(
    document: Document,
    path: Path,
    entry: Mapping[str, Any],
    access: Mapping[str, Any],
    catalogue: Mapping[str, Spec],
) -> list[Problem]:
    to, asked = entry.get("to"), access.get("to", list(AccessOptions().destinations))
    if not isinstance(to, str):
        return []
    known = sorted(name for name, spec in catalogue.items() if may_be_reached(spec))
    place = document.place((*path, "to"))
    if to not in known:
        code = "config.unfit_layer" if to in catalogue else "config.unknown_name"
        return [Problem(code=code, place=place, values={"name": to, "near": hint(to, known), "known": known})]
    if isinstance(asked, list) and to not in asked:
        return [Problem(code="access.measure_to", place=place, values={"name": to})]
    return []


def _doubtful_supply(
    document: Document, path: Path, entry: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    column, to = entry.get("supply"), entry.get("to")
    if not (isinstance(column, str) and column and isinstance(to, str) and to in catalogue):
        return []
    known = [name for name, field in catalogue[to].fields.items() if field.type in NUMBERS]
    if column in known:
        return []
    values = {"column": column, "layer": to, "near": hint(column, known), "known": known or ["—"]}
    return [Problem(code="access.supply_field", place=document.place((*path, "supply")), values=values)]


def _unused(document: Document, path: Path, entry: Mapping[str, Any]) -> list[Problem]:
    """Return the keys on which the answer does not depend: whoever wrote them expects that it does."""
    measure, form = entry.get("measure"), entry.get("form", "gaussian")
    used = USED.get(measure, frozenset()) if isinstance(measure, str) else frozenset()
    if not used:
        return []
    if measure == "gravity" and isinstance(form, str) and form in SHAPE:
        used = used - (frozenset(SHAPE.values()) - {SHAPE[form]})
    known = USED["gravity"] | USED["2sfca"] | USED["e2sfca"]
    return [
        Problem(
            code="access.measure_key",
            place=document.place((*path, key)),
            values={"key": key, "measure": measure, "used": sorted(used)},
        )
        for key in entry
        if key in known and key not in used
    ]


def _doubtful_zones(document: Document, path: Path, entry: Mapping[str, Any]) -> list[Problem]:
    zones = entry.get("zones")
    if zones is None or not isinstance(zones, list):
        return []
    numbers = [
        [part for part in zone if isinstance(part, int | float) and not isinstance(part, bool)]
        for zone in zones
        if isinstance(zone, list)
    ]
    if len(numbers) != len(zones) or any(len(zone) != 2 for zone in numbers):  # noqa: PLR2004 - minutes and weight
        return []  # its form is told
    ends = [end for end, _ in numbers]
    rising = all(one < other for one, other in pairwise([0.0, *ends])) and all(
        end < float("inf") for end in ends
    )
    if ends and rising and all(0.0 < weight < float("inf") for _, weight in numbers):
        return []
    return [Problem(code="access.zones", place=document.place((*path, "zones")))]


def _doubtful_demand(
    document: Document, path: Path, entry: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    demand = entry.get("demand")
    if not isinstance(demand, str) or demand in PEOPLE_LAYERS or entry.get("measure") not in SHARED:
        return []
    known = [name for name in PEOPLE_LAYERS if name in catalogue] or list(PEOPLE_LAYERS)
    code = "config.no_people" if demand in catalogue else "config.unknown_name"
    values = {"name": demand, "near": hint(demand, known), "known": known}
    return [Problem(code=code, place=document.place((*path, "demand")), values=values)]


def _twice(document: Document, entries: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Return a problem for each measure whose values would be called as those of one before it."""
    problems: list[Problem] = []
    before: frozenset[tuple[str, str]] = frozenset()
    for number, entry in enumerate(entries):
        names = _names(entry)
        double = sorted(name for _, name in names & before)
        before |= names
        if double:
            place = document.place(("access", "measure", number))
            problems.append(Problem(code="access.measure_twice", place=place, values={"name": double[0]}))
    return problems


def _names(entry: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return the destination and the names of a measure's values, none where its form is wrong."""
    try:
        measure = settled(_options(MeasureModel.model_validate(dict(entry))))
    except ValueError:
        return frozenset()  # its form is told
    return frozenset((measure.to, name) for name in names_of(measure))


def _doubtful_outer(document: Document, path: Path, entry: Mapping[str, Any]) -> list[Problem]:
    to = entry.get("to")
    if not isinstance(to, str) or not to:
        return []
    layer, colon, place = to.rpartition(":")
    if place.strip() and (not colon or layer.strip() in OUTER_LAYERS):
        return []
    return [Problem(code="access.outer_to", place=document.place((*path, "to")), values={"to": to})]


def _doubtful_yardsticks(document: Document, names: Any) -> list[Problem]:
    known = list(read_yardsticks())
    return [
        Problem(
            code="access.yardstick",
            place=document.place(("access", "yardsticks")),
            values={"name": name, "near": hint(name, known), "known": known},
        )
        for name in (names if isinstance(names, list) else ())
        if isinstance(name, str) and name not in known
    ]
