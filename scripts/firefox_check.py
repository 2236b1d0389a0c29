"""Open pages of an output folder in Firefox and use them: `python scripts/firefox_check.py FOLDER [--picture PNG]`.

The tests use Chromium. Firefox (Debian: firefox-esr) is asked here through Marionette, its own remote protocol, without
a network. The exit code is 0 where everything answered, 1 where something did not, 2 where there is no Firefox.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("firefox", "firefox-esr")
SECONDS = 60.0
PAGES = ("map.html", "map_light.html", "report.html")
PREFERENCES = """
user_pref("marionette.port", {port});
user_pref("network.proxy.type", 1);
user_pref("network.proxy.socks", "127.0.0.1");
user_pref("network.proxy.socks_port", 9);
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
"""
"""The only way to a network is a proxy that is not there."""

USES = {
    "the map is ready": "return document.documentElement.classList.contains('gp-ready')",
    "layers are listed": "return document.querySelectorAll('.gp-layers .gp-item').length > 3",
    "layers on tiles are drawn": """
      const tiles = [...document.querySelectorAll('canvas')].filter((one) => one.width > 0);
      return tiles.length > 0""",
    "a search finds a place": """
      const field = document.querySelector('.gp-query');
      const name = document.querySelector('.gp-sign').getAttribute('aria-label').split(/[：:]/).pop().trim();
      field.value = name;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      return document.querySelectorAll('.gp-found li').length > 0""",
    "a result opens its place": """
      document.querySelector('.gp-found button').click();
      return document.querySelector('.leaflet-popup, .gp-dossier') !== null""",
    "the page speaks English": """
      document.getElementById('language').click();
      return document.documentElement.lang === 'en'""",
    "a layer is turned off": """
      const box = document.querySelector('.gp-layers input[type=checkbox]:checked');
      box.click();
      return !box.checked""",
    "nothing was refused or failed": "return window.gisplanFaults === undefined",
}
"""What is asked of a map, in order; each is a script that returns whether it went well."""


class Firefox:
    """A Firefox that answers commands of Marionette.

    Parameters
    ----------
    connection
        The open connection; its greeting has not been read.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._asked = 0
        self._read()
        self.ask("WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": False}})

    def ask(self, command: str, **parameters: Any) -> Any:
        """Return the answer to a command.

        Raises
        ------
        RuntimeError
            If Firefox answers with an error.
        """
        self._asked += 1
        text = json.dumps([0, self._asked, command, parameters])
        self._connection.sendall(f"{len(text.encode())}:{text}".encode())
        _, _, error, answer = self._read()
        if error:
            raise RuntimeError(f"{command}: {error}")
        return answer

    def script(self, code: str) -> Any:
        """Return what a script in the page returns."""
        return self.ask("WebDriver:ExecuteScript", script=code, args=[])["value"]

    def _read(self) -> Any:
        head = b""
        while not head.endswith(b":"):
            head += self._some(1)
        wanted, text = int(head[:-1]), b""
        while len(text) < wanted:
            text += self._some(wanted - len(text))
        return json.loads(text)

    def _some(self, most: int) -> bytes:
        found = self._connection.recv(most)
        if not found:
            raise ConnectionError("Firefox has ended")
        return found


@contextmanager
def running(program: str) -> Iterator[Firefox]:
    """Yield a Firefox without a window and with a profile of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="gisplan-firefox-") as profile:
        (Path(profile) / "user.js").write_text(PREFERENCES.format(port=port), "ascii")
        command = [program, "--headless", "--marionette", "--profile", profile, "--no-remote"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdout=quiet, stderr=quiet) as process:
            try:
                with _connected(port) as connection:
                    yield Firefox(connection)
            finally:
                process.terminate()


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def used(firefox: Firefox, page: Path) -> dict[str, bool]:
    """Return what of `USES` went well on a page; of a page without a map, whether it holds tables and pictures."""
    firefox.ask("WebDriver:SetWindowRect", width=1400, height=950)
    firefox.ask("WebDriver:Navigate", url=page.resolve().as_uri())
    if page.name == "report.html":
        pictures = "return [...document.images].every((one) => one.complete && one.naturalWidth > 0)"
        return {
            "pictures are shown": bool(firefox.script(pictures)),
            "tables are there": bool(firefox.script("return document.querySelectorAll('table').length > 0")),
        }
    firefox.script("window.addEventListener('error', () => { window.gisplanFaults = true; });")
    first = next(iter(USES))
    until = time.monotonic() + SECONDS
    while not firefox.script(USES[first]) and time.monotonic() < until:
        time.sleep(0.1)
    return {use: bool(firefox.script(code)) for use, code in USES.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the pages of a folder and print what answered; return the exit code."""
    parser = argparse.ArgumentParser(
        description="出力を Firefox で開いて使う / open the outputs in Firefox and use them"
    )
    parser.add_argument("folder", type=Path, help="出力フォルダ / output folder")
    parser.add_argument("--picture", type=Path, help="地図の画面の保存先 / file for a picture of the map")
    asked = parser.parse_args(arguments)
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        print("Firefox が見つかりません。 / There is no Firefox.", file=sys.stderr)
        return 2
    pages = [asked.folder / name for name in PAGES if (asked.folder / name).is_file()]
    if not pages:
        print(f"地図も計画書もありません：{asked.folder} / There is no page.", file=sys.stderr)
        return 2
    failed = 0
    with running(program) as firefox:
        for page in pages:
            for use, well in used(firefox, page).items():
                failed += not well
                print(f"{page.name}: {'ok  ' if well else 'FAIL'} {use}")
            if asked.picture and page.name == PAGES[0]:
                shot = firefox.ask("WebDriver:TakeScreenshot", full=False)["value"]
                asked.picture.write_bytes(base64.b64decode(shot))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
