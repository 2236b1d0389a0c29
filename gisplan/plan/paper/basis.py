"""The last chapter: the data with their credits, the method, speeds and rounding, and how to compute it again."""

from __future__ import annotations

from collections.abc import Iterator

from gisplan.core.crs import crs_text
from gisplan.core.tables import half_up
from gisplan.core.version import __version__
from gisplan.core.words import Text
from gisplan.maps.papers.boards import MISSING
from gisplan.maps.papers.words import Board, Bullets, Column, Heading, Paragraph, Part
from gisplan.plan.captions import audience_notes
from gisplan.plan.paper.told import Told, joined, same, say
from gisplan.plan.reading import reading_notes, speed_notes


def sources(told: Told) -> Iterator[Part]:
    """Yield the parts on data and method."""
    yield Heading(title=say("sources_data"))
    yield _data(told)
    missing = [
        spec.title
        for name, spec in told.results.atlas.catalogue.items()
        if name not in told.released.layers or not told.released.layers[name].assessed
    ]
    if missing:
        yield Paragraph(text=say("sources_missing", layers=joined(missing)), tone="note")
    yield Heading(title=say("sources_method"))
    plan = told.plan
    crs = crs_text(plan.crs)
    yield Bullets(
        items=(
            say("sources_law", date=plan.date.isoformat()),
            say("sources_crs", crs=crs),
            *speed_notes(told.results),
            *audience_notes(plan.audience, held_back=told.released.held_back, release=plan.release),
            *reading_notes(),
        )
    )
    yield from _speeds(told)
    yield Heading(title=say("sources_again"))
    yield Paragraph(text=say("sources_again_version", version=__version__))
    yield Paragraph(text=say("sources_again_how"))


def _data(told: Told) -> Board:
    rows = tuple(
        (told.title_of(name), told.credit_of(name), _licence(told, name))
        for name, layer in sorted(told.released.layers.items())
        if layer.assessed
    )
    heads = ("layer", "credit", "licence")
    return Board(
        title=say("sources_title"),
        columns=tuple(Column(title=say(f"sources_{key}")) for key in heads),
        rows=rows,
    )


def _licence(told: Told, layer: str) -> Text:
    own = [entry.licence for entry in told.plan.layers if entry.layer == layer and entry.licence]
    said = "；".join(dict.fromkeys(own)) or told.released.layers[layer].spec.source.licence
    return same(said) if said else MISSING


def _speeds(told: Told) -> Iterator[Part]:
    connected = told.results.connected
    if connected is None or connected.used.empty:
        return
    titles = connected.speeds.class_titles
    rows = []
    for row in connected.used.to_dict("records"):
        key = "assumed" if row["assumed"] else f"from_{row['from']}"
        rows.append(
            (
                titles.get(row["road_class"], same(str(row["road_class"]))),
                same(f"{half_up(float(row['kmh']), 0):.0f}"),
                say(f"speed_{key}"),
                same(f"{half_up(float(row['length_m']) / 1000.0, 1):,.1f}"),
            )
        )
    heads = (("class", False), ("kmh", True), ("from", False), ("length", True))
    yield Heading(title=say("sources_speeds"))
    yield Board(
        title=say("sources_speeds_title"),
        columns=tuple(Column(title=say(f"speed_{key}"), number=number) for key, number in heads),
        rows=tuple(rows),
        notes=(say("speed_note"), *told.sources(("road",))),
    )
