"""The audit bundle: what is in it for whom, and what checking it finds: nothing, or exactly what was changed."""

import dataclasses
import hashlib
import json
import shutil
import zipfile

import pytest
from village import on_disk
from village.on_disk import SECRETS, asked, everything

from gisplan.core.errors import ConfigurationError, InputError
from gisplan.core.packed import write_archive
from gisplan.layers.catalogue import packaged_folder
from gisplan.plan import manifest
from gisplan.plan.handover import bundle as bundles
from gisplan.plan.handover import verify as verifying
from gisplan.plan.handover.bundle import bundle
from gisplan.plan.handover.bundle_file import read_bundle
from gisplan.plan.handover.published import BundleRequest
from gisplan.plan.handover.verify import VerifyRequest, verify
from gisplan.plan.run import Request, run

FEW = {"municipality", "zone", "promotion_area", "hub"}


def build(folder, *, layers=FEW):
    """Return a village of few layers, whose tables on the law are soon computed."""
    return on_disk.build(folder, tail="", **dict.fromkeys(set(on_disk.PATHS) - layers))


def publish(plan, *, audience="internal"):
    run(Request(plan=plan, out=plan.parent / "out", parts=("check",), outputs=("tables",), audience=audience))
    return plan


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path, target, **changes):
    """Write a bundle with other members; None leaves one out."""
    held = {**members(path), **changes}
    write_archive(target, [(name, content) for name, content in held.items() if content is not None])
    return target


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return publish(build(tmp_path_factory.mktemp("village")))


@pytest.fixture(scope="module")
def made(plan, tmp_path_factory):
    return bundle(BundleRequest(plan=plan, out=tmp_path_factory.mktemp("bundle") / "b.zip", with_inputs=True))


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """Return the plan and the bundle of a village whose tables were published."""
    plan = build(tmp_path_factory.mktemp("public"), layers={*FEW, "vacant_house"})
    publish(plan, audience="public")
    return plan, bundle(BundleRequest(plan=plan))


def test_a_bundle_holds_what_a_stranger_needs(plan, made):
    held = members(made.file)
    inputs = {on_disk.PATHS[name] for name in FEW}
    assert {name.removeprefix("inputs/") for name in held if name.startswith("inputs/")} == inputs
    tables = {f"published/{name}" for name in everything(plan.parent / "out") if name != "manifest.json"}
    tables -= {"published/rejects.xlsx"}
    assert {name for name in held if name.startswith("published/")} == tables
    assert held["plan.toml"] == plan.read_bytes()
    assert json.loads(held["manifest.json"]) == manifest.read_manifest(plan.parent / "out")
    about = json.loads(held["bundle.json"])
    assert {"gisplan", "numpy", "pandas", "pydantic", "lxml"} <= about["packages"].keys()
    assert about["python"].count(".") == 2
    sums = dict(reversed(line.split("  ")) for line in held["checksums.txt"].decode().splitlines())
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in held.items() if name != "checksums.txt"
    }


def test_its_readme_tells_how_to_check_in_both_languages(made):
    text = members(made.file)["README.txt"].decode("utf-8-sig")
    assert text.count("gisplan verify") == 2
    assert text.count("checksums.txt") == 4
    assert "2026-11-01" in text
    assert "村の計画" in text
    assert text.count("\n") == text.count("\r\n")


def test_two_bundles_have_the_same_bytes(plan, made, tmp_path):
    again = bundle(BundleRequest(plan=plan, out=tmp_path / "again.zip", with_inputs=True))
    assert again.file.read_bytes() == made.file.read_bytes()


def test_a_bundle_with_its_inputs_is_checked_by_itself(made):
    found = verify(VerifyRequest(bundle=made.file))
    assert found.whole
    assert (found.tampered, found.versions, found.inputs) == ((), (), ())
    tables = [name for name in made.members if name.startswith("published/") and name.endswith(".csv")]
    assert found.compared.tables == len(tables)
    assert found.compared.cells > 200


def test_one_without_inputs_needs_them_and_says_so(plan, tmp_path):
    made = bundle(BundleRequest(plan=plan, out=tmp_path))
    assert made.file == tmp_path / "bundle-internal-2026-11-01.zip"
    assert set(made.left_out.values()) == {"not_asked"}
    assert not [name for name in made.members if name.startswith("inputs/")]
    with pytest.raises(InputError) as refused:
        verify(VerifyRequest(bundle=made.file))
    assert [problem.code for problem in refused.value.problems] == ["bundle.no_inputs"]
    assert verify(VerifyRequest(bundle=made.file, inputs=plan.parent)).whole


@pytest.fixture(scope="module")
def changed(plan, tmp_path_factory):
    """Return a copy of the plan's folder in which one hub has a larger floor."""
    folder = tmp_path_factory.mktemp("changed")
    shutil.copytree(plan.parent, folder / "v", ignore=shutil.ignore_patterns("out*"))
    path = folder / "v" / on_disk.PATHS["hub"]
    text = path.read_text("utf-8")
    assert text.count(",200,") == 1
    path.write_text(text.replace(",200,", ",201,"), "utf-8")
    return folder / "v"


def test_one_changed_cell_of_an_input_is_told_with_the_figures_that_follow(made, changed):
    found = verify(VerifyRequest(bundle=made.file, inputs=changed))
    assert [(one.name, one.state, one.layers) for one in found.inputs] == [
        ("data/hub.csv", "changed", ("hub",))
    ]
    assert not found.whole
    assert not found.tampered
    cells = {
        (one.table, one.key, one.column): (one.published, one.recomputed)
        for one in found.compared.differences
    }
    assert cells["verdicts", ("hub", "K1"), "floor_area"] == ("200.00", "201.00")
    assert all("K1" in key or "hub" in key for _, key, _ in cells)


def test_the_command_tells_them_and_exits_with_2(made, changed, plan, capsys, monkeypatch):
    said = asked(capsys, "verify", made.file, "--inputs", changed, monkeypatch=monkeypatch)
    assert (said.code, said.err) == (2, "")
    assert "入力 data/hub.csv（レイヤ hub）：内容が違います" in said.out
    assert "verdicts / hub / K1 floor_area：公表 200.00、再計算 201.00" in said.out
    assert "入力が変わったため" in said.out
    said = asked(
        capsys,
        "verify",
        made.file,
        "--inputs",
        changed,
        "--json",
        "--language",
        "en",
        monkeypatch=monkeypatch,
    )
    assert (said.code, said.json()["whole"]) == (2, False)
    assert said.json()["inputs"] == [{"name": "data/hub.csv", "state": "changed", "layers": ["hub"]}]


def test_a_tampered_table_is_told_with_its_cell(made, tmp_path):
    name = "published/tables/verdicts.csv"
    table = members(made.file)[name]
    assert table.count(b",200.00,") == 1
    false = table.replace(b",200.00,", b",190.00,")
    found = verify(VerifyRequest(bundle=rewritten(made.file, tmp_path / "b.zip", **{name: false})))
    assert found.tampered == (name,)
    (one,) = found.compared.differences
    assert (one.table, one.key, one.column) == ("verdicts", ("hub", "K1"), "floor_area")
    assert (one.published, one.recomputed) == ("190.00", "200.00")
    assert not found.whole


def test_a_forger_who_mends_every_checksum_is_still_found_out(made, tmp_path):
    held = members(made.file)
    name = "published/tables/verdicts.csv"
    false = held[name].replace(b",200.00,", b",190.00,")
    told = json.loads(held["manifest.json"])
    told["outputs"]["tables/verdicts.csv"]["sha256"] = hashlib.sha256(false).hexdigest()
    mended = {name: false, "manifest.json": json.dumps(told).encode()}
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {member}\n"
        for member, content in {**held, **mended}.items()
        if member != "checksums.txt"
    )
    forged = rewritten(made.file, tmp_path / "b.zip", **mended, **{"checksums.txt": sums.encode()})
    found = verify(VerifyRequest(bundle=forged))
    assert found.tampered == ()
    assert [(one.published, one.recomputed) for one in found.compared.differences] == [("190.00", "200.00")]


def test_what_is_gone_or_was_put_in_is_told(made, tmp_path):
    sheet, extra = "published/tables.xlsx", "published/more.txt"
    changes = {sheet: None, extra: b"more"}
    assert read_bundle(rewritten(made.file, tmp_path / "b.zip", **changes)).tampered == (extra, sheet)
    unsummed = read_bundle(rewritten(made.file, tmp_path / "c.zip", **{"checksums.txt": None}))
    assert set(unsummed.tampered) == set(made.members) - {"checksums.txt"}


def test_other_versions_are_told_and_stop_nothing(made, tmp_path):
    held = members(made.file)
    told, about = json.loads(held["manifest.json"]), json.loads(held["bundle.json"])
    told["gisplan"], told["code_sha256"], about["packages"]["numpy"] = "0.0.1", "0" * 64, "0.1"
    told["libraries"]["numpy"] = "0.1"
    other = rewritten(
        made.file, tmp_path / "b.zip",
        **{"manifest.json": json.dumps(told).encode(), "bundle.json": json.dumps(about).encode()},
    )  # fmt: skip
    found = verify(VerifyRequest(bundle=other))
    assert {one.name for one in found.versions} == {"gisplan", "gisplan (code)", "numpy"}
    assert not found.compared.differences
    assert not found.inputs


def test_a_library_that_gisplan_was_not_installed_with_is_gone_only_where_it_is_not_there(made, monkeypatch):
    held = read_bundle(made.file)
    fewer = {name: held.about["packages"][name] for name in ("numpy", "pandas")}
    monkeypatch.setattr(verifying, "installed", lambda: fewer)
    about = {**held.about, "packages": fewer}
    libraries = {**held.manifest["libraries"], "no-such-library": "1.0", "": "1.0"}
    other = dataclasses.replace(held, about=about, manifest={**held.manifest, "libraries": libraries})
    found = {one.name: one.now for one in verifying._versions(other, packaged_folder())}
    assert "python-docx" in held.manifest["libraries"]
    assert found == {"no-such-library": "", "": ""}


def test_the_public_gets_no_plan_no_input_and_no_secret(outside):
    _, made = outside
    held = members(made.file)
    assert "plan.toml" not in held
    assert not [name for name in held if name.startswith("inputs/")]
    for secret in (*SECRETS, "H02", "vacant_house.csv"):
        assert not [name for name, content in held.items() if secret.encode() in content]


def test_a_public_bundle_is_checked_by_who_may_see_the_inputs(outside, tmp_path):
    plan, made = outside
    with pytest.raises(InputError) as refused:
        verify(VerifyRequest(bundle=made.file))
    assert [problem.code for problem in refused.value.problems] == ["bundle.no_plan"]
    found = verify(VerifyRequest(bundle=made.file, inputs=plan.parent))
    assert found.whole
    assert found.same_question is True
    assert "data/hub.csv" not in found.hidden
    copy = tmp_path / "v"
    shutil.copytree(plan.parent, copy, ignore=shutil.ignore_patterns("out*", "*.zip"))
    houses = copy / on_disk.PATHS["vacant_house"]
    houses.write_text(houses.read_text("utf-8").replace("秘密の備考H02", "ほかの備考"), "utf-8")
    other = verify(VerifyRequest(bundle=made.file, inputs=copy))
    assert other.same_question is False
    assert not other.inputs
    assert not other.compared.differences
    assert not other.whole


def test_tables_of_other_inputs_are_not_bundled(plan, tmp_path):
    copy = tmp_path / "v"
    shutil.copytree(plan.parent, copy)
    hub = copy / on_disk.PATHS["hub"]
    hub.write_text(hub.read_text("utf-8").replace(",200,", ",201,"), "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        bundle(BundleRequest(plan=copy / "plan.toml"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.values["changed"]) == ("bundle.stale", ["data/hub.csv"])
    assert not list(copy.glob("*.zip"))


def test_tables_that_were_changed_are_not_bundled(plan, tmp_path):
    copy = tmp_path / "v"
    shutil.copytree(plan.parent, copy)
    (copy / "out" / "tables" / "verdicts.csv").write_bytes(b"mine")
    with pytest.raises(ConfigurationError) as refused:
        bundle(BundleRequest(plan=copy / "plan.toml"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.values["files"]) == ("bundle.changed", ["tables/verdicts.csv"])


def test_a_folder_that_was_never_published_is_refused_where_it_is_named(plan, tmp_path):
    for folder, audience in ((tmp_path, None), (plan.parent / "out", "public")):
        with pytest.raises(ConfigurationError) as refused:
            bundle(BundleRequest(plan=plan, published=folder, audience=audience))
        assert [problem.code for problem in refused.value.problems] == ["bundle.unpublished"]


def test_an_interrupted_choice_is_not_bundled(plan, tmp_path):
    copy = tmp_path / "v"
    shutil.copytree(plan.parent, copy)
    told = manifest.read_manifest(copy / "out")
    manifest.write_manifest(copy / "out" / "manifest.json", {**told, "interrupted": True})
    with pytest.raises(ConfigurationError) as refused:
        bundle(BundleRequest(plan=copy / "plan.toml"))
    assert [problem.code for problem in refused.value.problems] == ["bundle.interrupted"]


def test_what_was_not_published_is_computed_on_the_spot(tmp_path, capsys, monkeypatch):
    plan = build(tmp_path / "v", layers={"municipality", "zone", "hub"})
    said = asked(capsys, "bundle", plan.parent, "--with-inputs", monkeypatch=monkeypatch)
    assert (said.code, said.err) == (0, "")
    assert "うち入力 3" in said.out
    path = plan.parent / "bundle-internal-2026-11-01.zip"
    said = asked(capsys, "verify", path, "--language", "en", monkeypatch=monkeypatch)
    assert (said.code, said.out.splitlines()[-1]) == (0, "All is equal.")
    assert not (tmp_path / "v" / "out").exists()


def test_files_outside_the_plan_s_folder_come_along_and_are_found_again(tmp_path):
    few = dict.fromkeys(set(on_disk.PATHS) - {"municipality", "zone", "hub"})
    outer = tmp_path / "shared" / "hubs"
    plan = on_disk.build(
        tmp_path / "v", tail="", **{**few, "hub": f'path = "{outer.as_posix()}/*.csv"',
                                    "zone": 'path = "../shared/zone.gpkg"'},
    )  # fmt: skip
    outer.mkdir(parents=True)
    (plan.parent / on_disk.PATHS["hub"]).rename(outer / "hub.csv")
    (plan.parent / on_disk.PATHS["zone"]).rename(outer.parent / "zone.gpkg")
    publish(plan)
    made = bundle(BundleRequest(plan=plan, with_inputs=True))
    assert {name for name in made.members if name.startswith("inputs/")} == {
        "inputs/hubs/hub.csv", "inputs/shared/zone.gpkg", "inputs/data/municipality.geojson",
    }  # fmt: skip
    shutil.rmtree(outer.parent)
    found = verify(VerifyRequest(bundle=made.file))
    assert found.whole
    assert not found.inputs


def test_what_may_not_be_passed_on_stays_and_is_named(plan, tmp_path, monkeypatch):
    from dataclasses import replace

    real = bundles.read_catalogue

    def barred(folder):
        found = dict(real(folder))
        found["zone"] = replace(
            found["zone"], source=replace(found["zone"].source, redistribute=False, releases=())
        )
        return found

    monkeypatch.setattr(bundles, "read_catalogue", barred)
    made = bundle(BundleRequest(plan=plan, out=tmp_path / "b.zip", with_inputs=True))
    assert made.left_out == {"data/zone.gpkg": "licence"}
    assert "inputs/data/zone.gpkg" not in made.members
    assert "data/zone.gpkg: its terms do not let it be passed on" in members(made.file)["README.txt"].decode()


HOSTILE_PLANS = {
    "postgresql://intruder@example.com/x": "bundle.elsewhere",
    "https://example.com/x.geojson": "bundle.elsewhere",
}


@pytest.mark.parametrize("path", HOSTILE_PLANS)
def test_a_bundle_reaches_no_server(made, tmp_path, path):
    text = members(made.file)["plan.toml"].decode().replace("data/zone.gpkg", path)
    other = rewritten(made.file, tmp_path / "b.zip", **{"plan.toml": text.encode()})
    with pytest.raises((InputError, ConfigurationError)) as refused:
        verify(VerifyRequest(bundle=other))
    assert HOSTILE_PLANS[path] in [problem.code for problem in refused.value.problems]


def test_a_bundle_reads_no_file_outside_its_inputs(made, plan, tmp_path):
    secret = plan.parent / "elsewhere.gpkg"
    shutil.copyfile(plan.parent / on_disk.PATHS["zone"], secret)
    text = members(made.file)["plan.toml"].decode().replace("data/zone.gpkg", secret.as_posix())
    other = rewritten(made.file, tmp_path / "b.zip", **{"plan.toml": text.encode()})
    with pytest.raises(InputError) as refused:
        verify(VerifyRequest(bundle=other))
    assert "file.none" in [problem.code for problem in refused.value.problems]


def test_archives_that_are_no_bundles_are_refused(made, tmp_path):
    held = members(made.file)
    cases = {
        "nothing.zip": ({}, "bundle.none"),
        "other.zip": ({"README.txt": b"x"}, "bundle.none"),
        "list.zip": ({**held, "manifest.json": b"[]"}, "bundle.none"),
        "deep.zip": ({**held, "manifest.json": b"[" * 100_000}, "bundle.none"),
        "outside.zip": ({**held, "inputs/../../x": b"x"}, "sec.zip_path"),
        "absolute.zip": ({**held, "/inputs/x": b"x"}, "sec.zip_path"),
        "bomb.zip": ({**held, "inputs/x": b"\0" * 5_000_000}, "sec.zip_bomb"),
    }
    for name, (content, code) in cases.items():
        write_archive(tmp_path / name, content.items())
        with pytest.raises(InputError) as refused:
            verify(VerifyRequest(bundle=tmp_path / name))
        assert [problem.code for problem in refused.value.problems] == [code], name
    told = json.loads(held["manifest.json"])
    told["plan"]["file"] = "../plan.toml"
    climbing = rewritten(made.file, tmp_path / "c.zip", **{"manifest.json": json.dumps(told).encode()})
    (tmp_path / "text.zip").write_bytes(b"no archive")
    for path, code in (
        (climbing, "bundle.none"), (tmp_path / "text.zip", "file.truncated"), (tmp_path / "no.zip", "file.missing"),
    ):  # fmt: skip
        with pytest.raises(InputError) as refused:
            verify(VerifyRequest(bundle=path))
        assert [problem.code for problem in refused.value.problems] == [code]


def test_a_damaged_bundle_is_refused(made, tmp_path):
    content = bytearray(made.file.read_bytes())
    at = content.index(b"published/tables/verdicts.csv") + 60
    content[at : at + 20] = bytes(20)
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(InputError) as refused:
        verify(VerifyRequest(bundle=tmp_path / "b.zip"))
    assert [problem.code for problem in refused.value.problems] == ["file.corrupt"]


def test_inputs_that_pack_too_well_are_stored_so_that_no_reader_takes_fright(plan, tmp_path):
    copy = tmp_path / "v"
    shutil.copytree(plan.parent, copy, ignore=shutil.ignore_patterns("out*", "*.zip"))
    hub = copy / on_disk.PATHS["hub"]
    hub.write_bytes(hub.read_bytes() + b" " * 3_000_000 + b"\n")
    path = tmp_path / "x.zip"
    write_archive(path, [("inputs/hub.csv", hub)])
    with zipfile.ZipFile(path) as archive:
        (member,) = archive.infolist()
        assert member.compress_type == zipfile.ZIP_STORED
        assert archive.read(member) == hub.read_bytes()
