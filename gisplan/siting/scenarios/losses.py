"""What must be said aloud of a scenario: who is worse off or no longer assessed, and where nothing could change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gisplan.access.nearest import points_of
from gisplan.access.origins import read_origins
from gisplan.access.places import amount
from gisplan.core.scenario import Scenario
from gisplan.core.tables import Doubt
from gisplan.core.words import Atlas, Text
from gisplan.network import Connected, snap
from gisplan.siting.scenarios.added import named
from gisplan.siting.scenarios.forms import forms
from gisplan.siting.scenarios.gains import FEW, WORSE, bands, best, link_changes
from gisplan.siting.scenarios.indicators import Compared, indicators
from gisplan.siting.scenarios.standards import losses

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gisplan.siting.scenarios.trips import Trips

UNMOVED = ("same", "unreached", "not_assessed")
WAYS: Mapping[str, Text] = {
    "to_interchange": Text(ja="ICへ", en="to the interchange"),
    "to_hub": Text(ja="ICから", en="from it"),
}
SIDES: Mapping[str, Text] = {
    "before": Text(ja="整備前", en="before"),
    "after": Text(ja="整備後", en="after"),
}


def said_of(found: Compared, *, roads: gpd.GeoDataFrame) -> list[Doubt]:
    """Return who is worse off, cut off or no longer assessed, or that nobody notices anything.

    A loss is never left to a table alone.

    Parameters
    ----------
    found
        The scenario beside today.
    roads
        The roads that it changes.
    """
    doubts: list[Doubt] = []
    moved = False
    for trips in found.trips:
        for to in trips.before:
            band = bands(trips.before[to], trips.after[to])
            moved = moved or not np.isin(band, UNMOVED).all()
            doubts += _of_trips(found, trips, to, band)
    doubts += _unreached(found)
    links = link_changes(found.scenario, found.before, found.after, roads=roads, hubs=found.hubs)
    doubts += _of_hubs(found, links)
    table = indicators(found)
    doubts += _of_standards(found, table)
    # An indicator may tell what no time does: the width of a road, a hub that is assessed only now.
    moved = (
        moved
        or not links["state"].isin(UNMOVED).all()
        or bool((table["difference"].fillna(0.0) != 0.0).any())
    )
    moved = moved or bool((table["before"].isna() != table["after"].isna()).any())
    if not moved:
        values = {"scenario": found.scenario}
        doubts.append(Doubt(code="scenario.no_gain", layer="road", subject=found.scenario, values=values))
    return doubts


def _of_standards(found: Compared, table: pd.DataFrame) -> Iterable[Doubt]:
    """Yield a doubt for each layer of which fewer are within a yardstick, more in a void, or a time gets worse."""
    worse = losses(table)
    subject = worse["layer"].where(worse["layer"] != "", worse["to"])
    for layer, rows in worse.groupby(subject, sort=True):
        titles = [Text(ja=ja, en=en) for ja, en in zip(rows["title_ja"], rows["title_en"], strict=True)]
        rest = len(titles) - FEW
        more = [Text(ja=f"ほか {rest}", en=f"{rest} more")] if rest > 0 else []
        values = {"scenario": found.scenario, "count": len(titles), "titles": [*titles[:FEW], *more]}
        yield Doubt(code="scenario.standard_worse", layer=str(layer), subject=found.scenario, values=values)


def _of_trips(found: Compared, trips: Trips, to: str, band: NDArray[np.object_]) -> Iterable[Doubt]:
    before, after = np.isnan(trips.before[to]), np.isnan(trips.after[to])
    told = {
        "scenario": found.scenario,
        "layer": found.titles.get(trips.layer, Text(ja=trips.layer, en=trips.layer)),
        "to": found.titles.get(to, Text(ja=to, en=to)),
    }
    subject = f"{found.scenario} → {to}"
    cases = {"scenario.worse": np.isin(band, WORSE), "scenario.fell_out": ~before & after}
    if len(before) and before.all() != after.all():
        # One side has nothing to go to, so there is no difference for anybody.
        side = "before" if before.all() else "after"
        values = told | {"side": SIDES[side]}
        yield Doubt(code="scenario.one_side", layer=trips.layer, subject=subject, values=values)
        del cases["scenario.fell_out"]
    for code, those in cases.items():
        if those.any():
            many = amount(trips.layer, int(those.sum()), float(np.nansum(trips.weight[those])))
            yield Doubt(code=code, layer=trips.layer, subject=subject, values=told | {"amount": many})


def _of_hubs(found: Compared, links: pd.DataFrame) -> Iterable[Doubt]:
    """Yield a doubt on every hub that is cut off, farther from its interchange, or no longer on a road."""
    had = links["minutes_before"].notna() & (links["state"] == "not_assessed")
    cases = {
        "scenario.hub_lost": links["state"] == "lost",
        "scenario.hub_worse": links["state"] == "worse",
        "scenario.hub_fell_out": had,
    }
    for code, those in cases.items():
        for hub, rows in links[those].groupby("hub", sort=True):
            ways = [text for way, text in WAYS.items() if way in set(rows["direction"])]
            values = {
                "scenario": found.scenario,
                "hub": str(hub),
                "ways": _joined(ways),
                "before": _printed(rows["minutes_before"].max()),
                "after": _printed(rows["minutes_after"].max()),
            }
            yield Doubt(code=code, layer="hub", subject=f"{found.scenario} → {hub}", values=values)


def _unreached(found: Compared) -> Iterable[Doubt]:
    """Yield a doubt on every hub that is added and reaches no interchange, or is reached from none."""
    after = {way: best(found.after, way) for way in WAYS}
    lost: dict[str, list[Text]] = {}
    for way, rows in after.items():
        for hub, row in rows.items():
            if hub not in found.hubs and np.isinf(row["minutes"]):
                lost.setdefault(str(row["hub"]), []).append(WAYS[way])
    for hub, ways in sorted(lost.items()):
        values = {"scenario": found.scenario, "hub": hub, "ways": _joined(ways)}
        yield Doubt(
            code="scenario.hub_unreached", layer="hub", subject=f"{found.scenario} → {hub}", values=values
        )


def _printed(minutes: float) -> str:
    """Return minutes as the form of the grant prints them."""
    return f"{forms()['ic_minutes'].value(minutes):.1f}"


def _joined(ways: Sequence[Text]) -> Text:
    return Text(ja="・".join(way.ja for way in ways), en=" and ".join(way.en for way in ways))


def off_road(atlas: Atlas, scenario: Scenario, *, after: Connected) -> list[Doubt]:
    """Return a doubt on places that a scenario adds where no usable road is near: they show in no time.

    Parameters
    ----------
    atlas
        The layers of the scenario.
    scenario
        What it adds.
    after
        Its network.
    """
    ways = after.ways
    doubts = []
    for change in scenario.places:
        table = atlas.table(change.layer)
        if ways is None or table is None:
            continue
        ids = table["id"].astype(str)
        mine = gpd.GeoDataFrame(table[(ids == change.key) | ids.str.startswith(f"{change.key}/")])
        if change.layer == "interchange":
            off = ~mine["id"].isin(after.used_interchanges).to_numpy()
        else:
            points = points_of(mine.geometry.to_numpy())
            off = ~snap(ways.network, points, limit_m=ways.limit_m, allowed=ways.snappable).found
        if not off.any():
            continue
        spec = atlas.catalogue.get(change.layer)
        values = {
            "scenario": scenario.name,
            "key": change.key,
            "layer": Text(ja=change.layer, en=change.layer) if spec is None else spec.title,
            "count": len(mine),
            "off": int(off.sum()),
            "limit": f"{ways.limit_m:g}",
            "names": named(mine[off]),
        }
        doubts.append(
            Doubt(code="scenario.place_off_road", layer=change.layer, subject=change.key, values=values)
        )
    return doubts


def unfronted(atlas: Atlas, scenario: str, *, today: Connected, after: Connected) -> list[Doubt]:
    """Return a doubt on places that stand on no road today but near one that is opened without frontage.

    Parameters
    ----------
    atlas
        The layers of the scenario.
    scenario
        Its name.
    today, after
        The networks of today and of the scenario.
    """
    roads, ways, old = atlas.table("road"), after.ways, today.ways
    if roads is None or ways is None or old is None or "frontage" not in roads:
        return []
    passing = roads["id"].isin(roads.loc[~roads["frontage"].fillna(value=True).astype(bool), "id"]).to_numpy()
    network = ways.network
    near = passing[network.road] & ~ways.snappable
    if not near.any():
        return []
    doubts = []
    for layer in dict.fromkeys(("hub", *atlas.plan.access.origins, *atlas.plan.access.destinations)):
        origins = read_origins(atlas, layer)
        if origins is None or layer == "interchange":
            continue
        points = origins.points
        off = ~snap(old.network, points, limit_m=old.limit_m, allowed=old.snappable).found
        off &= ~snap(network, points, limit_m=ways.limit_m, allowed=ways.snappable).found
        beside = (
            off & snap(network, points, limit_m=ways.limit_m, allowed=near).found & ~shapely.is_empty(points)
        )
        if not beside.any():
            continue
        many = amount(layer, int(beside.sum()), float(np.nansum(origins.weight[beside])))
        spec = atlas.catalogue.get(layer)
        title = Text(ja=layer, en=layer) if spec is None else spec.title
        values = {"scenario": scenario, "layer": title, "amount": many, "limit": f"{ways.limit_m:g}"}
        doubts.append(Doubt(code="scenario.frontage", layer=layer, subject=scenario, values=values))
    return doubts
