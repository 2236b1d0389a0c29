"""The candidates of a question, from a layer or a grid, and which of them the plan and the law leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gisplan.access.nearest import points_of
from gisplan.access.places import HOUSES
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.options import GRID
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.law.phrases import verdicts as verdict_titles
from gisplan.law.uses import uses
from gisplan.overlay.listings import listed_once
from gisplan.siting.asked.existing import HUB, called, standing_ids
from gisplan.siting.asked.grid import grid_of
from gisplan.siting.asked.judged import UNTOLD, may_be_hub, verdicts_of
from gisplan.siting.asked.pool import OUT, Pool
from gisplan.siting.asked.question import SITING, Asked, sample, title
from gisplan.siting.case import Candidates
from gisplan.siting.phrases import say

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas

NO_VERDICT = Text(ja="判定なし", en="no verdict")


def pool_of(atlas: Atlas, verdicts: pd.DataFrame, asked: Asked) -> tuple[Pool, list[Doubt], list[Problem]]:
    """Return the candidates with those left out by the law, by forbid or because they stand already.

    Parameters
    ----------
    atlas
        The layers of the plan; the candidates are there.
    verdicts
        The table `verdicts`.
    asked
        The question.

    Raises
    ------
    ConfigurationError
        If a grid cannot be made.
    """
    options, doubts = asked.options, []
    if options.candidates == GRID:
        table, within = grid_of(atlas, asked)
        doubts.append(_grid_doubt(atlas, asked, count=len(table), within=within))
    else:
        table = _once(atlas, options.candidates)
    verdict = verdicts_of(atlas, table, layer=options.candidates, known=verdicts)
    forced, problems = called(table, options.force, asked, key="force", one=True)
    forbidden, more = called(table, options.forbid, asked, key="forbid")
    ids, unknown = standing_ids(atlas, asked)
    count = len(table)
    pool = Pool(
        layer=options.candidates,
        table=table,
        point=points_of(table.geometry.to_numpy()),
        verdict=verdict,
        state=np.full(count, "possible", dtype=object),
        forced=forced,
        forbidden=forbidden,
        slope=np.full(count, np.nan),
        penalty=np.zeros(count),
        hazard=((),) * count,
        group=np.full(count, "", dtype=object),
    )
    if options.candidates == HUB:
        pool = pool.marked("standing", table["id"].isin(set(ids)).to_numpy(bool))
    if options.lawful:
        pool = pool.marked("cannot_tell", np.isin(verdict, UNTOLD))
        pool = pool.marked("unlawful", ~may_be_hub(verdict, other_permits=options.other_permits))
    return pool, doubts, [*problems, *more, *unknown]


def _once(atlas: Atlas, layer: str) -> gpd.GeoDataFrame:
    """Return the rows of a layer; a house that several lists name is one candidate."""
    table = atlas.table(layer)
    if table is None:
        raise LookupError(layer)
    return table[listed_once(table)].reset_index(drop=True) if layer == HOUSES else table


def _grid_doubt(atlas: Atlas, asked: Asked, *, count: int, within: str) -> Doubt:
    """Return what the grid is made of."""
    use = asked.plan.check.use
    values = {
        "count": f"{count:,}",
        "spacing": f"{asked.options.grid.spacing_m:g}",
        "within": title(atlas, within),
        "use": uses()[use].title if use in uses() else use,
    }
    return Doubt(code="site.grid", layer=within, values=values)


def wishes(pool: Pool, asked: Asked) -> list[Problem]:
    """Return what is wrong with `force`: forced candidates that are out, and more of them than hubs.

    Parameters
    ----------
    pool
        The candidates, marked.
    asked
        The question.
    """
    label, options = pool.label, asked.options
    out = pool.forced & ~pool.possible & ~pool.forbidden
    problems = [
        asked.problem("site.forced_forbidden", "force", name=name)
        for name in label[pool.forced & pool.forbidden]
    ]
    for place in np.flatnonzero(out):
        name, state = label[place], pool.state[place]
        if state in {"unlawful", "cannot_tell"}:
            verdict = verdict_titles().get(pool.verdict[place], NO_VERDICT)
            problems.append(asked.problem("site.forced_unlawful", "force", name=name, verdict=verdict))
        elif state == "off_road":
            problems.append(asked.problem("site.forced_off_road", "force", name=name, limit=asked.limit))
        elif state == "avoided":
            problems.append(
                asked.problem("site.forced_avoided", "force", name=name, hazard=list(pool.hazard[place]))
            )
        elif state == "standing":
            problems.append(asked.problem("site.forced_standing", "force", name=name))
    count = int(pool.forced.sum())
    if options.p is not None and count > options.p:
        problems.append(asked.problem("site.too_many_forced", "force", count=count, p=options.p))
    return problems


def enough(pool: Pool, asked: Asked) -> None:
    """Refuse a question with fewer candidates than hubs, saying why each of the others is out.

    Parameters
    ----------
    pool
        The candidates, marked.
    asked
        The question.

    Raises
    ------
    ConfigurationError
        If there are too few.
    """
    p, count = asked.options.p, int(pool.possible.sum())
    if count >= (p or 1):
        return
    why = {state: int(pool.is_in(state).sum()) for state in OUT}
    said = [say(f"out_{state}", count=many, limit=asked.limit) for state, many in why.items() if many]
    values = {"total": len(pool.table), "reasons": said or [say("out_none")]}
    if p is None:
        raise ConfigurationError(asked.problem("site.no_candidate", "candidates", **values))
    raise ConfigurationError(asked.problem("site.too_few", "p", p=p, count=count, **values))


def left_out(pool: Pool, asked: Asked) -> list[Doubt]:
    """Return a doubt for each reason for which candidates were left out that no other doubt tells.

    Parameters
    ----------
    pool
        The candidates, marked.
    asked
        The question.
    """
    codes = {
        "unlawful": "site.unlawful",
        "cannot_tell": "site.cannot_tell",
        "off_road": "site.off_road",
        "reaches_nobody": "site.reaches_nobody",
    }
    found = []
    for state, code in codes.items():
        those = pool.state == state
        if those.any():
            values = {"count": int(those.sum()), "sample": sample(pool.label[those]), "limit": asked.limit}
            # Whom houses reach is told to those alone who may know where they are; so is all on the answer.
            layer = SITING if state == "reaches_nobody" else pool.layer
            found.append(Doubt(code=code, layer=layer, values=values))
    return found


def candidates_of(pool: Pool, place: NDArray[np.int64]) -> Candidates:
    """Return the candidates that are left.

    Parameters
    ----------
    pool
        All candidates.
    place
        The places of those that are left [j].
    """
    names = pool.table["name"].fillna("") if "name" in pool.table else pool.table["id"].map(lambda _: "")
    return Candidates(
        layer=pool.layer,
        id=pool.table["id"].to_numpy(object)[place],
        name=names.to_numpy(object)[place],
        verdict=pool.verdict[place],
        penalty=pool.penalty[place],
        point=pool.point[place],
    )
