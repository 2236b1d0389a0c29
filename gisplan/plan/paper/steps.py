"""The chapters on siting, procedures and programmes, and on what is to be checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from gisplan.core.tables import contract
from gisplan.core.words import Text
from gisplan.maps.papers.boards import MISSING, shortened
from gisplan.maps.papers.words import Board, Column, Heading, Paragraph, Part
from gisplan.plan.paper.told import Told, joined, same, say
from gisplan.plan.siting_told import siting_notes

MOST_NAMES = 4
"""Subjects that a row names; of more it says how many there are."""

CHECKED = ("S1", "S2", "S3")

SITING: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "chosen",
        "siting",
        ("rank", "name", "verdict", "demand_served", "unit", "share", "mean_minutes", "longest_minutes"),
    ),
    (
        "council",
        "siting_council",
        (
            "name",
            "zone",
            "verdict",
            "interchange",
            "ic_minutes",
            "demand",
            "mean_minutes",
            "hazard",
            "stability",
        ),
    ),
    (
        "curve",
        "siting_curve",
        ("hubs", "minutes", "share", "mean_minutes", "gain_share", "gain_minutes", "gap", "proven"),
    ),
    ("stability", "siting_stability", ("rank", "name", "kept", "variants", "share")),
    ("forms", "siting_forms", ("title", "before", "after", "difference", "rate", "unit", "note")),
)
"""The sections on siting: the key of their heading, their table, and its columns."""


def siting(told: Told) -> Iterator[Part]:
    """Yield the parts on where hubs would stand best, nothing where the plan does not ask or it may not be told."""
    if told.frame("siting") is None:
        return
    for note in siting_notes(told.results, told.released):
        yield Paragraph(text=note)
    of = ("site", "road", *dict.fromkeys(told.plan.site.demands if told.plan.site is not None else ()))
    for key, name, columns in SITING:
        boards = told.board(name, columns, of=of if key == "chosen" else ())
        if boards:
            yield Heading(title=say(f"siting_{key}"))
            yield from boards


def procedures(told: Told) -> Iterator[Part]:
    """Yield the parts on procedures and programmes."""
    rows = told.frame("procedures")
    if rows is not None:
        states = rows["state"].tolist()
        done = states.count("done")
        yield Heading(title=say("procedures_list"))
        counts = {"total": len(rows), "done": done, "left": len(rows) - done}
        yield Paragraph(text=say("procedures_lead", **counts))
        yield _procedures(told, rows)
    rows = told.frame("programmes")
    if rows is not None:
        yield Heading(title=say("programmes_list"))
        yield Paragraph(text=say("programmes_lead"))
        yield _programmes(told, rows)


def _procedures(told: Told, rows: pd.DataFrame) -> Board:
    """Return the procedures in order; those of one kind and state stand in one row."""
    states = told.labels["procedures"]["state"]
    made = []
    groups = rows.assign(day=rows["done_on"].map(_day)).groupby(
        ["order", "step", "title_ja", "who_ja", "articles", "state", "day"], sort=True, dropna=False
    )
    for (_, _, _, _, articles, state, day), own in groups:
        first = own.iloc[0]
        subjects = _named(_pair(row, "subject") for row in own.to_dict("records"))
        made.append(
            (
                _pair(first, "title"),
                subjects,
                _pair(first, "who"),
                same(str(articles)),
                states.get(str(state), same(str(state))),
                same(str(day)) if day else MISSING,
            )
        )
    heads = ("of", "subject", "who", "articles", "state", "day")
    return Board(
        title=say("procedures_title"),
        columns=tuple(Column(title=say(f"procedures_{key}")) for key in heads),
        rows=tuple(made),
        notes=(say("procedures_note"),),
    )


def _day(value: object) -> str:
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def _pair(row: object, column: str) -> Text:
    """Return a column of words in both languages."""
    return Text(ja=str(row[f"{column}_ja"]), en=str(row[f"{column}_en"]))  # type: ignore[index]


def _named(names: Iterable[Text]) -> Text:
    """Return a list of names, its end as a number where it is long."""
    found = [one for one in dict.fromkeys(names) if one.ja]
    if not found:
        return MISSING
    listed = joined(found[:MOST_NAMES])
    return listed if len(found) <= MOST_NAMES else say("and_more", names=listed, count=len(found))


def _programmes(told: Told, rows: pd.DataFrame) -> Board:
    """Return each programme with what fits it; what does not is told by its number."""
    labels = told.labels["programmes"]["verdict"]
    order = {name: place for place, name in enumerate(labels)}
    made = []
    groups = rows.groupby(["programme", "verdict", "test_ja"], sort=True)
    for (_, verdict, _), own in sorted(
        groups, key=lambda one: (one[0][0], order.get(str(one[0][1]), len(order)), one[0][2])
    ):
        first = own.iloc[0]
        names = [same(name or one) for name, one in zip(own["name"], own["id"], strict=True)]
        made.append(
            (
                _pair(first, "title"),
                _pair(first, "test"),
                labels.get(str(verdict), same(str(verdict))),
                _named(names),
            )
        )
    heads = ("of", "test", "verdict", "for")
    sources = rows.drop_duplicates("source_ja")[["source_ja", "source_en"]]
    return Board(
        title=say("programmes_title"),
        columns=tuple(Column(title=say(f"programmes_{key}")) for key in heads),
        rows=tuple(made),
        notes=tuple(Text(ja=ja, en=en) for ja, en in sources.itertuples(index=False) if ja),
    )


def findings(told: Told) -> Iterator[Part]:
    """Yield what is doubtful in the data and results, the gravest first."""
    rows = told.frame("findings")
    if rows is None:
        return
    counts = rows["severity"].value_counts()
    number = {key: int(counts.get(key, 0)) for key in (*CHECKED, "S4")}
    own = rows[rows["severity"].isin(CHECKED)]
    if own.empty:
        yield Paragraph(text=say("findings_none", info=number["S4"]))
        return
    yield Paragraph(
        text=say(
            "findings_lead", grave=number["S1"], mend=number["S2"], check=number["S3"], info=number["S4"]
        )
    )
    yield shortened(_doubts(told, own), most=80, where=contract("findings").title)


def _doubts(told: Told, rows: pd.DataFrame) -> Board:
    """Return the findings, those of one kind and cure in one row."""
    labels = told.labels["findings"]
    made = []
    for (severity, _, _), own in rows.groupby(["severity", "code", "do_ja"], sort=True):
        subjects = [
            joined(
                [_called(labels["layer"], row["layer"]), _called(labels["subject"], row["subject"])],
                ja=" ",
                en=" ",
            )
            for row in own.to_dict("records")
        ]
        reason, cure = (_pair(own.iloc[0], column) for column in ("reason", "do"))
        if len(own) > 1:
            reason = say("findings_more", reason=reason, count=len(own) - 1, subjects=_named(subjects[1:]))
        of_it = subjects[0] if subjects[0].ja else MISSING
        made.append((labels["severity"].get(str(severity), same(str(severity))), of_it, reason, cure))
    heads = ("severity", "of", "reason", "do")
    return Board(
        title=say("findings_title"),
        columns=tuple(Column(title=say(f"finding_{key}")) for key in heads),
        rows=tuple(made),
    )


def _called(labels: Mapping[str, Text], value: object) -> Text:
    return labels.get(str(value), same(str(value)))
