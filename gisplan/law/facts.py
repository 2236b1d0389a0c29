"""What is known of a site, and the answer to whether a use may be there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

from gisplan.core.words import Text
from gisplan.law.logic import Truth, all_of
from gisplan.law.rule import Confidence
from gisplan.law.uses import uses

Work = Literal["", "new", "change"]

CONTROL = "市街化調整区域"
PROMOTED = "市街化区域"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A promotion area as it stands to a site: `inside` is None where the site lies across its edge.

    `uses` are the uses that its plan names for the special provision, None where that is not known; `uses_whole` is
    False where it names words, too, that are no known use, or where its parts name different ones. `unsettled` is
    the phrase that says why `inside` is None.
    """

    name: str
    inside: Truth
    use_exception: Truth
    consented_on: date | None
    published_on: date | None
    uses: frozenset[str] | None = None
    uses_whole: bool = True
    unsettled: str = "missing_edge"

    def conditions(self, *, day: date, since: date = date.min) -> Truth:
        """Return whether requirements, consent and publication are all there on a day.

        A publication before the Act came into force (`since`) cannot be that of this plan: its day is not known.
        """
        published = self.published(since=since)
        return all_of((self.use_exception, by_day(self.consented_on, day), by_day(published, day)))

    def published(self, *, since: date) -> date | None:
        """Return the day of publication, None where it is not known or lies before the Act."""
        early = self.published_on is not None and self.published_on < since
        return None if early else self.published_on

    @property
    def consented_late(self) -> bool:
        """True where the consent is dated after the publication that it should precede (22条8項)."""
        if self.consented_on is None or self.published_on is None:
            return False
        return self.consented_on > self.published_on

    def names(self, use: str, *, usual: Collection[str]) -> Truth:
        """Return whether the plan names a use; where its uses are not known, the usual ones are taken as named.

        Uses that one row of the table of uses decides are one: a hotel and a trial stay as lodging. Whether a plan
        that names offices means those in a combined dwelling, too, cannot be told.
        """
        if self.uses is None:
            return True if self.uses_whole and use in usual else None
        if _alike(use) in {_alike(named) for named in self.uses}:
            return True
        doubtful = use == "dwelling_with_office" and "office_coworking" in self.uses
        return None if doubtful or not self.uses_whole else False

    def applies(self, use: str, *, usual: Collection[str], day: date, since: date) -> Truth:
        """Return whether the special provision can be asked for on a site in this area.

        Parameters
        ----------
        use
            The use of the site.
        usual
            The uses that a plan is taken to name where it does not tell.
        day
            The day on which the law is applied.
        since
            The day on which the Act came into force.
        """
        named = self.names(use, usual=usual)
        return all_of((self.inside, named, self.conditions(day=day, since=since)))


def _alike(use: str) -> str:
    return uses()[use].same_as if use in uses() else use


def by_day(when: date | None, day: date) -> Truth:
    """Return whether something had happened by a day; None where its date is not known."""
    return None if when is None else when <= day


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a building: its use, floor area [m²] and storey, None where not known."""

    use: str
    floor_area: float | None = None
    storey: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one site.

    `zone` is "" on land without a zone polygon, `division` is "" where none is set (white land); both are
    None where the data do not tell, and `zone_missing`, `division_missing`, `planning_missing` say why.
    `floor_area` is in m². `others` are the other parts of the same building, none where it has one use; `work` is
    "" where the data do not tell new building from change of use.
    """

    use: str
    floor_area: float | None = None
    storey: int | None = None
    others: tuple[Part, ...] = ()
    work: Work = ""
    zone: str | None = None
    zone_missing: Text | None = None
    division: str | None = None
    division_missing: Text | None = None
    division_inferred: bool = False
    inside_planning: Truth = None
    planning_missing: Text | None = None
    areas: tuple[Standing, ...] | None = None

    @property
    def building(self) -> tuple[Part, ...]:
        """All parts of the building, the one judged first."""
        return (Part(use=self.use, floor_area=self.floor_area, storey=self.storey), *self.others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question on the way to a verdict: what was found, and by which articles; `holds` is the answer to it.

    `open` says that the question asks what, not whether: what was found is then the answer.
    """

    question: Text
    found: Text
    holds: Truth
    articles: tuple[str, ...] = ()
    confidence: Confidence = "verbatim"
    open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A verdict with its limits [m², storeys], reason, articles, what is to be confirmed, and the way to it."""

    verdict: str
    reason: tuple[Text, ...]
    articles: tuple[str, ...] = ()
    caution: tuple[Text, ...] = ()
    max_floor_area: float | None = None
    max_storey: int | None = None
    steps: tuple[Step, ...] = ()
