"""What the screen tells of two sitings set side by side."""

import pandas as pd

from gisplan.cli.compared import hub_lines

CHANGES = pd.DataFrame(
    {
        "first": "今日", "other": "通行止め", "what": ["hub", "hub", "hub", "objective"],
        "id": ["a", "b", "c", ""], "name": ["甲", "", "丙", ""],
        "state": ["both", "only_first", "only_other", ""],
    }
)  # fmt: skip


def test_the_hubs_of_two_sitings_are_told_by_name_or_number():
    assert list(hub_lines(CHANGES, "ja")) == [
        "  選んだ拠点：どちらにも 甲；「今日」だけ b；「通行止め」だけ 丙"
    ]
    assert list(hub_lines(CHANGES, "en")) == [
        "  Hubs chosen: in both 甲; only in “今日” b; only in “通行止め” 丙"
    ]


def test_where_no_sitings_are_compared_nothing_is_told():
    assert list(hub_lines(None, "ja")) == []
    assert list(hub_lines(CHANGES[CHANGES["what"] == "objective"], "en")) == []
