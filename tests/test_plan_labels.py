"""Every code word of the result tables is called something, in both languages."""

import pandas as pd
import pytest
from village import on_disk

from gisplan.core.tables import contract
from gisplan.layers.catalogue import read_catalogue
from gisplan.plan.labels import labels_of
from gisplan.plan.picture import page_of
from gisplan.plan.release import release
from gisplan.plan.run import Request, run

CODES = {
    "verdicts": ("layer", "zone", "area_division", "use", "verdict"),
    "provision": ("zone",),
    "nesting": ("verdict",),
    "links": ("direction",),
    "coverage": ("layer", "to", "unit"),
    "curves": ("layer", "to", "unit"),
    "siting": ("verdict", "model", "ended"),
    "siting_sites": ("layer", "state", "verdict"),
    "terrain": ("layer",),
    "findings": ("layer", "severity", "verdict"),
    "house_counts": ("kind", "source"),
    "double_listings": ("sources", "by"),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    plan = on_disk.build(tmp_path_factory.mktemp("village"))
    return run(Request(plan=plan, out=None, houses=True)).results


def test_labels_are_of_columns_that_are_there():
    for table, columns in labels_of(read_catalogue()).items():
        known = {column.name for column in contract(table).columns}
        assert set(columns) <= known, table


def test_a_catalogue_of_few_layers_is_enough():
    labels = labels_of({})
    assert labels["verdicts"]["use"] == {}
    assert labels["links"]["direction"]["to_hub"].ja == "ICから拠点へ"


def test_every_code_of_a_run_has_its_word(results):
    labels = labels_of(results.atlas.catalogue)
    for table, columns in CODES.items():
        for column in columns if table in results.tables else ():
            values = {value for value in results.tables[table][column] if value}
            # What no layer of the catalogue names is the name of a file or a part of the plan.
            missing = values - set(labels[table][column])
            assert not missing or table == "findings", (table, column, missing)


def test_the_page_lists_the_gravest_findings_first(results):
    released = release(results, audience="internal")
    page = page_of(results, released, ())
    shown = next(sheet for sheet in page.sheets if sheet.name == "findings").ja
    assert list(shown["severity"]) == sorted(shown["severity"])
    assert isinstance(shown.index, pd.RangeIndex)


def test_the_reason_is_one_row_and_an_empty_area_is_outside(results):
    from gisplan.plan.picture import layers_of

    hub = next(
        layer for layer in layers_of(results, release(results, audience="internal")) if layer.name == "hub"
    )
    titles = [title.ja for _, title in hub.popup]
    assert titles.count("理由") == 1
    assert not [title for title in titles if "英" in title]
    reasons = hub.labels["judged_reason_ja"]
    assert reasons
    assert all(text.ja == ja and text.en != ja for ja, text in reasons.items())
    assert hub.labels["judged_promotion_area"][""].ja == "区域外"
    assert set(hub.optional) == {"judged_max_floor_area", "judged_max_storey", "judged_zone_share"}
    assert titles[:2] == ["判定", "理由"], "the answer stands first"
    assert set(hub.answers) == {"judged_verdict"}
    assert hub.percent == ("judged_zone_share",)
