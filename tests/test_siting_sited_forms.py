"""The indicators of a siting as the forms print them: before with the hubs that stand, after with the chosen ones."""

import numpy as np
import pytest
from siting_line import line

from gisplan.core.words import Text
from gisplan.siting.defence.allocation import allocated
from gisplan.siting.defence.sited_forms import forms_table

TITLES = {"population": Text(ja="人口", en="Population")}


def table(case, chosen):
    found = forms_table(case, allocated(case, np.array(chosen)), titles=TITLES)
    return found.set_index("indicator")


def test_people_within_minutes_before_and_after_with_the_rate_of_increase():
    # A hub stands at 0. 100 people at 5, 60 at 12, 40 at 40; a hub at 40 is chosen.
    case = line([40], [5, 12, 40], weight=[100, 60, 40], layer=["population"] * 3, standing=[0], p=1)
    found = table(case, [0])
    assert found.loc["hub_within/population/10", ["before", "after", "difference", "rate"]].tolist() == [
        100, 140, 40, 40,
    ]  # fmt: skip
    assert found.loc["hub_within/population/15", ["before", "after"]].tolist() == [160, 200]
    assert found.loc["hub_within/population/30", "unit"] == "people"
    assert found.loc["hub_within/population/10", "title_en"] == "Within 10 min of a hub (Population)"
    mean = found.loc["hub_mean_minutes/population"]
    # Before (100·5 + 60·12 + 40·40) / 200 = 14.1; after (100·5 + 60·12) / 200 = 6.1.
    assert mean[["before", "after"]].tolist() == [14.1, 6.1]
    assert mean["rate"] == pytest.approx(56.7)  # (14.1 − 6.1) / 14.1
    assert mean["state"] == "better"


def test_without_hubs_that_stand_before_is_not_assessed_and_not_nobody():
    found = table(line([40], [5, 40], p=1), [0])
    row = found.loc["hub_within/vacant_house/10"]
    assert np.isnan(row["before"])
    assert row["after"] == 1
    assert np.isnan(row["rate"])
    assert (row["state"], row["unit"]) == ("not_assessed", "houses")
    assert "existing" in row["note_en"]
    assert found.loc["hub_mean_minutes/vacant_house", "after"] == 17.5


def test_minutes_beyond_the_cutoff_are_not_assessed():
    import dataclasses

    case = dataclasses.replace(line([0], [0, 9], p=1, cutoff=12.0), cutoff=12.0)
    found = table(case, [0])
    assert found.loc["hub_within/vacant_house/10", "after"] == 2
    assert np.isnan(found.loc["hub_within/vacant_house/15", "after"])
    assert "cutoff, 12 min" in found.loc["hub_within/vacant_house/15", "note_en"]


def test_the_mean_is_of_those_who_reach_a_hub_both_times():
    import dataclasses

    case = line([20], [0, 20], p=1, standing=[4])
    # The home at 20 reaches no hub today.
    case = dataclasses.replace(
        case,
        standing=np.array(["既設", ""], object),
        reach=dataclasses.replace(case.reach, beyond=np.array([4.0, 99.0])),
    )
    found = table(case, [0]).loc["hub_mean_minutes/vacant_house"]
    assert found[["before", "after"]].tolist() == [4, 4]


def test_what_has_no_room_is_not_within():
    case = line(
        [0], [0, 1], weight=[4, 4], p=1, capacity=np.array([5.0]), model="max-coverage", penalty=np.inf
    )
    row = table(case, [0]).loc["hub_within/vacant_house/10"]
    assert row["after"] == 5
    assert "no room" in row["note_en"]
