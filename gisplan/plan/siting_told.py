"""What is told of a choice of hubs beside the map: a figure above the legend, a note, and the curve in print."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gisplan.core.options import COVERING
from gisplan.core.tables import half_up
from gisplan.core.words import Atlas, Language, Text
from gisplan.maps.steps import Panel, StepFigure
from gisplan.maps.words import Fact
from gisplan.plan.captions import caption, figure
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.siting.asked.question import title
from gisplan.siting.words import models

NAME = "siting_curve"
"""The table of the curve, and the name of its figure."""

MOST_TOLD = 10
"""So many numbers of hubs are told in words; of more the first, that of the plan and the last."""


def siting_facts(released: Released) -> Iterator[Fact]:
    """Yield what the hubs chosen come to: mean minutes, of a coverage the share of the demand; nothing where not told.

    Parameters
    ----------
    released
        What the audience may have.
    """
    hubs = _hubs(released)
    if hubs is None:
        return
    amount = hubs["demand_served"].to_numpy("float64", na_value=np.nan)
    if hubs["model"].iloc[0] in COVERING:
        share = float(hubs["share"].to_numpy("float64", na_value=np.nan).sum())
        said = caption("siting_fact_share", count=len(hubs), minutes=f"{hubs['minutes'].iloc[0]:g}")
        value = figure(100.0 * share, ja="%", en="%", digits=0)
    else:
        spent = amount * hubs["mean_minutes"].to_numpy("float64", na_value=np.nan)
        served = amount > 0.0
        said = caption("siting_fact_mean", count=len(hubs))
        share = float(spent[served].sum() / amount[served].sum()) if served.any() else np.nan
        value = figure(share, ja="分", en="min", digits=1)
    if np.isfinite(share):
        yield Fact(title=said, value=value)


def siting_notes(results: Results, released: Released) -> Iterator[Text]:
    """Yield what was asked for, whether it is proven, and that a choice is no designation.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    """
    hubs = _hubs(released)
    if hubs is None:
        return
    first = hubs.iloc[0]
    yield _put(
        "siting_note",
        model=models()[first["model"]],
        count=len(hubs),
        demand=_demand(results.atlas),
        proof=_proof(first),
    )


def _hubs(released: Released) -> pd.DataFrame | None:
    table = released.tables.get("siting")
    return None if table is None or table.empty else table


def _proof(hub: Any) -> Text:
    if hub["proven"]:
        return caption("siting_proven")
    if pd.isna(hub["gap"]):
        return caption("siting_open")
    return caption("siting_unproven", gap=f"{100.0 * hub['gap']:.2f}")


def _demand(atlas: Atlas) -> Text:
    """Return what the layers of the demand are called, as one list."""
    site = atlas.plan.site
    said = [title(atlas, name) for name in dict.fromkeys(site.demands)] if site is not None else []
    return Text(ja="・".join(one.ja for one in said), en=", ".join(one.en for one in said))


def siting_figure(results: Results, released: Released, *, notes: Iterable[Text]) -> StepFigure | None:
    """Return the figure of the curve: share and mean minutes by the number of hubs; None where nothing is told.

    Parameters
    ----------
    results
        The results of a plan.
    released
        What the audience may have.
    notes
        What stands below every figure of the plan.
    """
    table, plan = released.tables.get(NAME), results.atlas.plan
    site = plan.site
    if table is None or site is None:
        return None
    rows = table[table["possible"].fillna(value=False) & table["share"].notna() & table["hubs"].notna()]
    # Of shares asked for that take as many hubs the last, which covers most, is drawn.
    rows = (
        rows.sort_values("step").drop_duplicates("hubs", keep="last").sort_values("hubs", ignore_index=True)
    )
    if rows.empty:
        return None
    language = plan.language
    asked = rows.loc[rows["asked"].fillna(value=False), "hubs"]
    marked = None if asked.empty else int(asked.iloc[-1])
    said = [_put("siting_curve_note", model=models()[site.model]), *notes]
    return StepFigure(
        name=NAME,
        title=_put("siting_curve_title", demand=_demand(results.atlas)).of(language),
        x_title=caption("siting_curve_x").of(language),
        counts=rows["hubs"].to_numpy("int64"),
        proven=rows["proven"].fillna(value=False).to_numpy(bool),
        panels=_panels(rows, language),
        proven_title=caption("siting_curve_proven").of(language),
        open_title=caption("siting_curve_open").of(language),
        marked=None
        if marked is None
        else (marked, caption("siting_curve_marked", count=marked).of(language)),
        notes=tuple(note.of(language) for note in said),
        about=_about(_put("siting_curve_title", demand=_demand(results.atlas)), rows, marked, language),
    )


def _about(name: Text, rows: pd.DataFrame, marked: int | None, language: Language) -> str:
    """Return in words what the figure shows: share and mean by the number of hubs, of many the ends and the plan's."""
    ends = {int(rows["hubs"].iloc[0]), marked, int(rows["hubs"].iloc[-1])}
    few = rows if len(rows) <= MOST_TOLD else rows[rows["hubs"].isin(ends)]
    told = [_put("figure_about", title=name), *map(_step, few.to_dict("records"))]
    if marked is not None:
        told.append(caption("siting_curve_about_marked", count=marked))
    between = "" if language == "ja" else " "
    return between.join(text.of(language) for text in told)


def _step(row: Mapping[Hashable, Any]) -> Text:
    mean = float("nan") if pd.isna(row["mean_minutes"]) else half_up(float(row["mean_minutes"]), 1)
    return _put(
        "siting_curve_about",
        count=int(row["hubs"]),
        minutes=f"{row['minutes']:g}",
        share=figure(half_up(100.0 * float(row["share"]), 1), ja="%", en="%", digits=1),
        mean=figure(mean, ja="分", en="min", digits=1),
        proof=caption("siting_curve_proven" if row["proven"] is True else "siting_curve_open"),
    )


def _panels(rows: pd.DataFrame, language: Language) -> tuple[Panel, ...]:
    """Return the panel of the share within the minutes, and that of the mean."""
    percent: pd.Series[float] = rows["share"].astype("float64") * 100.0
    limit = f"{rows['minutes'].iloc[0]:g}"
    return (
        Panel(
            title=caption("siting_curve_share", minutes=limit).of(language),
            levels=100.0 * rows["share"].to_numpy("float64"),
            gains=_gains(percent, "siting_curve_gain_share", language, digits=1),
            most=100.0,
        ),
        Panel(
            title=caption("siting_curve_mean").of(language),
            levels=rows["mean_minutes"].to_numpy("float64", na_value=np.nan),
            gains=_gains(rows["mean_minutes"], "siting_curve_gain_minutes", language, digits=2),
        ),
    )


def _gains(values: pd.Series[float], key: str, language: Language, *, digits: int) -> tuple[str, ...]:
    """Return in words what each point gains over the one before it, "" for the first and where it is unknown."""
    change = values.astype("float64").diff().round(digits)
    return tuple(
        "" if pd.isna(one) else caption(key, gain=_signed(one, digits)).of(language) for one in change
    )


def _signed(value: float, digits: int) -> str:
    """Return a change as it is printed, with a minus as wide as a plus."""
    return f"{value:+.{digits}f}".replace("-", "−") if value else f"±{0:.{digits}f}"


def _put(key: str, **values: Any) -> Text:
    """Return a text with values put in, texts each in its language."""
    ja, en = (
        {name: value.of(language) if isinstance(value, Text) else value for name, value in values.items()}
        for language in ("ja", "en")
    )
    return Text(ja=caption(key, **ja).ja, en=caption(key, **en).en)
