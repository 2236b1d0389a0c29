"""Networks kept on disk: used where nothing changed, made anew where anything did, and never trusted when damaged."""

import dataclasses
import os

import numpy as np
import pytest
import shapely
from village_roads import ROADS, atlas, roads, village

from gisplan.core.arrays import Packed
from gisplan.network import build, connect, speeds, store, ways_of
from gisplan.network.store import kept, kept_build, key_of, packed_table, table_in

SPEEDS = speeds()
FIELDS = [field.name for field in dataclasses.fields(build(roads(ROADS), speeds=SPEEDS).network)]


@pytest.fixture
def always(monkeypatch):
    """Keep small networks, too."""
    monkeypatch.setattr(store, "LEAST_VERTICES", 0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Keep networks in a folder of the test."""
    monkeypatch.setattr(store, "cache_folder", lambda: tmp_path / "networks")
    return tmp_path / "networks"


def same(one, two):
    """Tell whether two networks are the same to the last bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(two, name)) for name in FIELDS if name != "classes"
    ) and all(
        np.asarray(getattr(one, name)).dtype == np.asarray(getattr(two, name)).dtype
        for name in FIELDS
        if name != "classes"
    )


def counted(monkeypatch):
    """Return a list that grows by each network that is made."""
    made = []
    monkeypatch.setattr(store, "build", lambda *args, **options: made.append(1) or build(*args, **options))
    return made


def test_a_second_run_makes_no_network_and_has_the_same_answer(always, folder, monkeypatch):
    made = counted(monkeypatch)
    table = roads([*ROADS, {"id": "far", "line": [(9000, 0), (9100, 0)], "speed_kmh": 999.0}])
    plain, first, second = (
        kept_build(table, speeds=SPEEDS, folder=where) for where in (None, folder, folder)
    )
    assert len(made) == 2
    assert same(plain.network, first.network)
    assert same(plain.network, second.network)
    assert plain.doubts == second.doubts
    assert {doubt.code for doubt in second.doubts} == {
        "net.oneway_unknown",
        "net.speed_odd",
        "net.components",
    }


CHANGES = {
    "a corner": lambda table: table.set_geometry([shapely.affinity.translate(table.geometry[0], 0.001, 0),
                                                  *table.geometry[1:]]),
    "a width": lambda table: table.assign(width_m=5.0),
    "a class": lambda table: table.assign(road_class="national"),
    "a direction": lambda table: table.assign(oneway=1),
    "an id": lambda table: table.assign(id=["x", "y", "z"]),
    "the order": lambda table: table.iloc[::-1],
    "a road less": lambda table: table.iloc[1:],
    "a part": lambda table: table.set_geometry([shapely.multilinestrings([line]) for line in table.geometry]),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_other_roads_are_another_network(always, folder, change):
    kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    table = CHANGES[change](roads(ROADS))
    assert same(kept_build(table, speeds=SPEEDS, folder=folder).network, build(table, speeds=SPEEDS).network)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    "options",
    [{"mode": "walk"}, {"join_m": 1.0}, {"ferry": True}, {"speeds": dataclasses.replace(SPEEDS, walk=70.0)}],
)
def test_other_options_and_speeds_are_another_network(always, folder, options):
    kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    kept_build(roads(ROADS), **{"speeds": SPEEDS, **options}, folder=folder)
    assert len(list(folder.iterdir())) == 2


def test_other_code_is_another_network(always, folder, monkeypatch):
    kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    monkeypatch.setattr(store, "code_hash", lambda: "changed")
    kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-1], lambda data: data[:0], lambda data: data[:200] + b"?" + data[201:]]
)
def test_a_damaged_file_is_made_anew(always, folder, damage):
    plain = kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    [path] = folder.iterdir()
    data = path.read_bytes()
    path.write_bytes(damage(data))
    assert same(kept_build(roads(ROADS), speeds=SPEEDS, folder=folder).network, plain.network)
    assert path.read_bytes() == data


def test_a_whole_file_of_something_else_is_made_anew(always, folder):
    plain = kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    [path] = folder.iterdir()
    from gisplan.core.arrays import pack

    path.write_bytes(pack(Packed(arrays={"x": np.zeros(3)}, about={})))
    assert same(kept_build(roads(ROADS), speeds=SPEEDS, folder=folder).network, plain.network)


def test_a_place_that_cannot_be_written_costs_time_and_nothing_else(always, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", "utf-8")
    plain = build(roads(ROADS), speeds=SPEEDS)
    assert same(kept_build(roads(ROADS), speeds=SPEEDS, folder=blocked / "networks").network, plain.network)


def test_a_small_network_is_made_and_not_kept(folder):
    kept_build(roads(ROADS), speeds=SPEEDS, folder=folder)
    assert not folder.exists()


def test_what_was_not_used_for_longest_goes_first(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "KEPT", 2)
    keys = [key_of(name.encode()) for name in "abc"]
    made = []

    def make():
        made.append(1)
        return Packed(arrays={"x": np.zeros(1000)}, about={})

    for turn, key in enumerate(keys[:2]):
        kept(key, make=make, folder=tmp_path)
        os.utime(tmp_path / f"{key}.network", (turn, turn))
    kept(keys[0], make=make, folder=tmp_path)  # used again, so b is now the oldest
    kept(keys[2], make=make, folder=tmp_path)
    assert len(made) == 3
    assert {path.stem for path in tmp_path.iterdir()} == {keys[0], keys[2]}
    monkeypatch.setattr(store, "KEPT_BYTES", 5000)
    kept(key_of(b"d"), make=make, folder=tmp_path)
    assert [path.stem for path in tmp_path.iterdir()] == [key_of(b"d")]


def test_a_table_comes_back_with_its_types():
    table = roads([*ROADS, {"id": "n", "name": None, "line": [(0, 0), (1, 1)], "oneway": -1, "ramp": True}])
    table = table.drop(columns="geometry")
    again = table_in(packed_table(table))
    assert again.equals(table)
    assert (again.dtypes == table.dtypes).all()


@pytest.mark.parametrize("mode", ["car", "walk"])
def test_a_plan_has_the_same_links_and_findings_with_and_without_the_kept_network(
    always, folder, monkeypatch, mode
):
    from gisplan.core.options import AccessOptions

    made = counted(monkeypatch)
    given = atlas(village(), access=AccessOptions(mode=mode))
    first, second = connect(given), connect(given)
    assert len(made) == {"car": 1, "walk": 2}[mode]
    assert first.links.equals(second.links)
    assert first.findings.equals(second.findings)
    assert first.routes.equals(second.routes)
    assert same(first.network, second.network)
    assert same(ways_of(given).network, first.network)
    monkeypatch.setattr(store, "LEAST_VERTICES", 10**9)
    assert connect(given).findings.equals(second.findings)
