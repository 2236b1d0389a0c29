"""A timetable as arrays: the trips of a feed that matter on one day of service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NOT_POSSIBLE = -1
"""What stands for the time of a change that transfers.txt rules out [s]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The trips of one feed on its day of service, and those of the days before and after that run into it.

    Times are seconds since the beginning of the day of service, so 25:30:00 is 91,800. `feed` is the name of the
    file; `first` and `last` are the days for which it was made, None where it does not say; `running` are days on
    which it has trips, each with their number, the nearest first: they are told where the day has none.

    Of s stops: `stop`, `stop_name`, `latitude` and `longitude` [degrees, NaN where unknown].
    Of t trips: `trip`, `route`, `direction` (0, 1 or -1 where unknown), `day_of` (-1, 0 or 1 for a trip of the day
    before, of the day, of the next), and `first_call`, the place of its first call [t + 1].
    Of e calls: `stop_of`, `arrival`, `departure` [s], `boards` and `alights`.
    Of c changes that the feed speaks of: `change_from`, `change_to`, `change_seconds` (-1 where it is not possible).
    Of z areas of demand service: `area_name` and `area`, in degrees as well-known binary.
    """

    feed: str
    sha256: str
    day: date
    first: date | None
    last: date | None
    running: tuple[tuple[date, int], ...]
    stop: NDArray[np.object_]
    stop_name: NDArray[np.object_]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    trip: NDArray[np.object_]
    route: NDArray[np.object_]
    direction: NDArray[np.int8]
    day_of: NDArray[np.int8]
    first_call: NDArray[np.int64]
    stop_of: NDArray[np.int32]
    arrival: NDArray[np.int32]
    departure: NDArray[np.int32]
    boards: NDArray[np.bool_]
    alights: NDArray[np.bool_]
    change_from: NDArray[np.int32]
    change_to: NDArray[np.int32]
    change_seconds: NDArray[np.int32]
    area_name: NDArray[np.object_]
    area: NDArray[np.object_]

    @property
    def trips_on_day(self) -> int:
        """How many trips begin on the day of service."""
        return int((self.day_of == 0).sum())
