"""Tables and queries of PostGIS become raw tables; passwords are told to nobody."""
# ruff: noqa: S106, S608 (passwords and statements of tests)

import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import numpy as np
import pytest
import shapely
from conftest import from_scripts, missing, on_server
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.errors import ConfigurationError, GisplanError, InputError, NetworkError, Problem
from gisplan.core.messages import messages, without_credentials
from gisplan.sources.address import Address, Table, address_of
from gisplan.sources.database import password_of, session
from gisplan.sources.postgis import Tables
from gisplan.sources.raw import Wanted

URL = "postgresql://taro:secret@db.example.jp:5433/town"
SHAPES = """
CREATE TABLE shapes (id integer PRIMARY KEY, name text, geom geometry);
INSERT INTO shapes VALUES
  (2, '二', ST_SetSRID(ST_MakePoint(2, 20), 6676)),
  (1, '一', ST_SetSRID(ST_MakePoint(1, 10), 6676)),
  (10, NULL, NULL)"""


def table(url, name="", *, query=""):
    return Table(address=address_of(url, place="plan.toml"), table=name, query=query)


def raw(url, name="", *, query="", **wanted):
    asked = table(url, name, query=query)
    return Tables().read(asked, name=asked.name, wanted=Wanted(**wanted))


def refused(url, name="", *, query="", kind=InputError, **wanted):
    """Return the code of the one problem for which a table is not read."""
    with pytest.raises(kind) as raised:
        raw(url, name, query=query, **wanted)
    (problem,) = raised.value.problems
    said = problem.say("ja") + problem.say("en")
    assert not re.search(r"\?(host|port|seconds|state|detail|table|near|tables|columns|srids)\b", said)
    return problem.code


def changed(url, **parts):
    """Return an address with another user, password, port, database or options."""
    old = urlsplit(url)
    user, password = parts.get("user", old.username), parts.get("password", old.password)
    own = user if password is None else f"{user}:{password}"
    netloc = f"{own}@{parts.get('host', old.hostname)}:{parts.get('port', old.port)}"
    return urlunsplit((old.scheme, netloc, parts.get("path", old.path), parts.get("query", old.query), ""))


# ---- addresses and passwords


def test_an_address_is_read_and_tells_neither_user_nor_password():
    address = address_of(f"{URL}?sslmode=disable&connect_timeout=2", place="plan.toml")
    assert address == Address(
        host="db.example.jp", port=5433, database="town", user="taro", password="secret",
        encryption="disable", connect_s=2.0,
    )  # fmt: skip
    assert address.name == "postgresql://db.example.jp/town"
    assert "secret" not in repr(address)
    assert "taro" not in repr(address)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("postgresql://taro@host/", "db.url"),
        ("postgresql://taro@host", "db.url"),
        ("postgresql://taro:pa#ss@host/town", "db.url"),
        ("postgresql://taro:pa/ss@host/town", "db.url"),
        ("postgresql://taro:12/ss@host/town", "db.url"),
        ("postgresql://taro:12?ss@host/town", "db.url"),
        ("postgresql://[::1/town", "db.url"),
        ("postgresql://host:port/town", "db.url"),
        ("mysql://host/town", "db.url"),
        ("postgresql://host/town?passwort=x", "db.url_options"),
        ("postgresql://host/town?sslmode=yes", "db.url_options"),
        ("postgresql://host/town?connect_timeout=-1", "db.url_options"),
    ],
)
def test_what_is_no_address_is_refused_without_being_quoted(text, code):
    with pytest.raises(ConfigurationError) as raised:
        address_of(text, place="plan.toml:3")
    (problem,) = raised.value.problems
    assert problem.code == code
    for secret in ("pa#ss", "pa/ss", "ss@host", "12/ss", "passwort"):
        assert secret not in raised.value.say("ja") + raised.value.say("en") + str(raised.value)


@given(
    st.text(st.characters(codec="utf-8"), min_size=6, max_size=30).filter(lambda text: text.isprintable()),
    st.sampled_from(sorted(messages())),
)
def test_no_message_tells_the_password_of_an_address(password, code):
    """Whatever a problem quotes, raw or as a list, as it stands in plan.toml or percent-encoded."""
    marked = f"<{password}>"
    address = f"postgresql://u:{marked}@host/town"
    for value in (address, [address, 1], repr([address, 2]), f"a {address} b"):
        names = dict.fromkeys(("value", "path", "detail", "name", "key", "files", "text", "wanted"), value)
        problem = Problem(code=code, place="plan.toml", values=names)
        assert marked not in problem.say("ja") + problem.say("en")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("see https://example.jp/a b@c", "see https://example.jp/a b@c"),
        ("ftp://u:p@host/x", "ftp://host/x"),
        ("mail a@b", "mail a@b"),
        ("postgresql://host/town#a.b", "postgresql://host/town#a.b"),
    ],
)
def test_a_text_without_credentials_stays(text, told):
    assert without_credentials(text) == told


@pytest.fixture
def password_file(tmp_path, monkeypatch):
    """Return a password file of PostgreSQL, in a place of its own."""
    path = tmp_path / "pgpass"
    monkeypatch.setenv("PGPASSFILE", str(path))
    monkeypatch.delenv("PGPASSWORD", raising=False)
    path.write_text(
        "# a comment\nother:*:*:*:wrong\ndb.example.jp:5433:town:taro:a\\:b\\\\c\n*:*:*:*:any\n", "utf-8"
    )
    path.chmod(0o600)
    return path


def test_a_password_comes_from_the_address_then_the_variable_then_the_file(password_file, monkeypatch):
    bare = address_of("postgresql://taro@db.example.jp:5433/town", place="")
    assert password_of(bare) == "a:b\\c"
    assert password_of(address_of("postgresql://x@else/town", place="")) == "any"
    monkeypatch.setenv("PGPASSWORD", "variable")
    assert password_of(bare) == "variable"
    assert password_of(address_of(URL, place="")) == "secret"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the file in a folder of its user")
def test_a_password_file_that_others_may_read_is_refused(password_file):
    password_file.chmod(0o644)
    with pytest.raises(InputError) as raised:
        password_of(address_of(URL.replace(":secret", ""), place=""))
    assert raised.value.problems[0].code == "db.password_file"


def test_without_a_password_file_there_is_no_password(password_file):
    password_file.unlink()
    assert password_of(address_of(URL.replace(":secret", ""), place="")) == ""


# ---- the way in


def test_a_port_on_which_nothing_listens(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert refused(f"postgresql://u:p@127.0.0.1:{port}/town", "a", kind=NetworkError) == "db.refused"


def test_a_server_whose_name_is_unknown():
    assert refused("postgresql://u:p@no-such-host.invalid/town", "a", kind=NetworkError) == "db.no_host"


def test_a_server_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        url = f"postgresql://u:p@127.0.0.1:{port}/town?connect_timeout=1"
        assert refused(url, "a", kind=NetworkError) == "db.no_answer"


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"S", b"\0" * 64, b""])
def test_a_server_of_another_kind(words):
    """Whatever it says, it is the network that failed, and no bug of ours."""
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer():
            while True:
                try:
                    caller, _ = other.accept()
                except OSError:
                    return
                with caller:
                    caller.recv(8)
                    caller.sendall(words)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        url = f"postgresql://u:p@127.0.0.1:{other.getsockname()[1]}/town?connect_timeout=1"
        with pytest.raises(NetworkError) as raised:
            raw(url, "a")
        assert raised.value.exit_code == 4


def test_a_wrong_password(postgis):
    assert refused(changed(postgis, password="geheim"), "a") == "db.password"


def test_a_missing_password(postgis):
    assert refused(changed(postgis, password=None), "a") == "db.no_password"


def test_a_password_from_the_variable(postgis, monkeypatch):
    on_server(postgis, SHAPES)
    monkeypatch.setenv("PGPASSWORD", urlsplit(postgis).password)
    assert len(raw(changed(postgis, password=None), "shapes").table) == 3


def test_a_user_that_is_not_there(postgis):
    assert refused(changed(postgis, user="nobody", password="x"), "a") == "db.password"


def test_a_database_that_is_not_there(postgis):
    assert refused(changed(postgis, path="/gisplan_no_such"), "a") == "db.no_database"


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_encryption_is_not_left_out_where_it_is_asked_for(postgis, mode):
    url = changed(postgis, query=f"sslmode={mode}")
    assert refused(url, "a", kind=NetworkError) == "db.no_encryption"


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory):
    """Return the address of a server that encrypts, and the certificate it shows, which is for 127.0.0.1."""
    postgres, openssl = from_scripts("postgres"), shutil.which("openssl")
    programs = postgres.find()
    if not programs or not openssl:
        missing("no PostgreSQL with PostGIS, or no openssl, was found")
    folder = tmp_path_factory.mktemp("certificate")
    names = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")
    own = ("-keyout", folder / "server.key", "-out", folder / "server.crt")
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names, *own]
    subprocess.run(made, check=True, capture_output=True)
    with postgres.running(programs) as server:
        place = Path(on_server(server.url, "SHOW data_directory")[0][0])
        for name in ("server.key", "server.crt"):
            (place / name).write_bytes((folder / name).read_bytes())
            shutil.copystat(place / "PG_VERSION", place / name)
            (place / name).chmod(0o600)
            if os.name != "nt":
                os.chown(place / name, place.stat().st_uid, place.stat().st_gid)
        on_server(server.url, "ALTER SYSTEM SET ssl = on")
        server.stop()
        server.start()
        yield server.url, folder / "server.crt"


def test_an_encrypted_connection_is_made_and_a_certificate_is_looked_at(encrypted):
    url, certificate = encrypted
    asked = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    for options in ("sslmode=prefer", "sslmode=require", f"sslmode=verify-full&sslrootcert={certificate}"):
        assert raw(changed(url, query=options), query=asked, kind="table").table["ssl"].tolist() == [True]
    assert raw(changed(url, query="sslmode=disable"), query=asked, kind="table").table["ssl"].tolist() == [
        False
    ]
    # No authority that this machine trusts has signed it.
    stranger = changed(url, query="sslmode=verify-full")
    assert refused(stranger, query=asked, kind=NetworkError) == "db.no_encryption"
    elsewhere = changed(url, host="localhost", query=f"sslmode=verify-full&sslrootcert={certificate}")
    assert refused(elsewhere, query=asked, kind=NetworkError) == "db.no_encryption"
    nowhere = changed(url, query="sslmode=verify-full&sslrootcert=no-such-file")
    assert refused(nowhere, query=asked, kind=NetworkError) == "db.no_encryption"


@pytest.fixture
def reader(postgis):
    """Return the address of a user who may read the table `open` alone."""
    name = "reader_" + urlsplit(postgis).path[1:]
    on_server(postgis, f"CREATE ROLE {name} LOGIN PASSWORD 'reading'")
    on_server(postgis, "CREATE TABLE open AS SELECT 1 AS id; CREATE TABLE closed AS SELECT 1 AS id")
    on_server(postgis, f"GRANT SELECT ON open TO {name}")
    yield changed(postgis, user=name, password="reading")
    on_server(postgis, f"DROP OWNED BY {name}")
    on_server(postgis, f"DROP ROLE {name}")


def test_a_table_that_the_user_may_not_read(reader):
    assert raw(reader, "open", kind="table").table["id"].tolist() == [1]
    assert refused(reader, "closed") == "db.permission"


def test_all_tables_that_cannot_be_read_are_told_at_once(reader):
    tables = Tables()
    with pytest.raises(InputError) as raised:
        tables.hold([table(reader, "closed"), table(reader, "open"), table(reader, "opne")])
    assert [problem.code for problem in raised.value.problems] == ["db.permission", "db.no_table"]
    assert tables.sha256(table(reader, "open"))


def test_a_query_that_takes_too_long(postgis):
    url = changed(postgis, query="statement_timeout=1")
    assert refused(url, query="SELECT pg_sleep(30)", kind=NetworkError) == "db.timeout"


def test_a_server_that_ends_in_the_middle(postgis):
    def lose():
        with session(address_of(postgis, place=""), place="x", read_only=True) as opened:
            (number,) = opened.rows("SELECT pg_backend_pid()")[0]
            on_server(postgis, f"SELECT pg_terminate_backend({number})")
            opened.rows("SELECT 1")

    with pytest.raises(NetworkError) as raised:
        lose()
    assert raised.value.problems[0].code == "db.lost"


# ---- tables and their names


def test_rows_come_in_the_order_of_the_primary_key(postgis):
    on_server(postgis, SHAPES)
    found = raw(postgis, "public.shapes")
    assert found.table["id"].tolist() == [1, 2, 10]
    assert found.table["name"].tolist() == ["一", "二", None]
    assert found.rows.tolist() == [1, 2, 3]
    assert found.crs == 6676
    assert [shape if shape is None else shape.wkt for shape in found.geometry] == [
        "POINT (1 10)", "POINT (2 20)", None,
    ]  # fmt: skip
    assert (found.file.driver, found.encoding, found.encoding_how) == ("postgis", "utf-8", "PostgreSQL")
    assert (
        found.file.name == f"postgresql://{urlsplit(postgis).hostname}{urlsplit(postgis).path}#public.shapes"
    )


def test_a_text_key_is_ordered_by_its_signs_and_not_by_a_language(postgis):
    on_server(
        postgis,
        "CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('b'), ('B'), ('a'), ('い'), ('あ')",
    )
    assert raw(postgis, "t", kind="table").table["id"].tolist() == ["B", "a", "b", "あ", "い"]


def test_the_same_content_has_the_same_fingerprint_in_whatever_order_it_was_written(postgis):
    for name, order in (("a", "x, y"), ("b", "y DESC, x DESC")):
        on_server(postgis, f"CREATE TABLE {name} AS SELECT x, y, ST_MakePoint(x, y) AS geom "
                           f"FROM generate_series(1, 20) x, generate_series(1, 5) y ORDER BY {order}")  # fmt: skip
    first, second = raw(postgis, "a"), raw(postgis, "b")
    assert first.file.sha256 == second.file.sha256
    assert first.table.equals(second.table)
    on_server(postgis, "UPDATE b SET y = 6 WHERE x = 20 AND y = 5")
    assert raw(postgis, "b").file.sha256 != first.file.sha256


def test_a_column_of_another_name_is_another_content(postgis):
    on_server(postgis, "CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 1 AS y")
    assert raw(postgis, "a").file.sha256 != raw(postgis, "b").file.sha256


def test_a_view_and_a_query_are_read_as_tables_are(postgis):
    on_server(postgis, SHAPES + "; CREATE VIEW seen AS SELECT * FROM shapes WHERE id < 10")
    query = "-- rows below ten\nWITH few AS (SELECT * FROM shapes) SELECT id, name, geom FROM few WHERE id < 10 -- end"
    for found in (raw(postgis, "seen"), raw(postgis, query=query)):
        assert sorted(found.table["id"]) == [1, 2]
        assert found.crs == 6676
    assert raw(postgis, query=query).file.name.endswith("#query")


def test_a_misspelt_table_is_told_with_near_names(postgis):
    on_server(postgis, SHAPES)
    with pytest.raises(InputError) as raised:
        raw(postgis, "public.shpaes")
    (problem,) = raised.value.problems
    assert problem.code == "db.no_table"
    assert "public.shapes" in problem.what.ja
    assert "spatial_ref_sys" not in problem.cure.ja


def test_no_table_at_all_is_told_with_those_that_are_there(postgis):
    on_server(postgis, SHAPES)
    with pytest.raises(InputError) as raised:
        raw(postgis)
    assert raised.value.problems[0].code == "db.which_table"
    assert "public.shapes" in raised.value.problems[0].what.en


def test_of_several_tables_of_one_name_the_schema_is_asked_for(postgis):
    on_server(
        postgis,
        "CREATE SCHEMA a; CREATE SCHEMA b; CREATE TABLE a.t AS SELECT 1 AS id; CREATE TABLE b.t AS SELECT 2 AS id",
    )
    assert refused(postgis, "t") == "db.several_tables"
    assert raw(postgis, "b.t", kind="table").table["id"].tolist() == [2]
    on_server(postgis, "CREATE TABLE t AS SELECT 3 AS id")
    assert raw(postgis, "t", kind="table").table["id"].tolist() == [3]


@pytest.mark.parametrize(
    "name", ['x"; DROP TABLE victim; --', "'; DROP TABLE victim; --", "表 1", "a.b.c", "%s :x $1"]
)
def test_hostile_names_of_tables_and_columns_are_only_names(postgis, name):
    on_server(postgis, "CREATE TABLE victim AS SELECT 1 AS id")
    inside = name.replace('"', '""')
    on_server(postgis, f'CREATE TABLE "{inside}" ("{inside}" text PRIMARY KEY, geometry text)')
    on_server(postgis, f"""INSERT INTO "{inside}" VALUES ($$ {name} $$, 'x')""")
    found = raw(postgis, f"public.{name}", kind="table")
    assert found.table[name].tolist() == [f" {name} "]
    assert found.table["geometry_"].tolist() == ["x"]
    assert "tab.reserved" in {doubt.code for doubt in found.doubts}
    assert on_server(postgis, "SELECT id FROM victim") == [[1]]


# ---- a query can only read


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT 1 AS a) AS q; DROP TABLE victim; SELECT * FROM (SELECT 1", "db.query"),
        ("SELECT 1 AS a; DROP TABLE victim", "db.query"),
        ("WITH gone AS (DELETE FROM victim RETURNING id) SELECT * FROM gone", "db.query"),
        ("SELECT wipe()", "db.read_only"),
        ("SELECT nextval('counter')", "db.read_only"),
        ("SELECT set_config('transaction_read_only', 'off', true), wipe()", "db.read_only"),
        ("SELECT nothing FROM victim", "db.query"),
        ("SELECT 1 AS a, 2 AS a", "db.columns_twice"),
    ],
)
def test_a_query_changes_nothing(postgis, query, code):
    on_server(postgis, "CREATE TABLE victim AS SELECT 1 AS id; CREATE SEQUENCE counter")
    on_server(postgis, "CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM victim'")
    with pytest.raises(GisplanError) as raised:
        raw(postgis, query=query)
    assert raised.value.problems[0].code == code
    assert raised.value.exit_code == 2
    assert on_server(postgis, "SELECT id FROM victim") == [[1]]


# ---- values


def test_every_type_of_value_keeps_its_digits_and_its_gaps(postgis):
    on_server(
        postgis,
        """CREATE TABLE v (id bigint, small smallint, gap integer, amount numeric, exact numeric,
             share double precision, short real, yes boolean, day date, moment timestamptz, padded char(5),
             body jsonb, list text[], empty text, code uuid);
           INSERT INTO v VALUES
           (9007199254740993, 1, 3, 12.50, 0.12345678901234567890, 0.1, 0.1, true, '2026-11-01',
            '2026-11-01 00:00:00+00', 'ab', '{"b": 1}', '{x,"y z"}', '', '00000000-0000-0000-0000-000000000001'),
           (1, 2, NULL, 7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)""",
    )
    found = raw(postgis, query="SELECT * FROM v ORDER BY id").table.sort_values("small")
    first, second = found.to_dict("records")
    assert first == {
        "id": "9007199254740993", "small": 1, "gap": 3.0, "amount": 12.5, "exact": "0.12345678901234567890",
        "share": 0.1, "short": 0.1, "yes": True, "day": "2026-11-01", "moment": "2026-11-01 09:00:00+09",
        "padded": "ab", "body": '{"b": 1}', "list": '{x,"y z"}', "empty": "",
        "code": "00000000-0000-0000-0000-000000000001",
    }  # fmt: skip
    assert (second["id"], second["small"], second["amount"]) == ("1", 2, 7.0)
    assert np.isnan(second["gap"])
    assert np.isnan(second["share"])
    gaps = ("exact", "yes", "day", "moment", "padded", "body", "list", "empty", "code")
    assert [second[name] for name in gaps] == [None] * len(gaps)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


def test_texts_come_as_they_are(postgis):
    """One table for many texts: a server is too slow to be asked for each of them."""
    seen = []

    @given(TEXT)
    def gather(text):
        seen.append(text)

    gather()
    seen += [
        "\\N",
        "a\tb",
        "c\\d",
        "e\nf",
        "\r\n",
        "\v\f\b",
        "\\",
        "\\\\N",
        "\u2028",
        "x\x85y",
        "'; DROP TABLE t; --",
    ]
    address = address_of(postgis, place="")
    with session(address, place="x", read_only=False) as opened:
        opened.do("CREATE TABLE t (id integer PRIMARY KEY, body text)")
        for number, text in enumerate(seen):
            opened.rows("INSERT INTO t VALUES ($1::int, $2::text)", number, text)
        opened.commit()
    assert raw(postgis, "t", kind="table").table["body"].tolist() == seen


def test_texts_of_a_database_that_does_not_know_its_encoding(postgis, postgres_server):
    name = urlsplit(postgis).path[1:] + "_ascii"
    on_server(postgres_server, f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    url = changed(postgis, path=f"/{name}")
    try:
        on_server(url, "CREATE TABLE t (id integer PRIMARY KEY, body text)")
        octets = "".join(f"\\{octet:03o}" for octet in "表示ソ\\n".encode("cp932"))
        on_server(url, f"INSERT INTO t VALUES (1, E'{octets}')")
        assert refused(url, "t", kind=InputError) == "db.encoding"
        found = raw(url, "t", encoding="cp932")
        assert found.table["body"].tolist() == ["表示ソ\\n"]
        assert found.encoding_how == "plan.toml"
    finally:
        on_server(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


# ---- geometries


def test_heights_of_points_become_a_column(postgis):
    on_server(postgis, "CREATE TABLE t AS SELECT 1 AS id, ST_SetSRID(ST_MakePoint(1, 2, 3.5), 6668) AS geom")
    found = raw(postgis, "t")
    assert found.table["z"].tolist() == [3.5]
    assert not shapely.has_z(found.geometry[0])
    assert found.crs == 6668


def test_arcs_become_straight_pieces_and_are_told(postgis):
    circle = "CURVEPOLYGON(CIRCULARSTRING(0 0, 10 10, 20 0, 10 -10, 0 0))"
    on_server(postgis, f"CREATE TABLE t AS SELECT 1 AS id, ST_SetSRID('{circle}'::geometry, 6676) AS geom "
                       "UNION ALL SELECT 2, ST_GeomFromText('POINT(1 1)', 6676)")  # fmt: skip
    found = raw(postgis, "t")
    (doubt,) = found.doubts
    assert (doubt.code, doubt.values["rows"]) == ("geom.curve", 1)
    area = next(shape for shape in found.geometry if shape.geom_type == "Polygon").area
    assert area == pytest.approx(100 * np.pi, rel=0.001)


def test_geography_and_any_schema_of_postgis_are_read(postgis):
    on_server(postgis, 'DROP EXTENSION postgis; CREATE SCHEMA "Ge o"; CREATE EXTENSION postgis SCHEMA "Ge o"')
    on_server(postgis, 'CREATE TABLE t (id int, place "Ge o".geography(Point, 4326))')
    on_server(postgis, """INSERT INTO t VALUES (1, 'SRID=4326;POINT(138 35)'::"Ge o".geography)""")
    found = raw(postgis, "t")
    assert (found.geometry[0].wkt, found.crs) == ("POINT (138 35)", 4326)


def test_of_several_columns_of_geometry_one_is_asked_for(postgis):
    on_server(postgis, "CREATE TABLE t AS SELECT 1 AS id, ST_MakePoint(1, 1) AS a, ST_MakePoint(2, 2) AS b")
    assert refused(postgis, "t", kind=InputError) == "db.geometries"
    assert list(raw(postgis, "t", kind="table").table.columns) == ["id"]
    assert raw(postgis, query="SELECT id, b FROM t").geometry[0].wkt == "POINT (2 2)"


def test_several_systems_in_one_column_are_asked_about(postgis):
    on_server(postgis, "CREATE TABLE t AS SELECT 1 AS id, ST_SetSRID(ST_MakePoint(1, 1), 6676) AS geom "
                       "UNION ALL SELECT 2, ST_SetSRID(ST_MakePoint(1, 1), 6677)")  # fmt: skip
    assert refused(postgis, "t") == "db.srids"
    assert raw(postgis, query="SELECT * FROM t WHERE ST_SRID(geom) = 6677").crs == 6677


def test_a_system_that_is_not_told_is_left_to_be_asked_for(postgis):
    on_server(postgis, "CREATE TABLE t AS SELECT 1 AS id, ST_MakePoint(1, 1) AS geom")
    assert raw(postgis, "t").crs is None
    on_server(
        postgis,
        """INSERT INTO spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
           SELECT 900001, 'city', 1, srtext, proj4text FROM spatial_ref_sys WHERE srid = 6676""",
    )
    on_server(postgis, "CREATE TABLE own AS SELECT 1 AS id, ST_SetSRID(ST_MakePoint(1, 1), 900001) AS geom")
    assert raw(postgis, "own").crs == 6676


def test_a_list_is_read_from_a_database_without_postgis(postgis):
    on_server(postgis, "DROP EXTENSION postgis; CREATE TABLE t AS SELECT 1 AS id, 138.0 AS lon, 35.0 AS lat")
    found = raw(postgis, "t", kind="point")
    assert found.geometry is None
    assert [doubt.code for doubt in found.doubts] == ["db.no_postgis"]
    assert raw(postgis, "t", kind="table").doubts == ()


def test_an_empty_table_has_its_columns(postgis):
    on_server(postgis, "CREATE TABLE t (id integer PRIMARY KEY, name text, geom geometry(Polygon, 6676))")
    found = raw(postgis, "t", kind="polygon")
    assert list(found.table.columns) == ["id", "name"]
    assert len(found.table) == len(found.geometry) == 0


def test_a_table_is_taken_once(postgis):
    on_server(postgis, SHAPES)
    tables = Tables()
    asked = table(postgis, "shapes")
    before = tables.sha256(asked)
    on_server(postgis, "DELETE FROM shapes")
    assert len(tables.read(asked, name="x", wanted=Wanted()).table) == 3
    assert tables.sha256(asked) == before
