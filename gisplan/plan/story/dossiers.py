"""The panel of a hub: verdict, links, who is within reach, programmes and who is served, from the tables told.

Everything in it stands in a table, too: `verdicts`, `best_links`, `place_reach`, `programmes`, `siting_served`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.words import Text
from gisplan.maps.story.words import Dossier, Part
from gisplan.maps.words import Labels, MapLayer
from gisplan.network.places import labels as called
from gisplan.plan.labels import labels_of
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.story.captions import story_caption as said

HUB = "hub"
CHOSEN = "siting_hub"
"""The layers whose features have a panel: the hubs of the plan, and those that a siting chose."""

REACH = "place_reach"
PROGRAMME_ORDER = ("fits", "cannot_tell", "does_not_fit")
SHOWN = ("zone", "area_division", "promotion_area", "articles")


def dossiers_of(
    results: Results, released: Released, layers: Iterable[MapLayer], *, colours: Mapping[str, str]
) -> tuple[Dossier, ...]:
    """Return the panels of the hubs on a page.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have; nothing else is told.
    layers
        The layers of the page.
    colours
        The colour of each verdict.
    """
    desk = _Desk(results, released, colours)
    return tuple(
        Dossier(layer=layer.name, row=row, title=Text(ja=name, en=name), parts=parts)
        for layer in layers
        if layer.name in {HUB, CHOSEN}
        for row, (key, name) in enumerate(_names(layer, released))
        if (parts := desk.parts(layer.name, key, name))
    )


def _names(layer: MapLayer, released: Released) -> Iterator[tuple[str, str]]:
    """Yield the id of every feature of a layer with what it is called.

    The tables name a hub among all hubs; of two of one name only one may be drawn.
    """
    whole = released.layers[HUB].table if layer.name == HUB else layer.table
    names = dict(zip(whole["id"].astype(str), map(str, called(whole)), strict=True))
    for key in layer.table["id"].astype(str):
        yield key, names[key]


class _Desk:
    """The tables that are told, and what their values are called."""

    def __init__(self, results: Results, released: Released, colours: Mapping[str, str]) -> None:
        self._tables = released.tables
        self._labels = labels_of(results.atlas.catalogue)
        self._colours = colours
        self._inside = results.atlas.plan.audience == "internal"

    def parts(self, layer: str, key: str, name: str) -> tuple[Part, ...]:
        """Return the parts of one panel, without those of which nothing is told."""
        of_hub = layer == HUB
        found: list[Part | None] = [self._verdict(key, of_hub)]
        if of_hub:
            found += [self._links(name), self._reach(key), self._programmes(key)]
        return tuple(part for part in (*found, self._served(key)) if part is not None)

    def _rows(self, table: str, **values: str) -> pd.DataFrame:
        """Return the rows of a table with some values, none where it is not told."""
        rows = self._tables.get(table)
        if rows is None:
            return pd.DataFrame()
        keep = np.ones(len(rows), bool)
        for column, value in values.items():
            keep &= (rows[column].astype(str) == value).to_numpy(bool)
        return rows[keep]

    def _call(self, table: str, column: str, value: Any) -> Text:
        own: Labels = self._labels.get(table, {})
        return own.get(column, {}).get(str(value), Text(ja=str(value), en=str(value)))

    def _verdict(self, key: str, of_hub: bool) -> Part | None:
        rows = self._rows("verdicts", layer=HUB if of_hub else "site", id=key)
        if rows.empty:
            return None
        row = rows.iloc[0]
        titles = titles_of_verdicts()
        lines = [(said("reason"), Text(ja=row["reason_ja"], en=row["reason_en"]))]
        lines += [
            (titles[column], self._call("verdicts", column, row[column]))
            for column in SHOWN
            if not _missing(row[column])
        ]
        return Part(
            title=said("verdict"),
            answer=self._call("verdicts", "verdict", row["verdict"]),
            colour=self._colours.get(str(row["verdict"]), ""),
            lines=tuple(lines),
        )

    def _links(self, name: str) -> Part | None:
        rows = self._rows("best_links", hub=name)
        if rows.empty:
            return None
        table = []
        for kind, own in rows.groupby("kind", sort=True):
            ways = {str(row["direction"]): row for _, row in own.iterrows()}
            inward, outward = ways.get("to_hub"), ways.get("to_interchange")
            first = inward if inward is not None else outward
            if first is None:
                continue
            table.append(
                (
                    self._interchange(str(first["interchange"] or ""), str(kind)),
                    self._time(inward),
                    self._time(outward),
                    said("length", length=f"{first['length_m'] / 1000:.1f}")
                    if not _missing(first["length_m"])
                    else said("not_told"),
                )
            )
        head = ("link_from", "link_to_hub", "link_to_interchange", "link_length")
        return Part(title=said("link"), head=tuple(map(said, head)), rows=tuple(table))

    def _interchange(self, name: str, kind: str) -> Text:
        if not name:
            return self._call("best_links", "kind", kind)
        return said("link_smart", interchange=name) if kind == "smart" else Text(ja=name, en=name)

    def _time(self, row: Any) -> Text:
        """Return the minutes of a link, or why there are none."""
        if row is None:
            return said("not_told")
        if _missing(row["minutes"]):
            return Text(ja=row["reason_ja"], en=row["reason_en"])
        return said("minutes", minutes=f"{row['minutes']:.1f}")

    def _reach(self, key: str) -> Part | None:
        rows = self._rows(REACH, layer=HUB, id=key, scenario="")
        if rows.empty:
            return None
        counted = list(dict.fromkeys(rows["counted"]))
        table = [
            (said("within", minutes=f"{minutes:g}"), *(self._count(own, layer) for layer in counted))
            for minutes, own in rows.groupby("minutes", sort=True)
        ]
        note = said("reach_note")
        if not self._inside and "vacant_house" in counted:
            more = said("reach_shown")
            note = Text(ja=note.ja + more.ja, en=f"{note.en} {more.en}")
        return Part(
            title=said(f"reach_{rows['direction'].iloc[0]}"),
            head=(said("reach_time"), *(self._call(REACH, "counted", one) for one in counted)),
            rows=tuple(table),
            note=note,
        )

    def _count(self, rows: pd.DataFrame, layer: str) -> Text:
        own = rows[rows["counted"] == layer]
        if own.empty or _missing(own["count"].iloc[0]):
            return self._call("", "", "—")
        unit = self._call(REACH, "unit", own["unit"].iloc[0])
        count = f"{own['count'].iloc[0]:,.0f}"
        return Text(ja=f"{count} {unit.ja}", en=f"{count} {unit.en}")

    def _programmes(self, key: str) -> Part | None:
        rows = self._rows("programmes", layer=HUB, id=key)
        if rows.empty:
            return None
        order = {verdict: place for place, verdict in enumerate(PROGRAMME_ORDER)}
        ranked = rows.sort_values(
            "verdict", key=lambda held: held.map(order).fillna(len(order)), kind="stable"
        )
        return Part(
            title=said("programmes"),
            lines=tuple(self._programme(row) for _, row in ranked.iterrows()),
            note=said("programmes_note"),
        )

    def _programme(self, row: Any) -> tuple[Text, Text]:
        verdict = self._call("programmes", "verdict", row["verdict"])
        return (
            Text(ja=row["title_ja"], en=row["title_en"]),
            Text(ja=f"{verdict.ja}：{row['reason_ja']}", en=f"{verdict.en}: {row['reason_en']}"),
        )

    def _served(self, key: str) -> Part | None:
        rows = self._rows("siting_served", id=key, area="")
        rows = rows[rows["demand"].notna()] if len(rows) else rows
        if rows.empty:
            return None
        return Part(
            title=said("served"),
            head=tuple(map(said, ("served_of", "served_amount", "served_mean", "served_longest"))),
            rows=tuple(self._service(row) for _, row in rows.iterrows()),
        )

    def _service(self, row: Any) -> tuple[Text, ...]:
        unit = self._call("siting_served", "unit", row["unit"])
        amount = f"{row['demand']:,.0f}"
        return (
            self._call("siting_served", "layer", row["layer"]),
            Text(ja=f"{amount} {unit.ja}", en=f"{amount} {unit.en}"),
            *(self._minutes(row[column]) for column in ("mean_minutes", "longest_minutes")),
        )

    def _minutes(self, value: Any) -> Text:
        return said("not_told") if _missing(value) else said("minutes", minutes=f"{value:.1f}")


def titles_of_verdicts() -> Mapping[str, Text]:
    """Return the titles of the columns of the table `verdicts`."""
    from gisplan.plan.drawn import titles_of

    return titles_of("verdicts")


def _missing(value: Any) -> bool:
    return value is None or value == "" or bool(pd.isna(value))
