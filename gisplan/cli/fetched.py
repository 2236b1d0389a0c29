"""What came of fetching, as text for a person and as JSON for a program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gisplan.core.messages import message
from gisplan.core.words import Language

if TYPE_CHECKING:
    from gisplan.core.tables import Doubt
    from gisplan.plan.fetch import Fetched, Layer
    from gisplan.plan.fetch_wanted import ByHand


def fetched_text(outcome: Fetched, *, language: Language) -> str:
    """Return what came of it as lines.

    Parameters
    ----------
    outcome
        What came of it.
    language
        The language to speak.
    """
    return "\n".join(_lines(outcome, ja=language == "ja"))


def _lines(outcome: Fetched, *, ja: bool) -> Iterator[str]:
    if outcome.layers:
        yield f"{'保存先' if ja else 'Folder'}: {outcome.folder}  ({'記録' if ja else 'record'}: SOURCES.toml)"
    for layer in outcome.layers:
        yield from _layer(layer, ja=ja)
    yield from _doubts(outcome.doubts, ja=ja)
    if outcome.own:
        names = ("、" if ja else ", ").join(outcome.own)
        yield (
            f"庁内の資料なので取得しません（release がない）：{names}"
            if ja
            else f"Not fetched, for they are the office's own (no release): {names}"
        )
    off = [layer for layer in outcome.layers if not layer.switched_on]
    if off:
        yield (
            "\n次に：plan.toml の同じ名前のレイヤを、次の行に書きかえてください（行頭の # を消すか、写す）。"
            if ja
            else "\nNext: in plan.toml let the layers of these names have these lines (delete the #, or copy them)."
        )
        for layer in off:
            yield f"\n{layer.lines.rstrip()}"
    if outcome.all_listed:
        yield (
            "有効にした公開資料がないので、取得できる公開資料をすべて示します（--list --all と同じ）。"
            if ja
            else "No published layer is switched on, so all that can be fetched is listed (as with --list --all)."
        )
    yield from _by_hand(outcome.by_hand, ja=ja)


def _layer(layer: Layer, *, ja: bool) -> Iterator[str]:
    release = layer.choice.release
    title = layer.choice.spec.title
    state = ("取得" if ja else "fetched") if layer.fresh else ("そのまま" if ja else "already there")
    yield f"  {layer.choice.spec.name}  {title.ja if ja else title.en}  {release.release}  [{state}]"
    for row in layer.rows:
        pinned = ("照合済" if ja else "pinned") if row.pinned else ("照合値なし" if ja else "unpinned")
        yield f"      {row.file}  {row.size:,} B  sha256 {row.sha256[:12]}…  {pinned}  {row.fetched_on}"
    yield f"      {release.licence}  {release.credit.ja if ja else release.credit.en}"


def _doubts(doubts: tuple[Doubt, ...], *, ja: bool) -> Iterator[str]:
    seen: dict[tuple[str, str], list[str]] = {}
    for doubt in doubts:
        what = message(doubt.code).what(doubt.values)
        cure = message(doubt.code).cure(doubt.values)
        text = f"{what.ja} → {cure.ja}" if ja else f"{what.en} → {cure.en}"
        seen.setdefault((doubt.code, text), []).append(doubt.layer)
    for (code, text), layers in seen.items():
        yield f"[{code}] {', '.join(dict.fromkeys(layers))}: {text}"


def _by_hand(rows: tuple[ByHand, ...], *, ja: bool) -> Iterator[str]:
    if rows:
        yield (
            "\nネットワークのある別のパソコンで取得し、次の場所に置くファイル："
            if ja
            else "\nFiles to get on another machine with a network, and where to put them:"
        )
    for row in rows:
        yield f"  {', '.join(row.layers)}\n    {row.url}{row.note.ja if ja else row.note.en}\n    → {row.path}"
    if rows:
        yield (
            "置いたら gisplan fetch をもう一度実行すると、確かめて SOURCES.toml に記録します。"
            if ja
            else "Then run gisplan fetch again: it checks the files and records them in SOURCES.toml."
        )


def fetched_rows(outcome: Fetched) -> dict[str, Any]:
    """Return what came of it as JSON; problems are added by who shows it.

    Parameters
    ----------
    outcome
        What came of it.
    """
    return {
        "exit_code": outcome.exit_code,
        "folder": outcome.folder.as_posix(),
        "layers": [_layer_row(layer) for layer in outcome.layers],
        "findings": [{"code": doubt.code, "layer": doubt.layer, **_both(doubt)} for doubt in outcome.doubts],
        "own": list(outcome.own),
        "all_listed": outcome.all_listed,
        "by_hand": [
            {
                "layers": list(row.layers),
                "url": row.url,
                "path": row.path.as_posix(),
                "note": {"ja": row.note.ja, "en": row.note.en},
            }
            for row in outcome.by_hand
        ],
    }


def _both(doubt: Doubt) -> Mapping[str, Any]:
    what = message(doubt.code).what(doubt.values)
    return {"severity": message(doubt.code).severity, "what": {"ja": what.ja, "en": what.en}}


def _layer_row(layer: Layer) -> dict[str, Any]:
    release = layer.choice.release
    return {
        "layer": layer.choice.spec.name,
        "release": release.release,
        "licence": release.licence,
        "credit": {"ja": release.credit.ja, "en": release.credit.en},
        "terms": release.terms,
        "commercial": release.commercial,
        "redistribute": release.redistribute,
        "fetched": layer.fresh,
        "switched_on": layer.switched_on,
        "lines": layer.lines,
        "files": [
            {
                "file": row.file, "url": row.url, "size": row.size, "sha256": row.sha256, "pinned": row.pinned,
                "fetched_on": row.fetched_on.isoformat(), "how": row.how, "licence": row.licence, "credit": row.credit,
            }
            for row in layer.rows
        ],
    }  # fmt: skip
