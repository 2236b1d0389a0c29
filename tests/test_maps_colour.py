"""Colours are as far apart as the literature says, and classes that somebody takes for each other differ by hatch."""

import itertools

import numpy as np
import pytest
from colour_vision import apart
from hypothesis import given
from hypothesis import strategies as st

from gisplan.maps.colour.hatch import CONTRAST, HATCHES, LEAST, Tone, alike, hatches, ink, printed
from gisplan.maps.colour.vision import VISIONS, ciede2000, differences, lab, luminance, on_white

SHARMA = """
50 2.6772 -79.7751 50 0 -82.7485 2.0425
50 3.1571 -77.2803 50 0 -82.7485 2.8615
50 2.8361 -74.0200 50 0 -82.7485 3.4412
50 -1.3802 -84.2814 50 0 -82.7485 1.0000
50 -1.1848 -84.8006 50 0 -82.7485 1.0000
50 -0.9009 -85.5211 50 0 -82.7485 1.0000
50 0 0 50 -1 2 2.3669
50 -1 2 50 0 0 2.3669
50 2.4900 -0.0010 50 -2.4900 0.0009 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0010 7.1792
50 2.4900 -0.0010 50 -2.4900 0.0011 7.2195
50 2.4900 -0.0010 50 -2.4900 0.0012 7.2195
50 -0.0010 2.4900 50 0.0009 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0010 -2.4900 4.8045
50 -0.0010 2.4900 50 0.0011 -2.4900 4.7461
50 2.5 0 50 0 -2.5 4.3065
50 2.5 0 73 25 -18 27.1492
50 2.5 0 61 -5 29 22.8977
50 2.5 0 56 -27 -3 31.9030
50 2.5 0 58 24 15 19.4535
50 2.5 0 50 3.1736 0.5854 1.0000
50 2.5 0 50 3.2972 0 1.0000
50 2.5 0 50 1.8634 0.5757 1.0000
50 2.5 0 50 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""
"""Sharma, Wu and Dalal (2005), table 1: two colours in L*a*b* and their difference."""

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
TONES = st.builds(Tone, colour=COLOURS, opacity=st.floats(0.3, 1.0), sign=st.sampled_from(["", "", "IC"]))


def test_the_difference_of_colours_is_that_of_the_published_table():
    table = np.array([line.split() for line in SHARMA.split("\n") if line], float)
    assert len(table) == 34
    assert ciede2000(table[:, :3], table[:, 3:6]) == pytest.approx(table[:, 6], abs=5e-5)


@given(COLOURS, COLOURS)
def test_the_least_difference_of_all_visions_is_that_of_the_oracle(one, other):
    found = differences(on_white([one, other], [1.0, 1.0]))
    assert found[0, 1] == pytest.approx(apart(one, other), abs=1e-9)
    assert found[1, 0] == pytest.approx(found[0, 1], abs=1e-9)


def test_greys_look_alike_in_every_vision_and_red_does_not():
    grey = lab(on_white(["#808080"], [1.0]))[:, 0]
    assert grey == pytest.approx(np.tile(grey[0], (len(VISIONS), 1)), abs=0.01)
    assert grey[0][0] == pytest.approx(53.585, abs=1e-3)
    red = lab(on_white(["#ff0000"], [1.0]))[:, 0]
    assert red[0] == pytest.approx([53.24, 80.09, 67.20], abs=0.01)
    assert red[VISIONS.index("protan")][0] < 45 < red[VISIONS.index("deutan")][0]


def test_a_faint_colour_lies_nearer_to_white():
    assert on_white(["#000000", "#ff0000"], [0.25, 0.0]).tolist() == [[0.75] * 3, [1.0] * 3]


def named(*colours, opacity=1.0, signs=()):
    tones = [
        Tone(colour=colour, opacity=opacity, sign=sign)
        for colour, sign in itertools.zip_longest(colours, signs, fillvalue="")
    ]
    return [hatch.name if hatch else "" for hatch in hatches(tones)]


def test_classes_whose_colours_somebody_takes_for_each_other_differ_by_hatch():
    # A published set of colours: two zones of low houses (1.9), and two of industry for those without M cones (0.2).
    assert named("#adffd6", "#a5f7c6", "#cec6ff", "#a5d6ff") == ["", "rising", "", "rising"]
    assert named("#000000", "#ffffff") == ["", ""]
    assert named("#777777", "#777777", "#777777") == ["", "rising", "level"]
    assert named(*["#777777"] * 15)[13:] == ["lattice-dense", "grid-dense"]


def test_what_is_clear_when_opaque_may_need_a_hatch_when_it_is_faint():
    assert named("#ff9191", "#dc7adc") == ["", ""]
    assert named("#ff9191", "#dc7adc", opacity=0.5) == ["", "rising"]


def test_classes_that_bear_different_signs_need_no_hatch():
    assert named("#777777", "#777777", "#777777", signs=["IC", "SIC", "IC"]) == ["", "", "rising"]


def test_no_classes_no_hatches():
    assert hatches([]) == ()


@given(st.lists(TONES, max_size=15))
def test_any_two_classes_differ_by_colour_sign_or_hatch(tones):
    given_ = hatches(tones)
    for one, other in itertools.combinations(range(len(tones)), 2):
        told = (
            apart_on_white(tones[one], tones[other]) >= LEAST - 1e-9
            or tones[one].sign != tones[other].sign
            or given_[one] != given_[other]
        )
        assert told, (tones[one], tones[other])


def apart_on_white(one, other):
    return float(differences(on_white([one.colour, other.colour], [one.opacity, other.opacity]))[0, 1])


def test_more_classes_of_one_colour_than_hatches_are_no_error():
    tones = [Tone(colour="#777777")] * 40
    assert alike(tones).sum() == 40 * 39
    assert len(hatches(tones)) == 40


@given(COLOURS, st.floats(0.0, 1.0))
def test_the_lines_of_a_hatch_stand_out_from_what_they_lie_on(colour, opacity):
    on, below = luminance(on_white([colour, ink(colour, opacity=opacity)], [opacity, 1.0]))
    assert (max(on, below) + 0.05) / (min(on, below) + 0.05) >= CONTRAST


def test_every_hatch_has_a_sign_for_print_of_its_own():
    signs = [printed(hatch) for hatch in (None, *HATCHES)]
    assert signs[:3] == [None, "///", "---"]
    assert len(set(signs)) == len(signs)
