"""What the chapters are made of: results that the audience may have, the figures written, and words for both."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import pandas as pd

from gisplan.core.tables import contract
from gisplan.core.words import Plan, Text
from gisplan.maps.compose import sheet
from gisplan.maps.papers.boards import board_of, shortened
from gisplan.maps.papers.words import Board
from gisplan.maps.words import Illustration, Labels
from gisplan.plan.labels import labels_of
from gisplan.plan.reading import for_people, in_order
from gisplan.plan.release import Released
from gisplan.plan.results import Results

MOST_ROWS = 40
"""A longer table of the chapter ends here; the workbook has all of it."""

NOTHING = Text(ja="", en="")


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.plan.paper").joinpath("paper.toml").read_text("utf-8"))


def say(key: str, **values: Any) -> Text:
    """Return a text of the chapter with values put in, texts each in its language."""
    row = _texts()[key]
    ja, en = (
        {name: value.of(language) if isinstance(value, Text) else value for name, value in values.items()}
        for language in ("ja", "en")
    )
    return Text(ja=row["ja"].format(**ja), en=row["en"].format(**en))


def joined(texts: Iterable[Text], *, ja: str = "、", en: str = ", ") -> Text:
    """Return texts as one list; those that are empty are left out."""
    found = [text for text in texts if text.ja]
    return Text(ja=ja.join(text.ja for text in found), en=en.join(text.en for text in found))


def same(text: str) -> Text:
    """Return a text that is the same in both languages."""
    return Text(ja=text, en=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Results, what the audience may have of them, and the figures that were written.

    Tables come from `tables` alone and rows of layers from `released.layers`: what is held back is in neither.
    """

    results: Results
    released: Released
    illustrations: tuple[Illustration, ...] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.results.atlas.plan

    def frame(self, name: str) -> pd.DataFrame | None:
        """Return a table, None where it was not computed, may not be told, or holds nothing."""
        found = self.tables.get(name)
        return None if found is None or found.empty else found

    def title_of(self, layer: str) -> Text:
        """Return what a layer is called."""
        spec = self.results.atlas.catalogue.get(layer)
        return same(layer) if spec is None else spec.title

    def board(
        self,
        name: str,
        columns: Sequence[str],
        *,
        rows: pd.DataFrame | None = None,
        title: Text | None = None,
        of: Collection[str] = (),
        notes: Iterable[Text] = (),
        most: int = MOST_ROWS,
    ) -> tuple[Board, ...]:
        """Return a table of the chapter, nothing where it was not computed.

        Parameters
        ----------
        name
            Its contract.
        columns
            The columns that are shown.
        rows
            Some of its rows, all where None.
        title
            Its title, that of the contract where None.
        of
            Layers whose credits stand below it.
        notes
            What else stands below it.
        most
            Rows that are shown.
        """
        frame = self.frame(name) if rows is None else rows
        if frame is None or frame.empty:
            return ()
        shown = sheet(frame.reset_index(drop=True), name, labels=self.labels.get(name))
        made = board_of(shown, columns, title=title, notes=(*notes, *self.sources(of)))
        return (shortened(made, most=most, where=contract(name).title),)

    def sources(self, layers: Collection[str]) -> tuple[Text, ...]:
        """Return the line that names the credits of some layers, with edition and day; nothing where none is there."""
        there = [name for name in layers if name in self.released.layers]
        if not there:
            return ()
        parts = [
            Text(ja=f"{self.title_of(name).ja}：{credit.ja}", en=f"{self.title_of(name).en}: {credit.en}")
            for name in there
            for credit in [self.credit_of(name)]
        ]
        return (say("source", told=joined(parts, ja="；", en="; "), date=self.plan.date.isoformat()),)

    def credit_of(self, layer: str) -> Text:
        """Return the credit of a layer as plan.toml or the catalogue gives it, with the edition where it is named."""
        own = [entry for entry in self.plan.layers if entry.layer == layer]
        named = list(dict.fromkeys(entry.credit for entry in own if entry.credit))
        credit = same("；".join(named)) if named else self.released.layers[layer].spec.source.credit
        editions = list(dict.fromkeys(entry.release for entry in own if entry.release))
        if not editions:
            return credit
        return say("edition", credit=credit, edition="・".join(editions))


def told_of(results: Results, released: Released, illustrations: Iterable[Illustration]) -> Told:
    """Return what the chapters are made of.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    illustrations
        The figures that were written for this audience.
    """
    ordered = in_order(released.tables)
    return Told(
        results=results,
        released=released,
        illustrations=tuple(illustrations),
        tables={**ordered, **for_people(ordered)},
        labels=labels_of(results.atlas.catalogue),
    )
