"""The reader of a run: a child opens the files, without network and within limits; a bad file breaks only it."""

import contextlib
import ctypes
import errno
import json
import os
import socket
import struct
import sys
import threading
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from small_files import SQUARE, members, refused, shapefile, zipped
from test_sources_raster import CRS, LIMITS, geotiff, plane
from test_sources_vector import collection, feature, package

from gisplan.core.errors import DiskError
from gisplan.core.tables import Doubt
from gisplan.core.words import Text
from gisplan.sources import parcel, tasks
from gisplan.sources.child_process import Child, begun
from gisplan.sources.door import admit
from gisplan.sources.parcel import plain_file, plain_wanted
from gisplan.sources.raster import Target
from gisplan.sources.raw import Raw, Refused, Wanted
from gisplan.sources.read import read_file
from gisplan.sources.reader import Limits, Reader


def same(one, other):
    """Return whether two readings of a file are the same in every part."""
    assert list(one.table.columns) == list(other.table.columns)
    for name in one.table:
        assert one.table[name].to_list() == other.table[name].to_list()
    if one.geometry is not None:
        assert shapely.to_wkb(one.geometry).tolist() == shapely.to_wkb(other.geometry).tolist()
    assert one.rows.tolist() == other.rows.tolist()
    assert one.mended.tolist() == other.mended.tolist()
    parts = ("file", "crs", "crs_detail", "encoding", "encoding_how", "doubts", "refused")
    assert all(getattr(one, part) == getattr(other, part) for part in parts)


@pytest.fixture(autouse=True)
def _own_children(monkeypatch):
    """Let every reader have a child of its own, as outside the tests."""
    monkeypatch.setattr(Child, "begin", Child)
    monkeypatch.setattr(Child, "end", lambda child: child.stop())


@pytest.fixture(scope="module")
def reader():
    with Reader() as running:
        yield running


@pytest.fixture
def broken(monkeypatch):
    """Return a function that yields a reader whose child does what some lines say instead of reading."""

    def make(lines, **limits):
        code = f"import sys\nsys.stdout.write('{{\"ready\": true}}\\n'); sys.stdout.flush()\n{lines}"
        monkeypatch.setattr("gisplan.sources.child_process.COMMAND", ("-c", code))
        return Reader(limits=Limits(**limits))

    return make


def test_the_child_reads_what_the_process_itself_would(tmp_path, reader):
    paths = [
        shapefile(tmp_path, stem="z", cpg="UTF-8"),
        package(tmp_path / "a.gpkg", "区域"),
        collection(
            tmp_path / "a.geojson", feature(SQUARE, n=2**60, 名="区域"), feature(None, n=None, 名=None)
        ),
    ]
    for path in paths:
        same(reader.read(path, name=path.name), read_file(path, name=path.name))


def test_a_problem_of_the_child_is_a_problem_here(tmp_path, reader):
    path = package(tmp_path / "a.gpkg", "区域", "拠点")
    with refused("file.layer", place="raw/a.gpkg") as problems:
        reader.read(path, name="raw/a.gpkg")
    assert "区域" in problems[0].what.ja
    assert len(reader.read(path, name="raw/a.gpkg", wanted=Wanted(table="拠点")).table) == 3


def test_archives_and_folders_are_opened_for_the_child(tmp_path, reader):
    path = shapefile(tmp_path / "..", stem=tmp_path.name)
    folder = tmp_path / "図"
    folder.mkdir()
    for suffix, data in members(path).items():
        (folder / f"用途{suffix}").write_bytes(data)
    archive = zipped(tmp_path / "a.zip", {f"b{suffix}": data for suffix, data in members(path).items()})
    nested = zipped(tmp_path / "n.zip", {"x/a.zip": archive.read_bytes(), "readme.txt": b"x"})
    for place in (folder, archive, nested):
        raw = reader.read(place, name=place.name)
        assert list(raw.table["名称"]) == ["区域0", "区域1", "区域2"]
    assert raw.file.name == "n.zip/x/a.zip/b.shp"
    assert (raw.file.sha256, raw.file.size) == (admit(nested, name="n").sha256, nested.stat().st_size)


def test_a_grid_is_read_by_the_child_out_of_an_archive_too(tmp_path, reader):
    path = geotiff(tmp_path, plane())
    archive = zipped(tmp_path / "a.zip", {"標高.tif": path.read_bytes(), "a.txt": b"x"})
    target = Target(crs=CRS, limits=LIMITS, folder=tmp_path / "cache")
    (one, grid), (two, other) = (reader.raster(place, name="x", target=target) for place in (path, archive))
    assert (grid.cells, grid.bounds, grid.crs) == (other.cells, other.bounds, other.crs)
    assert (one.name, two.name) == ("x", "x/標高.tif")
    with refused("raster.not_raster"):
        reader.raster(package(tmp_path / "a.gpkg", "区域"), name="x", target=target)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "out.disk_full"), (errno.EDQUOT, "out.disk_full"),
        (errno.EFBIG, "out.not_writable"), (errno.EROFS, "out.not_writable"),
    ],
)  # fmt: skip
def test_a_disk_that_takes_no_more_is_no_fault_of_the_file(tmp_path, monkeypatch, number, code):
    def full(_raw, _path):
        raise OSError(number, "x")

    path = package(tmp_path / "a.gpkg", "区域")
    monkeypatch.setattr(tasks, "pack", full)
    monkeypatch.setattr(Child, "ask", lambda _child, request, **_limits: tasks.answer(request))
    with Reader() as running, pytest.raises(DiskError) as caught:
        running.read(path, name="raw/a.gpkg")
    assert [(problem.code, problem.place) for problem in caught.value.problems] == [(code, "raw/a.gpkg")]


def test_any_other_failing_to_read_is_damage_of_the_file(tmp_path, monkeypatch):
    def failing(_file, _wanted):
        raise OSError(errno.EIO, "x")

    path = package(tmp_path / "a.gpkg", "区域")
    monkeypatch.setattr(tasks, "parse", failing)
    request = {"do": "rows", "file": plain_file(admit(path, name="a")), "wanted": plain_wanted(Wanted())}
    assert [problem["code"] for problem in tasks.answer(request)["problems"]] == ["file.corrupt"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the files of another process")
def test_rows_that_find_no_room_on_their_way_are_told_as_such(tmp_path):
    import resource

    path = collection(tmp_path / "a.geojson", *[feature(SQUARE, n=number) for number in range(200)])
    with Reader() as running:
        resource.prlimit(running._child._process.pid, resource.RLIMIT_FSIZE, (100, 100))
        with pytest.raises(DiskError):
            running.read(path, name="a.geojson")


def test_a_file_that_kills_its_reader_is_named_and_the_next_is_read(tmp_path, broken, monkeypatch):
    path = package(tmp_path / "a.gpkg", "区域")
    with broken("import os, signal; sys.stdin.readline(); os.abort()") as running:
        with refused("file.breaks_reader", place="raw/a.gpkg"):
            running.read(path, name="raw/a.gpkg")
        monkeypatch.undo()
        assert len(running.read(path, name="raw/a.gpkg").table) == 3


@pytest.mark.parametrize("lines", [
    "sys.stdin.readline()\nwhile True: pass",
    "import time; sys.stdin.readline(); time.sleep(600)",
])  # fmt: skip
def test_a_file_that_never_ends_is_left(tmp_path, broken, lines):
    path = package(tmp_path / "a.gpkg", "区域")
    with broken(lines, seconds=0.5) as running, refused("file.takes_long", place="raw/a.gpkg"):
        running.read(path, name="raw/a.gpkg")


def test_a_file_that_fills_the_memory_is_left(tmp_path, broken):
    path = package(tmp_path / "a.gpkg", "区域")
    lines = "import time; sys.stdin.readline(); held = b'x' * 300_000_000; time.sleep(60)"
    with (
        broken(lines, seconds=30, memory=100 * 1024**2) as running,
        refused("file.takes_memory", place="raw/a.gpkg"),
    ):
        running.read(path, name="raw/a.gpkg")


def test_what_a_child_kept_of_earlier_files_does_not_count(monkeypatch):
    lines = """
import sys, time
held = b"x" * 300_000_000
for words in ('{"ready": true}', '{"done": true}'):
    print(words, flush=True)
    sys.stdin.readline()
    time.sleep(0.3)
"""
    monkeypatch.setattr("gisplan.sources.child_process.COMMAND", ("-c", lines))
    with begun() as child:
        assert child.ask({}, seconds=30, memory=100 * 1024**2) == {"done": True}


def test_a_child_whose_answer_nobody_waited_for_is_not_asked_again(tmp_path, monkeypatch):
    path = package(tmp_path / "a.gpkg", "区域")

    def interrupted(_child, _request, **_limits):
        raise KeyboardInterrupt

    with begun() as child:
        with monkeypatch.context() as patch, Reader(child=child) as running:
            patch.setattr(Child, "ask", interrupted)
            with pytest.raises(KeyboardInterrupt):
                running.read(path, name="a.gpkg")
        assert not child.running


def test_a_child_that_does_not_start_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setattr("gisplan.sources.child_process.COMMAND", ("-c", "raise SystemExit(1)"))
    path = package(tmp_path / "a.gpkg", "区域")
    with Reader() as running, refused("file.no_reader"):
        running.read(path, name="raw/a.gpkg")


def test_a_child_that_was_begun_before_serves_reader_after_reader(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域")
    with begun() as child:
        for _ in range(2):
            with Reader(child=child) as running:
                assert len(running.read(path, name="a.gpkg").table) == 3
                assert running._child is child
        assert child.running
    assert not child.running


def test_a_given_child_that_broke_is_replaced(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域")
    with begun() as child:
        child.stop()
        with Reader(child=child) as running:
            assert len(running.read(path, name="a.gpkg").table) == 3
            other = running._child
        assert other is not child
        assert not other.running


def test_nothing_is_left_behind(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域")
    with Reader() as running:
        folder = Path(running._folder.name)
        running.read(path, name="a.gpkg")
        assert list(folder.iterdir()) == []
        process = running._child._process
    assert not folder.exists()
    assert process.poll() is not None


# ---- no network, no other file ---------------------------------------------------------------------------------

CHILD = """
import json, socket, subprocess, sys
from gisplan.sources.child import shut_off
shut_off()
tried = {}
for name, act in {
    "connect": lambda: socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2),
    "look up": lambda: socket.getaddrinfo("localhost", 80),
    "program": lambda: subprocess.run(["true"]),
}.items():
    try:
        act()
        tried[name] = "done"
    except OSError as error:
        tried[name] = type(error).__name__
if sys.platform == "linux":
    import ctypes, os
    libc = ctypes.CDLL(None, use_errno=True)
    handle = libc.socket(2, 1, 0)
    port = int(sys.argv[1])
    place = (2).to_bytes(2, sys.byteorder) + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    tried["native"] = libc.connect(handle, place, len(place))
print(json.dumps(tried))
"""


def test_the_child_gives_up_network_and_programs():
    """Outside Linux, and where Linux forbids it, native code is held by GDAL's drivers alone being off."""
    import subprocess

    calls = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", CHILD, str(port)], capture_output=True, text=True, check=True
        )
        with contextlib.suppress(TimeoutError):
            calls.append(server.accept())
    tried = json.loads(done.stdout)
    native = tried.pop("native", -1)
    assert set(tried.values()) == {"PermissionError"}
    if sys.platform == "linux" and os.geteuid() == 0:
        assert native == -1
        assert calls == []


OPENED = 0x20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who opens a file, through inotify")
def test_no_file_is_opened_but_the_one_named(tmp_path):
    """Bait lies beside every file: descriptions, indexes and helpers that libraries look for."""
    folder = tmp_path / "in"
    folder.mkdir()
    shapefile(folder, stem="a", cpg="")
    package(folder / "b.gpkg", "区域")
    collection(folder / "c.geojson", feature(SQUARE, n=1))
    gpd.GeoDataFrame({"n": [1]}, geometry=[SQUARE], crs=6668).to_file(folder / "d.fgb")
    gpd.GeoDataFrame({"n": [1]}, geometry=[SQUARE], crs=6668).to_parquet(folder / "e.parquet")
    files = sorted(path.name for path in folder.iterdir())
    for stem in "abcde":
        for ending in (
            "gfs",
            "xsd",
            "vrt",
            "aux.xml",
            "qpj",
            "qix",
            "sbn",
            "sbx",
            "idx",
            "ovr",
            "csvt",
            "tfw",
        ):
            (folder / f"{stem}.{ending}").write_bytes(b"bait")
    mine = {"a.shp": {"a.shp", "a.shx", "a.dbf", "a.prj", "a.cpg"}}
    libc = ctypes.CDLL(None)
    with Reader() as running:
        running.read(folder / "b.gpkg", name="b")  # whatever is opened once, at the start
        for name in ("a.shp", "b.gpkg", "c.geojson", "d.fgb", "e.parquet"):
            handle = libc.inotify_init1(os.O_NONBLOCK)
            libc.inotify_add_watch(handle, str(folder).encode(), OPENED)
            running.read(folder / name, name=name)
            assert opened(handle) - mine.get(name, {name}) <= {""}
            os.close(handle)
    assert sorted(path.name for path in folder.iterdir() if path.read_bytes() != b"bait") == files


def opened(handle):
    """Return the names of the files that were opened, "" for the folder itself."""
    data, names, at = os.read(handle, 1 << 20), set(), 0
    while at < len(data):
        size = struct.unpack_from("iIII", data, at)[3]
        names.add(data[at + 16 : at + 16 + size].rstrip(b"\0").decode())
        at += 16 + size
    return names


# ---- parcels ---------------------------------------------------------------------------------------------------


def test_a_parcel_carries_every_part(tmp_path):
    import pandas as pd

    file = admit(package(tmp_path / "a.gpkg", "区域"), name="a")
    days = ["2026-11-01 00:00", None, "2026-11-01 10:30", None]
    odd = ["a", None, "\ud800", "x\u0000y"]
    raw = Raw(
        file=file,
        table=pd.DataFrame({
            "text": pd.Series(odd, dtype=object), "number": [1.5, np.nan, np.inf, -0.0], "count": [1, 2, 3, 2**62],
            "true": [True, False, True, True], "day": pd.to_datetime(days),
            "list": pd.Series([["a", None], [], None, np.array(["x", "y"])], dtype=object),
        }),
        geometry=np.array([shapely.Point(1, 2), None, SQUARE, shapely.Point()], dtype=object),
        rows=np.array([1, 2, 3, 9]),
        mended=np.array([True, False, False, True]),
        refused=(Refused(row=4, column="c", value="v", code="tab.ragged"),),
        crs=6676,
        doubts=(Doubt(code="x.y", layer="", values={"a": Text(ja="い", en="a"), "n": [np.int64(3), 1.5]}),),
        encoding="cp932",
        encoding_how="strict",
    )  # fmt: skip
    parcel.pack(raw, tmp_path / "p.arrow")
    found = parcel.unpack(tmp_path / "p.arrow", file)
    assert found.table["text"].fillna("-").to_list() == ["a", "-", "?", "x\u0000y"]
    assert found.table["count"].to_list() == [1, 2, 3, 2**62]
    assert found.table["list"].fillna("-").to_list() == ["a;", "", "-", "x;y"]
    assert found.table["day"].to_list()[::2] == ["2026-11-01", "2026-11-01 10:30:00"]
    assert found.doubts == (Doubt(code="x.y", layer="", values={"a": Text(ja="い", en="a"), "n": [3, 1.5]}),)
    assert (found.refused, found.crs, found.encoding) == (raw.refused, 6676, "cp932")
    assert list(shapely.from_wkb(found.geometry)) == list(raw.geometry)


def test_what_is_asked_travels_whole():
    wanted = Wanted(known=("a", "b"), table="t", kind="line", osm=("highway",), day=date(2026, 11, 1))
    assert parcel.live_wanted(json.loads(json.dumps(parcel.plain_wanted(wanted)))) == wanted
    assert parcel.live_wanted(parcel.plain_wanted(Wanted())) == Wanted()
    target = Target(crs=6676, limits=(-np.inf, 9000.0), folder=Path("cache"))
    assert parcel.live_target(json.loads(json.dumps(parcel.plain_target(target)))) == target


def test_readers_can_be_used_side_by_side(tmp_path):
    path = package(tmp_path / "a.gpkg", "区域", rows=50)
    counts = []

    def work():
        with Reader() as running:
            counts.extend(len(running.read(path, name="a").table) for _ in range(3))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [50] * 6
