"""Plans that read and write PostGIS: all or nothing, what others made is left, and no password is ever told."""
# ruff: noqa: S106, S608 (passwords and statements of tests)

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from conftest import ROOT, from_scripts, missing, on_server
from village import on_disk

from gisplan.core.errors import ConfigurationError, GisplanError, InputError, NetworkError
from gisplan.core.words import Style, Text
from gisplan.layers.catalogue import demo_folder
from gisplan.maps.database import MANIFEST, fill_schema, hold_schema, intact, read_schema, swap_schema
from gisplan.maps.described import described
from gisplan.maps.words import MapLayer
from gisplan.plan import manifest, target
from gisplan.plan.outputs import GEOPACKAGE, TABLES
from gisplan.plan.read import read_plan
from gisplan.plan.run import Request, run
from gisplan.plan.target import DEFAULT_SCHEMA, filling, stands, target_of
from gisplan.sources.address import address_of
from gisplan.sources.database import session

CRS = on_disk.CRS
LIGHT = {"parts": ("check",), "outputs": ("tables",)}
HOSTILE = (
    'x"; DROP TABLE victim; --',
    "'; DROP TABLE victim; --",
    "{{ 7 * 7 }}",
    "<b>%s :x $1</b>",
    "\\'; --",
    "表 一",
)


def changed(url, **parts):
    old = urlsplit(url)
    netloc = (
        f"{parts.get('user', old.username)}:{parts.get('password', old.password)}@{old.hostname}:{old.port}"
    )
    return urlunsplit((old.scheme, netloc, old.path, parts.get("query", ""), ""))


def shown(url):
    return f"postgresql://{urlsplit(url).hostname}{urlsplit(url).path}"


def names(url, schema=DEFAULT_SCHEMA):
    rows = on_server(url, f"SELECT tablename FROM pg_tables WHERE schemaname = '{schema}'")
    return {row[0] for row in rows}


def content(url, schema=DEFAULT_SCHEMA):
    """Return every row of every table of a schema as text."""
    found = {name: [] for name in sorted(names(url, schema))}
    asked = (f"""SELECT '{name}', t::text FROM "{schema}"."{name}" t""" for name in found)
    for name, row in on_server(url, " UNION ALL ".join(asked)) if found else ():
        found[name].append(row)
    return {name: sorted(rows) for name, rows in found.items()}


def small(folder, **changes):
    """Build the village without its slower parts."""
    left_out = dict.fromkeys(("road", "interchange", "medical"))
    return on_disk.build(folder, **({"tail": ""} | left_out | changes))


def codes(raised):
    return [problem.code for problem in raised.value.problems]


def refusal(request):
    """Return the codes with which a request is refused as a mistake of its user, none where it is not."""
    try:
        run(request)
    except ConfigurationError as error:
        return [problem.code for problem in error.problems]
    return []


def tiny(folder, **changes):
    """Build a village of zones, lots and hubs alone: enough where any tables will do."""
    kept = {"zone", "site", "hub"}
    return small(folder, **(dict.fromkeys(on_disk.PATHS.keys() - kept) | changes))


@pytest.fixture(scope="module")
def made(tmp_path_factory, postgres_server, postgis_template):
    """Return the folder of a village that was written into `out` and into a database, and the database's name."""
    folder, name = tmp_path_factory.mktemp("made"), f"{postgis_template}_made"
    on_server(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgis_template}")
    url = postgres_server.rpartition("/")[0] + f"/{name}"
    run(Request(plan=tiny(folder / "village"), out=folder / "out", to=url, **LIGHT))
    yield folder, name
    on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def village(made, tmp_path, postgres_server, monkeypatch):
    """Return the plan of a tiny village that stands in a folder and a database: copies that a test may spoil."""
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "no-such-file"))
    folder, template = made
    for part in ("village", "out"):
        shutil.copytree(folder / part, tmp_path / part)
    name = f"gisplan_{uuid.uuid4().hex[:12]}"
    on_server(postgres_server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield (
        tmp_path / "village" / "plan.toml",
        tmp_path / "out",
        postgres_server.rpartition("/")[0] + f"/{name}",
    )
    on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def again(village, **options):
    plan, out, url = village
    return run(Request(**({"plan": plan, "out": out, "to": url, **LIGHT} | options)))


def put(opened, schema, tables, **manifest):
    """Write tables into a schema; the caller commits."""
    swap_schema(opened, schema, fill_schema(opened, schema, tables, manifest=manifest))


# ---- plan.toml


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('path = "postgresql://u:secret@host/"\ntable = "a.b"', "db.url"),
        ('path = ["a.csv", "postgresql://u:sec#ret@host/x"]', "db.url"),
        ('path = "postgresql://u:secret@host/x"\ntable = "a.b"\nquery = "SELECT 1"', "config.query_place"),
        ('path = "a.gpkg"\nquery = "SELECT 1"', "config.query_place"),
        ('path = "postgresql://u:secret@host/x"\nquery = "DROP TABLE x"', "config.query"),
        ('path = ["postgresql://u:secret@host/x", 3]\ntable = "a.b"', "config.wrong_value"),
        ('path = "postgresql://u:secret@host/x"\ntabel = "a.b"', "config.unknown_key"),
    ],
)
def test_a_mistake_in_plan_toml_is_told_with_its_line_and_without_the_password(tmp_path, body, code):
    path = tmp_path / "plan.toml"
    path.write_text(f"{on_disk.PLAN}\n[layers.zone]\n{body}\n", "utf-8")
    with pytest.raises(ConfigurationError) as raised:
        read_plan(path)
    assert code in codes(raised)
    said = raised.value.say("ja") + raised.value.say("en") + str(raised.value)
    assert "plan.toml:" in said
    assert "secret" not in said
    assert "ret@" not in said


@pytest.mark.parametrize("schema", ["pg_toast", "Information_Schema", "", "あ" * 22, "a\0b"])
def test_a_schema_of_the_server_is_refused(schema):
    with pytest.raises(ConfigurationError) as raised:
        target_of("postgresql://u@host/x", schema)
    assert codes(raised) == ["db.schema"]


# ---- tables as sources


def in_database(url, folder, *layers):
    """Put some layers of the village into the database as their offices might, under names of their own."""
    for name, table in on_disk.tables().items():
        if name not in layers:
            continue
        path = folder / f"{name}.gpkg"
        if not isinstance(table, gpd.GeoDataFrame):
            places = gpd.points_from_xy(table["経度"], table["緯度"], crs=6668)
            table = gpd.GeoDataFrame(table.drop(columns=["経度", "緯度"]), geometry=places)  # noqa: PLW2901 (the same table with its places)
        on_disk.write(path, table)
        made = MapLayer(
            name=name, title=Text(ja=name, en=name), kind="polygon" if name in {"zone", "site"} else "point",
            table=gpd.read_file(path), style=Style(), credit=Text(ja="市", en="city"), group=Text(ja="", en=""),
        )  # fmt: skip
        with session(address_of(url, place=""), place="", read_only=False) as opened:
            crs = made.table.crs.to_epsg()
            tables = described([made], {}, crs=crs, catalogue={}, schema="public")
            put(opened, f"office_{name}", tables)
            opened.commit()


def test_layers_from_a_database_give_the_same_verdicts_as_from_files(tmp_path, postgis):
    files = run(Request(plan=small(tmp_path / "files"), out=None, parts=("check",)))
    in_database(postgis, tmp_path, "zone", "site", "hub")
    bodies = {name: f'path = "{postgis}"\ntable = "office_{name}.{name}"' for name in ("zone", "site", "hub")}
    plan = small(tmp_path / "database", **bodies)
    tables = run(Request(plan=plan, out=None, parts=("check",)))
    for name in ("verdicts", "provision"):
        pd.testing.assert_frame_equal(files.results.tables[name], tables.results.tables[name])
    assert len(tables.results.tables["verdicts"]) == 15


def test_a_layer_may_come_from_files_and_tables_with_everything_that_plan_toml_says_of_them(
    tmp_path, postgis
):
    plan = small(tmp_path / "village")
    zones = gpd.read_file(tmp_path / "village" / on_disk.PATHS["zone"])
    half = len(zones) // 2
    parts = {"first": zones.iloc[:half], "second": zones.iloc[half:]}
    on_disk.write(tmp_path / "village/data/first.gpkg", parts["first"])
    in_sql = ", ".join(
        f"('{row.id}', '{row.name_}', ST_GeomFromText('{row.geometry.wkt}', {CRS}))"
        for row in parts["second"].assign(name_=parts["second"]["zone"]).itertuples()
    )
    on_server(
        postgis,
        f"CREATE TABLE 用途 (番号 text PRIMARY KEY, 種 text, g geometry); INSERT INTO 用途 VALUES {in_sql}",
    )
    on_server(postgis, "INSERT INTO 用途 VALUES ('消す', '未定', NULL)")
    text = (
        plan.read_text("utf-8")
        .replace("[layers.zone]\n", "[[layers.zone]]\n")
        .replace(on_disk.PATHS["zone"], "data/first.gpkg")
    )
    more = f"""
[[layers.zone]]
path = "{postgis}"
table = "用途"
columns = {{ zone = "種", id = "番号" }}
where = "番号 != '消す'"
fill = {{ name = "{{stem}}・{{folder}}" }}
"""
    plan.write_text(text + more, "utf-8")
    outcome = run(Request(plan=plan, out=None, parts=("check",)))
    layer = outcome.results.atlas.layers["zone"]
    assert len(layer.table) == len(zones)
    assert sorted(layer.table["zone"]) == sorted(zones["zone"])
    database = urlsplit(postgis).path[1:]
    assert set(layer.table.loc[layer.table["id"].isin(parts["second"]["id"]), "name"]) == {
        f"用途・{database}"
    }
    first, second = layer.readings
    assert (first.driver, second.driver) == ("geopackage", "postgis")
    assert second.file == f"{shown(postgis)}#用途"


def test_a_database_without_change_changes_nothing_and_one_row_makes_it_anew(tmp_path, postgis):
    in_database(postgis, tmp_path, "zone")
    plan = tiny(tmp_path / "village", zone=f'path = "{postgis}"\ntable = "office_zone.zone"')
    out = tmp_path / "out"
    request = Request(plan=plan, out=out, **LIGHT)
    assert not run(request).unchanged
    told = json.loads((out / "manifest.json").read_text("utf-8"))
    name = f"{shown(postgis)}#office_zone.zone"
    assert told["inputs"][name] == told["layers"]["zone"]["files"][0]["sha256"]
    assert {entry["layer"]: entry for entry in told["parameters"]["layers"]}["zone"]["paths"] == [
        shown(postgis)
    ]
    on_server(postgis, "CREATE TABLE office_zone.copy AS SELECT * FROM office_zone.zone ORDER BY random()")
    on_server(postgis, "DELETE FROM office_zone.zone")
    on_server(postgis, "INSERT INTO office_zone.zone SELECT * FROM office_zone.copy")
    assert run(request).unchanged
    on_server(postgis, "DELETE FROM office_zone.zone WHERE id = (SELECT min(id) FROM office_zone.zone)")
    assert not run(request).unchanged


def test_neither_user_nor_password_stands_in_any_output(tmp_path, postgis, capsys, monkeypatch):
    in_database(postgis, tmp_path, "zone", "hub")
    bodies = {name: f'path = "{postgis}"\ntable = "office_{name}.{name}"' for name in ("zone", "hub")}
    plan = small(tmp_path / "village", **bodies)
    said = on_disk.asked(
        capsys, "run", plan, "--out", tmp_path / "out", "--to", postgis, "--json", monkeypatch=monkeypatch
    )
    assert said.code == 0, said.err
    assert said.json()["database"] == f"{shown(postgis)}#gisplan"
    secrets = [urlsplit(postgis).password, urlsplit(postgis).username]
    texts = {"out": said.out, "err": said.err, "database": json.dumps(content(postgis))}
    for secret in secrets:
        assert not [name for name, text in texts.items() if secret in text]
        assert not [
            name for name, held in on_disk.everything(tmp_path / "out").items() if secret.encode() in held
        ]


@pytest.mark.parametrize("part", ["source", "target"])
def test_a_wrong_password_is_told_without_it(tmp_path, postgis, capsys, monkeypatch, part):
    wrong = changed(postgis, password="totally-wrong")
    body = {"zone": f'path = "{wrong}"\ntable = "a.b"'} if part == "source" else {}
    plan = tiny(tmp_path / "village", **body)
    more = ["--to", wrong] if part == "target" else []
    arguments = [plan, "--out", tmp_path / "out", *more]
    for language in ("ja", "en"):
        said = on_disk.asked(capsys, "run", *arguments, "--language", language, monkeypatch=monkeypatch)
        assert said.code == 2, language
        assert "[db.password]" in said.err, language
        assert "totally-wrong" not in said.err + said.out, language
        assert not (tmp_path / "out").exists(), language
    machine = on_disk.asked(capsys, "run", *arguments, "--json", monkeypatch=monkeypatch)
    assert [problem["code"] for problem in machine.json()["problems"]] == ["db.password"]
    assert "totally-wrong" not in machine.out + machine.err


def test_a_server_that_is_not_there_is_the_network_s_failing(tmp_path, capsys, monkeypatch):
    plan = tiny(tmp_path / "village")
    url = "postgresql://u:secret@127.0.0.1:1/x"
    said = on_disk.asked(capsys, "run", plan, "--out", tmp_path / "out", "--to", url, monkeypatch=monkeypatch)
    assert said.code == 4
    assert "db.refused" in said.err
    assert "secret" not in said.err


# ---- the demo town, there and back

KEPT = (TABLES, GEOPACKAGE)
"""What is compared with the database; page and figures take a third of the run and are none of its matter."""


@pytest.fixture(scope="module")
def town(tmp_path_factory, postgres_server, postgis_template):
    """Return the plan and outputs of the demo town, the first houses of it alone, and the database that holds them."""
    name = f"{postgis_template}_town"
    on_server(postgres_server, f"CREATE DATABASE {name} TEMPLATE {postgis_template}")
    url = postgres_server.rpartition("/")[0] + f"/{name}"
    folder = tmp_path_factory.mktemp("town")
    shutil.copytree(demo_folder(), folder / "demo")
    path = folder / "demo" / "vacant_house.csv"
    head, *houses = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(head + b"".join(houses[:180]))
    plan, out = folder / "demo" / "plan.toml", folder / "out"
    outcome = run(Request(plan=plan, out=out, to=url, outputs=KEPT))
    yield outcome, plan, out, url
    on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


def test_the_demo_town_read_back_from_the_database_gives_the_same_verdicts(town, tmp_path):
    outcome, plan, _, url = town
    text = plan.read_text("utf-8")
    # The areas made from words are in the table already. What is not in force has tables of its own, and names
    # with a remark in brackets.
    columns = on_server(url, """SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
                                WHERE table_name = 'promotion_area' AND column_name <> 'name'""")[0][0]  # fmt: skip
    areas = " UNION ALL ".join(
        f"SELECT regexp_replace(name, '（.*）$', '') AS name, {columns} FROM gisplan.promotion_area{state}"
        for state in ("", "_not_yet", "_superseded")
    )
    text = re.sub(r"\[\[district\]\].*?(?=\n\[check\])", "", text, flags=re.DOTALL)
    text = re.sub(
        r'(\[layers\.(\w+)\][^\n]*\n)path = "(?!elevation)[^"]*"',
        lambda found: f'{found[1]}path = "{url}"\ntable = "gisplan.{found[2]}"',
        text,
    )
    # Tables of gisplan bear its own names of columns and codes.
    text = re.sub(r"^(columns = |codes\.).*\n", "", text, flags=re.MULTILINE)
    text = text.replace('table = "gisplan.promotion_area"', f'query = """{areas}"""')
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    shutil.copy(plan.parent / "elevation.tif", tmp_path)
    second = run(Request(plan=tmp_path / "plan.toml", out=None, parts=("check", "access", "site")))
    drivers = {reading.driver for layer in second.results.atlas.layers.values() for reading in layer.readings}
    assert drivers == {"postgis", "geotiff"}
    for name in ("verdicts", "provision", "links", "siting"):
        pd.testing.assert_frame_equal(outcome.results.tables[name], second.results.tables[name])
    assert len(second.results.tables["verdicts"]) == 60


def test_the_database_has_the_tables_and_counts_of_the_geopackage(town):
    _, _, out, url = town
    with closing(sqlite3.connect(out / "layers.gpkg")) as file:
        tables = [row[0] for row in file.execute("select table_name from gpkg_contents")]
        tables.remove("layer_styles")
        expected = {name: file.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
    asked = (f"""SELECT '{name}', count(*) FROM gisplan."{name}\"""" for name in names(url))
    found = dict(on_server(url, " UNION ALL ".join(asked)))
    assert found.pop(MANIFEST) == 2
    assert found == expected
    assert min(found.values()) > 0


def test_every_layer_has_its_system_its_spatial_index_and_a_key(town):
    outcome, _, _, url = town
    spatial = on_server(
        url, "SELECT f_table_name, srid, type FROM geometry_columns WHERE f_table_schema = 'gisplan'"
    )
    assert {srid for _, srid, _ in spatial} == {outcome.plan.crs}
    assert {kind for _, _, kind in spatial} == {"MULTIPOLYGON", "MULTILINESTRING", "POINT"}
    indexed = on_server(
        url, "SELECT tablename FROM pg_indexes WHERE schemaname = 'gisplan' AND indexdef LIKE '% gist %'"
    )
    assert sorted(row[0] for row in indexed) == sorted(row[0] for row in spatial)
    keyed = on_server(url, "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'p' "
                           "AND connamespace = 'gisplan'::regnamespace")  # fmt: skip
    assert len(keyed) == len(names(url))


def test_the_spatial_index_is_used(town):
    *_, url = town
    plan = on_server(url, """SET enable_seqscan = off; EXPLAIN SELECT * FROM gisplan.vacant_house
                             WHERE geom && ST_MakeEnvelope(0, 0, 1, 1, 6676)""")  # fmt: skip
    assert "vacant_house_geom_idx" in str(plan)


def test_comments_say_title_unit_credit_and_licence(town):
    *_, url = town
    comment = on_server(url, "SELECT obj_description('gisplan.zone'::regclass)")[0][0]
    for part in ("用途地域", "Use zone", "架空・汐見市", "CC0 1.0"):
        assert part in comment
    rows = on_server(url, """SELECT a.attname, col_description(a.attrelid, a.attnum) FROM pg_attribute a
                             WHERE a.attrelid = 'gisplan.site'::regclass AND a.attnum > 0""")  # fmt: skip
    assert dict(rows)["floor_area"] == "床面積 [m²] / Floor area [m²]"


def test_columns_have_the_types_of_their_fields(town):
    *_, url = town
    rows = on_server(url, """SELECT table_name || '.' || column_name, data_type FROM information_schema.columns
                             WHERE table_schema = 'gisplan'""")  # fmt: skip
    found = dict(rows)
    assert found["site.floor_area"] == "double precision"
    assert found["promotion_area.published_on"] == found["promotion_area_superseded.published_on"] == "date"
    assert found["promotion_area.use_exception"] == "boolean"
    assert found["verdicts.storey"] == "bigint"
    assert found["population.people"] in {"double precision", "bigint"}


def test_what_is_current_in_folder_and_database_is_left_as_it_is(town):
    _, plan, out, url = town
    before = on_disk.everything(out)
    outcome = run(Request(plan=plan, out=out, to=url, outputs=KEPT))
    assert outcome.unchanged
    assert outcome.database == f"{shown(url)}#gisplan"
    assert on_disk.everything(out) == before


# ---- all or nothing


def test_a_database_or_a_folder_that_was_changed_is_written_again(village):
    _, out, url = village
    before, files = content(url), on_disk.everything(out)
    for change in (
        "DELETE FROM gisplan.site WHERE id = (SELECT min(id) FROM gisplan.site)",
        "UPDATE gisplan.site SET name = 'changed'",
        "DROP TABLE gisplan.verdicts",
        "DROP SCHEMA gisplan CASCADE",
    ):
        assert again(village).unchanged, change
        on_server(url, change)
        assert not again(village).unchanged, change
        assert content(url) == before, change
        assert on_disk.everything(out) == files, change
    (out / "tables" / "verdicts.csv").unlink()
    assert not again(village).unchanged
    assert content(url) == before
    assert on_disk.everything(out) == files


BEFORE_THE_COMMIT = (
    "gisplan.plan.write._sync",
    "gisplan.plan.write._carry_over",
    "gisplan.plan.target.Filling.commit",
)


@pytest.mark.parametrize("steps", [BEFORE_THE_COMMIT, ("gisplan.plan.write._swap",)])
def test_whatever_fails_late_leaves_folder_and_database(village, monkeypatch, steps):
    """All but the very swap comes before the commit: where it fails alone, the next run puts both right."""
    plan, out, url = village
    before, files = content(url), on_disk.everything(out)
    text = plan.read_text("utf-8")
    plan.write_text(text.replace("村の計画", "村の新しい計画"), "utf-8")

    def failing(*_args, **_named):
        raise PermissionError(13, "Permission denied")

    for step in steps:
        with monkeypatch.context() as patched:
            patched.setattr(step, failing)
            with pytest.raises(GisplanError):
                again(village)
        assert on_disk.everything(out) == files, step
        assert (content(url) == before) is (steps == BEFORE_THE_COMMIT), step
    assert not again(village).unchanged
    assert again(village).unchanged


WAITING = """
import sys
from pathlib import Path
from gisplan.plan import target
from gisplan.plan.run import Request, run

def wait(*_):
    print("waiting", flush=True)
    sys.stdin.read()

if sys.argv[4] == "before the swap":
    target.swap_schema = wait
else:
    target.Session.commit = wait
plan, out, to = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
run(Request(plan=plan, out=out, to=to, parts=("check",), outputs=("tables",), force=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no kill -9")
@pytest.mark.parametrize("moment", ["before the swap", "before the commit"])
def test_a_run_that_is_killed_in_the_middle_leaves_everything(village, moment):
    plan, out, url = village
    before, files = content(url), on_disk.everything(out)
    process = subprocess.Popen(
        [sys.executable, "-c", WAITING, plan, out, url, moment],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with process:
        assert process.stdout.readline() == b"waiting\n"
        if moment == "before the swap":
            assert content(url) == before  # others go on using the old tables
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert content(url) == before
    assert on_disk.everything(out) == files
    assert not again(village, force=True).unchanged
    assert content(url).keys() == before.keys()


def test_a_connection_that_breaks_in_the_middle_leaves_everything(village, monkeypatch):
    _, out, url = village
    before, files = content(url), on_disk.everything(out)
    commit = target.Filling.commit

    def broken(self):
        (number,) = self._opened.rows("SELECT pg_backend_pid()")[0]
        on_server(url, f"SELECT pg_terminate_backend({number})")
        commit(self)

    monkeypatch.setattr(target.Filling, "commit", broken)
    with pytest.raises(NetworkError) as raised:
        again(village, force=True)
    assert codes(raised) == ["db.lost"]
    assert content(url) == before
    assert on_disk.everything(out) == files


def test_a_server_that_loses_its_power_keeps_the_old_tables(tmp_path, monkeypatch):
    postgres = from_scripts("postgres")
    programs = postgres.find()
    if not programs:
        missing("no PostgreSQL with PostGIS was found")
    plan, out = tiny(tmp_path / "village"), tmp_path / "out"
    with postgres.running(programs) as server:
        on_server(server.url, "CREATE EXTENSION postgis")
        run(Request(plan=plan, out=out, to=server.url, **LIGHT))
        before, files = content(server.url), on_disk.everything(out)
        commit = target.Filling.commit

        def dark(self):
            server.stop(at_once=True)
            commit(self)

        monkeypatch.setattr(target.Filling, "commit", dark)
        with pytest.raises(NetworkError) as raised:
            run(Request(plan=plan, out=out, to=server.url, **LIGHT, force=True))
        assert codes(raised) == ["db.lost"]
        assert on_disk.everything(out) == files
        server.start()
        assert content(server.url) == before


# ---- others


def test_what_others_made_in_the_schema_is_kept(village):
    _, _, url = village
    on_server(
        url,
        "CREATE TABLE gisplan.notes AS SELECT 'a note' AS text; CREATE VIEW gisplan.seen AS SELECT 1 AS one",
    )
    assert again(village).unchanged
    assert not again(village, force=True).unchanged
    assert on_server(url, "SELECT text FROM gisplan.notes") == [["a note"]]
    assert on_server(url, "SELECT one FROM gisplan.seen") == [[1]]


def test_a_table_of_another_that_has_one_of_our_names_is_refused(tmp_path, postgis):
    plan, out = tiny(tmp_path / "village"), tmp_path / "out"
    for foreign in (
        "CREATE TABLE gisplan.site AS SELECT 1 AS id",
        "CREATE VIEW gisplan.verdicts AS SELECT 1 AS id",
        "CREATE SEQUENCE gisplan.zone_pkey",
        "CREATE TABLE gisplan.gisplan_manifest AS SELECT 1 AS id",
        "CREATE TABLE gisplan.gisplan_new_3 AS SELECT 1 AS id",
    ):
        on_server(postgis, f"DROP SCHEMA IF EXISTS gisplan CASCADE; CREATE SCHEMA gisplan; {foreign}")
        before = content(postgis)
        assert refusal(Request(plan=plan, out=out, to=postgis, **LIGHT)) == ["db.foreign"], foreign
        assert content(postgis) == before, foreign
        assert not out.exists(), foreign


def test_a_table_that_took_the_place_of_ours_is_not_deleted(village):
    """The list of what gisplan made is not enough: somebody may have dropped ours and made one of the name."""
    _, _, url = village
    on_server(url, "DROP TABLE gisplan.site; CREATE TABLE gisplan.site AS SELECT 'mine' AS owner")
    with pytest.raises(ConfigurationError) as raised:
        again(village)
    assert codes(raised) == ["db.foreign"]
    assert on_server(url, "SELECT owner FROM gisplan.site") == [["mine"]]


def test_a_view_on_our_tables_is_never_dropped(village):
    _, out, url = village
    on_server(url, "CREATE VIEW public.big AS SELECT * FROM gisplan.site")
    before, files = content(url), on_disk.everything(out)
    with pytest.raises(InputError) as raised:
        again(village, force=True)
    assert codes(raised) == ["db.depends"]
    assert content(url) == before
    assert on_disk.everything(out) == files


def test_who_could_read_the_old_tables_can_read_the_new(village):
    _, _, url = village
    role = "viewer_" + urlsplit(url).path[1:]
    on_server(
        url,
        f"CREATE ROLE {role}; GRANT SELECT ON gisplan.site TO {role}; GRANT SELECT ON gisplan.zone TO PUBLIC",
    )
    try:
        again(village, force=True)
        for name, expected in (("site", True), ("zone", True), ("hub", False)):
            asked = f"SELECT has_table_privilege('{role}', 'gisplan.{name}', 'SELECT')"
            assert on_server(url, asked) == [[expected]]
    finally:
        on_server(url, f"DROP OWNED BY {role}")
        on_server(url, f"DROP ROLE {role}")


def test_a_user_who_may_not_write_is_told_before_anything_is_computed(tmp_path, postgis):
    plan, out = tiny(tmp_path / "village"), tmp_path / "out"
    role = "poor_" + urlsplit(postgis).path[1:]
    on_server(postgis, f"CREATE ROLE {role} LOGIN PASSWORD 'poor'")
    steps = []
    try:
        request = Request(plan=plan, out=out, to=changed(postgis, user=role, password="poor"), **LIGHT)
        with pytest.raises(InputError) as raised:
            run(request, progress=steps.append)
        assert codes(raised) == ["db.permission"]
        assert steps == ["plan"]
        # The right to make schemas is not needed where there is one.
        on_server(postgis, f"CREATE SCHEMA gisplan; GRANT USAGE, CREATE ON SCHEMA gisplan TO {role}")
        run(request)
        assert "verdicts" in names(postgis)
    finally:
        on_server(postgis, f"DROP OWNED BY {role}")
        on_server(postgis, f"DROP ROLE {role}")


def test_a_database_without_postgis_is_refused(tmp_path, postgis):
    on_server(postgis, "DROP EXTENSION postgis")
    with pytest.raises(InputError) as raised:
        run(Request(plan=tiny(tmp_path / "village"), out=tmp_path / "out", to=postgis, **LIGHT))
    assert codes(raised) == ["db.no_postgis"]


def test_two_runs_at_once_write_one_after_the_other(village):
    """The second waits for the first; what stands at the end is whole and of one of them."""
    plan, _, url = village
    address = address_of(url, place="")
    ended = []
    with session(address, place="", read_only=False) as first:
        hold_schema(first, DEFAULT_SCHEMA)
        with (
            session(address, place="", read_only=False) as second,
            pytest.raises(NetworkError) as raised,
        ):
            hold_schema(second, DEFAULT_SCHEMA, wait_s=0.2)
        assert codes(raised) == ["db.busy"]
        request = Request(plan=plan, out=plan.parent / "other", to=url, **LIGHT, force=True)
        waiting = threading.Thread(target=lambda: ended.append(run(request)))
        waiting.start()
        waiting.join(1)
        assert waiting.is_alive()
        first.commit()
    waiting.join()
    assert len(ended) == 1
    with session(address, place="", read_only=True) as opened:
        assert intact(opened, DEFAULT_SCHEMA, read_schema(opened, DEFAULT_SCHEMA))


def test_two_schemas_of_one_database_do_not_touch_each_other(village):
    _, _, url = village
    before = content(url)
    again(village, schema='計画 "一"; --')
    assert names(url, '計画 "一"; --') == names(url)
    assert content(url) == before


def test_a_table_that_the_results_no_longer_have_is_gone(village):
    plan, _, url = village
    assert "site" in names(url)
    text = re.sub(r"\[layers\.site\]\n.*?\n\n", "", plan.read_text("utf-8"), flags=re.DOTALL)
    plan.write_text(text, "utf-8")
    again(village)
    assert "site" not in names(url)
    assert "zone" in names(url)


def test_the_order_of_rows_in_the_files_makes_no_difference(tmp_path, postgis):
    found = []
    for name, turned in (("one", False), ("two", True)):
        plan = small(tmp_path / name)
        if turned:
            for layer in ("zone", "site"):
                path = tmp_path / name / on_disk.PATHS[layer]
                table = on_disk.tables()[layer]
                on_disk.write(path, table.iloc[::-1].reset_index(drop=True))
        run(Request(plan=plan, out=tmp_path / f"out-{name}", to=postgis, schema=name, **LIGHT))
        held = content(postgis, name)
        del held[MANIFEST]  # it tells the fingerprints of the files
        found.append(held)
    assert found[0] == found[1]


# ---- what must not leave the office


def test_outside_the_office_the_same_rows_are_withheld_as_in_the_geopackage(tmp_path, postgis):
    plan, out = on_disk.build(tmp_path / "village"), tmp_path / "out"
    run(Request(plan=plan, out=out, to=postgis, outputs=(GEOPACKAGE,), audience="public"))
    held = content(postgis)
    ids = {row[0] for row in on_server(postgis, "SELECT id FROM gisplan.vacant_house")}
    assert ids == set(on_disk.OPEN_HOUSES)
    with closing(sqlite3.connect(out / "layers.gpkg")) as file:
        tables = {row[0] for row in file.execute("select table_name from gpkg_contents")} - {"layer_styles"}
        for name in tables:
            assert len(held[name]) == file.execute(f'select count(*) from "{name}"').fetchone()[0]
    assert set(held) == tables | {MANIFEST}
    text = json.dumps(held, ensure_ascii=False)
    hidden = set(on_disk.HOUSES) - set(on_disk.OPEN_HOUSES)
    assert not [secret for secret in (*on_disk.SECRETS, *hidden) if secret in text]
    assert json.loads((out / "manifest.json").read_text("utf-8"))["plan"]["sha256"] == "withheld"


def test_a_query_is_not_told_outside_the_office(tmp_path, postgis):
    on_server(postgis, "CREATE TABLE hubs AS SELECT 'K1' AS 番号, '拠点' AS 名称, 'コワーキング' AS 用途, "
                       "138.3 AS 経度, 34.8 AS 緯度, '秘密の人' AS 連絡先")  # fmt: skip
    table = on_disk.tables()["vacant_house"]
    columns = ", ".join(f'"{name}" text' for name in table.columns)
    on_server(postgis, f"CREATE TABLE houses ({columns})")
    rows = ", ".join(
        "(" + ", ".join(f"'{value}'" for value in row) + ")" for row in table.itertuples(index=False)
    )
    on_server(postgis, f"INSERT INTO houses VALUES {rows}")
    query = "SELECT * FROM houses WHERE 所有者 <> '秘密の所有者H99'"
    plan = small(tmp_path / "village", vacant_house=f'path = "{postgis}"\nquery = "{query}"')
    run(Request(plan=plan, out=tmp_path / "out", audience="public", to=postgis, **LIGHT))
    for text in (
        (tmp_path / "out" / manifest.NAME).read_text("utf-8"),
        on_server(postgis, "SELECT content FROM gisplan.gisplan_manifest WHERE name = 'manifest'")[0][0],
    ):
        assert "秘密の所有者" not in text
        assert "#query" not in text
    run(Request(plan=plan, out=tmp_path / "office", **LIGHT))
    assert "秘密の所有者H99" in (tmp_path / "office" / manifest.NAME).read_text("utf-8")


# ---- hostile names and texts


def test_hostile_names_and_texts_are_only_names_and_texts(postgis):
    on_server(postgis, "CREATE TABLE victim AS SELECT 1 AS id")
    layers = [
        MapLayer(
            name=name,
            title=Text(ja=name, en=name),
            kind="point",
            table=gpd.GeoDataFrame(
                {
                    "id": list(HOSTILE),
                    "name": [name] * len(HOSTILE),
                    name: list(HOSTILE),
                    "geom": 1,
                    "fid": 2,
                },
                geometry=[shapely.Point(1, 2)] * len(HOSTILE),
                crs=CRS,
            ),
            style=Style(),
            credit=Text(ja=name, en=name),
            group=Text(ja="", en=""),
            popup=((name, Text(ja=name, en=name)),),
            licence=name,
        )
        for name in (*HOSTILE, "長" * 40, "長" * 40 + "い", MANIFEST)
    ]
    with session(address_of(postgis, place=""), place="", read_only=False) as opened:
        tables = described(layers, {}, crs=CRS, catalogue={}, schema="public")
        for _ in range(2):
            put(opened, "s", tables, title=list(HOSTILE))
        opened.commit()
    assert on_server(postgis, "SELECT id FROM victim") == [[1]]
    assert len(names(postgis, "s")) == len(layers) + 1
    for name in HOSTILE:
        quoted = name.replace('"', '""')
        rows = on_server(postgis, f'SELECT id, "{quoted}" FROM s."{quoted}"')
        assert sorted(rows) == sorted([text, text] for text in HOSTILE)


def test_an_id_too_long_for_a_key_gets_a_number(postgis):
    table = gpd.GeoDataFrame(
        {"id": ["a" * 5_000, "b"], "name": ""}, geometry=[shapely.Point(1, 2)] * 2, crs=CRS
    )
    layer = MapLayer(
        name="long", title=Text(ja="長", en="long"), kind="point", table=table, style=Style(),
        credit=Text(ja="村", en="Village"), group=Text(ja="", en=""),
    )  # fmt: skip
    with session(address_of(postgis, place=""), place="", read_only=False) as opened:
        put(opened, "s", described([layer], {}, crs=CRS, catalogue={}, schema="public"))
        opened.commit()
    assert on_server(postgis, "SELECT fid, length(id) FROM s.long ORDER BY fid") == [[1, 5_000], [2, 1]]


def test_an_unfilled_transaction_leaves_no_schema(postgis):
    goal = target_of(postgis, DEFAULT_SCHEMA)
    with filling(goal):
        pass
    assert not stands(goal, {})
    assert on_server(postgis, "SELECT nspname FROM pg_namespace WHERE nspname = 'gisplan'") == []
    with filling(None) as nothing:
        nothing.commit()
    assert isinstance(goal.address.statement_s, float)
    assert Path(goal.name).name.endswith("#gisplan")
