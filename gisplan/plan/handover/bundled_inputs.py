"""The input files that go into a bundle, and why the others do not."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gisplan.core.errors import InputError
from gisplan.core.words import LayerEntry, Plan, Spec
from gisplan.layers.credits import credited
from gisplan.layers.origins import Origin, shown_name
from gisplan.plan.handover.moved import place_in_bundle
from gisplan.plan.questioned import files_with_companions
from gisplan.plan.scenarios import entries_of
from gisplan.plan.sheets.background import background_files
from gisplan.sources.address import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundled:
    """Files by their place in the bundle, and the reason why an input is left out, by its name."""

    files: Mapping[str, Path]
    left_out: Mapping[str, str]


def bundled_inputs(plan: Plan, catalogue: Mapping[str, Spec], *, wanted: bool) -> Bundled:
    """Return which inputs go into a bundle.

    Parameters
    ----------
    plan
        The plan, for its audience.
    catalogue
        The layer files, which say what may be passed on.
    wanted
        Whether inputs are asked for at all.
    """
    if plan.audience != "internal":
        return Bundled(files={}, left_out={"*": "audience"})
    files: dict[str, Path] = {}
    left_out: dict[str, str] = {}
    barred = {spec.name for spec in _specs(plan, catalogue) if not spec.source.redistribute}
    for entry, part, origin in _every(plan):
        name = shown_name(origin, plan)
        place = _place(part, origin, plan)
        if isinstance(origin, Table):
            left_out[name] = "database"
        elif not wanted:
            left_out[name] = "not_asked"
        elif entry.layer in barred:
            left_out[name] = "licence"
        elif files.get(place, origin) != origin:
            left_out[name] = "name_taken"
        else:
            files[place] = origin
    left_out |= {shown_name(path, plan): "picture" for path in background_files(plan)}
    kept = {place: path for place, path in files.items() if left_out.get(shown_name(path, plan)) != "licence"}
    return Bundled(files=kept, left_out=left_out)


def _specs(plan: Plan, catalogue: Mapping[str, Spec]) -> Iterator[Spec]:
    """Yield the layers of a plan with the terms of the releases that it reads."""
    for name in dict.fromkeys(entry.layer for entry in plan.layers):
        yield credited(catalogue[name], [entry for entry in plan.layers if entry.layer == name])


def _every(plan: Plan) -> Iterator[tuple[LayerEntry, str, Origin]]:
    """Yield every file and table of a plan with its entry and the path that names it."""
    for entry in (*plan.layers, *(entry for _, entry in entries_of(plan))):
        for part in entry.path:
            with suppress(InputError):
                for origin in files_with_companions(dataclasses.replace(entry, path=(part,)), plan):
                    yield entry, part, origin


def _place(part: str, origin: Origin, plan: Plan) -> str:
    """Return where a file lies in the bundle; of a folder outside the plan's the files lie in one of its name."""
    if isinstance(origin, Path) and (plan.folder / part).is_dir():
        return f"{place_in_bundle(part)}/{origin.name}"
    return shown_name(origin, plan)
