"""The commands: a thin cover of the verbs; every answer in Japanese and in English."""

from __future__ import annotations

import datetime as dt
import gc
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer

from gisplan.cli.options import (
    All,
    AnyPlan,
    AsJson,
    Explain,
    For,
    Force,
    Houses,
    LayerFolder,
    Out,
    PlanFile,
    Plans,
    Quiet,
    Schema,
    Strict,
    To,
    Tongue,
    Why,
)
from gisplan.cli.screen import Screen
from gisplan.cli.terminal import speak_utf8
from gisplan.cli.typed import language_of, usage_problem
from gisplan.core.errors import ConfigurationError, GisplanError, InputError, Problem
from gisplan.core.version import __version__
from gisplan.core.words import Audience, Language, Text

app = typer.Typer(
    name="gisplan",
    help="特定居住促進区域の計画づくりの道具箱 / Planning toolkit for specified residence promotion areas",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(f"gisplan {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="版を表示する / show the version"
        ),
    ] = False,
    language: Tongue = None,
) -> None:
    """特定居住促進区域の計画づくりの道具箱 / Planning toolkit for specified residence promotion areas."""
    if language is not None:  # before the command it stands for every command, unless that says otherwise
        group: Any = context.command
        context.default_map = {name: {"language": language} for name in group.commands}


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="出力フォルダ / output folder")] = Path(
        "gisplan-demo"
    ),
    language: Tongue = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """架空の町で全部を通しで動かす / Run everything on the embedded, made-up town."""
    from gisplan.layers.catalogue import demo_folder, packaged_folder

    screen = _screen(language, as_json=as_json, quiet=quiet)
    _run(screen, demo_folder() / "plan.toml", out=folder, layers=packaged_folder())
    screen.demo_town()


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="新しい計画のフォルダ / the new plan's folder")
    ],
    municipality: Annotated[
        str,
        typer.Option(
            "--municipality", metavar="CODE", help="市区町村コード5桁 / five-digit municipality code"
        ),
    ] = "",
    town: Annotated[
        bool, typer.Option("--demo", help="架空の町の資料と plan.toml を写す / copy the made-up town to change it")
    ] = False,
    language: Tongue = None, layers: LayerFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """説明つきの plan.toml を作る / Make a commented plan.toml."""
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.plan.init import copy_demo
    from gisplan.plan.init import init as make

    screen = _screen(language, as_json=as_json, quiet=True)
    if bool(municipality) == town:
        detail = Text(
            ja="--municipality か --demo のどちらか一つを書きます", en="give either --municipality or --demo"
        )
        values = {"detail": detail, "command": "gisplan init"}
        raise InputError(Problem(code="cli.usage", place="gisplan init", values=values))
    if town:
        screen.made(copy_demo(folder), town=True)
        return
    path = make(folder, municipality=municipality, day=_today(), catalogue=read_catalogue(layers))
    screen.made(path)


@app.command()
def fetch(
    plan: PlanFile,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", metavar="NAME", help="取得するレイヤ（繰り返せる） / layer to fetch, repeatable"),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="取得できる全部のレイヤ / every layer that is published")
    ] = False,
    release: Annotated[
        str, typer.Option("--release", metavar="NAME", help="--layer のレイヤの版 / release of that layer")
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="保存先 / folder of the files（data）")
    ] = None,
    listing: Annotated[
        bool,
        typer.Option("--list", help="取得せず、取得先と置き場所を示す / name addresses and places, fetch nothing"),
    ] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="取得済みでも取り直す / fetch again what is there")
    ] = False,
    language: Tongue = None, layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """公開資料を取得する（版・利用条件・出典を記録する） / Fetch published data, with release, terms and credit."""
    from gisplan.plan.fetch import FetchRequest, list_wanted
    from gisplan.plan.fetch import fetch as get

    screen = _screen(language, as_json=as_json, quiet=quiet)
    request = FetchRequest(
        plan=_plan_file(plan), day=_today(), layers=tuple(layer or ()), everything=everything, release=release, to=to,
        catalogue=layers, refresh=refresh, key=os.environ.get("REINFOLIB_API_KEY", "").strip(),
    )  # fmt: skip
    if listing:
        screen.fetched(list_wanted(request))
        return
    with screen.progress() as progress:
        outcome = get(request, progress=progress)
    screen.fetched(outcome)
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


@app.command()
def layers(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="レイヤの名前 / a layer's name")
    ] = None,
    folder: LayerFolder = None,
    language: Tongue = None,
    as_json: AsJson = False,
) -> None:
    """使えるレイヤの一覧と説明 / List the layers, or describe one."""
    from gisplan.layers.catalogue import find_spec, read_catalogue

    screen = _screen(language, as_json=as_json, quiet=True)
    catalogue = read_catalogue(folder)
    if name is None:
        screen.catalogue(catalogue)
    else:
        screen.layer(find_spec(catalogue, name, place=f"gisplan layers {name}"))


@app.command()
def check(
    plan: AnyPlan = None, out: Out = None, audience: For = None, language: Tongue = None, houses: Houses = False,
    strict: Strict = False, explain: Explain = None, every: All = None,
    layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
) -> None:  # fmt: skip
    """資料を読み、用途と区域を判定する / Read the files, judge uses and areas."""
    from gisplan.sources.child_process import begun

    screen = _screen(language, as_json=as_json, quiet=quiet)
    if (plan is None) == (every is None) or (every is not None and explain is not None):
        detail = Text(ja="PLAN か --all DIR のどちらか一つを書きます", en="give either PLAN or --all DIR")
        values = {"detail": detail, "command": "gisplan check"}
        raise InputError(Problem(code="cli.usage", place="gisplan check", values=values))
    if plan is not None and explain is not None:
        _explain(screen, plan, explain, layers=layers, audience=audience)
        return
    file = every or Path() if plan is None else _plan_file(plan)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.cli.doctor import check_all, check_one
        from gisplan.plan.run import Request

        request = Request(
            plan=file, out=out, layers=layers, parts=("check",), outputs=("tables", "page") if out else (),
            audience=_audience(audience), language=screen.asked, houses=houses, force=force, anew=strict,
        )  # fmt: skip
        code = (check_all if plan is None else check_one)(screen, request, strict=strict, child=child)
    if code:
        raise typer.Exit(code)


@app.command()
def access(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
) -> None:  # fmt: skip
    """ICと拠点を結ぶ道路と到達時間を計算する / Link interchanges and hubs, measure access."""
    screen = _screen(language, as_json=as_json, quiet=quiet)
    _run(
        screen, plan, out=out, layers=layers, parts=("access",), outputs=("tables",) if out else (),
        audience=audience, force=force,
    )  # fmt: skip


@app.command("map")
def draw(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
) -> None:  # fmt: skip
    """地図だけを作る（1つのHTML） / Make the map only (one HTML file)."""
    screen = _screen(language, as_json=as_json, quiet=quiet)
    folder = out or _plan_file(plan).parent / "out-map"
    _run(screen, plan, out=folder, layers=layers, outputs=("map",), audience=audience, force=force)


@app.command()
def site(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False, why: Why = None,
) -> None:  # fmt: skip
    """候補敷地から拠点を選ぶ / Choose hubs among the candidate sites."""
    screen = _screen(language, as_json=as_json, quiet=quiet)
    _run(
        screen, plan, out=out, layers=layers, parts=("check", "access", "site"), outputs=("tables",) if out else (),
        audience=audience, force=force, why=tuple(why or ()),
    )  # fmt: skip


@app.command()
def compare(
    plans: Plans, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
) -> None:  # fmt: skip
    """計画どうし、または一つの計画のシナリオを並べて比べる / Compare plans, or the scenarios of one plan."""
    from gisplan.cli.compared import compare_plans

    screen = _screen(language, as_json=as_json, quiet=quiet)
    files, readers = tuple(map(_plan_file, plans)), _audience(audience)
    compare_plans(screen, files, out=out, layers=layers, audience=readers, force=force)


@app.command()
def run(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, houses: Houses = False,
    layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
    to: To = "", schema: Schema = "gisplan",
) -> None:  # fmt: skip
    """全部を計算して書き出す / Compute and write everything."""
    screen = _screen(language, as_json=as_json, quiet=quiet)
    folder = out or _plan_file(plan).parent / "out"
    _run(
        screen, plan, out=folder, layers=layers, audience=audience, houses=houses, force=force, to=to, schema=schema
    )  # fmt: skip


def _run(screen: Screen, plan: Path, *, audience: str | None = None, **options: Any) -> Any:
    """Run a request and show its outcome."""
    from gisplan.sources.child_process import begun

    file, readers = _plan_file(plan), _audience(audience)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.plan.run import Request
        from gisplan.plan.run import run as do

        request = Request(plan=file, audience=readers, language=screen.asked, **options)
        with screen.progress() as progress:
            outcome = do(request, progress=progress, child=child)
    screen.outcome(outcome)
    return outcome


def _audience(named: str | None) -> Audience | None:
    """Return whom the command line names, None where it leaves that to plan.toml."""
    if named not in {None, "internal", "partner", "public"}:
        raise ConfigurationError(
            Problem(
                code="config.unknown_name",
                place="--audience",
                values={"name": named, "near": "", "known": ["internal", "partner", "public"]},
            )
        )
    return cast("Audience | None", named)


def _explain(screen: Screen, plan: Path, subject: str, *, layers: Path | None, audience: str | None) -> None:
    """Tell one verdict step by step; nothing is written."""
    from gisplan.sources.child_process import begun

    file, readers = _plan_file(plan), _audience(audience)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.plan.run import Request, tell

        request = Request(plan=file, out=None, layers=layers, audience=readers, language=screen.asked)
        with screen.progress() as progress:
            told = tell(request, subject, progress=progress, child=child)
    screen.told(told)


def _today() -> dt.date:
    """Return the day in Japan."""
    return dt.datetime.now(tz=dt.timezone(dt.timedelta(hours=9))).date()


def _plan_file(path: Path) -> Path:
    if not path.is_dir():
        return path
    if not (path / "plan.toml").is_file():
        raise ConfigurationError(Problem(code="config.no_plan", place=path.name))
    return path / "plan.toml"


def _screen(language: str | None, *, as_json: bool, quiet: bool) -> Screen:
    if language not in {None, "ja", "en"}:
        raise ConfigurationError(
            Problem(
                code="config.unknown_name",
                place="--language",
                values={"name": language, "near": "", "known": ["ja", "en"]},
            )
        )
    return Screen(asked=cast("Language | None", language), as_json=as_json, quiet=quiet)


def main() -> NoReturn:
    """Run the command line and end the process."""
    code = answer()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # a program without a window has none
            stream.flush()
    except (OSError, ValueError):
        sys.exit(code)
    # Python would free every cell of a long list one by one before it ends, which takes longer than its last step.
    os._exit(code)


def answer() -> int:
    """Do what the command line asks and return the exit code; no traceback reaches a user."""
    speak_utf8()
    # A run builds large tables of small values that live to its end; looking for cycles among them costs a tenth.
    gc.set_threshold(100_000, 50, 50)
    # Nothing here multiplies matrices, and threads that wait for it take a tenth of a second from every start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if not os.environ.get("GISPLAN_DEBUG"):
        # A writer that a full disk stopped complains once more, with a traceback, when it is cleared away.
        sys.unraisablehook = _say_nothing
    arguments = sys.argv[1:] or ["--help"]
    screen = Screen(asked=language_of(arguments), as_json="--json" in arguments, quiet=False)
    try:
        code = app(arguments, standalone_mode=False)
    except GisplanError as error:
        screen.problems(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read us, e.g. `head`, has enough; Python would complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if (mistyped := usage_problem(error)) is not None:
            screen.problems(mistyped)
            return mistyped.exit_code
        if os.environ.get("GISPLAN_DEBUG"):
            raise
        screen.bug(error)
        return 70
    return code if isinstance(code, int) else 0


def _say_nothing(_unraisable: object) -> None:
    """Take what Python cannot raise."""
