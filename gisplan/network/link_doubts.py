"""What is to be said of the links between interchanges and hubs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.network.build import SAMPLE
from gisplan.network.ramps import WAYS

if TYPE_CHECKING:
    from gisplan.network.best import Best
    from gisplan.network.ground import Ground
    from gisplan.network.places import Hubs, Interchanges

BOTH_WAYS_SHARE = 20.0
"""There and back may differ by this share of the shorter time [%] before it is said."""


def link_doubts(
    on: Ground,
    table: pd.DataFrame,
    *,
    hubs: Hubs,
    interchanges: Interchanges,
    best: Best,
    nearest: int,
    left_out: int,
) -> list[Doubt]:
    """Return the doubts about the links.

    Parameters
    ----------
    on
        The network with its hubs and interchanges.
    table
        The table `links` before columns are left out.
    hubs, interchanges
        Places on the network.
    best
        What is told of the best interchanges.
    nearest, left_out
        How many interchanges are listed for a hub, and how many pairs are not.
    """
    doubts = [*_far(interchanges), *_off_road(hubs), *_ramps(interchanges)]
    if left_out:
        listed = {"nearest": nearest, "count": left_out}
        doubts.append(Doubt(code="net.links_nearest", layer="interchange", values=listed))
    if table.empty:
        return doubts
    lost = table["snap_hub_m"].notna() & table["minutes"].isna()
    one_way = table["joined"].astype(bool)
    alone = _off_all(table)
    off = table["hub"].isin(set(alone["hub"]))
    doubts += _grouped("net.unreached", table[lost & ~one_way & ~off])
    doubts += _grouped("net.unreached_one_way", table[lost & one_way])
    doubts += _grouped("net.cut_off", table[table["minutes"].notna() & table["detour_minutes"].isna()])
    doubts += _uneven(table)
    unknown = float(table["width_unknown_m"].sum())
    if unknown > 0.0:
        values = {"share": 100.0 * unknown / float(table["length_m"].sum())}
        doubts.append(Doubt(code="net.width_unknown", layer="road", values=values))
    return [*doubts, *_unmanaged(table), *_islands(on, alone, interchanges, best)]


def _far(interchanges: Interchanges) -> list[Doubt]:
    found, limit = interchanges.found, {"limit": f"{interchanges.limit_m:g}"}
    if not found.any():
        return [Doubt(code="net.no_interchange", layer="interchange", values=limit)]
    if found.all():
        return []
    counts = {"count": int((~found).sum()), "near": int(found.sum())}
    return [Doubt(code="net.interchange_far", layer="interchange", values=limit | counts)]


def _off_road(hubs: Hubs) -> list[Doubt]:
    limit = {"limit": f"{hubs.limit_m:g}"}
    return [
        Doubt(code="net.hub_off_road", layer="hub", subject=str(label), values=limit)
        for label in hubs.label[~hubs.snaps.found]
    ]


def _ramps(interchanges: Interchanges) -> list[Doubt]:
    """Return a doubt for each interchange whose ramps lead nowhere, and one for those without a ramp."""
    gates, found = interchanges.gates, interchanges.found
    limit = {"limit": f"{interchanges.limit_m:g}"}
    doubts: list[Doubt] = []
    for way in WAYS:
        code = "net.ramp_no_exit" if way == "to_hub" else "net.ramp_no_entry"
        astray = interchanges.label[gates.astray[way] & found]
        doubts += [Doubt(code=code, layer="interchange", subject=str(name), values=limit) for name in astray]
    bare = found & ~gates.on_ramp["to_hub"]
    if bare.any():
        names = sorted(map(str, interchanges.label[bare]))
        counts = {"count": len(names), "names": few(names)}
        doubts.append(Doubt(code="net.no_ramp", layer="interchange", values=limit | counts))
    return doubts


def _unmanaged(table: pd.DataFrame) -> list[Doubt]:
    """Return a doubt where the manager of part of the routes is not known."""
    unknown = float(table["manager_unknown_m"].sum())
    if unknown <= 0.0:
        return []
    values = {"share": 100.0 * unknown / float(table["length_m"].sum())}
    return [Doubt(code="net.manager_unknown", layer="road", values=values)]


def _off_all(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each hub on a road whose roads join those of no interchange."""
    on_road = table[table["snap_hub_m"].notna()]
    joined_somewhere = set(on_road.loc[on_road["joined"].astype(bool), "hub"])
    return on_road[~on_road["hub"].isin(joined_somewhere)].drop_duplicates("hub").sort_values("hub")


def _islands(on: Ground, alone: pd.DataFrame, interchanges: Interchanges, best: Best) -> list[Doubt]:
    """Return for each hub on an island how many metres of road it has, and by which ferries one would cross."""
    component = on.network.component[on.network.tail]
    count = int(interchanges.found.sum())
    doubts = []
    for row in alone.to_dict("records"):
        subject, length = str(row["hub"]), on.network.length[component == row["component"]].sum()
        values: dict[str, object] = {"metres": float(length), "count": count}
        doubts.append(Doubt(code="net.unreachable", layer="hub", subject=subject, values=values))
        why: Text | None = best.ferries.get(int(row["component"]))
        if why is not None:
            doubts.append(
                Doubt(code="net.ferry_needed", layer="hub", subject=subject, values={"ferries": why})
            )
    return doubts


def _uneven(table: pd.DataFrame) -> list[Doubt]:
    """Return a doubt for each interchange to which the way differs much from the way back."""
    wide = table.pivot_table(
        index=["interchange", "hub"], columns="direction", values="minutes"
    ).reset_index()
    if not set(WAYS) <= set(wide.columns):
        return []
    there, back = wide["to_hub"], wide["to_interchange"]
    differs = (there - back).abs() > BOTH_WAYS_SHARE / 100.0 * np.minimum(there, back)
    return _grouped("net.oneway", wide[differs], share=f"{BOTH_WAYS_SHARE:g}")


def _grouped(code: str, rows: pd.DataFrame, **more: str) -> list[Doubt]:
    """Return one doubt for each interchange, naming its hubs."""
    return [
        Doubt(
            code=code,
            layer="interchange",
            subject=str(interchange),
            values={"hubs": few(sorted(set(group["hub"]))), "count": group["hub"].nunique()} | more,
        )
        for interchange, group in rows.groupby("interchange", sort=True)
    ]


def few(names: list[str]) -> list[str]:
    """Return the first few names, with a sign where there are more."""
    return names[:SAMPLE] + ["…"] * (len(names) > SAMPLE)
