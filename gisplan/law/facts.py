"""What is known of a site, and the answer to whether a use may be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gisplan.core.words import Text
from gisplan.law.logic import Truth, all_of

CONTROL = "市街化調整区域"
PROMOTED = "市街化区域"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A promotion area as it stands to a site: `inside` is None where the site lies across its edge.

    `uses` are the uses that its plan names for the special provision, None where that is not known.
    """

    name: str
    inside: Truth
    use_exception: Truth
    consented_on: date | None
    published_on: date | None
    uses: frozenset[str] | None = None

    def conditions(self, *, day: date) -> Truth:
        """Return whether requirements, consent and publication are all there on a day."""
        return all_of((self.use_exception, by_day(self.consented_on, day), by_day(self.published_on, day)))

    def applies(self, *, day: date) -> Truth:
        """Return whether the special provision can be asked for on a site in this area on a day."""
        return all_of((self.inside, self.conditions(day=day)))


def by_day(when: date | None, day: date) -> Truth:
    """Return whether something had happened by a day; None where its date is not known."""
    return None if when is None else when <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one site.

    `zone` is "" on land without a zone polygon, `division` is "" where none is set (white land); both are
    None where the data do not tell, and `zone_missing`, `division_missing`, `planning_missing` say why.
    `floor_area` is in m².
    """

    use: str
    floor_area: float | None = None
    storey: int | None = None
    zone: str | None = None
    zone_missing: Text | None = None
    division: str | None = None
    division_missing: Text | None = None
    inside_planning: Truth = None
    planning_missing: Text | None = None
    areas: tuple[Standing, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict with its limits [m², storeys], reason, articles and what is to be confirmed."""

    verdict: str
    reason: tuple[Text, ...]
    articles: tuple[str, ...] = ()
    caution: tuple[Text, ...] = ()
    max_floor_area: float | None = None
    max_storey: int | None = None
