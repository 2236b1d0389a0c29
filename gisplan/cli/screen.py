"""What a person sees in the terminal, or a program on stdout: progress, summaries, problems."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.cli.terminal import put
from gisplan.core.errors import GisplanError, Problem, fault
from gisplan.core.visible import json_text, visible
from gisplan.core.words import Language, Spec, Text

if TYPE_CHECKING:
    from gisplan.plan.fetch import Fetched
    from gisplan.plan.run import Outcome, Told

SHOW_AFTER_SECONDS = 2.0

STEPS: Mapping[str, Text] = {
    "plan": Text(ja="計画を読む", en="reading the plan"),
    "layer": Text(ja="資料を読む", en="reading"),
    "districts": Text(ja="言葉から区域を作る", en="making areas from words"),
    "law": Text(ja="用途を判定する", en="judging uses"),
    "network": Text(ja="道路をつなぐ", en="linking roads"),
    "access": Text(ja="到達時間を測る", en="measuring access"),
    "terrain": Text(ja="傾斜を測る", en="measuring slopes"),
    "scenario": Text(ja="シナリオを比べる", en="comparing scenarios"),
    "siting": Text(ja="拠点を選ぶ", en="choosing hubs"),
    "solving": Text(
        ja="拠点を選ぶ（Ctrl-C でここまでの最良を採る）最適値との差は最大",
        en="choosing hubs (Ctrl-C keeps the best so far), gap to the optimum at most",
    ),
    "siting_curve": Text(
        ja="拠点の数を変えて選び直す（Ctrl-C でここまで）",
        en="choosing other numbers of hubs (Ctrl-C ends it here)",
    ),
    "siting_stability": Text(
        ja="条件を変えて選び直す（Ctrl-C でここまで）",
        en="choosing under other conditions (Ctrl-C ends it here)",
    ),
    "district": Text(ja="適地と地区の案をつくる", en="judging the ground and proposing districts"),
    "fetch": Text(ja="取得する", en="fetching"),
    "write": Text(ja="書き出す", en="writing"),
}
WORST = ("S1", "S2", "S3", "S4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """How to speak: language asked for (the plan's where None), JSON or words, with or without progress."""

    asked: Language | None
    as_json: bool
    quiet: bool

    @property
    def language(self) -> Language:
        """The language of what is not about a plan."""
        return self.asked or "ja"

    def say(self, ja: str, en: str) -> None:
        """Print a line in the language asked for."""
        put(visible(ja if self.language == "ja" else en))

    def json(self, content: Any) -> None:
        """Print JSON."""
        put(json_text(content))

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """Yield a function that is told each step; it shows them on a terminal once two seconds have passed."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _step: None
            return
        from rich.console import Console
        from rich.text import Text as Words  # a plain text would be read for marks such as [red]

        console = Console(stderr=True)
        started = time.monotonic()
        with console.status("") as status:
            status.stop()

            def tell(step: str) -> None:
                key, _, detail = step.partition(" ")
                status.update(Words(visible(f"{STEPS[key].of(self.language)} {detail}")))
                if time.monotonic() - started > SHOW_AFTER_SECONDS:
                    status.start()

            yield tell

    def demo_town(self) -> None:
        """Say how the made-up town is copied, to change it and run it again."""
        if not self.as_json:
            self.say(
                "この町の plan.toml と資料を写して、変えて試すには：gisplan init shiomi --demo",
                "To copy this town's plan.toml and files, change them and run them again: gisplan init shiomi --demo",
            )

    def made(self, path: Path, *, town: bool = False) -> None:
        """Say that a plan was made, and what to do next; `town` tells that it is the made-up town with its files."""
        if self.as_json:
            self.json({"made": path.as_posix()})
            return
        folder = path.parent
        self.say(f"作りました：{path}", f"Made: {path}")
        if town:
            self.say(
                f"次に：plan.toml や資料を書きかえて、gisplan run {folder}（結果は {folder / 'out'}）",
                f"Next: change plan.toml or the files, then gisplan run {folder} (results in {folder / 'out'})",
            )
        else:
            self.say(
                f"次に：公開資料は gisplan fetch {folder} --all で取得し、庁内の資料は {folder / 'data'} に置き、"
                f"plan.toml の使う行の # を消し、gisplan check {folder}",
                f"Next: gisplan fetch {folder} --all gets what is published; put the office's files into "
                f"{folder / 'data'}, delete the # of the lines you use, gisplan check {folder}",
            )

    def catalogue(self, specs: Mapping[str, Spec]) -> None:
        """List the layers."""
        if self.as_json:
            self.json([_spec_row(spec) for spec in specs.values()])
            return
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text as Words

        table = Table(box=None, pad_edge=False)
        for heading in (("名前", "Name"), ("題名", "Title"), ("種類", "Kind"), ("説明", "About")):
            table.add_column(
                heading[0] if self.language == "ja" else heading[1],
                no_wrap=heading[1] in {"Name", "Kind"},
                overflow="fold",
            )
        for spec in specs.values():
            row = (spec.name, spec.title.of(self.language), spec.kind, spec.about.of(self.language))
            table.add_row(*(Words(visible(text)) for text in row))
        Console().print(table)

    def layer(self, spec: Spec) -> None:
        """Describe one layer: its source, licence, and fields with their aliases."""
        if self.as_json:
            self.json(_spec_row(spec))
            return
        language = self.language
        put(f"{spec.name}  {spec.title.of(language)}  [{spec.kind}]  {spec.file}")
        self.say(f"  {spec.about.ja}", f"  {spec.about.en}")
        self.say(f"  根拠：{spec.article or '—'}", f"  Article: {spec.article or '—'}")
        self.say(
            f"  出典：{spec.source.credit.ja}／{spec.source.licence} {spec.source.release}",
            f"  Source: {spec.source.credit.en} / {spec.source.licence} {spec.source.release}",
        )
        for release in spec.source.releases:
            barred = "" if release.redistribute and release.commercial else self._barred()
            self.say(
                f"  版 {release.release}：{release.licence}{barred}  {release.url.partition('?')[0]}",
                f"  Release {release.release}: {release.licence}{barred}  {release.url.partition('?')[0]}",
            )
        for field in spec.fields.values():
            unit = f" [{field.unit}]" if field.unit else ""
            aliases = ", ".join(field.column[1:])
            must = ("、必須" if language == "ja" else ", required") if field.required else ""
            put(f"    {field.name} ({field.type}{unit}{must}) {field.title.of(language)} ← {aliases}")
            for value in dict.fromkeys(field.codes.values()):
                label = field.labels[value].of(language) if value in field.labels else ""
                label = "" if label == value else label
                put(f"        {value} {label}")

    def _barred(self) -> str:
        ja, en = "【公表・商用は不可または要確認】", " [not to be published or sold, or to be checked]"
        return ja if self.language == "ja" else en

    def outcome(self, outcome: Outcome) -> None:
        """Show what came of a run."""
        from gisplan.cli.summary import as_json, as_text

        if self.as_json:
            self.json(as_json(outcome))
        else:
            put(as_text(outcome, language=self.asked or outcome.plan.language))

    def fetched(self, outcome: Fetched) -> None:
        """Show what came of fetching, problems last."""
        from gisplan.cli.fetched import fetched_rows, fetched_text

        if self.as_json:
            problems = [_problem_row(problem) for problem in outcome.problems]
            self.json({**fetched_rows(outcome), "problems": problems})
            return
        text = fetched_text(outcome, language=self.language)
        if text:
            put(text)
        for problem in outcome.problems:
            put(problem.say(self.language), error=True)

    def told(self, told: Told) -> None:
        """Show a verdict step by step."""
        from gisplan.cli.explained import explained_rows, explained_text

        if self.as_json:
            self.json(explained_rows(told.explained))
            return
        language, day = self.asked or told.plan.language, told.plan.date.isoformat()
        put(explained_text(told.explained, day=day, language=language))

    def problems(self, error: GisplanError) -> None:
        """Show what stopped a run."""
        if self.as_json:
            self.json(
                {
                    "exit_code": error.exit_code,
                    "problems": [_problem_row(problem) for problem in error.problems],
                }
            )
            return
        put(error.say(self.language), error=True)

    def bug(self, error: BaseException) -> None:
        """Say that gisplan itself failed, where, and whom to tell; never a traceback."""
        problem = fault(error)
        if self.as_json:
            self.json({"exit_code": 70, "problems": [_problem_row(problem)]})
        else:
            put(problem.say(self.language), error=True)


def _spec_row(spec: Spec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "group": spec.group,
        "kind": spec.kind,
        "title": {"ja": spec.title.ja, "en": spec.title.en},
        "about": {"ja": spec.about.ja, "en": spec.about.en},
        "article": spec.article,
        "licence": spec.source.licence,
        "credit": {"ja": spec.source.credit.ja, "en": spec.source.credit.en},
        "releases": [
            {
                "release": release.release,
                "provider": release.provider,
                "url": release.url,
                "terms": release.terms,
                "licence": release.licence,
                "commercial": release.commercial,
                "redistribute": release.redistribute,
            }
            for release in spec.source.releases
        ],
        "fields": {
            name: {
                "type": field.type,
                "unit": field.unit,
                "column": list(field.column),
                "required": field.required,
            }
            for name, field in spec.fields.items()
        },
    }


def _problem_row(problem: Problem) -> dict[str, Any]:
    what, cure = problem.what, problem.cure
    return {
        "code": problem.code,
        "place": problem.place,
        "what": {"ja": what.ja, "en": what.en},
        "do": {"ja": cure.ja, "en": cure.en},
    }
