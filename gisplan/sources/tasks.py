"""What the child does for its parent: rows, ways or a timetable into a parcel, or a grid into the plan's CRS."""

from __future__ import annotations

import dataclasses
import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gisplan.core.arrays import pack as pack_arrays
from gisplan.core.disk import NO_ROOM, write_whole
from gisplan.core.errors import GisplanError, Problem
from gisplan.sources.osm_ways import packed
from gisplan.sources.parcel import live_file, live_target, live_wanted, pack, plain_problem
from gisplan.sources.raster import read_raster
from gisplan.sources.read import parse, parse_ways
from gisplan.sources.timetable import read_timetable
from gisplan.sources.timetable_parcel import live_asked, pack_timetable


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to a request; a failing of ours is told as damage of the file, never as a traceback.

    What a full disk keeps from being written on the way is told as what the disk said.

    Parameters
    ----------
    request
        `do` names the task, `file` the file; the rest belongs to the task.
    """
    try:
        return TASKS[request["do"]](request)
    except GisplanError as error:
        return {"problems": [plain_problem(problem) for problem in error.problems]}
    except OSError as error:
        if error.errno in NO_ROOM:
            return {"disk": [error.errno, os.strerror(error.errno)]}
        return _damaged(error, request)
    except (KeyboardInterrupt, SystemExit):
        raise
    # Whatever a parser stumbles over is the file's fault; a panic of Rust is no Exception of Python.
    except BaseException as error:  # noqa: BLE001 (see above)
        return _damaged(error, request)


def _damaged(error: BaseException, request: Mapping[str, Any]) -> dict[str, Any]:
    if os.environ.get("GISPLAN_DEBUG"):
        traceback.print_exc()
    values = {"detail": type(error).__name__}
    problem = Problem(code="file.corrupt", place=request["file"]["name"], values=values)
    return {"problems": [plain_problem(problem)]}


def _rows(request: Mapping[str, Any]) -> dict[str, Any]:
    raw = parse(live_file(request["file"]), live_wanted(request["wanted"]))
    pack(raw, Path(request["parcel"]))
    return {"done": True}


def _ways(request: Mapping[str, Any]) -> dict[str, Any]:
    ways = parse_ways(live_file(request["file"]), live_wanted(request["wanted"]))
    write_whole(Path(request["parcel"]), pack_arrays(packed(ways)))
    return {"done": True}


def _grid(request: Mapping[str, Any]) -> dict[str, Any]:
    target = live_target(request["target"])
    grid = read_raster(live_file(request["file"]), target)
    return {"grid": {**dataclasses.asdict(grid), "path": str(grid.path)}}


def _timetable(request: Mapping[str, Any]) -> dict[str, Any]:
    timed = read_timetable(live_file(request["file"]), live_asked(request["asked"]))
    pack_timetable(timed, Path(request["parcel"]))
    return {"done": True}


TASKS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "rows": _rows,
    "ways": _ways,
    "grid": _grid,
    "timetable": _timetable,
}
