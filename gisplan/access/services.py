"""What timetables and demand areas of a plan tell beside minutes: trips at stops, and who is inside an area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gisplan.access.demand import demand_service
from gisplan.access.stops import stop_service
from gisplan.core.tables import findings
from gisplan.core.words import Atlas


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The tables `stop_service` and `demand`, those that a plan has something for, and their findings."""

    tables: Mapping[str, pd.DataFrame]
    findings: pd.DataFrame


def services(atlas: Atlas) -> Services:
    """Return the trips at stops, and who is inside an area of demand transport.

    Parameters
    ----------
    atlas
        Layers and timetables of the plan.
    """
    stops, doubts = stop_service(atlas)
    found = {"stop_service": stops, "demand": demand_service(atlas)}
    tables = {name: table for name, table in found.items() if table is not None}
    return Services(tables=tables, findings=findings(doubts))
