"""The figures of a plan: who is within each minute of what, layer by layer, and what each hub more would gain."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gisplan.core.tables import half_up
from gisplan.core.words import Language, Text
from gisplan.maps.figures import Curve, CurveFigure
from gisplan.maps.steps import StepFigure
from gisplan.plan.captions import audience_notes, caption, figure
from gisplan.plan.labels import labels_of
from gisplan.plan.reading import speed_notes
from gisplan.plan.release import Released
from gisplan.plan.results import Results
from gisplan.plan.siting_told import siting_figure

FLAT = 0.001
"""A curve this near its end has risen [0–1]."""


def figures_of(results: Results, released: Released) -> tuple[CurveFigure | StepFigure, ...]:
    """Return one figure an origin layer, with a curve for each destination, and that of the siting, as one may see it.

    Parameters
    ----------
    results
        What was computed.
    released
        What the audience may have of it.
    """
    rows = released.tables.get("curves")
    if results.connected is None:
        return ()
    notes = _notes(results, released)
    hubs = siting_figure(results, released, notes=[caption("siting_curve_reference"), *notes])
    sited = () if hubs is None else (hubs,)
    if rows is None:
        return sited
    said, minutes = [caption("curve_reference"), *notes], results.atlas.plan.access.minutes
    curves = (
        _figure(str(layer), _rising(own, minutes), results, released, notes=said)
        for layer, own in rows.groupby("layer", sort=True)
        if bool(own["within"].notna().any())
    )
    return (*curves, *sited)


def _rising(rows: pd.DataFrame, thresholds: tuple[float, ...]) -> pd.DataFrame:
    """Return the curves up to the longest threshold, or to where the last of them has risen to its end."""
    ends = rows.groupby("to")["share"].transform("max")
    rising = rows.loc[rows["share"] < ends - FLAT, "minutes"]
    until = max(*thresholds, 0.0 if rising.empty else float(rising.max()) + 1.0)
    return rows[rows["minutes"] <= until]


def _figure(
    layer: str, rows: pd.DataFrame, results: Results, released: Released, *, notes: Iterable[Text]
) -> CurveFigure:
    plan = results.atlas.plan
    language = plan.language
    words = labels_of(results.atlas.catalogue)["coverage"]
    titles, unit = words["to"], words["unit"][str(rows["unit"].iloc[0])]
    named = [to for to in plan.access.destinations if to in set(rows["to"])]
    groups = {str(to): own.sort_values("minutes") for to, own in rows.groupby("to", sort=True)}
    title = _put("curve_title", layer=titles.get(layer, Text(ja=layer, en=layer)))
    said = [_counts(layer, released.tables["coverage"], unit), *notes]
    return CurveFigure(
        name=f"curve_{layer}",
        title=title.of(language),
        x_title=_put("curve_x", mode=caption(f"mode_{plan.access.mode}")).of(language),
        y_title=_put("curve_y", unit=unit).of(language),
        curves=tuple(_curve(to, groups[to], titles, language) for to in named),
        marks=tuple((m, caption("curve_mark", minutes=f"{m:g}").of(language)) for m in plan.access.minutes),
        notes=tuple(note.of(language) for note in said),
        about=_about(layer, title, named, results, released),
    )


def _about(layer: str, title: Text, named: Iterable[str], results: Results, released: Released) -> str:
    """Return in words what a figure shows: the share within each threshold, destination by destination."""
    language = results.atlas.plan.language
    coverage = released.tables["coverage"]
    titles = labels_of(results.atlas.catalogue)["coverage"]["to"]
    own = coverage[coverage["layer"] == layer].sort_values("minutes", kind="stable")
    told = [
        _put(
            "curve_about_to",
            title=titles.get(to, Text(ja=to, en=to)),
            shares=_listed(_within(row) for row in own[own["to"] == to].to_dict("records")),
        )
        for to in named
    ]
    between = "" if language == "ja" else " "
    return between.join(text.of(language) for text in (_put("figure_about", title=title), *told))


def _within(row: Mapping[Hashable, Any]) -> Text:
    share = float("nan") if pd.isna(row["share"]) else half_up(100.0 * float(row["share"]), 1)
    told = figure(share, ja="%", en="%", digits=1)
    return _put(
        "curve_about_share", minutes=Text(ja=f"{row['minutes']:g}", en=f"{row['minutes']:g}"), share=told
    )


def _listed(texts: Iterable[Text]) -> Text:
    found = tuple(texts)
    return Text(ja="、".join(text.ja for text in found), en=", ".join(text.en for text in found))


def _curve(to: str, rows: pd.DataFrame, titles: Mapping[str, Text], language: Language) -> Curve:
    label = titles.get(to, Text(ja=to, en=to))
    share = rows["share"].to_numpy("float64")
    if pd.isna(share).all():
        label = _put("curve_not_assessed", title=label)
    return Curve(label=label.of(language), minutes=rows["minutes"].to_numpy("float64"), share=share)


def _counts(layer: str, coverage: pd.DataFrame, unit: Text) -> Text:
    """Return the sentence on how many there are, and how many are not in the shares."""
    own = coverage[coverage["layer"] == layer]
    assessed = own[own["within"].notna()]
    first = (assessed if len(assessed) else own).iloc[0]
    return _put(
        "curve_counts",
        unit=unit,
        total=_number(first["total"]),
        off=_number(first["not_assessed"]),
    )


def _number(value: float) -> Text:
    return caption("not_assessed") if pd.isna(value) else Text(ja=f"{value:,.0f}", en=f"{value:,.0f}")


def _notes(results: Results, released: Released) -> list[Text]:
    """Return what stands below every figure: speeds and their source, day and audience."""
    plan = results.atlas.plan
    notes: list[Text] = []
    # A figure is about one mode: the last of the notes on speeds, and what timetables it rests on.
    said = speed_notes(results)
    notes += said if plan.access.mode == "car" else said[1:]
    if "road" in released.layers:
        notes.append(_put("curve_roads", credit=released.layers["road"].spec.source.credit))
    notes.append(caption("curve_plan", title=plan.title, date=plan.date.isoformat()))
    notes += audience_notes(plan.audience, held_back=released.held_back)
    return [caption("made_up"), *notes] if plan.made_up else notes


def _put(key: str, **values: Text) -> Text:
    """Return a text with texts put in, each in its language."""
    return Text(
        ja=caption(key, **{name: text.ja for name, text in values.items()}).ja,
        en=caption(key, **{name: text.en for name, text in values.items()}).en,
    )
