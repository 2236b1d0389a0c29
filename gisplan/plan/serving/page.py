"""The page of a folder: our own template, styles and scripts in one file, and the policy under which it runs.

No text of a plan or file is part of the page: its scripts ask for them and put them in as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from gisplan.core.errors import ConfigurationError, Problem
from gisplan.core.words import Language, Spec, Text
from gisplan.maps import assets
from gisplan.maps.check_page import check_words
from gisplan.maps.policy import outside, policy
from gisplan.maps.style import document

TEMPLATE = "serve.html"
STYLES = ("check.css", "serve.css")
SCRIPTS = ("serve.js", "serve_files.js", "serve_plan.js")
OWN: Mapping[str, str] = {
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "frame-ancestors": "'none'",
}
"""What this page may do beside others: ask its own server, and show what that gives."""


@lru_cache(maxsize=1)
def serve_words() -> Mapping[str, Text]:
    """Return every word of the page by its key."""
    return {key: Text(**row) for key, row in document("serve.toml")["words"].items()}


def page_of(catalogue: Mapping[str, Spec], *, hand: str, language: Language) -> str:
    """Return the page.

    Parameters
    ----------
    catalogue
        The layers there are.
    hand
        The secret that comes with every change.
    language
        The language that is shown first.

    Raises
    ------
    ConfigurationError
        If anything in the page would load from outside.
    """
    environment = Environment(
        loader=DictLoader({TEMPLATE: assets.own(TEMPLATE)}), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, undefined=StrictUndefined,
    )  # fmt: skip
    page = environment.get_template(TEMPLATE).render(
        w=serve_words(),
        language=language,
        data=_in_script(_data(catalogue, hand)),
        css=Markup("\n".join(map(assets.own, STYLES))),  # noqa: S704 (our own files)
        scripts=[Markup(assets.in_script(assets.own(name))) for name in SCRIPTS],  # noqa: S704
    )
    if found := outside(page):
        raise ConfigurationError(
            Problem(code="maps.outside_address", place=TEMPLATE, values={"found": found})
        )
    return page


def _data(catalogue: Mapping[str, Spec], hand: str) -> Mapping[str, Any]:
    held = check_words()
    lights = {
        name: {key: _plain(value) for key, value in row.items()} for name, row in held["lights"].items()
    }
    groups = ("how", "encodings", "severities", "audiences")
    return {
        "hand": hand,
        "words": {key: _plain(text) for key, text in serve_words().items()},
        "lights": lights,
        **{group: {key: _plain(text) for key, text in held[group].items()} for group in groups},
        "layers": [
            {"name": spec.name, "title": _plain(spec.title), "about": _plain(spec.about)}
            for spec in catalogue.values()
        ],
    }


def _plain(value: Any) -> Any:
    return {"ja": value.ja, "en": value.en} if isinstance(value, Text) else value


def _in_script(content: Any) -> Markup:
    text = json.dumps(content, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 (no tag can begin in it)


def policy_of(page: str) -> str:
    """Return the policy under which a browser runs the page.

    Parameters
    ----------
    page
        The page.
    """
    rules = dict(rule.split(" ", 1) for rule in policy(page).split("; "))
    return "; ".join(f"{rule} {value}" for rule, value in {**rules, **OWN}.items())
