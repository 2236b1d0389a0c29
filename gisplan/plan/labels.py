"""What the code words of the result tables are called, for the page and the workbook."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.core.words import Spec, Text
from gisplan.law.phrases import say, verdicts, zones
from gisplan.law.programme_file import packaged_programmes
from gisplan.law.steps import state_labels
from gisplan.maps.words import Labels

OLDER_LAYER = "population_65"
"""The access tables count the people of 65 and over as a layer of their own."""


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, Text]]:
    read = tomllib.loads(files("gisplan.plan").joinpath("labels.toml").read_text("utf-8"))
    return {part: {value: Text(**row) for value, row in rows.items()} for part, rows in read.items()}


def outside_areas() -> Text:
    """Return what is said of a place that lies in no promotion area."""
    return _words()["areas"]["none"]


def labels_of(catalogue: Mapping[str, Spec]) -> Mapping[str, Labels]:
    """Return what values are called, by table, column and value; a value without a label stands as it is.

    Parameters
    ----------
    catalogue
        The layers with their titles and the labels of their fields.
    """
    layers = _layers(catalogue)
    unsure = verdicts()["cannot_tell"]
    nesting = {**_words()["nesting"], "cannot_tell": unsure}
    places = {**zones(), (unzoned := say("no_zone")).ja: unzoned}
    return {
        "findings": {
            "severity": _words()["severities"],
            "layer": layers,
            "subject": layers,
            "verdict": {**nesting, **verdicts()},
        },
        "verdicts": {
            "layer": layers,
            "zone": places,
            "area_division": _field(catalogue, "area_division", "division"),
            "use": _field(catalogue, "site", "use"),
            "work": _field(catalogue, "site", "work"),
            "relief_verdict": _words()["relief"],
            "verdict": verdicts(),
        },
        "provision": {"zone": places},
        "nesting": {"verdict": nesting},
        "ratios": {"layer": layers, "zone": places},
        "versions": {"layer": layers, "state": {**_words()["versions"], "cannot_tell": unsure}},
        "districts": {"layer": layers},
        "procedures": {"state": state_labels()},
        "programmes": {
            "layer": {**layers, **_words()["subjects"]},
            "verdict": packaged_programmes().verdicts,
        },
        **_houses(catalogue),
        "held_back": {"by": _words()["counted_by"]},
        "links": {"direction": _words()["directions"]},
        "access": {"layer": layers, "to": layers, "measure": _words()["measures"], "unit": _words()["units"]},
        "coverage": {"layer": layers, "to": layers, "unit": _words()["units"]},
        **_timed(layers),
        "siting": {"verdict": verdicts()},
        "terrain": {"layer": layers},
    }


def _timed(layers: Mapping[str, Text]) -> Mapping[str, Labels]:
    """Return what the values of the tables on timetables are called."""
    return {
        "transit": {"layer": layers, "to": layers},
        "demand": {"layer": layers, "unit": _words()["units"]},
    }


def _houses(catalogue: Mapping[str, Spec]) -> Mapping[str, Labels]:
    """Return what the values of the tables on vacant houses are called."""
    sources = {**_field(catalogue, "vacant_house", "source"), **_words()["house_sources"]}
    return {
        "house_counts": {"kind": _layers(catalogue), "area": _words()["house_areas"], "source": sources},
        "double_listings": {"sources": _pairs(sources), "by": _words()["found_by"]},
    }


def change_labels() -> Labels:
    """Return what the changes between two versions of an area are called, by column and value."""
    return {"change": _words()["changes"]}


def _layers(catalogue: Mapping[str, Spec]) -> Mapping[str, Text]:
    titles = {name: spec.title for name, spec in catalogue.items()}
    people = catalogue.get("population")
    older = people.fields.get("people_65") if people is not None else None
    return titles if older is None else {**titles, OLDER_LAYER: older.title}


def _pairs(words: Mapping[str, Text]) -> Mapping[str, Text]:
    """Return what two values with a dot between them are called."""
    return {
        f"{one}・{other}": Text(
            ja=f"{words[one].ja}・{words[other].ja}", en=f"{words[one].en}, {words[other].en}"
        )
        for one in words
        for other in words
    }


def _field(catalogue: Mapping[str, Spec], layer: str, column: str) -> Mapping[str, Text]:
    """Return the labels of a field, none where a catalogue of the user's own lacks it."""
    field = catalogue[layer].fields.get(column) if layer in catalogue else None
    return {} if field is None else field.labels
