"""What the tags of OpenStreetMap mean for a road."""

import pytest

from gisplan.sources.osm_tags import columns_of, minutes_of, passage


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "residential"}, "all"),
        ({"highway": "motorway"}, "car"),
        ({"highway": "footway"}, "foot"),
        ({"highway": "steps"}, "foot"),
        ({"highway": "cycleway"}, "foot"),
        ({"highway": "corridor"}, "foot"),
        ({"highway": "pedestrian", "motor_vehicle": "destination"}, "all"),
        ({"highway": "footway", "access": "yes"}, "foot"),
        ({"highway": "construction"}, "closed"),
        ({"highway": "proposed", "access": "yes"}, "closed"),
        ({"highway": "service", "access": "private"}, "closed"),
        ({"highway": "service", "access": "no", "foot": "yes"}, "foot"),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, "car"),
        ({"highway": "track", "motor_vehicle": "agricultural;forestry"}, "foot"),
        ({"highway": "service", "access": "customers"}, "all"),
        ({"highway": "trunk", "foot": "no"}, "car"),
        ({"highway": "residential", "access": "no;destination"}, "all"),
        ({"route": "ferry", "motor_vehicle": "no"}, "foot"),
    ],
)
def test_who_may_use_a_road(tags, expected):
    assert passage(tags) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"oneway": "yes"}, "1"),
        ({"oneway": "-1"}, "-1"),
        ({"oneway": "reverse"}, "-1"),
        ({"oneway": "no"}, "0"),
        ({}, "0"),
        ({"junction": "roundabout"}, "1"),
        ({"highway": "motorway"}, "1"),
        ({"highway": "motorway", "oneway": "no"}, "0"),
        ({"oneway": "reversible"}, ""),
        ({"oneway": "alternating"}, "0"),
    ],
)
def test_the_direction_of_a_road(tags, expected):
    found = columns_of([{"highway": "road"} | tags], lines=True)
    assert found.table["oneway"].to_list() == [expected]
    assert ("osm.odd" in {doubt.code for doubt in found.doubts}) == (expected == "")


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [("00:25", "25"), ("1:30", "90"), ("00:02:30", "2.5"), ("PT25M", "25"), ("PT1H30M", "90"), ("P1DT1H", "1500"),
     ("25", "25"), ("25 min", "25"), ("10 minutes", "10"),
     ("PT10M", "10"), ("00:10", "10"), ("0", ""), ("00:00", ""), ("half an hour", ""), ("", ""), ("PT", "")],
)  # fmt: skip
def test_durations_are_minutes(duration, minutes):
    assert minutes_of(duration) == minutes


def test_a_ferry_whose_time_cannot_be_read_is_told():
    found = columns_of([{"route": "ferry", "duration": "soon"}], lines=True)
    assert found.table["minutes"].to_list() == [""]
    assert [doubt.values for doubt in found.doubts] == [{"rows": 1, "values": ["duration=soon 1"]}]


def test_bridges_and_tunnels_without_a_layer_meet_nothing_below():
    roads = [
        {"highway": "road", "bridge": "yes"},
        {"highway": "road", "bridge": "yes", "layer": "2"},
        {"highway": "road", "tunnel": "yes"},
        {"highway": "road", "tunnel": "building_passage"},
        {"highway": "road", "bridge": "no"},
    ]
    found = columns_of(roads, lines=True)
    assert found.table["layer"].to_list() == ["1", "2", "-1", "", ""]
    assert found.doubts[0].values == {"oneway": 0, "layers": 2}


def test_speeds_by_direction_stand_together():
    found = columns_of([{"highway": "road", "maxspeed:forward": "40", "maxspeed:backward": "50"}], lines=True)
    assert found.table["maxspeed"].to_list() == ["40;50"]


@pytest.mark.parametrize(
    ("tags", "closed"),
    [
        ({"access:conditional": "no @ (Dec-Mar)"}, True),
        ({"motor_vehicle:conditional": "no @ (Nov 15-Apr 30)"}, True),
        ({"motor_vehicle:conditional": "no @ winter"}, True),
        ({"vehicle:conditional": "no @ (Dec,Jan,Feb)"}, True),
        ({"access:conditional": "yes @ (May-Oct); no @ (Nov-Apr)"}, True),
        ({"seasonal": "summer"}, True),
        ({"winter_road": "no"}, True),
        ({"access:conditional": "no @ (Apr-Sep)"}, False),
        ({"access:conditional": "no @ (Mo-Fr 07:30-08:30)"}, False),
        ({"access:conditional": "no @ (Jan 20:00-06:00)"}, False),
        ({"access:conditional": "destination @ (Dec-Mar)"}, False),
        ({"seasonal": "yes"}, False),
        ({}, False),
    ],
)
def test_roads_closed_in_winter(tags, closed):
    found = columns_of([{"highway": "unclassified"} | tags], lines=True).table
    assert found["winter_closed"].to_list() == ["true" if closed else ""]


@pytest.mark.parametrize(
    ("tags", "open_to_bicycles"),
    [
        ({"highway": "residential"}, "true"),
        ({"highway": "trunk"}, "true"),
        ({"highway": "trunk", "motorroad": "yes"}, "false"),
        ({"highway": "motorway_link"}, "false"),
        ({"highway": "cycleway"}, "true"),
        ({"highway": "footway"}, "false"),
        ({"highway": "footway", "bicycle": "yes"}, "true"),
        ({"highway": "pedestrian", "bicycle": "dismount"}, "false"),
        ({"highway": "steps", "bicycle": "yes"}, "false"),
        ({"highway": "service", "access": "private"}, "false"),
        ({"highway": "service", "access": "private", "bicycle": "yes"}, "true"),
        ({"highway": "residential", "motor_vehicle": "no"}, "true"),
        ({"highway": "construction"}, "false"),
    ],
)
def test_where_bicycles_may_be_ridden(tags, open_to_bicycles):
    assert columns_of([tags], lines=True).table["bicycle"].to_list() == [open_to_bicycles]


@pytest.mark.parametrize(
    ("tags", "both"),
    [
        ({"oneway:bicycle": "no"}, "true"),
        ({"cycleway": "opposite"}, "true"),
        ({"cycleway:left": "opposite_lane"}, "true"),
        ({"cycleway": "lane"}, ""),
        ({}, ""),
    ],
)
def test_bicycles_excepted_from_a_one_way_sign(tags, both):
    found = columns_of([{"highway": "residential", "oneway": "yes"} | tags], lines=True).table
    assert (found["oneway"].to_list(), found["bicycle_both_ways"].to_list()) == (["1"], [both])


@pytest.mark.parametrize(
    ("tags", "toll"),
    [({"toll": "yes"}, "true"), ({"toll": "no"}, "false"), ({"toll:motorcar": "yes"}, "true"),
     ({"barrier": "toll_booth"}, "true"), ({}, "")],
)  # fmt: skip
def test_tolls(tags, toll):
    assert columns_of([{"highway": "trunk"} | tags], lines=True).table["toll"].to_list() == [toll]


def test_the_tags_that_tell_the_class_of_the_law_are_columns():
    road = {"highway": "trunk", "ref": "3", "official_name": "一般国道3号", "surface": "asphalt"}
    found = columns_of([road], lines=True).table.iloc[0]
    assert {key: found[key] for key in road} == road
