"""Areas made from the words of plan.toml: rows of a layer, told so that the planner can confirm them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from gisplan.core.crs import crs_name
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import District
from gisplan.core.tables import Doubt, hold
from gisplan.core.units import hectares
from gisplan.core.words import Atlas, FieldType, Layer, Plan, Reading, Spec, Text
from gisplan.layers.catalogue import find_spec
from gisplan.layers.codes import plain
from gisplan.network import ways_of
from gisplan.overlay.compose import Composed, compose
from gisplan.plan.gazetteer import gazetteer
from gisplan.plan.grounds import HARDLY, Asking, Piece, idle, joined, pieces, together
from gisplan.plan.manifest import sha256_of

DRIVER = "plan.toml"
"""What a reading says that made rows from words."""

EMPTY: Mapping[FieldType, Any] = {
    "text": "",
    "code": "",
    "municipality": "",
    "number": float("nan"),
    "integer": pd.NA,
    "boolean": pd.NA,
    "date": None,
}
DTYPES: Mapping[FieldType, str] = {"number": "float64", "integer": "Int64", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Districted:
    """The atlas with the areas made from words, the table `districts`, and what to confirm of them."""

    atlas: Atlas
    table: pd.DataFrame
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """One district: its area and the words for it, or the problems that stand against it."""

    composed: Composed | None
    told: Text
    layers: frozenset[str] = frozenset()
    doubts: tuple[Doubt, ...] = ()
    problems: tuple[Problem, ...] = ()


def districts_of(atlas: Atlas) -> Districted:
    """Return the atlas with a row for each `[[district]]` of the plan.

    A later district may name an earlier one. An area is never sure to be what the plan means: each is a finding
    to confirm.

    Parameters
    ----------
    atlas
        The layers of the plan.

    Raises
    ------
    ConfigurationError
        With every name that is not there (and the near ones), every layer that is wanted, all words that cannot
        be read, and every name that its layer has already.
    """
    ways = cache(partial(ways_of, atlas))
    problems: list[Problem] = []
    rows: list[dict[str, Any]] = []
    doubts: list[Doubt] = []
    failed: set[str] = set()
    for district in atlas.plan.districts:
        asking = Asking(district=district, gazetteer=gazetteer(atlas), ways=ways, failed=frozenset(failed))
        made = _made(district, asking)
        if made.composed is None:
            problems += made.problems
            failed |= {district.name, plain(district.name)}
            continue
        atlas = _with_row(atlas, district, made)
        rows.append(_row(district, made, made.composed))
        doubts += made.doubts
    if problems:
        raise ConfigurationError(problems)
    return Districted(atlas=atlas, table=hold(pd.DataFrame(rows), "districts"), doubts=tuple(doubts))


def _made(district: District, asking: Asking) -> _Made:
    include = pieces(district.include, asking)
    within, exclude = (pieces(grounds, asking) for grounds in (district.within, district.exclude))
    every = (*include, *within, *exclude)
    problems = [problem for piece in every for problem in piece.problems]
    problems += _clash(district, asking)
    told = _words(include, within, exclude, asking=asking)
    if problems or any(piece.area is None for piece in every):
        return _Made(composed=None, told=told, problems=tuple(problems))
    composed = compose(
        [piece.area for piece in include if piece.area is not None],
        within=together(within, asking).area if within else None,
        exclude=together(exclude, asking).area if exclude else None,
        tolerance_m=asking.atlas.plan.check.tolerance_m,
    )
    if composed.empty:
        place = asking.place(district.line)
        empty = Problem(code="district.empty", place=place, values={"made_of": told})
        return _Made(composed=None, told=told, problems=(empty,))
    doubts = [doubt for piece in every for doubt in piece.doubts]
    doubts += _confirm(composed, told, asking, cut=bool(within))
    doubts += _idle(include, within, exclude, asking=asking)
    layers = frozenset().union(*(piece.layers for piece in every))
    return _Made(composed=composed, told=told, layers=layers, doubts=tuple(doubts))


def _words(
    include: Sequence[Piece], within: Sequence[Piece], exclude: Sequence[Piece], *, asking: Asking
) -> Text:
    """Return what the words were taken for."""
    told = joined(include, asking)
    if within:
        bound = joined(within, asking)
        told = Text(ja=f"{told.ja}。範囲：{bound.ja}", en=f"{told.en}; within {bound.en}")
    if exclude:
        away = joined(exclude, asking)
        told = Text(ja=f"{told.ja}。除く：{away.ja}", en=f"{told.en}; without {away.en}")
    return told


def _clash(district: District, asking: Asking) -> list[Problem]:
    """Return the problem of a name that the layer has already, in the same version."""
    layer = asking.atlas.layers.get(district.layer)
    if layer is None or not len(layer.table):
        return []
    version = plain(str(district.facts.get("version", "")))
    versions = layer.table["version"] if "version" in layer.table else [""] * len(layer.table)
    same = [
        plain(name) == plain(district.name) and plain(held or "") == version
        for name, held in zip(layer.table["name"], versions, strict=True)
    ]
    if not any(same):
        return []
    files = [reading.file for reading in layer.readings]
    values = {"name": district.name, "version": version or "—", "file": files or district.layer}
    return [Problem(code="district.exists", place=asking.place(district.line), values=values)]


def _idle(
    include: Sequence[Piece], within: Sequence[Piece], exclude: Sequence[Piece], *, asking: Asking
) -> tuple[Doubt, ...]:
    """Return a doubt for everything in `exclude` that takes nothing away."""
    if not exclude:
        return ()
    whole, bound = together(include, asking).area, together(within, asking).area
    if whole is None or (within and bound is None):
        return ()
    ground = whole if bound is None or not within else shapely.intersection(whole, bound)
    return idle(exclude, ground, asking)


def _confirm(composed: Composed, told: Text, asking: Asking, *, cut: bool) -> list[Doubt]:
    """Return what should be confirmed of a district that was made."""
    area = f"{hectares(composed.area_m2):,.2f}"
    doubts = [asking.doubt("district.made", made_of=told, parts=composed.parts, area=area)]
    if composed.slivers:
        tolerance = f"{asking.atlas.plan.check.tolerance_m:g}"
        doubts.append(asking.doubt("district.slivers", count=composed.slivers, tolerance=tolerance))
    if cut and composed.cut_m2 < HARDLY:
        doubts.append(asking.doubt("district.no_effect", key="within"))
    return doubts


def _row(district: District, made: _Made, composed: Composed) -> dict[str, Any]:
    """Return the row of the table `districts`."""
    said_ja, said_en = _as_written(district)
    return {
        "layer": district.layer,
        "name": district.name,
        "version": str(district.facts.get("version", "")),
        "made_of_ja": f"{said_ja}＝{made.told.ja}" if said_ja else made.told.ja,
        "made_of_en": f"{said_en} = {made.told.en}" if said_en else made.told.en,
        "area_ha": hectares(composed.area_m2),
        "parts": composed.parts,
        "overlap_ha": hectares(composed.overlap_m2),
    }


def _as_written(district: District) -> tuple[str, str]:
    """Return the words of plan.toml that the area is made of; tables speak for themselves."""
    words = [
        ground.words.strip()
        for part in (district.include, district.within, district.exclude)
        for ground in part
        if ground.words
    ]
    return "".join(f"「{text}」" for text in words), " ".join(f"“{text}”" for text in words)


def _with_row(atlas: Atlas, district: District, made: _Made) -> Atlas:
    """Return the atlas with the district as a row of its layer."""
    before = atlas.layers.get(district.layer)
    spec = _credited(before, district, made.layers, atlas)
    area = None if made.composed is None else made.composed.area
    table = _appended(None if before is None else before.table, district, spec, area, crs=atlas.plan.crs)
    readings = _readings(() if before is None else before.readings, atlas.plan, district.layer)
    layer = Layer(spec=spec, table=table, readings=readings)
    layers = {**atlas.layers, district.layer: layer}
    return dataclasses.replace(atlas, layers={name: layers[name] for name in sorted(layers)})


def _appended(
    before: gpd.GeoDataFrame | None,
    district: District,
    spec: Spec,
    area: shapely.Geometry | None,
    *,
    crs: int,
) -> gpd.GeoDataFrame:
    """Return a layer's rows and the new one, sorted by id, with the types of a layer that was read."""
    facts = {"name": district.name, **district.facts}
    types: dict[str, FieldType] = {"id": "text", "name": "text"}
    types |= {name: field.type for name, field in spec.fields.items()}
    columns = list(types) if before is None else [name for name in before.columns if name != "geometry"]
    columns += [name for name in facts if name not in columns]
    ids = set() if before is None else set(before["id"])
    facts.setdefault("id", _free_id(f"{district.name} {district.facts.get('version', '')}".strip(), ids))
    held: dict[str, Any] = {}
    for name in columns:
        kind = types.get(name, "text")
        values = [] if before is None else _cells(before, name, EMPTY[kind])
        held[name] = pd.Series([*values, facts.get(name, EMPTY[kind])], dtype=DTYPES.get(kind, "object"))
    shapes = [*([] if before is None else before.geometry), area]
    table = gpd.GeoDataFrame(held, geometry=shapes, crs=crs)
    return table.sort_values("id", kind="stable", ignore_index=True)


def _cells(table: gpd.GeoDataFrame, name: str, empty: Any) -> list[Any]:
    return list(table[name]) if name in table else [empty] * len(table)


def _free_id(wanted: str, taken: set[str]) -> str:
    free = (name for number in range(1, len(taken) + 2) if (name := f"{wanted} ({number})") not in taken)
    return next(free) if wanted in taken else wanted


def _credited(before: Layer | None, district: District, used: frozenset[str], atlas: Atlas) -> Spec:
    """Return the layer's spec, credited to the plan and to the layers that the area was made of."""
    place = f"{atlas.plan.file}:{district.line} [[district]] {district.name}"
    spec = find_spec(atlas.catalogue, district.layer, place=place) if before is None else before.spec
    sources = [atlas.layers[name].spec.source for name in sorted(used) if name != district.layer]
    credits_ja = [f"「{atlas.plan.title}」の区域の言葉から作成", *(source.credit.ja for source in sources)]
    credits_en = [f"Made from the words of “{atlas.plan.title}”", *(source.credit.en for source in sources)]
    licences = [source.licence for source in sources]
    if before is not None:
        credits_ja, credits_en = [spec.source.credit.ja, *credits_ja], [spec.source.credit.en, *credits_en]
        licences = [spec.source.licence, *licences]
    source = dataclasses.replace(
        spec.source,
        credit=Text(ja=_once(credits_ja), en=_once(credits_en)),
        licence=_once(licences) or spec.source.licence,
        share_alike=any(part.share_alike for part in (*sources, spec.source)),
        commercial=all(part.commercial for part in (*sources, spec.source)),
    )
    return dataclasses.replace(spec, source=source)


def _once(texts: Sequence[str]) -> str:
    parts = [part for text in texts for part in text.split("；")]
    return "；".join(dict.fromkeys(part for part in parts if part))


def _readings(before: Sequence[Reading], plan: Plan, layer: str) -> tuple[Reading, ...]:
    """Return the readings of a layer with one row more made from the words of plan.toml."""
    others = tuple(reading for reading in before if reading.driver != DRIVER)
    rows = 1 + sum(reading.kept for reading in before if reading.driver == DRIVER)
    path = plan.folder / plan.file
    there = path.is_file()
    words = Reading(
        layer=layer, file=plan.file, sha256=sha256_of(path) if there else "",
        size=path.stat().st_size if there else 0, driver=DRIVER, encoding="utf-8", encoding_how="toml",
        crs=crs_name(plan.crs), crs_how=DRIVER, read=rows, kept=rows, mended=0, refused=0,
    )  # fmt: skip
    return (*others, words)
