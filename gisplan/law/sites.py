"""The facts of every site: what the ground says of it, put into the words that the rules take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core.options import CheckOptions
from gisplan.core.words import Text
from gisplan.law.facts import CONTROL, PROMOTED, Facts, Part, Work
from gisplan.law.gather import OUTSIDE, UNNAMED, Hold
from gisplan.law.grounds import Grounds
from gisplan.law.lots import Weighted
from gisplan.law.phrases import metres_text, say, title_text
from gisplan.law.remarks import cautions, lead, share_text, shares_text, zone_name

CHANGED = "vacant_house"
"""A layer of buildings that stand: what is done to them is a change of use."""

UNWEIGHTED = Weighted(floor_area_ratio=np.nan, building_coverage=np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site of a layer: its facts, and what its row shows beside them.

    `inferred` says that its area division was inferred from what the division layer leaves out, `no_area` and
    `no_storey` that its floor area or storey is given as 0, which is taken as not known.
    """

    id: str
    name: str
    facts: Facts
    zone_share: float
    inferred: bool
    assumed_use: bool
    lead: tuple[Text, ...]
    caution: tuple[Text, ...]
    shares: Text
    ratios: Weighted
    no_area: bool = False
    no_storey: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a layer of sites; `parts` is what it tells of its building, itself first."""

    layer: str
    id: str
    name: str
    parts: tuple[Part, ...]
    assumed_use: bool
    work: Work
    building: str
    size: float
    no_area: bool
    no_storey: bool


def rows_of(lots: gpd.GeoDataFrame, *, options: CheckOptions, layer: str) -> tuple[Row, ...]:
    """Return the rows of a layer of sites, in the order of their ids.

    Parameters
    ----------
    lots
        Sites, polygons or points, with `id`, `name` and, where known, `use`, `floor_area`, `dwelling_area`, `storey`,
        `work` and `building` [m].
    options
        The use and the work of rows that name none.
    layer
        Their layer.
    """
    ordered = lots.sort_values("id", kind="stable", ignore_index=True)
    size = shapely.area(ordered.geometry.to_numpy())
    names = ("id", "name", "use", "floor_area", "storey", "work", "building", "dwelling_area")
    cells = zip(*(_column(ordered, name) for name in names), strict=True)
    return tuple(
        _row(row, float(area), options=options, layer=layer) for row, area in zip(cells, size, strict=True)
    )


def _row(row: tuple[object, ...], size: float, *, options: CheckOptions, layer: str) -> Row:
    key, name, use, floor_area, storey, work, building, dwelling = row
    usual: Work = "change" if layer == CHANGED else options.work
    own = Part(use=str(use or options.use), floor_area=_positive(floor_area), storey=_whole(storey) or None)
    # The dwelling part that a row of a combined dwelling tells is a part of the building like any other.
    told = () if _positive(dwelling) is None else (Part(use="dwelling", floor_area=_positive(dwelling)),)
    return Row(
        layer=layer,
        id=str(key),
        name=str(name or ""),
        parts=(own, *told),
        assumed_use=not use,
        work=_work(work, usual=usual),
        building=str(building or ""),
        size=size,
        no_area=floor_area is not None and _positive(floor_area) is None,
        no_storey=storey is not None and _whole(storey) == 0,
    )


def buildings_of(rows: Iterable[Row]) -> Mapping[str, tuple[Row, ...]]:
    """Return the rows of every building that is named, whatever their layer."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.building:
            found[row.building].append(row)
    return {building: tuple(members) for building, members in found.items()}


def sites(
    rows: Iterable[Row], grounds: Grounds, *, buildings: Mapping[str, tuple[Row, ...]]
) -> tuple[Site, ...]:
    """Return the facts of every site.

    Parameters
    ----------
    rows
        The rows of one layer.
    grounds
        Where they lie.
    buildings
        The rows of every building, of all layers: they are its parts.
    """
    return tuple(_site(row, _others(row, buildings), grounds) for row in rows)


def _others(row: Row, buildings: Mapping[str, tuple[Row, ...]]) -> tuple[Part, ...]:
    """Return the other parts of the building of a row."""
    mates = (
        other for other in buildings.get(row.building, ()) if (other.layer, other.id) != (row.layer, row.id)
    )
    return (*row.parts[1:], *(part for other in mates for part in other.parts))


def _column(lots: gpd.GeoDataFrame, name: str) -> Sequence[object]:
    if name not in lots:
        return [None] * len(lots)
    return [None if pd.isna(value) else value for value in lots[name]]


def _positive(value: object) -> float | None:
    """Return a floor area, None where it is missing or no area at all."""
    number = None if value is None else float(str(value))
    return number if number is not None and number > 0 else None


def _whole(value: object) -> int | None:
    return None if value is None else int(str(value).removesuffix(".0"))


def _work(value: object, *, usual: Work) -> Work:
    if value == "new":
        return "new"
    return "change" if value == "change" else usual


def _site(row: Row, others: tuple[Part, ...], grounds: Grounds) -> Site:
    land, lot = grounds.land, row.id
    hold = grounds.zone.get(lot)
    zone, zone_missing = _zone(hold)
    division, division_missing, inferred = _division(lot, zone, grounds=grounds)
    facts = Facts(
        use=row.parts[0].use,
        floor_area=row.parts[0].floor_area,
        storey=row.parts[0].storey,
        others=others,
        work=row.work,
        zone=zone,
        zone_missing=zone_missing,
        division=division,
        division_missing=division_missing,
        division_inferred=inferred,
        inside_planning=grounds.planning.get(lot),
        planning_missing=missing_layer("city_planning_area") if land.planning is None else None,
        areas=None if land.promotion is None else grounds.areas[lot],
    )
    return Site(
        id=lot,
        name=row.name,
        facts=facts,
        zone_share=hold.share if hold and hold.value not in {OUTSIDE, UNNAMED} else np.nan,
        inferred=inferred,
        assumed_use=row.assumed_use,
        lead=lead(facts, lot=lot, size=row.size, grounds=grounds),
        caution=cautions(facts, lot=lot, size=row.size, grounds=grounds),
        shares=shares_text(hold, size=row.size),
        ratios=grounds.ratios.get(lot, UNWEIGHTED),
        no_area=row.no_area,
        no_storey=row.no_storey,
    )


def missing_layer(name: str) -> Text:
    """Return the words for a layer that is missing."""
    return say("missing_layer", layer=name, title=title_text(name))


def _zone(hold: Hold | None) -> tuple[str | None, Text | None]:
    """Return the zone that decides, or why none does."""
    if hold is None:
        return None, missing_layer("zone")
    if hold.decides:
        return (None, say("missing_zone_name")) if hold.value == UNNAMED else (hold.value, None)
    if hold.share == 1.0 and not hold.contested_m2:
        return None, say("missing_border")
    if hold.settled_but_for_overlaps:
        area = metres_text(hold.contested_m2)
        return None, say("missing_contested", zone=zone_name(hold.value), area=area)
    return None, say("missing_majority", zone=zone_name(hold.value), part=share_text(hold.share))


def _division(lot: str, zone: str | None, *, grounds: Grounds) -> tuple[str | None, Text | None, bool]:
    """Return the area division, or why it is not known, and whether it was inferred."""
    if grounds.undivided.get(lot):
        return "", None, False
    hold = grounds.division.get(lot)
    if hold is None:
        return None, missing_layer("area_division"), False
    if hold.decides and hold.value in {CONTROL, PROMOTED}:
        return hold.value, None, False
    if hold.decides and hold.value == OUTSIDE and zone == OUTSIDE:
        return _left_out(lot, grounds=grounds)
    return None, say("missing_division"), False


def _left_out(lot: str, *, grounds: Grounds) -> tuple[str | None, Text | None, bool]:
    """Return the division of ground that the layer leaves out.

    Where the layer draws 市街化区域 alone, the rest of the municipality's city planning area is the other.
    """
    land = grounds.land
    if not land.only_promoted or grounds.planning.get(lot) is False:
        return None, say("missing_division"), False
    if land.municipality is None:
        return None, missing_layer("municipality"), False
    if grounds.municipality.get(lot):
        return CONTROL, None, True
    return None, say("missing_division"), False
