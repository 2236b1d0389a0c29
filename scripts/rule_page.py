"""The rule page: every rule file of `gisplan/law` as tables that a planner or a lawyer can check.

Every file of that folder is either shown or holds words only (`WORDS`); a new rule file is shown at once.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gisplan.core.words import Text
    from gisplan.law.uses import UseRow

LAW = Path(__file__).resolve().parents[1] / "gisplan" / "law"
WORDS = ("phrases", "verdicts", "zones")
"""Files of sentences, labels and names: no rules."""

HEAD = ("id", "title", "in_force")
"""What the heading of a file tells."""

SIGNS: Mapping[str, str] = {"yes": "○", "depends": "△", "no": "×", "control": "調"}


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def rules(law: Path = LAW) -> str:
    """Return the page.

    Parameters
    ----------
    law
        The folder of the rule files.
    """
    shown = {
        "uses.csv": _uses_by_zone,
        "uses.toml": lambda _: "",  # its titles stand in the table of uses
        "procedures.toml": _procedures,
        "programmes.toml": _programmes,
    }
    files = sorted(path for path in law.iterdir() if path.suffix in {".toml", ".csv"})
    kept = [path for path in files if path.stem not in WORDS]
    parts = [shown.get(path.name, _rule)(path) for path in kept]
    return "\n\n".join(part.strip() for part in (_words()["head"], *parts) if part.strip()) + "\n"


def _rule(path: Path) -> str:
    """Return a rule file: its articles and values, and whatever other tables it has."""
    body = tomllib.loads(path.read_text("utf-8"))
    sections = [f"## {_cell(body['title'])}", _place(path, body.get("in_force"))]
    for part, content in body.items():
        if part not in HEAD:
            sections += [f"### {_named('parts', part)}", _table(_rows(content))]
    return "\n\n".join(sections)


def _place(path: Path, since: date | None) -> str:
    told = f"。施行日 / in force since: {since}" if since is not None else ""
    return f"`gisplan/law/{path.name}`{told}"


def _rows(content: Any) -> list[dict[str, Any]]:
    """Return a part of a rule file as rows: a list of tables, a table of tables, or names with values."""
    if isinstance(content, list):
        return [row if isinstance(row, dict) else {"value": row} for row in content]
    if not isinstance(content, dict):
        return [{"value": content}]
    rows = []
    for name, value in content.items():
        plain = not isinstance(value, dict) or set(value) == {"ja", "en"}
        article = {"confidence": "verbatim"} if not plain and "article" in value else {}
        rows.append({"name": name, "value": value} if plain else {"part": name, **article, **value})
    return rows


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [[_named("columns", column) for column in columns], ["---"] * len(columns)]
    lines += [[_cell(row.get(column, "")) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _named(part: str, key: str) -> str:
    """Return what a column or a part of a file is called; an unknown one keeps its key."""
    words = _words()[part].get(key)
    return _cell(words) if words else f"`{key}`"


def _cell(value: Any) -> str:
    """Return a value as it stands in a cell; a text in both languages, Japanese first."""
    if isinstance(value, dict):
        if set(value) == {"ja", "en"}:
            return _safe(f"{value['ja']} / {value['en']}")
        return "；".join(f"{key} = {_cell(one)}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return "、".join(_cell(one) for one in value)
    if isinstance(value, bool):
        return "○" if value else ""
    return _safe(_called(str(value)))


def _called(word: str) -> str:
    """Return a zone or a use in both languages, any other word as it is."""
    from gisplan.law.phrases import zones
    from gisplan.law.uses import uses

    if word in uses():
        return _both(uses()[word].title)
    if word in _words()["zones"]:
        return _cell(_words()["zones"][word])
    return _both(zones()[word]) if word in zones() else word


def _safe(text: str) -> str:
    """Return a text that breaks no table; what a sentence leaves open is shown as an ellipsis."""
    return re.sub(r"\{\w+\}", "…", text).replace("|", "\\|").replace("\n", " ")


def _both(text: Text) -> str:
    return f"{text.ja} / {text.en}" if text.ja else ""


def _uses_by_zone(path: Path) -> str:
    from gisplan.law.phrases import zones
    from gisplan.law.uses import use_rows, uses

    deciding = [use for use in uses().values() if use.same_as == use.key]
    rows = use_rows()
    places = [*zones(), *sorted({row.zone for row in rows} - set(zones()))]
    matrix = [
        {"zone": zone, **{use.key: _signs(rows, zone=zone, use=use.key) for use in deciding}}
        for zone in places
    ]
    head = ["", *(_both(use.title) for use in deciding)]
    lines = [head, ["---"] * len(head), *([_cell(value) for value in row.values()] for row in matrix)]
    sections = [
        f"## {_cell(_words()['files']['uses'])}",
        f"`gisplan/law/{path.name}`、`gisplan/law/uses.toml`",
        _words()["legend"].strip(),
        f"### {_named('parts', 'matrix')}",
        "\n".join(f"| {' | '.join(line)} |" for line in lines),
    ]
    for zone in places:
        sections += [f"### {_cell(zone)}", _table(_of_zone(rows, zone))]
    return "\n\n".join([*sections, *_same_uses()])


def _signs(rows: Iterable[UseRow], *, zone: str, use: str) -> str:
    """Return what one cell of the matrix shows: the rows of the newest law, each with its limits."""
    found = [row for row in rows if (row.zone, row.use) == (zone, use)]
    newest = max((row.in_force for row in found), default=None)
    return "、".join(_sign(row) for row in found if row.in_force == newest)


def _sign(row: UseRow) -> str:
    area = "" if row.max_floor_area is None else f"≤{row.max_floor_area:,.0f}㎡"
    storey = "" if row.max_storey is None else f"≤{row.max_storey}階"
    limits = " ".join(part for part in (area, storey) if part)
    if row.by_right == "within_limits":
        return limits or "○"
    return f"{SIGNS[row.by_right]} {limits}".strip()


def _of_zone(rows: Iterable[UseRow], zone: str) -> list[dict[str, Any]]:
    return [
        {
            "use": row.use,
            "by_right": _sign(row),
            "condition": _both(row.condition),
            "article": row.article,
            "in_force": row.in_force,
            "confidence": row.confidence,
        }
        for row in rows
        if row.zone == zone
    ]


def _same_uses() -> list[str]:
    """Return the uses that another one's rows decide, and what is always to be confirmed."""
    from gisplan.law.uses import uses

    rows = [
        {
            "id": f"`{use.key}`",
            "use": _both(use.title),
            "by_right": "" if use.same_as == use.key else f"= {_both(uses()[use.same_as].title)}",
            "caution": _both(use.caution) if use.caution else "",
        }
        for use in uses().values()
    ]
    return ["### `uses.toml`", _table(rows)]


def _procedures(path: Path) -> str:
    body = tomllib.loads(path.read_text("utf-8"))
    rows = [
        {
            "id": f"`{step['id']}`",
            "title": step["title"],
            "who": step["who"],
            "why": step["why"],
            "article": _lines(f"{one['law']}{one['article']}" for one in step["articles"]),
            "in_force": _lines(one["in_force"] for one in step["articles"]),
            "confidence": _lines(one.get("confidence", "verbatim") for one in step["articles"]),
            "mark": step.get("mark", False),
        }
        for step in sorted(body["step"], key=lambda step: int(step["order"]))
    ]
    return "\n\n".join(
        [
            f"## {_cell(body['title'])}",
            _place(path, None),
            f"### {_named('parts', 'steps')}",
            _table(rows),
            *_lists(body, "states", "facts"),
        ]
    )


def _lines(values: Iterable[object]) -> str:
    return "<br>".join(str(value) for value in values)


def _lists(body: Mapping[str, Any], *parts: str) -> list[str]:
    return [line for part in parts for line in (f"### {_named('parts', part)}", _table(_rows(body[part])))]


def _programmes(path: Path) -> str:
    body = tomllib.loads(path.read_text("utf-8"))
    rows = [
        {
            "id": f"`{programme['id']}`",
            "title": programme["title"],
            "test": programme["test"],
            "subject": _lines(_named("subjects", subject) for subject in subjects),
            "atoms": _lines(_atom(atom) for atom in programme["tests"][subjects[0]]) or "—",
            "confidence": "configuration",
        }
        for programme in body["programme"]
        for subjects in _alike(programme["tests"])
    ]
    return "\n\n".join(
        [
            f"## {_cell(body['title'])}",
            _place(path, None),
            f"{_named('parts', 'source')}：{_cell(body['source'])}（{body['year']}）",
            f"### {_named('parts', 'programmes')}",
            _table(rows),
            *_lists(body, "verdicts", "facts"),
        ]
    )


def _alike(tests: Mapping[str, Any]) -> list[list[str]]:
    """Return the kinds of subject that have the same tests, together."""
    groups: list[list[str]] = []
    for subject, atoms in tests.items():
        same = next((group for group in groups if tests[group[0]] == atoms), None)
        if same is None:
            groups.append([subject])
        else:
            same.append(subject)
    return groups


def _atom(atom: Mapping[str, Any]) -> str:
    """Return a test as it stands in the file, with its note."""
    said = [f"{key} = {_plain(value)}" for key, value in atom.items() if key != "note"]
    note = f"（{_cell(atom['note'])}）" if "note" in atom else ""
    return f"`{', '.join(said)}`{note}"


def _plain(value: object) -> str:
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value).lower()
