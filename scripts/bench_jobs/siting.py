"""The job `siting` (P8): p-median, coverage, set cover and p-center beside HiGHS alone and spopt."""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from os import pathsep
from pathlib import Path
from typing import Any

import environment

from bench_jobs.measure import Bench, Check, Row, Used, missing, run
from bench_jobs.siting_cases import GRAPHS, GROUPS, HIGHS, MODELS, QUICK, RADII, SPOPT, Case
from bench_jobs.yaizu import real_data

OURS_PROGRAM = Path(__file__).with_name("siting_tasks.py")
PEER_PROGRAM = environment.ROOT / "scripts" / "bench_peers" / "siting.py"
PEERS: Mapping[str, Sequence[str]] = {HIGHS: ("highspy",), SPOPT: ("spopt", "pulp")}
NAMES: Mapping[str, str] = {HIGHS: "HiGHS alone", SPOPT: "spopt with CBC"}
GRAPHS_S = 30.0
WIDE_MB = 4_096.0
SAME = 1e-6
"""Objectives that differ by a smaller share are the same: CBC tells them to seven digits."""

COUNTED = 1e-9
"""What an objective may differ by from the one counted anew, as a share: the rounding of sums."""

Found = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The questions of a group and what each side wrote, one a round."""

    cases: tuple[Case, ...]
    runs: Mapping[str, Sequence[Mapping[str, Any]]]

    def used(self, side: str, cases: Sequence[Case], *, step: str = "") -> Used:
        """Return the medians over the rounds of what a side took for some questions, or for one step of them."""

        def taken(one: Mapping[str, Any], part: int) -> list[float | None]:
            return [
                took[part]
                for case in cases
                for name, took in one["steps"][case.name].items()
                if step in {"", name}
            ]

        runs = self.runs[side]
        wall = [sum(took for took in taken(one, 1) if took is not None) for one in runs]
        cpu = [
            sum(took for took in parts if took is not None)
            for one in runs
            if None not in (parts := taken(one, 0))
        ]
        peaks = [one["peak_mb"] for one in runs if one["peak_mb"] is not None]
        return Used(
            wall_s=statistics.median(wall),
            cpu_s=statistics.median(cpu) if cpu else None,
            memory_mb=statistics.median(peaks) if peaks else None,
        )

    def found(self, side: str, case: Case) -> Sequence[Found]:
        """Return what a side found of a question, one a round."""
        return [one["found"][case.name] for one in self.runs[side]]


def rows(bench: Bench) -> list[Row]:
    """Return the rows of the job; one round takes two graphs and few points.

    Parameters
    ----------
    bench
        Python, rounds, and whom to tell.
    """
    sources = real_data() / "bench"
    places = pathsep.join(str(place) for place in (environment.ROOT, environment.ROOT / "scripts"))
    variables = environment.clean_environment(PYTHONPATH=places)
    lacking = {
        name: ", ".join(absent)
        for name, packages in PEERS.items()
        if (absent := missing(bench, packages=packages, variables=variables))
    }
    peers = [name for name in PEERS if name not in lacking]
    known = _known(sources / "pmed" / "pmedopt.txt")
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="gisplan-bench-") as place:
        for name, cases in (QUICK if bench.rounds == 1 else GROUPS).items():
            commands = _commands(bench, Path(place), name, sources)
            sides = ["ours", *(peer for peer in peers if any(peer in case.peers for case in cases))]
            group = Group(cases=cases, runs=_in_turn(bench, sides, commands, variables, name))
            found += _group_rows(group, peers, known, bench.rounds)
            found += [_absent(peer, why, group, bench.rounds) for peer, why in lacking.items()
                      if any(peer in case.peers for case in cases)]  # fmt: skip
    return found


def _commands(
    bench: Bench, folder: Path, group: str, sources: Path
) -> Callable[[str], tuple[list[str], Path]]:
    """Return which program a side runs for a group, and the file it writes."""

    def command(side: str) -> tuple[list[str], Path]:
        written = folder / f"{group}_{side}.json"
        program = [str(OURS_PROGRAM)] if side == "ours" else [str(PEER_PROGRAM), side]
        return [str(bench.python), *program, str(written), group, str(sources)], written

    return command


def _in_turn(
    bench: Bench,
    sides: Sequence[str],
    commands: Callable[[str], tuple[list[str], Path]],
    variables: dict[str, str],
    group: str,
) -> dict[str, list[dict[str, Any]]]:
    """Run the sides in turn, each in a process of its own, round by round."""
    runs: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for number in range(1, bench.rounds + 1):
        for side in sides:
            bench.tell(f"{number}/{bench.rounds} {group} {side}")
            command, written = commands(side)
            run(command, variables=variables)
            runs[side].append(json.loads(written.read_text("utf-8")))
    return runs


def _known(path: Path) -> dict[int, float]:
    """Return the optima of the p-median on the graphs of the OR-Library."""
    lines = (line.split() for line in path.read_text("ascii").splitlines()[1:])
    return {int(name.removeprefix("pmed")): float(best) for name, best in lines}


def _group_rows(group: Group, peers: Sequence[str], known: Mapping[int, float], rounds: int) -> list[Row]:
    """Return the rows of a group: graphs and their optima, goals of single questions, and every peer by model."""
    found = []
    for model in ("p-median", "p-center"):
        graphs = [case for case in group.cases if case.graph and case.model == model]
        if graphs:
            best = known if model == "p-median" else dict(enumerate(map(float, RADII), start=1))
            found.append(_graphs_row(group, graphs, best, rounds))
    alone = [case for case in group.cases if not case.graph and not case.peers]
    found += [_alone_row(group, case, rounds) for case in alone]
    for peer in peers:
        for model in MODELS:
            for graph in (True, False):
                beside = [
                    case
                    for case in group.cases
                    if peer in case.peers and case.model == model and bool(case.graph) == graph
                ]
                if beside:
                    found.append(_beside_row(group, beside, peer, rounds))
    return found


def _graphs_row(group: Group, cases: Sequence[Case], known: Mapping[int, float], rounds: int) -> Row:
    """Return what all graphs took together; minutes between all pairs and lists are counted in and told."""
    used, model = group.used("ours", cases), cases[0].model
    parts = {step: group.used("ours", cases, step=step).seconds for step in ("minutes", "lists", "solve")}
    best = [_worst(known[case.graph], group.found("ours", case)) for case in cases]
    proven = sum(all(one["proven"] for one in group.found("ours", case)) for case in cases)
    whole = model == "p-median" and len(cases) == GRAPHS
    equal = sum(best)
    return Row(
        goal="P8",
        job=f"{_graphs(cases)}, {model}",
        size=f"proven {proven}/{len(cases)}, "
        + ", ".join(f"{step} {took:.2f} s" for step, took in parts.items()),
        ours=used,
        target=f"{len(cases)} proven, <= {GRAPHS_S:g} s" if whole else "-",
        reached=whole and proven == equal == len(cases) and used.seconds <= GRAPHS_S,
        runs=rounds,
        checks=(
            Check(what="bench_siting_known", found=f"{equal}/{len(cases)}", equal=equal == len(cases)),
            *_counted(group, "ours", cases),
        ),
    )


def _worst(known: float, found: Sequence[Found]) -> bool:
    """Return whether every round found the known optimum."""
    return all(one["worth"] is not None and _same(one["worth"], known, COUNTED) for one in found)


def _graphs(cases: Sequence[Case]) -> str:
    first, last = cases[0].graph, cases[-1].graph
    return f"pmed{first}" if first == last else f"pmed{first}-{last}"


def _alone_row(group: Group, case: Case, rounds: int) -> Row:
    """Return a row of a question that no peer is asked: it is too large for a textbook model."""
    used = group.used("ours", [case])
    gap = max(_gap(one) for one in group.found("ours", case))
    wide = case.demands > case.candidates
    fits = used.memory_mb is None or used.memory_mb < WIDE_MB
    target = f"gap <= {case.gap:.1%}, " + (f"< {WIDE_MB:,.0f} MB" if wide else f"<= {case.seconds:g} s")
    lists = group.used("ours", [case], step="lists").seconds
    kept = f" of the {case.nearest} nearest" if case.nearest else ""
    columns = case.candidates + case.demands * case.candidates
    return Row(
        goal="P8",
        job=case.name,
        size=f"gap {gap:.3%}, lists{kept} made in {lists:.2f} s; "
        f"a textbook model has {columns:,} columns, no peer is asked",
        ours=used,
        target=target,
        reached=gap <= case.gap and (fits if wide else used.wall_s <= case.seconds),
        runs=rounds,
        checks=tuple(_counted(group, "ours", [case])),
    )


def _gap(found: Found) -> float:
    """Return how far the bound is from what the choice is worth, as a share."""
    if found["worth"] is None or found["bound"] is None:
        return float("inf")
    apart = abs(found["worth"] - found["bound"])
    return float(apart / abs(found["worth"])) if apart else 0.0


def _beside_row(group: Group, cases: Sequence[Case], peer: str, rounds: int) -> Row:
    """Return a row beside a peer; where gisplan was stopped by the clock too, seconds are no ratio."""
    ours, theirs = group.used("ours", cases), group.used(peer, cases)
    name = f"{_graphs(cases)}, {cases[0].model}" if cases[0].graph else cases[0].name
    ended = [_ended(group, side, cases) for side in ("ours", peer)]
    told = f"limit {cases[0].seconds:g} s each; {ended[0]}; {NAMES[peer]} {ended[1]}"
    done, theirs_done = (_proven(group, side, cases) for side in ("ours", peer))
    if not done:
        told += f" in {theirs.seconds:.2f} s, no ratio of what the clock stopped"
    elif not theirs_done:
        told += ", the ratio is at least that"
    checks = (*_fit(group, cases, peer), *_counted(group, "ours", cases), *_counted(group, peer, cases))
    return Row(goal="P8", job=name, size=told, ours=ours, target="-", reached=False, runs=rounds,
               peer=NAMES[peer], theirs=theirs if done else None, checks=checks)  # fmt: skip


def _proven(group: Group, side: str, cases: Sequence[Case]) -> bool:
    return all(one["proven"] for case in cases for one in group.found(side, case))


def _ended(group: Group, side: str, cases: Sequence[Case]) -> str:
    """Return how many questions a side proved, and of the others its worst gap."""
    last = [group.found(side, case)[-1] for case in cases]
    proven = sum(one["proven"] for one in last)
    said = f"proven {proven}/{len(cases)}"
    if proven == len(cases):
        return said
    if any(one["worth"] is None for one in last):
        return f"{said}, no answer in time"
    gap = max(_gap(one) for one in last)
    return f"{said}, gap {gap:.3%}" if gap < float("inf") else f"{said}, gap not told"


def _fit(group: Group, cases: Sequence[Case], peer: str) -> list[Check]:
    """Compare what both sides found: equal where both prove it, else no choice is better than the other's bound.

    Where a side found nothing that can be held against the other, nothing is compared.
    """
    same, compared, told = 0, 0, []
    for case in cases:
        pairs = list(zip(group.found("ours", case), group.found(peer, case), strict=True))
        fits = [fit for one, two in pairs for fit in (_no_better(case, one, two), _no_better(case, two, one))]
        fits = [fit for fit in fits if fit is not None]
        compared += bool(fits)
        same += bool(fits) and all(fits)
        one, two = pairs[-1]
        told.append(f"{_worth(one)}/{_worth(two)}")
    found = f"{same}/{compared} ({', '.join(told)})"
    return [Check(what="bench_siting_objective", found=found, equal=same == compared)] if compared else []


def _worth(found: Found) -> str:
    return "-" if found["worth"] is None else f"{found['worth']:.10g}"


def _no_better(case: Case, one: Found, two: Found) -> bool | None:
    """Return whether the choice of one side keeps the bound of the other; None where there is none of either."""
    if one["worth"] is None or two["bound"] is None:
        return None
    excess = two["bound"] - one["worth"]
    if case.model == "max-coverage":
        excess = -excess
    return bool(excess <= SAME * abs(two["bound"]))


def _counted(group: Group, side: str, cases: Sequence[Case]) -> list[Check]:
    """Compare the objectives that a side tells with those counted anew from its choices.

    A peer that was stopped has not yet sent everybody to the nearest hub: what it tells is worse than its choice.
    """
    within = COUNTED if side == "ours" else SAME
    found = [
        one
        for case in cases
        for one in group.found(side, case)
        if one["worth"] is not None and (side == "ours" or one["proven"])
    ]
    same = sum(_same(one["worth"], one["objective"], within) for one in found)
    what = "bench_siting_counted" if side == "ours" else "bench_siting_counted_peer"
    return [Check(what=what, found=f"{same}/{len(found)}", equal=same == len(found))] if found else []


def _same(one: float, two: float, within: float) -> bool:
    return abs(one - two) <= within * max(abs(one), abs(two))


def _absent(peer: str, why: str, group: Group, rounds: int) -> Row:
    """Return a row that names a peer that is not there."""
    cases = [case for case in group.cases if peer in case.peers]
    name = f"{_graphs(cases)}, {cases[0].model}" if cases[0].graph else cases[0].name
    return Row(goal="P8", job=name, size="", ours=group.used("ours", cases), target="-", reached=False, runs=rounds,
               peer=f"{NAMES[peer]} (not installed: {why})")  # fmt: skip
