"""What a run writes: tables, GeoPackage, suitable ground, map and figures, each file named in the manifest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.plan import manifest
from gisplan.plan.drawn_districts import write_surface
from gisplan.plan.examine import PAGE, told_of_results, write_told
from gisplan.plan.release import Released
from gisplan.plan.results import Results

if TYPE_CHECKING:
    import pandas as pd

    from gisplan.core.printing import PrintFormat
    from gisplan.maps.words import Illustration, MapLayer, Page

MAP = "map"
TABLES = "tables"
GEOPACKAGE = "geopackage"
FIGURES = "figures"
EMBED = "embed"
"""With the map: its light variant, and the page with the snippets for a web site."""

WHOLE = "map.html"
REPORT = "report"
DATABASE = "layers.gpkg"
ALL = (MAP, TABLES, GEOPACKAGE, FIGURES, REPORT)
PAPER_FORMATS: tuple[PrintFormat, ...] = ("png", "svg")
DRAWN = frozenset({MAP, GEOPACKAGE, FIGURES, REPORT})
"""Outputs in which the layers of the plan are drawn."""

EXPORTS = frozenset({"geojson", "kml"})
"""Formats of layers for other programs, which are written when they are asked for."""


def write_outputs(
    results: Results,
    released: Released,
    *,
    wanted: Collection[str],
    folder: Path,
    only: Sequence[str] = (),
) -> dict[str, Any]:
    """Write the outputs asked for into a new folder, and return what the manifest says of them.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    wanted
        Some of `ALL` and `EXPORTS`, `EMBED` beside `MAP`, and `PAGE` for the page of a check.
    folder
        A folder that `replacing` yields.
    only
        Names of the layers to export; all where there are none.

    Raises
    ------
    InputError
        If a table cannot be written in the encoding that the plan asks for.
    """
    if TABLES in wanted:
        _write_tables(results, released, folder)
    if GEOPACKAGE in wanted:
        write_surface(folder, results)
    if DRAWN & set(wanted):
        _write_drawn(results, released, wanted, folder)
    if forms := EXPORTS & set(wanted):
        _write_exports(results, released, folder, forms=forms, only=only)
    if PAGE in wanted:
        write_told(folder, told_of_results(results, released))
    outputs = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return manifest.answer(
        layers=results.atlas.layers,
        speeds=_speeds(results),
        held_back=released.held_back,
        outputs=outputs,
    )


def _write_tables(results: Results, released: Released, folder: Path) -> None:
    from gisplan.maps.rejects import write_rejects
    from gisplan.maps.tables import write_tables
    from gisplan.plan.captions import audience_notes, caption
    from gisplan.plan.labels import labels_of
    from gisplan.plan.reading import for_people, in_order, reading_notes, speed_notes

    plan = results.atlas.plan
    notes = [caption("reference"), caption("law_date", date=plan.date.isoformat())]
    notes += audience_notes(plan.audience, held_back=released.held_back, release=plan.release)
    notes += (*speed_notes(results), *reading_notes())
    if plan.made_up:
        notes.insert(0, caption("made_up"))
    tables = in_order(released.tables)
    write_tables(
        folder,
        tables,
        language=plan.language,
        notes=notes,
        labels=labels_of(results.atlas.catalogue),
        reading=for_people(tables),
        encoding=plan.output.csv_encoding,
    )
    if plan.audience == "internal":
        # Refused rows are quoted as they stand, owners and telephone numbers included.
        write_rejects(folder / "rejects.xlsx", results.atlas.rejects, language=plan.language)


def _write_drawn(results: Results, released: Released, wanted: Collection[str], folder: Path) -> None:
    """Write what layers are drawn in; they are made once for all of it."""
    from gisplan.plan.picture import layers_of

    layers = layers_of(results, released)
    _write_layers(results, released, layers, wanted=wanted, folder=folder)
    if FIGURES in wanted or REPORT in wanted:
        drawn = _write_figures(results, released, layers, folder=folder, papers=REPORT in wanted)
        if REPORT in wanted:
            _write_report(results, released, drawn, folder)


def _write_layers(
    results: Results,
    released: Released,
    layers: tuple[MapLayer, ...],
    *,
    wanted: Collection[str],
    folder: Path,
) -> None:
    from gisplan.maps.interactive import html
    from gisplan.maps.layers import write_geopackage
    from gisplan.plan.handover.project import write_qgis_project
    from gisplan.plan.picture import page_of

    plan = results.atlas.plan
    if GEOPACKAGE in wanted:
        write_geopackage(
            folder / DATABASE, layers, crs=plan.crs, tables=released.tables, language=plan.language
        )
        write_qgis_project(folder, results, released, layers, database=DATABASE)
    if MAP in wanted:
        page = page_of(results, released, layers)
        text = html(page)
        (folder / WHOLE).write_text(text, "utf-8", newline="\n")
        if EMBED in wanted:
            _write_embedded(folder, page, size=len(text.encode()), public=plan.audience == "public")


def _write_embedded(folder: Path, page: Page, *, size: int, public: bool) -> None:
    """Write the light variant of the map beside it, and the page with the snippets for a web site."""
    from gisplan.maps.interactive import html
    from gisplan.maps.story import embed, light

    found = light.lighten(page, html, whole=WHOLE, size=size)
    files = [embed.Embedded(name=WHOLE, size=size)]
    if found is not None:
        (folder / embed.LIGHT).write_text(found.html, "utf-8", newline="\n")
        files.insert(0, embed.Embedded(name=embed.LIGHT, size=len(found.html.encode()), light=True))
    told = embed.embed_page(page.title, files, language=page.language, public=public)
    (folder / embed.EMBED).write_text(told, "utf-8", newline="\n")


def _write_figures(
    results: Results, released: Released, layers: tuple[MapLayer, ...], *, folder: Path, papers: bool
) -> tuple[Illustration, ...]:
    """Write the figures; papers take them in as `PAPER_FORMATS`, whatever else plan.toml asks for."""
    from gisplan.maps.figures import FOLDER, write_figures
    from gisplan.plan.figures import figures_of
    from gisplan.plan.sheets.print import write_maps

    found = figures_of(results, released)
    curves = write_figures(folder / FOLDER, found) if found else ()
    maps = write_maps(folder / FOLDER, results, released, layers, formats=PAPER_FORMATS if papers else ())
    return (*maps, *curves)


def _write_report(
    results: Results, released: Released, drawn: tuple[Illustration, ...], folder: Path
) -> None:
    from gisplan.maps.figures import FOLDER
    from gisplan.plan.paper.write import write_papers

    write_papers(results, released, drawn, folder=folder, figures=folder / FOLDER)


def _write_exports(
    results: Results, released: Released, folder: Path, *, forms: Collection[str], only: Sequence[str]
) -> None:
    from gisplan.plan.handover.exports import write_exports

    write_exports(folder, results, released, forms=forms, only=only)


def _speeds(results: Results) -> dict[str, Any] | None:
    """Return the speeds that were used, with their source, for the manifest."""
    if results.connected is None:
        return None
    used: pd.DataFrame = results.connected.used
    speeds = results.connected.speeds
    return {
        "name": speeds.name,
        "title": speeds.title.ja,
        "source": speeds.basis.ja,
        "year": speeds.published_on.year if speeds.published_on else speeds.year,
        "time": speeds.time,
        "assumed": list(speeds.assumed),
        "borrowed": dict(speeds.borrowed),
        "mode": results.connected.mode,
        "used": [{str(key): _plain(value) for key, value in row.items()} for row in used.to_dict("records")],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    return value.item() if hasattr(value, "item") else value
