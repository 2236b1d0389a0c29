"""A mixed-integer program as columns and blocks of rows, and how HiGHS solves it within limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Ended, Limits

TOLERANCE = 1e-6
"""How far HiGHS lets a row, a whole number or, of the largest cost, a bound be off."""

HALF = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Limits that began at some moment: how long is left, and why to stop."""

    limits: Limits
    began: float

    def spent(self) -> float:
        """Return the seconds since it began."""
        return perf_counter() - self.began

    def left(self) -> float:
        """Return the seconds that are left."""
        return self.limits.seconds - self.spent()

    def silent(self) -> Watch:
        """Return the same limits that tell no gap, as that of a part says nothing of the whole."""
        return replace(self, limits=replace(self.limits, told=None))

    def over(self) -> Ended | None:
        """Return why the search must end now, if it must."""
        if self.limits.stopped():
            return "interrupted"
        return "time" if self.left() <= 0.0 else None


def watch(limits: Limits) -> Watch:
    """Return the limits, begun now.

    Parameters
    ----------
    limits
        How long to search.
    """
    return Watch(limits=limits, began=perf_counter())


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Variables: cost, bounds and which are whole numbers [c]."""

    cost: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    whole: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Rows with their bounds [r]; `row` counts within the block [e], `column` across all variables, with `value`."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    value: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What HiGHS found: values [c] or None, the objective that nothing is below, and why it stopped.

    `none` says that nothing keeps the rows, `slack` how much of the distance to the bound is tolerance alone.
    """

    values: NDArray[np.float64] | None
    bound: float
    ended: Ended
    none: bool = False
    slack: float = 0.0


def one_row(
    column: NDArray[np.int64], value: NDArray[np.float64], *, lower: float = -np.inf, upper: float = np.inf
) -> Block:
    """Return a block of one row.

    Parameters
    ----------
    column, value
        Its variables and their factors [e].
    lower, upper
        Its bounds.
    """
    return Block(
        row=np.zeros(len(column), np.int64),
        column=np.asarray(column, np.int64),
        value=np.asarray(value, np.float64),
        lower=np.array([lower], np.float64),
        upper=np.array([upper], np.float64),
    )


def minimised(columns: Columns, blocks: Sequence[Block], *, clock: Watch, enough: float = -np.inf) -> Run:
    """Return the least total cost of a program, as far as HiGHS gets within the limits.

    It uses one thread and a fixed seed, so that it goes the same way each time.

    Parameters
    ----------
    columns
        The variables.
    blocks
        The rows.
    clock
        How long to search.
    enough
        A cost at which the search may end.
    """
    over, least = clock.over(), _least(columns)
    if over:
        return Run(values=None, bound=least, ended=over)
    scale = float(np.abs(columns.cost).max(initial=0.0)) or 1.0
    solver = _solver(clock)
    solver.passModel(_model(columns, blocks, scale))
    if np.isfinite(enough):
        solver.setOptionValue("objective_target", enough / scale)
    stops = _listen(solver, clock)
    solver.solve()
    run = _run(solver, scale, stops=bool(stops), whole=bool(columns.whole.any()))
    return replace(run, bound=max(run.bound, least))


def _least(columns: Columns) -> float:
    """Return what any values within their bounds cost at least."""
    return float(np.minimum(columns.cost * columns.lower, columns.cost * columns.upper).sum())


def _solver(clock: Watch) -> Any:
    import highspy

    class Quiet(highspy.Highs):
        """HiGHS that prints nothing: it would tell its name once it is asked for callbacks, before any setting."""

        def enableCallbacks(self) -> None:  # noqa: N802 - so HiGHS calls it
            self.setOptionValue("output_flag", False)
            super().enableCallbacks()  # type: ignore[no-untyped-call]

    solver: Any = Quiet()  # type: ignore[no-untyped-call]
    settings = {
        "threads": 1,
        "random_seed": 0,
        "time_limit": max(clock.left(), 0.01),
        "mip_rel_gap": max(clock.limits.gap, 0.0),
        "mip_abs_gap": 0.0,
    }
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    return solver


def _model(columns: Columns, blocks: Sequence[Block], scale: float) -> Any:
    import highspy
    from scipy.sparse import csr_array

    offsets = np.cumsum([0, *(len(block.lower) for block in blocks)])
    empty: NDArray[np.float64] = np.empty(0)
    row = np.concatenate([np.empty(0, np.int64), *(b.row + o for b, o in zip(blocks, offsets, strict=False))])
    column = np.concatenate([np.empty(0, np.int64), *(block.column for block in blocks)])
    value = np.concatenate([empty, *(block.value for block in blocks)])
    matrix = csr_array((value, (row, column)), shape=(int(offsets[-1]), len(columns.cost)))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(columns.cost), int(offsets[-1])
    model.col_cost_ = columns.cost / scale
    model.col_lower_, model.col_upper_ = columns.lower, columns.upper
    model.row_lower_ = np.concatenate([empty, *(block.lower for block in blocks)])
    model.row_upper_ = np.concatenate([empty, *(block.upper for block in blocks)])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    if columns.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        model.integrality_ = [kinds[int(whole)] for whole in columns.whole]
    return model


def _listen(solver: Any, clock: Watch) -> list[bool]:
    """Let HiGHS ask whether to stop, and tell how far it is; what it is answered is kept in the list returned."""
    stops: list[bool] = []

    def ask(event: Any) -> None:
        if clock.limits.stopped():
            stops.append(True)
            event.interrupt()

    def hear(event: Any) -> None:
        gap = float(event.data_out.mip_gap)
        if clock.limits.told and np.isfinite(gap):
            clock.limits.told(gap)
        ask(event)

    solver.cbMipInterrupt += hear
    solver.cbSimplexInterrupt += ask
    solver.cbIpmInterrupt += ask
    return stops


def _run(solver: Any, scale: float, *, stops: bool, whole: bool) -> Run:
    import highspy

    status, info = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Run(values=None, bound=np.inf, ended="proven", none=True)
    optimal = status == highspy.HighsModelStatus.kOptimal
    ended: Ended = "interrupted" if stops else "proven" if optimal else "time"
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    values = np.asarray(solver.getSolution().col_value, np.float64) if found else None
    least = info.mip_dual_bound if whole else info.objective_function_value if optimal else -np.inf
    if not np.isfinite(least):
        return Run(values=values, bound=-np.inf, ended=ended)
    # The bound rests on reduced costs and rows that may be off by the tolerance.
    slack = TOLERANCE * max(abs(float(least)), 1.0)
    closed = optimal and (not whole or info.mip_gap <= TOLERANCE)
    return Run(
        values=values, bound=(float(least) - slack) * scale, ended=ended, slack=2.0 * slack * scale * closed
    )
