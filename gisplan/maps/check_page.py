"""The pages of `gisplan check`: static HTML in both languages, from our own templates with everything escaped.

No text of a file or of a plan is ever part of a template, and the only script is ours, named by its hash.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from gisplan.core.checkup import LIGHTS, Checkup, FileTold, LayerTold, Light, PlanTold
from gisplan.core.crs import crs_text
from gisplan.core.words import Language, Text
from gisplan.maps import assets, encode
from gisplan.maps.policy import protect
from gisplan.maps.style import document

TEMPLATES = ("check.html", "check_all.html", "check_parts.html")
PAGE_OF_PLAN = "check.html"
PLANS = "plans"
"""Folder beside the page of many plans that holds the page of each."""

_EPSG = re.compile(r"\(EPSG:(\d{4,6})\)$")


@lru_cache(maxsize=1)
def check_words() -> Mapping[str, Any]:
    """Return every word of the pages by its key, and the lights in the order in which they are shown."""
    held = document("check.toml")
    lights = {
        name: {"sign": row["sign"], "short": Text(**row["short"]), "about": Text(**row["about"])}
        for name, row in held["lights"].items()
    }
    groups = ("how", "encodings", "severities", "audiences", "words")
    texts = {group: {key: Text(**row) for key, row in held[group].items()} for group in groups}
    return {**texts, "lights": lights, "order": LIGHTS}


def check_page(told: Checkup) -> str:
    """Return the page on the data of one plan.

    Parameters
    ----------
    told
        What its audience is told.
    """
    return _render(
        "check.html",
        told=told,
        counts=Counter(layer.light for layer in told.layers),
        rows=[_row(layer) for layer in _in_order(told.given)],
    )


def check_all_page(told: Sequence[PlanTold], *, title: str, language: Language) -> str:
    """Return the page on the data of many plans.

    Parameters
    ----------
    told
        What is told of each, in the order of the page.
    title
        What they have in common, e.g. the name of their folder.
    language
        The language that is shown first.
    """
    checkups = [one.checkup for one in told if one.checkup is not None]
    titles = {layer.layer: layer.title for checkup in checkups for layer in checkup.given}
    names = sorted(titles)
    return _render(
        "check_all.html",
        title=title,
        language=language,
        outside=any(checkup.audience != "internal" for checkup in checkups),
        plans=[_plan(one, names) for one in told],
        layers=[titles[name] for name in names],
        failed=[one for one in told if one.checkup is None and one.planned],
    )


@lru_cache(maxsize=1)
def _templates() -> Environment:
    loader = DictLoader({template: assets.own(template) for template in TEMPLATES})
    return Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )


def _render(name: str, **values: Any) -> str:
    page = _templates().get_template(name)
    written = page.render(
        words=check_words(),
        css=Markup(assets.own("check.css")),  # noqa: S704 (our own file)
        code=Markup(assets.in_script(assets.own("check.js"))),  # noqa: S704 (our own file)
        **values,
    )
    return protect(encode.plain(written.lstrip()), name=name)


def _in_order(layers: Iterable[LayerTold]) -> list[LayerTold]:
    """Return layers with the gravest light first."""
    return sorted(layers, key=lambda layer: (LIGHTS.index(layer.light), layer.layer))


def _row(layer: LayerTold) -> dict[str, Any]:
    shown = Counter(reject.file for reject in layer.rejects)
    cut = any(file.rows.refused > shown[file.file] for file in layer.files)
    words = check_words()["words"]["rejects_about"]
    count = max(shown.values(), default=0)
    return {
        "layer": layer,
        "encodings": list(dict.fromkeys(encoding_text(file) for file in layer.files if file.encoding)),
        "systems": list(dict.fromkeys(system_text(file) for file in layer.files if file.crs)),
        "inside": inside_text(inside_of(layer.files)),
        "files": [
            {
                "file": file,
                "encoding": encoding_text(file),
                "system": system_text(file),
                "inside": inside_text(file.inside),
            }
            for file in layer.files
        ],
        "cut": Text(ja=words.ja.format(count=count), en=words.en.format(count=count)) if cut else None,
    }


def encoding_text(file: FileTold, *, how: bool = True) -> Text:
    """Return the encoding of a file, and how it was found; empty for a format that has none to choose."""
    name = check_words()["encodings"].get(file.encoding, Text(ja=file.encoding, en=file.encoding))
    return _with_how(name, file.encoding_how if how else "")


def system_text(file: FileTold, *, how: bool = True) -> Text:
    """Return the CRS of a file, and how it is known."""
    known = _EPSG.search(file.crs)
    name = Text(ja=file.crs, en=file.crs) if known is None else crs_text(int(known[1]))
    return _with_how(name, file.crs_how if how else "")


def _with_how(name: Text, how: str) -> Text:
    if not name.ja or not how:
        return name
    found = check_words()["how"].get(how, Text(ja=how, en=how))
    return Text(ja=f"{name.ja}（{found.ja}）", en=f"{name.en} ({found.en})")


def inside_of(files: Sequence[FileTold]) -> float | None:
    """Return the share of the features of some files in the municipality [0–1], None where it is not known of all."""
    shares = [(file.inside, file.rows.read) for file in files if file.rows.read]
    if not shares or any(share is None for share, _ in shares):
        return None
    total = sum(rows for _, rows in shares)
    return sum((share or 0.0) * rows for share, rows in shares) / total


def inside_text(share: float | None) -> str:
    """Return a share in percent, never rounded to all or to nothing; empty where it is not known."""
    if share is None:
        return ""
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}"


def _plan(one: PlanTold, names: Sequence[str]) -> dict[str, Any]:
    """Return a row of the overview; its light is the gravest of the layers that the plan names."""
    if one.checkup is None:
        return {"told": one, "light": "red" if one.planned else "grey"}
    given = {layer.layer: layer.light for layer in one.checkup.given}
    severities = Counter(finding.severity for finding in one.checkup.findings)
    return {
        "told": one,
        "light": gravest(given.values()),
        "address": f"./{PLANS}/{quote(one.folder)}/{PAGE_OF_PLAN}",
        "counts": Counter(layer.light for layer in one.checkup.layers),
        "severities": severities,
        "lights": [given.get(name, "grey") for name in names],
    }


def gravest(lights: Iterable[Light]) -> Light:
    """Return the gravest of some lights, grey where there is none."""
    return min(lights, key=LIGHTS.index, default="grey")
