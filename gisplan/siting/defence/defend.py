"""Everything that lets a prefecture defend its choice of hubs: the curve, what is as good, what is stable, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gisplan.access.origins import layer_titles
from gisplan.access.places import AREAS
from gisplan.core.errors import ConfigurationError
from gisplan.core.interrupts import first_interrupt
from gisplan.core.tables import Doubt, findings
from gisplan.overlay.locate import locate
from gisplan.siting.asked.question import Asked, label, nearest_words
from gisplan.siting.defence.allocation import allocated
from gisplan.siting.defence.council import Defence, council_table, places
from gisplan.siting.defence.curve import MOST, Curve, curve, curve_table
from gisplan.siting.defence.rerouted import by_cut, by_speed, scene_of, searched
from gisplan.siting.defence.served import served_by, served_table
from gisplan.siting.defence.sited_forms import forms_table
from gisplan.siting.defence.stability import Stability, fragile, stability, stability_table, variants_table
from gisplan.siting.defence.ties import Ties, ties, ties_table
from gisplan.siting.defence.variants import KINDS, Kind, Variant, by_draw, by_layer, by_number
from gisplan.siting.defence.why import Asking, why, why_table
from gisplan.siting.phrases import say
from gisplan.siting.solver.words import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas, Text
    from gisplan.network import Connected, Ways
    from gisplan.siting.case import Case
    from gisplan.siting.hubs import Sited
    from gisplan.siting.solver.words import Answer

PAIRS = 20_000_000
"""Pairs of demand and candidate from which only what is asked for by name is solved anew."""

SEARCHED = 20_000_000
"""Minutes between candidates and nodes of the roads from which no other roads are tried."""

PART = 0.25
"""Part of the seconds of the search that each further question may take."""

TRIED_SECONDS = 3.0
"""Seconds that each variant may take at most."""

FRAGILE = 0.5
"""A hub that fewer than this share of the variants keep is told aloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defended:
    """The tables that defend a choice, by the name of their contract in the order of the output.

    `served` tells who serves each demand, for a map (columns of `served_by`): of vacant houses it is for the office
    alone, but for those that `gisplan.plan.release` lets out. `curve`, `stability` and `ties` are
    None where they were not asked for or are not assessed; `whole` is False where an interrupt left something out.
    """

    tables: Mapping[str, pd.DataFrame]
    served: pd.DataFrame
    findings: pd.DataFrame
    curve: Curve | None = None
    stability: Stability | None = None
    ties: Ties | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """A choice on its way to its defence: what was asked, on which roads, and how long each question may take."""

    atlas: Atlas
    ways: Ways
    case: Case
    answer: Answer
    asked: Asked
    limits: Limits
    titles: Mapping[str, Text]

    @property
    def minutes(self) -> float:
        """How far a hub covers."""
        return self.asked.options.minutes

    @property
    def large(self) -> bool:
        """True where so many pairs were solved that nothing is tried unasked."""
        return len(self.case.reach.candidate) >= PAIRS


def defend(
    atlas: Atlas, network: Connected, sited: Sited, verdicts: pd.DataFrame, *, progress: Callable[[str], None]
) -> Defended | None:
    """Return what defends the choice of a plan, None where it asks for no hubs.

    The first Ctrl-C ends the trials and keeps what is done. After a search that was interrupted nothing is tried.

    Parameters
    ----------
    atlas
        Layers of the plan.
    network
        The plan's connected network.
    sited
        The choice.
    verdicts
        The table `verdicts`.
    progress
        Told which part is being worked on.

    Raises
    ------
    ConfigurationError
        If `[site] why` names a site that is not there.
    """
    options, ways = atlas.plan.site, network.ways
    if options is None or ways is None or sited.case is None or sited.answer is None:
        return None
    with first_interrupt() as pressed:
        ended = sited.answer.ended == "interrupted"
        work = _Work(
            atlas=atlas,
            ways=ways,
            case=sited.case,
            answer=sited.answer,
            asked=Asked(options=options, plan=atlas.plan),
            limits=Limits(seconds=PART * options.seconds, stopped=lambda: ended or pressed()),
            titles=layer_titles(atlas.catalogue),
        )
        return _defended(work, sited, verdicts, progress)


def _defended(work: _Work, sited: Sited, verdicts: pd.DataFrame, progress: Callable[[str], None]) -> Defended:
    case, answer = work.case, work.answer
    asked_why = _why(work, sited.sites, verdicts)  # a mistake in it is told before minutes of trials
    found = allocated(case, answer.chosen)
    progress("siting_curve")
    points = _curve(work)
    progress("siting_stability")
    tried = _stability(work, points)
    same = None if work.large or work.limits.stopped() else ties(case, answer, limits=work.limits)
    defence = Defence(
        case=case, answer=answer, allocation=found, places=places(case, work.atlas, work.ways),
        minutes=work.minutes, titles=work.titles, stability=tried, ties=same,
    )  # fmt: skip
    tables = {"siting_council": council_table(defence, verdicts)}
    tables["siting_served"] = served_table(case, found, minutes=work.minutes, areas=_areas(work))
    tables["siting_forms"] = forms_table(case, found, titles=work.titles)
    if points is not None:
        tables["siting_curve"] = curve_table(case, points, minutes=work.minutes)
    if same is not None:
        tables["siting_ties"] = ties_table(case, answer, same)
    if tried is not None:
        tables["siting_stability"] = stability_table(case, answer, tried)
        tables["siting_variants"] = variants_table(answer, tried)
    if asked_why is not None:
        tables["siting_why"] = asked_why
    return Defended(
        tables=tables,
        served=served_by(case, found),
        findings=findings(_doubts(work, points, tried, same)),
        curve=points,
        stability=tried,
        ties=same,
        whole=_whole(work, points, tried, same),
    )


def _whole(work: _Work, points: Curve | None, tried: Stability | None, same: Ties | None) -> bool:
    """Return whether no interrupt left anything out."""
    parts = [part.whole for part in (points, tried, same) if part is not None]
    return all(parts) and not work.limits.stopped()


def _why(work: _Work, sites: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame | None:
    words = work.asked.options.why
    if not words:
        return None
    asking = Asking(case=work.case, answer=work.answer, titles=work.titles, minutes=work.minutes)
    # What a user asks for by name is answered even after an interrupt.
    limits = replace(work.limits, stopped=Limits().stopped)
    found, unknown = why(asking, sites, verdicts, words=words, limits=limits)
    if unknown:
        raise ConfigurationError(
            [
                work.asked.problem("site.unknown", "why", name=word, near=nearest_words(word, near))
                for word, near in unknown
            ]
        )
    return why_table(found)


def _curve(work: _Work) -> Curve | None:
    most = work.asked.options.curve
    unasked = most is None and work.large
    if most == 0 or unasked or work.limits.stopped():
        return None
    return curve(
        work.case,
        most=MOST if most is None else most,
        minutes=work.minutes,
        limits=work.limits,
        known=work.answer,
    )


def _stability(work: _Work, points: Curve | None) -> Stability | None:
    if not work.asked.options.stability or work.limits.stopped():
        return None
    limits = replace(work.limits, seconds=min(work.limits.seconds, TRIED_SECONDS))
    skipped = _skipped(work, points)
    found = stability(work.answer, _variants(work, points, skipped), limits=limits, skipped=skipped)
    closed = any(one.variant.kind == "roads" for one in found.tried)
    if "roads" in skipped or closed or not found.whole:
        return found
    return replace(found, skipped={**skipped, "roads": say("skipped_cuts")})


def _skipped(work: _Work, points: Curve | None) -> dict[Kind, Text]:
    """Return the kinds of variants that are not tried, with the reason."""
    case, network = work.case, work.ways.network
    if work.large:
        reason = say("skipped_size", pairs=f"{len(case.reach.candidate):,}")
        return dict.fromkeys(KINDS, reason)
    found: dict[Kind, Text] = {}
    if len(set(case.demands.layer)) == 1:
        found["weights"] = say("skipped_weights")
    if case.rules.p is None:
        found["number"] = say("skipped_number_cover")
    elif points is None or not any(True for _ in by_number(case, points)):
        found["number"] = say("skipped_number")
    if searched(network, case) > SEARCHED:
        values = {"nodes": f"{len(network.x):,}", "candidates": f"{case.reach.candidates:,}"}
        found["speeds"] = found["roads"] = say("skipped_network", **values)
    elif work.atlas.plan.access.mode != "car":
        found["speeds"] = say("skipped_speeds")
    return found


def _variants(work: _Work, points: Curve | None, skipped: Mapping[Kind, Text]) -> Iterator[Variant]:
    """Yield the variants of all kinds that are not skipped."""
    case = work.case
    if "weights" not in skipped:
        yield from by_layer(case, work.titles)
    if "draws" not in skipped:
        yield from by_draw(case)
    if "number" not in skipped and points is not None:
        yield from by_number(case, points)
    if {"speeds", "roads"} <= set(skipped):
        return
    scene = scene_of(case, work.atlas, work.ways)
    if "speeds" not in skipped:
        yield from by_speed(scene)
    yield from by_cut(scene, work.answer.chosen)


def _areas(work: _Work) -> NDArray[np.object_] | None:
    """Return the name of the neighbourhood of each demand [i], "" outside all; None where the plan has none."""
    areas = work.atlas.table(AREAS)
    if areas is None:
        return None
    points = gpd.GeoDataFrame(
        {"id": np.arange(work.case.reach.demands)}, geometry=work.case.demands.point, crs=areas.crs
    )
    area = locate(points, areas).sort_values("point")["area"]
    names = dict(zip(areas["id"], label(areas), strict=True)) | {"": ""}
    return np.array([str(names[one]) for one in area], dtype=object)


def _doubts(work: _Work, points: Curve | None, tried: Stability | None, same: Ties | None) -> Iterator[Doubt]:
    """Yield what is to be said of the curve, the trials and the ties."""
    if not _whole(work, points, tried, same):
        yield Doubt(code="site.trials_stopped", layer="siting")
    elif work.large:
        values = {"pairs": f"{len(work.case.reach.candidate):,}"}
        yield Doubt(code="site.trials_left", layer="siting", values=values)
    if tried is not None:
        weak = fragile(work.case, work.answer, tried, share=FRAGILE)
        if weak:
            told = {"hubs": list(weak), "percent": f"{100 * FRAGILE:g}"}
            yield Doubt(code="site.fragile", layer="siting", values=told)
    better = points is not None and points.beats(work.case, work.answer)
    if same is not None:
        count = {
            standing: sum(one.standing == standing for one in same.alternatives)
            for standing in ("tie", "near", "better")
        }
        if count["tie"] or count["near"]:
            yield Doubt(code="site.ties", layer="siting", values=count)
        better |= count["better"] > 0
    if better:
        yield Doubt(code="site.better_found", layer="siting")
