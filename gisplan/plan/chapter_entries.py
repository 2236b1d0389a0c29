"""`[[chapter]]` of plan.toml: its form, what it means, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from pydantic import Field as Option

from gisplan.core.chapter import Chapter, View
from gisplan.core.document import Document, Strict, hint
from gisplan.core.errors import Problem
from gisplan.core.options import AccessOptions
from gisplan.core.words import Spec, Text
from gisplan.plan.isochrones import EACH, PREFIX, SCENARIO

TABLE = "chapter"
AREAS = ("promotion_area", "priority_district")
ALWAYS = ("link", "link_second", "link_cut", "version_change", "held_back_cells")
SITED = ("siting_hub", "siting_line", "siting_candidate", "siting_standing", "siting_competing")
STATES = ("not_yet", "superseded")
VOIDS = ("population", "neighbourhood", "vacant_house")

Minutes = Annotated[float | int, Option(gt=0, le=24 * 60, allow_inf_nan=False)]


class WordsModel(Strict):
    """A text in both languages."""

    ja: str = Option(min_length=1)
    en: str = Option(min_length=1)


Words = Annotated[str, Option(min_length=1)] | WordsModel


class ViewModel(Strict):
    """`view` of `[[chapter]]`; that its keys fit each other is checked where it is read."""

    lat: Annotated[float | int, Option(ge=20, le=46)] | None = None
    lon: Annotated[float | int, Option(ge=122, le=154)] | None = None
    zoom: Annotated[float | int, Option(ge=4, le=20)] | None = None
    layer: str = ""
    name: str = ""
    id: str = ""


class ChapterModel(Strict):
    """`[[chapter]]`."""

    title: Words
    text: Words
    view: ViewModel | None = None
    layers: list[str] | None = None
    minutes: Minutes | None = None
    scenario: str = ""


def chapters(document: Document, models: Sequence[ChapterModel]) -> tuple[Chapter, ...]:
    """Return the chapters of a plan.toml whose form is right.

    Parameters
    ----------
    document
        plan.toml, for the lines.
    models
        Its tables `[[chapter]]`.
    """
    return tuple(
        Chapter(
            title=_text(model.title),
            text=_text(model.text),
            view=None if model.view is None else _view(model.view, document.line((TABLE, at, "view"))),
            layers=None if model.layers is None else tuple(dict.fromkeys(model.layers)),
            minutes=None if model.minutes is None else float(model.minutes),
            scenario=model.scenario,
        )
        for at, model in enumerate(models)
    )


def _text(words: str | WordsModel) -> Text:
    return Text(ja=words, en=words) if isinstance(words, str) else Text(ja=words.ja, en=words.en)


def _view(model: ViewModel, line: int) -> View:
    numbers = {
        key: None if value is None else float(value)
        for key, value in (("lat", model.lat), ("lon", model.lon), ("zoom", model.zoom))
    }
    return View(**numbers, layer=model.layer, name=model.name, id=model.id, line=line)


def doubtful_chapters(document: Document, catalogue: Mapping[str, Spec]) -> list[Problem]:
    """Return what is wrong with `[[chapter]]`, whatever else is.

    Parameters
    ----------
    document
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    written = document.data.get(TABLE)
    entries = [entry for entry in written if isinstance(entry, Mapping)] if isinstance(written, list) else []
    if not entries:
        return []
    known = drawn_names(document.data, catalogue)
    problems: list[Problem] = []
    for at, entry in enumerate(entries):
        layers = entry.get("layers")
        for name in layers if isinstance(layers, list) else ():
            problems += _unknown(document, (TABLE, at, "layers"), name, known)
        problems += _doubtful_view(document, (TABLE, at, "view"), entry.get("view"), known)
        problems += _doubtful_step(document, at, entry)
    return problems


Path = tuple[str | int, ...]


def _unknown(document: Document, path: Path, name: Any, known: Sequence[str]) -> list[Problem]:
    if not isinstance(name, str) or name in known:
        return []
    values = {"name": name, "near": hint(name, known), "known": list(known)}
    return [Problem(code="config.unknown_name", place=document.place(path), values=values)]


def _doubtful_view(document: Document, path: Path, view: Any, known: Sequence[str]) -> list[Problem]:
    if not isinstance(view, Mapping):
        return []
    place = {key for key in ("lat", "lon", "zoom") if key in view}
    feature = {key for key in ("layer", "name", "id") if key in view}
    if bool(place) == bool(feature) or (place and not {"lat", "lon"} <= place) or _no_layer(feature):
        return [Problem(code="chapter.view", place=document.place(path))]
    return _unknown(document, path, view["layer"], known) if feature else []


def _no_layer(feature: set[str]) -> bool:
    return bool(feature) and ("layer" not in feature or {"name", "id"} <= feature)


def _doubtful_step(document: Document, at: int, entry: Mapping[str, Any]) -> list[Problem]:
    """Return the minutes without an isochrone, and the scenario that is none."""
    problems = []
    minutes, access = entry.get("minutes"), _table(document.data.get("access"))
    known = access.get("minutes", AccessOptions().minutes)
    if isinstance(minutes, int | float) and isinstance(known, list | tuple) and minutes not in known:
        values = {
            "minutes": f"{minutes:g}",
            "known": [f"{one:g}" for one in known if isinstance(one, int | float)],
        }
        place = document.place((TABLE, at, "minutes"))
        problems.append(Problem(code="chapter.minutes", place=place, values=values))
    if entry.get("scenario"):
        names = [str(one.get("name", "")) for one in _tables(document.data.get("scenario"))]
        problems += _unknown(document, (TABLE, at, "scenario"), entry["scenario"], names)
    return problems


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _tables(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def drawn_names(data: Mapping[str, Any], catalogue: Mapping[str, Spec]) -> list[str]:
    """Return the names of the layers that the map of a plan may have: its own, and those of its results.

    Parameters
    ----------
    data
        plan.toml as it is written.
    catalogue
        The layers there are.
    """
    own = [name for name in _table(data.get("layers")) if name in catalogue]
    own += [str(one.get("layer", "promotion_area")) for one in _tables(data.get("district"))]
    access = _table(data.get("access"))
    rings = access.get("isochrones", AccessOptions().isochrones)
    shapes = [
        f"{PREFIX}{name}{end}"
        for name in (rings if isinstance(rings, list | tuple) else ())
        for end in ("", EACH)
    ]
    scenarios = [f"{SCENARIO}_{n}" for n in range(1, len(_tables(data.get(SCENARIO))) + 1)]
    names = [*own, *ALWAYS, *shapes]
    names += [f"{name}_{state}" for name in AREAS if name in own for state in STATES]
    names += [f"transport_void_{name}" for name in VOIDS if name in own]
    names += [
        f"{one}{end}" for one in scenarios for end in ("", "_place", *(f"_{shape}" for shape in shapes))
    ]
    if "site" in data:
        names += [*SITED, *(f"siting_served_{name}" for name in _demands(_table(data["site"])))]
    if "propose" in data:
        names.append("proposed_district")
    return list(dict.fromkeys(names))


def _demands(site: Mapping[str, Any]) -> Iterable[str]:
    yield str(site.get("demand", "vacant_house"))
    yield from (str(one.get("layer", "")) for one in _tables(site.get("also")))
