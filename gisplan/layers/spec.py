"""Layer files: one TOML file of the catalogue becomes a `Spec`, or an error with file, line and cure."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field as Option

from gisplan.core.document import Document, Strict, parsed, read_text, validate
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Audience, Field, FieldType, Kind, Pattern, Source, Spec, Style, Text
from gisplan.layers.consistency import contradictions
from gisplan.layers.release_file import ReleaseModel, TextModel, release_of

OsmTag = Annotated[str, Option(pattern=r"^[A-Za-z0-9_:\-]+(=[^=;\s]+)?$")]
Colour = Annotated[str, Option(pattern=r"^#[0-9a-fA-F]{6}$")]
GROUPS = ("plan", "zoning", "homes", "roads", "life", "transit", "people", "hazard", "base")


class PatternModel(Strict):
    """A regular expression and the value it stands for; the first that matches wins."""

    match: str
    value: str


class FieldModel(Strict):
    """`[fields.<name>]`."""

    title: TextModel
    type: FieldType
    column: list[str] = []
    codes: dict[str, list[str]] = {}
    labels: dict[str, TextModel] = {}
    schemes: dict[str, dict[str, str]] = {}
    scales: dict[str, float | int] = {}
    patterns: list[PatternModel] = []
    pattern_from: list[str] = []
    customs: dict[str, dict[str, str]] = {}
    words: dict[str, str] = {}
    origin_of: str = ""
    default: str = ""
    unknown: list[str] = []
    unit: str = ""
    minimum: float | int | None = None
    maximum: float | int | None = None
    required: bool = False
    needed: bool = False
    audience: Audience = "public"


class SourceModel(Strict):
    """`[source]`."""

    credit: TextModel
    licence: str = Option(min_length=1)
    reader: Literal["file", "mesh", "raster", "gtfs"] = "file"
    url: str = ""
    release: str = ""
    crs: str | None = None
    share_alike: bool = False
    commercial: bool = True
    redistribute: bool = True
    releases: list[ReleaseModel] = []
    osm: list[OsmTag] = []


class StyleModel(Strict):
    """`[style]`."""

    colour: Colour = "#3366aa"
    by: str = ""
    colours: dict[str, Colour] = {}
    width: float | int = 1.0
    radius: float | int = 4.0
    opacity: float | int = 0.6
    order: int = 50
    visible: bool = True


class LayerModel(Strict):
    """A whole layer file."""

    title: TextModel
    kind: Kind
    accepts: list[Kind] = []
    about: TextModel | str
    article: str = ""
    source: SourceModel
    fields: dict[str, FieldModel] = {}
    style: StyleModel = StyleModel()


def read_spec(path: Path) -> Spec:
    """Read one layer file.

    Parameters
    ----------
    path
        `<group>/<name>.toml`; the name of the layer is the stem, its group the folder.

    Raises
    ------
    ConfigurationError
        With every mistake of the file, each with line and cure.
    """
    called = f"layers/{path.parent.name}/{path.name}"
    return _spec(path.stem, path.parent.name, read_text(path, called=called), called)


@lru_cache(maxsize=128)
def _spec(name: str, group: str, text: str, called: str) -> Spec:
    """Return the layer that a text tells of; a process that runs several plans reads each text once."""
    document = parsed(text, called=called)
    model = validate(LayerModel, document)
    problems = [*_doubtful_group(document, group), *contradictions(document, model)]
    if problems:
        raise ConfigurationError(problems)
    return Spec(
        name=name,
        group=group,
        kind=model.kind,
        accepts=(model.kind, *model.accepts),
        title=_text(model.title),
        about=_text(model.about)
        if isinstance(model.about, TextModel)
        else Text(ja=model.about, en=model.about),
        article=model.article,
        source=_source(model.source),
        fields={name: _field(name, body) for name, body in model.fields.items()},
        style=_style(model.style),
        file=document.name,
    )


def _doubtful_group(document: Document, group: str) -> list[Problem]:
    if group in GROUPS:
        return []
    return [Problem(code="spec.group", place=document.name, values={"group": group, "known": GROUPS})]


def _text(model: TextModel) -> Text:
    return Text(ja=model.ja, en=model.en)


def _source(model: SourceModel) -> Source:
    return Source(
        credit=_text(model.credit),
        licence=model.licence,
        reader=model.reader,
        url=model.url or (model.releases[0].url if model.releases else ""),
        release=model.release or (model.releases[0].release if model.releases else ""),
        crs=model.crs,
        share_alike=model.share_alike,
        commercial=model.commercial,
        redistribute=model.redistribute,
        releases=tuple(release_of(row, model) for row in model.releases),
        osm=tuple(model.osm),
    )


def _style(model: StyleModel) -> Style:
    return Style(
        colour=model.colour,
        by=model.by,
        colours=model.colours,
        width=float(model.width),
        radius=float(model.radius),
        opacity=float(model.opacity),
        order=model.order,
        visible=model.visible,
    )


def _field(name: str, model: FieldModel) -> Field:
    return Field(
        name=name,
        title=_text(model.title),
        type=model.type,
        column=(name, *model.column),
        codes={
            spelling: value for value, spellings in model.codes.items() for spelling in (value, *spellings)
        },
        labels={value: _text(label) for value, label in model.labels.items()},
        schemes=model.schemes,
        scales={column: float(factor) for column, factor in model.scales.items()},
        patterns=tuple(Pattern(match=row.match, value=row.value) for row in model.patterns),
        pattern_from=tuple(model.pattern_from),
        customs=model.customs,
        words=model.words,
        origin_of=model.origin_of,
        default=model.default,
        unknown=tuple(model.unknown),
        unit=model.unit,
        minimum=None if model.minimum is None else float(model.minimum),
        maximum=None if model.maximum is None else float(model.maximum),
        required=model.required,
        needed=model.needed,
        audience=model.audience,
    )
