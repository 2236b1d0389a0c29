"""The map of an atlas and of what was computed from it, for a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gisplan.core.disk import write_whole
from gisplan.core.tables import join
from gisplan.core.words import Atlas
from gisplan.plan.release import release
from gisplan.plan.results import Results

if TYPE_CHECKING:
    from gisplan.access import Isochrones, Measured
    from gisplan.law.check import Checked
    from gisplan.network import Connected
    from gisplan.siting import Simulated, Sited
    from gisplan.siting.districts import Proposed


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A map as the text of one page that needs no network."""

    html: str

    def write(self, path: Path) -> Path:
        """Write the page, whole or not at all, and return where it is."""
        write_whole(path, self.html.encode())
        return path


def draw(  # noqa: PLR0913 (one keyword a verb)
    atlas: Atlas,
    *,
    checked: Checked | None = None,
    connected: Connected | None = None,
    measured: Measured | None = None,
    isochrones: Isochrones | None = None,
    sited: Sited | None = None,
    proposed: Proposed | None = None,
    simulated: Simulated | None = None,
) -> Drawing:
    """Return the map of a plan, with as many results as there are, for the audience of the plan.

    Parameters
    ----------
    atlas
        The layers of the plan.
    checked, connected, measured, isochrones, sited, proposed, simulated
        What `check`, `connect`, `measure`, `isochrones`, `site`, `propose` and `simulate` gave.
    """
    from gisplan.maps.interactive import html
    from gisplan.plan.picture import layers_of, page_of

    made = (checked, connected, measured, isochrones, sited, proposed, simulated)
    said = [part.findings for part in made if part is not None]
    results = Results(
        atlas=atlas,
        checked=checked,
        connected=connected,
        measured=measured,
        isochrones=isochrones,
        sited=sited,
        proposed=proposed,
        simulated=simulated,
        findings=join([atlas.findings, *said], "findings"),
    )
    released = release(results, audience=atlas.plan.audience)
    return Drawing(html=html(page_of(results, released, layers_of(results, released))))
