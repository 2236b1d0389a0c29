"""Downloads: bounded, resumed, never from a stranger; what was there before stays until the new file is whole."""

import errno
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path

import pytest
from small_files import refused
from small_server import HOSTS, QUICK, drip, raw_server, send, stand_in
from werkzeug import Response

from gisplan.core.errors import DiskError, NetworkError
from gisplan.sources import transport
from gisplan.sources.fetch import STAGING, Address, retrieve
from gisplan.sources.hosts import Limits, Network, allowed
from gisplan.sources.transport import get

URL = "https://nlftp.mlit.go.jp/ksj/P29.zip"
PATH = "/nlftp.mlit.go.jp/ksj/P29.zip"


def broken(code, **options):
    return refused(code, error=NetworkError, exit_code=4, **options)


def archive(text="{}", *, size=0):
    """Return a zip that the door lets in, the same bytes at any time: names of tests are made of it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(zipfile.ZipInfo("a.geojson"), text + " " * size)
    return buffer.getvalue()


def ask(network, folder, *, name="P29.zip", url=URL, sha256=""):
    return retrieve(Address(url=url, name=name, sha256=sha256), folder, network)


@pytest.fixture
def old(tmp_path):
    """Return a folder where an older file stands already."""
    (tmp_path / "P29.zip").write_bytes(b"the old one")
    return tmp_path


def kept(folder):
    """Return whether only the old file is there, as it was."""
    return (folder / "P29.zip").read_bytes() == b"the old one" and not [
        path for path in folder.rglob("*") if path.is_file() and path.suffix not in {".zip", ".part", ".json"}
    ]


def test_a_file_is_put_into_its_place_with_its_checksum(httpserver, tmp_path):
    body = archive()
    httpserver.expect_request(PATH).respond_with_data(body, content_type="application/zip")
    got = ask(stand_in(httpserver), tmp_path)
    assert (got.path, got.size) == (tmp_path / "P29.zip", len(body))
    assert got.sha256 == hashlib.sha256(body).hexdigest()
    assert got.path.read_bytes() == body
    assert [path.name for path in tmp_path.iterdir()] == ["P29.zip"]


def test_a_pinned_file_is_taken_when_it_is_the_one(httpserver, tmp_path):
    body = archive()
    httpserver.expect_request(PATH).respond_with_data(body)
    assert ask(stand_in(httpserver), tmp_path, sha256=hashlib.sha256(body).hexdigest()).size == len(body)


def test_another_checksum_is_refused_and_nothing_is_kept(httpserver, old):
    httpserver.expect_request(PATH).respond_with_data(archive())
    with broken("net.checksum", place=URL):
        ask(stand_in(httpserver), old, sha256="0" * 64)
    assert kept(old)
    assert not (old / STAGING).exists()


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"<!DOCTYPE html><html><body>moved</body></html>", "text/html; charset=utf-8", "net.html_body"),
        (b"\xef\xbb\xbf\n<html lang=ja>", "application/zip", "net.html_body"),
        (archive(size=5000)[:60], "application/zip", "net.body"),
        (b"a,b\n1,2\n", "application/zip", "net.body"),
        (b"", "application/zip", "net.body"),
    ],
)
def test_what_is_no_archive_is_not_kept(httpserver, old, body, kind, code):
    httpserver.expect_request(PATH).respond_with_data(body, content_type=kind)
    with broken(code):
        ask(stand_in(httpserver), old)
    assert kept(old)
    assert not (old / STAGING).exists()


def test_a_page_of_404_is_no_archive(httpserver, old):
    httpserver.expect_request(PATH).respond_with_data(
        "<html>404</html>", status=404, content_type="text/html"
    )
    with broken("net.no_file"):
        ask(stand_in(httpserver), old)
    assert kept(old)


@pytest.mark.parametrize(("status", "code"), [(401, "net.barred"), (403, "net.barred"), (500, "net.status")])
def test_an_error_of_the_server_is_told(httpserver, old, status, code):
    httpserver.expect_request(PATH).respond_with_data("no", status=status)
    with broken(code):
        ask(stand_in(httpserver), old)
    assert len(httpserver.log) == 1
    assert kept(old)


def test_a_busy_server_is_asked_again_after_pauses_and_no_longer_than_allowed(httpserver, tmp_path):
    pauses = []
    httpserver.expect_ordered_request(PATH).respond_with_data("", status=429, headers={"Retry-After": "7"})
    httpserver.expect_ordered_request(PATH).respond_with_data("", status=503)
    httpserver.expect_ordered_request(PATH).respond_with_data(archive())
    patient = Limits(total_s=60, tries=3, pause_s=0.5)
    ask(stand_in(httpserver, limits=patient, pause=pauses.append), tmp_path)
    assert pauses == [7.0, 1.0]


def test_a_server_that_stays_busy_is_given_up(httpserver, old):
    httpserver.expect_request(PATH).respond_with_data("", status=429)
    with broken("net.busy"):
        ask(stand_in(httpserver), old)
    assert len(httpserver.log) == QUICK.tries
    assert kept(old)


# ---- hosts and redirects -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/x.zip",
        "http://nlftp.mlit.go.jp/x.zip",
        "https://127.0.0.1/x.zip",
        "http://127.0.0.1:1/x.zip",
        "https://localhost/x.zip",
        "https://[::1]/x.zip",
        "https://169.254.169.254/latest",
        "https://2130706433/",
        "file:///etc/hostname",
        "ftp://nlftp.mlit.go.jp/x.zip",
        "//evil.example/x.zip",
        "https://nlftp.mlit.go.jp@evil.example/x.zip",
    ],
)
def test_a_redirect_to_elsewhere_is_not_followed(httpserver, old, target):
    httpserver.expect_request(PATH).respond_with_response(Response(status=302, headers={"Location": target}))
    with broken("sec.redirect", place=URL):
        ask(stand_in(httpserver), old)
    assert len(httpserver.log) == 1
    assert kept(old)


def test_a_redirect_to_a_known_host_is_followed_without_the_key(httpserver, tmp_path):
    here, there = "https://www.reinfolib.mlit.go.jp/a", "https://www.mlit.go.jp/b"
    httpserver.expect_request("/www.reinfolib.mlit.go.jp/a").respond_with_response(
        Response(status=307, headers={"Location": there})
    )
    httpserver.expect_request("/www.mlit.go.jp/b").respond_with_data("found")
    assert get(here, stand_in(httpserver), headers={"X-Key": "secret"}).body == b"found"
    first, second = (request for request, _ in httpserver.log)
    assert first.headers["X-Key"] == "secret"
    assert "X-Key" not in second.headers


def test_redirects_without_an_end_are_given_up(httpserver, tmp_path):
    httpserver.expect_request(PATH).respond_with_response(Response(status=302, headers={"Location": URL}))
    with broken("net.status"):
        ask(stand_in(httpserver), tmp_path)


@pytest.mark.parametrize(
    "url", ["http://nlftp.mlit.go.jp/a", "https://other.example/a", "https://10.0.0.1/a"]
)
def test_an_address_of_no_known_host_is_not_asked(url):
    with broken("sec.host"):
        allowed(url, Network(hosts=frozenset({*HOSTS, "10.0.0.1"})))


# ---- time, size, breaks ------------------------------------------------------------------------------


def test_a_server_of_one_byte_a_time_is_cut_off(old):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    began = time.monotonic()
    with (
        raw_server(
            lambda connection, stop: (connection.sendall(head), drip(b"x" * 1000)(connection, stop))
        ) as (
            port,
            _,
        ),
        broken("net.timeout"),
    ):
        ask(stand_in(port), old)
    assert time.monotonic() - began < 3
    assert kept(old)


def test_a_head_that_comes_byte_by_byte_is_cut_off(old):
    began = time.monotonic()
    limits = Limits(total_s=0.8, silent_s=0.5, tries=2, pause_s=0.0)
    with raw_server(drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 1000)) as (port, _), broken("net.timeout"):
        ask(stand_in(port, limits=limits), old)
    assert time.monotonic() - began < 3
    assert kept(old)


def test_a_silent_server_is_given_up(old):
    limits = Limits(total_s=1.0, silent_s=0.2, tries=2, pause_s=0.0)
    wait = lambda _connection, stop: stop.wait(3)  # noqa: E731 (an answer that never comes)
    with raw_server(wait, wait) as (port, _), broken("net.timeout"):
        ask(stand_in(port, limits=limits), old)
    assert kept(old)


def chunked(body, *, piece=1000):
    """Return an answer whose length is not said beforehand."""
    pieces = [body[start : start + piece] for start in range(0, len(body), piece)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*pieces, b""))
    return send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + coded)


def test_a_file_that_says_it_is_beyond_the_limit_is_not_begun(httpserver, old):
    httpserver.expect_request(PATH).respond_with_data(archive(size=200_000))
    with broken("net.too_large"):
        ask(stand_in(httpserver, limits=Limits(largest=100_000, tries=1)), old)
    assert kept(old)


def test_a_file_that_grows_beyond_the_limit_is_cut_off(old):
    with raw_server(chunked(archive(size=200_000))) as (port, _), broken("net.too_large"):
        ask(stand_in(port, limits=Limits(largest=100_000, tries=1)), old)
    assert kept(old)


def test_a_file_cut_short_is_gone_on_with(tmp_path):
    body = archive(size=50_000)
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nETag: "one"\r\n\r\n'.encode()
    rest = f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(body) - 20_000}\r\n".encode()
    rest += f'Content-Range: bytes 20000-{len(body) - 1}/{len(body)}\r\nETag: "one"\r\n\r\n'.encode()
    with raw_server(send(head + body[:20_000]), send(rest + body[20_000:])) as (port, asked):
        got = ask(stand_in(port), tmp_path)
    assert got.path.read_bytes() == body
    assert "Range: bytes=20000-" in asked[1]
    assert 'If-Range: "one"' in asked[1]


def test_a_killed_download_is_gone_on_with_by_the_next_run(tmp_path):
    body = archive(size=50_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nLast-Modified: Tue\r\n\r\n".encode()
    once = Limits(total_s=5, tries=1)
    with raw_server(send(head + body[:30_000])) as (port, _), broken("net.truncated"):
        ask(stand_in(port, limits=once), tmp_path)
    assert not (tmp_path / "P29.zip").exists()
    assert (tmp_path / STAGING / "P29.zip.part").stat().st_size == 30_000
    rest = f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(body) - 30_000}\r\n".encode()
    rest += f"Content-Range: bytes 30000-{len(body) - 1}/{len(body)}\r\n\r\n".encode()
    with raw_server(send(rest + body[30_000:])) as (port, asked):
        assert ask(stand_in(port, limits=once), tmp_path).path.read_bytes() == body
    assert "If-Range: Tue" in asked[0]
    assert not (tmp_path / STAGING).exists()


def test_a_server_that_ignores_the_range_starts_anew(tmp_path):
    body = archive(size=50_000)
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nETag: "one"\r\n\r\n'.encode()
    with raw_server(send(head + body[:20_000]), send(head + body)) as (port, asked):
        assert ask(stand_in(port), tmp_path).path.read_bytes() == body
    assert "Range: bytes=20000-" in asked[1]


def test_a_part_without_a_version_is_not_gone_on_with(tmp_path):
    body = archive(size=50_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with raw_server(send(head + body[:20_000]), send(head + body)) as (port, asked):
        assert ask(stand_in(port), tmp_path).path.read_bytes() == body
    assert "Range:" not in asked[1]


def test_a_part_of_a_wrong_place_is_not_put_together(tmp_path):
    body = archive(size=50_000)
    head = f'HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nETag: "one"\r\n\r\n'.encode()
    wrong = b"HTTP/1.1 206 Partial Content\r\nContent-Length: 3\r\nContent-Range: bytes 7-9/10\r\n\r\nxxx"
    with raw_server(send(head + body[:20_000]), send(wrong), send(head + body)) as (port, _):
        assert ask(stand_in(port), tmp_path).path.read_bytes() == body


def test_a_file_that_stays_short_leaves_the_old_one(old):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    with raw_server(*[send(head + b"PK\x03\x04")] * 3) as (port, _), broken("net.truncated"):
        ask(stand_in(port), old)
    assert kept(old)


def test_chunks_are_put_together(tmp_path):
    body = archive(size=300_000)
    with raw_server(chunked(body)) as (port, _):
        assert ask(stand_in(port), tmp_path).path.read_bytes() == body


def test_a_closed_network_is_told_as_such(tmp_path):
    with raw_server() as (port, _):
        pass
    with broken("net.closed", place=URL):
        ask(stand_in(port), tmp_path)


# ---- the disk ----------------------------------------------------------------------------------------


def test_a_full_disk_is_told_and_leaves_the_old_file(httpserver, old, monkeypatch):
    httpserver.expect_request(PATH).respond_with_data(archive(size=5000))
    opened = Path.open

    def full(self, mode="r", *arguments, **options):
        if self.name.endswith(".part") and "w" in mode:
            raise OSError(errno.ENOSPC, "no space left")
        return opened(self, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    with refused("out.disk_full", error=DiskError, exit_code=74):
        ask(stand_in(httpserver), old)
    monkeypatch.undo()
    assert kept(old)


def test_a_file_larger_than_the_room_is_not_begun(httpserver, old, monkeypatch):
    httpserver.expect_request(PATH).respond_with_data(archive(size=5000))
    monkeypatch.setattr(transport, "free_bytes", lambda _: 2)
    with refused("out.disk_full", error=DiskError, exit_code=74):
        ask(stand_in(httpserver), old)
    assert kept(old)


def test_a_folder_that_cannot_be_written_is_told(httpserver, tmp_path):
    (tmp_path / "file").write_text("")
    httpserver.expect_request(PATH).respond_with_data(archive())
    with refused("out.not_writable", error=DiskError, exit_code=74):
        ask(stand_in(httpserver), tmp_path / "file")


# ---- other bodies ------------------------------------------------------------------------------------


def test_an_answer_of_overpass_that_was_cut_short_is_not_kept(httpserver, tmp_path):
    said = {"osm3s": {}, "generator": "x", "elements": [], "remark": "runtime error: Query timed out"}
    httpserver.expect_request(PATH).respond_with_data(json.dumps(said), content_type="application/json")
    with broken("net.remark"):
        ask(stand_in(httpserver), tmp_path, name="osm.json")
    assert list(tmp_path.iterdir()) == []


def test_the_extract_of_a_region_is_taken_by_its_content(httpserver, tmp_path):
    httpserver.expect_request(PATH).respond_with_data(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x7c")
    assert ask(stand_in(httpserver), tmp_path, name="chubu-latest.osm.pbf").size > 0


def test_progress_tells_how_much_has_come(httpserver, tmp_path):
    body = archive(size=3_000_000)
    httpserver.expect_request(PATH).respond_with_data(body)
    told = []
    retrieve(Address(url=URL, name="P29.zip"), tmp_path, stand_in(httpserver), tell=told.append)
    assert told[0].endswith(" / 3.0 MB")


def test_nothing_is_printed(httpserver, tmp_path, capfd):
    httpserver.expect_request(PATH).respond_with_data(archive())
    ask(stand_in(httpserver), tmp_path)
    assert capfd.readouterr() == ("", "")
