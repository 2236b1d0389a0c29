"""A question of siting ready to be solved: candidates, demand, who reaches whom, and the rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gisplan.siting.solver.solve import solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gisplan.siting.solver.words import Answer, Limits, Model, Reach, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Candidates that may be chosen [j]: the lawful ones on a road, neither forbidden nor avoided.

    `penalty` are the minutes that hazard or slope add [j], already in the minutes of the case.
    """

    layer: str
    id: NDArray[np.object_]
    name: NDArray[np.object_]
    verdict: NDArray[np.object_]
    penalty: NDArray[np.float64]
    point: NDArray[np.object_]

    @property
    def label(self) -> NDArray[np.object_]:
        """What each is called: its name, its id where it has none [j]."""
        import numpy as np

        return np.where(self.name.astype(bool), self.name, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """Demand that counts [i]: its layer, id, point and own weight, and the `unit` of that.

    The unit is `people`, `houses`, `places`, or `weighted` where a column of something else weighs it. The factor
    of its layer is only in the weight of the case.
    """

    layer: NDArray[np.object_]
    id: NDArray[np.object_]
    weight: NDArray[np.float64]
    unit: NDArray[np.object_]
    point: NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is solved.

    `standing` names the hub that stands already and serves each demand where none is chosen that is nearer, "" where
    none [i]; `competing` the place of others that serves it instead, "" where none [i]. A demand that neither serves
    counts `penalty` minutes where it is reached by no chosen hub. `cutoff` are the minutes beyond which no pair was
    looked at, infinite where all were; `reach` holds no pair as long as what stands, either.
    """

    model: Model
    candidates: Candidates
    demands: Demands
    reach: Reach
    rules: Rules
    standing: NDArray[np.object_]
    competing: NDArray[np.object_]
    penalty: float
    cutoff: float


def answered(case: Case, limits: Limits) -> Answer:
    """Return the best choice of a case.

    Parameters
    ----------
    case
        The question.
    limits
        How long to search.
    """
    return solve(case.model, case.reach, rules=case.rules, limits=limits)
