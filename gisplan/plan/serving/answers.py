"""What the server answers: each address of the page with the words of the desk it stands for."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import IO, Any, cast

from gisplan.core.checkup import LIGHTS, Checkup
from gisplan.core.errors import InputError, Problem
from gisplan.core.words import AUDIENCES, Audience, Language, Plan, Text
from gisplan.maps.check_page import check_page
from gisplan.plan.serving.desk import Choice, Desk, asked_wrong, told_whole
from gisplan.plan.serving.diagnosis import Asked
from gisplan.plan.serving.entries import BACKUPS
from gisplan.plan.serving.guard import Asking, media_of, output_of
from gisplan.plan.serving.holding import LARGEST, RECEIVED

LONGEST_BODY = 4 * 1024**2
"""Bytes of a request that is no file: a plan.toml of a thousand layers is smaller."""

SANDBOX = "sandbox allow-scripts allow-downloads allow-modals allow-popups allow-popups-to-escape-sandbox"
"""Outputs are shown as if they came from nowhere: whatever a text in them did, it could ask for nothing here."""

JSON = "application/json"
HTML = "text/html; charset=utf-8"

MOST_DRAINED = 64 * 1024**2
"""Bytes that are read of a body that is not wanted: a browser reads no answer before it has sent all."""

CHUNK = 1024**2
SHORT = 400
"""Signs of a value that the page sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: the status, the kind of the body, the body or the file that holds it, and further fields."""

    status: HTTPStatus = HTTPStatus.OK
    media: str = JSON
    body: bytes = b""
    fields: Mapping[str, str] = field(default_factory=dict)


class Body:
    """What a request carries: a stream that ends where the body ends."""

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream, self.length, self._left = stream, length, length

    def read(self, most: int) -> bytes:
        """Return the next bytes, at most so many, none at the end."""
        data = self._stream.read(min(most, self._left))
        self._left -= len(data)
        return data

    def table(self) -> Mapping[str, Any]:
        """Return the body as a JSON object.

        Raises
        ------
        InputError
            If it is none, or too long.
        """
        if self.length > LONGEST_BODY:
            raise asked_wrong("length")
        try:
            found = json.loads(self.read(self.length) or b"{}")
        except (ValueError, RecursionError):
            raise asked_wrong("JSON") from None
        if not isinstance(found, dict):
            raise asked_wrong("JSON")
        return found

    def drained(self) -> bool:
        """Read what is left, unless that is much, and return whether nothing is left: then an answer is heard."""
        while self._left <= MOST_DRAINED and self.read(CHUNK):
            continue
        return self._left == 0


def as_json(content: Any, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Return an answer of JSON; frozen values stand in it as objects."""
    return Answer(status=status, body=json.dumps(content, ensure_ascii=False, default=_plain).encode())


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else str(value)


class Answers:
    """The addresses of the page."""

    def __init__(self, desk: Desk, *, steps: Mapping[str, Text], today: Callable[[], date]) -> None:
        self._desk, self._steps, self._today = desk, steps, today
        self._reads: Mapping[str, Callable[[Asking], Answer]] = {
            "/api/state": self._state,
            "/api/checkup": self._checkup,
            "/api/plan": self._text,
            "/check.html": self._check_page,
        }
        self._deeds: Mapping[str, Callable[[Asking, Body], Any]] = {
            "/api/check": lambda _asking, _body: desk.worker.ask("check"),
            "/api/run": lambda _asking, _body: desk.worker.ask("run"),
            "/api/stop": lambda _asking, _body: desk.worker.stop(),
            "/api/choose": self._choose,
            "/api/drop": lambda _asking, _body: {"drop": desk.holding.begin()},
            "/api/file": self._receive,
            "/api/ask": self._ask,
            "/api/add": self._add,
            "/api/discard": self._discard,
            "/api/try": lambda _asking, body: {
                "problems": told_whole(desk.editor.mistakes(_text(body.table(), "text")))
            },
            "/api/save": self._save,
            "/api/undo": lambda _asking, _body: desk.editor.undo(),
            "/api/init": self._init,
        }

    def read(self, asking: Asking) -> Answer | None:
        """Return the answer to a request that changes nothing, None where there is no such address."""
        if asking.path.startswith("/out/"):
            return self._output(asking.path.removeprefix("/out/"))
        answer = self._reads.get(asking.path)
        return None if answer is None else answer(asking)

    def do(self, asking: Asking, body: Body) -> Answer | None:
        """Do what a request asks, and return the answer, None where there is no such address."""
        deed = self._deeds.get(asking.path)
        if deed is None:
            return None
        told = deed(asking, body)
        self._desk.touch()
        return as_json({} if told is None else told)

    # ---- what is read ------------------------------------------------------------------------------------

    def _state(self, _asking: Asking) -> Answer:
        desk = self._desk
        version, checked = desk.versions
        plan, mistakes = desk.read()
        job, choice = desk.worker.job, desk.choice
        return as_json(
            {
                "version": version,
                "checked": checked,
                "folder": desk.folder.resolve().name,
                "planned": desk.plan_file.is_file(),
                "plan": None if plan is None else _plan_told(plan),
                "mistakes": mistakes,
                "job": None if job is None else {"kind": job.kind, "queued": job.queued, "step": self._step(job.step)},
                "choice": choice,
                "ended": desk.ended,
                "outputs": desk.outputs(),
                "waiting": desk.holding.waiting(),
                "undo": desk.editor.last,
                "places": {"received": RECEIVED, "backups": BACKUPS},
                "largest": LARGEST,
            }
        )  # fmt: skip

    def _step(self, step: str) -> Text:
        key, _, detail = step.partition(" ")
        named = self._steps.get(key, Text(ja=key, en=key))
        return Text(ja=f"{named.ja} {detail}".strip(), en=f"{named.en} {detail}".strip())

    def _checkup(self, _asking: Asking) -> Answer:
        checkup = self._desk.checkup
        return as_json(None if checkup is None else _told(checkup))

    def _text(self, _asking: Asking) -> Answer:
        text, known = self._desk.editor.text()
        return as_json({"text": text, "known": known})

    def _check_page(self, _asking: Asking) -> Answer:
        checkup = self._desk.checkup
        if checkup is None:
            return Answer(status=HTTPStatus.NOT_FOUND, media="text/plain; charset=utf-8")
        fields = {"Content-Security-Policy": SANDBOX}
        return Answer(media=HTML, body=check_page(checkup).encode(), fields=fields)

    def _output(self, path: str) -> Answer | None:
        file = output_of(self._desk.folder, path)
        if file is None:
            return None
        media, shown = media_of(file.name)
        fields = {"Content-Security-Policy": SANDBOX}
        if not shown:
            fields["Content-Disposition"] = "attachment"
        return Answer(media=media, body=file.read_bytes(), fields=fields)

    # ---- what is done ------------------------------------------------------------------------------------

    def _choose(self, _asking: Asking, body: Body) -> None:
        told = body.table()
        audience, language = told.get("audience"), told.get("language")
        if audience not in (None, *AUDIENCES) or language not in (None, "ja", "en"):
            raise asked_wrong("choice")
        self._desk.choose(
            Choice(
                audience=cast("Audience | None", audience), language=cast("Language | None", language),
                automatic=told.get("automatic") is True,
            )
        )  # fmt: skip

    def _receive(self, asking: Asking, body: Body) -> Any:
        drop, name = asking.query.get("drop", ""), asking.query.get("name", "")
        return {"name": self._desk.holding.receive(drop, name, stream=body, length=body.length)}

    def _ask(self, _asking: Asking, body: Body) -> Any:
        return self._desk.answer(self._asked(body.table()))

    def _add(self, _asking: Asking, body: Body) -> None:
        told = body.table()
        asked = self._asked(told)
        release = _text(told, "release", most=SHORT)
        entry = asked.entry(asked.layer, release)
        self._desk.editor.add(entry, drop=_text(told, "drop"), name=_text(told, "name"))

    def _asked(self, told: Mapping[str, Any]) -> Asked:
        drop, name = _text(told, "drop", most=SHORT), _text(told, "name", most=SHORT)
        columns = told.get("columns", {})
        plain = isinstance(columns, dict) and all(isinstance(one, str) for one in columns.values())
        if not plain:
            raise asked_wrong("columns")
        words = {
            key: _text(told, key, most=SHORT)
            for key in ("layer", "table", "encoding", "crs", "credit", "licence")
        }
        layer = words["layer"]
        if layer and layer not in self._desk.catalogue():
            raise InputError(Problem(code="serve.asked_wrong", place=layer, values={"detail": "layer"}))
        path = self._desk.holding.path(drop, name)
        own = {str(key): column for key, column in columns.items() if column}
        return Asked(path=path, name=f"{RECEIVED}/{drop}/{path.name}", columns=own, **words)

    def _discard(self, _asking: Asking, body: Body) -> None:
        told = body.table()
        self._desk.holding.discard(_text(told, "drop"), _text(told, "name", most=SHORT))

    def _save(self, _asking: Asking, body: Body) -> None:
        told = body.table()
        self._desk.editor.rewrite(_text(told, "text"), known=_text(told, "known"))

    def _init(self, _asking: Asking, body: Body) -> None:
        told = body.table()
        code = _text(told, "municipality", most=SHORT)
        if not code and told.get("town") is not True:
            raise asked_wrong("municipality")
        self._desk.editor.begin(code, day=self._today())


def _text(told: Mapping[str, Any], key: str, *, most: int = LONGEST_BODY) -> str:
    value = told.get(key, "")
    if not isinstance(value, str) or len(value) > most:
        raise asked_wrong(key)
    return value


def _told(checkup: Checkup) -> Mapping[str, Any]:
    """Return a checkup for the page, its layers with the gravest light first."""
    layers = sorted(
        checkup.layers, key=lambda layer: (not layer.given, LIGHTS.index(layer.light), layer.layer)
    )
    return {**dataclasses.asdict(checkup), "layers": layers}


def _plan_told(plan: Plan) -> Mapping[str, Any]:
    names = ("title", "municipality", "audience", "language", "made_up")
    return {
        **{name: getattr(plan, name) for name in names},
        "layers": sorted({entry.layer for entry in plan.layers}),
    }
