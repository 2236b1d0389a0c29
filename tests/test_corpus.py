"""The corpus of bad inputs: every file of it gets its class and a message with code, place and cure.

Class and code are those of the corpus itself; the cases that have no file are in `test_corpus_recipes.py`.
"""

import re

import pytest
import shapely
from conftest import missing
from corpus_cases import ELSEWHERE, STOPS, TOWN, layer_of, reading, rows_of

pytestmark = pytest.mark.real

QUIET = {"B037", "B071", "B115", "B125"}
"""Cases that are simply right: a ring the other way round, an address never asked, texts that are only texts.

What a formula becomes is told where it is written, in `test_plan_outgoing.py`.
"""

STOPS_FOR_MORE = {"dup_id.csv": {"id.duplicate"}, "gj_bowtie.geojson": {"geom.changed"}}
"""Files that go on for the fault of their case, and stop for another one that they hold as well.

A row with the same id and other content; a bow-tie whose repair changes its area by more than one percent.
"""

ALL_REFUSED = {"gj_spike.geojson"}
"""The only row is refused, and that is told; the layer is then not assessed."""

NAMES = {
    "enc_cp932.csv": ("address", ["長野県塩尻市大門七番町"]),
    "enc_eucjp.csv": ("address", ["長野県塩尻市大門七番町"]),
    "enc_5c.csv": ("address", ["十表能ソ"]),
    "formula.csv": ("id", ["=cmd|' /C calc'!A0"]),
    "shp_cp932_nocpg": ("name", ["区域一", "表示十能"]),
    "shp_wrongcpg": ("name", ["区域一", "表示十能"]),
    "shp_noshx": ("name", ["区域一", "表示十能"]),
    "zip_cp932names.zip": ("name", ["区域一", "表示十能"]),
    "gj_script.geojson": ("name", ["</script><script>alert(1)</script>{{7*7}}{%x%}"]),
}
"""The texts that only the right encoding gives, and texts that could run and must stay as they are."""


@pytest.fixture(scope="module")
def corpus(real_data):
    """Return the folder of bad inputs, which lies beside the real data."""
    folder = real_data.parent / "corpus"
    if not (folder / "bad_inputs.csv").is_file():
        missing("the corpus of bad inputs is not beside the real data")
    return folder


def path_of(corpus, name):
    path = corpus / "bad" / name
    return path / f"{name}.shp" if path.is_dir() else path


def pytest_generate_tests(metafunc):
    """Make a test of every file that the corpus names; none where it is not there."""
    if "case" in metafunc.fixturenames:
        from conftest import ROOT

        corpus = ROOT.parent / "shared" / "corpus"
        rows = rows_of(corpus) if corpus.is_dir() else []
        cases = [(row, name) for row in rows for name in row["files in bad/"].split()]
        metafunc.parametrize("case", cases, ids=[f"{row['id']}-{name}" for row, name in cases])


def test_every_file_of_the_corpus_is_a_case(corpus):
    named = {name for row in rows_of(corpus) for name in row["files in bad/"].split()}
    # secret.csv is what the hostile descriptions point at.
    assert named == {path.name for path in (corpus / "bad").iterdir()} - {"secret.csv"}


def test_a_case_ends_as_the_corpus_says(corpus, tmp_path, case):
    row, name = case
    found = reading(tmp_path, path_of(corpus, name), layer_of(name), town=ELSEWHERE.get(name, TOWN))
    if name in STOPS_FOR_MORE:
        assert found.codes == STOPS_FOR_MORE[name]
    else:
        assert found.stopped == (row["class"] in STOPS and name not in ALL_REFUSED), found.said
    if row["id"] in QUIET:
        assert not found.stopped
    elif name not in STOPS_FOR_MORE or row["code"] in STOPS_FOR_MORE[name]:
        assert row["code"] in found.codes
    for code, place, what, cure in found.said:
        assert re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9.]+", code)
        assert place.strip()
        assert what.ja != what.en
        assert cure.ja != cure.en
        assert not re.search(r"\?[a-z_]", what.ja + what.en + cure.ja + cure.en)
    # Rows are counted, whatever becomes of them.
    for one in found.atlas.layers[layer_of(name)].readings if found.atlas else ():
        assert one.read == one.kept + one.mended + one.refused


def test_texts_are_read_right(corpus, tmp_path):
    for name, (column, texts) in NAMES.items():
        found = reading(tmp_path, path_of(corpus, name), layer_of(name))
        assert list(found.atlas.layers[layer_of(name)].table[column]) == texts


@pytest.mark.parametrize(("name", "candidate"), [("shp_noprj", "EPSG:6668"), ("shp_badprj", "EPSG:6668")])
def test_what_is_asked_for_can_be_answered(corpus, tmp_path, name, candidate):
    path = path_of(corpus, name)
    asked = reading(tmp_path, path, "neighbourhood")
    assert any(candidate in cure.ja for *_, cure in asked.said)
    answered = reading(tmp_path, path, "neighbourhood", crs=candidate)
    assert len(answered.atlas.layers["neighbourhood"].table) == 2


@pytest.mark.parametrize("name", ["shp_xyswap", "gj_swapped.geojson"])
def test_exchanged_axes_are_mended_by_one_line(corpus, tmp_path, name):
    path, layer = path_of(corpus, name), layer_of(name)
    asked = reading(tmp_path, path, layer)
    assert any('axes = "yx"' in cure.ja for *_, cure in asked.said)
    answered = reading(tmp_path, path, layer, axes="yx")
    assert len(answered.atlas.layers[layer].table) > 0


def test_the_member_that_is_asked_for_can_be_named(corpus, tmp_path):
    found = reading(tmp_path, path_of(corpus, "zip_two.zip"), "neighbourhood", table="shp_cp932_nocpg")
    assert list(found.atlas.layers["neighbourhood"].table["name"]) == ["区域一", "表示十能"]


def test_the_old_datum_is_moved_to_the_new_one(corpus, tmp_path):
    """The file was made from the other by three parameters; its numbers alone would lie 446 m away."""
    files = [("shp_cp932_nocpg", ""), ("shp_tokyo", ""), ("shp_tokyo", "EPSG:6668")]
    tables = [
        reading(tmp_path, path_of(corpus, name), "neighbourhood", crs=crs).atlas.layers["neighbourhood"].table
        for name, crs in files
    ]
    here, moved, unmoved = (shapely.centroid(table.geometry.to_numpy()[0]) for table in tables)
    assert shapely.distance(here, moved) < 0.1
    assert shapely.distance(here, unmoved) == pytest.approx(446, abs=8)
