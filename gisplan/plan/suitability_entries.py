"""`[suitability]` and `[propose]` of plan.toml: their form, what they mean, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field as Option

from gisplan.core.document import Document, Key, Strict, hint
from gisplan.core.errors import Problem
from gisplan.core.suitability import (
    Criterion,
    DrawnLayer,
    Kind,
    ProposeOptions,
    SuitabilityOptions,
    Unit,
)
from gisplan.core.words import Field, Spec
from gisplan.layers.codes import decode, known_codes, names_of
from gisplan.siting.districts.criteria import ELEVATION, fit, kinds
from gisplan.siting.districts.pairwise import MOST, missing_pairs
from gisplan.siting.districts.surface import WHOLE

Number = Annotated[float | int, Option(allow_inf_nan=False)]
Weight = Annotated[float | int, Option(gt=0, allow_inf_nan=False)]
Hectares = Annotated[float | int, Option(gt=0, le=1_000_000, allow_inf_nan=False)]
Share = Annotated[float | int, Option(ge=0, le=1)]

TABLE = ("suitability", "criterion")
PAIRWISE = ("suitability", "pairwise")
LONGEST_PAIR = 3
PAIR = 2


class CriterionModel(Strict):
    """`[[suitability.criterion]]`."""

    name: str = Option(min_length=1)
    kind: Kind
    of: str = ""
    scale: list[Annotated[list[Number], Option(min_length=PAIR, max_length=PAIR)]] = []
    weight: Weight | None = None
    exclude_above: Number | None = None
    exclude_below: Number | None = None
    radius_m: float | int = Option(default=0, ge=0, le=20_000)
    amount: str = ""
    by: str = ""
    values: dict[str, Share] = {}
    source: str = ""


class SuitabilityModel(Strict):
    """`[suitability]`; that the comparisons are some is checked where they are read."""

    cell_m: float | int = Option(default=SuitabilityOptions(criteria=()).cell_m, ge=5, le=5_000)
    within: str = SuitabilityOptions(criteria=()).within
    criterion: list[CriterionModel] = Option(min_length=1)
    pairwise: list[list[str | float | int]] = []


class ProposeModel(Strict):
    """`[propose]`."""

    layer: DrawnLayer = "priority_district"
    count: int = Option(default=1, ge=1, le=20)
    area_ha: list[Hectares] = Option(min_length=PAIR, max_length=PAIR)
    of: Unit = "neighbourhood"
    compact: Share = 0.3
    within: str = ""
    avoid: list[str] = []
    forbidden_share: Share = 0.1


def suitability_options(
    document: Document, model: SuitabilityModel | None, catalogue: Mapping[str, Spec]
) -> SuitabilityOptions | None:
    """Return `[suitability]` of a plan whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    model
        The table, None where there is none.
    catalogue
        The layers there are.
    """
    if model is None:
        return None
    return SuitabilityOptions(
        cell_m=float(model.cell_m),
        within=model.within,
        criteria=tuple(
            _criterion(entry, document.line((*TABLE, place)), catalogue)
            for place, entry in enumerate(model.criterion)
        ),
        pairwise=tuple((str(one), str(other), float(times)) for one, other, times in model.pairwise),
    )


def _criterion(entry: CriterionModel, line: int, catalogue: Mapping[str, Spec]) -> Criterion:
    layer = entry.of or ELEVATION
    scale = entry.scale or kinds()[entry.kind].scale_of(layer)
    field = catalogue[layer].fields.get(entry.by) if layer in catalogue else None
    return Criterion(
        name=entry.name,
        kind=entry.kind,
        of=layer,
        scale=tuple((float(value), float(score)) for value, score in scale),
        weight=1.0 if entry.weight is None else float(entry.weight),
        exclude_above=_number(entry.exclude_above),
        exclude_below=_number(entry.exclude_below),
        radius_m=float(entry.radius_m),
        amount=entry.amount,
        by=entry.by,
        values={_value(word, field): float(share) for word, share in entry.values.items()},
        source=entry.source.strip(),
        line=line,
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _value(word: str, field: Field | None) -> str:
    """Return a value as the layer holds it: the code for which a word of a file stands."""
    return word if field is None else decode([word], field)[word] or word


def propose_options(model: ProposeModel | None) -> ProposeOptions | None:
    """Return `[propose]` of a plan whose form is right."""
    if model is None:
        return None
    least, most = (float(limit) for limit in model.area_ha)
    return ProposeOptions(
        count=model.count, area_ha=(least, most), layer=model.layer, of=model.of, compact=float(model.compact),
        within=model.within, avoid=tuple(model.avoid), forbidden_share=float(model.forbidden_share),
    )  # fmt: skip


def doubtful_suitability(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return what is wrong with `[suitability]` and `[propose]`, whatever else is.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    suitability, propose = document.data.get("suitability"), document.data.get("propose")
    problems: list[Problem] = []
    if isinstance(suitability, Mapping):
        entries = _tables(suitability.get("criterion"))
        problems += _polygons(document, ("suitability", "within"), [suitability.get("within")], catalogue)
        for place, entry in enumerate(entries):
            problems += _doubtful_criterion(document, (*TABLE, place), entry, catalogue)
        problems += _names(document, entries)
        problems += _doubtful_pairs(document, entries, suitability.get("pairwise"))
    if isinstance(propose, Mapping):
        if suitability is None:
            problems.append(Problem(code="propose.no_suitability", place=document.place(("propose",))))
        problems += _polygons(document, ("propose", "within"), [propose.get("within")], catalogue)
        avoid = propose.get("avoid")
        problems += _polygons(
            document, ("propose", "avoid"), avoid if isinstance(avoid, list) else [], catalogue
        )
        problems += _doubtful_area(document, propose.get("area_ha"))
    return problems


def _tables(value: Any) -> Sequence[Mapping[str, Any]]:
    return [entry if isinstance(entry, Mapping) else {} for entry in value] if isinstance(value, list) else []


def _polygons(
    document: Document, path: Sequence[Key], names: Sequence[Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    """Return the layers that a key names but that are none of areas."""
    known = sorted(name for name, spec in catalogue.items() if spec.kind == "polygon")
    return [
        _unfit(document, path, name, known, catalogue)
        for name in names
        if isinstance(name, str) and name and name not in known
    ]


def _unfit(
    document: Document, path: Sequence[Key], name: str, known: Sequence[str], catalogue: Mapping[str, Spec]
) -> Problem:
    values = {"name": name, "near": hint(name, known), "known": list(known)}
    code = "suit.unfit_layer" if name in catalogue else "config.unknown_name"
    return Problem(code=code, place=document.place(path), values=values)


def _doubtful_criterion(
    document: Document, path: Sequence[Key], entry: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    kind, layer = entry.get("kind"), entry.get("of", ELEVATION if entry.get("kind") == "slope" else None)
    if not isinstance(kind, str) or kind not in kinds():
        return []  # its form is told
    problems = _doubtful_scale(document, (*path, "scale"), entry.get("scale"))
    problems += _doubtful_limits(document, path, entry)
    known = sorted(name for name, spec in catalogue.items() if fit(kind, spec))
    if layer is None:
        values = {"kind": kind, "known": known}
        problems.append(Problem(code="suit.no_layer", place=document.place(path), values=values))
    elif isinstance(layer, str) and layer not in known:
        problems.append(_unfit(document, (*path, "of"), layer, known, catalogue))
    elif isinstance(layer, str):
        problems += _doubtful_values(document, path, entry, catalogue[layer])
    used = kinds()[kind].keys
    return problems + [
        Problem(
            code="suit.key",
            place=document.place((*path, key)),
            values={"key": key, "kind": kinds()[kind].title},
        )
        for key in ("radius_m", "amount", "by", "values")
        if key in entry and key not in used
    ]


def _numbers(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _doubtful_scale(document: Document, path: Sequence[Key], scale: Any) -> list[Problem]:
    """Return a problem where the values of a scale do not rise, or a score is not from 0 to 1."""
    if not isinstance(scale, list) or not all(
        isinstance(row, list) and len(row) == PAIR and all(map(_numbers, row)) for row in scale
    ):
        return []  # its form is told
    values, scores = [row[0] for row in scale], [row[1] for row in scale]
    rising = len(scale) >= PAIR and all(one < other for one, other in pairwise(values))
    if rising and all(0 <= score <= 1 for score in scores):
        return []
    return [Problem(code="suit.scale", place=document.place(path))]


def _doubtful_limits(document: Document, path: Sequence[Key], entry: Mapping[str, Any]) -> list[Problem]:
    above, below = entry.get("exclude_above"), entry.get("exclude_below")
    if not (_numbers(above) and _numbers(below)) or below <= above:  # type: ignore[operator]
        return []
    place = document.place((*path, "exclude_above"))
    return [Problem(code="suit.limits", place=place, values={"above": f"{above:g}", "below": f"{below:g}"})]


def _doubtful_values(
    document: Document, path: Sequence[Key], entry: Mapping[str, Any], spec: Spec
) -> list[Problem]:
    """Return the columns that the layer of a criterion does not have, and values that its column never holds."""
    problems = []
    for key in ("by", "amount"):
        column = entry.get(key)
        if isinstance(column, str) and column and column not in spec.fields:
            known = list(spec.fields)
            values = {"field": column, "layer": spec.name, "near": hint(column, known), "known": known}
            problems.append(
                Problem(code="config.unknown_field", place=document.place((*path, key)), values=values)
            )
    column, words = entry.get("by"), entry.get("values")
    if isinstance(words, Mapping) and words and not column:
        problems.append(Problem(code="suit.by", place=document.place((*path, "values"))))
    field = spec.fields.get(column) if isinstance(column, str) else None
    if field is None or not field.codes or not isinstance(words, Mapping):
        return problems
    for word in words:
        if decode([word], field)[word] is None and word not in field.codes.values():
            values = {"name": word, "near": hint(word, names_of(field)), "known": known_codes(field)}
            place = document.place((*path, "values", word))
            problems.append(Problem(code="config.unknown_name", place=place, values=values))
    return problems


def _names(document: Document, entries: Sequence[Mapping[str, Any]]) -> list[Problem]:
    """Return the names of criteria that stand twice, or that the table uses for all together."""
    names = [entry.get("name") for entry in entries]
    return [
        Problem(code="suit.name", place=document.place((*TABLE, place, "name")), values={"name": name})
        for place, name in enumerate(names)
        if isinstance(name, str) and (name in names[:place] or name == WHOLE)
    ]


def _doubtful_pairs(document: Document, entries: Sequence[Mapping[str, Any]], pairs: Any) -> list[Problem]:
    """Return what is wrong with comparisons in pairs: their form, names, and pairs that stand twice or are missing."""
    if not isinstance(pairs, list) or not pairs:
        return []
    names = [str(entry.get("name")) for entry in entries]
    problems: list[Problem] = []
    made: list[tuple[str, str, float]] = []
    for number, pair in enumerate(pairs):
        wrong = _doubtful_pair(pair, names, made)
        if wrong:
            code, values = wrong
            problems.append(Problem(code=code, place=document.place((*PAIRWISE, number)), values=values))
        else:
            made.append((pair[0], pair[1], float(pair[2])))
    place = document.place(PAIRWISE)
    if any("weight" in entry for entry in entries):
        problems.append(Problem(code="suit.weights_twice", place=place))
    if len(names) > MOST:
        problems.append(
            Problem(code="suit.pairs_many", place=place, values={"count": len(names), "most": MOST})
        )
    elif missing := missing_pairs(names, made):
        told = [f"{one}–{other}" for one, other in missing]
        if not problems:
            problems.append(Problem(code="suit.pairs_missing", place=place, values={"pairs": told}))
    return problems


def _doubtful_pair(
    pair: Any, names: Sequence[str], made: Sequence[tuple[str, str, float]]
) -> tuple[str, dict[str, Any]] | None:
    """Return the code and the values of what is wrong with one comparison."""
    formed = isinstance(pair, list) and len(pair) == LONGEST_PAIR and _numbers(pair[2])
    if not formed or not all(isinstance(name, str) for name in pair[:PAIR]):
        return "suit.pair", {"pair": str(pair)}
    one, other, times = pair
    for name in (one, other):
        if name not in names:
            return "config.unknown_name", {"name": name, "near": hint(name, names), "known": list(names)}
    if one == other or not 0 < times < float("inf"):
        return "suit.pair", {"pair": str(pair)}
    if any({one, other} == {before, after} for before, after, _ in made):
        return "suit.pair_twice", {"one": one, "other": other}
    return None


def _doubtful_area(document: Document, area: Any) -> list[Problem]:
    if not isinstance(area, list) or len(area) != PAIR or not all(map(_numbers, area)) or area[0] <= area[1]:
        return []
    place = document.place(("propose", "area_ha"))
    return [
        Problem(code="propose.area", place=place, values={"least": f"{area[0]:g}", "most": f"{area[1]:g}"})
    ]
