"""No output without credits: whatever writes a layer refuses one that does not say whose data it is, with the cure."""

from dataclasses import replace

import pytest
import trial_map

from gisplan.core.errors import ConfigurationError
from gisplan.core.words import Text
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.maps import encode, interactive
from gisplan.maps.canvas import block as canvas
from gisplan.maps.credited import refuse_uncredited
from gisplan.maps.described import described
from gisplan.maps.exports import Said, write_geojson, write_kml
from gisplan.maps.layers import write_geopackage

PAGE = trial_map.page()
BARE = replace(PAGE.layers[1], credit=Text(ja=" ", en="　"))
LAYERS = (PAGE.layers[0], BARE)
SAID = Said(notes=(), datum=Text(ja="測地系", en="Datum"), language="ja")
WRITERS = {
    "map": lambda _: interactive.html(replace(PAGE, layers=LAYERS)),
    "block": lambda _: encode.block(BARE),
    "canvas": lambda _: canvas.block(BARE),
    "geopackage": lambda path: write_geopackage(path, LAYERS, crs=trial_map.CRS),
    "database": lambda _: described(
        LAYERS, {}, crs=trial_map.CRS, catalogue=read_catalogue(packaged_folder()), schema='"public"'
    ),
    "geojson": lambda path: write_geojson(path, BARE, SAID),
    "kml": lambda path: write_kml(path, BARE, SAID),
}
"""The project for QGIS and the maps for print are tried in `test_maps_qgis.py` and `test_maps_sheets.py`."""


@pytest.mark.parametrize("name", WRITERS)
def test_a_layer_without_credit_is_written_nowhere(tmp_path, name):
    with pytest.raises(ConfigurationError) as refused:
        WRITERS[name](tmp_path / "out")
    (problem,) = refused.value.problems
    assert (problem.code, problem.place) == ("maps.no_credit", BARE.name)
    assert "[source] credit" in problem.cure.ja
    assert "[source] credit" in problem.cure.en
    assert not list(tmp_path.iterdir())


def test_a_credit_in_one_language_will_do():
    refuse_uncredited([replace(BARE, credit=Text(ja="焼津市", en=""))])
