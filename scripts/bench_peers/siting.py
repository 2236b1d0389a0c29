"""The textbook models that `bench.py siting` measures beside gisplan: `siting.py PEER FILE GROUP SOURCES`.

`highs` writes them as sparse rows and hands them to HiGHS, `spopt` asks spopt with the solver of its guide (CBC).
The minutes between all pairs are made before the clock starts; writing down the model is part of the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from bench_jobs.siting_cases import Case
from bench_jobs.siting_data import LEEWAY, Data, Task, data_of, main
from numpy.typing import NDArray
from scipy.sparse import block_array, coo_array, csr_array, eye_array

HALF = 0.5
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Columns, the first of which choose, with their `cost`; rows with their bounds."""

    cost: Table
    upper: Table
    whole: NDArray[np.bool_]
    rows: csr_array
    low: Table
    high: Table


def highs(task: Task, case: Case) -> None:
    """Answer one question with HiGHS alone.

    Parameters
    ----------
    task
        What is noted.
    case
        The question.
    """
    import highspy

    data = data_of(case, task.sources)
    minutes = data.table()

    def work() -> Any:
        return _solved(PROGRAMS[case.model](case, data, minutes), case)

    solver = task.timed(case, "solve", work)
    info = solver.getInfo()
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(solver.getSolution().col_value)[: data.candidates]
    sign = -1.0 if case.model == "max-coverage" else 1.0
    task.answer(
        case,
        data,
        np.flatnonzero(values > HALF).tolist() if found else None,
        objective=sign * info.objective_function_value if found else None,
        bound=sign * info.mip_dual_bound if np.isfinite(info.mip_dual_bound) else None,
        proven=solver.getModelStatus() == highspy.HighsModelStatus.kOptimal,
    )


def _solved(program: Program, case: Case) -> Any:
    import highspy

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(program.cost), len(program.low)
    model.col_cost_, model.col_lower_, model.col_upper_ = (
        program.cost,
        np.zeros(len(program.cost)),
        program.upper,
    )
    model.row_lower_, model.row_upper_ = program.low, program.high
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = program.rows.indptr
    model.a_matrix_.index_ = program.rows.indices
    model.a_matrix_.value_ = program.rows.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[whole] for whole in program.whole.astype(int)]
    solver = highspy.Highs()
    for name, value in {"output_flag": False, "time_limit": case.seconds, "mip_rel_gap": case.gap}.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    return solver


def _served(case: Case, data: Data, minutes: Table) -> Program:
    """Return p-median or p-center: y chooses, x says who serves whom; of a p-center z is the longest of all."""
    demands, candidates = minutes.shape
    pairs, center = demands * candidates, case.model == "p-center"
    row, column = np.divmod(np.arange(pairs), candidates)
    ones = np.ones(pairs)
    chosen = csr_array(np.ones((1, candidates)))
    once = csr_array((ones, (row, np.arange(pairs))), shape=(demands, pairs))
    opened = -csr_array((ones, (np.arange(pairs), column)), shape=(pairs, candidates))
    last = [None] if center else []
    rows: list[list[Any]] = [
        [chosen, None, *last],
        [None, once, *last],
        [opened, eye_array(pairs), *last],
    ]
    low = [[float(data.p or 0)], np.ones(demands), np.full(pairs, -np.inf)]
    high = [[float(data.p or 0)], np.ones(demands), np.zeros(pairs)]
    if center:
        far = csr_array((minutes.ravel(), (row, np.arange(pairs))), shape=(demands, pairs))
        rows.append([None, far, csr_array(-np.ones((demands, 1)))])
        low.append(np.full(demands, -np.inf))
        high.append(np.zeros(demands))
        cost, most = (
            np.append(np.zeros(candidates + pairs), 1.0),
            np.append(np.ones(candidates + pairs), np.inf),
        )
        whole = np.append(np.ones(candidates + pairs, bool), False)
    else:
        cost = np.concatenate([np.zeros(candidates), (data.weight[:, None] * minutes).ravel()])
        most = np.ones(candidates + pairs)
        whole = np.arange(candidates + pairs) < candidates
    return Program(cost=cost, upper=most, whole=whole, rows=csr_array(block_array(rows)),
                   low=np.concatenate(low), high=np.concatenate(high))  # fmt: skip


def _within(case: Case, minutes: Table) -> csr_array:
    inside = np.nonzero(minutes <= case.minutes + LEEWAY)
    return csr_array(coo_array((np.ones(len(inside[0])), inside), shape=minutes.shape))


def _coverage(case: Case, data: Data, minutes: Table) -> Program:
    """Return the most weight covered by p hubs: y chooses, z says who is covered."""
    demands, candidates = minutes.shape
    near, chosen = _within(case, minutes), csr_array(np.ones((1, candidates)))
    rows = block_array([[chosen, None], [-near, eye_array(demands)]])
    return Program(
        cost=np.concatenate([np.zeros(candidates), -data.weight]),
        upper=np.ones(candidates + demands),
        whole=np.arange(candidates + demands) < candidates,
        rows=csr_array(rows),
        low=np.append(float(data.p or 0), np.full(demands, -np.inf)),
        high=np.append(float(data.p or 0), np.zeros(demands)),
    )


def _cover(case: Case, data: Data, minutes: Table) -> Program:
    """Return the fewest hubs that cover everybody."""
    count = data.candidates
    return Program(
        cost=np.ones(count), upper=np.ones(count), whole=np.ones(count, bool), rows=_within(case, minutes),
        low=np.ones(len(minutes)), high=np.full(len(minutes), np.inf),
    )  # fmt: skip


PROGRAMS: Mapping[str, Callable[[Case, Data, Table], Program]] = MappingProxyType(
    {"p-median": _served, "p-center": _served, "max-coverage": _coverage, "set-cover": _cover}
)


def spopt(task: Task, case: Case) -> None:
    """Answer one question with spopt.

    Parameters
    ----------
    task
        What is noted.
    case
        The question.
    """
    import pulp
    from spopt.locate import LSCP, MCLP, PCenter, PMedian

    data = data_of(case, task.sources)
    minutes = data.table()
    # It has no leeway of its own.
    reached = case.minutes + LEEWAY
    make: Mapping[str, Callable[[], Any]] = {
        "p-median": lambda: PMedian.from_cost_matrix(minutes, data.weight, p_facilities=data.p),
        "p-center": lambda: PCenter.from_cost_matrix(minutes, p_facilities=data.p),
        "max-coverage": lambda: MCLP.from_cost_matrix(minutes, data.weight, reached, p_facilities=data.p),
        "set-cover": lambda: LSCP.from_cost_matrix(minutes, reached),
    }

    def work() -> Any:
        model = make[case.model]()
        model.problem.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=case.seconds, gapRel=case.gap))
        return model

    model = task.timed(case, "solve", work)
    found = model.problem.sol_status in {pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible}
    chosen = [number for number, name in enumerate(model.fac_vars) if (name.value() or 0.0) > HALF]
    objective = model.problem.objective.value() if found else None
    proven = model.problem.sol_status == pulp.LpSolutionOptimal
    # CBC does not hand its bound to spopt.
    task.answer(case, data, chosen if found else None, objective=objective,
                bound=objective if proven else None, proven=proven)  # fmt: skip


PEERS: Mapping[str, Callable[[Task, Case], None]] = MappingProxyType({"highs": highs, "spopt": spopt})


if __name__ == "__main__":
    sys.exit(main(PEERS[sys.argv[1]], sys.argv[2:], side=sys.argv[1]))
