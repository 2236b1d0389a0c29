"""Where hubs should stand: the best p of the lawful candidates, with objective, bound and proof."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from gisplan.access import matrix, serve
from gisplan.access.coverage import within
from gisplan.access.nearest import points_of
from gisplan.core.errors import ConfigurationError, InputError, Problem
from gisplan.core.tables import Doubt, contract, findings, hold
from gisplan.core.words import Atlas, SiteOptions
from gisplan.network import Connected, Ways
from gisplan.siting.model import Answer, max_coverage, p_median

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

LAWFUL = ("by_right", "by_right_within_limits", "special_provision_permit")
"""Verdicts under which a hub can be opened; the last needs a permit, and the table says so."""

PLACE = "plan.toml [site]"
PENALTY = 2.0
"""A demand that reaches none of the chosen hubs counts as this many times the longest known minutes."""

SAMPLE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sited:
    """The table `siting`, one row a chosen hub; `answer` is None where the plan asks for none."""

    siting: pd.DataFrame
    answer: Answer | None
    findings: pd.DataFrame


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
        If `[site]` names a site, column or layer that is not there, forces what is forbidden or unlawful, or
        asks for more hubs than there are candidates.
    InputError
        If no demand reaches a candidate.
    """
    options = atlas.plan.site
    if options is None:
        return Sited(siting=_empty(), answer=None, findings=findings(()))
    sites, homes = _layers(atlas, options)
    ways = network.ways
    if ways is None:
        raise ConfigurationError(_problem("site.no_layer", key="demand", name="road"))
    lawful = _lawful(sites, verdicts, options)
    candidates = _candidates(sites, homes, lawful, ways, options)
    demand = _demand(homes, candidates.minutes, options)
    longest = float(demand.minutes[np.isfinite(demand.minutes)].max())
    penalty = PENALTY * max(longest, 1.0)
    answer = _answer(demand, candidates, options, penalty)
    doubts = [*candidates.doubts, *demand.doubts, *_answer_doubts(answer, demand, penalty)]
    return Sited(siting=_table(answer, candidates, demand, options), answer=answer, findings=findings(doubts))


def _empty() -> pd.DataFrame:
    return hold(pd.DataFrame(columns=list(contract("siting").names)), "siting")


def _problem(code: str, **values: Any) -> Problem:
    return Problem(code=code, place=PLACE, values=values)


def _layers(atlas: Atlas, options: SiteOptions) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the tables of candidates and demand."""
    sites, homes = atlas.table(options.candidates), atlas.table(options.demand)
    named = {"candidates": (options.candidates, sites), "demand": (options.demand, homes)}
    missing = [
        _problem("site.no_layer", key=key, name=name) for key, (name, table) in named.items() if table is None
    ]
    if sites is None or homes is None:
        raise ConfigurationError(missing)
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
    sites: gpd.GeoDataFrame, wanted: tuple[str, ...], key: Literal["force", "forbid"]
) -> tuple[NDArray[np.bool_], list[Problem]]:
    """Return the candidates called by id or name, and the words that call none."""
    ids, names = sites["id"].to_numpy(object), sites["name"].to_numpy(object)
    called, problems = np.zeros(len(sites), bool), []
    for word in wanted:
        hit = (ids == word) | (names == word)
        if not hit.any():
            known = [str(value) for value in (*ids, *names) if value]
            near = difflib.get_close_matches(word, known, n=3, cutoff=0.3) or known[:3]
            problems.append(_problem("site.unknown", key=key, name=word, near=near))
        called |= hit
    return called, problems


def _candidates(
    sites: gpd.GeoDataFrame,
    homes: gpd.GeoDataFrame,
    lawful: tuple[NDArray[np.object_], NDArray[np.bool_]],
    ways: Ways,
    options: SiteOptions,
) -> _Candidates:
    """Return the candidates that are lawful, on a road and not forbidden."""
    verdict, able = lawful
    forced, forbidden = _wishes(sites, lawful, options)
    served = serve(ways, points_of(sites.geometry.to_numpy()))
    usable = able & served.found & ~forbidden
    if usable.sum() < options.p or options.p < 1:
        raise ConfigurationError(_problem("site.too_few", p=options.p, count=int(usable.sum())))
    minutes = matrix(ways, served, points_of(homes.geometry.to_numpy())).minutes
    counts = {"site.unlawful": ~able, "site.off_road": able & ~served.found}
    doubts = tuple(
        Doubt(
            code=code,
            layer=options.candidates,
            values={
                "count": int(out.sum()),
                "sample": list(_label(sites)[out][:SAMPLE]),
                "limit": ways.limit_m,
            },
        )
        for code, out in counts.items()
        if out.any()
    )
    return _Candidates(
        id=sites["id"].to_numpy(object)[usable],
        name=sites["name"].to_numpy(object)[usable],
        verdict=verdict[usable],
        forced=forced[usable],
        minutes=minutes[:, usable[served.found]],
        doubts=doubts,
    )


def _label(sites: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.asarray(sites["name"].where(sites["name"] != "", sites["id"]), dtype=object)


def _wishes(
    sites: gpd.GeoDataFrame,
    lawful: tuple[NDArray[np.object_], NDArray[np.bool_]],
    options: SiteOptions,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the forced and the forbidden candidates, or say every mistake in `[site]`."""
    verdict, able = lawful
    label = _label(sites)
    forced, problems = _chosen_by(sites, options.force, "force")
    forbidden, more = _chosen_by(sites, options.forbid, "forbid")
    problems += more
    problems += [_problem("site.forced_forbidden", name=name) for name in label[forced & forbidden]]
    problems += [
        _problem("site.forced_unlawful", name=name, verdict=word or "—")
        for name, word in zip(label[forced & ~able], verdict[forced & ~able], strict=True)
    ]
    if forced.sum() > options.p:
        problems.append(_problem("site.too_many_forced", count=int(forced.sum()), p=options.p))
    if problems:
        raise ConfigurationError(problems)
    return forced, forbidden


def _demand(homes: gpd.GeoDataFrame, minutes: NDArray[np.float64], options: SiteOptions) -> _Demand:
    """Return the demand that counts, and doubts on the rest."""
    weight = _weight(homes, options)
    odd = np.isnan(weight) | (weight < 0.0)
    unassessed = ~odd & np.isnan(minutes).any(axis=1)
    reached = np.isfinite(minutes).any(axis=1)
    lost = ~odd & ~unassessed & ~reached
    counts = {"site.weight_odd": odd, "site.not_assessed": unassessed, "site.unreached": lost}
    doubts = tuple(
        _demand_doubt(code, out, weight, options.demand) for code, out in counts.items() if out.any()
    )
    keep = ~odd & ~unassessed & reached & (weight > 0.0)
    if not keep.any():
        raise InputError(_problem("site.no_demand"))
    return _Demand(weight=weight[keep], minutes=minutes[keep], doubts=doubts)


def _weight(homes: gpd.GeoDataFrame, options: SiteOptions) -> NDArray[np.float64]:
    """Return what each demand counts for: the named column, people of a mesh, or one."""
    column = options.weight or ("people" if options.demand == "population" else "")
    if not column:
        return np.ones(len(homes))
    numbers = column in homes.columns and pd.api.types.is_numeric_dtype(homes[column])
    if not numbers:
        raise ConfigurationError(_problem("site.no_weight", name=column, layer=options.demand))
    return np.asarray(homes[column].to_numpy("float64", na_value=np.nan))


def _demand_doubt(
    code: str, out: NDArray[np.bool_], weight: NDArray[np.float64], layer: str, **more: Any
) -> Doubt:
    values = {"count": int(out.sum()), "weight": f"{np.nansum(weight[out]):,.0f}"} | more
    return Doubt(code=code, layer=layer, values=values)


def _answer(demand: _Demand, candidates: _Candidates, options: SiteOptions, penalty: float) -> Answer:
    if options.model == "max-coverage":
        covered = within(demand.minutes, options.minutes)
        return max_coverage(covered, demand.weight, p=options.p, forced=candidates.forced)
    cost = np.where(np.isfinite(demand.minutes), demand.minutes, penalty)
    return p_median(cost, demand.weight, p=options.p, forced=candidates.forced)


def _answer_doubts(answer: Answer, demand: _Demand, penalty: float) -> list[Doubt]:
    out = np.isinf(demand.minutes[:, answer.chosen].min(axis=1))
    doubts = []
    if out.any():
        doubts.append(_demand_doubt("site.left_out", out, demand.weight, "siting", penalty=penalty))
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
