"""Arguments and options that several commands share; what a user reads of them is in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="plan.toml、またはそのフォルダ / plan.toml or its folder")
]
Plans = Annotated[
    list[Path],
    typer.Argument(
        metavar="PLAN [PLAN…]",
        help="比べる plan.toml、またはそのフォルダ / plans to compare, files or folders",
    ),
]
AnyPlan = Annotated[
    Path | None,
    typer.Argument(metavar="PLAN", help="plan.toml、またはそのフォルダ / plan.toml or its folder"),
]
All = Annotated[
    Path | None,
    typer.Option(
        "--all",
        metavar="DIR",
        help="中のフォルダの計画をすべて点検する / check all plans in folders below it",
    ),
]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR", help="出力フォルダ / output folder")]
For = Annotated[
    str | None,
    typer.Option("--audience", metavar="internal|partner|public", help="誰に渡すか / who will get the files"),
]
Tongue = Annotated[str | None, typer.Option("--language", metavar="ja|en", help="表示と表の言語 / language")]
AsJson = Annotated[bool, typer.Option("--json", help="結果をJSONで標準出力に / result as JSON on stdout")]
Quiet = Annotated[bool, typer.Option("--quiet", help="経過を表示しない / say nothing of the progress")]
LayerFolder = Annotated[
    Path | None,
    typer.Option("--layers", metavar="DIR", help="レイヤのカタログのフォルダ / folder of the catalogue"),
]
Houses = Annotated[bool, typer.Option("--houses", help="空家等も一戸ずつ判定する / judge vacant houses, too")]
Strict = Annotated[
    bool, typer.Option("--strict", help="S1・S2の所見があれば終了コード2 / exit 2 on any S1 or S2")
]
Explain = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="ID",
        help="一つの拠点・敷地・空家等の判定を順に説明する / tell one verdict step by step",
    ),
]
Why = Annotated[
    list[str] | None,
    typer.Option(
        "--why",
        metavar="ID",
        help="その敷地がなぜ拠点に選ばれないかを答える（繰り返せる） / tell why a site is no hub, repeatable",
    ),
]
Embed = Annotated[
    bool,
    typer.Option(
        "--embed",
        help="埋め込み用の軽量版とiframeの書き方も作る / also a light variant and the iframe to paste",
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="入力が同じでも作り直す / make anew even where nothing changed")
]

TemplateOut = Annotated[
    Path | None,
    typer.Option(
        "--template-out",
        metavar="FILE",
        help="標準の Word テンプレートを書き出す（計算しない） / write our Word template, compute nothing",
    ),
]

To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="postgresql://…/DB",
        help="レイヤと表を PostGIS にも書き出す / write layers and tables into PostGIS, too",
    ),
]
Schema = Annotated[str, typer.Option("--schema", metavar="NAME", help="--to のスキーマ / schema for --to")]
Form = Annotated[
    str, typer.Option("--format", metavar="geojson|kml", help="書き出す形式 / format of the files")
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--layer",
        metavar="NAME",
        help="書き出すレイヤ（繰り返せる。省くと全部） / layer to write, repeatable; all by default",
    ),
]
BundleArgument = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="gisplan bundle が作った zip / a zip made by gisplan bundle")
]
File = Annotated[
    Path | None, typer.Option("--out", metavar="FILE.zip", help="作るファイル / the file to make")
]
From = Annotated[
    Path | None,
    typer.Option(
        "--published",
        metavar="DIR",
        help="公表した表のある出力フォルダ / output folder whose tables were published（out）",
    ),
]
Inputs = Annotated[
    Path | None,
    typer.Option("--inputs", metavar="DIR", help="計画と入力のフォルダ / folder of the plan and its inputs"),
]
WithInputs = Annotated[
    bool,
    typer.Option(
        "--with-inputs",
        help="利用条件が許す入力のファイルも入れる / with the input files whose terms allow it",
    ),
]
Written = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="map|tables|geopackage|figures|report",
        help="これだけを書き出す（繰り返せる） / write these alone, repeatable",
    ),
]
