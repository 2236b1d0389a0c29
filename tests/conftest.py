"""Fixtures of all tests: the real data beside the project, the browser, the tiny village's builder."""

import gc
import importlib.util
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAUNCH = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session):
    """Keep the garbage collector from what the collection makes: it all stays, and looking it over takes a fifth.

    Afterwards the collector works as in a command of gisplan, and looks at none of these.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(100_000, 50, 50)  # as the command itself does
        gc.enable()


def missing(what):
    """Skip a test that lacks something of the machine; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def real_data():
    """Return the folder of real data: `GISPLAN_REAL_DATA`, or `shared/data` beside the project."""
    named = os.environ.get("GISPLAN_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        missing("the real data are not there: set GISPLAN_REAL_DATA to the folder that holds yaizu and japan")
    return folder


@pytest.fixture(autouse=True, scope="session")
def one_child():
    """Let all readers of a session use one child in turn, for each takes half a second to start.

    What a child does by itself is tested in `test_sources_reader.py`, with children of its own.
    """
    from gisplan.sources.child_process import Child

    idle = []
    own = Child.begin, Child.end

    def begin():
        """Return a child that nobody uses just now."""
        return idle.pop() if idle else Child()

    def end(child):
        """Keep a child for the next reader."""
        if child.running:
            idle.append(child)

    Child.begin, Child.end = begin, end
    yield
    Child.begin, Child.end = own
    for child in idle:
        child.stop()


def from_scripts(name):
    """Return a module of `scripts/`, which is no package."""
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        spec = importlib.util.spec_from_file_location(f"scripts_{name}", ROOT / "scripts" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # where its dataclasses look for their types
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    return module


@pytest.fixture(scope="session")
def browser_path():
    """Return the place of Chromium, Chrome or Edge: `GISPLAN_BROWSER`, the search path, or usual places."""
    place = from_scripts("browser").find()
    if not place:
        missing("no Chromium, Chrome or Edge was found: install one, or set GISPLAN_BROWSER to its place")
    return place


@pytest.fixture(scope="session")
def browser(browser_path):
    """Return a running browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(LAUNCH))
        yield running
        running.close()


@pytest.fixture(scope="session")
def postgres_server():
    """Return the address of a server with PostGIS for this session: `GISPLAN_POSTGRES_URL`, or one started here."""
    named = os.environ.get("GISPLAN_POSTGRES_URL", "")
    if named:
        yield named
        return
    postgres = from_scripts("postgres")
    programs = postgres.find()
    if not programs:
        missing("no PostgreSQL with PostGIS was found: install both, or set GISPLAN_POSTGRES_URL")
    with postgres.running(programs) as server:
        yield server.url


@pytest.fixture(scope="session")
def postgis_template(postgres_server):
    """Return the name of a database with PostGIS, from which those of the tests are made."""
    name = f"gisplan_{uuid.uuid4().hex[:12]}"
    on_server(postgres_server, f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
    on_server(postgres_server.rpartition("/")[0] + f"/{name}", "CREATE EXTENSION postgis")
    yield name
    on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgis(postgres_server, postgis_template, monkeypatch, tmp_path):
    """Return the address of an empty database with PostGIS, password included."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "no-such-file"))
    name = f"gisplan_{uuid.uuid4().hex[:12]}"
    on_server(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgis_template}")
    yield postgres_server.rpartition("/")[0] + f"/{name}"
    on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def on_server(url, statement):
    """Carry out a statement that stands in no transaction, and return its rows."""
    from urllib.parse import unquote, urlsplit

    from pg8000.native import Connection

    parts = urlsplit(url)
    connection = Connection(
        unquote(parts.username), host=parts.hostname, port=parts.port, database=unquote(parts.path[1:]),
        password=unquote(parts.password or ""),
    )  # fmt: skip
    try:
        return connection.execute_simple(statement).rows
    finally:
        connection.close()


@pytest.fixture
def small_disk(tmp_path):
    """Return a function that mounts a disk of so many kB, and one that makes it read-only.

    Only the administrator of a Linux can do so; elsewhere the failing of a disk is played.
    """
    place, mount = tmp_path / "disk", shutil.which("mount")
    place.mkdir()
    mounted = []

    def disk(kilobytes):
        command = [mount or "mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        able = sys.platform == "linux" and mount is not None
        if not able or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("a small disk can be mounted by the administrator of a Linux alone")
        mounted.append(place)
        return place

    yield disk, lambda: subprocess.run([mount, "-o", "remount,ro", str(place)], check=True)
    for one in mounted:
        subprocess.run(["umount", str(one)], check=True)
