"""The isochrones of a page minute by minute: which rows belong to which place and time, and which houses are within."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gisplan.core.words import Spec, Text
from gisplan.maps.story.words import Reach, Swipe
from gisplan.maps.words import MapLayer
from gisplan.plan.isochrones import EACH, PREFIX, SCENARIO
from gisplan.plan.labels import labels_of
from gisplan.plan.release import Released
from gisplan.plan.story.captions import story_caption

if TYPE_CHECKING:
    from gisplan.access import Isochrone

FIRST_SIGN = ord("0")
MOST_TIMES = 60
"""Times that a sign of their own stands for; no plan comes near."""


def reaches_of(
    released: Released,
    layers: Sequence[MapLayer],
    *,
    catalogue: Mapping[str, Spec],
    scenarios: Sequence[str],
) -> tuple[Reach, ...]:
    """Return the isochrones of a page as its controls need them.

    Parameters
    ----------
    released
        What the audience may have.
    layers
        The layers of the page, as they are drawn.
    catalogue
        The layers there are, for their titles.
    scenarios
        The names of the scenarios of the plan, in its order.
    """
    drawn = {layer.name: layer for layer in layers}
    titles = labels_of(catalogue)["place_reach"]["layer"]
    found = []
    for one in released.isochrones:
        name = f"{PREFIX}{one.layer}"
        if one.scenario:
            name = f"{SCENARIO}_{scenarios.index(one.scenario) + 1}_{name}"
        united, each = drawn.get(name), drawn.get(f"{name}{EACH}")
        if (united is None and each is None) or len(one.minutes) > MOST_TIMES:
            continue
        found.append(_reach(one, united, each, drawn, titles))
    return tuple(found)


def _reach(
    one: Isochrone,
    united: MapLayer | None,
    each: MapLayer | None,
    drawn: Mapping[str, MapLayer],
    titles: Mapping[str, Text],
) -> Reach:
    places = {str(key): place for place, key in enumerate(one.id)}
    rows = [] if each is None else [str(key).rpartition(" ")[0] for key in each.table["id"]]
    own = drawn.get(one.layer)
    at = {} if own is None else {str(key): row for row, key in enumerate(own.table["id"])}
    return Reach(
        layer=one.layer,
        title=titles.get(one.layer, Text(ja=one.layer, en=one.layer)),
        direction=story_caption(f"way_{one.direction}"),
        minutes=one.minutes,
        places=tuple(Text(ja=str(label), en=str(label)) for label in one.label),
        at=tuple(at.get(str(key), -1) for key in one.id),
        scenario=one.scenario,
        united="" if united is None else united.name,
        each="" if each is None else each.name,
        united_minutes=() if united is None else _times(united, one.minutes),
        each_minutes=() if each is None else _times(each, one.minutes),
        each_places=tuple(places[key] for key in rows),
        within={} if one.scenario else dict(_within(one, drawn)),
        counts=tuple(_counts(one)),
    )


def _times(layer: MapLayer, minutes: tuple[float, ...]) -> tuple[int, ...]:
    place = {limit: at for at, limit in enumerate(minutes)}
    return tuple(place[float(value)] for value in layer.table["minutes"])


def _within(one: Isochrone, drawn: Mapping[str, MapLayer]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each layer that is counted and drawn, with a text for each place: from which time on a row is within."""
    for inside in one.inside:
        layer = drawn.get(inside.layer)
        if layer is None:
            continue
        place = {str(key): at for at, key in enumerate(inside.id)}
        rows = np.array([place.get(str(key), -1) for key in layer.table["id"]])
        for_row = np.where(rows[None, :] < 0, inside.times, inside.first[:, rows])
        yield layer.name, tuple("".join(map(chr, signs)) for signs in (for_row + FIRST_SIGN).tolist())


def _counts(one: Isochrone) -> Iterator[tuple[Text, tuple[tuple[float | None, ...], ...]]]:
    for inside in one.inside:
        rows = [inside.united(), *inside.each()]
        yield _template(f"count_{inside.unit}"), tuple(tuple(_whole(value) for value in row) for row in rows)


def _template(key: str) -> Text:
    """Return a caption whose number the page puts in."""
    return story_caption(key, count="{count}")


def _whole(value: float) -> float | None:
    return round(float(value)) if np.isfinite(value) else None


def swipes_of(
    reaches: Sequence[Reach], layers: Sequence[MapLayer], scenarios: Sequence[str]
) -> Iterator[Swipe]:
    """Yield the scenarios that a page can show beside today.

    Parameters
    ----------
    reaches
        The isochrones of the page.
    layers
        The layers of the page.
    scenarios
        The names of the scenarios of the plan, in its order.
    """
    names = {layer.name for layer in layers}
    for number, name in enumerate(scenarios, 1):
        roads = f"{SCENARIO}_{number}"
        own = [one for one in reaches if one.scenario == name]
        after = [held for one in own for held in (one.united, one.each) if held]
        after += [held for held in (roads, f"{roads}_place") if held in names]
        today = [one for one in reaches if not one.scenario and one.layer in {other.layer for other in own}]
        if after:
            before = tuple(held for one in today for held in (one.united, one.each) if held)
            yield Swipe(name=name, before=before, after=tuple(after))
