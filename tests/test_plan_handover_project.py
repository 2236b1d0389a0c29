"""layers.qgz of a plan: beside its GeoPackage, naming nothing that is not in there, for whom it is."""

import zipfile
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from village import on_disk
from village.on_disk import HOUSES, OPEN_HOUSES, SECRETS

from gisplan.plan.run import Request, run


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return on_disk.build(tmp_path_factory.mktemp("village"))


@pytest.fixture(scope="module", params=["internal", "public"])
def outcome(request, plan):
    out = plan.parent / f"out-{request.param}"
    return run(Request(plan=plan, out=out, parts=("check",), outputs=("geopackage",), audience=request.param))


@pytest.fixture
def text(outcome):
    with zipfile.ZipFile(outcome.folder / "layers.qgz") as archive:
        return archive.read("layers.qgs").decode()


def test_it_lies_beside_the_geopackage_and_in_the_manifest(outcome):
    assert {"layers.gpkg", "layers.qgz"} <= set(outcome.manifest["outputs"])


def test_it_names_what_the_geopackage_holds_and_nothing_else(outcome, text):
    root = ET.fromstring(text.partition("\n")[2])  # noqa: S314 (our own file)
    named = {one.text.partition("|layername=")[2] for one in root.iter("datasource")}
    assert named == {str(name) for name, _ in pyogrio.list_layers(outcome.folder / "layers.gpkg")} - {
        "layer_styles"
    }
    assert {"verdicts", "vacant_house", "hub"} <= named
    inside = [name for name in ("house_counts", "double_listings") if name in named]
    assert bool(inside) is (outcome.plan.audience == "internal")


def test_it_says_for_whom_it_is_and_tells_no_secret(outcome, text):
    assert "本図は参考です" in text
    assert ("公開用。同意のない空家等 5 件は含めていません" in text) is (outcome.plan.audience == "public")
    assert not [secret for secret in (*SECRETS, *(set(HOUSES) - set(OPEN_HOUSES))) if secret in text]


def test_it_names_no_place_of_this_machine(outcome, text):
    assert str(outcome.folder.parent) not in text
    assert "http" not in text.replace("http://mrcc.com/qgis.dtd", "")
