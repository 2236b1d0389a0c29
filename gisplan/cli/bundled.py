"""What a person or a program is shown of an audit bundle: what went into it, and what came of checking one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gisplan.cli.screen import Screen
from gisplan.cli.terminal import put
from gisplan.core.visible import visible
from gisplan.core.words import Language
from gisplan.plan.handover.bundle import Bundle, bundle
from gisplan.plan.handover.cells import Difference
from gisplan.plan.handover.published import BundleRequest
from gisplan.plan.handover.told import reason
from gisplan.plan.handover.verify import Verified, VerifyRequest, verify

DIFFERS = 2
"""The exit code where something differs."""

MOST = 40
"""Differences that are shown; --json has all."""

LONGEST = 120
"""Signs of a cell that are shown."""

STATES: Mapping[str, tuple[str, str]] = {
    "changed": ("内容が違います", "is another one"),
    "gone": ("見つかりません", "was not found"),
    "new": ("公表時にはありませんでした", "was not there when it was published"),
}
KINDS: Mapping[str, tuple[str, str]] = {
    "row_gone": ("この行は計算に出てきません", "this row is not computed"),
    "row_new": ("この行は公表されていません", "this row was not published"),
    "column_gone": ("この列は計算に出てきません", "this column is not computed"),
    "column_new": ("この列は公表されていません", "this column was not published"),
    "table_gone": ("この表は計算に出てきません", "this table is not computed"),
    "table_new": ("この表は公表されていません", "this table was not published"),
    "unreadable": ("公表された表が読めません", "the published table cannot be read"),
}


def make_bundle(screen: Screen, request: BundleRequest) -> None:
    """Write a bundle and show what is in it.

    Parameters
    ----------
    screen
        How to speak.
    request
        What is bundled.
    """
    from gisplan.sources.child_process import begun

    with begun() as child, screen.progress() as progress:
        made = bundle(request, progress=progress, child=child)
    if screen.as_json:
        left_out = dict(made.left_out)
        rows = {"file": made.file.as_posix(), "audience": made.plan.audience, "members": list(made.members)}
        screen.json({**rows, "left_out": left_out})
    else:
        put("\n".join(map(visible, bundle_lines(made, screen.asked or made.plan.language))))


def bundle_lines(made: Bundle, language: Language) -> Iterable[str]:
    """Yield what is in a bundle, and what is left out and why."""
    ja = language == "ja"
    audience, count = made.plan.audience, len(made.members)
    yield f"作りました：{made.file}" if ja else f"Made: {made.file}"
    yield (
        f"  提供先 {audience}、ファイル {count}（うち入力 {made.inputs}）"
        if ja
        else f"  Audience {audience}, {count} files, {made.inputs} of them inputs"
    )
    for name, key in made.left_out.items():
        what = ("入力と plan.toml" if ja else "inputs and plan.toml") if name == "*" else name
        why = reason(key).of(language)
        yield f"  含めていません：{what}（{why}）" if ja else f"  Left out: {what} ({why})"


def check_bundle(screen: Screen, bundle_file: Path, *, inputs: Path | None, layers: Path | None) -> int:
    """Check a bundle, show what came of it, and return the exit code.

    Parameters
    ----------
    screen
        How to speak.
    bundle_file
        The bundle.
    inputs
        Where the plan and its inputs lie, None for in the bundle.
    layers
        Folder of the catalogue.
    """
    from gisplan.sources.child_process import begun

    with begun() as child, screen.progress() as progress:
        found = verify(
            VerifyRequest(bundle=bundle_file, inputs=inputs, layers=layers), progress=progress, child=child
        )
    if screen.as_json:
        screen.json(verified_rows(found))
    else:
        put("\n".join(map(visible, verified_lines(found, screen.asked or found.plan.language))))
    return 0 if found.whole else DIFFERS


def verified_rows(found: Verified) -> dict[str, Any]:
    """Return what came of a check, for a program."""
    compared = found.compared
    return {
        "bundle": found.bundle,
        "audience": found.plan.audience,
        "whole": found.whole,
        "tampered": list(found.tampered),
        "versions": [dataclasses.asdict(one) for one in found.versions],
        "inputs": [dataclasses.asdict(one) for one in found.inputs],
        "hidden_inputs": list(found.hidden),
        "plan_changed": found.plan_changed,
        "same_question": found.same_question,
        "compared": {"tables": compared.tables, "rows": compared.rows, "cells": compared.cells},
        "differences": [dataclasses.asdict(one) for one in compared.differences],
    }


def verified_lines(found: Verified, language: Language) -> Iterable[str]:
    """Yield what came of a check: what was changed, what is another version, and which figures differ."""
    ja = language == "ja"
    yield found.plan.title
    yield from _files(found, ja=ja)
    yield from _inputs(found, ja=ja)
    for one in found.versions:
        then, now = (text[:16] or "—" for text in (one.then, one.now))
        yield (
            f"  版が違います：{one.name} {then} → {now}"
            if ja
            else f"  Another version: {one.name} {then} → {now}"
        )
    compared = found.compared
    yield (
        f"計算し直して比べた表 {compared.tables}、行 {compared.rows:,}、セル {compared.cells:,}"
        if ja
        else f"Computed again and compared: {compared.tables} tables, {compared.rows:,} rows, {compared.cells:,} cells"
    )
    differences = compared.differences
    if differences and (found.inputs or found.same_question is False):
        yield (
            "次の違いは、入力が変わったためです。"
            if ja
            else "These differences follow from the changed inputs:"
        )
    yield from (f"  {_difference(one, ja=ja)}" for one in differences[:MOST])
    if len(differences) > MOST:
        rest = len(differences) - MOST
        yield f"  …（ほか {rest}、--json にすべて）" if ja else f"  … ({rest} more; --json has all)"
    if found.whole:
        yield "すべて一致しました。" if ja else "All is equal."
    else:
        yield f"違い {len(differences)}" if ja else f"Differences: {len(differences)}"


def _files(found: Verified, *, ja: bool) -> Iterable[str]:
    """Yield which files of the bundle were changed."""
    for name in found.tampered:
        yield (
            f"  一式のファイルが書き換えられています：{name}"
            if ja
            else f"  A file of the bundle was changed: {name}"
        )
    if not found.tampered:
        yield (
            "一式のファイルは作られたときのままです。"
            if ja
            else "The files of the bundle are as they were made."
        )


def _inputs(found: Verified, *, ja: bool) -> Iterable[str]:
    """Yield which inputs are not those of then, and how far that can be told."""
    if found.plan_changed:
        yield (
            "  --inputs の plan.toml は一式のものと違います。一式のもので計算しました。"
            if ja
            else "  The plan.toml of --inputs is another one; that of the bundle was used."
        )
    for one in found.inputs:
        state = STATES[one.state][0 if ja else 1]
        layers = ("、" if ja else ", ").join(one.layers)
        of = (f"（レイヤ {layers}）" if ja else f" (layer {layers})") if layers else ""
        yield f"  入力 {one.name}{of}：{state}" if ja else f"  Input {one.name}{of} {state}"
    if found.same_question is False:
        yield (
            "  plan.toml か、公表しない入力のどれかが、公表したときのものと違います。"
            if ja
            else "  plan.toml, or an input that is not told of, is not that of when it was published."
        )
    elif found.hidden and found.same_question is None:
        yield (
            "  公表しない入力が公表したときのものかどうかは、確かめられません。"
            if ja
            else "  Whether the inputs that are not told of are those of then cannot be told."
        )
    elif not found.inputs:
        yield "入力は公表したときのものです。" if ja else "The inputs are those of when it was published."


def _difference(one: Difference, *, ja: bool) -> str:
    place = " / ".join((one.table, *(part or "—" for part in one.key)))
    if one.kind != "cell":
        column = f" {one.column}" if one.column else ""
        return f"{place}{column}: {KINDS[one.kind][0 if ja else 1]}"
    told = [
        visible(text or "（空）" if ja else text or "(empty)", most=LONGEST)
        for text in (one.published, one.recomputed)
    ]
    return (
        f"{place} {one.column}：公表 {told[0]}、再計算 {told[1]}"
        if ja
        else f"{place} {one.column}: published {told[0]}, recomputed {told[1]}"
    )
