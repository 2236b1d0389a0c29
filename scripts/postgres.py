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
    "/opt/homebrew/opt",
    "/Applications/Postgres.app/Contents/Versions",
    "C:/Program Files/PostgreSQL",
)
EXTENSION = "extension/postgis.control"
MAIN_CLUSTER = "/etc/postgresql-common"
GET_SECONDS = 600
START_SECONDS = 60
STOP_SECONDS = 30
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
    shares += [Path("/usr/share/postgresql") / place.parent.name, place.parent / "share"]
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
    """A running server: its address, which holds the password, and the process."""

    def __init__(self, url: str, process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.process = process

    def stop(self, *, at_once: bool = False) -> None:
        """End the server; at once means as a machine that loses its power."""
        if self.process.poll() is None:
            told = signal.SIGQUIT if at_once and os.name != "nt" else signal.SIGINT
            self.process.send_signal(told if os.name != "nt" else signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


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
        data = folder / "data"
        _as_owner(
            [
                str(Path(programs) / "initdb"), "--no-sync", "--auth=scram-sha-256", f"--username={USER}",
                f"--pwfile={folder / 'password'}", "--encoding=UTF8", "--locale=C", "-D", str(data),
            ],
            folder,
        )  # fmt: skip
        server = _started(programs, data, password)
        try:
            yield server
        finally:
            server.stop()


def _started(programs: str, data: Path, password: str) -> Server:
    """Return a server on a free port; another program may take a port between its choice and its use."""
    settings = [part for name, value in SETTINGS for part in ("-c", f"{name}={value}")]
    for _ in range(TRIES):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        with (data.parent / "log").open("ab") as log:
            process = subprocess.Popen(
                [str(Path(programs) / "postgres"), "-D", str(data), "-p", str(port), *settings],
                cwd=data.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_owner(),
            )
        if _answers(programs, port, password, process):
            return Server(f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres", process)
        process.kill()
        process.wait()
    raise RuntimeError((data.parent / "log").read_text("utf-8", errors="replace")[-2000:])


def _answers(programs: str, port: int, password: str, process: subprocess.Popen[bytes]) -> bool:
    command = [
        str(Path(programs) / "psql"), "-X", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", USER, "-d", "postgres",
        "-c", "SELECT 1",
    ]  # fmt: skip
    variables = environment.clean_environment(PGPASSWORD=password)
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if subprocess.run(command, env=variables, capture_output=True, check=False).returncode == 0:
            return True
        time.sleep(0.1)
    return False


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
