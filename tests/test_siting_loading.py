"""Compiled loops are made ready before the clock of a search starts."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
from small_sitings import MODELS, NEVER_LONG, none_forced, scattered

from gisplan.siting import solver
from gisplan.siting.solver import solve as solving
from gisplan.siting.solver.loading import ready, ready_for_capacities
from gisplan.siting.solver.sheet import watch
from gisplan.siting.solver.solve import solve
from gisplan.siting.solver.words import Rules


def compiled():
    """Return for each compiled loop the kinds of arguments that it is compiled for."""
    modules = [
        importlib.import_module(f"{solver.__name__}.{one.name}")
        for one in pkgutil.iter_modules(solver.__path__)
    ]
    return {
        f"{module.__name__}.{name}": {str(one) for one in loop.signatures}
        for module in modules
        for name, loop in vars(module).items()
        if hasattr(loop, "signatures")
    }


def question(model):
    reach = scattered(150, 30, seed=11)
    if model == "set-cover":
        return reach, Rules(p=None, forced=none_forced(reach), minutes=25.0, share=1.0)
    return reach, Rules(p=5, forced=none_forced(reach), minutes=10.0)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_left_to_compile_while_the_clock_runs(model, monkeypatch):
    monkeypatch.setattr(solving, "LARGE", 0)
    ready(model)
    before = compiled()
    reach, rules = question(model)
    assert solve(model, reach, rules=rules, limits=NEVER_LONG).proven
    assert compiled() == before


def test_the_clock_starts_when_all_is_ready(monkeypatch):
    order = []
    monkeypatch.setattr(solving, "LARGE", 0)
    monkeypatch.setattr(solving, "ready", order.append)
    monkeypatch.setattr(solving, "watch", lambda limits: order.append("clock") or watch(limits))
    reach, rules = question("max-coverage")
    solve("max-coverage", reach, rules=rules, limits=NEVER_LONG)
    assert order == ["max-coverage", "clock"]


def test_nothing_is_left_to_compile_for_capacities(monkeypatch):
    monkeypatch.setattr(solving, "LARGE", 0)
    ready_for_capacities()
    before = compiled()
    reach, rules = question("p-median")
    for model in ("p-median", "max-coverage"):
        held = np.full(reach.candidates, 1.2 * reach.weight.sum() / 5)
        assert solve(model, reach, rules=replace(rules, capacity=held), limits=NEVER_LONG).proven
    assert compiled() == before
