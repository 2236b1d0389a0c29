"""The steps of a plan in order: law, links, access, terrain, siting, districts; each a function of the atlas."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from gisplan.core.tables import Doubt, findings, join
from gisplan.core.words import Atlas

if TYPE_CHECKING:
    from gisplan.access import Isochrone, Isochrones, Measured, Services
    from gisplan.law.check import Checked
    from gisplan.network import Connected
    from gisplan.siting import Defended, Simulated, Sited
    from gisplan.siting.districts import Proposed, Suited

Progress = Callable[[str], None]
Part = str

PARTS: tuple[Part, ...] = ("check", "access", "terrain", "site", "district", "scenario")
"""What a whole run computes; a command may ask for less."""


class _Part(Protocol):
    """What one step has found."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Its tables by the name of their contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was computed for an atlas; a part that was not asked for is None."""

    atlas: Atlas
    checked: Checked | None = None
    connected: Connected | None = None
    road_sections: pd.DataFrame | None = None
    measured: Measured | None = None
    isochrones: Isochrones | None = None
    terrain: pd.DataFrame | None = None
    sited: Sited | None = None
    defended: Defended | None = None
    suited: Suited | None = None
    proposed: Proposed | None = None
    simulated: Simulated | None = None
    services: Services | None = None
    findings: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Every table by the name of its contract, in the order of the output."""
        found: dict[str, pd.DataFrame] = {"findings": self.findings}
        if self.atlas.districts is not None:
            found["districts"] = self.atlas.districts
        found |= _tables(self.checked) | _tables(self.connected)
        if self.road_sections is not None:
            found["road_sections"] = self.road_sections
        if self.drawn:
            found["place_reach"] = self.reached
        found |= (
            _tables(self.measured) | _tables(self.services) | _tables(self.sited) | _tables(self.defended)
        )
        found |= self._districts
        if self.terrain is not None:
            found["terrain"] = self.terrain
        found |= _tables(self.simulated)
        return found

    @property
    def drawn(self) -> tuple[Isochrone, ...]:
        """The isochrones of today, and those of every scenario."""
        today = () if self.isochrones is None else self.isochrones.layers
        return today if self.simulated is None else (*today, *self.simulated.isochrones)

    @property
    def reached(self) -> pd.DataFrame:
        """Who lies within each time of each place of the isochrones."""
        from gisplan.access import place_reach

        return place_reach(self.drawn)

    @property
    def _districts(self) -> dict[str, pd.DataFrame]:
        """The tables on suitable ground and the districts proposed on it."""
        suited = {} if self.suited is None else {"suitability": self.suited.table}
        return suited if self.proposed is None else {**suited, **self.proposed.tables}


def _tables(part: _Part | None) -> dict[str, pd.DataFrame]:
    return {} if part is None else dict(part.tables)


def compute(
    atlas: Atlas, *, parts: tuple[Part, ...] = PARTS, houses: bool = False, progress: Progress
) -> Results:
    """Return the results of the parts asked for.

    Parameters
    ----------
    atlas
        The layers of the plan.
    parts
        Some of `PARTS`; `site` needs check and access and brings them along, `scenario` access, `district`
        the network.
    houses
        Judge the vacant houses, too.
    progress
        Called with the name of each step before it runs.
    """
    wanted = set(parts)
    checked = connected = sections = measured = drawn = served = sited = defended = simulated = None
    if wanted & {"check", "site"}:
        checked = _checked(atlas, houses, progress)
    scenarios = "scenario" in wanted and bool(atlas.plan.scenarios)
    if scenarios or wanted & {"access", "site"}:
        connected, sections = _connected(atlas, progress)
        measured, drawn, served = _measured(atlas, connected, progress)
    terrain, doubts = _terrain(atlas, progress) if "terrain" in wanted else (None, findings(()))
    if "site" in wanted and atlas.plan.site is not None and checked is not None and connected is not None:
        sited, defended = _sited(atlas, connected, checked.verdicts, progress)
    suited, proposed = _proposed(atlas, connected, progress) if "district" in wanted else (None, None)
    if scenarios:
        simulated = _simulated(atlas, connected, measured, progress)
        defended = _with_scenarios(atlas, connected, sited, defended, simulated)
    elif "check" in wanted and atlas.plan.scenarios:
        doubts = join([doubts, _foretold(atlas, progress)], "findings")
    made = (checked, connected, measured, drawn, served, sited, defended, suited, proposed, simulated)
    return Results(
        atlas=atlas,
        checked=checked,
        connected=connected,
        road_sections=sections,
        measured=measured,
        isochrones=drawn,
        terrain=terrain,
        sited=sited,
        defended=defended,
        suited=suited,
        proposed=proposed,
        simulated=simulated,
        services=served,
        findings=_said(atlas, made, doubts),
    )


def _said(atlas: Atlas, made: Iterable[Any], doubts: pd.DataFrame) -> pd.DataFrame:
    """Return the findings of an atlas and of the parts that were computed."""
    return join([atlas.findings, *(part.findings for part in made if part is not None), doubts], "findings")


def _checked(atlas: Atlas, houses: bool, progress: Progress) -> Checked:
    """Return what the law says of a plan."""
    from gisplan.law.check import check

    progress("law")
    return check(atlas, houses=houses)


def _connected(atlas: Atlas, progress: Progress) -> tuple[Connected, pd.DataFrame | None]:
    """Return the links of the plan, and what the law says of their sections."""
    from gisplan.law.road_sections import road_sections
    from gisplan.network import connect

    progress("network")
    connected = connect(atlas)
    return connected, road_sections(atlas, connected)


def _measured(
    atlas: Atlas, connected: Connected, progress: Progress
) -> tuple[Measured, Isochrones, Services]:
    """Return the minutes of the plan, from where its places are reached, and the service at its stops."""
    from gisplan.access import isochrones, measure, services

    progress("access")
    return measure(atlas, connected), isochrones(atlas, connected), services(atlas)


def _sited(
    atlas: Atlas, connected: Connected, verdicts: pd.DataFrame, progress: Progress
) -> tuple[Sited, Defended | None]:
    """Return the hubs of a plan, and what defends their choice."""
    from gisplan.siting import defend, site

    progress("siting")
    sited = site(atlas, connected, verdicts, progress=progress)
    return sited, defend(atlas, connected, sited, verdicts, progress=progress)


def _proposed(
    atlas: Atlas, connected: Connected | None, progress: Progress
) -> tuple[Suited | None, Proposed | None]:
    """Return how suitable the ground of a plan is, and the districts proposed on it, as far as it asks for them."""
    if atlas.plan.suitability is None:
        return None, None
    from gisplan.siting.districts import propose, suitability

    network = _connected(atlas, progress)[0] if connected is None else connected
    progress("district")
    suited = suitability(atlas, network)
    return suited, None if suited is None else propose(atlas, suited)


def _simulated(
    atlas: Atlas, connected: Connected | None, measured: Measured | None, progress: Progress
) -> Simulated | None:
    """Return the scenarios of a plan beside today."""
    if connected is None or measured is None:
        return None
    from gisplan.siting import simulate

    return simulate(atlas, connected, measured, progress=progress)


def _with_scenarios(
    atlas: Atlas,
    connected: Connected | None,
    sited: Sited | None,
    defended: Defended | None,
    simulated: Simulated | None,
) -> Defended | None:
    """Return what defends the hubs, with what becomes of them in the scenarios."""
    if connected is None or sited is None or defended is None or simulated is None:
        return defended
    from gisplan.siting import under_scenarios

    table, doubts = under_scenarios(atlas, connected, sited, simulated)
    changes = {} if table is None else {"siting_changes": table}
    return replace(
        defended,
        tables={**defended.tables, **changes},
        findings=join([defended.findings, doubts], "findings"),
    )


def _foretold(atlas: Atlas, progress: Progress) -> pd.DataFrame:
    """Return what the scenarios of a plan do, and refuse those that cannot work, without measuring anything."""
    from gisplan.siting import foretold

    progress("scenario")
    return foretold(atlas)


def _terrain(atlas: Atlas, progress: Progress) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return elevation and slope of hubs and sites, None where the plan names no elevation."""
    progress("terrain")
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
