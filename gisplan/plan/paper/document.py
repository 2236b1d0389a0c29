"""The whole plan chapter: its chapters in order, each with its figures, for Word and for the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from gisplan.core.report import CHAPTERS
from gisplan.core.version import __version__
from gisplan.core.words import Text
from gisplan.maps.papers.words import Chapter, Document, Part, Picture, numbered
from gisplan.maps.words import Illustration
from gisplan.plan.captions import audience_notes, caption
from gisplan.plan.paper import basis, ground, overview, steps, ways
from gisplan.plan.paper.told import Told, same, say, told_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results

MAKERS: Mapping[str, Callable[[Told], Iterator[Part]]] = {
    "summary": overview.summary,
    "present": overview.present,
    "areas": ground.areas,
    "hubs": ground.hubs,
    "roads": ways.roads,
    "access": ways.access,
    "siting": steps.siting,
    "procedures": steps.procedures,
    "findings": steps.findings,
    "sources": basis.sources,
}

SHOWN_IN: tuple[tuple[str, str], ...] = (
    ("curve_", "access"), ("siting", "siting"), ("map_location", "present"), ("map_hazards", "present"),
    ("map_areas", "areas"), ("map_zoning", "areas"), ("map_proposed", "areas"), ("map_houses", "hubs"),
    ("map_links", "roads"), ("map_reach", "access"), ("map_siting", "siting"),
)  # fmt: skip
"""The chapter of a figure by how its name begins; any other stands in the chapter of figures."""

OTHERS = "figures"


def document_of(results: Results, released: Released, illustrations: Iterable[Illustration]) -> Document:
    """Return the plan chapter as its audience may have it.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    illustrations
        The figures that were written for this audience.
    """
    told = told_of(results, released, illustrations)
    plan = told.plan
    wanted = [key for key in CHAPTERS if key not in plan.report.leave_out]
    chapters = [
        Chapter(key=key, title=say(f"chapter_{key}"), parts=tuple(_parts(told, key, wanted)))
        for key in wanted
    ]
    return Document(
        title=same(plan.title),
        cover=_cover(told),
        notices=tuple(_notices(told)),
        chapters=numbered(chapters),
        language=plan.language,
        office=plan.report.office,
    )


def _parts(told: Told, key: str, wanted: list[str]) -> Iterator[Part]:
    if key in MAKERS:
        yield from MAKERS[key](told)
    for illustration in told.illustrations:
        if chapter_of(illustration.name, wanted) == key:
            yield _picture(illustration)


def chapter_of(name: str, wanted: Iterable[str]) -> str:
    """Return the chapter in which a figure stands; that of figures where its own is left out.

    Parameters
    ----------
    name
        The name of the figure.
    wanted
        The chapters there are.
    """
    own = next((chapter for start, chapter in SHOWN_IN if name.startswith(start)), OTHERS)
    return own if own in wanted else OTHERS


def _picture(illustration: Illustration) -> Picture:
    """Return a figure with its caption; its texts are in the language of the plan."""
    title = same(illustration.title)
    about = same(illustration.about) if illustration.about else say("about_figure", title=title)
    return Picture(illustration=illustration, title=title, about=about)


def _cover(told: Told) -> tuple[tuple[str, Text], ...]:
    plan = told.plan
    day = say(
        "date", year=plan.date.year, month=plan.date.month, day=plan.date.day, month_name=f"{plan.date:%B}"
    )
    return (
        ("municipality", overview.place_name(told)),
        ("date", day),
        ("audience", say(f"audience_{plan.audience}")),
        ("office", same(plan.report.office)),
        ("made_with", say("made_with", version=__version__)),
    )


def _notices(told: Told) -> Iterator[Text]:
    plan = told.plan
    if plan.made_up:
        yield caption("made_up")
    yield say("notice")
    yield from audience_notes(plan.audience, held_back=told.released.held_back, release=plan.release)
    yield say("notice_blank")
