"""The chapters on areas and hubs: nesting, the special provision, and the facility table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.tables import half_up
from gisplan.core.words import Text
from gisplan.maps.papers.boards import MISSING
from gisplan.maps.papers.words import Board, Column, Heading, Paragraph, Part
from gisplan.network.places import labels as called
from gisplan.plan.paper.overview import hazards_at, hazards_unknown
from gisplan.plan.paper.told import Told, joined, same, say

AREAS = ("promotion_area", "priority_district", "zone")


def areas(told: Told) -> Iterator[Part]:
    """Yield the parts on promotion areas and priority districts."""
    nesting = told.board(
        "nesting",
        ("promotion_area", "priority_district", "area_ha", "parts", "version", "outside_m2", "verdict"),
        of=AREAS[:2],
    )
    if nesting:
        yield Heading(title=say("areas_nesting"))
        yield Paragraph(text=say("areas_nesting_lead", tolerance=f"{told.plan.check.tolerance_m:g}"))
        yield from nesting
    provision = told.board(
        "provision",
        ("promotion_area", "zone", "area_ha", "covered_ha", "share", "vacant_houses"),
        of=(AREAS[0], AREAS[2]),
        most=60,
    )
    if provision:
        yield Heading(title=say("areas_provision"))
        yield Paragraph(text=say("areas_provision_lead"))
        yield from provision
    yield from _titled("areas_words", told.board("districts", ("layer", "name", "made_of", "area_ha")))
    versions = ("name", "new_version", "new_published_on", "state", "added_ha", "removed_ha", "changes")
    yield from _titled("areas_versions", told.board("versions", versions, of=AREAS[:2]))
    columns = ("layer", "name", "area_ha", "suitability_mean", "people", "vacant_houses", "hubs", "overlap")
    compared = told.board("districts_compared", columns)
    if compared:
        yield Heading(title=say("areas_proposed"))
        yield Paragraph(text=say("areas_proposed_lead"))
        yield from compared
    weights = ("criterion", "layer", "weight", "scale", "forbidden_if", "source")
    yield from told.board("suitability", weights)


def _titled(key: str, boards: tuple[Board, ...]) -> Iterator[Part]:
    if boards:
        yield Heading(title=say(key))
        yield from boards


def hubs(told: Told) -> Iterator[Part]:
    """Yield the facility table, the reasons of its verdicts, and the verdicts on sites."""
    layer = told.released.layers.get("hub")
    if layer is not None and layer.assessed:
        yield Paragraph(text=say("hubs_lead"))
        yield _facilities(told, layer.table)
    verdicts = told.frame("verdicts")
    if verdicts is not None:
        own = verdicts[verdicts["layer"] == "hub"]
        yield from _titled("judged_reasons", _reasons(told, own, _names(told)))
        yield from _verdict_counts(told, verdicts)
    terrain = told.frame("terrain")
    if terrain is not None and layer is not None:
        yield from _terrain(told, terrain[terrain["layer"] == "hub"], _names(told))


def _names(told: Told) -> Mapping[str, str]:
    """Return by its id what a hub is called in the tables on roads: of two of one name each has its id, too."""
    layer = told.released.layers.get("hub")
    if layer is None or not layer.assessed or "name" not in layer.table:
        return {}
    return dict(zip(layer.table["id"].astype(str), map(str, called(layer.table)), strict=True))


def _reasons(told: Told, rows: pd.DataFrame, names: Mapping[str, str]) -> tuple[Board, ...]:
    """Return the verdicts with their reasons and articles; hubs of one reason stand in one row."""
    if rows.empty:
        return ()
    labels = told.labels["verdicts"]["verdict"]
    made = []
    for (verdict, ja, en, articles), own in rows.groupby(
        ["verdict", "reason_ja", "reason_en", "articles"], sort=False
    ):
        hubs_named = joined(same(names.get(one, one)) for one in own["id"].astype(str))
        made.append(
            (hubs_named, _label(labels, str(verdict)), Text(ja=str(ja), en=str(en)), same(str(articles)))
        )
    heads = ("hub_name", "verdict", "reason", "articles")
    return (
        Board(
            title=say("judged_reasons"),
            columns=tuple(Column(title=say(key)) for key in heads),
            rows=tuple(made),
        ),
    )


def _facilities(told: Told, table: pd.DataFrame) -> Board:
    """Return the table of hubs that a plan is asked for: a row each, in the order of the list."""
    hazards = hazards_at(told, table.geometry.to_numpy())
    names, verdicts, minutes = _names(told), _judged(told), _quickest(told)
    rows = tuple(
        (
            same(names.get(row.id, row.id)),
            _or_missing(row, "address"),
            verdicts.get(row.id, {}).get("zone", MISSING),
            verdicts.get(row.id, {}).get("verdict", MISSING),
            minutes.get(names.get(row.id, row.id), MISSING),
            hazards[place],
            _number(row, "floor_area"),
        )
        for place, row in enumerate(_records(table))
    )
    heads = ("name", "address", "zone", "verdict", "minutes", "hazard", "area")
    numbers = {"minutes", "area"}
    return Board(
        title=say("hubs_table"),
        columns=tuple(Column(title=say(f"hub_{key}"), number=key in numbers) for key in heads),
        rows=rows,
        notes=(
            say("hub_note"),
            *hazards_unknown(told),
            say("hub_rounding"),
            *told.sources(
                ("hub", "zone", "interchange", "road", "flood", "landslide", "tsunami", "inland_flood")
            ),
        ),
    )


class _Row:
    """One row of a layer by the names of its columns."""

    def __init__(self, held: Mapping[str, Any]) -> None:
        self.held = held
        self.id = str(held["id"])


def _records(table: pd.DataFrame) -> list[_Row]:
    plain = table.drop(columns=table.geometry.name)
    return [_Row({str(key): value for key, value in row.items()}) for row in plain.to_dict("records")]


def _or_missing(row: _Row, column: str) -> Text:
    value = row.held.get(column)
    return MISSING if value is None or value is pd.NA or value != value or value == "" else same(str(value))  # noqa: PLR0124 (NaN)


def _number(row: _Row, column: str) -> Text:
    value = row.held.get(column)
    return MISSING if value is None or pd.isna(value) else same(f"{half_up(float(value), 2):,.2f}")


def _judged(told: Told) -> dict[str, dict[str, Text]]:
    """Return zone and verdict of each hub by its id, in words."""
    verdicts = told.frame("verdicts")
    if verdicts is None:
        return {}
    labels = told.labels["verdicts"]
    found: dict[str, dict[str, Text]] = {}
    for row in verdicts[verdicts["layer"] == "hub"].to_dict("records"):
        used, verdict = (_label(labels[key], str(row[key])) for key in ("use", "verdict"))
        zone = _label(labels["zone"], str(row["zone"]))
        both = joined([used, verdict], ja="：", en=": ")
        found[str(row["id"])] = {
            "zone": zone if zone.ja else MISSING,
            "verdict": both if both.ja else MISSING,
        }
    return found


def _label(labels: Mapping[str, Text], value: str) -> Text:
    return labels.get(value, same(value))


def _quickest(told: Told) -> dict[str, Text]:
    """Return the minutes from each hub to its quickest full interchange, with its name; words where there are none."""
    links = told.frame("best_links")
    if links is None:
        return {}
    states = told.labels["best_links"]["state"]
    own = links[(links["direction"] == "to_interchange") & (links["kind"] == "full")]
    found: dict[str, Text] = {}
    for row in own.to_dict("records"):
        minutes = row["minutes"]
        known = minutes is not None and np.isfinite(float(minutes))
        figure = same(f"{half_up(float(minutes), 1):.1f}\n{row['interchange']!s}") if known else None
        found[str(row["hub"])] = figure or _label(states, str(row["state"]))
    return found


def _verdict_counts(told: Told, verdicts: pd.DataFrame) -> Iterator[Part]:
    layers = [name for name in ("hub", "site") if (verdicts["layer"] == name).any()]
    if "site" not in layers:
        return
    labels = told.labels["verdicts"]["verdict"]
    counts = Counter(zip(verdicts["verdict"], verdicts["layer"], strict=True))
    order = [name for name in labels if any(counts[name, layer] for layer in layers)]
    rows = tuple((labels[name], *(same(f"{counts[name, layer]:,}") for layer in layers)) for name in order)
    heads = [say({"hub": "hubs_count", "site": "sites_count"}[layer]) for layer in layers]
    yield Heading(title=say("sites_verdicts"))
    yield Board(
        title=say("sites_verdicts_table"),
        columns=(Column(title=say("verdict")), *(Column(title=head, number=True) for head in heads)),
        rows=rows,
        notes=told.sources(layers),
    )


def _terrain(told: Told, rows: pd.DataFrame, names: Mapping[str, str]) -> Iterator[Part]:
    shown = rows.assign(id=[names.get(one, one) for one in rows["id"].astype(str)])
    columns = ("id", "elevation_m", "slope_deg", "slope_max_deg")
    yield from _titled("terrain", told.board("terrain", columns, rows=shown, of=("elevation",)))
