"""Trips by timetable, round by round, held against a graph with a node for every event."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from small_timetable import seconds, timetable

from gisplan.network.raptor import Question, Ways, World, rides
from gisplan.network.timetable import changes_of, foot_changes, lines_of, stops_of

SLACK = 60
FAR = 7200


def ways(rows, count):
    """Return ways on foot from rows of (from, to, seconds), sorted."""
    rows = sorted({(start, end): takes for start, end, takes in rows}.items())
    first = np.searchsorted([start for (start, _), _ in rows], np.arange(count + 1)).astype(np.int64)
    other = np.array([end for (_, end), _ in rows], dtype=np.int32)
    return Ways(first, other, np.array([takes for _, takes in rows], dtype=np.int32))


def changes(held, walked, *, slack=SLACK):
    """Return the changes between the stops of some timetables, those of the feeds included."""
    columns = np.array(walked, dtype=np.int64).reshape(-1, 3).T
    count = len(stops_of(held).used)
    found = foot_changes(tuple(columns), changes_of(held), change_seconds=slack, stops=count)
    return Ways(*found)


def asked(start, *, count=1, step=60, longest=FAR, most=4, ranks=(0,)):
    """Return a question."""
    return Question(start, step, count, longest, most, np.array(ranks, dtype=np.int64))


def answer(held, access, egress, question, *, walked=(), slack=SLACK, destinations=1):
    """Return seconds and rides of one origin to each destination at each rank."""
    count = len(stops_of(held).used)
    world = World(
        lines_of(held), changes(held, walked, slack=slack),
        ways([(0, stop, takes) for stop, takes in access], 1), ways(egress, count), question,
    )  # fmt: skip
    found, boarded, _ = rides(world, destinations)
    return found[0], boarded[0]


SAMPLE = timetable(
    [
        [("AIR", seconds("8:00"), seconds("8:00")), ("BUL", seconds("8:10"), seconds("8:10"))],
        [("BUL", seconds("8:20"), seconds("8:20")), ("FUR", seconds("9:20"), seconds("9:20"))],
    ],
    stops=["AIR", "BUL", "FUR"],
)


def test_the_airport_to_furnace_creek_takes_80_minutes_with_one_change():
    found, boarded = answer([SAMPLE], [(0, 0)], [(2, 0, 0)], asked(seconds("8:00")))
    assert (found[0, 0], boarded[0, 0]) == (80 * 60, 2)


def test_a_change_that_takes_longer_than_the_wait_is_missed():
    found, _ = answer([SAMPLE], [(0, 0)], [(2, 0, 0)], asked(seconds("8:00")), slack=601)
    assert found[0, 0] == -1
    found, _ = answer([SAMPLE], [(0, 0)], [(2, 0, 0)], asked(seconds("8:00")), slack=600)
    assert found[0, 0] == 80 * 60


def test_the_first_wait_counts_and_the_percentiles_are_those_of_the_departures():
    # Of 07:51 … 08:00 the trip takes 89, 88 … 80 minutes: half of the departures need no more than 84.
    window = asked(seconds("7:51"), count=10, ranks=(0, 4, 9))
    found, _ = answer([SAMPLE], [(0, 0)], [(2, 0, 0)], window)
    assert (found[:, 0] // 60).tolist() == [80, 84, 89]
    # One minute more of walking, and who leaves at 08:00 misses the bus: unreached at the last rank.
    found, _ = answer([SAMPLE], [(0, 60)], [(2, 0, 0)], window)
    assert found[:, 0].tolist() == [81 * 60, 85 * 60, -1]


def test_rides_and_minutes_have_a_limit():
    assert answer([SAMPLE], [(0, 0)], [(2, 0, 0)], asked(seconds("8:00"), most=1))[0][0, 0] == -1
    assert answer([SAMPLE], [(0, 0)], [(2, 0, 0)], asked(seconds("8:00"), longest=79 * 60))[0][0, 0] == -1


def test_a_feed_may_rule_a_change_out_or_tell_what_it_takes():
    def with_change(takes):
        more = {"change_from": [1], "change_to": [1], "change_seconds": [takes]}
        return timetable(
            [[("AIR", 0, 0), ("BUL", 600, 600)], [("BUL", 630, 630), ("FUR", 900, 900)]],
            stops=["AIR", "BUL", "FUR"],
            **{name: np.array(value, dtype=np.int32) for name, value in more.items()},
        )

    def takes(held):
        return answer([held], [(0, 0)], [(2, 0, 0)], asked(0))[0][0, 0]

    assert takes(with_change(60)) == -1
    assert takes(with_change(30)) == 900
    assert takes(with_change(-1)) == -1


def test_two_feeds_join_on_foot():
    bus = timetable([[("a", 0, 0), ("b", 600, 600)]], stops=["a", "b"])
    rail = timetable([[("p", 900, 900), ("q", 1200, 1200)]], stops=["p", "q"], feed="rail.zip")
    found, boarded = answer([bus, rail], [(0, 0)], [(3, 0, 30)], asked(0), walked=[(1, 2, 200)])
    assert (found[0, 0], boarded[0, 0]) == (1230, 2)
    found, _ = answer([bus, rail], [(0, 0)], [(3, 0, 30)], asked(0), walked=[(1, 2, 241)])
    assert found[0, 0] == -1


def test_a_faster_trip_that_overtakes_is_another_line():
    slow = [("a", 0, 0), ("b", 900, 900), ("c", 1800, 1800)]
    fast = [("a", 300, 300), ("b", 600, 600), ("c", 800, 800)]
    held = timetable([slow, fast], stops=["a", "b", "c"])
    assert lines_of([held]).trips.tolist() == [1, 1]
    assert answer([held], [(0, 0)], [(2, 0, 0)], asked(0))[0][0, 0] == 800


def test_no_trips_and_no_stops_are_no_crash():
    none = timetable([], stops=[])
    found, _ = answer([none], [], [], asked(0))
    assert found.tolist() == [[-1]]


@st.composite
def feeds_of(draw, number):
    """Return the timetable of a feed: crowded, so that trips meet, overtake and are missed by seconds."""
    stops = [f"{number}{letter}" for letter in "abcd"[: draw(st.integers(2, 4))]]
    trips = []
    for _ in range(draw(st.integers(1, 8))):
        clock = draw(st.integers(0, 30)) * 30
        trip = []
        for stop in draw(st.permutations(stops))[: draw(st.integers(2, len(stops)))]:
            clock += draw(st.integers(0, 6)) * 30
            leaves = clock + draw(st.sampled_from([0, 0, 30, 90]))
            trip.append((stop, clock, leaves))
            clock = leaves
        trips.append(trip)
    count = sum(map(len, trips))
    able = st.lists(st.sampled_from([True] * 7 + [False]), min_size=count, max_size=count)
    flags = {name: np.array(draw(able), dtype=bool) for name in ("boards", "alights")}
    change = st.tuples(st.sampled_from(stops), st.sampled_from(stops), st.sampled_from([-1, 0, 45, 300]))
    return timetable(trips, stops=stops, changes=draw(st.lists(change, max_size=2)), **flags)


@st.composite
def cases(draw):
    """Return timetables of one or two feeds, ways on foot, and a window."""
    feeds = [draw(feeds_of(number)) for number in range(draw(st.integers(1, 2)))]
    stops = sum(len(held.stop) for held in feeds)
    place, takes = st.integers(0, stops - 1), st.integers(0, 240)
    rows = draw(st.lists(st.tuples(place, place, takes), max_size=6))
    walked = [(*pair, way) for pair, way in {row[:2]: row[2] for row in rows if row[0] != row[1]}.items()]
    near = st.dictionaries(place, takes, min_size=1, max_size=2)
    access, egress = (list(draw(near).items()) for _ in range(2))
    window = {
        "start": draw(st.integers(0, 500)),
        "count": draw(st.integers(1, 6)),
        "most": draw(st.integers(1, 4)),
        "longest": draw(st.sampled_from([600, 1500, FAR])),
    }
    return feeds, walked, access, [(stop, 0, way) for stop, way in egress], window


def calls_of(feeds):
    """Return every call: its trip, place in it, stop, arrival, departure, and whether one boards and alights."""
    found, first, trip = [], 0, 0
    for held in feeds:
        for begin, end in zip(held.first_call, held.first_call[1:], strict=False):
            for at in range(begin, end):
                flags = bool(held.boards[at]), bool(held.alights[at])
                times = int(held.arrival[at]), int(held.departure[at])
                found.append((trip, at - begin, int(held.stop_of[at]) + first, *times, *flags))
            trip += 1
        first += len(held.stop)
    return found


def events(calls, between, egress, most):
    """Return a graph of all events, by number of rides: leaving, coming, and the end."""
    graph = nx.DiGraph()
    graph.add_node("end")
    by_place = {call[:2]: call for call in calls}
    for ride in range(1, most + 1):
        for trip, place, stop, come, leave, boards, alights in calls:
            after = by_place.get((trip, place + 1))
            if after is not None:
                graph.add_edge(
                    ("come", trip, place, ride), ("come", *after[:2], ride), weight=after[3] - come
                )
                if boards:
                    graph.add_edge(
                        ("leave", trip, place, ride), ("come", *after[:2], ride), weight=after[3] - leave
                    )
            for end, _, way in egress:
                if alights and end == stop:
                    graph.add_edge(("come", trip, place, ride), "end", weight=way)
            for other in calls:
                takes = between.get((stop, other[2]))
                if alights and other[5] and takes is not None and come + takes <= other[4]:
                    graph.add_edge(
                        ("come", trip, place, ride), ("leave", *other[:2], ride + 1), weight=other[4] - come
                    )
    return graph


def slow(feeds, walked, access, egress, *, start, count, most, longest):
    """Return the seconds of every departure by Dijkstra on a graph of all events."""
    ways_between, calls = changes(feeds, walked), calls_of(feeds)
    between = {
        (stop, int(ways_between.other[at])): int(ways_between.seconds[at])
        for stop in range(len(ways_between.first) - 1)
        for at in range(ways_between.first[stop], ways_between.first[stop + 1])
    }
    graph, found = events(calls, between, egress, most), []
    for leaves in range(start, start + 60 * count, 60):
        for trip, place, stop, _, leave, boards, _ in calls:
            for near, way in access:
                if near == stop and boards and leaves + way <= leave:
                    graph.add_edge(leaves, ("leave", trip, place, 1), weight=leave - leaves)
        takes = np.inf
        if leaves in graph:
            takes = nx.single_source_dijkstra_path_length(graph, leaves).get("end", np.inf)
        found.append(takes if takes <= longest else np.inf)
    return found


@settings(max_examples=120, deadline=None)
@given(cases())
def test_every_departure_takes_as_long_as_on_a_graph_of_all_events(case):
    feeds, walked, access, egress, window = case
    expected = sorted(slow(feeds, walked, access, egress, **window))
    question = asked(
        window["start"],
        count=window["count"],
        longest=window["longest"],
        most=window["most"],
        ranks=range(window["count"]),
    )
    found, boarded = answer(feeds, access, egress, question, walked=walked)
    assert [value if value >= 0 else np.inf for value in found[:, 0]] == expected
    assert (boarded[found >= 0] >= 1).all()
    assert (boarded <= window["most"]).all()


@settings(max_examples=40, deadline=None)
@given(cases(), st.integers(0, 6))
def test_more_trips_and_more_rides_never_lengthen_a_trip(case, dropped):
    feeds, walked, access, egress, window = case
    question = {"count": window["count"], "longest": window["longest"], "ranks": range(window["count"])}
    few, many = (asked(window["start"], most=most, **question) for most in (1, 4))

    def minutes(held, question):
        found = answer(held, access, egress, question, walked=walked)[0][:, 0]
        return np.where(found < 0, np.inf, found)

    assert (minutes(feeds, many) <= minutes(feeds, few)).all()
    fewer = [timetable([], stops=list(feeds[0].stop)), *feeds[1:]]
    assert (minutes(feeds, many) <= minutes(fewer, many)).all()
