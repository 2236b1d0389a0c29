"""交通空白: who lies in the void under each of the rival definitions; none of them is *the* void."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from gisplan.access.standing import NOT_ASSESSED, OUTSIDE, UNREACHED, WITHIN, Standing
from gisplan.access.yardsticks import read_yardsticks

NAMES: Mapping[int, str] = {
    OUTSIDE: "outside",
    WITHIN: "within",
    UNREACHED: "unreached",
    NOT_ASSESSED: "not_assessed",
}


def void_table(stands: Iterable[Standing], *, origin: str) -> pd.DataFrame:
    """Return the places of a layer that lie in a 交通空白 by any definition, one row each.

    It has `id`, a column `<yardstick>_<how>` for each definition and way of measuring with the state as a word, and
    `definitions`: by how many, in a straight line, it lies in the void, as a text.

    Parameters
    ----------
    stands
        Where the origins stand by every yardstick.
    origin
        Name of the origin layer.
    """
    yardsticks = read_yardsticks()
    mine = [
        one
        for one in stands
        if one.origin == origin and one.layer == origin and yardsticks[one.yardstick].void
    ]
    if not mine:
        return pd.DataFrame(columns=["id", "definitions"])
    words = np.array([NAMES[state] for state in range(len(NAMES))], dtype=object)
    table = {"id": mine[0].ids, **{f"{one.yardstick}_{one.how}": words[one.state] for one in mine}}
    straight = [one.state == OUTSIDE for one in mine if one.how == "straight"]
    count = np.sum(straight, axis=0) if straight else np.zeros(len(mine[0].ids), int)
    any_void = np.any([(one.state == OUTSIDE) | (one.state == UNREACHED) for one in mine], axis=0)
    found = pd.DataFrame(table).assign(definitions=np.asarray(count).astype(str))
    return found[any_void].reset_index(drop=True)
