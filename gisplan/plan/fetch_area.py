"""The area of the municipality that data are fetched for, from the files that are there already."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gisplan.core.crs import JGD2011_DEGREES, working_crs
from gisplan.core.errors import GisplanError, Problem
from gisplan.core.words import LayerEntry, Plan, Spec
from gisplan.layers.load import load
from gisplan.sources.addresses import Place

if TYPE_CHECKING:
    import shapely

LAYER = "municipality"


def places_of(
    municipalities: Sequence[str],
    groups: Sequence[Sequence[LayerEntry]],
    *,
    folder: Path,
    catalogue: Mapping[str, Spec],
) -> tuple[tuple[Place, ...], tuple[Problem, ...]]:
    """Return each municipality with its area where a file tells it, and what is wrong with that file.

    Parameters
    ----------
    municipalities
        Codes of five digits.
    groups
        The entries that tell the area, those of plan.toml first; the first group with a file counts.
    folder
        The folder of plan.toml.
    catalogue
        The layers there are.
    """
    found: list[Place] = []
    problems: list[Problem] = []
    present = ([e for e in group if any(_exists(folder, path) for path in e.path)] for group in groups)
    there = next((group for group in present if group), [])
    for code in municipalities:
        area = None
        try:
            area = _area(code, there, folder, catalogue) if there else None
        except GisplanError as error:
            problems += error.problems
        found.append(Place(municipality=code, area=area))
    return tuple(found), tuple(problems)


def _exists(folder: Path, path: str) -> bool:
    if any(sign in path for sign in "*?["):
        return Path(path).is_absolute() or any(folder.glob(path))
    return (folder / path).is_file()


def _area(
    code: str, entries: Sequence[LayerEntry], folder: Path, catalogue: Mapping[str, Spec]
) -> shapely.Geometry:
    import shapely

    plan = Plan(
        title="—", municipality=(code,), date=dt.date(2000, 1, 1), crs=working_crs([code]), folder=folder,
        file="plan.toml", layers=tuple(entries),
    )  # fmt: skip
    table = load(plan, catalogue=catalogue).layers[LAYER].table
    return shapely.union_all(table.to_crs(JGD2011_DEGREES).geometry.to_numpy())
