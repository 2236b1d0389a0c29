"""A text of others can be shown: it stays one line and has no effect on what shows it."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gisplan.core.visible import INVISIBLE, json_text, visible

ANY = st.text(st.characters(exclude_categories=()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("焼津市　𠮷野家 🏠 葛\U000e0100", "焼津市　𠮷野家 🏠 葛\U000e0100"),
        ("\ue000外字", "\ue000外字"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]8;;http://example.com\x07link", r"\x1b]8;;http://example.com\x07link"),
        ("\x9b2J", r"\x9b2J"),
        ("a\nb\r\n\tc", r"a\nb\r\n\tc"),
        ("a\u2028b\u202ec\u2066", r"a\u2028b\u202ec\u2066"),
        ("\ud800", r"\ud800"),
        ("a\u200bb\ufeff\x00", r"a\u200bb\ufeff\x00"),
    ],
)
def test_what_has_an_effect_is_shown_by_its_escape(text, shown):
    assert visible(text) == shown


@given(ANY)
def test_nothing_invisible_is_left(text):
    shown = visible(text)
    assert not {unicodedata.category(sign) for sign in shown} & INVISIBLE
    assert visible(shown) == shown
    assert len(visible(text, most=10)) <= 100


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | ANY,
        lambda inner: st.lists(inner) | st.dictionaries(ANY, inner),
    )
)
def test_json_is_the_same_value_without_anything_invisible(value):
    text = json_text(value)
    assert json.loads(text) == value
    assert not {unicodedata.category(sign) for sign in text.replace("\n", "")} & INVISIBLE
