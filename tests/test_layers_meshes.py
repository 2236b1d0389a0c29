"""Cells of 100 m are not read as 250 m, and cells that lie in others are told."""
# ruff: noqa: PD011 (the values of a doubt are no data frame)

import numpy as np
import pandas as pd

from gisplan.core.words import LayerEntry
from gisplan.layers.catalogue import packaged_folder, read_catalogue
from gisplan.layers.located import located
from gisplan.layers.meshes import doubtful_tens, nested
from gisplan.sources.raw import File, Raw

SPEC = next(spec for spec in read_catalogue(packaged_folder()).values() if spec.source.reader == "mesh")


def series(*texts):
    return pd.Series(list(texts), dtype=object)


def test_ten_digits_of_a_tenth_are_no_quarters():
    assert doubtful_tens(series("5238224500", "5238224511", "52382245")).tolist() == [True, True, False]
    assert not doubtful_tens(series("5238224511", "5238224544")).any()


def test_one_slip_of_the_pen_does_not_condemn_a_long_column():
    long = [f"523822{i % 100:02d}11" for i in range(200)]
    assert not doubtful_tens(series(*long, "5238224591")).any()


def test_the_rows_of_such_a_column_are_refused_with_the_reason():
    table = pd.DataFrame({"id": ["5238224512", "5238224590", "52382246"]}, dtype=object)
    raw = Raw(
        file=File(path=None, name="a.csv", driver="csv", sha256="", size=1), table=table, geometry=None,
        rows=np.arange(2, 5), mended=np.zeros(3, dtype=bool),
    )  # fmt: skip
    places = located(raw, table, SPEC, LayerEntry(layer=SPEC.name, path=("a.csv",))).places
    assert {row.row: row.code for row in places.refused} == {2: "code.mesh_100m", 3: "code.mesh_100m"}
    assert [shape is None for shape in places.points] == [True, True, False]


def test_a_cell_in_another_cell_counts_its_people_twice():
    (doubt,) = nested(series("52382245", "523822451", "5238224521", "52382246"), SPEC)
    assert doubt.code == "mesh.levels"
    assert doubt.values["rows"] == 2
    assert doubt.values["examples"] == ["523822451 ⊂ 52382245", "5238224521 ⊂ 52382245"]


def test_sizes_side_by_side_are_no_doubt():
    assert nested(series("52382245", "523822461"), SPEC) == ()
