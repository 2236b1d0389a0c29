"""What the ground gives to say of a site: where it lies, the shares of the zones, what is to be confirmed."""

from __future__ import annotations

import numpy as np

from gisplan.core.words import Text
from gisplan.law.facts import CONTROL, Facts
from gisplan.law.gather import HALF, OUTSIDE, UNNAMED, Hold
from gisplan.law.grounds import Grounds
from gisplan.law.phrases import listed, metres_text, say, zone_text
from gisplan.overlay.share import NOISE


def share_text(share: float) -> Text:
    """Return a share in percent, and on which side of one half it is where rounding hides that."""
    percent = f"{100 * share:.1f}%"
    if percent != f"{100 * HALF:.1f}%":
        return Text(ja=percent, en=percent)
    if abs(share - HALF) <= NOISE:
        return say("half", percent=percent)
    return say("over_half" if share > HALF else "under_half", percent=percent)


def zone_name(value: str) -> Text:
    """Return the name of a zone, or of ground that has none."""
    if value in {OUTSIDE, UNNAMED}:
        return say("no_zone" if value == OUTSIDE else "unnamed_zone")
    return zone_text(value)


def shares_text(hold: Hold | None, *, size: float) -> Text:
    """Return the zones of a lot with their shares, the largest first; nothing for a point.

    Parameters
    ----------
    hold
        How the zones hold the lot, None where they are not known.
    size
        Its area [m²].
    """
    if hold is None or not size:
        return Text(ja="", en="")
    ranked = sorted(hold.shares, key=lambda value: (-hold.shares[value], value))
    return listed(
        say(
            "share_sliver" if value in hold.slivers else "share_of",
            zone=zone_name(value),
            percent=_percent(hold.shares[value]),
            area=f"{hold.shares[value] * size:,.1f}",
        )
        for value in ranked
    )


def _percent(share: float) -> str:
    """Return a share in percent; one that is neither all nor nothing never reads as if it were."""
    text = f"{100 * share:.1f}%"
    if text == "100.0%" and share < 1 - NOISE:
        return ">99.9%"
    return "<0.1%" if text == "0.0%" else text


def lead(facts: Facts, *, lot: str, size: float, grounds: Grounds) -> tuple[Text, ...]:
    """Return where a site lies, as the first sentences of its reason.

    Parameters
    ----------
    facts
        What is known of the site.
    lot
        Its id.
    size
        Its area [m²], 0 for a point.
    grounds
        Where the sites of its layer lie.
    """
    hold = grounds.zone.get(lot)
    if facts.division == CONTROL or facts.zone is None or hold is None:
        return ()
    if facts.zone == OUTSIDE:
        white = facts.division == "" and facts.inside_planning
        return (say("white_land"),) if white else ()
    zone = zone_text(facts.zone)
    known = sorted({grounds.years[area] for area in hold.ids if area in grounds.years})
    year = say("zone_year", year="・".join(known)) if known else say("zone_year_unknown")
    if size == 0:
        return say("zone_point", zone=zone), year
    if hold.share == 1.0:
        return say("zone_whole", zone=zone), year
    return say("zone_majority", zone=zone, part=share_text(hold.share)), year


def cautions(facts: Facts, *, lot: str, size: float, grounds: Grounds) -> tuple[Text, ...]:
    """Return what the ground gives to confirm of a site.

    Parameters
    ----------
    facts
        What is known of the site.
    lot
        Its id.
    size
        Its area [m²], 0 for a point.
    grounds
        Where the sites of its layer lie.
    """
    found = [say("confirm_point")] if size == 0 else []
    found += _about_borders(facts, lot=lot, size=size, grounds=grounds)
    if lot in grounds.district_plans:
        found.append(say("confirm_district_plan", names=grounds.district_plans[lot]))
    if grounds.land.district_plans is None:
        found.append(say("confirm_district_plan_layer"))
    if lot in grounds.utilization:
        found.append(say("confirm_utilization", names=grounds.utilization[lot]))
    return tuple(found)


def _control_share(lot: str, grounds: Grounds) -> float:
    """Return how much of a lot is urbanization control area; where only the other side is drawn, what that leaves."""
    division = grounds.division.get(lot)
    if division is None:
        return 0.0
    rest = grounds.land.only_promoted and grounds.municipality.get(lot) and not grounds.undivided.get(lot)
    return division.shares.get(CONTROL, 0.0) + (division.shares.get(OUTSIDE, 0.0) if rest else 0.0)


def _about_borders(facts: Facts, *, lot: str, size: float, grounds: Grounds) -> list[Text]:
    """Return what borders near or across the site give to confirm."""
    tolerance, hold = grounds.options.tolerance_m, grounds.zone.get(lot)
    found = []
    # A boundary that is off by the tolerance moves about this much ground of a lot of this size.
    strip = tolerance * np.sqrt(size)
    if hold and size and hold.share < 1 and abs(hold.edge_m2) < strip:
        found.append(say("confirm_margin", tolerance=tolerance))
    if hold and hold.contested_m2 and hold.decides:
        found.append(say("confirm_contested", area=metres_text(hold.contested_m2)))
    if hold and hold.slivers:
        zones = listed(zone_name(value) for value in sorted(hold.slivers))
        found.append(say("confirm_sliver", zones=zones, tolerance=tolerance))
    if facts.division == CONTROL and facts.zone:
        found.append(say("confirm_zone_in_control", zone=zone_text(facts.zone)))
    if facts.division != CONTROL and _control_share(lot, grounds) * size > strip:
        found.append(say("confirm_part_control"))
    return found
