"""Open `layers.qgz` and `layers.gpkg` of an output folder in QGIS itself, and compare both with `map.html`.

    python scripts/qgis_check.py FOLDER [--picture FILE.png] [--install]

It asks QGIS whether every layer is valid, has the CRS of the plan, the title, group, visibility, order, classes and
colours of the map, and whether the project draws. QGIS is no library that pip installs: on Debian and Ubuntu it is
the package python3-qgis, whose Python (often /usr/bin/python3) this script looks for. It installs that package only
where `--install` asks for it. Exit code: 0 all is equal, 1 something differs, 2 no QGIS.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = "python3-qgis"
PYTHONS = ("/usr/bin/python3", "python3")
BLOCK = re.compile(r'<script type="[^"]+" data-gisplan="[^"]*" data-part="layer">(.*?)</script>', re.DOTALL)
WIDTH, HEIGHT = 1600, 1200
FEWEST_COLOURS = 20
"""Colours that a drawn map has at least; an empty sheet has one."""
LAND = "#ffffff"
"""The land is a white sheet on both; its colour is that of the outline."""

Classes = tuple[tuple[str, str], ...]
"""Label and colour `#rrggbb` of each class, in order; one colour without a label where there are no classes."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one program makes of a layer."""

    name: str
    title: str
    group: str
    visible: bool
    classes: Classes


def main(arguments: Sequence[str]) -> int:
    """Check a folder, in a Python that has QGIS, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, help="an output folder of gisplan, e.g. of `gisplan demo`")
    parser.add_argument("--picture", type=Path, help="where the map that QGIS draws is kept as PNG")
    parser.add_argument("--install", action="store_true", help=f"install {PACKAGE} with apt-get first")
    asked = parser.parse_args(arguments)
    missing = [
        name for name in ("layers.qgz", "layers.gpkg", "map.html") if not (asked.folder / name).is_file()
    ]
    if missing:
        print(f"{asked.folder}: no {', '.join(missing)}; make it with `gisplan run` or `gisplan demo`")
        return 2
    if asked.install:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", PACKAGE], check=True)
    if has_qgis(sys.executable):
        return checked(asked.folder, asked.picture)
    other = next((python for python in PYTHONS if has_qgis(python)), None)
    if other is None:
        print(f"QGIS is missing: no Python here imports qgis.core ({', '.join((sys.executable, *PYTHONS))}).")
        print(f"Install it with `apt-get install {PACKAGE}`, or call this script with --install.")
        return 2
    own = ["--picture", str(asked.picture)] if asked.picture else []
    return subprocess.run([other, __file__, str(asked.folder), *own], check=False).returncode


def has_qgis(python: str) -> bool:
    """Return whether a Python imports QGIS."""
    try:
        found = subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False)
    except OSError:
        return False
    return found.returncode == 0


def checked(folder: Path, picture: Path | None) -> int:
    """Open both files in QGIS, say what differs, and return the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from qgis.core import Qgis, QgsApplication, QgsProject

    running = QgsApplication([], False)
    running.initQgis()
    project = QgsProject.instance()
    if not project.read(str(folder / "layers.qgz")):
        print(f"layers.qgz: QGIS does not read it: {project.error()}")
        return 1
    seen = list(in_project(project))
    told = list(on_map((folder / "map.html").read_text("utf-8")))
    wrong = [*invalid(project), *differing(told, seen), *unstyled(folder, seen)]
    colours = draw(project, picture)
    wrong += [] if colours >= FEWEST_COLOURS else [f"drawn: {colours} colours only"]
    count = len(project.mapLayers())
    print(
        f"QGIS {Qgis.QGIS_VERSION}: {count} layers and tables, {len(seen)} drawn, {len(told)} on the map page,"
    )
    print(f"  CRS {project.crs().authid()}, {colours} colours drawn, {len(wrong)} differences")
    for line in wrong:
        print(f"  {line}")
    project.clear()
    running.exitQgis()
    return 1 if wrong else 0


def on_map(text: str) -> Iterator[Seen]:
    """Yield the layers of a map page, in the order in which they are drawn."""
    blocks = [json.loads(found) for found in BLOCK.findall(text)]
    language = "en" if re.search(r"<html[^>]* lang=\"en\"", text) else "ja"
    for block in sorted(blocks, key=lambda block: block["style"]["order"]):
        classes = tuple((entry["title"][language], entry["colour"]) for entry in block["classes"])
        yield Seen(
            name=block["name"],
            title=block["title"][language],
            group=block["group"][language],
            visible=block["visible"],
            classes=classes
            or (("", LAND if block["look"]["symbol"] == "land" else block["style"]["colour"]),),
        )


def in_project(project: Any) -> Iterator[Seen]:
    """Yield the layers that QGIS draws, in the order in which it draws them."""
    root = project.layerTreeRoot()
    for layer in reversed(root.layerOrder()):
        if not is_drawn_table(layer):
            continue
        node = root.findLayer(layer.id())
        yield Seen(
            name=table_of(layer.source()),
            title=layer.name(),
            group=node.parent().name(),
            visible=node.isVisible(),
            classes=classes_of(layer),
        )


def is_drawn_table(layer: Any) -> bool:
    """Return whether a layer of QGIS draws a table of the GeoPackage: not one without places, and no raster."""
    return bool(layer.providerType() == "ogr" and layer.isSpatial())


def table_of(source: str) -> str:
    """Return the table of a GeoPackage that a layer of QGIS reads."""
    return source.partition("|layername=")[2].partition("|")[0]


def classes_of(layer: Any) -> Classes:
    """Return the classes by which QGIS draws a layer."""
    renderer = layer.renderer()
    if renderer.type() != "categorizedSymbol":
        return (("", renderer.symbol().color().name()),)
    return tuple((one.label(), one.symbol().color().name()) for one in renderer.categories())


def invalid(project: Any) -> Iterator[str]:
    """Yield what QGIS cannot open, and layers that are not in the CRS of the project."""
    for layer in project.mapLayers().values():
        if not layer.isValid():
            yield f"{layer.name()}: not valid ({layer.source()})"
        elif layer.isSpatial() and layer.crs() != project.crs():
            yield f"{layer.name()}: {layer.crs().authid()}, the project {project.crs().authid()}"
        elif is_drawn_table(layer) and layer.featureCount() == 0:
            yield f"{layer.name()}: nothing in it"


def differing(told: Sequence[Seen], seen: Sequence[Seen]) -> Iterator[str]:
    """Yield where QGIS shows another title, group, visibility, class, colour or order than the map page.

    The page draws what lies near the municipality, so that a layer may have fewer classes there; those that it
    has must be the same.
    """
    by_name = {one.name: one for one in seen}
    for one in told:
        other = by_name.get(one.name)
        if other is None:
            yield f"{one.name}: on the map, not in QGIS"
            continue
        for part in ("title", "group", "visible"):
            if getattr(one, part) != getattr(other, part):
                yield f"{one.name}: {part} {getattr(one, part)!r} on the map, {getattr(other, part)!r} in QGIS"
        lacking = [entry for entry in one.classes if entry not in other.classes]
        if lacking:
            yield f"{one.name}: classes {lacking} on the map, {list(other.classes)} in QGIS"
    names = [one.name for one in told if one.name in by_name]
    order = [one.name for one in seen if one.name in set(names)]
    if names != order:
        first = next((pair for pair in zip(names, order, strict=True) if pair[0] != pair[1]), ("", ""))
        yield f"order: {first[0]} on the map where QGIS draws {first[1]}"


def unstyled(folder: Path, seen: Sequence[Seen]) -> Iterator[str]:
    """Yield the layers of the GeoPackage that QGIS, opening it by itself, draws otherwise than the project."""
    from qgis.core import QgsVectorLayer

    by_name: Mapping[str, Seen] = {one.name: one for one in seen}
    place = (folder / "layers.gpkg").resolve()
    with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True)) as file:
        names = [row[0] for row in file.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")]
    for name in names:
        layer = QgsVectorLayer(f"{place}|layername={name}", name, "ogr")
        if not layer.isValid():
            yield f"layers.gpkg {name}: not valid"
        elif name not in by_name:
            yield f"layers.gpkg {name}: not in layers.qgz"
        elif classes_of(layer) != by_name[name].classes:
            yield f"layers.gpkg {name}: {classes_of(layer)}, in layers.qgz {by_name[name].classes}"


def draw(project: Any, picture: Path | None) -> int:
    """Let QGIS draw the first view, keep the picture, and return how many colours it has."""
    from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize
    from qgis.PyQt.QtGui import QColor

    root = project.layerTreeRoot()
    settings = QgsMapSettings()
    settings.setLayers([layer for layer in root.layerOrder() if root.findLayer(layer.id()).isVisible()])
    settings.setDestinationCrs(project.crs())
    settings.setBackgroundColor(QColor("white"))
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setExtent(project.viewSettings().defaultViewExtent())
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    image = job.renderedImage()
    if picture is not None:
        image.save(str(picture))
    step = 4
    return len({image.pixel(x, y) for x in range(0, WIDTH, step) for y in range(0, HEIGHT, step)})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
