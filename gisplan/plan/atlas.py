"""The atlas of a plan: the layers of its files, their timetables, and the areas that it makes from words."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

from gisplan.core.document import read_document
from gisplan.core.tables import findings, join
from gisplan.core.words import Atlas, Plan, Spec
from gisplan.layers.load import Progress, silent
from gisplan.layers.load import load as load_layers
from gisplan.layers.timetables import with_timetables
from gisplan.plan.marks import check_areas
from gisplan.plan.scenarios import entries_of, with_rows
from gisplan.sources.reader import Reader


def load(
    plan: Plan,
    *,
    catalogue: Mapping[str, Spec] | None = None,
    cache: Path | None = None,
    progress: Progress = silent,
    reader: Reader | None = None,
) -> Atlas:
    """Read every layer that a plan names, its timetables where it asks for them, and make its districts.

    Parameters
    ----------
    plan
        The plan.
    catalogue
        The layers there are; the catalogue of the working folder where None.
    cache
        Where reprojected rasters are kept; a folder of the user where None.
    progress
        Called with the name of each layer before it is read.
    reader
        Who opens the files and tables; one for this alone where None.

    Raises
    ------
    InputError
        With the problems of all files at once, or if the plan goes by transit on a day without trips.
    ConfigurationError
        If plan.toml names a layer that the catalogue does not have, words that no layer of the plan knows, or
        marks for areas that are not there.
    NetworkError
        If a database cannot be reached or fails.
    """
    atlas = load_layers(plan, catalogue=catalogue, cache=cache, progress=progress, reader=reader)
    atlas = with_timetables(atlas, progress=progress, reader=reader)
    atlas = _with_districts(atlas, progress)
    if entries_of(plan):
        progress("scenario")
        with Reader() if reader is None else nullcontext(reader) as opened:
            atlas = with_rows(atlas, opened)
    atlas = _with_roads(atlas)
    if plan.area_procedures:
        path = plan.folder / plan.file
        check_areas(atlas, read_document(path) if path.is_file() else None)
    return atlas


def _with_roads(atlas: Atlas) -> Atlas:
    if "road" not in atlas.layers:
        return atlas
    from gisplan.network.plan_roads import with_legal_roads

    return with_legal_roads(atlas)


def _with_districts(atlas: Atlas, progress: Progress) -> Atlas:
    if not atlas.plan.districts:
        return atlas
    from gisplan.plan.districts import districts_of

    progress("districts")
    made = districts_of(atlas)
    found = join([made.atlas.findings, findings(made.doubts)], "findings")
    return replace(made.atlas, findings=found, districts=made.table)
