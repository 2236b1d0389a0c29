"""The steps of a plan in order: law, links, access, terrain, siting; each a function of the atlas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from gisplan.core.tables import Doubt, findings, join
from gisplan.core.words import Atlas

if TYPE_CHECKING:
    from gisplan.access import Measured, Services
    from gisplan.law.check import Checked
    from gisplan.network import Connected
    from gisplan.siting import Sited

Progress = Callable[[str], None]
Part = str

PARTS: tuple[Part, ...] = ("check", "access", "terrain", "site")
"""What a whole run computes; a command may ask for less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was computed for an atlas; a part that was not asked for is None."""

    atlas: Atlas
    checked: Checked | None = None
    connected: Connected | None = None
    measured: Measured | None = None
    terrain: pd.DataFrame | None = None
    sited: Sited | None = None
    services: Services | None = None
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by the name of its contract, in the order of the output."""
        found: dict[str, pd.DataFrame] = {"findings": self.findings}
        if self.atlas.districts is not None:
            found["districts"] = self.atlas.districts
        if self.checked is not None:
            found |= self.checked.tables
        if self.connected is not None:
            found["links"] = self.connected.links
        if self.measured is not None:
            found |= {"access": self.measured.access, "coverage": self.measured.coverage}
            if self.measured.transit is not None:
                found["transit"] = self.measured.transit
        if self.services is not None:
            found |= self.services.tables
        if self.sited is not None:
            found["siting"] = self.sited.siting
        if self.terrain is not None:
            found["terrain"] = self.terrain
        return found


def compute(
    atlas: Atlas, *, parts: tuple[Part, ...] = PARTS, houses: bool = False, progress: Progress
) -> Results:
    """Return the results of the parts asked for.

    Parameters
    ----------
    atlas
        The layers of the plan.
    parts
        Some of `PARTS`; `site` needs check and access and brings them along.
    houses
        Judge the vacant houses, too.
    progress
        Called with the name of each step before it runs.
    """
    wanted = set(parts)
    checked = connected = measured = terrain = sited = served = None
    if wanted & {"check", "site"}:
        from gisplan.law.check import check

        progress("law")
        checked = check(atlas, houses=houses)
    if wanted & {"access", "site"}:
        from gisplan.access import measure, services
        from gisplan.network import connect

        progress("network")
        connected = connect(atlas)
        progress("access")
        measured, served = measure(atlas, connected), services(atlas)
    if "terrain" in wanted:
        progress("terrain")
        terrain, doubts = _terrain(atlas)
    else:
        doubts = findings(())
    if "site" in wanted and atlas.plan.site is not None and checked is not None and connected is not None:
        from gisplan.siting import site

        progress("siting")
        sited = site(atlas, connected, checked.verdicts)
    parts_done = (checked, connected, measured, served, sited)
    said = [part.findings for part in parts_done if part is not None]
    return Results(
        atlas=atlas,
        checked=checked,
        connected=connected,
        measured=measured,
        terrain=terrain,
        sited=sited,
        services=served,
        findings=join([atlas.findings, *said, doubts], "findings"),
    )


def _terrain(atlas: Atlas) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return elevation and slope of hubs and sites, None where the plan names no elevation."""
    elevation = atlas.layers.get("elevation")
    if elevation is None or elevation.raster is None:
        return None, findings([Doubt(code="terrain.missing", layer="elevation")])
    from gisplan.overlay.zonal import terrain

    found = [
        terrain(table, elevation.raster, layer=name)
        for name in ("hub", "site")
        if (table := atlas.table(name)) is not None
    ]
    if not found:
        return None, findings(())
    return join([part.table for part in found], "terrain"), join(
        [part.findings for part in found], "findings"
    )
