"""The programmes and their tests, read from `programmes.toml` or from a file of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal

from pydantic import Field as Option

from gisplan.core.document import Document, Strict, hint, read_document, validate
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Text
from gisplan.law.steps import step_facts

GroundName = Literal["promotion_area", "priority_district"]
SubjectName = Literal["hub", "site", "road_project", "plan"]


class TextModel(Strict):
    """A text in both languages."""

    ja: str = Option(min_length=1)
    en: str = Option(min_length=1)

    @property
    def text(self) -> Text:
        """The text as the rest of gisplan knows it."""
        return Text(ja=self.ja, en=self.en)


class Inside(Strict):
    """The place lies inside areas that are in force."""

    inside: GroundName
    note: TextModel | None = None


class AnyHubInside(Strict):
    """At least one hub lies inside areas that are in force."""

    any_hub_inside: GroundName
    note: TextModel | None = None


class OneOf(Strict):
    """A column of the layer holds one of some codes."""

    column: str
    one_of: list[str] = Option(min_length=1)
    note: TextModel | None = None


class Yes(Strict):
    """A column of the layer says yes."""

    yes: str
    note: TextModel | None = None


class HasPlan(Strict):
    """A promotion plan is published by the day of the check."""

    has_plan: Literal[True]
    note: TextModel | None = None


class Fact(Strict):
    """A test that holds where plan.toml says so under `[facts]`."""

    fact: str
    note: TextModel | None = None


Atom = Inside | AnyHubInside | OneOf | Yes | HasPlan | Fact


class OwnWords(Strict):
    """What is said for one kind of subject, of which the tests are only a part of those of the programme."""

    title: TextModel
    test: TextModel
    beside: TextModel


class ProgrammeModel(Strict):
    """`[[programme]]`."""

    id: str = Option(pattern=r"^[a-z][a-z0-9_]*$")
    title: TextModel
    test: TextModel
    tests: dict[SubjectName, list[Atom]] = Option(min_length=1)
    words: dict[SubjectName, OwnWords] = {}


class FileModel(Strict):
    """A whole programmes.toml."""

    id: Literal["programmes"]
    title: TextModel
    source: TextModel
    year: int
    verdicts: dict[Literal["fits", "does_not_fit", "cannot_tell"], TextModel] = Option(
        min_length=3, max_length=3
    )
    facts: dict[str, TextModel] = {}
    programme: list[ProgrammeModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A programme: its test in words, and by the kind of subject the tests that must all hold.

    `words` are, by the kind of subject, the title, the test and what is said beside an answer, where these are
    other than the programme's own.
    """

    id: str
    title: Text
    test: Text
    tests: Mapping[str, tuple[Atom, ...]]
    words: Mapping[str, OwnWords]

    def title_for(self, subject: str) -> Text:
        """Return the title for a kind of subject."""
        return self.words[subject].title.text if subject in self.words else self.title

    def test_for(self, subject: str) -> Text:
        """Return the test in words for a kind of subject."""
        return self.words[subject].test.text if subject in self.words else self.test


@dataclass(frozen=True, slots=True, kw_only=True)
class Programmes:
    """All programmes of a file, where they come from, and the facts they ask for."""

    source: Text
    year: int
    verdicts: Mapping[str, Text]
    facts: Mapping[str, Text]
    programmes: tuple[Programme, ...]


def read_programmes(path: Path) -> Programmes:
    """Return the programmes of a file.

    Raises
    ------
    ConfigurationError
        With every unknown key, wrong value, doubled id and unknown fact, each with its line.
    """
    document = read_document(path)
    model = validate(FileModel, document)
    facts = {**step_facts(), **{name: text.text for name, text in model.facts.items()}}
    problems = [*_doubled(model, document), *_unknown_facts(model, document, facts)]
    if problems:
        raise ConfigurationError(problems)
    return Programmes(
        source=model.source.text,
        year=model.year,
        verdicts={key: text.text for key, text in model.verdicts.items()},
        facts=facts,
        programmes=tuple(_programme(row) for row in model.programme),
    )


def _programme(row: ProgrammeModel) -> Programme:
    words: dict[str, OwnWords] = {subject: said for subject, said in row.words.items()}  # noqa: C416 (another key type)
    tests: dict[str, tuple[Atom, ...]] = {subject: tuple(atoms) for subject, atoms in row.tests.items()}
    return Programme(id=row.id, title=row.title.text, test=row.test.text, tests=tests, words=words)


def _doubled(model: FileModel, document: Document) -> list[Problem]:
    ids = [row.id for row in model.programme]
    return [
        Problem(
            code="law.programme_doubled",
            place=document.place(("programme", place, "id")),
            values={"id": name},
        )
        for place, name in enumerate(ids)
        if name in ids[:place]
    ]


def _unknown_facts(model: FileModel, document: Document, facts: Mapping[str, Text]) -> list[Problem]:
    return [
        Problem(
            code="law.programme_fact",
            place=document.place(("programme", place, "tests", subject)),
            values={"fact": atom.fact, "near": hint(atom.fact, facts)},
        )
        for place, row in enumerate(model.programme)
        for subject, atoms in row.tests.items()
        for atom in atoms
        if isinstance(atom, Fact) and atom.fact not in facts
    ]


@lru_cache(maxsize=1)
def packaged_programmes() -> Programmes:
    """Return the programmes that gisplan knows."""
    with as_file(files("gisplan.law").joinpath("programmes.toml")) as path:
        return read_programmes(path)


@lru_cache(maxsize=1)
def known_facts() -> Mapping[str, Text]:
    """Return the facts that a user may say under `[facts]` of plan.toml, of procedures and programmes."""
    return packaged_programmes().facts
