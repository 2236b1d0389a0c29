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
     ("25", "25"), ("25 min", "25"), ("0", ""), ("00:00", ""), ("half an hour", ""), ("", ""), ("PT", "")],
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
