"""What each version of an area changed: ground added and removed, requirements, consent, publication, named uses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gisplan.core import tables
from gisplan.core.tables import Doubt
from gisplan.core.units import hectares
from gisplan.core.words import Atlas, Text
from gisplan.law.history import Version, fact, histories, said, states, too_early, unsettled
from gisplan.law.named_uses import NO_CODES, named_uses, use_codes
from gisplan.law.phrases import listed, say, together
from gisplan.law.priority import DISTRICT
from gisplan.law.promotion import HARDLY, LAYER
from gisplan.law.rule import read_rule
from gisplan.law.slivers import Split, polygons, split
from gisplan.law.uses import uses
from gisplan.overlay.guard import metric

LAYERS = (LAYER, DISTRICT)
CHANGES = ("id", "name", "layer", "change", "old_version", "new_version", "area_ha", "geometry")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The table `versions`, the ground of each change for the map, and the doubts.

    `changes` has `id`, `name` (of the area), `layer`, `change` (added, removed or kept), `old_version`, `new_version`,
    `area_ha` and `geometry` [m]; it is None where there is no layer of areas.
    """

    table: pd.DataFrame
    changes: gpd.GeoDataFrame | None
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """Two versions of an area that follow each other, and the ground that comes, goes and stays [m]."""

    old: Version
    new: Version
    added: Split
    removed: Split
    kept: shapely.Geometry


def compare_all(atlas: Atlas) -> Compared:
    """Return what the versions of the promotion areas and of the priority districts changed.

    Parameters
    ----------
    atlas
        The layers of the plan.
    """
    tolerance, day = atlas.plan.check.tolerance_m, atlas.plan.date
    codes = use_codes(atlas.catalogue)
    found = [
        versions(table, layer=name, tolerance=tolerance, day=day, codes=codes)
        for name in LAYERS
        if (table := atlas.table(name)) is not None
    ]
    drawn = [part.changes for part in found if part.changes is not None]
    return Compared(
        table=tables.join([part.table for part in found], "versions"),
        changes=_stacked(drawn) if drawn else None,
        doubts=tuple(chain.from_iterable(part.doubts for part in found)),
    )


def _stacked(frames: Sequence[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    return gpd.GeoDataFrame(pd.concat(filled, ignore_index=True), geometry="geometry", crs=frames[0].crs)


def versions(
    table: gpd.GeoDataFrame,
    *,
    layer: str,
    tolerance: float,
    day: date,
    codes: Mapping[str, str] = NO_CODES,
) -> Compared:
    """Return what each version of the areas of a layer changed.

    Parameters
    ----------
    table
        Areas with `id`, `name`, `version` and `published_on` [m].
    layer
        `promotion_area` or `priority_district`.
    tolerance
        Ground no wider than this is a sliver, not a change [m]; it is reported.
    day
        The day on which the law is applied.
    codes
        Spellings of uses and their keys (`named_uses.use_codes`).

    Returns
    -------
    Compared
        One row per version, in the order in which they came; the first of an area has no old one. Added ground, kept
        ground and the slivers make up the new version, removed ground, kept ground and the slivers the old one.

    Raises
    ------
    InputError
        If the table has no CRS in metres.
    """
    metric(table, place="law.versions")
    rule = read_rule("nesting")
    part = "publication" if layer == LAYER else "prefecture"
    articles = "; ".join(rule.cite(part, day=day))
    rows: list[dict[str, object]] = []
    drawn: list[dict[str, object]] = []
    doubts: list[Doubt] = []
    for history in histories(table).values():
        steps = [None, *(_step(old, new, tolerance=tolerance) for old, new in pairwise(history))]
        found = states(history, day=day, since=rule.in_force)
        for order, (new, step, state) in enumerate(zip(history, steps, found, strict=True), start=1):
            changes = say("first_version") if step is None else _changes(step, codes=codes)
            row = _row(new, step, layer=layer, state=state, changes=changes)
            rows.append(row | {"order": order})
            drawn += [] if step is None else _drawn(step, layer=layer)
            doubts += [] if step is None else _slivers(step, layer=layer, tolerance=tolerance)
        doubts += unsettled(history, layer=layer, day=day)
        doubts += too_early(history, layer=layer, since=rule.in_force, articles=articles)
    ground = gpd.GeoDataFrame(drawn, columns=list(CHANGES), geometry="geometry", crs=table.crs)
    return Compared(
        table=tables.hold(pd.DataFrame(rows), "versions"),
        changes=ground.sort_values("id", kind="stable", ignore_index=True),
        doubts=tuple(doubts),
    )


def _step(old: Version, new: Version, *, tolerance: float) -> Amendment:
    return Amendment(
        old=old,
        new=new,
        added=split(shapely.difference(new.shape, old.shape), tolerance=tolerance),
        removed=split(shapely.difference(old.shape, new.shape), tolerance=tolerance),
        kept=polygons(shapely.intersection(old.shape, new.shape)),
    )


def _row(new: Version, step: Amendment | None, *, layer: str, state: str, changes: Text) -> dict[str, object]:
    """Return a row of the table `versions` but for its order; the first version of an area has no old one."""
    return {
        "layer": layer,
        "name": new.area,
        "old_version": step.old.name if step else "",
        "old_published_on": step.old.published_on if step else None,
        "new_version": new.name,
        "new_published_on": new.published_on,
        "old_ha": _hectares(step.old.shape) if step else np.nan,
        "new_ha": _hectares(new.shape),
        "added_ha": _hectares(step.added.real) if step else np.nan,
        "removed_ha": _hectares(step.removed.real) if step else np.nan,
        "state": state,
        "changes_ja": changes.ja,
        "changes_en": changes.en,
    }


def _hectares(shape: shapely.Geometry) -> float:
    return hectares(float(shapely.area(shape)))


def _drawn(step: Amendment, *, layer: str) -> list[dict[str, object]]:
    """Return the ground of one step for the map."""
    area, old, new = step.new.area, step.old.name, step.new.name
    shapes = {"added": step.added.real, "kept": step.kept, "removed": step.removed.real}
    return [
        {
            "id": f"{layer}:{area}:{new}:{change}",
            "name": area,
            "layer": layer,
            "change": change,
            "old_version": old,
            "new_version": new,
            "area_ha": _hectares(shape),
            "geometry": shape,
        }
        for change, shape in shapes.items()
        if shapely.area(shape) > 0
    ]


def _slivers(step: Amendment, *, layer: str, tolerance: float) -> list[Doubt]:
    more, less = (float(shapely.area(part.slivers)) for part in (step.added, step.removed))
    if more + less < HARDLY:
        return []
    named = {
        "old": step.old.label,
        "new": step.new.label,
        "added": more,
        "removed": less,
        "tolerance": tolerance,
    }
    return [Doubt(code="law.version_sliver", layer=layer, subject=step.new.area, values=named)]


def _changes(step: Amendment, *, codes: Mapping[str, str]) -> Text:
    """Return what changed besides the ground, each fact as it was and as it is."""
    pairs = [
        (column, _said(step.old, column, codes=codes), _said(step.new, column, codes=codes))
        for column in ("published_on", "use_exception", "consented_on", "uses")
    ]
    changed = [
        say("version_change", what=say(f"fact_{column}"), old=old, new=new)
        for column, old, new in pairs
        if old != new
    ]
    return together(changed) if changed else say("no_change")


def _said(version: Version, column: str, *, codes: Mapping[str, str]) -> Text:
    """Return what a version says of a fact; its parts may differ."""
    values = said(version, column)
    if len(values) > 1:
        return say("fact_differs")
    value = fact((version,), column)
    if value is None:
        return say("fact_unknown")
    return _shown(value, column, codes=codes)


def _shown(value: Any, column: str, *, codes: Mapping[str, str]) -> Text:
    if column == "use_exception":
        return say("fact_yes" if value else "fact_no")
    if column != "uses":
        return Text(ja=value.isoformat(), en=value.isoformat())
    known = named_uses(value, codes=codes).uses
    if known is None:
        return Text(ja=f"「{value}」", en=f"“{value}”")
    return listed(use.title for key, use in uses().items() if key in known)
