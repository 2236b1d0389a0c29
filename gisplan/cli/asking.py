"""What every command does: find the plan, know whom and in which language to tell, run, and show the outcome."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from gisplan.cli.screen import Screen
from gisplan.core.document import near, near_text
from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Audience, Language


def run_plan(screen: Screen, plan: Path, *, audience: str | None = None, **options: Any) -> Any:
    """Run a request, show its outcome, and return it.

    Parameters
    ----------
    screen
        Where it is told.
    plan
        The plan, or its folder.
    audience
        Whom the command line names, None where it leaves that to plan.toml.
    **options
        What else stands in a `Request`.
    """
    from gisplan.sources.child_process import begun

    file, readers = plan_file(plan), audience_of(audience)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.plan.run import Request
        from gisplan.plan.run import run as do

        request = Request(plan=file, audience=readers, language=screen.asked, **options)
        with screen.progress() as progress:
            outcome = do(request, progress=progress, child=child)
    screen.outcome(outcome)
    return outcome


def audience_of(named: str | None) -> Audience | None:
    """Return whom the command line names, None where it leaves that to plan.toml.

    Raises
    ------
    ConfigurationError
        If there is no such audience.
    """
    if named not in {None, "internal", "partner", "public"}:
        raise _unknown(named, option="--audience", known=["internal", "partner", "public"])
    return cast("Audience | None", named)


def outputs_of(named: Sequence[str] | None) -> tuple[str, ...]:
    """Return what the command line wants written, everything where it names nothing.

    Raises
    ------
    ConfigurationError
        If there is no such output.
    """
    from gisplan.plan.outputs import ALL

    wrong = next((name for name in named or () if name not in ALL), None)
    if wrong is not None:
        raise _unknown(wrong, option="--only", known=ALL)
    return tuple(name for name in ALL if not named or name in named)


def _unknown(name: str | None, *, option: str, known: Sequence[str]) -> ConfigurationError:
    meant = near_text(near(name or "", known))
    values = {"name": name, "near": meant, "known": list(known)}
    return ConfigurationError(Problem(code="config.unknown_name", place=option, values=values))


def today() -> dt.date:
    """Return the day in Japan."""
    return dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=9))).date()


def plan_file(path: Path) -> Path:
    """Return the plan.toml of a path: the file itself, or the one in a folder.

    Raises
    ------
    ConfigurationError
        If the folder has none.
    """
    if not path.is_dir():
        return path
    if not (path / "plan.toml").is_file():
        raise ConfigurationError(Problem(code="config.no_plan", place=path.name))
    return path / "plan.toml"


def screen_for(language: str | None, *, as_json: bool, quiet: bool) -> Screen:
    """Return where a command tells what it does.

    Raises
    ------
    ConfigurationError
        If there is no such language.
    """
    if language not in {None, "ja", "en"}:
        raise _unknown(language, option="--language", known=["ja", "en"])
    return Screen(asked=cast("Language | None", language), as_json=as_json, quiet=quiet)
