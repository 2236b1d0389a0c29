"""A covering problem as rows and columns, and how dominance makes it smaller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gisplan.siting.solver.cover_kernels import Table
    from gisplan.siting.solver.sheet import Watch

BITS = 2**32
"""Up to so many pairs of a row and a column are kept as bits (512 MB); larger problems are not thinned out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tableau:
    """Rows of which one member each must be chosen, both ways.

    Row r has the columns `column[start[r]:start[r + 1]]`, column c the rows `row[up[c]:up[c + 1]]`, both ascending;
    column c is candidate `candidate[c]` and costs `cost[c]`. The candidates of `taken` are chosen
    already and have cost `spent`.
    """

    start: NDArray[np.int64]
    column: NDArray[np.int32]
    up: NDArray[np.int64]
    row: NDArray[np.int32]
    cost: NDArray[np.float64]
    candidate: NDArray[np.int64]
    taken: NDArray[np.int64]
    spent: float = 0.0

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.start) - 1

    def table(self) -> Table:
        """Return it as the compiled loops read it."""
        from gisplan.siting.solver.cover_kernels import Table

        return Table(self.start, self.column, self.up, self.row, self.cost)


def tableau(
    start: NDArray[np.int64],
    column: NDArray[np.int64],
    *,
    cost: NDArray[np.float64],
    forced: NDArray[np.bool_],
) -> Tableau:
    """Return a covering problem whose forced candidates are taken.

    Parameters
    ----------
    start, column
        The candidates of each set, compressed.
    cost
        What each candidate costs [j].
    forced
        Candidates that are chosen in any case [j].
    """
    whole = _both_ways(start, column.astype(np.int32), cost)
    return taking(whole, np.flatnonzero(forced))


def _both_ways(start: NDArray[np.int64], column: NDArray[np.int32], cost: NDArray[np.float64]) -> Tableau:
    from scipy.sparse import csr_array

    ones = np.ones(len(column), np.int8)
    across = csr_array((ones, column, start), shape=(len(start) - 1, len(cost))).tocsc()
    return Tableau(
        start=start.astype(np.int64),
        column=column,
        up=across.indptr.astype(np.int64),
        row=across.indices.astype(np.int32),
        cost=cost.astype(np.float64),
        candidate=np.arange(len(cost)),
        taken=np.empty(0, np.int64),
    )


def kept(problem: Tableau, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> Tableau:
    """Return a problem with some of its rows and columns.

    Parameters
    ----------
    problem
        The covering problem.
    rows, columns
        Those that stay [r], [c].
    """
    row = np.repeat(np.arange(problem.rows), np.diff(problem.start))
    stays = rows[row] & columns[problem.column]
    number = np.cumsum(columns) - 1
    size = np.bincount(row[stays], minlength=problem.rows)[rows]
    rest = _both_ways(
        np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        number[problem.column[stays]].astype(np.int32),
        problem.cost[columns],
    )
    return replace(rest, candidate=problem.candidate[columns], taken=problem.taken, spent=problem.spent)


def taking(problem: Tableau, columns: NDArray[np.int64]) -> Tableau:
    """Return a problem in which some columns are taken, and the rows they cover are gone.

    Parameters
    ----------
    problem
        The covering problem.
    columns
        The columns that are taken.
    """
    if not len(columns):
        return problem
    chosen = np.zeros(len(problem.cost), bool)
    chosen[columns] = True
    open_rows = np.ones(problem.rows, bool)
    open_rows[np.repeat(np.arange(problem.rows), np.diff(problem.start))[chosen[problem.column]]] = False
    rest = kept(problem, open_rows, ~chosen)
    return replace(
        rest,
        taken=np.sort(np.concatenate([problem.taken, problem.candidate[columns]])),
        spent=problem.spent + float(problem.cost[columns].sum()),
    )


def thinned(problem: Tableau, clock: Watch) -> Tableau:
    """Return a problem with the same least cost: no row holds another, no column is worse than another.

    A row of one member takes it.

    Parameters
    ----------
    problem
        The covering problem; it is returned as it is once a row is empty, as nothing covers it.
    clock
        When to stop.
    """
    while problem.rows and not clock.over():
        before = (problem.rows, len(problem.cost))
        if (np.diff(problem.start) == 0).any():
            return problem
        alone = np.diff(problem.start) == 1
        if alone.any():
            problem = taking(problem, np.unique(problem.column[problem.start[:-1][alone]]).astype(np.int64))
            continue
        if problem.rows * len(problem.cost) > BITS:
            return problem
        problem = _thinned_once(problem, clock)
        if (problem.rows, len(problem.cost)) == before:
            return problem
    return problem


CHUNK = 2048
"""Rows or columns that are compared between two looks at the clock."""


def _thinned_once(problem: Tableau, clock: Watch) -> Tableau:
    from gisplan.siting.solver.cover_kernels import bits_of, thin_columns, thin_rows

    words = len(problem.cost) // 64 + 1
    bits = bits_of(problem.start, problem.column, words)
    columns = np.ones(len(problem.cost), bool)
    order = np.argsort(np.diff(problem.up), kind="stable")
    for at in range(0, len(order), CHUNK // 8):
        if clock.over():
            break
        thin_columns(problem.table(), bits, order[at : at + CHUNK // 8], columns)
    if not columns.all():
        problem = kept(problem, np.ones(problem.rows, bool), columns)
        bits = bits_of(problem.start, problem.column, len(problem.cost) // 64 + 1)
    rows = np.ones(problem.rows, bool)
    order = np.argsort(np.diff(problem.start), kind="stable")
    for at in range(0, len(order), CHUNK):
        if clock.over():
            break
        thin_rows(problem.table(), bits, order[at : at + CHUNK], rows)
    return problem if rows.all() else kept(problem, rows, np.ones(len(problem.cost), bool))
