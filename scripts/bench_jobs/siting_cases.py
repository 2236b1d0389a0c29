"""The questions of `bench.py siting`: what is asked, of which data, and who answers it beside gisplan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

MODELS = ("p-median", "max-coverage", "set-cover", "p-center")
HIGHS, SPOPT = "highs", "spopt"
GRAPHS = 40
RADII = (127, 98, 93, 74, 48, 84, 64, 55, 37, 20, 59, 51, 36, 26, 18, 47, 39, 28, 18, 13,
         40, 38, 22, 15, 11, 38, 32, 18, 13, 9, 30, 29, 15, 11, 30, 27, 15, 29, 23, 13)  # fmt: skip
"""The least radius of a p-center on pmed1-40, as the literature lists it."""

SMALLEST = 5
"""So many of the graphs have 100 nodes: peers are asked about these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One question. `graph` is the number of a graph of the OR-Library, 0 for points made up in a square.

    `minutes` is how far a hub covers. The search may last `seconds` and end at `gap`. `peers` answer it too.
    Of long lists only the `nearest` candidates are kept, and who is served by none of them counts with the minutes
    of the last: a bound of that is one of the whole, and what a choice is worth is counted from the whole.
    """

    name: str
    model: str
    graph: int = 0
    demands: int = 0
    candidates: int = 0
    p: int | None = None
    minutes: float = 0.0
    seconds: float = 60.0
    gap: float = 0.0
    nearest: int = 0
    peers: tuple[str, ...] = ()


def _made(model: str, demands: int, candidates: int, **more: object) -> Case:
    p = more.get("p")
    name = f"{demands:,} x {candidates:,}, {model}" + (f", p = {p}" if p else "")
    return Case(name=name, model=model, demands=demands, candidates=candidates, **more)  # type: ignore[arg-type]


def _graphs(model: str, last: int, *, peers: tuple[str, ...] = (), asked: int = 0) -> tuple[Case, ...]:
    """Return a model on the first graphs; of these the first few are `asked` of the peers."""
    return tuple(
        Case(name=f"pmed{number} {model}", model=model, graph=number, peers=peers if number <= asked else ())
        for number in range(1, last + 1)
    )


def _four(demands: int, candidates: int, p: int, minutes: float) -> tuple[Case, ...]:
    """Return the four models on the same points."""
    both = (HIGHS, SPOPT)
    return tuple(
        _made(model, demands, candidates, p=None if model == "set-cover" else p,
              minutes=minutes if model in {"max-coverage", "set-cover"} else 0.0, peers=both)
        for model in MODELS
    )  # fmt: skip


GROUPS: Mapping[str, tuple[Case, ...]] = MappingProxyType(
    {
        "medians": _graphs("p-median", GRAPHS, peers=(HIGHS, SPOPT), asked=SMALLEST),
        "centers": _graphs("p-center", GRAPHS),
        "planar": _four(100, 40, 5, 15.0),
        "middle": (_made("p-median", 500, 500, p=20, peers=(HIGHS, SPOPT)),),
        "large 20": (_made("p-median", 5_000, 5_000, p=20, gap=0.001),),
        "large 50": (_made("p-median", 5_000, 5_000, p=50, gap=0.001),),
        "wide 20": (_made("p-median", 100_000, 2_000, p=20, seconds=300.0, gap=0.005, nearest=600),),
        "wide 100": (_made("p-median", 100_000, 2_000, p=100, seconds=300.0, gap=0.005, nearest=300),),
        "coverage": (_made("max-coverage", 20_000, 1_000, p=20, minutes=6.0, peers=(HIGHS,)),),
        "cover": (_made("set-cover", 20_000, 1_000, minutes=10.0, peers=(HIGHS,)),),
    }
)
QUICK: Mapping[str, tuple[Case, ...]] = MappingProxyType(
    {
        "small": (
            *_graphs("p-median", 2, peers=(HIGHS,), asked=1),
            *_graphs("p-center", 2),
            *_four(40, 15, 3, 30.0),
        )
    }
)
"""Every group goes through a process of its own, which tells its memory."""
