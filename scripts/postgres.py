"""The database of the tests: finds PostgreSQL with PostGIS on this machine or gets it, and runs a server for a while.

A server listens on this machine alone, with a password of its own, in a temporary folder that goes with it.
`GISPLAN_POSTGRES_URL` names a running server instead; its user must be allowed to make databases.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import environment

ROOTS = (
    "/usr/lib/postgresql",
    "/usr/local/opt",
    "/Applications/Postgres.app/Contents/Versions",
    "C:/Program Files/PostgreSQL",
)
EXTENSION = "extension/postgis.control"
SHARED = "/usr/share/postgresql"
MAIN_CLUSTER = "/etc/postgresql-common"
GET_SECONDS = 600
START_SECONDS = 60
STOP_SECONDS = 30
PAUSE_SECONDS = 0.1
TRIES = 5
USER = "gisplan_tests"
SETTINGS = (
    # The content lives as long as the tests: nothing of it has to survive a power cut.
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "32MB"),
    ("max_connections", "30"),
    ("autovacuum", "off"),
    ("unix_socket_directories", ""),
    ("listen_addresses", "127.0.0.1"),
)


def ensure() -> str:
    """Return where PostgreSQL's programs are, got from the system's packages if need be, or "".

    Where `GISPLAN_POSTGRES_URL` names a server, nothing is looked for and the variable's name is returned.
    """
    if os.environ.get("GISPLAN_POSTGRES_URL"):
        return "GISPLAN_POSTGRES_URL"
    found = find()
    if found or not _is_debian():
        return found
    environment.say("postgres_install")
    return find() if _get_from_debian() else ""


def find() -> str:
    """Return the newest folder of PostgreSQL's programs that has PostGIS beside it, or ""."""
    named = shutil.which("initdb")
    places = [Path(named).resolve().parent] if named else []
    for root in ROOTS:
        places += sorted(Path(root).glob("*/bin"), key=_version, reverse=True)
    return next((str(place) for place in places if _has_postgis(place)), "")


def _version(place: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", place.parent.name)) or (0,)


def _has_postgis(place: Path) -> bool:
    suffix = ".exe" if os.name == "nt" else ""
    if not all((place / f"{name}{suffix}").is_file() for name in ("initdb", "postgres", "psql")):
        return False
    told = _output([str(place / f"pg_config{suffix}"), "--sharedir"])
    shares = [Path(told)] if told else []
    # Debian keeps what is shared apart from the programs; elsewhere it lies beside them.
    shares += [Path(SHARED) / place.parent.name, place.parent / "share"]
    return any((share / EXTENSION).is_file() for share in shares)


def _is_debian() -> bool:
    root = sys.platform == "linux" and os.geteuid() == 0
    return root and shutil.which("apt-get") is not None


def _get_from_debian() -> bool:
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    _output([*apt, "update"])
    version = re.search(r"postgresql-(\d+)", _output(["apt-cache", "depends", "postgresql"]))
    if version is None:
        return False
    # Without this the package makes and starts a server that runs on after the tests.
    folder = Path(MAIN_CLUSTER)
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / "createcluster.conf").write_text("create_main_cluster = false\n", "utf-8")
    number = version[1]
    packages = [f"postgresql-{number}", f"postgresql-{number}-postgis-3"]
    keep = ["-o", "Dpkg::Options::=--force-confold"]
    _output([*apt, *keep, "install", "-y", "--no-install-recommends", *packages])
    return bool(find())


def _output(command: list[str]) -> str:
    """Return what a command prints, "" where it fails."""
    variables = environment.clean_environment(DEBIAN_FRONTEND="noninteractive", LC_ALL="C")
    try:
        done = subprocess.run(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, errors="replace", timeout=GET_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


class Server:
    """A server in a folder of its own; `url` is its address, which holds the password."""

    def __init__(self, programs: Path, folder: Path, password: str) -> None:
        self._programs = programs
        self._folder = folder
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start the server on a free port; another program may take a port between its choice and its use.

        Raises
        ------
        RuntimeError
            With the server's own words if it does not start.
        """
        settings = [part for name, value in SETTINGS for part in ("-c", f"{name}={value}")]
        log = self._folder / "log"
        for _ in range(TRIES):
            with socket.create_server(("127.0.0.1", 0)) as free:
                self._port = int(free.getsockname()[1])
            command = [
                str(self._programs / "postgres"),
                "-D",
                str(self._folder / "data"),
                "-p",
                str(self._port),
            ]
            with log.open("ab") as words:
                self._process = subprocess.Popen(
                    [*command, *settings], cwd=self._folder, stdin=subprocess.DEVNULL, stdout=words, stderr=words,
                    **_owner(),
                )  # fmt: skip
            if self._answers():
                return
            self._process.kill()
            self._process.wait()
        raise RuntimeError(log.read_text("utf-8", errors="replace")[-2000:])

    def stop(self, *, at_once: bool = False) -> None:
        """End the server; at once means as a machine does that loses its power."""
        if self._process is None or self._process.poll() is not None:
            return
        polite = signal.SIGTERM if os.name == "nt" else signal.SIGQUIT if at_once else signal.SIGINT
        self._process.send_signal(polite)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        command = [
            str(self._programs / "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(self._port), "-U", USER,
            "-d", "postgres", "-c", "SELECT 1",
        ]  # fmt: skip
        variables = environment.clean_environment(PGPASSWORD=self._password)
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process is not None and self._process.poll() is None:
            if subprocess.run(command, env=variables, capture_output=True, check=False).returncode == 0:
                return True
            time.sleep(PAUSE_SECONDS)
        return False


@contextlib.contextmanager
def running(programs: str) -> Iterator[Server]:
    """Yield a server with an empty database; it is ended and deleted with the block.

    Parameters
    ----------
    programs
        The folder that `find` returned.

    Raises
    ------
    RuntimeError
        If it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="gisplan-postgres-", ignore_cleanup_errors=True) as name:
        folder, password = Path(name), secrets.token_hex(16)
        (folder / "password").write_text(password, "utf-8")
        _own(folder)
        make = [
            str(Path(programs) / "initdb"), "--no-sync", "--auth=scram-sha-256", f"--username={USER}",
            f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C", "-D", str(folder / "data"),
        ]  # fmt: skip
        _as_owner(make, folder)
        server = Server(Path(programs), folder, password)
        try:
            server.start()
            yield server
        finally:
            server.stop()


def _as_owner(command: list[str], folder: Path) -> None:
    """Carry out a command as the user who owns the server.

    Raises
    ------
    RuntimeError
        With its words if it fails.
    """
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", check=False, **_owner()
    )
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-2000:])


def _owner() -> dict[str, Any]:
    """Return as whom a server runs: the administrator of a machine must not own one."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    return {"user": "postgres", "group": "postgres"}


def _own(folder: Path) -> None:
    for place in (folder, *folder.iterdir()):
        if _owner():
            shutil.chown(place, "postgres", "postgres")
        place.chmod(0o700 if place.is_dir() else 0o600)
