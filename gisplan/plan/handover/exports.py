"""`gisplan export`: the layers of a plan for other programs, as far as the audience may have them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from gisplan.core.document import hint
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.maps.exports import Said, write_geojson, write_kml
from gisplan.maps.words import MapLayer
from gisplan.plan.captions import caption
from gisplan.plan.handover.project import notes_of
from gisplan.plan.picture import layers_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results

Writer = Callable[[Path, MapLayer, Said], None]
WRITERS: Mapping[str, Writer] = {"geojson": write_geojson, "kml": write_kml}


def write_exports(
    folder: Path, results: Results, released: Released, *, forms: Collection[str], only: Sequence[str] = ()
) -> None:
    """Write each layer as a file of its own.

    Parameters
    ----------
    folder
        A folder that `replacing` yields.
    results
        What was computed.
    released
        What the audience may have of it.
    forms
        Some of `WRITERS`.
    only
        Names of the layers to write; all where there are none.

    Raises
    ------
    ConfigurationError
        If the plan has no such layer, with all that it has; or a layer gives no credit.
    """
    layers = {layer.name: layer for layer in layers_of(results, released) if layer.kind != "table"}
    _refuse_unknown(only, layers)
    plan = results.atlas.plan
    said = Said(notes=notes_of(results, released), datum=caption("datum"), language=plan.language)
    for form in sorted(forms):
        for name in only or layers:
            WRITERS[form](folder / f"{name}.{form}", layers[name], said)


def _refuse_unknown(only: Sequence[str], layers: Collection[str]) -> None:
    problems = [
        Problem(
            code="config.unknown_name",
            place="--layer",
            values={"name": name, "near": hint(name, layers), "known": list(layers)},
        )
        for name in only
        if name not in layers
    ]
    if problems:
        raise ConfigurationError(problems)


def refuse_unknown_form(form: str) -> None:
    """Refuse a format that is not written.

    Parameters
    ----------
    form
        What the command line names.

    Raises
    ------
    ConfigurationError
        If there is no such format.
    """
    if form not in WRITERS:
        values = {"name": form, "near": hint(form, WRITERS), "known": list(WRITERS)}
        raise ConfigurationError(Problem(code="config.unknown_name", place="--format", values=values))
