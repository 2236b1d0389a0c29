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

UNITS: Mapping[str, tuple[str, str]] = {
    "min": ("分", "min"),
    "percent": ("%", "%"),
    "places": ("か所", ""),
    "count": ("", ""),
    "ha": ("ha", "ha"),
    "10k_people": ("万人", "×10,000 people"),
}
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
    labels = list(table.sort_values("column")["plan"].drop_duplicates())
    yield "比べたもの" if ja else "Compared"
    for place, label in enumerate(labels, start=1):
        yield f"  {place} {label}"
    groups = [rows for _, rows in table.groupby("order", sort=True)]
    changed = [rows for rows in groups if not _unchanged(rows)]
    for rows in changed[:MOST_ROWS]:
        yield _line(rows, language)
    if len(changed) > MOST_ROWS:
        rest = len(changed) - MOST_ROWS
        yield f"  …（ほか {rest} 行は --out の表に）" if ja else f"  … ({rest} more in the tables of --out)"
    if same := len(groups) - len(changed):
        yield f"  変わらない項目：{same}" if ja else f"  Figures that do not change: {same}"
    yield from finding_lines(found.tables["findings"], language)
    if found.folder is not None:
        yield f"{'書き出したフォルダ' if ja else 'Written to'}: {found.folder}"


def _unchanged(rows: pd.DataFrame) -> bool:
    """Return whether a figure is the same, or lacking, in all that is compared."""
    return len(rows[["value", "state"]].drop_duplicates()) == 1


def _line(rows: pd.DataFrame, language: Language) -> str:
    ja = language == "ja"
    cells = []
    for row in rows.sort_values("column").to_dict("records"):
        unit = UNITS.get(row["unit"], (row["unit"], row["unit"]))[0 if ja else 1]
        if pd.isna(row["value"]):
            unreached = row["state"] == "unreached"
            cells.append(("未到達" if unreached else "—") if ja else ("unreached" if unreached else "—"))
        elif pd.isna(row["difference"]):
            cells.append(f"{row['value']:,.6g} {unit}".rstrip())
        else:
            cells.append(f"{row['value']:,.6g} ({row['difference']:+,.6g})")
    return f"  {rows['title_ja' if ja else 'title_en'].iloc[0]}: {' → '.join(cells)}"
