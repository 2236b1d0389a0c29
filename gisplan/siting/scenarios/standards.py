"""Before and after: who is within each yardstick or in a 交通空白, living spheres, and times from big cities."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gisplan.access.coverage import COUNTED
from gisplan.access.places import HOUSES
from gisplan.access.standing import NOT_ASSESSED, OUTSIDE, UNREACHED, WITHIN, Standing
from gisplan.access.yardsticks import WAYS, Yardstick, group_title, read_yardsticks
from gisplan.core.words import Text
from gisplan.network.places import labels
from gisplan.siting.scenarios.forms import forms
from gisplan.siting.scenarios.gains import WORSE, state, told
from gisplan.siting.scenarios.means import NOTHING, UNITS
from gisplan.siting.scenarios.rows import Row, row_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from gisplan.access import Measured

Titles = Mapping[str, Text]
HUB = "hub"
LOSS: Mapping[str, Collection[str]] = {
    "yardstick_within": ("fewer",),
    "yardstick_void": ("more",),
    "sphere_minutes": WORSE,
    "sphere_people": ("fewer",),
    "outer_minutes": WORSE,
}
"""The states of each of these indicators that are a loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standards:
    """What was measured beside the trips: where origins stand by each yardstick, and the tables of that name."""

    stands: tuple[Standing, ...]
    spheres: pd.DataFrame
    outer: pd.DataFrame

    def with_houses(self, ids: Collection[str]) -> Standards:
        """Return the same with some vacant houses alone, each counted once."""
        stands = tuple(one.only(ids) if one.origin == HOUSES else one for one in self.stands)
        return dataclasses.replace(self, stands=stands)


def standards_of(measured: Measured) -> Standards:
    """Return of what was measured that which no trip tells.

    Parameters
    ----------
    measured
        All that was measured, of today or of a scenario.
    """
    return Standards(stands=measured.stands, spheres=measured.spheres, outer=measured.outer)


def standard_rows(
    before: Standards, after: Standards, *, titles: Titles, bases: Mapping[str, Text]
) -> Iterable[Row]:
    """Yield the rows of the table `scenarios` on yardsticks, living spheres and times from big cities.

    Parameters
    ----------
    before, after
        What was measured of today, and of the scenario.
    titles
        What layers are called.
    bases
        What a yardstick rests on: `straight` and `walk` for those in metres, `car` for those in minutes.
    """
    yield from _yardsticks(before.stands, after.stands, titles=titles, bases=bases)
    yield from _spheres(before.spheres, after.spheres)
    yield from _outer(before.outer, after.outer)


def losses(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the table `scenarios` in which one of these indicators is worse than today.

    Parameters
    ----------
    table
        The rows of one scenario.
    """
    rows = zip(table["indicator"], table["state"], strict=True)
    worse = [became in LOSS.get(str(key).partition("/")[0], ()) for key, became in rows]
    return table[np.array(worse, bool)]


def _yardsticks(
    before: Sequence[Standing], after: Sequence[Standing], *, titles: Titles, bases: Mapping[str, Text]
) -> Iterable[Row]:
    old, new = ({_key(one): one for one in side} for side in (before, after))
    for key in dict.fromkeys((*old, *new)):
        yardstick = read_yardsticks()[key[0]]
        one = old.get(key) or new[key]
        basis = bases["straight" if one.how == "straight" else "car" if yardstick.unit == "min" else "walk"]
        form = forms()["yardstick_void" if yardstick.void else "yardstick_within"]
        states = [_aligned(side.get(key), one) for side in (old, new)]
        first, last, note = _counted(states, one.weight, COUNTED[one.layer], void=yardstick.void)
        missing = dict.fromkeys(layer for side in (old, new) if key in side for layer in side[key].missing)
        if missing:
            note = _lacking(group_title(missing, titles))
        yield row_of(
            form, form.value(first), form.value(last),
            parts=[one.yardstick, "+".join(one.to), one.how, one.layer],
            called=_called(yardstick, one, titles),
            layer=one.layer, to="+".join(one.to), unit=COUNTED[one.layer],
            source_ja=yardstick.source.ja, source_en=yardstick.source.en,
            basis_ja=basis.ja, basis_en=basis.en, note_ja=note.ja, note_en=note.en,
        )  # fmt: skip


def _key(one: Standing) -> tuple[str, tuple[str, ...], str, str]:
    return one.yardstick, one.to, one.how, one.layer


def _called(yardstick: Yardstick, one: Standing, titles: Titles) -> Mapping[str, Text]:
    return {
        "yardstick": yardstick.title,
        "to": group_title(one.to, titles),
        "layer": titles.get(one.layer, Text(ja=one.layer, en=one.layer)),
        "how": WAYS[one.how],
    }


def _aligned(found: Standing | None, one: Standing) -> NDArray[np.int8]:
    """Return the states of a side in the order of the origins of `one` [o]; none is assessed where it has no such.

    Where a layer is missing, only those within the others are known: a count of them would be of another crowd each
    time, and nobody in a void would be no finding but a gap.
    """
    import pandas as pd

    if found is None or found.missing:
        return np.full(len(one.ids), NOT_ASSESSED, np.int8)
    place = pd.Index(found.ids).get_indexer(pd.Index(one.ids))
    return np.where(place < 0, NOT_ASSESSED, found.state[place]).astype(np.int8)


def _counted(
    states: Sequence[NDArray[np.int8]], weight: NDArray[np.float64], unit: str, *, void: bool
) -> tuple[float, float, Text]:
    """Return how many are within before and after, or in the void, and who is left out or unreached.

    They are those assessed both times, like with like; where a side has nobody, the other stands alone. Who reaches no
    place at all is in the void, so that a road that brings them nearer, if not near enough, never adds to it.
    """
    known = ~np.isnan(weight)
    each = [known & (side != NOT_ASSESSED) for side in states]
    both = each[0] & each[1]
    able = [both, both] if both.any() else each
    wanted = (OUTSIDE, UNREACHED) if void else (WITHIN,)
    first, last = (
        float(weight[np.isin(side, wanted) & those].sum()) if those.any() else np.nan
        for side, those in zip(states, able, strict=True)
    )
    lost = [
        float(weight[(side == UNREACHED) & those].sum()) for side, those in zip(states, able, strict=True)
    ]
    left = float(weight[known & ~(able[0] | able[1])].sum())
    return first, last, _note(lost, left, unit, void=void)


def _lacking(layers: Text) -> Text:
    return Text(
        ja=f"「{layers.ja}」のデータがない（または道路の上にない）側は未評価。",
        en=f"Not assessed where there is no “{layers.en}”, or none on a road.",
    )


def _note(lost: Sequence[float], left: float, unit: str, *, void: bool) -> Text:
    """Return in words how many are unreached before and after, and how many are not assessed."""
    counted, ja, en = UNITS[unit], [], []
    if any(lost):
        before, after = lost
        which = Text(ja="うち未到達", en="of them unreached") if void else Text(ja="未到達", en="unreached")
        ja.append(f"{which.ja}：前{before:,.0f}{counted.ja}、後{after:,.0f}{counted.ja}。")
        en.append(f"{which.en}: {before:,.0f} before, {after:,.0f} after.")
    if left:
        ja.append(f"未評価の{left:,.0f}{counted.ja}を含まない。")
        en.append(f"Without {left:,.0f} {counted.en} not assessed.")
    text = " ".join(en)
    return Text(ja="".join(ja), en=text[:1].upper() + text[1:])


def _spheres(before: pd.DataFrame, after: pd.DataFrame) -> Iterable[Row]:
    """Yield of each centre the minutes to the people of a living sphere, and how many people arrive at all."""
    old, new = (_centres(table) for table in (before, after))
    minutes, people = forms()["sphere_minutes"], forms()["sphere_people"]
    for key in sorted(old | new):
        was, will = old.get(key), new.get(key)
        at: Mapping[str, Any] = will or old[key]
        first, second = _pair(was, will)
        became = state(first, second, known=was is not None)
        said = Text(ja=at["reason_ja"], en=at["reason_en"])
        called = {"subject": at["label"], "people": f"{at['people_wanted']:,.0f}"}
        more = {"to": at["layer"], "note_ja": said.ja, "note_en": said.en}
        values = [minutes.value(told(value)) for value in (first, second)]
        yield row_of(minutes, *values, parts=[key], called=called, **more) | {"state": became}
        arrive = [np.nan if row is None else people.value(float(row["people"])) for row in (was, will)]
        row = row_of(people, *arrive, parts=[key], called=called, to=at["layer"])
        yield row | ({} if was is not None or np.isnan(arrive[1]) else {"state": "new"})


def _centres(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    rows = table.assign(label=labels(table)).to_dict("records") if len(table) else []
    return {str(row["id"]): {str(name): value for name, value in row.items()} for row in rows}


def _outer(before: pd.DataFrame, after: pd.DataFrame) -> Iterable[Row]:
    """Yield the quickest minutes from each place far away to each hub, and by which place on the way."""
    old, new = (_fastest(table) for table in (before, after))
    form = forms()["outer_minutes"]
    for name, hub in dict.fromkeys((*old, *new)):
        was, will = old.get((name, hub)), new.get((name, hub))
        at: Mapping[str, Any] = will or old[name, hub]
        first, second = _pair(was, will)
        via = _via(was, will)
        row = row_of(
            form,
            *(form.value(told(value)) for value in (first, second)),
            parts=[name, hub],
            called={"subject": at["label"], "name": name},
            to=HUB,
            note_ja=via.ja,
            note_en=via.en,
        )
        yield row | {"state": state(first, second, known=was is not None)}


def _fastest(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, Any]]:
    """Return the fastest way of each place far away and hub: one that arrives, else one that cannot be told."""
    if table.empty:
        return {}
    hubs = table[["hub", "hub_id"]].drop_duplicates("hub_id").set_axis(["name", "id"], axis="columns")
    called = dict(zip(hubs["id"], labels(hubs), strict=True))
    rank = table["state"].map({"reached": 0, "not_assessed": 1, "unreached": 2})
    ordered = table.assign(rank=rank).sort_values(["rank", "minutes", "via"], kind="stable")
    kept = ordered.drop_duplicates(["name", "hub_id"]).sort_values(["name", "hub_id"], kind="stable")
    return {
        (str(row["name"]), str(row["hub_id"])): {
            **{str(key): value for key, value in row.items()},
            "label": called[row["hub_id"]],
        }
        for row in kept.to_dict("records")
    }


def _via(was: Mapping[str, Any] | None, will: Mapping[str, Any] | None) -> Text:
    """Return by which place on the way one comes, both where it changes; nothing where nobody arrives."""
    ways = [str(row["via"]) for row in (was, will) if row is not None and row["state"] == "reached"]
    if not ways:
        return NOTHING
    way = " → ".join(dict.fromkeys(ways))
    return Text(ja=f"経由：{way}", en=f"Via {way}")


def _pair(was: Mapping[str, Any] | None, will: Mapping[str, Any] | None) -> tuple[float, float]:
    """Return the minutes of two rows: infinite unreached, NaN not assessed or none."""
    first, second = (
        np.nan
        if row is None or row["state"] == "not_assessed"
        else np.inf
        if row["state"] == "unreached"
        else float(row["minutes"])
        for row in (was, will)
    )
    return first, second
