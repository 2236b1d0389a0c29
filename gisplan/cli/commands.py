"""The commands: a thin cover of the verbs; every answer in Japanese and in English."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from gisplan.cli.asking import audience_of, outputs_of, plan_file, run_plan, screen_for, today
from gisplan.cli.options import (
    All,
    AnyPlan,
    AsJson,
    BundleArgument,
    Embed,
    Explain,
    File,
    For,
    Force,
    Form,
    From,
    Houses,
    Inputs,
    LayerFolder,
    Only,
    Out,
    PlanFile,
    Plans,
    Quiet,
    Schema,
    Strict,
    TemplateOut,
    To,
    Tongue,
    Why,
    WithInputs,
    Written,
)
from gisplan.cli.screen import Screen
from gisplan.core.errors import InputError, Problem
from gisplan.core.version import __version__
from gisplan.core.words import Text

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

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    run_plan(screen, demo_folder() / "plan.toml", out=folder, layers=packaged_folder())
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

    screen = screen_for(language, as_json=as_json, quiet=True)
    if bool(municipality) == town:
        detail = Text(
            ja="--municipality か --demo のどちらか一つを書きます", en="give either --municipality or --demo"
        )
        values = {"detail": detail, "command": "gisplan init"}
        raise InputError(Problem(code="cli.usage", place="gisplan init", values=values))
    if town:
        screen.made(copy_demo(folder), town=True)
        return
    path = make(folder, municipality=municipality, day=today(), catalogue=read_catalogue(layers))
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

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    request = FetchRequest(
        plan=plan_file(plan), day=today(), layers=tuple(layer or ()), everything=everything, release=release, to=to,
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

    screen = screen_for(language, as_json=as_json, quiet=True)
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

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    if (plan is None) == (every is None) or (every is not None and explain is not None):
        detail = Text(ja="PLAN か --all DIR のどちらか一つを書きます", en="give either PLAN or --all DIR")
        values = {"detail": detail, "command": "gisplan check"}
        raise InputError(Problem(code="cli.usage", place="gisplan check", values=values))
    if plan is not None and explain is not None:
        _explain(screen, plan, explain, layers=layers, audience=audience)
        return
    file = every or Path() if plan is None else plan_file(plan)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.cli.doctor import check_all, check_one
        from gisplan.plan.run import Request

        request = Request(
            plan=file, out=out, layers=layers, parts=("check",), outputs=("tables", "page") if out else (),
            audience=audience_of(audience), language=screen.asked, houses=houses, force=force, anew=strict,
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
    screen = screen_for(language, as_json=as_json, quiet=quiet)
    run_plan(
        screen, plan, out=out, layers=layers, parts=("access",), outputs=("tables",) if out else (),
        audience=audience, force=force,
    )  # fmt: skip


@app.command("map")
def draw(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False, embed: Embed = False,
) -> None:  # fmt: skip
    """地図だけを作る（1つのHTML） / Make the map only (one HTML file)."""
    screen = screen_for(language, as_json=as_json, quiet=quiet)
    folder = out or plan_file(plan).parent / "out-map"
    run_plan(
        screen,
        plan,
        out=folder,
        layers=layers,
        outputs=("map", "embed") if embed else ("map",),
        audience=audience,
        force=force,
    )


@app.command("export")
def hand_over(
    plan: PlanFile, form: Form, only: Only = None, out: Out = None, audience: For = None, language: Tongue = None,
    layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
) -> None:  # fmt: skip
    """レイヤを GeoJSON または KML で書き出す（1レイヤ1ファイル） / Write layers as GeoJSON or KML, a file each."""
    from gisplan.plan.handover.exports import refuse_unknown_form

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    refuse_unknown_form(form)
    folder = out or plan_file(plan).parent / f"out-{form}"
    run_plan(
        screen, plan, out=folder, layers=layers, outputs=(form,), only=tuple(only or ()), audience=audience, force=force
    )  # fmt: skip


@app.command()
def report(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False, template_out: TemplateOut = None,
) -> None:  # fmt: skip
    """計画書の章を作る（Word と1つのHTML） / Write the plan chapter (Word and one HTML file)."""
    screen = screen_for(language, as_json=as_json, quiet=quiet)
    if template_out is not None:
        from gisplan.cli.papers import write_template

        write_template(screen, plan_file(plan), template_out, layers=layers)
        return
    folder = out or plan_file(plan).parent / "out-report"
    run_plan(screen, plan, out=folder, layers=layers, outputs=("report",), audience=audience, force=force)


@app.command()
def site(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False, force: Force = False, why: Why = None,
) -> None:  # fmt: skip
    """候補敷地から拠点を選ぶ / Choose hubs among the candidate sites."""
    screen = screen_for(language, as_json=as_json, quiet=quiet)
    run_plan(
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

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    files, readers = tuple(map(plan_file, plans)), audience_of(audience)
    compare_plans(screen, files, out=out, layers=layers, audience=readers, force=force)


@app.command()
def run(
    plan: PlanFile, out: Out = None, audience: For = None, language: Tongue = None, houses: Houses = False,
    layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False, force: Force = False,
    to: To = "", schema: Schema = "gisplan", only: Written = None,
) -> None:  # fmt: skip
    """全部を計算して書き出す / Compute and write everything."""
    screen = screen_for(language, as_json=as_json, quiet=quiet)
    folder = out or plan_file(plan).parent / "out"
    run_plan(
        screen, plan, out=folder, outputs=outputs_of(only), layers=layers, audience=audience, houses=houses,
        force=force, to=to, schema=schema,
    )  # fmt: skip


@app.command("bundle")
def make_bundle(
    plan: PlanFile, out: File = None, published: From = None, with_inputs: WithInputs = False, audience: For = None,
    language: Tongue = None, layers: LayerFolder = None, as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """公表した表を誰でも計算し直せる監査用の一式を作る / Make an audit bundle, to compute the figures again."""
    from gisplan.cli import bundled
    from gisplan.plan.handover.published import BundleRequest

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    request = BundleRequest(
        plan=plan_file(plan), out=out, published=published, layers=layers, audience=audience_of(audience),
        with_inputs=with_inputs,
    )  # fmt: skip
    bundled.make_bundle(screen, request)


@app.command("verify")
def check_bundle(
    bundle: BundleArgument, inputs: Inputs = None, language: Tongue = None, layers: LayerFolder = None,
    as_json: AsJson = False, quiet: Quiet = False,
) -> None:  # fmt: skip
    """監査用の一式を確かめる：計算し直し、公表した数値と比べる / Check a bundle: recompute and compare every figure."""
    from gisplan.cli import bundled

    screen = screen_for(language, as_json=as_json, quiet=quiet)
    if code := bundled.check_bundle(screen, bundle, inputs=inputs, layers=layers):
        raise typer.Exit(code)


@app.command()
def serve(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="計画のフォルダ / the plan's folder")] = Path(),
    port: Annotated[
        int | None, typer.Option("--port", metavar="N", min=0, max=65_535, help="127.0.0.1 のポート / its port")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="ブラウザを開かない / open no browser")] = False,
    language: Tongue = None, layers: LayerFolder = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """計画のフォルダを、このコンピュータのブラウザで見て作る / Work on a plan's folder in the browser."""
    from gisplan.cli.served import serve_folder

    screen = screen_for(language, as_json=as_json, quiet=True)
    serve_folder(screen, folder, port=port, layers=layers, opened=not no_open)


def _explain(screen: Screen, plan: Path, subject: str, *, layers: Path | None, audience: str | None) -> None:
    """Tell one verdict step by step; nothing is written."""
    from gisplan.sources.child_process import begun

    file, readers = plan_file(plan), audience_of(audience)
    with begun() as child:  # it loads its libraries while we load ours
        from gisplan.plan.run import Request, tell

        request = Request(plan=file, out=None, layers=layers, audience=readers, language=screen.asked)
        with screen.progress() as progress:
            told = tell(request, subject, progress=progress, child=child)
    screen.told(told)
