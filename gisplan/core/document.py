"""TOML files with line numbers, checked against a pydantic model: every mistake at once, each with its place."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Text

Key = str | int
PART = r"""(?:"[^"]*"|'[^']*'|[\w-]+)"""
DOTTED = rf"{PART}(?:\s*\.\s*{PART})*"
"""A key of TOML, bare or in quotes, with the names before it."""


class Strict(BaseModel):
    """Base of all models of configuration: unknown keys are refused, and no value changes its type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=True)


YAML = frozenset({".yml", ".yaml"})
"""Endings of a form of configuration that takes the code 01202 for a number and no for a falsehood."""

Model = TypeVar("Model", bound=Strict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A TOML file: its name for messages, its data, and its lines, which end as TOML and editors say, not at U+2028."""

    name: str
    data: Mapping[str, Any]
    lines: tuple[str, ...]

    def line(self, path: Sequence[Key]) -> int:
        """Return the line (from 1) where a key stands, or that of the nearest table around it."""
        written = _written(self.lines)
        above = (tuple(path[:length]) for length in range(len(path), 0, -1))
        return next((written[part] for part in above if part in written), 1)

    def place(self, path: Sequence[Key]) -> str:
        """Return file, line and key as one text."""
        return f"{self.name}:{self.line(path)} {dotted(path)}".rstrip()


def dotted(path: Sequence[Key]) -> str:
    """Return a path as it is written in TOML, list positions counted from 1 in brackets."""
    text = ""
    for key in path:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def read_document(path: Path, *, name: str = "") -> Document:
    """Read a TOML file.

    Parameters
    ----------
    path
        The file, UTF-8.
    name
        What messages call it; its own name where empty.

    Raises
    ------
    ConfigurationError
        If the file is not there, is not UTF-8 or is not TOML.
    """
    called = name or path.name
    return parsed(read_text(path, called=called), called=called)


def read_text(path: Path, *, called: str) -> str:
    """Return the text of a TOML file that was not looked into yet.

    Parameters
    ----------
    path
        The file, UTF-8.
    called
        What messages call it.

    Raises
    ------
    ConfigurationError
        If the file is not there, is not UTF-8, or is of another form by its name.
    """
    if not path.is_file():
        raise ConfigurationError(Problem(code="config.missing", place=called))
    if path.suffix.lower() in YAML:
        raise ConfigurationError(Problem(code="cfg.types", place=called))
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError(Problem(code="config.not_utf8", place=called)) from None


def parsed(text: str, *, called: str) -> Document:
    """Return the document that a text is.

    Parameters
    ----------
    text
        TOML.
    called
        What messages call its file.

    Raises
    ------
    ConfigurationError
        If it is not TOML.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        position = re.search(r"line (\d+)", str(error))
        place = f"{called}:{position[1]}" if position else f"{called}:{text.count(chr(10)) + 1}"
        raise ConfigurationError(
            Problem(code="config.not_toml", place=place, values={"detail": str(error)})
        ) from None
    return Document(name=called, data=data, lines=tuple(re.split(r"\r?\n", text)))


def validate(model: type[Model], document: Document) -> Model:
    """Return the document as a model.

    Raises
    ------
    ConfigurationError
        With every unknown key, wrong type and missing name of the file, each with line and near names.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        rows = _distinct(document, error.errors())
        raise ConfigurationError([_problem(document, model, path, group) for path, group in rows]) from None


def near(word: str, known: Iterable[str], *, most: int = 3) -> tuple[str, ...]:
    """Return at most so many known words that a misspelt word may have meant, the nearest first."""
    return tuple(difflib.get_close_matches(word, list(known), n=most, cutoff=0.5))


Rows = list[Mapping[str, Any]]
"""What pydantic says of one place; several members of a union each say what they expected."""


def hint(word: str, known: Iterable[str], *, most: int = 3) -> Text:
    """Return the sentence that names the near words, at most so many, empty where none is near."""
    return near_text(near(word, known, most=most))


def near_text(found: Sequence[str]) -> Text:
    """Return the sentence that names some near words, empty where there are none."""
    if not found:
        return Text(ja="", en="")
    return Text(ja=f"近い名前：{'、'.join(found)}。", en=f" Did you mean: {', '.join(found)}?")


def _distinct(document: Document, rows: Iterable[Any]) -> list[tuple[tuple[Key, ...], Rows]]:
    """Return the mistakes by their place in the file, in its order.

    A union reports a mistake once per member: where a member went deeper, the others only say that they are
    of another type.
    """
    found: dict[tuple[Key, ...], Rows] = {}
    for row in rows:
        found.setdefault(_real_path(document.data, row["loc"]), []).append(row)
    outer = {path[:length] for path in found for length in range(len(path))}
    kept = [(path, group) for path, group in found.items() if path not in outer]
    return sorted(kept, key=lambda item: (document.line(item[0]), dotted(item[0])))


def _problem(document: Document, model: type[BaseModel], path: tuple[Key, ...], rows: Rows) -> Problem:
    place, kinds = document.place(path), {row["type"] for row in rows}
    if "extra_forbidden" in kinds:
        known = sorted(_keys_at(model, path[:-1]))
        return Problem(
            code="config.unknown_key",
            place=place,
            values={"key": path[-1], "near": hint(str(path[-1]), known), "known": known},
        )
    if "missing" in kinds:
        return Problem(code="config.missing_key", place=place, values={"key": dotted(path)})
    expected = [_expected(row) for row in rows]
    return Problem(
        code="config.wrong_value",
        place=place,
        values={
            "key": dotted(path),
            "value": repr(rows[0]["input"]),
            "expected_ja": "、または".join(dict.fromkeys(text.ja for text in expected)),
            "expected_en": ", or ".join(dict.fromkeys(text.en for text in expected)),
        },
    )


def expectation(kind: str, **values: object) -> Text:
    """Return what a setting should have been, by pydantic's kind of mistake, e.g. `date_type`."""
    text = _expectations()[kind]
    return Text(ja=text["ja"].format(**values), en=text["en"].format(**values))


def _expected(row: Mapping[str, Any]) -> Text:
    text = _expectations().get(row["type"])
    if text is None:
        return Text(ja=row["msg"], en=row["msg"])
    values = dict(row.get("ctx", {}))
    if row["type"] == "literal_error":
        # pydantic joins the values in English: 'a', 'b' or 'c'
        allowed = [one or '""' for one in re.findall(r"'([^']*)'", values["expected"])]
        empty = _expectations()["empty_choice"] if '""' in allowed else {"ja": "", "en": ""}
        return Text(
            ja=text["ja"].format(expected="、".join(allowed)) + empty["ja"],
            en=text["en"].format(expected=", ".join(allowed)) + empty["en"],
        )
    return Text(ja=text["ja"].format(**values), en=text["en"].format(**values))


@lru_cache(maxsize=1)
def _expectations() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(files("gisplan.core").joinpath("expected.toml").read_text("utf-8"))


def _real_path(data: Any, location: Sequence[Key]) -> tuple[Key, ...]:
    """Return a pydantic location without the union tags that are no keys of the data."""
    path: list[Key] = []
    here: Any = data
    for position, key in enumerate(location):
        last, data = position == len(location) - 1, here
        in_table = isinstance(data, Mapping) and key in data
        in_list = isinstance(data, list) and isinstance(key, int) and key < len(data)
        if in_table or in_list:
            here = here[key]
            path.append(key)
        elif last and isinstance(data, Mapping) and isinstance(key, str) and not re.search(r"[\[(]", key):
            path.append(key)
    return tuple(path)


def _keys_at(model: Any, path: Sequence[Key]) -> set[str]:
    """Return the keys that may stand at a path of the model."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        named = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
        if not path:
            return set(named)
        return _keys_at(named.get(str(path[0])), path[1:])
    origin = get_origin(model)
    if origin in (Union, types.UnionType):
        return set().union(*(_keys_at(part, path) for part in get_args(model)))
    if origin in (list, tuple, dict) and path:
        kind = int if origin in (list, tuple) else str
        return (
            _keys_at(get_args(model)[-1 if origin is dict else 0], path[1:])
            if isinstance(path[0], kind)
            else set()
        )
    return set()


LONG = ("[", "{", '"""', "'''")
"""How a value begins that may go on over several lines; no other does."""


@lru_cache(maxsize=64)
def _written(lines: tuple[str, ...]) -> Mapping[tuple[Key, ...], int]:
    """Return the line (from 1) of every table header and every key that is written out."""
    found: dict[tuple[Key, ...], int] = {}
    counts: dict[tuple[Key, ...], int] = {}
    header: tuple[Key, ...] = ()
    number = 0
    while number < len(lines):
        end = number + 1
        if table := re.match(rf"\s*(\[\[?)\s*({DOTTED})\s*\]", lines[number]):
            header = _with_index(_split(table[2]), counts)
            found.setdefault(header, end)
            if table[1] == "[[":
                counts[header] = counts.get(header, -1) + 1
                header = (*header, counts[header])
                found[header] = end
        elif key := re.match(rf"\s*({DOTTED})\s*=", lines[number]):
            found.setdefault((*header, *_split(key[1])), end)
            if lines[number][key.end() :].lstrip().startswith(LONG):
                end = _end_of_value(lines, number)
        number = end
    return found


def _end_of_value(lines: Sequence[str], start: int) -> int:
    """Return the position after a value, which may go on over several lines that only look like keys or tables."""
    for end in range(start + 1, len(lines) + 1):
        try:
            tomllib.loads("\n".join(lines[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return start + 1


def _with_index(names: Iterable[str], counts: Mapping[tuple[Key, ...], int]) -> tuple[Key, ...]:
    # [a.b] below [[a]] belongs to the last element of a.
    path: tuple[Key, ...] = ()
    for name in names:
        path = (*path, counts[path], name) if path in counts else (*path, name)
    return path


def _split(dotted_name: str) -> list[str]:
    return [part.strip("\"'") for part in re.findall(PART, dotted_name)]
