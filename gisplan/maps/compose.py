"""Makes what a page holds from what the lower floors give: layers of the atlas, tables of the contracts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import pandas as pd

from gisplan.core.tables import Column, contract, for_user
from gisplan.core.words import AUDIENCES, Audience, Field, Layer, Text
from gisplan.maps import style
from gisplan.maps.words import Heading, Labels, Look, MapLayer, Sheet

SHARE = "0–1"
"""The unit of a share: it is held and written to CSV from 0 to 1, and shown to people in percent."""


def map_layer(layer: Layer, *, audience: Audience = "internal", look: Look | None = None) -> MapLayer:
    """Return a layer of the atlas as a layer of a map, with the columns that the audience may see.

    Parameters
    ----------
    layer
        Vector layer of the atlas; a column without a single value is left out of the popup.
    audience
        Who will get the file.
    look
        How it is drawn beyond its colours; None means as `looks.toml` says.
    """
    spec = layer.spec
    fields = [entry for name, entry in spec.fields.items() if name in layer.table.columns]
    shown = [entry for entry in fields if _may_see(entry, audience) and _holds(layer.table[entry.name])]
    return MapLayer(
        name=spec.name,
        title=spec.title,
        kind=spec.kind,
        table=layer.table,
        style=spec.style,
        credit=spec.source.credit,
        group=style.group_title(spec.group),
        popup=tuple((entry.name, with_unit(entry.title, entry.unit)) for entry in shown),
        labels={entry.name: entry.labels for entry in shown if entry.labels},
        licence=spec.source.licence,
        visible=spec.style.visible,
        look=look,
    )


def _may_see(entry: Field, audience: Audience) -> bool:
    return AUDIENCES.index(entry.audience) <= AUDIENCES.index(audience)


def _holds(values: pd.Series) -> bool:
    return bool((values.notna() & (values.astype("object") != "")).any())


def unit_text(unit: str) -> Text:
    """Return a unit in words: minutes are 分 in Japanese, and a share, which is shown in percent, has none."""
    row = style.document("sheets.toml")["units"].get(unit)
    return Text(**row) if row else Text(ja=unit, en=unit)


def with_unit(title: Text, unit: str) -> Text:
    """Return a title with its unit, where there is one."""
    said = unit_text(unit)
    return Text(ja=_with(title.ja, said.ja), en=_with(title.en, said.en))


def _with(title: str, unit: str) -> str:
    return f"{title} [{unit}]" if unit else title


def sheet(frame: pd.DataFrame, name: str, *, labels: Labels | None = None) -> Sheet:
    """Return a table of a contract as the page shows it.

    Parameters
    ----------
    frame
        Table as `core.tables.hold` returns it.
    name
        Name of its contract.
    labels
        What the values of a column are called, e.g. of `verdict`; others stand as they are.
    """
    promise = contract(name)
    known = {column.name: heading(column) for column in promise.columns}
    wanted = style.document("sheets.toml")["first"].get(name, list(known))
    rest = [dataclasses.replace(known[column], first=False) for column in known if column not in wanted]
    return Sheet(
        name=name,
        title=promise.title,
        columns=(*(known[column] for column in wanted), *rest),
        notes=tuple(column_notes(name).values()),
        ja=for_user(frame, name, language="ja"),
        en=for_user(frame, name, language="en"),
        labels=labels or {},
    )


def heading(column: Column) -> Heading:
    """Return the heading of a column of a contract."""
    return Heading(
        name=column.name,
        title=column.title,
        unit=unit_text(column.unit),
        # Rows that are rounded each in its own way show the decimals they have.
        digits=None if column.finer else 0 if column.type == "integer" else column.digits,
        number=column.type in {"number", "integer"},
        share=column.unit == SHARE,
    )


def column_notes(name: str) -> Mapping[str, Text]:
    """Return by column what the titles of a table do not say."""
    return {
        column: Text(**row) for column, row in style.document("sheets.toml")["notes"].get(name, {}).items()
    }


def labelled(values: pd.Series, labels: Mapping[str, Text], *, language: str) -> pd.Series:
    """Return the values of a column as they are called in one language."""
    said = {value: text.ja if language == "ja" else text.en for value, text in labels.items()}
    return values.map(lambda value: said.get(style.key(value), value)) if said else values
