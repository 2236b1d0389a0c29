"""The table for the council (協議会): each chosen hub in one row with all that speaks for and against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gisplan.access import serve
from gisplan.access.coverage import within
from gisplan.access.nearest import closest, points_of
from gisplan.access.targets import destinations
from gisplan.core.tables import contract, hold
from gisplan.core.words import Text
from gisplan.network.connected import HAZARDS
from gisplan.siting.amounts import counted, layer_unit
from gisplan.siting.asked.judged import permits
from gisplan.siting.defence.allocation import Allocation, labels, outcome
from gisplan.siting.phrases import NOTHING, say, together

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.core.words import Atlas
    from gisplan.network import Ways
    from gisplan.siting.case import Case
    from gisplan.siting.defence.stability import Stability
    from gisplan.siting.defence.ties import Ties
    from gisplan.siting.solver.words import Answer

INTERCHANGE = "interchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What layers tell of every candidate [j]: `minutes` to the nearest interchange, its name, and hazards in words.

    Minutes are NaN where there is no interchange, or the plan does not go by car, and infinite where none is reached.
    """

    minutes: NDArray[np.float64]
    interchange: NDArray[np.object_]
    hazard: tuple[Text, ...]


def places(case: Case, atlas: Atlas, ways: Ways) -> Places:
    """Return what the layers of the plan tell of every candidate.

    Parameters
    ----------
    case
        The question.
    atlas
        The layers of the plan.
    ways
        The network of the plan's mode.
    """
    count = case.reach.candidates
    minutes, name = np.full(count, np.nan), np.full(count, "", dtype=object)
    table = destinations(atlas, INTERCHANGE)
    if table is not None and atlas.plan.access.mode == "car":
        served = serve(ways, points_of(table.geometry.to_numpy()), by_ramp=np.ones(len(table), bool))
        if served.found.any():
            near = closest(ways, served, case.candidates.point, count=1)
            minutes, known = near.minutes[:, 0], np.isfinite(near.minutes[:, 0])
            names = np.append(table["name"].to_numpy(object)[served.found], "")
            name = names[np.where(known, near.which[:, 0], -1)]
    return Places(minutes=minutes, interchange=name, hazard=_hazards(case, atlas))


def _hazards(case: Case, atlas: Atlas) -> tuple[Text, ...]:
    """Return in words the hazards each candidate lies in, and which were not assessed."""
    shapes = _shapes(case, atlas)
    inside: list[list[Text]] = [[] for _ in shapes]
    unknown = []
    for name in HAZARDS:
        layer, spec = atlas.layers.get(name), atlas.catalogue.get(name)
        title = Text(ja=name, en=name) if spec is None else spec.title
        if layer is None or not layer.assessed:
            if spec is not None or layer is not None:
                unknown.append(title)
            continue
        tree = shapely.STRtree(layer.table.geometry.to_numpy())
        for hit in np.unique(tree.query(shapes, predicate="intersects")[0]).tolist():
            inside[hit].append(title)
    left = say("not_assessed_hazards", layers=_joined(unknown)) if unknown else NOTHING
    return tuple(together([_joined(found) if found else say("no_hazard"), left]) for found in inside)


def _shapes(case: Case, atlas: Atlas) -> NDArray[np.object_]:
    """Return the lot or point of each candidate [j]."""
    table = atlas.table(case.candidates.layer)
    if table is None:
        return case.candidates.point
    held = dict(zip(table["id"], table.geometry, strict=True))
    pairs = zip(case.candidates.id, case.candidates.point, strict=True)
    return np.array([held.get(one, point) for one, point in pairs], dtype=object)


def _joined(texts: Sequence[Text]) -> Text:
    return Text(ja="、".join(text.ja for text in texts), en=", ".join(text.en for text in texts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Defence:
    """All that is known of a choice: what was asked and answered, who is served, what is stable and what as good.

    `minutes` is how far a hub covers, `titles` what layers are called.
    """

    case: Case
    answer: Answer
    allocation: Allocation
    places: Places
    minutes: float
    titles: Mapping[str, Text]
    stability: Stability | None = None
    ties: Ties | None = None


def council_table(defence: Defence, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return the table `siting_council`: one row a chosen hub, and one on all together.

    Parameters
    ----------
    defence
        All that is known of the choice.
    verdicts
        The table `verdicts`.
    """
    own = verdicts[verdicts["layer"] == defence.case.candidates.layer]
    law = {row["id"]: row for row in own.to_dict("records")}
    rows = [_hub(defence, int(site), law) for site in defence.answer.chosen]
    rows.sort(key=lambda row: (-row["share"], row["id"]))
    rows.append(_all(defence))
    frame = pd.DataFrame(rows).assign(order=np.arange(1, len(rows) + 1))
    return hold(frame.reindex(columns=list(contract("siting_council").names)), "siting_council")


def _hub(defence: Defence, site: int, law: Mapping[str, Mapping[Any, Any]]) -> dict[str, Any]:
    case, where = defence.case, defence.places
    judged = law.get(str(case.candidates.id[site]), {})
    verdict = str(case.candidates.verdict[site])
    kept, tried = (0, 0) if defence.stability is None else defence.stability.kept(site)
    way = where.minutes[site]
    return {
        "kind": "chosen",
        "id": str(case.candidates.id[site]),
        "name": str(case.candidates.name[site]),
        "zone": judged.get("zone", ""),
        "verdict": verdict,
        "permit": permits(case.candidates.verdict[[site]])[0],
        "caution_ja": judged.get("caution_ja", ""),
        "caution_en": judged.get("caution_en", ""),
        "ic_minutes": way if np.isfinite(way) else np.nan,
        "interchange": where.interchange[site],
        "forced": bool(case.rules.forced[site]),
        "stability": kept / tried if tried else np.nan,
        **_words("hazard", where.hazard[site]),
        **_words("near_ties", _near_ties(defence, site)),
        **_figures(defence, defence.allocation.hub == site),
    }


def _all(defence: Defence) -> dict[str, Any]:
    answer, case = defence.answer, defence.case
    every = outcome(case, defence.allocation, minutes=defence.minutes)
    proof = "council_proven" if answer.proven else "council_unproven"
    said = say(proof, objective=f"{answer.objective:,.1f}", gap=f"{100.0 * answer.gap:.2f}")
    left = say("council_nobody", share=f"{100.0 * every.nobody:.1f}") if every.nobody > 0.0 else NOTHING
    return {
        "kind": "together",
        "id": "",
        "name": "",
        "interchange": "",
        "zone": "",
        "verdict": "",
        **_words("near_ties", together([said, left])),
        **_figures(defence, defence.allocation.ours),
    }


def _figures(defence: Defence, those: NDArray[np.bool_]) -> dict[str, Any]:
    """Return the demand that some entries are of, their share, and their minutes by the weights of the case."""
    case, found = defence.case, defence.allocation
    weight, way = found.weight[those], found.minutes[those]
    amount, total = float(weight.sum()), float(case.reach.weight.sum())
    some = amount > 0.0
    near = float(weight[within(way, defence.minutes)].sum())
    return {
        **_words("demand", _joined(list(_amounts(defence, those)))),
        "share": amount / total,
        "mean_minutes": float(weight @ way) / amount if some else np.nan,
        "longest_minutes": float(way.max()) if some else np.nan,
        "minutes": defence.minutes,
        "within_share": near / amount if some else np.nan,
    }


def _amounts(defence: Defence, those: NDArray[np.bool_]) -> Iterator[Text]:
    """Yield how much of each layer some entries serve, in its own weight."""
    case, found = defence.case, defence.allocation
    own = found.weight / case.reach.weight[found.demand] * case.demands.weight[found.demand]
    for layer in sorted(set(case.demands.layer)):
        amount = float(own[those & (case.demands.layer[found.demand] == layer)].sum())
        title = defence.titles.get(layer, Text(ja=layer, en=layer))
        said = counted(amount, layer_unit(case, layer))
        yield Text(ja=f"{title.ja} {said.ja}", en=f"{title.en}: {said.en}")


def _near_ties(defence: Defence, site: int) -> Text:
    """Return in words which choices without a site are as good or nearly so."""
    if defence.ties is None:
        return NOTHING
    said = []
    for one in defence.ties.alternatives:
        if one.chosen is None or site in one.chosen or one.standing not in {"tie", "near", "better"}:
            continue
        into = np.setdiff1d(one.chosen, defence.answer.chosen)
        names = "・".join(labels(defence.case, into))
        said.append(say("council_tie", into=names, percent=f"{100.0 * one.worse:+.2f}"))
    return _joined(said)


def _words(column: str, text: Text) -> dict[str, str]:
    return {f"{column}_ja": text.ja, f"{column}_en": text.en}
