"""What a person or a program is shown of a comparison: the figures side by side, then what differs in terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gisplan.cli.screen import Screen
from gisplan.cli.summary import finding_lines
from gisplan.cli.terminal import put
from gisplan.core.visible import visible
from gisplan.core.words import Audience, Language
from gisplan.plan.compare import CompareRequest, Comparison, compare

ABSENT: Mapping[str, tuple[str, str]] = {
    "unreached": ("未到達", "unreached"),
    "partial": ("一部が途絶", "cut off in part"),
    "incomplete": ("未到達・未評価の拠点あり", "some hubs unreached or not assessed"),
    "not_assessed": ("未評価", "not assessed"),
    "absent": ("なし", "none"),
}
"""Why a figure has no value; one that a plan does not have is none."""

UNITS: Mapping[str, tuple[str, str]] = {
    "min": ("分", "min"),
    "percent": ("%", "%"),
    "people": ("人", "people"),
    "houses": ("戸", "houses"),
    "places": ("か所", "places"),
    "ha": ("ha", "ha"),
    "10k_people": ("万人", "×10,000 people"),
}
WHOLE = frozenset({"people", "houses", "places"})
"""Units that are counted; all other figures have one decimal, as the forms have them."""

MOST_ROWS = 60
"""Rows shown on the screen; the tables hold all."""


def compare_plans(
    screen: Screen, plans: tuple[Path, ...], *, out: Path | None, layers: Path | None, audience: Audience | None,
    force: bool,
) -> None:  # fmt: skip
    """Compare plans and show the outcome.

    Parameters
    ----------
    screen
        How to speak.
    plans
        Files of plans.
    out
        Where tables go; None for none.
    layers
        Folder of the catalogue.
    audience
        Whom the command line names.
    force
        Whether results of one plan in that folder may be replaced.
    """
    from gisplan.sources.child_process import begun

    with begun() as child:
        request = CompareRequest(
            plans=plans, out=out, layers=layers, audience=audience, language=screen.asked, force=force
        )
        with screen.progress() as progress:
            found = compare(request, progress=progress, child=child)
    if screen.as_json:
        screen.json(compared_rows(found))
    else:
        put("\n".join(map(visible, compared_text(found, screen.asked or found.language))))


def compared_rows(found: Comparison) -> dict[str, Any]:
    """Return a comparison for a program: every table as rows, and where the files are."""
    tables = {name: _plain(table) for name, table in found.tables.items()}
    return {
        "out": None if found.folder is None else found.folder.as_posix(),
        "plans": {label: plan.file for label, plan in found.plans.items()},
        **tables,
    }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    held = table.astype(object).where(table.notna(), None)
    return [{str(key): value for key, value in row.items()} for row in held.to_dict("records")]


def compared_text(found: Comparison, language: Language) -> Iterable[str]:
    """Yield a comparison for a person: one line for each figure that changes, the first in full."""
    ja = language == "ja"
    table = found.tables["compare"]
    labels = list(table.drop_duplicates("column").sort_values("column")["plan"])
    yield "比べたもの" if ja else "Compared"
    for place, label in enumerate(labels, start=1):
        yield f"  {place} {label}"
    groups = [rows for _, rows in table.groupby("order", sort=True)]
    rates = _rates(found.tables.get("scenarios"))
    changed = [rows for rows in groups if not _unchanged(rows)]
    for rows in changed[:MOST_ROWS]:
        yield _line(rows, rates, language)
    if len(changed) > MOST_ROWS:
        rest = len(changed) - MOST_ROWS
        yield f"  …（ほか {rest} 行は --out の表に）" if ja else f"  … ({rest} more in the tables of --out)"
    yield from hub_lines(found.tables.get("siting_changes"), language)
    if same := len(groups) - len(changed):
        yield f"  変わらない項目：{same}" if ja else f"  Figures that do not change: {same}"
    yield from finding_lines(found.tables["findings"], language, written=found.folder is not None)
    if found.folder is not None:
        yield f"{'書き出したフォルダ' if ja else 'Written to'}: {found.folder}"


def hub_lines(changes: pd.DataFrame | None, language: Language) -> Iterable[str]:
    """Yield which hubs two sitings share, and which only one of them has; none where none are compared.

    Parameters
    ----------
    changes
        The table `siting_changes`.
    language
        The language of the reader.
    """
    if changes is None:
        return
    ja = language == "ja"
    hubs = changes[changes["what"] == "hub"]
    for (first, other), rows in hubs.groupby(["first", "other"], sort=False):
        called = rows["name"].where(rows["name"] != "", rows["id"])
        titles = {
            "both": ("どちらにも", "in both"),
            "only_first": (f"「{first}」だけ", f"only in “{first}”"),
            "only_other": (f"「{other}」だけ", f"only in “{other}”"),
        }
        told = [
            f"{title[0 if ja else 1]} {('、' if ja else ', ').join(called[rows['state'] == state])}"
            for state, title in titles.items()
            if (rows["state"] == state).any()
        ]
        yield f"  選んだ拠点：{'；'.join(told)}" if ja else f"  Hubs chosen: {'; '.join(told)}"


def _unchanged(rows: pd.DataFrame) -> bool:
    """Return whether a figure is the same, or lacking, in all that is compared."""
    return len(rows[["value", "state"]].drop_duplicates()) == 1


def _rates(scenarios: pd.DataFrame | None) -> Mapping[tuple[str, str], float]:
    """Return the rate of each scenario and indicator that has one [%]."""
    if scenarios is None:
        return {}
    rows = scenarios[scenarios["rate"].notna()]
    keys = zip(rows["scenario"].map(str), rows["indicator"].map(str), strict=True)
    return dict(zip(keys, rows["rate"].astype("float64").tolist(), strict=True))


def _line(rows: pd.DataFrame, rates: Mapping[tuple[str, str], float], language: Language) -> str:
    ja = language == "ja"
    cells = [
        _cell(row, rates.get((str(row["plan"]), str(row["indicator"]))), ja=ja)
        for row in rows.sort_values("column").to_dict("records")
    ]
    return f"  {rows['title_ja' if ja else 'title_en'].iloc[0]}: {' → '.join(cells)}"


def _cell(row: Mapping[Any, Any], rate: float | None, *, ja: bool) -> str:
    """Return one figure with its unit, how far it is from the first, and its rate where the form has one."""
    if pd.isna(row["value"]):
        return ABSENT.get(row["state"], ("—", "—"))[0 if ja else 1]
    digits = 0 if row["unit"] in WHOLE else 1
    unit = UNITS.get(row["unit"], (row["unit"], row["unit"]))[0 if ja else 1]
    value = f"{row['value']:,.{digits}f} {unit}".rstrip()
    if pd.isna(row["difference"]):
        return value
    told = [_signed(row["difference"], digits)]
    if rate is not None:
        what = ("短縮率", "reduction") if row["unit"] == "min" else ("増加率", "increase")
        told.append(f"{what[0 if ja else 1]} {_minus(f'{rate:.1f}')}%")
    return f"{value}（{'、'.join(told)}）" if ja else f"{value} ({', '.join(told)})"


def _signed(difference: float, digits: int) -> str:
    """Return a difference with its sign; none has ±."""
    text = f"{difference:+,.{digits}f}"
    return _minus(text) if float(text.replace(",", "")) else f"±{text[1:]}"


def _minus(text: str) -> str:
    """Return a figure with the sign of minus in place of the hyphen."""
    return text.replace("-", "−")
