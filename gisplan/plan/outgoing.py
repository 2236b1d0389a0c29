"""What is said of the texts that are written: long ones are cut in some files, and some begin like a formula."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from gisplan.core.tables import Doubt, contract, findings, join
from gisplan.core.words import Language, Layer, Text
from gisplan.maps.csv_files import marked_cells
from gisplan.maps.encode import LONGEST_TEXT
from gisplan.plan.release import Released


def with_texts_told(released: Released, *, language: Language, csv: bool) -> Released:
    """Return what an audience may have, with findings on the texts in it.

    Parameters
    ----------
    released
        What the audience may have; no other text is looked at.
    language
        The language in which the tables are written.
    csv
        Whether they are written as CSV files, too.
    """
    doubts = [*_long_texts(released), *(_formulas(released, language) if csv else ())]
    if not doubts:
        return released
    told = join([released.tables["findings"], findings(doubts)], "findings")
    return dataclasses.replace(released, tables={**released.tables, "findings": told})


def _long_texts(released: Released) -> Iterator[Doubt]:
    for name, layer in released.layers.items():
        for column in layer.table.columns:
            values = layer.table[column]
            if values.dtype != object or column == "geometry":
                continue
            texts = values.tolist()
            longest = _longest(texts)
            if longest > LONGEST_TEXT:
                count = sum(isinstance(text, str) and len(text) > LONGEST_TEXT for text in texts)
                values_told = {
                    "column": _title(layer, str(column)),
                    "count": count,
                    "longest": f"{longest:,}",
                }
                yield Doubt(code="size.text", layer=name, subject=str(column), values=values_told)


def _longest(values: Sequence[object]) -> int:
    """Return the length of the longest text; most columns hold nothing else, and that is quick to see."""
    try:
        return max(map(len, values), default=0)  # type: ignore[arg-type]
    except TypeError:
        return max((len(value) for value in values if isinstance(value, str)), default=0)


def _title(layer: Layer, column: str) -> Text:
    entry = layer.spec.fields.get(column)
    return Text(ja=column, en=column) if entry is None else entry.title


def _formulas(released: Released, language: Language) -> Iterator[Doubt]:
    counts = {
        name: marked_cells(table, contract(name), language=language)
        for name, table in released.tables.items()
    }
    found = {name: count for name, count in counts.items() if count}
    if found:
        values = {"count": sum(found.values()), "tables": list(found)}
        yield Doubt(code="out.formula", layer="", values=values)
