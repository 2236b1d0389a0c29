"""Who is served by which hub, by layer and neighbourhood; every sum by hand."""

import dataclasses

import numpy as np
import pytest
from siting_line import line

from gisplan.siting.defence.allocation import NOBODY, STANDING, allocated, outcome
from gisplan.siting.defence.served import served_by, served_table

BOTH = np.array([0, 1])


def table(case, chosen=BOTH, *, areas=None, minutes=2.0):
    return served_table(case, allocated(case, chosen), minutes=minutes, areas=areas)


def test_each_hub_has_the_demand_nearest_to_it_with_its_minutes():
    found = table(line([0, 10], [0, 1, 4, 10], weight=[1, 2, 3, 4])).set_index("id")
    first = found.loc["s0"]
    assert (first["demand"], first["share"]) == (6, 0.6)
    assert first["mean_minutes"] == pytest.approx((0 + 2 * 1 + 3 * 4) / 6)
    assert (first["longest_minutes"], first["within"]) == (4, 3)
    assert first["within_share"] == pytest.approx(0.5)
    assert first["unit"] == "houses"
    assert found.loc["s1", "mean_minutes"] == 0
    assert (found["kind"] == "chosen").all()
    assert list(found.index) == ["s0", "s1"]  # who serves most stands first


def test_what_stands_already_and_nobody_have_rows_of_their_own():
    case = line([0], [0, 8, 30], p=1, standing=[10])
    case = dataclasses.replace(
        case,
        standing=np.array(["既設", "既設", ""], object),
        reach=dataclasses.replace(case.reach, beyond=np.array([10.0, 2.0, 99.0]), start=np.array([0, 1, 1, 1]),
                                  candidate=np.array([0], np.int32), minutes=np.array([0.0])),
    )  # fmt: skip
    found = table(case, np.array([0]))
    assert list(found["kind"]) == ["chosen", "standing", "nobody"]
    assert list(found["name"]) == ["地0", "既設", ""]
    assert found["mean_minutes"][1] == 2
    # Nobody is no hub 99 minutes away: that is the penalty of the model.
    assert found.loc[2, ["mean_minutes", "longest_minutes", "within"]].isna().all()
    told = outcome(case, allocated(case, np.array([0])), minutes=2.0)
    assert told.share == pytest.approx(2 / 3)
    assert told.nobody == pytest.approx(1 / 3)
    assert (told.mean, told.longest) == (1, 2)


def test_what_a_competing_place_serves_is_no_success_of_the_plan():
    case = line([0], [0, 8], p=1, standing=[8])
    case = dataclasses.replace(
        case, standing=np.array(["", ""], object), competing=np.array(["他社", "他社"], object)
    )
    found = table(case, np.array([0]))
    assert list(found["kind"]) == ["chosen", "competing"]
    assert np.isnan(found["within"][1])
    told = outcome(case, allocated(case, np.array([0])), minutes=2.0)
    assert (told.share, told.nobody) == (0.5, 0)


def test_layers_and_neighbourhoods_are_told_apart_and_each_sums_to_all():
    layer = ["vacant_house", "vacant_house", "population", "population"]
    case = line([0, 10], [0, 10, 1, 9], weight=[1, 1, 50, 70], layer=layer)
    found = table(case, areas=np.array(["東", "西", "東", ""], object))
    assert found.groupby(["layer", "area"])["demand"].sum().to_dict() == {
        ("population", ""): 120, ("population", "東"): 50,
        ("vacant_house", ""): 2, ("vacant_house", "東"): 1, ("vacant_house", "西"): 1,
    }  # fmt: skip
    assert found.groupby(["layer", "area"])["share"].sum().to_numpy() == pytest.approx(1)
    assert set(found["unit"]) == {"houses", "people"}


def test_capacities_split_a_demand_between_hubs_and_nobody():
    case = line([0, 1], [0], weight=[10], capacity=np.array([6.0, 3.0]), model="max-coverage")
    each = served_by(case, allocated(case, BOTH))
    assert each.set_index("hub")["weight"].to_dict() == pytest.approx({"s0": 6, "s1": 3, "": 1})
    assert each["share"].sum() == pytest.approx(1)
    assert (each["id"] == "d0").all()


def test_the_frame_for_a_map_has_one_row_a_demand():
    case = line([0, 10], [0, 1, 10])
    each = served_by(case, allocated(case, BOTH))
    assert list(each["hub"]) == ["s0", "s0", "s1"]
    assert list(each["minutes"]) == [0, 1, 0]
    assert list(each["weight"]) == [1, 1, 1]


def test_weights_of_layers_in_the_case_do_not_change_how_many_are_told():
    case = line([0, 10], [0, 10], weight=[1, 1])
    heavy = dataclasses.replace(case, reach=dataclasses.replace(case.reach, weight=np.array([1.0, 500.0])))
    assert list(table(heavy)["demand"]) == [1, 1]


def test_before_the_first_hub_all_have_what_stands_or_nobody():
    none = np.array([], dtype=np.int64)
    assert set(allocated(line([0], [0, 9]), none).hub) == {NOBODY}
    assert set(allocated(line([0], [0, 9], standing=[5]), none).hub) == {STANDING}
    held = line([0], [0, 9], capacity=np.array([1.0]))
    assert set(allocated(held, none).hub) == {NOBODY}


def test_minutes_that_a_hazard_adds_weigh_in_the_choice_and_are_no_travel_time():
    case = line([0, 10], [0, 4, 10])
    candidates = dataclasses.replace(case.candidates, penalty=np.array([3.0, 0.0]))
    added = np.where(case.reach.candidate == 0, 3.0, 0.0)
    minutes = case.reach.minutes + added
    order = np.lexsort((minutes, np.repeat(np.arange(3), 2)))
    reach = dataclasses.replace(case.reach, minutes=minutes[order], candidate=case.reach.candidate[order])
    found = allocated(dataclasses.replace(case, candidates=candidates, reach=reach), BOTH)
    # The home at 4 goes to 10, as six minutes are less than 4 + 3; that at 0 is there at once.
    assert list(found.minutes) == [0, 6, 0]
    assert list(found.hub) == [0, 1, 1]
