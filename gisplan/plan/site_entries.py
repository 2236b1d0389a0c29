"""`[site]` of plan.toml: what its keys mean, and what is wrong with them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gisplan.access.places import may_be_chosen, may_be_reached, may_be_served
from gisplan.core.document import Document, hint
from gisplan.core.errors import Problem
from gisplan.core.options import (
    GRID,
    SLOPE,
    AlsoOptions,
    AvoidOptions,
    GridOptions,
    MostOptions,
    SiteOptions,
)
from gisplan.core.words import Spec
from gisplan.plan.models import GridModel, SiteModel

Path = tuple[str | int, ...]
SITE = "site"


def site_options(document: Document, site: SiteModel) -> SiteOptions:
    """Return what `[site]` asks.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    site
        The table; what is wrong with it was told.
    """
    named = isinstance(site.existing, list)
    return SiteOptions(
        p=site.p,
        model=site.model,
        demand=site.demand,
        weight=site.weight,
        factor=float(site.factor),
        also=_also(document, site),
        candidates=site.candidates,
        grid=_grid(site.grid),
        lawful=site.lawful,
        other_permits=site.other_permits,
        minutes=float(site.minutes),
        share=_number(site.share),
        force=tuple(site.force),
        forbid=tuple(site.forbid),
        existing=tuple(site.existing) if isinstance(site.existing, list) else (),
        every_existing=not named and bool(site.existing),
        competing=site.competing,
        most=_most(document, site),
        avoid=_avoid(document, site),
        cost=site.cost,
        budget=_number(site.budget),
        capacity=site.capacity,
        cutoff=_number(site.cutoff),
        seconds=float(site.seconds),
        curve=site.curve,
        stability=site.stability,
        why=_names(site.why),
    )


def _also(document: Document, site: SiteModel) -> tuple[AlsoOptions, ...]:
    return tuple(
        AlsoOptions(
            layer=one.layer,
            weight=one.weight,
            factor=float(one.factor),
            line=document.line((SITE, "also", number)),
        )
        for number, one in enumerate(site.also)
    )


def _most(document: Document, site: SiteModel) -> tuple[MostOptions, ...]:
    return tuple(
        MostOptions(
            by=one.by, most=one.most, only=_names(one.only), line=document.line((SITE, "most", number))
        )
        for number, one in enumerate(site.most)
    )


def _grid(grid: GridModel | None) -> GridOptions:
    if grid is None:
        return GridOptions()
    return GridOptions(spacing_m=float(grid.spacing_m), within=grid.within, zones=tuple(grid.zones))


def _avoid(document: Document, site: SiteModel) -> tuple[AvoidOptions, ...]:
    return tuple(
        AvoidOptions(
            layer=one.layer,
            column=one.column,
            above=_number(one.above),
            among=tuple(one.among),
            unit=one.unit,
            penalty_minutes=_number(one.penalty_minutes),
            line=document.line((SITE, "avoid", number)),
        )
        for number, one in enumerate(site.avoid)
    )


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _names(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def doubtful_siting(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return the layers of `[site]` that are none or do not fit, and the keys that do not fit each other.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    site = document.data.get(SITE)
    if not isinstance(site, Mapping):
        return []
    return [
        *_layers(document, site, catalogue),
        *_together(document, site),
        *(
            problem
            for number, entry in enumerate(_tables(site.get("avoid")))
            for problem in _doubtful_avoid(document, (SITE, "avoid", number), entry)
        ),
    ]


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [entry if isinstance(entry, Mapping) else {} for entry in value] if isinstance(value, list) else []


def _is_area(spec: Spec) -> bool:
    return spec.kind == "polygon"


def _layers(document: Document, site: Mapping[str, Any], catalogue: Mapping[str, Spec]) -> Iterable[Problem]:
    """Yield a problem for each layer that is unknown or does not fit what it is named for."""
    named: list[tuple[Path, Any, Callable[[Spec], bool], tuple[str, ...]]] = [
        (("demand",), site.get("demand"), may_be_served, ()),
        (("candidates",), site.get("candidates"), may_be_chosen, (GRID,)),
        (("competing",), site.get("competing") or None, may_be_reached, ()),
    ]
    grid = site.get("grid")
    if isinstance(grid, Mapping):
        named.append((("grid", "within"), grid.get("within") or None, _is_area, ()))
    for number, entry in enumerate(_tables(site.get("also"))):
        named.append((("also", number, "layer"), entry.get("layer"), may_be_served, ()))
    for number, entry in enumerate(_tables(site.get("avoid"))):
        named.append((("avoid", number, "layer"), entry.get("layer"), _is_area, (SLOPE,)))
    for path, name, fit, beside in named:
        known = sorted([*(key for key, spec in catalogue.items() if fit(spec)), *beside])
        if isinstance(name, str) and name not in known and len(known) > len(beside):
            yield Problem(
                code="config.unfit_layer" if name in catalogue else "config.unknown_name",
                place=document.place((SITE, *path)),
                values={"name": name, "near": hint(name, known), "known": known},
            )


def _together(document: Document, site: Mapping[str, Any]) -> Iterable[Problem]:
    """Yield what is wrong with keys that need or forbid each other."""
    if "p" not in site and site.get("model") != "set-cover":
        yield Problem(code="config.site_p", place=document.place((SITE,)))
    if "grid" in site and site.get("candidates") != GRID:
        yield Problem(code="config.site_grid", place=document.place((SITE, "grid")))
    if "budget" in site and not site.get("cost"):
        yield Problem(code="config.site_budget", place=document.place((SITE, "budget")))


def _doubtful_avoid(document: Document, path: Path, entry: Mapping[str, Any]) -> Iterable[Problem]:
    """Yield what is wrong with one thing to avoid: keys of a slope at a hazard, or the other way round."""
    if entry.get("layer") == SLOPE:
        if "above" not in entry:
            yield Problem(code="config.site_slope", place=document.place(path))
        unfit = [key for key in ("column", "values") if key in entry]
    else:
        unfit = ["unit"] if "unit" in entry else []
        if "column" not in entry and ("above" in entry or "values" in entry):
            yield Problem(code="config.site_avoid_column", place=document.place(path))
        if "column" in entry and ("above" in entry) == ("values" in entry):
            yield Problem(code="config.site_avoid_threshold", place=document.place(path))
    for key in unfit:
        values = {"key": key, "layer": entry.get("layer", "")}
        yield Problem(code="config.site_avoid_key", place=document.place((*path, key)), values=values)
