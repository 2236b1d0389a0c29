"""The desk of one plan: what is known of it, what is being done, and what a person at the page may ask for."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gisplan.core.checkup import Checkup, StopTold
from gisplan.core.errors import GisplanError, InputError, Problem, fault
from gisplan.core.words import Audience, Language, Plan, Spec
from gisplan.layers.catalogue import read_catalogue
from gisplan.layers.load import RefusedError
from gisplan.plan.examine import problem_told, told_of_refusal, told_of_results
from gisplan.plan.manifest import NAME, read_manifest
from gisplan.plan.outputs import ALL
from gisplan.plan.read import read_plan
from gisplan.plan.results import PARTS
from gisplan.plan.run import Outcome, Request, run
from gisplan.plan.serving.diagnosis import Asked, Diagnosis, diagnose
from gisplan.plan.serving.editing import Editor
from gisplan.plan.serving.holding import Holding
from gisplan.plan.serving.watching import PAUSE_SECONDS, Watch, Watched
from gisplan.plan.serving.worker import Kind, Progress, StoppedError, Worker
from gisplan.sources.child_process import begun
from gisplan.sources.reader import Reader

End = Literal["done", "unchanged", "refused", "failed", "stopped"]
GOODBYE_SECONDS = 20.0
"""How long a run that is stopped may take to clear up behind itself."""

OUT = "out"
FOLDERS = (OUT, "out-internal", "out-partner", "out-public")
"""Folders of outputs beside plan.toml: for the circle that plan.toml names, and for others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """For whom and in which language outputs are made, None where plan.toml says so; whether changes start a run."""

    audience: Audience | None = None
    language: Language | None = None
    automatic: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the last piece of work ended, when, and what stood in its way."""

    kind: Kind
    end: End
    at: str
    problems: tuple[StopTold, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A folder of outputs: for whom it is, when it was made, and its files with their sizes [bytes]."""

    folder: str
    title: str
    audience: str
    language: str
    made: str
    files: Mapping[str, int]


class Desk:
    """A folder with a plan, or one for a plan to be made, and all that is done at its page."""

    def __init__(
        self,
        plan: Path,
        *,
        layers: Path | None = None,
        outputs: tuple[str, ...] = ALL,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self.plan_file, self.layers, self._wanted = plan, layers, outputs
        self.holding = Holding(plan.parent)
        self.editor = Editor(plan, layers=layers, holding=self.holding)
        self.worker = Worker(self._work, told=self.touch)
        self._watch = Watch(Watched(plan, layers), self._changed, pause=pause)
        self._lock, self._doctor = threading.Lock(), threading.Lock()
        self._choice, self._ended, self._checkup = Choice(), None, None
        self._version = self._checked = 0

    _ended: Ended | None
    _checkup: Checkup | None

    def start(self) -> None:
        """Begin to work and to watch; a plan that is there is checked first."""
        self.worker.start()
        self._watch.start()
        if self.plan_file.is_file():
            self.worker.ask("check")

    def end(self) -> None:
        """Stop, and clear up."""
        self._watch.end()
        self.worker.end(GOODBYE_SECONDS)

    @property
    def folder(self) -> Path:
        """The folder of the plan."""
        return self.plan_file.parent

    @property
    def versions(self) -> tuple[int, int]:
        """Numbers that grow with every change of what the page shows, and of what the last check told."""
        with self._lock:
            return self._version, self._checked

    @property
    def choice(self) -> Choice:
        """What was chosen at the page."""
        return self._choice

    @property
    def ended(self) -> Ended | None:
        """How the last piece of work ended, None before the first."""
        return self._ended

    @property
    def checkup(self) -> Checkup | None:
        """What the last check told, None before the first."""
        return self._checkup

    def touch(self) -> None:
        """Note that something the page shows has changed."""
        with self._lock:
            self._version += 1

    def choose(self, choice: Choice) -> None:
        """Take a choice of the page."""
        self._choice = choice
        self.touch()

    def read(self) -> tuple[Plan | None, tuple[StopTold, ...]]:
        """Return the plan as plan.toml has it now, or what is wrong with it; nothing of either where there is none."""
        if not self.plan_file.is_file():
            return None, ()
        try:
            return read_plan(self.plan_file, catalogue=self.catalogue()), ()
        except GisplanError as error:
            return None, told_whole(error.problems)
        except OSError:  # an editor keeps it to itself while it saves
            return None, ()

    def catalogue(self) -> Mapping[str, Spec]:
        """Return the layers there are."""
        return read_catalogue(self.layers)

    def outputs(self) -> tuple[Output, ...]:
        """Return every folder of outputs, the one made last first."""
        found: list[tuple[float, Output]] = []
        for name in FOLDERS:
            with suppress(OSError):  # a run may exchange the folder at this moment
                content = read_manifest(self.folder / name)
                if content is not None:
                    made = (self.folder / name / NAME).stat().st_mtime
                    found.append((made, _output(name, content, made)))
        return tuple(one for _, one in sorted(found, key=lambda pair: -pair[0]))

    def answer(self, asked: Asked) -> Diagnosis:
        """Return what the doctor says of a file that waits.

        Parameters
        ----------
        asked
            The file.
        """
        plan, _ = self.read()
        with self._doctor, Reader() as reader:
            return diagnose(asked, plan=plan, catalogue=self.catalogue(), reader=reader)

    def _changed(self) -> None:
        """Work again after files have changed: a run where there are outputs already, else a check."""
        self.touch()
        if self._choice.automatic and self.plan_file.is_file():
            self.worker.ask("run" if (self.folder / self._out()).is_dir() else "check")

    def _out(self) -> str:
        """Return the folder for the outputs of the circle that was chosen."""
        plan, _ = self.read()
        chosen = self._choice.audience
        return OUT if chosen is None or plan is None or chosen == plan.audience else f"{OUT}-{chosen}"

    def _work(self, kind: Kind, progress: Progress) -> None:
        """Check or run, and keep how it ended; whatever fails, the page and the old outputs stay."""
        end: End = "done"
        problems: tuple[StopTold, ...] = ()
        try:
            outcome = self._done(kind, progress)
            end = "unchanged" if outcome.unchanged else "done"
            if outcome.results is not None and outcome.released is not None:
                self._keep(told_of_results(outcome.results, outcome.released))
        except StoppedError:
            end = "stopped"
        except RefusedError as error:
            end = "refused"
            self._keep(told_of_refusal(error.examination))
        except GisplanError as error:
            end, problems = "refused", told_whole(error.problems)
        except Exception as error:  # noqa: BLE001 (the server outlives a fault of a run, and tells of it)
            end, problems = "failed", told_whole([fault(error)])
        now = dt.datetime.now(tz=dt.UTC).astimezone()
        self._ended = Ended(kind=kind, end=end, at=f"{now:%Y-%m-%d %H:%M}", problems=problems)

    def _done(self, kind: Kind, progress: Progress) -> Outcome:
        choice = self._choice
        request = Request(
            plan=self.plan_file, out=None, parts=("check",), outputs=(), layers=self.layers,
            audience=choice.audience, language=choice.language,
        )  # fmt: skip
        if kind == "run":
            request = replace(request, out=self.folder / self._out(), parts=PARTS, outputs=self._wanted)
        with begun() as child:  # each piece of work has its own, so that stopping one leaves no other without
            outcome = run(request, progress=progress, child=child)
            if outcome.unchanged and self._checkup is None:
                checked = run(
                    replace(request, out=None, parts=("check",), outputs=()), progress=progress, child=child
                )
                return replace(outcome, results=checked.results, released=checked.released)
        return outcome

    def _keep(self, checkup: Checkup) -> None:
        with self._lock:
            self._checkup = checkup
            self._checked += 1


def _output(folder: str, content: Mapping[str, Any], made: float) -> Output:
    plan = content.get("plan", {})
    at = dt.datetime.fromtimestamp(made, tz=dt.UTC).astimezone()
    return Output(
        folder=folder, title=str(plan.get("title", "")), audience=str(plan.get("audience", "")),
        language=str(plan.get("language", "")), made=f"{at:%Y-%m-%d %H:%M}",
        files={name: int(row.get("bytes", 0)) for name, row in content["outputs"].items()},
    )  # fmt: skip


def told_whole(problems: Sequence[Problem]) -> tuple[StopTold, ...]:
    """Return problems as the person at the page is told of them: in the office, with everything.

    Parameters
    ----------
    problems
        The problems.
    """
    return tuple(problem_told(problem, audience="internal") for problem in problems)


def asked_wrong(detail: str) -> InputError:
    """Return what is told of a request that no page of ours sends.

    Parameters
    ----------
    detail
        What is wrong with it.
    """
    return InputError(Problem(code="serve.asked_wrong", place="gisplan serve", values={"detail": detail}))
