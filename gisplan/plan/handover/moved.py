"""A plan whose files lie elsewhere than it says: all below one folder, out of which no path of it leads."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

from gisplan.core.errors import InputError, Problem
from gisplan.core.scenario import PlaceChange, RoadChange
from gisplan.core.words import LayerEntry, Plan
from gisplan.layers.origins import ELSEWHERE, files_of

OUTER_PARTS = 2
"""Names at the end of a path by which a file outside the plan's folder goes."""

Change = TypeVar("Change", RoadChange, PlaceChange)


def moved(plan: Plan, folder: Path) -> Plan:
    """Return a plan whose files lie below another folder: at their place, or by the end of their path.

    A plan that came with somebody's bundle may name any file of this machine, and any server; of those none is read.

    Parameters
    ----------
    plan
        The plan.
    folder
        Where its files lie.

    Raises
    ------
    InputError
        If it names a database.
    """
    there = dataclasses.replace(plan, folder=folder.resolve())
    layers = tuple(
        dataclasses.replace(entry, path=_all(entry.layer, entry.path, there)) for entry in plan.layers
    )
    scenarios = tuple(
        dataclasses.replace(
            scenario,
            roads=tuple(_change(change, there) for change in scenario.roads),
            places=tuple(_change(change, there) for change in scenario.places),
        )
        for scenario in plan.scenarios
    )
    under = plan.background
    if under is not None:
        under = dataclasses.replace(under, path=_inside("background", under.path, there))
    return dataclasses.replace(there, layers=layers, scenarios=scenarios, background=under)


def _change(change: Change, plan: Plan) -> Change:
    if change.file is None:
        return change
    paths = _all(change.layer or "road", change.file.path, plan)
    return dataclasses.replace(change, file=dataclasses.replace(change.file, path=paths))


def _all(layer: str, paths: Sequence[str], plan: Plan) -> tuple[str, ...]:
    return tuple(_inside(layer, path, plan) for path in paths)


def _inside(layer: str, path: str, plan: Plan) -> str:
    """Return the path below the folder of a plan by which a path of it is found there."""
    if ELSEWHERE.match(path):
        raise InputError(Problem(code="bundle.elsewhere", place=plan.file, values={"layer": layer}))
    parts = PureWindowsPath(path).parts if "\\" in path else PurePosixPath(path).parts
    absolute = PureWindowsPath(path).is_absolute() or PurePosixPath(path).is_absolute()
    names = [name for name in parts[1 if absolute else 0 :] if name != ".."]
    ends = ["/".join(names[-count:]) for count in (len(names), OUTER_PARTS, 1)]
    for tried in dict.fromkeys(ends):
        with suppress(InputError):
            files_of(LayerEntry(layer=layer, path=(tried,)), plan)
            return tried
    return ends[0]


def place_in_bundle(path: str) -> str:
    """Return where a path of plan.toml lies in a bundle: as it stands, or of one outside the last two names.

    Parameters
    ----------
    path
        A path or pattern of plan.toml.
    """
    parts = PureWindowsPath(path).parts if "\\" in path else PurePosixPath(path).parts
    outside = PureWindowsPath(path).is_absolute() or PurePosixPath(path).is_absolute() or ".." in parts
    return "/".join([name for name in parts if name != ".."][-OUTER_PARTS:] if outside else parts)
