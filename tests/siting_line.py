"""A village on a line: candidates and demand at kilometres, a minute for each; every figure can be done by hand."""

import numpy as np

from gisplan.access.coverage import COUNTED
from gisplan.siting.case import Candidates, Case, Demands
from gisplan.siting.solver.reaching import reach_of
from gisplan.siting.solver.words import Limits, Rules

LIMITS = Limits(seconds=5.0)
PENALTY = 100.0


def line(
    sites, homes, *, p=2, model="p-median", weight=None, layer=None, standing=None, forced=(), minutes=2.0,
    penalty=PENALTY, cutoff=np.inf, share=0.0, **rules,
):  # fmt: skip
    """Return a case: candidates at `sites`, demand at `homes`, minutes are kilometres; `standing` hubs at places."""
    sites, homes = np.asarray(sites, float), np.asarray(homes, float)
    weight = np.ones(len(homes)) if weight is None else np.asarray(weight, float)
    table = np.abs(homes[:, None] - sites[None, :])
    table[table > cutoff] = np.inf
    stands = np.zeros(len(homes), bool)
    beyond = np.full(len(homes), penalty)
    if standing is not None:
        near = np.abs(homes[:, None] - np.asarray(standing, float)[None, :]).min(axis=1)
        beyond, stands = near, np.ones(len(homes), bool)
    layers = ["vacant_house"] * len(homes) if layer is None else layer
    ids = np.array([f"s{number}" for number in range(len(sites))], object)
    none = np.full(len(homes), "", object)
    return Case(
        model=model,
        candidates=Candidates(
            layer="site", id=ids, name=np.array([f"地{number}" for number in range(len(sites))], object),
            verdict=np.full(len(sites), "by_right", object), penalty=np.zeros(len(sites)), point=ids,
        ),
        demands=Demands(
            layer=np.array(layers, object),
            id=np.array([f"d{number}" for number in range(len(homes))], object), weight=weight,
            unit=np.array([COUNTED[one] for one in layers], object), point=none,
        ),
        reach=reach_of(table, weight=weight, beyond=beyond),
        rules=Rules(
            p=None if model == "set-cover" else p,
            forced=np.isin(np.arange(len(sites)), forced),
            minutes=minutes,
            share=share,
            **rules,
        ),
        standing=np.where(stands, "既設", none),
        competing=none,
        penalty=penalty,
        cutoff=cutoff,
    )  # fmt: skip
