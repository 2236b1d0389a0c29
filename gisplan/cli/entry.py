"""The entry of the command line: one answer and one exit code, and no traceback for a user."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from gisplan.cli.commands import app
from gisplan.cli.screen import Screen
from gisplan.cli.terminal import speak_utf8
from gisplan.cli.typed import language_of, usage_problem
from gisplan.core.errors import GisplanError


def main() -> NoReturn:
    """Run the command line and end the process."""
    code = answer()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # a program without a window has none
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    # Python would free every cell of a long list one by one before it ends, which takes longer than its last step.
    os._exit(code)


def answer() -> int:
    """Do what the command line asks and return the exit code; no traceback reaches a user."""
    speak_utf8()
    # A run builds large tables of small values that live to its end; looking for cycles among them costs a tenth.
    gc.set_threshold(100_000, 50, 50)
    # Nothing here multiplies matrices, and threads that wait for it take a tenth of a second from every start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not os.environ.get("GISPLAN_DEBUG"):
        # A writer that a full disk stopped complains once more, with a traceback, when it is cleared away.
        sys.unraisablehook = _say_nothing
    arguments = sys.argv[1:] or ["--help"]
    screen = Screen(asked=language_of(arguments), as_json="--json" in arguments, quiet=False)
    try:
        code = app(arguments, standalone_mode=False)
    except GisplanError as error:
        screen.problems(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us, e.g. `head`, has enough; Python would complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if (mistyped := usage_problem(error)) is not None:
            screen.problems(mistyped)
            return mistyped.exit_code
        if os.environ.get("GISPLAN_DEBUG"):
            raise
        screen.bug(error)
        return 70
    return code if isinstance(code, int) else 0


def _say_nothing(_unraisable: object) -> None:
    """Take what Python cannot raise."""
