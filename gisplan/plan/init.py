"""A new plan: a folder with a commented plan.toml and a place for the files, or a copy of the made-up town."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path

from gisplan.core.crs import crs_name, working_crs
from gisplan.core.disk import disk_error, write_whole
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Spec
from gisplan.layers.catalogue import demo_folder
from gisplan.layers.spec import GROUPS
from gisplan.plan.entry_lines import default_release, entry_lines, terms_lines
from gisplan.sources.addresses import Place

READERS: Mapping[str, str] = {"mesh": "csv", "gtfs": "zip", "raster": "tif"}
ENDINGS: Mapping[str, str] = {"raster": "tif", "point": "csv", "table": "csv"}
"""What a file of a layer is usually called at its end, by its reader and its kind."""

FROM_OFFICE = frozenset({"plan", "homes"})
"""Groups whose data only the office has; the others are published by someone."""


def init(folder: Path, *, municipality: str, day: date, catalogue: Mapping[str, Spec]) -> Path:
    """Write a plan.toml with every layer of the catalogue, commented, and return its path.

    Parameters
    ----------
    folder
        The new plan's folder.
    municipality
        Five-digit code as text.
    day
        The day on which the law is applied.
    catalogue
        The layers there are.

    Raises
    ------
    ConfigurationError
        If the code is no municipality's, or the folder holds a plan.toml already.
    DiskError
        If the folder cannot be written.
    """
    crs = working_crs([municipality])
    path = folder / "plan.toml"
    if path.exists():
        raise ConfigurationError(Problem(code="config.exists", place=str(path.name)))
    template = files("gisplan.plan").joinpath("template.toml").read_text("utf-8")
    values = {
        "@municipality@": municipality,
        "@date@": day.isoformat(),
        "@crs@": crs_name(crs),
        "@layers@": "\n".join(_layer(spec, municipality) for spec in _ordered(catalogue)),
    }
    for mark, value in values.items():
        template = template.replace(mark, value)
    try:
        (folder / "data").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, place=folder.name, folder=folder) from None
    write_whole(path, template.encode())
    return path


def copy_demo(folder: Path) -> Path:
    """Copy the made-up town, its files and its plan.toml, into a folder, and return the path of that plan.toml.

    Parameters
    ----------
    folder
        The new plan's folder.

    Raises
    ------
    ConfigurationError
        If the folder holds anything of that name already: nothing is overwritten.
    DiskError
        If the folder cannot be written.
    """
    plan = folder / "plan.toml"
    town = sorted(demo_folder().iterdir(), key=lambda path: (path.name == plan.name, path.name))
    taken = [path.name for path in town if (folder / path.name).exists()]
    if taken:
        values = {"names": taken}
        code = "config.exists" if plan.name in taken else "config.name_taken"
        raise ConfigurationError(Problem(code=code, place=folder.name, values=values))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk_error(error, place=folder.name, folder=folder) from None
    for path in town:  # plan.toml comes last: half a copy is no plan
        write_whole(folder / path.name, path.read_bytes())
    return plan


def _ordered(catalogue: Mapping[str, Spec]) -> list[Spec]:
    return sorted(catalogue.values(), key=lambda spec: (GROUPS.index(spec.group), spec.name))


def _layer(spec: Spec, municipality: str) -> str:
    """Return the commented table of one layer."""
    place = Place(municipality=municipality)
    release = None if spec.group in FROM_OFFICE else default_release(spec, place)
    head = f"# {spec.title.ja} / {spec.title.en}: {spec.about.ja}\n"
    if release is not None:
        others = [other.release for other in spec.source.releases if other is not release]
        more = f"# ほかの版 / other releases: {'、'.join(others)}\n" if others else ""
        lines = "".join(f"# {line}\n" for line in entry_lines(spec, release, place).splitlines())
        return f"{head}{terms_lines(release)}{more}{lines}"
    ending = READERS.get(spec.source.reader) or ENDINGS.get(spec.kind, "gpkg")
    return (
        f"{head}"
        "# 庁内の資料 / from the office\n"
        f"# [layers.{spec.name}]\n"
        f'# path = "data/{spec.name}.{ending}"\n'
        '# credit = ""\n'
        '# licence = ""\n'
    )
