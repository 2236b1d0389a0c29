"""What a check shows: a line with a light for each layer, findings with their cures, and the next step.

The lights are signs; colours only repeat them, and only on a terminal.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gisplan.cli.terminal import cell, put, put_lines
from gisplan.core.checkup import LIGHTS, Checkup, LayerTold, Light, PlanTold, StopTold
from gisplan.core.errors import places_of
from gisplan.core.visible import visible
from gisplan.core.words import Language

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Line

    from gisplan.cli.screen import Screen
    from gisplan.layers.load import RefusedError
    from gisplan.plan.run import Outcome, Request
    from gisplan.sources.child_process import Child

STRICT = 2
GRAVE = frozenset({"S1", "S2"})
COLOURS: Mapping[Light, str] = {"red": "red", "yellow": "yellow", "green": "green", "grey": "bright_black"}

Columns = frozenset[str]
DROPPED: tuple[str, ...] = ("name", "how", "inside", "encoding", "crs")
"""Columns, and how encoding and CRS are known, in the order in which a narrow terminal does without them."""

UNBOUNDED = 10_000
"""Columns of a terminal on which no table has to wrap."""

_EPSG = re.compile(r" \(EPSG:\d+\)")


def check_one(screen: Screen, request: Request, *, strict: bool, child: Child) -> int:
    """Check one plan, show what came of it, and return the exit code.

    Parameters
    ----------
    screen
        Where it is shown.
    request
        What is asked.
    strict
        Whether grave findings change the exit code.
    child
        Who parses what native code reads.
    """
    from gisplan.layers.load import RefusedError
    from gisplan.plan.run import run

    try:
        with screen.progress() as progress:
            outcome = run(request, progress=progress, child=child)
    except RefusedError as error:
        _show_refusal(screen, error, request)
        return error.exit_code
    _show_outcome(screen, outcome)
    if not strict or outcome.results is None:
        return 0
    return STRICT if outcome.results.findings["severity"].isin(GRAVE).any() else 0


def check_all(screen: Screen, request: Request, *, strict: bool, child: Child) -> int:
    """Check the plans of all folders below a folder, show the overview, and return the gravest exit code.

    Parameters
    ----------
    screen
        Where it is shown.
    request
        What is asked of each plan; its `plan` is the folder.
    strict
        Whether grave findings change the exit code.
    child
        Who parses what native code reads.
    """
    from gisplan.plan.everywhere import check_everywhere, rows_of

    with screen.progress() as progress:
        told = check_everywhere(request.plan, request, progress=progress, child=child)
    if screen.as_json:
        screen.json(rows_of(told))
    else:
        _show_all(told, screen.language)
        if request.out is not None:
            page = (request.out / "check-all.html").resolve()
            screen.say(f"点検のページ: {page}", f"Page of the check: {page}")
    doubts = any(
        finding.severity in GRAVE for one in told if one.checkup is not None for finding in one.checkup.findings
    )  # fmt: skip
    return max([STRICT if strict and doubts else 0, *(one.exit_code for one in told)])


def _show_outcome(screen: Screen, outcome: Outcome) -> None:
    from gisplan.cli.summary import as_json, heading, results
    from gisplan.plan.examine import told_of_results

    told = None
    if outcome.results is not None and outcome.released is not None:
        told = told_of_results(outcome.results, outcome.released)
    if screen.as_json:
        screen.json({**as_json(outcome), "check": _written(outcome) if told is None else _plain(told)})
        return
    language = screen.asked or outcome.plan.language
    put_lines(heading(outcome, language))
    if told is not None:
        _show_layers(told, language)
    put_lines(results(outcome, language))
    if told is not None:
        put_lines([_next_step(told, language)])


def _plain(told: Checkup) -> dict[str, Any]:
    return dataclasses.asdict(told)


def _written(outcome: Outcome) -> Any:
    """Return what the page on disk tells, where nothing had to be computed."""
    page = None if outcome.folder is None else outcome.folder / "check.json"
    return None if page is None or not page.is_file() else json.loads(page.read_text("utf-8"))


def _show_refusal(screen: Screen, error: RefusedError, request: Request) -> None:
    """Show every layer with its light, and then what stops; outside the office codes, files and cures."""
    from gisplan.cli.summary import finding_lines
    from gisplan.plan.examine import refusal_in, told_of_refusal

    told = told_of_refusal(error.examination)
    folder = request.out if request.out is not None and refusal_in(request.out) else None
    if screen.as_json:
        problems = [dataclasses.asdict(stop) for stop in told.stops]
        out = None if folder is None else folder.as_posix()
        screen.json(
            {"exit_code": error.exit_code, "problems": problems, "out": out, "check": _plain(told)}
        )  # fmt: skip
        return
    language = screen.asked or told.language
    put_lines([told.title])
    _show_layers(told, language)
    put_lines(finding_lines(_frame(told), language))
    if folder is not None:
        page = (folder / "check.html").resolve()
        put_lines([f"点検のページ: {page}" if language == "ja" else f"Page of the check: {page}"])
    put_lines([_next_step(told, language)])
    whole = told.audience == "internal"
    said = error.say(language) if whole else "\n".join(_bare(told.stops, language))
    put(said, error=True)


def _bare(stops: Iterable[StopTold], language: Language) -> Iterable[str]:
    """Yield codes, the files at fault and cures; files of one code and cure stand together."""
    files: dict[tuple[str, str], list[str]] = {}
    for stop in stops:
        files.setdefault((stop.code, stop.do.of(language)), []).append(stop.file)
    for (code, cure), named in files.items():
        yield f"[{code}] {places_of(named, language)}\n  → {visible(cure)}"


def _frame(told: Checkup) -> Any:
    """Return the findings as the summary shows them."""
    import pandas as pd

    from gisplan.core.tables import contract

    rows = [
        {
            "code": found.code, "severity": found.severity, "layer": found.layer, "subject": found.subject,
            "reason_ja": found.reason.ja, "reason_en": found.reason.en, "do_ja": found.do.ja, "do_en": found.do.en,
        }
        for found in told.findings
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(contract("findings").names))


def _next_step(told: Checkup, language: Language) -> str:
    """Return what to do next."""
    if told.stops:
        ja = "次に：× の資料を直して、もう一度 gisplan check を動かします。"
        en = "Next: mend the data marked ×, and run gisplan check again."
    elif any(finding.severity in GRAVE for finding in told.findings):
        ja = "次に：→ のとおりに直すか、そのままでよいかを確かめて、gisplan run で地図と表を作ります。"
        en = (
            "Next: do what → says, or make sure that it may stay; then make maps and tables with gisplan run."
        )
    else:
        ja = "次に：gisplan run で地図と表を作ります。"
        en = "Next: make maps and tables with gisplan run."
    return ja if language == "ja" else en


# ---- the table of layers -------------------------------------------------------------------------------


def _show_layers(told: Checkup, language: Language) -> None:
    from rich.console import Console

    console = Console()
    ja = language == "ja"
    said = (
        "資料（読んだ行＝そのまま＋直した＋読まなかった）"
        if ja
        else "Layers (rows read = kept + mended + refused)"
    )
    put_lines([said])
    layers = sorted(told.given, key=lambda layer: (LIGHTS.index(layer.light), layer.layer))
    if layers:
        _fitting(console, lambda columns: _layer_table(layers, columns, language))
    put_lines(_unread_lines(layers, language))
    if told.absent:
        titles = ("、" if ja else ", ").join(layer.title.of(language) for layer in told.absent)
        put_lines([f"－  {'計画にない資料' if ja else 'Not in the plan'}: {titles}"])
    put_lines([_legend(language)])


def _unread_lines(layers: Iterable[LayerTold], language: Language) -> Iterable[str]:
    """Yield for each layer of which some files were read the names of those that cannot be."""
    for layer in layers:
        if layer.rows is not None and layer.unread:
            title, names = layer.title.of(language), places_of(layer.unread, language)
            yield (
                f"   {title}の読めないファイル：{names}"
                if language == "ja"
                else f"   {title}, not read: {names}"
            )


def _fitting(console: Console, make: Callable[[Columns], Table]) -> None:
    """Print a table with as many columns as there is room for."""
    room = console.options.update(width=UNBOUNDED, max_width=UNBOUNDED)
    tables = (make(frozenset(DROPPED[place:])) for place in range(len(DROPPED) + 1))
    for table in tables:
        if console.measure(table, options=room).maximum <= console.width:
            break
    console.print(table)


def _layer_table(layers: Sequence[LayerTold], columns: Columns, language: Language) -> Table:
    from rich.table import Table
    from rich.text import Text as Line

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    widths = [
        max((len(f"{getattr(layer.rows, name):,}") for layer in layers if layer.rows), default=1)
        for name in ("read", "kept", "mended", "refused")
    ]
    for layer in layers:
        cells = [_sign(layer.light), cell(layer.title.of(language))]
        cells += [cell(layer.layer)] if "name" in columns else []
        cells += [Line(_rows(layer, widths, language), no_wrap=True)]
        cells += [cell(text) for text in _how(layer, columns, language)]
        table.add_row(*cells)
    return table


def _sign(light: Light) -> Line:
    from rich.text import Text as Line

    from gisplan.maps.check_page import check_words

    return Line(check_words()["lights"][light]["sign"], style=f"bold {COLOURS[light]}", no_wrap=True)


def _rows(layer: LayerTold, widths: Sequence[int], language: Language) -> str:
    ja = language == "ja"
    if not layer.told:
        return "件数は庁外に示しません" if ja else "not told outside the office"
    if layer.rows is None:
        return "読めません" if ja else "cannot be read"
    rows = layer.rows
    parts = [
        f"{value:>{width},}"
        for value, width in zip((rows.read, rows.kept, rows.mended, rows.refused), widths, strict=True)
    ]
    note = "" if layer.assessed else ("  未評価" if ja else "  not assessed")
    if layer.stops:
        count = len(layer.unread)
        files = (
            f"ほか{count}ファイルは読めません"
            if ja
            else f"{count} more {'file' if count == 1 else 'files'} cannot be read"
        )
        some = "一部は読めません" if ja else "some cannot be read"
        note += f"  {files if count else some}"
    return f"{parts[0]} = {parts[1]} + {parts[2]} + {parts[3]}{note}"


def _how(layer: LayerTold, columns: Columns, language: Language) -> Iterable[str]:
    from gisplan.maps.check_page import encoding_text, inside_of, inside_text, system_text

    how = "how" in columns
    if "encoding" in columns:
        yield _once(encoding_text(file, how=how).of(language) for file in layer.files)
    if "crs" in columns:
        yield _EPSG.sub("", _once(system_text(file, how=how).of(language) for file in layer.files))
    if "inside" in columns:
        share = inside_text(inside_of(layer.files))
        yield (f"区域内 {share}" if language == "ja" else f"inside {share}") if share else ""


def _once(texts: Iterable[str]) -> str:
    return "・".join(text for text in dict.fromkeys(texts) if text)


def _legend(language: Language) -> str:
    from gisplan.maps.check_page import check_words

    lights = check_words()["lights"]
    return "  ".join(f"{lights[light]['sign']} {lights[light]['short'].of(language)}" for light in LIGHTS)


# ---- many plans ------------------------------------------------------------------------------------------


def _show_all(told: Sequence[PlanTold], language: Language) -> None:
    from rich.console import Console
    from rich.table import Table

    from gisplan.maps.check_page import check_words

    words = check_words()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    table.add_column(words["words"]["folder"].of(language), overflow="fold")
    table.add_column(words["words"]["title"].of(language), overflow="fold")
    for light in LIGHTS:
        table.add_column(words["lights"][light]["sign"], justify="right")
    for severity in ("S1", "S2", "S3"):
        table.add_column(severity, justify="right")
    for one in (one for one in told if one.planned):
        table.add_row(*(cell(text) if isinstance(text, str) else text for text in _plan_cells(one, language)))
    Console().print(table)
    put_lines([_legend(language)])
    for one in told:
        stops = one.problems if one.checkup is None else one.checkup.stops
        put_lines(f"× {one.folder}  {line}" for line in _stop_lines(stops, language))
    no_plan = words["words"]["no_plan"].of(language)
    put_lines(f"{words['lights']['grey']['sign']} {one.folder}  {no_plan}" for one in told if not one.planned)


def _plan_cells(one: PlanTold, language: Language) -> list[str | Line]:
    from gisplan.maps.check_page import check_words, gravest

    if one.checkup is None:
        return [_sign("red"), one.folder, check_words()["words"]["not_examined"].of(language)]
    lights = Counter(layer.light for layer in one.checkup.layers)
    severities = Counter(finding.severity for finding in one.checkup.findings)
    counts = [*(str(lights[light]) for light in LIGHTS)]
    counts += [str(severities[severity]) for severity in ("S1", "S2", "S3")]
    light = gravest(layer.light for layer in one.checkup.given)
    return [_sign(light), one.folder, one.checkup.title, *counts]


def _stop_lines(stops: Iterable[StopTold], language: Language) -> Iterable[str]:
    """Yield a line for each code: the first of its kind, and where the others are."""
    groups: dict[str, list[StopTold]] = {}
    for stop in stops:
        groups.setdefault(stop.code, []).append(stop)
    for code, (first, *others) in groups.items():
        said = first.what.of(language) or first.do.of(language)
        places = places_of((stop.place or stop.file for stop in others), language)
        more = (
            f"（ほか{len(others)}か所：{places}）" if language == "ja" else f" ({len(others)} more: {places})"
        )
        yield f"[{code}] {first.place or first.file} {said}{more if others else ''}"
