"""`[print]`, `[[figure]]` and `[background]` of plan.toml: their form, what they mean, and what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field as Option

from gisplan.core.document import Document, Key, Strict, hint
from gisplan.core.errors import Problem
from gisplan.core.printing import (
    PRINT_FORMATS,
    BackgroundOptions,
    FigureOptions,
    Orientation,
    PaperName,
    PrintFormat,
    PrintOptions,
)
from gisplan.core.words import Spec, Text
from gisplan.plan.sheets.known import result_layers, standard_figures

Name = Annotated[str, Option(min_length=1)]
Share = Annotated[float | int, Option(ge=0, le=1)]
Size = Annotated[float | int, Option(ge=0.1, le=10)]
Scale = Annotated[float | int, Option(ge=100, le=10_000_000)] | Literal["fit"]
Metres = Annotated[float | int, Option(ge=-10_000_000, le=10_000_000, allow_inf_nan=False)]

LAYER_KEYS = ("layers", "quiet", "labels", "around")
BY_LAYER = ("fill", "sizes")
CORNERS = 4
SURVEY = ("国土地理院", "地理院タイル", "gsi")
"""In the name of a source: its maps are copied into a publication with an approval only (測量法 29条)."""


class TitleModel(Strict):
    """A title in both languages."""

    ja: Name
    en: Name


class PrintModel(Strict):
    """`[print]`."""

    paper: PaperName = PrintOptions().paper
    orientation: Orientation = PrintOptions().orientation
    formats: list[PrintFormat] = Option(default=list(PRINT_FORMATS), min_length=1)
    figures: list[str] | None = None
    book: str = ""
    scale: Scale = "fit"


class FigureModel(Strict):
    """`[[figure]]`."""

    name: str = Option(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    title: Name | TitleModel
    layers: list[Name] = Option(min_length=1)
    quiet: list[Name] = []
    labels: list[Name] = []
    fill: dict[str, Share] = {}
    sizes: dict[str, Size] = {}
    extent: Name | list[Name] | Annotated[list[Metres], Option(min_length=CORNERS, max_length=CORNERS)] = (
        "municipality"
    )
    around: list[Name] = []
    minutes: bool = False
    paper: PaperName | None = None
    orientation: Orientation | None = None
    scale: Scale = "fit"


class BackgroundModel(Strict):
    """`[background]`."""

    path: Name
    credit: Name
    source: Literal["", "gsi"] = ""
    approval: str = ""
    opacity: Share = BackgroundOptions(path="", credit="").opacity


def print_options(document: Document, model: PrintModel) -> PrintOptions:
    """Return `[print]` of a plan whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    model
        The table.
    """
    return PrintOptions(
        paper=model.paper,
        orientation=model.orientation,
        formats=tuple(kind for kind in PRINT_FORMATS if kind in model.formats),
        figures=None if model.figures is None else tuple(dict.fromkeys(model.figures)),
        book=model.book,
        book_scale=_scale(model.scale),
        line=document.line(("print", "scale")),
    )


def _scale(value: float | str) -> float | None:
    return None if isinstance(value, str) else float(value)


def figure_options(document: Document, models: Iterable[FigureModel]) -> tuple[FigureOptions, ...]:
    """Return the tables `[[figure]]` of a plan whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    models
        The tables.
    """
    return tuple(_figure(model, document.line(("figure", at, "scale"))) for at, model in enumerate(models))


def _figure(model: FigureModel, line: int) -> FigureOptions:
    title, extent = model.title, model.extent
    numbers = [float(one) for one in extent if not isinstance(one, str)] if isinstance(extent, list) else []
    names = [extent] if isinstance(extent, str) else [one for one in extent if isinstance(one, str)]
    return FigureOptions(
        name=model.name,
        title=Text(ja=title, en=title) if isinstance(title, str) else Text(ja=title.ja, en=title.en),
        layers=tuple(model.layers),
        quiet=tuple(model.quiet),
        labels=tuple(model.labels),
        fill={name: float(value) for name, value in model.fill.items()},
        sizes={name: float(value) for name, value in model.sizes.items()},
        extent=tuple(names),
        bounds=(numbers[0], numbers[1], numbers[2], numbers[3]) if numbers else None,
        around=tuple(model.around),
        paper=model.paper,
        orientation=model.orientation,
        scale=_scale(model.scale),
        minutes=model.minutes,
        line=line,
    )


def background_options(document: Document, model: BackgroundModel | None) -> BackgroundOptions | None:
    """Return `[background]` of a plan whose form is right, None where there is none.

    Parameters
    ----------
    document
        plan.toml, for the line.
    model
        The table.
    """
    if model is None:
        return None
    return BackgroundOptions(
        path=model.path,
        credit=model.credit.strip(),
        approval=model.approval.strip(),
        opacity=float(model.opacity),
        line=document.line(("background",)),
    )


def doubtful_print(document: Document, catalogue: Mapping[str, Spec], *, folder: Path) -> list[Problem]:
    """Return what is wrong with `[print]`, `[[figure]]` and `[background]`, whatever else is.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    folder
        That of plan.toml.
    """
    printed, figures = document.data.get("print"), document.data.get("figure")
    entries = (
        [one if isinstance(one, Mapping) else {} for one in figures] if isinstance(figures, list) else []
    )
    problems: list[Problem] = []
    if isinstance(printed, Mapping):
        problems += _doubtful_book(document, printed.get("book"), catalogue)
        own = [str(entry.get("name")) for entry in entries]
        known = [*(one.name for one in standard_figures()), *own]
        problems += _unknown(document, ("print", "figures"), printed.get("figures"), known)
    for at, entry in enumerate(entries):
        problems += _doubtful_figure(document, ("figure", at), entry, catalogue)
    problems += _names_twice(document, entries)
    background = document.data.get("background")
    return problems + (
        _doubtful_background(document, background, folder) if isinstance(background, Mapping) else []
    )


def _unknown(document: Document, path: Sequence[Key], names: Any, known: Iterable[str]) -> list[Problem]:
    """Return the names of a list that are not known; a name with * stands for whatever there is."""
    listed = names if isinstance(names, list) else [names] if isinstance(names, str) else []
    all_known = sorted(set(known))
    return [
        Problem(
            code="config.unknown_name",
            place=document.place(path),
            values={"name": name, "near": hint(name, all_known), "known": all_known},
        )
        for name in listed
        if isinstance(name, str) and name not in all_known and not _open(name)
    ]


def _open(name: str) -> bool:
    """Return whether a name may stand for layers that only a run makes, such as those of scenarios."""
    return "*" in name or name.startswith(MADE)


MADE = ("scenario_", "isochrone_", "siting_served_", "transport_void_")


def _doubtful_book(document: Document, name: Any, catalogue: Mapping[str, Spec]) -> list[Problem]:
    known = [*(layer for layer, spec in catalogue.items() if spec.kind == "polygon"), "proposed_district"]
    return _unknown(document, ("print", "book"), name or None, known)


def _doubtful_figure(
    document: Document, path: Sequence[Key], entry: Mapping[str, Any], catalogue: Mapping[str, Spec]
) -> list[Problem]:
    known = [*catalogue, *result_layers()]
    problems = [
        problem for key in LAYER_KEYS for problem in _unknown(document, (*path, key), entry.get(key), known)
    ]
    for key in BY_LAYER:
        table = entry.get(key)
        problems += _unknown(
            document, (*path, key), list(table) if isinstance(table, Mapping) else None, known
        )
    extent = entry.get("extent")
    problems += _unknown(document, (*path, "extent"), extent, known)
    numbers = [one for one in extent if isinstance(one, int | float)] if isinstance(extent, list) else []
    if len(numbers) == CORNERS and not (numbers[0] < numbers[2] and numbers[1] < numbers[3]):
        problems.append(Problem(code="print.bounds", place=document.place((*path, "extent"))))
    return problems


def _names_twice(document: Document, entries: Sequence[Mapping[str, Any]]) -> list[Problem]:
    names = [entry.get("name") for entry in entries]
    times = Counter(name for name in names if isinstance(name, str))
    return [
        Problem(code="print.name", place=document.place(("figure", at, "name")), values={"name": name})
        for at, name in enumerate(names)
        if isinstance(name, str) and times[name] > 1 and name in names[:at]
    ]


def _doubtful_background(document: Document, entry: Mapping[str, Any], folder: Path) -> list[Problem]:
    """Return what is wrong with the picture under the maps: no file, or a map that needs an approval without one."""
    said = f"{entry.get('credit')} {entry.get('source')} {entry.get('path')}".lower()
    approval = entry.get("approval")
    problems = []
    if any(word in said for word in SURVEY) and not (isinstance(approval, str) and approval.strip()):
        problems.append(Problem(code="print.approval", place=document.place(("background",))))
    path = entry.get("path")
    if isinstance(path, str) and path and not (folder / path).is_file():
        place = document.place(("background", "path"))
        problems.append(Problem(code="print.no_picture", place=place, values={"path": path}))
    return problems
