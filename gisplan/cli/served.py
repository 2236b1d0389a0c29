"""`gisplan serve`: a folder shown and worked on in the browser of this machine, until Ctrl-C."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from gisplan.cli.asking import today
from gisplan.cli.screen import STEPS, Screen


def serve_folder(
    screen: Screen, folder: Path, *, port: int | None, layers: Path | None, opened: bool
) -> None:
    """Serve a folder until somebody presses Ctrl-C.

    Parameters
    ----------
    screen
        Where it is told.
    folder
        The folder of a plan, or of one to be made; the plan.toml itself will do.
    port
        The port of 127.0.0.1, None for the usual one or another that is free.
    layers
        The folder of layer files that was named.
    opened
        Whether to open the page in the browser.
    """
    from gisplan.plan.serving.desk import Desk
    from gisplan.plan.serving.server import serving

    plan = folder if folder.is_file() else folder / "plan.toml"
    desk = Desk(plan.absolute(), layers=layers)
    with serving(desk, port=port, steps=STEPS, language=screen.language, today=today) as served:
        with suppress(KeyboardInterrupt):
            _tell(screen, served.address)
            if opened:
                _open(served.address)
            _wait()
        if not screen.as_json:
            screen.say("終わります…", "Ending …")


def _tell(screen: Screen, address: str) -> None:
    if screen.as_json:
        screen.json({"address": address})
        return
    screen.say(f"開いてください：{address}", f"Open: {address}")
    screen.say(
        "このコンピュータの中だけで動きます。終わるには Ctrl-C を押します。",
        "It runs on this computer alone. Press Ctrl-C to end it.",
    )


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)


def _wait() -> None:
    """Wait for Ctrl-C; in short steps, for Windows hands it to no thread that waits without end."""
    over = threading.Event()
    while not over.wait(0.5):
        continue
