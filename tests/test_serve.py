"""`gisplan serve` over real HTTP and in a real browser: who is answered, what is kept, and what runs again."""

import datetime as dt
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace
from urllib.parse import quote, urlsplit

import axe
import psutil
import pytest
from village import on_disk

from gisplan.cli.screen import STEPS
from gisplan.core.errors import ConfigurationError
from gisplan.layers.catalogue import packaged_folder
from gisplan.plan.manifest import NAME
from gisplan.plan.serving import answers as answers_module
from gisplan.plan.serving.desk import Desk
from gisplan.plan.serving.guard import output_of
from gisplan.plan.serving.holding import LARGEST
from gisplan.plan.serving.server import serving

KEPT = {
    "municipality",
    "zone",
    "promotion_area",
    "hub",
    "city_planning_area",
    "area_division",
    "priority_district",
}
SMALL = {name: None for name in on_disk.PATHS if name not in KEPT}
PATIENCE = 30.0
"""Seconds after which a machine is not slow but something hangs."""


@contextmanager
def served(folder):
    """Serve a folder on a free port; yield its desk, port, keys and how to ask it."""
    desk = Desk(folder / "plan.toml", layers=packaged_folder(), outputs=("map", "tables"), pause=0.05)
    with serving(desk, port=0, steps=STEPS, today=lambda: dt.date(2026, 11, 1)) as server:
        yield Asker(server)


class Asker:
    """Asks a server as its page does, unless told otherwise."""

    def __init__(self, server):
        self.desk, self.port, self.keys, self.address = server.desk, server.port, server.keys, server.address
        self.cookie = f"gisplan-{self.port}={self.keys.door}"

    def ask(self, method, target, body=None, **fields):
        """Return status, fields and body of an answer; a field of None is left out."""
        usual = {"Host": f"127.0.0.1:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            usual |= {"Origin": f"http://127.0.0.1:{self.port}", "X-Gisplan-Key": self.keys.hand}
            usual["Content-Length"] = str(len(body or b""))
        given = {name.replace("_", "-"): value for name, value in fields.items()}
        usual |= given
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in usual.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    connection.putheader(name, one)
        connection.endheaders(body)
        answer = connection.getresponse()
        found = SimpleNamespace(status=answer.status, fields=dict(answer.getheaders()), body=answer.read())
        connection.close()
        return found

    def get(self, target, **fields):
        return self.ask("GET", target, **fields)

    def post(self, target, content=None, **fields):
        body = content if isinstance(content, bytes) else json.dumps(content or {}).encode()
        return self.ask("POST", target, body, **fields)

    def drop(self, name, data):
        drop = json.loads(self.post("/api/drop").body)["drop"]
        answer = self.post(f"/api/file?drop={drop}&name={quote(name)}", data)
        return drop, answer

    @property
    def state(self):
        return json.loads(self.get("/api/state").body)

    def until(self, holds):
        """Wait until the state is as it should be, and return it."""
        end = time.monotonic() + PATIENCE
        while not holds(state := self.state):
            assert time.monotonic() < end, state
            time.sleep(0.05)
        return state


def codes(answer):
    return [problem["code"] for problem in json.loads(answer.body)["problems"]]


def made_output(folder, name="out", **files):
    """Write a folder of outputs as a run leaves it, as far as the server looks at it."""
    out = folder / name
    out.mkdir()
    outputs = {}
    for path, data in files.items():
        (out / path).parent.mkdir(exist_ok=True)
        (out / path).write_bytes(data)
        outputs[path] = {"bytes": len(data), "sha256": ""}
    plan = {"title": "村の計画", "audience": "public", "language": "ja"}
    (out / NAME).write_text(json.dumps({"gisplan": "1", "plan": plan, "outputs": outputs}), "utf-8")
    return out


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """Serve a folder with outputs and no plan: nothing runs in it."""
    folder = tmp_path_factory.mktemp("quiet")
    files = {
        "map.html": b"<p>map</p>",
        "figures/a.png": b"\x89PNG",
        "tables.xlsx": b"PK",
        "secret.txt": b"note",
    }
    made_output(folder, **files)
    (folder / "out" / "beside.html").write_bytes(b"a user's own")
    (folder / "plan-secret.txt").write_bytes(b"secret")
    with served(folder) as asker:
        yield SimpleNamespace(asker=asker, folder=folder)


# ---- who is answered -------------------------------------------------------------------------------------


def test_it_listens_on_this_machine_alone(quiet):
    own = psutil.Process().net_connections(kind="tcp")
    assert {one.laddr.ip for one in own if one.laddr.port == quiet.asker.port and not one.raddr} == {
        "127.0.0.1"
    }


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "[::1]:{port}",
     "0.0.0.0:{port}", "", None, ["127.0.0.1:{port}", "evil.example"]],
)  # fmt: skip
def test_another_name_of_the_server_is_refused(quiet, host):
    filled = [
        one and one.format(port=quiet.asker.port) for one in (host if isinstance(host, list) else [host])
    ]
    assert quiet.asker.get("/", Host=filled).status == 421


def test_localhost_is_its_name_too(quiet):
    assert quiet.asker.get("/", Host=f"localhost:{quiet.asker.port}").status == 200


@pytest.mark.parametrize(
    "target", ["/", "/?key=", "/?key=wrong", "/api/state", "/out/out/map.html", "/nothing"]
)
@pytest.mark.parametrize("cookie", [None, "", "gisplan-{port}=wrong", "gisplan-1={door}", "\x01"])
def test_nobody_comes_in_without_the_key(quiet, target, cookie):
    held = cookie and cookie.format(port=quiet.asker.port, door=quiet.asker.keys.door)
    answer = quiet.asker.get(target, Cookie=held)
    assert answer.status == 403
    assert b"map" not in answer.body
    assert "Set-Cookie" not in answer.fields


def test_the_key_opens_the_page_alone_and_gives_a_cookie(quiet):
    door = quiet.asker.keys.door
    answer = quiet.asker.get(f"/?key={door}", Cookie=None)
    assert answer.status == 200
    assert (
        answer.fields["Set-Cookie"] == f"gisplan-{quiet.asker.port}={door}; Path=/; HttpOnly; SameSite=Strict"
    )
    assert quiet.asker.get(f"/api/state?key={door}", Cookie=None).status == 403
    assert door.encode() not in answer.body


def test_every_start_has_keys_of_its_own(quiet, tmp_path):
    with served(tmp_path) as other:
        assert {other.keys.door, other.keys.hand}.isdisjoint({quiet.asker.keys.door, quiet.asker.keys.hand})
        assert len(other.keys.door) >= 43


@pytest.mark.parametrize(
    "fields",
    [
        {"Origin": None}, {"Origin": "null"}, {"Origin": "http://evil.example"}, {"Origin": "http://localhost:{port}"},
        {"Origin": "https://127.0.0.1:{port}"}, {"X-Gisplan-Key": None}, {"X-Gisplan-Key": "{door}"},
        {"X-Gisplan-Key": ["{hand}", "{hand}"]}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ],
)  # fmt: skip
def test_nothing_changes_but_from_the_page(quiet, fields):
    known = {"port": quiet.asker.port, "door": quiet.asker.keys.door, "hand": quiet.asker.keys.hand}
    filled = {
        name: [one.format(**known) for one in value]
        if isinstance(value, list)
        else value and value.format(**known)
        for name, value in fields.items()
    }
    assert quiet.asker.post("/api/drop", **filled).status == 403
    assert not (quiet.folder / "received").exists()


def test_a_deed_is_no_reading(quiet):
    assert quiet.asker.get("/api/drop").status == 404
    assert quiet.asker.post("/api/state").status == 404
    assert quiet.asker.ask("PUT", "/api/drop").status == 501
    assert quiet.asker.ask("OPTIONS", "/api/drop", Origin="http://evil.example").status == 501


# ---- what is answered ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "media"),
    [
        ("/out/out/map.html", "text/html; charset=utf-8"),
        ("/out/out/figures/a.png", "image/png"),
        ("/out/out/manifest.json", "application/json"),
        ("/out/out/tables.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_an_output_comes_with_its_kind_and_shut_off_from_the_page(quiet, target, media):
    answer = quiet.asker.get(target)
    assert (answer.status, answer.fields["Content-Type"]) == (200, media)
    assert answer.fields["Content-Security-Policy"].startswith("sandbox ")
    assert "allow-same-origin" not in answer.fields["Content-Security-Policy"]
    assert answer.fields["X-Content-Type-Options"] == "nosniff"
    assert answer.fields["Cache-Control"] == "no-store"
    assert ("Content-Disposition" in answer.fields) == target.endswith("xlsx")
    assert quiet.asker.ask("HEAD", target).body == b""


@pytest.mark.parametrize(
    "target",
    [
        "/out/out/../plan-secret.txt", "/out/out/..%2fplan-secret.txt", "/out/out/%2e%2e/plan-secret.txt",
        "/out/out/..%5cplan-secret.txt", "/out/out/..\\plan-secret.txt", "/out/..%252f..%252fetc/passwd",
        "/out/out/map.html%00.png", "/out//etc/passwd", "//etc/passwd", "/etc/passwd", "/out/out/%2fetc%2fpasswd",
        "/out/out/", "/out/out", "/out/", "/out", "/out/out/figures", "/out/out/figures/", "/out/out/beside.html",
        "/out/received/x", "/out/data/x", "/out/out/con", "/out/out/NUL", "/out/out/map.html.", "/out/out/map.html%20",
        "/out/out/map.html::$DATA", "/out/out/./map.html", "/out/out//map.html", "/out/OUT/map.html", "/plan.toml",
        "http://evil.example/out/out/map.html", "/out/out/%ff", "/out/out/%0d%0aX: 1", "/" + "a" * 3000,
        "/gisplan.js", "/serve.js", "/api/../out/out/map.html", "*",
    ],
)  # fmt: skip
def test_nothing_else_is_given_out(quiet, target):
    with socket.create_connection(("127.0.0.1", quiet.asker.port), timeout=PATIENCE) as raw:
        head = f"GET {target.replace(' ', '%20')} HTTP/1.1\r\nHost: 127.0.0.1:{quiet.asker.port}\r\n"
        raw.sendall(f"{head}Cookie: {quiet.asker.cookie}\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert re.match(rb"HTTP/1\.[01] 40[034] ", answer), answer[:80]
    assert b"secret" not in answer
    assert b"root:" not in answer


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_link_out_of_the_outputs_is_none(tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_bytes(b"secret")
    out = made_output(tmp_path, **{"map.html": b"map"})
    (out / "map.html").unlink()
    (out / "map.html").symlink_to(secret)
    assert output_of(tmp_path, "out/map.html") is None
    (tmp_path / "real").mkdir()
    (out / "map.html").unlink()
    (out / "map.html").write_bytes(b"map")
    out.rename(tmp_path / "real" / "out")
    out.symlink_to(tmp_path / "real" / "out")
    assert output_of(tmp_path, "out/map.html").read_bytes() == b"map"  # the folder itself may be one


def test_names_of_a_forged_manifest_lead_nowhere(tmp_path):
    (tmp_path / "plan-secret.txt").write_bytes(b"secret")
    out = made_output(tmp_path)
    outputs = {
        name: {"bytes": 1} for name in ("../plan-secret.txt", str(tmp_path / "plan-secret.txt"), "a/../b")
    }
    (out / NAME).write_text(json.dumps({"gisplan": "1", "outputs": outputs}), "utf-8")
    assert [output_of(tmp_path, f"out/{name}") for name in outputs] == [None] * 3


def test_the_page_says_what_is_there(quiet):
    answer = quiet.asker.get("/")
    assert answer.fields["X-Frame-Options"] == "DENY"
    assert "sandbox" not in answer.fields["Content-Security-Policy"]
    assert "'none'" in answer.fields["Content-Security-Policy"]
    state = quiet.asker.state
    assert (state["planned"], state["plan"], state["folder"]) == (False, None, quiet.folder.name)
    assert state["outputs"][0]["audience"] == "public"
    assert state["outputs"][0]["files"]["map.html"] == 10
    assert str(quiet.folder) not in json.dumps(state)


# ---- files that are dropped ------------------------------------------------------------------------------


@pytest.fixture
def fresh(tmp_path):
    """Serve an empty folder, which stands alone in another."""
    folder = tmp_path / "served"
    folder.mkdir()
    with served(folder) as asker:
        yield SimpleNamespace(asker=asker, folder=folder)


def test_a_file_is_kept_whole_under_its_own_name(fresh):
    data = bytes(range(256)) * 9000  # more than one piece
    drop, answer = fresh.asker.drop("空き家 一覧.csv", data)
    assert json.loads(answer.body) == {"name": "空き家 一覧.csv"}
    assert (fresh.folder / "received" / drop / "空き家 一覧.csv").read_bytes() == data
    assert [one["name"] for one in fresh.asker.state["waiting"]] == ["空き家 一覧.csv"]
    assert codes(fresh.asker.post(f"/api/file?drop={drop}&name={quote('空き家 一覧.csv')}", b"x")) == [
        "serve.held_already"
    ]


@pytest.mark.parametrize(
    "name", ["../../plan.toml", "..\\x", "/etc/passwd", "C:\\x", "nul", "a\x00b", ".x", "x/y"]
)
def test_a_name_that_leads_elsewhere_is_not_taken(fresh, name):
    before = {path for path in fresh.folder.parent.rglob("*") if "received" not in path.parts}
    drop, answer = fresh.asker.drop(name, b"x")
    assert (answer.status, codes(answer)) == (422, ["serve.name"])
    assert list((fresh.folder / "received" / drop).iterdir()) == []
    assert {path for path in fresh.folder.parent.rglob("*") if "received" not in path.parts} == before


def test_a_giant_is_refused_before_it_comes(fresh):
    drop = json.loads(fresh.asker.post("/api/drop").body)["drop"]
    target = f"/api/file?drop={drop}&name=a.csv"
    answer = fresh.asker.ask("POST", target, b"", Content_Length=str(LARGEST + 1))
    assert (answer.status, codes(answer)) == (422, ["file.too_large"])
    assert answer.fields["Connection"] == "close"
    for length in (None, "x", "-1", ["1", "2"], "１"):
        given = length if not isinstance(length, str) else length.encode().decode("latin-1")
        assert fresh.asker.ask("POST", target, b"", Content_Length=given).status == 411
    chunked = fresh.asker.ask("POST", target, b"", Content_Length="1", Transfer_Encoding="chunked")
    assert chunked.status == 411
    assert list((fresh.folder / "received" / drop).iterdir()) == []


def test_a_request_that_is_none_of_the_page_is_told_so(fresh, monkeypatch):
    monkeypatch.setattr(answers_module, "LONGEST_BODY", 100)
    for body in (b"{", b"[1]", b"\xff", b"[" * 90, b'{"a": "' + b"x" * 200 + b'"}'):
        assert codes(fresh.asker.post("/api/ask", body)) == ["serve.asked_wrong"]
    wrong = ({"audience": "everyone"}, {"language": ["ja"]})
    assert [codes(fresh.asker.post("/api/choose", one)) for one in wrong] == [["serve.asked_wrong"]] * 2
    assert codes(fresh.asker.post("/api/ask", {"drop": "0001", "name": 1})) == ["serve.asked_wrong"]
    assert codes(fresh.asker.post("/api/discard", {"drop": "../x", "name": "a.csv"})) == ["serve.not_held"]


def test_a_connection_goes_on_after_a_body_that_nobody_wanted(fresh):
    connection = http.client.HTTPConnection("127.0.0.1", fresh.asker.port, timeout=PATIENCE)
    fields = {"Cookie": fresh.asker.cookie, "Origin": f"http://127.0.0.1:{fresh.asker.port}",
              "X-Gisplan-Key": fresh.asker.keys.hand}  # fmt: skip
    hidden = b"GET /api/state HTTP/1.1\r\nHost: evil\r\n\r\n"
    connection.request("POST", "/api/stop", body=hidden, headers=fields)
    assert connection.getresponse().read() == b"{}"
    connection.request("GET", "/api/state", headers={"Cookie": fresh.asker.cookie})
    assert connection.getresponse().status == 200
    connection.close()


def test_a_plan_is_begun_and_gets_its_first_layer(fresh):
    drop, _ = fresh.asker.drop(
        "市.geojson", (packaged_folder() / "demo" / "municipality.geojson").read_bytes()
    )
    told = json.loads(fresh.asker.post("/api/ask", {"drop": drop, "name": "市.geojson"}).body)
    assert (told["chosen"], told["layer"], told["taken"]) == ("municipality", None, False)
    assert codes(
        fresh.asker.post("/api/add", {"drop": drop, "name": "市.geojson", "layer": "municipality"})
    ) == ["config.no_plan"]
    assert codes(fresh.asker.post("/api/init", {"municipality": "x"})) == ["config.municipality"]
    assert codes(fresh.asker.post("/api/init", {})) == ["serve.asked_wrong"]
    assert fresh.asker.post("/api/init", {"municipality": "22999"}).status == 200
    state = fresh.asker.state
    assert state["planned"]
    assert [one["code"] for one in state["mistakes"]] == ["config.no_layers"]
    assert fresh.asker.post("/api/choose", {"automatic": False}).status == 200
    added = fresh.asker.post(
        "/api/add", {"drop": drop, "name": "市.geojson", "layer": "municipality", "credit": "市"}
    )
    assert added.status == 200
    state = fresh.asker.state
    assert (state["mistakes"], state["plan"]["layers"], state["waiting"]) == ([], ["municipality"], [])
    assert state["undo"] == "[layers.municipality] data/市.geojson"
    assert fresh.asker.post("/api/undo").status == 200
    assert fresh.asker.state["plan"] is None
    assert codes(fresh.asker.post("/api/undo")) == ["serve.nothing_to_undo"]


def test_mistakes_of_a_text_are_told_with_their_line_before_it_is_saved(fresh):
    fresh.asker.post("/api/choose", {"automatic": False})
    fresh.asker.post("/api/init", {"municipality": "22212"})
    held = json.loads(fresh.asker.get("/api/plan").body)
    text = held["text"] + '[layers.shop]\npath = "data/x.csv"\nencodng = "x"\n'
    tried = json.loads(fresh.asker.post("/api/try", {"text": text}).body)["problems"]
    assert [one["code"] for one in tried] == ["config.unknown_key"]
    assert f"plan.toml:{text.count(chr(10))} " in tried[0]["place"]
    assert "encoding" in tried[0]["what"]["ja"]
    assert codes(fresh.asker.post("/api/save", {"text": text, "known": held["known"]})) == [
        "config.unknown_key"
    ]
    good = text.replace('encodng = "x"\n', "")
    assert fresh.asker.post("/api/save", {"text": good, "known": held["known"]}).status == 200
    assert (fresh.folder / "plan.toml").read_text("utf-8") == good
    assert codes(fresh.asker.post("/api/save", {"text": good, "known": held["known"]})) == [
        "serve.changed_since"
    ]


# ---- what runs again -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Serve the village; its first check is over."""
    folder = tmp_path_factory.mktemp("village")
    on_disk.build(folder, tail="", **SMALL)
    with served(folder) as asker:
        asker.until(lambda state: state["ended"] and not state["job"])
        yield SimpleNamespace(asker=asker, folder=folder)


def lights(asker):
    told = json.loads(asker.get("/api/checkup").body)
    return {layer["layer"]: layer["light"] for layer in told["layers"] if layer["given"]}


def test_a_plan_is_checked_first(village):
    state = village.asker.state
    assert (state["ended"]["kind"], state["ended"]["end"], state["outputs"]) == ("check", "done", [])
    assert state["plan"]["title"] == "村の計画"
    assert lights(village.asker)["zone"] == "yellow"  # its credit is assumed
    page = village.asker.get("/check.html")
    assert "村の計画" in page.body.decode()
    assert page.fields["Content-Security-Policy"].startswith("sandbox ")


def test_a_changed_input_is_checked_again_by_itself(village):
    before = village.asker.state["checked"]
    hub = village.folder / "data" / "hub.csv"
    whole = hub.read_bytes()
    hub.write_bytes(b"%PDF-1.7 no list at all")
    state = village.asker.until(lambda state: state["checked"] > before and not state["job"])
    assert state["ended"]["end"] == "refused"
    assert lights(village.asker)["hub"] == "red"
    told = json.loads(village.asker.get("/api/checkup").body)
    assert not told["judged"]
    hub.write_bytes(whole)
    village.asker.until(lambda state: state["ended"]["end"] == "done" and not state["job"])
    assert lights(village.asker)["hub"] != "red"


def test_a_mistake_of_plan_toml_is_told_and_the_last_check_stays(village):
    plan = village.folder / "plan.toml"
    whole = plan.read_bytes()
    plan.write_bytes(whole.replace(b"title", b"titel"))
    state = village.asker.until(lambda state: state["ended"]["end"] == "refused" and not state["job"])
    assert "config.unknown_key" in [one["code"] for one in state["mistakes"]]
    assert all(one["place"].startswith("plan.toml:") for one in state["mistakes"])
    assert state["checked"]
    assert lights(village.asker)["zone"] == "yellow"  # its credit is assumed
    plan.write_bytes(whole)
    village.asker.until(lambda state: state["ended"]["end"] == "done" and not state["job"])


def test_a_fault_of_a_run_is_told_and_the_server_stays(village, monkeypatch):
    def broken(*_arguments, **_options):
        raise ZeroDivisionError

    monkeypatch.setattr("gisplan.plan.serving.desk.run", broken)
    village.asker.post("/api/check")
    state = village.asker.until(lambda state: state["ended"]["end"] == "failed" and not state["job"])
    assert [one["code"] for one in state["ended"]["problems"]] == ["bug"]
    monkeypatch.undo()
    village.asker.post("/api/check")
    village.asker.until(lambda state: state["ended"]["end"] == "done" and not state["job"])


@pytest.mark.browser
def test_a_planner_works_from_the_page(village, browser):
    asker, folder = village.asker, village.folder
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    foreign, faults = watched(context, asker)
    page = context.new_page()
    page.goto(asker.address)
    page.wait_for_selector("#layers li")
    assert page.url == f"http://127.0.0.1:{asker.port}/"  # the key stays in no history
    add_houses(page)
    assert '[layers.vacant_house]\npath = "data/空き家.csv"' in (folder / "plan.toml").read_text("utf-8")
    see_the_map(page)
    page.click("#tab-files")
    page.wait_for_selector("text=tables.xlsx")
    page.click("#language")
    page.wait_for_selector("text=Check and make")
    assert axe.violations(page) == []
    edit(page)
    assert foreign == []
    assert [line for line in faults if "connect" not in line] == []
    context.close()


def watched(context, asker):
    """Let a browser ask this server alone; return the addresses it asked beside, and what its pages complain of."""
    foreign, faults = [], []

    def kept_inside(route):
        if urlsplit(route.request.url).netloc == f"127.0.0.1:{asker.port}":
            route.continue_()
        else:
            foreign.append(route.request.url)
            route.abort()

    context.route(re.compile("^https?:"), kept_inside)
    context.on("weberror", lambda error: faults.append(str(error.error)))
    context.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    return foreign, faults


def add_houses(page):
    """Drop a list of houses, read the doctor's answer, and put it into the plan."""
    transfer = page.evaluate_handle(
        "([name, text]) => { const held = new DataTransfer(); held.items.add(new File([text], name)); return held; }",
        ["空き家.csv", on_disk.houses().to_csv(index=False)],
    )
    page.dispatch_event("#drop", "drop", {"dataTransfer": transfer})
    card = page.locator(".file[data-file='空き家.csv']")
    card.locator(".lines").wait_for()
    assert "[layers.vacant_house]" in card.locator(".lines").inner_text()
    assert "8 行" in card.locator("dl").inner_text()
    assert card.locator("select.layer-choice").input_value() == "vacant_house"
    card.locator("select.layer-choice").select_option("")
    assert card.locator(".lines, button.add").count() == 0, "nothing is added that was not chosen"
    card.locator("select.layer-choice").select_option("vacant_house")
    card.locator("button.add").click()
    card.wait_for(state="detached")


def see_the_map(page):
    """Make everything, and see the map in the page, where it can ask the server for nothing."""
    page.click("#do-run")
    frame = page.frame_locator("#view iframe")
    frame.locator(".leaflet-container").wait_for(timeout=PATIENCE * 1000)
    frame.locator(
        ".leaflet-control-zoom-in"
    ).click()  # the map writes its own address, which comes from nowhere
    inside = next(one for one in page.frames if one.url.endswith("/out/out/map.html"))
    assert inside.evaluate("self.origin") == "null"
    assert inside.evaluate("fetch('/api/state').then(() => 'answered', () => 'refused')") == "refused"


def edit(page):
    """Change the title of the plan in the editor, and see it as the text that it is."""
    sync_api = pytest.importorskip("playwright.sync_api")
    page.click("#editor summary")
    page.wait_for_selector("#plan-text")
    sync_api.expect(page.locator("#plan-text")).not_to_have_value("")
    page.fill("#plan-text", page.input_value("#plan-text").replace("村の計画", "<b>町</b>の計画"))
    page.click("#plan-save")
    page.wait_for_selector("#title:text('<b>町</b>の計画')")
    assert page.locator("#title b").count() == 0


@pytest.mark.browser
def test_a_plan_is_begun_by_the_name_of_its_municipality(fresh, browser):
    features = [
        {
            "type": "Feature",
            "properties": {"N03_001": "静岡県", "N03_004": name, "N03_007": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[138.3, 34.8], [138.4, 34.8], [138.4, 34.9], [138.3, 34.8]]],
            },
        }
        for name, code in (("焼津市", "22212"), ("藤枝市", "22214"))
    ]
    held = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    context = browser.new_context()
    page = context.new_page()
    page.goto(fresh.asker.address)
    page.wait_for_selector("#begin")
    assert page.is_hidden("#state")
    page.set_input_files("#picker", [{"name": "N03.geojson", "mimeType": "", "buffer": held}])
    page.wait_for_selector("#codes option", state="attached")
    page.fill("#code", "999")
    page.click("#begin-form button")
    page.wait_for_selector("#begin-said .note")  # told with its cure
    page.fill("#code", "藤枝市")
    page.click("#begin-form button")
    page.wait_for_selector("#state")
    assert 'municipality = ["22214"]' in (fresh.folder / "plan.toml").read_text("utf-8")
    page.wait_for_selector("#mistakes .note")  # no layer is switched on yet
    page.click(".file button.add")
    page.wait_for_selector(".file", state="detached")
    assert fresh.asker.state["plan"]["layers"] == ["municipality"]
    context.close()


def test_outputs_for_others_stand_in_a_folder_of_their_own(tmp_path, monkeypatch):
    asked = []

    def noted(request, **_options):
        asked.append((request.out, request.audience, request.language, request.parts[0]))
        raise ConfigurationError(())

    monkeypatch.setattr("gisplan.plan.serving.desk.run", noted)
    (tmp_path / "plan.toml").write_text(f'{on_disk.PLAN}[layers.hub]\npath = "x"\n', "utf-8")
    with served(tmp_path) as asker:
        asker.until(lambda state: state["ended"])
        for audience, language in ((None, None), ("internal", "ja"), ("public", "en")):
            asker.post("/api/choose", {"audience": audience, "language": language, "automatic": False})
            asker.post("/api/run")
            assert asker.desk.worker.wait(PATIENCE)
    own, other = tmp_path / "out", tmp_path / "out-public"
    assert asked == [
        (None, None, None, "check"), (own, None, None, "check"), (own, "internal", "ja", "check"),
        (other, "public", "en", "check"),
    ]  # fmt: skip


# ---- the command -----------------------------------------------------------------------------------------


def test_a_port_in_use_is_told(quiet, tmp_path):
    desk = Desk(tmp_path / "plan.toml", layers=packaged_folder())
    with (
        pytest.raises(ConfigurationError, match=r"serve\.port"),
        serving(desk, port=quiet.asker.port, steps=STEPS, today=lambda: dt.date(2026, 11, 1)),
    ):
        raise AssertionError


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to one process alone")
def test_ctrl_c_ends_the_command_cleanly(tmp_path):
    command = [
        sys.executable,
        "-m",
        "gisplan",
        "serve",
        str(tmp_path),
        "--port",
        "0",
        "--no-open",
        "--language",
        "en",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:(\d+)/\?key=\S+", first)
    assert found, first
    connection = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=PATIENCE)
    connection.request("GET", urlsplit(found[0]).path + "?" + urlsplit(found[0]).query)
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(signal.SIGINT)
    rest, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")
    assert "Ending" in rest
    assert list(tmp_path.iterdir()) == []
