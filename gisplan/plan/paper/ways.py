"""The chapters on roads and on accessibility: links, cuts, scenarios before and after, coverage and yardsticks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gisplan.core.tables import contract, half_up
from gisplan.core.words import Text
from gisplan.maps.papers.boards import MISSING, shortened
from gisplan.maps.papers.words import Board, Column, Heading, Paragraph, Part
from gisplan.maps.shell import percent
from gisplan.plan.captions import caption
from gisplan.plan.paper.told import MOST_ROWS, Told, joined, same, say

OF_LINKS = ("hub", "interchange", "road")
UNCHANGED = ("", "same", "not_assessed", "unreached", "absent", "incomplete")


def roads(told: Told) -> Iterator[Part]:
    """Yield the parts on the roads between interchanges and hubs, and on scenarios."""
    links = told.frame("best_links")
    if links is not None:
        yield Heading(title=say("roads_links"))
        yield Paragraph(text=say("roads_links_lead"))
        yield _links(told, links)
        yield from _cuts(told)
    yield from _sections(told)
    yield from _scenarios(told)


def _links(told: Told, links: pd.DataFrame) -> Board:
    """Return a row for each hub and kind of interchange, with the minutes of both directions."""
    labels = told.labels["best_links"]
    rows = []
    for (hub, kind), own in links.groupby(["hub", "kind"], sort=True):
        ways = {row["direction"]: row for row in own.to_dict("records")}
        there, back = ways.get("to_interchange"), ways.get("to_hub")
        first = there or back or {}
        rows.append(
            (
                same(str(hub)),
                labels["kind"].get(str(kind), same(str(kind))),
                same(str(first["interchange"])) if first["interchange"] else MISSING,
                _way(there, labels["state"]),
                _way(back, labels["state"]),
                _kilometres(first["length_m"]),
                _outcome(first, labels["outcome"]),
            )
        )
    heads = ("hub", "kind", "interchange", "there", "back", "length", "outcome")
    numbers = {"there", "back", "length"}
    return Board(
        title=say("roads_links_title"),
        columns=tuple(Column(title=say(f"link_{key}"), number=key in numbers) for key in heads),
        rows=tuple(rows),
        notes=(say("link_note"), *told.sources(OF_LINKS)),
    )


def _way(row: Mapping[Any, Any] | None, states: Mapping[str, Text]) -> Text:
    """Return the minutes of a way, or why there are none."""
    if row is None:
        return MISSING
    if pd.isna(row["minutes"]):
        return states.get(str(row["state"]), MISSING)
    return same(f"{half_up(float(row['minutes']), 1):,.1f}")


def _kilometres(metres: Any) -> Text:
    return MISSING if pd.isna(metres) else same(f"{half_up(float(metres) / 1000.0, 1):,.1f}")


def _outcome(row: Mapping[Any, Any], outcomes: Mapping[str, Text]) -> Text:
    """Return what the gravest cut does, with the minutes where there is a way round."""
    said = outcomes.get(str(row["outcome"]), MISSING)
    if pd.isna(row["detour_minutes"]):
        return said
    minutes = f"{half_up(float(row['detour_minutes']), 1):,.1f}"
    return say("link_cut_minutes", outcome=said, minutes=minutes)


def _cuts(told: Told) -> Iterator[Part]:
    links = told.frame("best_links")
    if links is None:
        return
    own = links[
        (links["kind"] == "full") & (links["direction"] == "to_interchange") & (links["worst_cut_ja"] != "")
    ]
    boards = told.board(
        "best_links",
        ("hub", "interchange", "worst_cut"),
        rows=own,
        title=say("roads_cuts_title"),
        of=("road",),
    )
    if boards:
        yield Heading(title=say("roads_cuts"))
        yield from boards


def _sections(told: Told) -> Iterator[Part]:
    rows = told.frame("road_sections")
    if rows is None:
        return
    labels = told.labels["road_sections"]
    verdicts = list(labels["verdict"])
    keys = ["verdict", "road", "road_class", "manager"]
    made = []
    for (verdict, *names), own in rows.groupby(keys, sort=True):
        told_names = zip(names, ("", "road_class", "manager"), strict=True)
        name, kind, manager = (labels.get(key, {}).get(str(one), same(str(one))) for one, key in told_names)
        said = labels["verdict"].get(str(verdict), same(str(verdict)))
        count = len(own.drop_duplicates(["road_ids", "length_m"]))
        lengths = (_metres(own["length_m"].max()), _metres(own["hazard_m"].max()))
        made.append((verdicts.index(str(verdict)), (name, kind, manager, said, same(f"{count:,}"), *lengths)))
    heads = ("road", "class", "manager", "verdict", "count", "longest", "hazard")
    numbers = {"count", "longest", "hazard"}
    whole = Board(
        title=say("roads_sections_title"),
        columns=tuple(Column(title=say(f"section_{key}"), number=key in numbers) for key in heads),
        rows=tuple(row for _, row in sorted(made, key=lambda one: one[0])),
        notes=(say("section_note"), *told.sources(("road",))),
    )
    yield Heading(title=say("roads_sections"))
    yield Paragraph(text=say("roads_sections_lead"))
    yield shortened(whole, most=MOST_ROWS, where=contract("road_sections").title)


def _metres(value: Any) -> Text:
    return MISSING if pd.isna(value) else same(f"{half_up(float(value), 0):,.0f}")


def _scenarios(told: Told) -> Iterator[Part]:
    rows, links = told.frame("scenarios"), told.frame("link_changes")
    if rows is None:
        return
    for scenario in told.plan.scenarios:
        own = rows[rows["scenario"] == scenario.name]
        if own.empty:
            continue
        changed = own[~own["state"].isin(UNCHANGED)]
        name = same(scenario.name)
        yield Heading(title=say("roads_scenario", name=name))
        counts = {"count": len(own), "changed": len(changed), "same": len(own) - len(changed)}
        yield Paragraph(text=say("roads_scenario_lead", **counts))
        if changed.empty:
            yield Paragraph(text=say("roads_none"))
        else:
            yield from told.board(
                "scenarios",
                ("title", "before", "after", "difference", "rate", "unit", "state"),
                rows=changed,
                title=say("roads_scenario_title", name=name),
                notes=_roundings(changed),
            )
        if links is not None:
            moved = links[(links["scenario"] == scenario.name) & ~links["state"].isin(UNCHANGED)]
            yield from told.board(
                "link_changes",
                ("hub", "direction", "interchange_before", "interchange_after", "minutes_before",
                 "minutes_after", "difference"),
                rows=moved,
                title=say("roads_scenario_links", name=name),
            )  # fmt: skip


def _roundings(rows: pd.DataFrame) -> tuple[Text, ...]:
    """Return the rules by which the indicators were rounded, and the bases that they rest on, each once."""
    rules = rows.drop_duplicates("rounding_ja")[["rounding_ja", "rounding_en"]]
    told = joined([Text(ja=ja, en=en) for ja, en in rules.itertuples(index=False)], ja="／", en=" / ")
    bases = rows[rows["basis_ja"] != ""].drop_duplicates("basis_ja")[["basis_ja", "basis_en"]]
    return (
        say("roads_roundings", told=told),
        *(Text(ja=ja, en=en) for ja, en in bases.itertuples(index=False)),
    )


def access(told: Told) -> Iterator[Part]:
    """Yield the parts on how many arrive in time, by minutes and by yardsticks."""
    coverage = told.frame("coverage")
    if coverage is not None:
        yield Heading(title=say("access_coverage"))
        for layer, own in coverage.groupby("layer", sort=True):
            yield _coverage(told, str(layer), own)
    yardsticks = told.frame("yardsticks")
    if yardsticks is not None:
        yield Heading(title=say("access_yardsticks"))
        yield Paragraph(text=say("access_yardsticks_lead"))
        yield _yardsticks(told, yardsticks)
    for name, columns in (
        (
            "equity",
            ("layer", "to", "mean", "median", "p90", "worst_mean", "unreached", "not_assessed", "unit"),
        ),
        ("spheres", ("name", "people_wanted", "minutes", "state", "people", "reason")),
        ("outer", ("name", "via", "hub", "outer_minutes", "network_minutes", "minutes", "best")),
    ):
        boards = told.board(name, columns)
        if boards:
            yield Heading(title=say(f"access_{name}"))
            yield from boards


def _yardsticks(told: Told, rows: pd.DataFrame) -> Board:
    """Return a row for each yardstick and destination, with a share for each layer."""
    labels = told.labels["yardsticks"]
    layers = list(dict.fromkeys(rows["layer"]))
    made = []
    keys = ["yardstick", "to", "how"]
    for key, own in rows.groupby(keys, sort=False):
        shares = {row["layer"]: row["share"] for row in own.to_dict("records")}
        names = (
            labels.get(column, {}).get(str(one), same(str(one)))
            for one, column in zip(key, keys, strict=True)
        )
        first = own.iloc[0]
        limit = Text(ja=str(first["limit_ja"]), en=str(first["limit_en"]))
        made.append((*names, limit, *(_share(shares.get(layer)) for layer in layers)))
    heads = [say(f"yardstick_{key}") for key in ("name", "to", "how", "limit")]
    return Board(
        title=say("yardstick_title"),
        columns=(
            *(Column(title=head) for head in heads),
            *(Column(title=labels["layer"].get(layer, same(layer)), number=True) for layer in layers),
        ),
        rows=tuple(made),
        notes=(say("yardstick_note"),),
    )


def _coverage(told: Told, layer: str, own: pd.DataFrame) -> Board:
    """Return the shares of a layer: a row for each destination, a column for each time."""
    labels = told.labels["coverage"]
    unit, minutes = labels["unit"][str(own["unit"].iloc[0])], sorted(set(own["minutes"]))
    order = [to for to in told.plan.access.destinations if to in set(own["to"])]
    rows = []
    for to in order:
        of_it = own[own["to"] == to].set_index("minutes")
        first = of_it.iloc[0]
        shares = [_share(of_it["share"].get(one)) for one in minutes]
        rows.append(
            (
                labels["to"].get(to, same(to)),
                *shares,
                _whole(first["unreached"]),
                _whole(first["not_assessed"]),
            )
        )
    totals = own["total"].dropna()
    total = same(f"{totals.iloc[0]:,.0f}") if len(totals) else say("not_assessed")
    return Board(
        title=say(
            "access_coverage_title",
            layer=labels["layer"].get(layer, same(layer)),
            minutes=listed_minutes(minutes),
            total=total,
            unit=unit,
        ),
        columns=(
            Column(title=say("access_to")),
            *(Column(title=say("access_minutes", minutes=f"{one:g}"), number=True) for one in minutes),
            Column(title=say("access_unreached", unit=unit), number=True),
            Column(title=say("access_unassessed", unit=unit), number=True),
        ),
        rows=tuple(rows),
        notes=(
            say("access_note", mode=caption(f"mode_{told.plan.access.mode}")),
            *told.sources((layer, *order, "road")),
        ),
    )  # fmt: skip


def listed_minutes(minutes: list[float]) -> str:
    """Return numbers as one list, in both languages the same."""
    return "・".join(f"{one:g}" for one in minutes)


def _share(value: float | None) -> Text:
    return MISSING if value is None or pd.isna(value) else same(percent(float(value)).removesuffix(" %"))


def _whole(value: float) -> Text:
    return say("not_assessed") if pd.isna(value) else same(f"{half_up(float(value), 0):,.0f}")
