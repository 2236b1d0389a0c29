"""Where hubs should stand: the best p of the lawful candidates, with objective, bound and proof."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gisplan.access import matrix, serve
from gisplan.access.coverage import within
from gisplan.access.nearest import points_of
from gisplan.access.places import HOUSES, amount, key_place, may_be_chosen, may_be_served, number, unfit
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.options import SiteOptions
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, Plan, Text
from gisplan.law.phrases import verdicts as verdict_titles
from gisplan.network import Connected, Ways
from gisplan.overlay.listings import listed_once
from gisplan.siting.model import Answer, max_coverage, p_median

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LAWFUL = ("by_right", "by_right_within_limits", "special_provision_permit")
"""Verdicts under which a hub can be opened; the last needs a permit, and the table says so."""

PENALTY = 2.0
"""A demand that reaches none of the chosen hubs counts as this many times the longest known minutes."""

SAMPLE = 5
NO_VERDICT = Text(ja="判定なし", en="no verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sited:
    """The table `siting`, one row a chosen hub; `answer` is None where the plan asks for none."""

    siting: pd.DataFrame
    answer: Answer | None
    findings: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """`[site]` of a plan, and how its mistakes are placed."""

    options: SiteOptions
    plan: Plan

    def problem(self, code: str, key: str, /, **values: Any) -> Problem:
        """Return a problem with one key of `[site]`."""
        return Problem(code=code, place=key_place(self.plan, f"site.{key}"), values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """Candidates that may be chosen [j], `minutes` from each demand [i, j], and doubts on the others."""

    id: NDArray[np.object_]
    name: NDArray[np.object_]
    verdict: NDArray[np.object_]
    forced: NDArray[np.bool_]
    minutes: NDArray[np.float64]
    doubts: tuple[Doubt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Demand:
    """Demand that reaches a candidate: `weight` [i] and `minutes` [i, j], infinite where unreached."""

    weight: NDArray[np.float64]
    minutes: NDArray[np.float64]
    doubts: tuple[Doubt, ...]


def site(atlas: Atlas, network: Connected, verdicts: pd.DataFrame) -> Sited:
    """Return the best p hubs among the lawful candidates.

    Minutes run from the demand to the hub. Demand off the road is not assessed, demand that reaches no
    candidate is left out; both are reported.

    Parameters
    ----------
    atlas
        Layers of the plan; without `[site]` in the plan the table is empty.
    network
        The plan's connected network.
    verdicts
        The table `verdicts`; a candidate without a verdict is not lawful.

    Raises
    ------
    ConfigurationError
        If `[site]` names a site, column or layer that is not there, or a layer that holds no places, forces
        what is forbidden or unlawful, or asks for more hubs than there are candidates.
    InputError
        If no demand reaches a candidate.
    """
    options = atlas.plan.site
    if options is None:
        return Sited(siting=_empty(), answer=None, findings=findings(()))
    asked = _Asked(options=options, plan=atlas.plan)
    sites, homes = _layers(atlas, asked)
    ways = network.ways
    if ways is None:
        raise ConfigurationError(_no_road(atlas.plan))
    lawful = _lawful(sites, verdicts, options)
    candidates = _candidates(sites, homes, lawful, ways, asked)
    demand = _demand(homes, candidates.minutes, asked)
    longest = float(demand.minutes[np.isfinite(demand.minutes)].max())
    penalty = PENALTY * max(longest, 1.0)
    answer = _answer(demand, candidates, options, penalty)
    doubts = [*candidates.doubts, *demand.doubts, *_answer_doubts(answer, demand, asked, penalty)]
    return Sited(siting=_table(answer, candidates, demand, options), answer=answer, findings=findings(doubts))


def _empty() -> pd.DataFrame:
    return hold(pd.DataFrame(columns=list(contract("siting").names)), "siting")


def _no_road(plan: Plan) -> Problem:
    """Return the problem of a plan without roads: the line of its empty layer, or where it should stand."""
    line = next((entry.line for entry in plan.layers if entry.layer == "road" and entry.line), 0)
    return Problem(
        code="site.no_road", place=f"{plan.file}:{line} layers.road" if line else f"{plan.file} layers"
    )


def _layers(atlas: Atlas, asked: _Asked) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the tables of candidates and demand, or say which of them cannot be used."""
    options = asked.options
    problems = unfit(atlas, "site.candidates", [options.candidates], may_be_chosen)
    problems += unfit(atlas, "site.demand", [options.demand], may_be_served)
    sites, homes = atlas.table(options.candidates), atlas.table(options.demand)
    named = {"candidates": (options.candidates, sites), "demand": (options.demand, homes)}
    problems += [
        asked.problem("site.no_layer", key, key=key, name=name)
        for key, (name, table) in named.items()
        if table is None
    ]
    if problems or sites is None or homes is None:
        raise ConfigurationError(problems)
    return sites, homes


def _lawful(
    sites: gpd.GeoDataFrame, verdicts: pd.DataFrame, options: SiteOptions
) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Return the verdict of each candidate, and which may be chosen by it."""
    mine = verdicts[verdicts["layer"] == options.candidates]
    verdict = sites["id"].map(dict(zip(mine["id"], mine["verdict"], strict=True))).fillna("")
    able = verdict.isin(LAWFUL) | (not options.lawful)
    return verdict.to_numpy(object), able.to_numpy(bool)


def _chosen_by(
    sites: gpd.GeoDataFrame, asked: _Asked, key: Literal["force", "forbid"]
) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Return the candidates called by id or name, and the words that call none."""
    ids, names = sites["id"].to_numpy(object), sites["name"].to_numpy(object)
    called, problems = np.zeros(len(sites), bool), []
    for word in asked.options.force if key == "force" else asked.options.forbid:
        hit = (ids == word) | (names == word)
        if not hit.any():
            known = [str(value) for value in (*ids, *names) if value]
            near = difflib.get_close_matches(word, known, n=3, cutoff=0.3) or known[:3]
            problems.append(asked.problem("site.unknown", key, name=word, near=near))
        called |= hit
    return called, problems


def _candidates(
    sites: gpd.GeoDataFrame,
    homes: gpd.GeoDataFrame,
    lawful: tuple[NDArray[np.object_], NDArray[np.bool_]],
    ways: Ways,
    asked: _Asked,
) -> _Candidates:
    """Return the candidates that are lawful, on a road and not forbidden."""
    (verdict, able), options = lawful, asked.options
    forced, forbidden = _wishes(sites, lawful, asked)
    served = serve(ways, points_of(sites.geometry.to_numpy()))
    stranded = _label(sites)[forced & ~served.found]
    if len(stranded):
        limit = f"{ways.limit_m:g}"
        raise ConfigurationError(
            [asked.problem("site.forced_off_road", "force", name=name, limit=limit) for name in stranded]
        )
    out = {"site.unlawful": ~able, "site.off_road": able & ~served.found}
    usable = able & served.found & ~forbidden
    if usable.sum() < options.p or options.p < 1:
        raise ConfigurationError(_too_few(asked, *out.values(), usable=usable))
    minutes = matrix(ways, served, points_of(homes.geometry.to_numpy())).minutes
    return _Candidates(
        id=sites["id"].to_numpy(object)[usable],
        name=sites["name"].to_numpy(object)[usable],
        verdict=verdict[usable],
        forced=forced[usable],
        minutes=minutes[:, usable[served.found]],
        doubts=tuple(_left_out(_label(sites), out, asked)),
    )


def _too_few(
    asked: _Asked, unlawful: NDArray[np.bool_], off_road: NDArray[np.bool_], *, usable: NDArray[np.bool_]
) -> Problem:
    """Return the problem of too few candidates, with how many were left out and why."""
    counts = {
        "count": int(usable.sum()),
        "unlawful": int(unlawful.sum()),
        "off_road": int(off_road.sum()),
        "forbidden": int((~usable & ~unlawful & ~off_road).sum()),
    }
    return asked.problem(
        "site.too_few", "p", p=asked.options.p, limit=f"{asked.plan.access.snap_m:g}", **counts
    )


def _left_out(
    label: NDArray[np.object_], out: Mapping[str, NDArray[np.bool_]], asked: _Asked
) -> Iterable[Doubt]:
    """Yield a doubt for each reason for which candidates were left out."""
    for code, those in out.items():
        if those.any():
            values = {
                "count": int(those.sum()),
                "sample": list(label[those][:SAMPLE]),
                "limit": f"{asked.plan.access.snap_m:g}",
            }
            yield Doubt(code=code, layer=asked.options.candidates, values=values)


def _label(sites: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(sites["name"].where(sites["name"] != "", sites["id"]), dtype=object)


def _wishes(
    sites: gpd.GeoDataFrame,
    lawful: tuple[NDArray[np.object_], NDArray[np.bool_]],
    asked: _Asked,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the forced and the forbidden candidates, or say every mistake in `[site]`."""
    verdict, able = lawful
    label = _label(sites)
    forced, problems = _chosen_by(sites, asked, "force")
    forbidden, more = _chosen_by(sites, asked, "forbid")
    problems += more
    problems += [
        asked.problem("site.forced_forbidden", "force", name=name) for name in label[forced & forbidden]
    ]
    problems += [
        asked.problem(
            "site.forced_unlawful", "force", name=name, verdict=verdict_titles().get(word, NO_VERDICT)
        )
        for name, word in zip(label[forced & ~able], verdict[forced & ~able], strict=True)
    ]
    count, p = int(forced.sum()), asked.options.p
    if count > p:
        problems.append(asked.problem("site.too_many_forced", "force", count=count, p=p))
    if problems:
        raise ConfigurationError(problems)
    return forced, forbidden


def _demand(homes: gpd.GeoDataFrame, minutes: NDArray[np.float64], asked: _Asked) -> _Demand:
    """Return the demand that counts, and doubts on the rest."""
    weight = _weight(homes, asked)
    odd = np.isnan(weight) | (weight < 0.0)
    unassessed = ~odd & np.isnan(minutes).any(axis=1)
    reached = np.isfinite(minutes).any(axis=1)
    lost = ~odd & ~unassessed & ~reached
    counts = {"site.weight_odd": odd, "site.not_assessed": unassessed, "site.unreached": lost}
    doubts = tuple(
        _demand_doubt(code, out, weight, asked, layer=asked.options.demand)
        for code, out in counts.items()
        if out.any()
    )
    keep = ~odd & ~unassessed & reached & (weight > 0.0)
    if not keep.any():
        raise InputError(asked.problem("site.no_demand", "demand"))
    return _Demand(weight=weight[keep], minutes=minutes[keep], doubts=doubts)


def _weight(homes: gpd.GeoDataFrame, asked: _Asked) -> NDArray[np.float64]:
    """Return what each demand counts for: the named column, people of a mesh, or one."""
    options = asked.options
    column = options.weight or ("people" if options.demand == "population" else "")
    if not column:
        # A house that several lists name is one house.
        return listed_once(homes).astype("float64") if options.demand == HOUSES else np.ones(len(homes))
    numbers = column in homes.columns and pd.api.types.is_numeric_dtype(homes[column])
    if not numbers:
        raise ConfigurationError(asked.problem("site.no_weight", "weight", name=column, layer=options.demand))
    return np.asarray(homes[column].to_numpy("float64", na_value=np.nan))


def _demand_doubt(
    code: str, out: NDArray[np.bool_], weight: NDArray[np.float64], asked: _Asked, *, layer: str, **more: Any
) -> Doubt:
    options, count = asked.options, int(out.sum())
    values = {
        "amount": amount(options.demand, count, np.nansum(weight[out]), weighed=bool(options.weight)),
        "number": number(options.demand, count),
        "limit": f"{asked.plan.access.snap_m:g}",
    }
    return Doubt(code=code, layer=layer, values=values | more)


def _answer(demand: _Demand, candidates: _Candidates, options: SiteOptions, penalty: float) -> Answer:
    if options.model == "max-coverage":
        covered = within(demand.minutes, options.minutes)
        return max_coverage(covered, demand.weight, p=options.p, forced=candidates.forced)
    cost = np.where(np.isfinite(demand.minutes), demand.minutes, penalty)
    return p_median(cost, demand.weight, p=options.p, forced=candidates.forced)


def _answer_doubts(answer: Answer, demand: _Demand, asked: _Asked, penalty: float) -> list[Doubt]:
    out = np.isinf(demand.minutes[:, answer.chosen].min(axis=1))
    doubts = []
    if out.any():
        # A coverage counts whom it reaches in time; only the p-median needs minutes for those it does not.
        code = "site.beyond" if asked.options.model == "max-coverage" else "site.left_out"
        doubts.append(_demand_doubt(code, out, demand.weight, asked, layer="siting", penalty=penalty))
    if not answer.proven:
        doubts.append(Doubt(code="site.unproven", layer="siting", values={"gap": 100.0 * answer.gap}))
    return doubts


def _table(answer: Answer, candidates: _Candidates, demand: _Demand, options: SiteOptions) -> pd.DataFrame:
    """Return one row a hub: the demand nearest to it (within the minutes of a coverage) and its mean."""
    minutes = demand.minutes[:, answer.chosen]
    mine, least = minutes.argmin(axis=1), minutes.min(axis=1)
    served = np.isfinite(least)
    if options.model == "max-coverage":
        served &= within(least, options.minutes)
    count = len(answer.chosen)
    total = np.bincount(mine[served], weights=demand.weight[served], minlength=count)
    spent = np.bincount(mine[served], weights=(demand.weight * least)[served], minlength=count)
    order = np.lexsort((candidates.id[answer.chosen].astype(str), -total))
    with np.errstate(invalid="ignore"):
        mean = spent / total
    chosen = answer.chosen[order]
    frame = pd.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "id": candidates.id[chosen],
            "name": candidates.name[chosen],
            "verdict": candidates.verdict[chosen],
            "demand_served": total[order],
            "mean_minutes": mean[order],
            "objective": answer.objective,
            "bound": answer.bound,
            "gap": answer.gap,
            "proven": answer.proven,
        }
    )
    return hold(frame, "siting")
