"""The styles that the chapter is set in: those of the template by their names, ours where it has none of a name."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from gisplan.maps import assets
from gisplan.maps.papers.wordml import Element, name

ROLES: Mapping[str, str] = {
    "body": "normal",
    "heading1": "heading 1",
    "heading2": "heading 2",
    "caption": "caption",
    "toc1": "toc 1",
    "toc2": "toc 2",
    "notice": "gisplan notice",
    "strong": "gisplan strong",
    "note": "gisplan note",
    "list": "gisplan list",
    "picture": "gisplan picture",
    "cell": "gisplan cell",
    "table": "gisplan table",
}
"""What each is for, and its name in Word; the ids of styles differ with Word's language, their names do not."""

REFERRING = ("basedOn", "next", "link")


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """The id of each style by what it is for; `counted` tells that headings have numbers of their own already."""

    ids: Mapping[str, str]
    counted: bool

    def __getitem__(self, role: str) -> str:
        """Return the id of a style by what it is for."""
        return self.ids[role]


def styles_of(held: Element) -> Styles:
    """Return the styles of a template, after those it lacks were put in.

    Parameters
    ----------
    held
        The element `w:styles` of the template; it gets what it lacks.
    """
    known = _by_name(held)
    own = _by_name(etree.fromstring(assets.own("word/styles.xml").encode()))
    named_by_id = {style.get(name("styleId")): called for called, style in own.items()}
    for role in ROLES.values():
        if role not in known:
            known[role] = _taken_over(own[role], held, known, named_by_id)
    ids = {role: known[called].get(name("styleId")) for role, called in ROLES.items()}
    counted = known["heading 1"].find(f"{name('pPr')}/{name('numPr')}") is not None
    return Styles(ids=ids, counted=counted)


def _by_name(held: Element) -> dict[str, Element]:
    return {
        style.find(name("name")).get(name("val")).lower(): style
        for style in held.findall(name("style"))
        if style.find(name("name")) is not None
    }


def _taken_over(
    style: Element, held: Element, known: Mapping[str, Element], named_by_id: Mapping[str, str]
) -> Element:
    """Return a style of ours in the template, resting on the styles that are called the same there."""
    made = copy.deepcopy(style)
    ids = {one.get(name("styleId")) for one in held.findall(name("style"))}
    if made.get(name("styleId")) in ids:
        made.set(name("styleId"), f"Gisplan{made.get(name('styleId'))}")
    for tag in REFERRING:
        for one in made.findall(name(tag)):
            other = known.get(named_by_id[one.get(name("val"))])
            if other is None:
                made.remove(one)
            else:
                one.set(name("val"), other.get(name("styleId")))
    made.attrib.pop(name("default"), None)
    held.append(made)
    return made
