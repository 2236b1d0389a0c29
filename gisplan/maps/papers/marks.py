"""The marks of a template, filled: Word may have cut each into several runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gisplan.maps.papers.template import ALONE, MARK
from gisplan.maps.papers.wordml import SPACE, Element, element, name, own_texts
from gisplan.maps.papers.words import shown


def fill_marks(roots: Iterable[Element], values: Mapping[str, str]) -> None:
    """Put the values of the marks into the texts of a document.

    A paragraph whose only mark has no value goes, with the words that stand before it.

    Parameters
    ----------
    roots
        The body, the headers and the footers.
    values
        What each mark stands for; those of whole pages are left.
    """
    for root in roots:
        for one in list(root.iter(name("p"))):
            texts = own_texts(one)
            whole = "".join(held.text or "" for held in texts)
            marks = [mark for mark in MARK.findall(whole) if mark not in ALONE]
            if not marks:
                continue
            if not any(values.get(mark) for mark in marks) and _may_go(one):
                one.getparent().remove(one)
                continue
            _fill(texts, whole, values)


def _may_go(one: Element) -> bool:
    """Return whether a paragraph can be taken out: a cell of a table needs one, and a section ends in one."""
    around = one.getparent()
    last = len(around.findall(name("p"))) == 1 and around.tag != name("body")
    return not last and next(one.iter(name("sectPr")), None) is None


def _fill(texts: list[Element], whole: str, values: Mapping[str, str]) -> None:
    """Write a text with its marks filled into the runs that held it: each sign stays in the run it was in."""
    starts, at = [], 0
    for held in texts:
        starts.append(at)
        at += len(held.text or "")
    made = ["" for _ in texts]
    here = 0
    for found in MARK.finditer(whole):
        _spread(whole, here, found.start(), starts, made)
        value = shown(values.get(found[1], "")) if found[1] not in ALONE else found[0]
        made[_run_at(found.start(), starts)] += value
        here = found.end()
    _spread(whole, here, len(whole), starts, made)
    for held, text in zip(texts, made, strict=True):
        _write(held, text)


def _spread(whole: str, start: int, end: int, starts: list[int], made: list[str]) -> None:
    for place in range(start, end):
        made[_run_at(place, starts)] += whole[place]


def _run_at(place: int, starts: list[int]) -> int:
    return max(number for number, start in enumerate(starts) if start <= place)


def _write(held: Element, text: str) -> None:
    """Write a text into the element of a run, its line breaks as such."""
    first, *rest = text.split("\n")
    held.text = first
    held.set(SPACE, "preserve")
    last = held
    for line in rest:
        more = element("t")
        more.text = line
        more.set(SPACE, "preserve")
        for one in (element("br"), more):
            last.addnext(one)
            last = one


def paragraph_of(body: Element, mark: str) -> Element | None:
    """Return the paragraph of the body that is a mark, None where there is none."""
    for one in body.findall(name("p")):
        found = MARK.fullmatch("".join(held.text or "" for held in own_texts(one)).strip())
        if found is not None and found[1] == mark:
            return one
    return None
