"""What the code words of the result tables are called, for the page and the workbook."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

from gisplan.access.origins import layer_titles
from gisplan.access.yardsticks import WAYS, group_title, read_yardsticks
from gisplan.core.words import Spec, Text
from gisplan.law.phrases import say, verdicts, zones
from gisplan.law.programme_file import packaged_programmes
from gisplan.law.road_sections import section_verdicts
from gisplan.law.steps import state_labels
from gisplan.maps.words import Labels
from gisplan.siting.districts.criteria import kinds


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
    layers = layer_titles(catalogue)
    nesting = {**_words()["nesting"], "cannot_tell": (unsure := verdicts()["cannot_tell"])}
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
        **_link_labels(catalogue),
        **_access(layers),
        **_timed(layers),
        **_siting(layers, places),
        **_grounds(layers),
        **_scenarios(layers),
    }


def _siting(layers: Mapping[str, Text], places: Mapping[str, Text]) -> Mapping[str, Labels]:
    """Return what the values of the tables on hubs that were chosen, and on the candidates, are called."""
    from gisplan.siting import words

    candidates = {**layers, "grid": Text(ja="格子点", en="Points of a grid")}
    return {
        "siting_council": {"kind": words.services(), "zone": places, "verdict": verdicts()},
        "siting_served": {"layer": layers, "kind": words.services(), "unit": _words()["units"]},
        "siting_ties": {"how": words.searches(), "standing": words.comparisons()},
        "siting_variants": {"kind": words.trials()},
        "siting_changes": {"what": words.figures(), "state": words.sides(), "unit": _words()["units"]},
        "siting_forms": {"layer": layers, "unit": _words()["units"], "state": _words()["states"]},
        "siting_why": {"state": words.states()},
        "siting": {
            "verdict": verdicts(),
            "unit": _words()["units"],
            "model": words.models(),
            "ended": words.endings(),
        },
        "siting_sites": {"layer": candidates, "state": words.states(), "verdict": verdicts()},
    }


def _access(layers: Mapping[str, Text]) -> Mapping[str, Labels]:
    """Return what the values of the tables on minutes and who is reached are called."""
    counted = {"layer": layers, "to": layers, "unit": _words()["units"]}
    states = {"state": _words()["reach_states"]}
    return {
        "access": {**counted, **states, "measure": _words()["measures"]},
        **dict.fromkeys(("coverage", "curves", "equity"), counted),
        "bands": {**counted, **states},
        "yardsticks": {**counted, **_yardsticks(layers)},
        "spheres": {"layer": layers, **states},
        "place_reach": {
            "layer": layers,
            "counted": layers,
            "unit": _words()["units"],
            "direction": _words()["reach_directions"],
        },
        "outer": {"layer": layers, **states},
    }


def _yardsticks(layers: Mapping[str, Text]) -> Labels:
    """Return what the values of the table on yardsticks are called."""
    yardsticks = read_yardsticks()
    return {
        "yardstick": {name: one.title for name, one in yardsticks.items()},
        "to": _groups(layers),
        "how": WAYS,
        "confidence": _words()["confidence"],
    }


def _groups(layers: Mapping[str, Text]) -> Mapping[str, Text]:
    """Return what the groups of layers that yardsticks measure to are called."""
    return {
        "+".join(group): group_title(group, layers)
        for one in read_yardsticks().values()
        for group in one.near
    }


def _link_labels(catalogue: Mapping[str, Spec]) -> Mapping[str, Labels]:
    """Return what the values of the tables on the best links of hubs are called."""
    words = _words()
    own = {"kind": words["kinds"], "direction": words["directions"]}
    road = {"road_class": _field(catalogue, "road", "road_class"), "manager": words["managers"]}
    return {
        "network": _network(catalogue),
        "best_links": {
            **own,
            "state": words["link_states"],
            "stands_on": words["stands_on"],
            "outcome": words["outcomes"],
        },
        "cuts": {**own, **road, "outcome": words["outcomes"]},
        "road_sections": {**own, **road, "verdict": section_verdicts()},
    }


def _network(catalogue: Mapping[str, Spec]) -> Labels:
    """Return what the values of the network report are called."""
    by_law = [_field(catalogue, "road", name) for name in ("road_class", "class_from", "manager")]
    subjects = {**layer_titles(catalogue), **_words()["network_subjects"]}
    for labels in by_law:
        subjects |= labels
    return {
        "mode": _words()["modes"],
        "measure": _words()["network_measures"],
        "subject": subjects,
        "unit": _words()["units"],
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
        "house_counts": {"kind": layer_titles(catalogue), "area": _words()["house_areas"], "source": sources},
        "double_listings": {"sources": _pairs(sources), "by": _words()["found_by"]},
    }


def cut_bands() -> Mapping[str, Text]:
    """Return what the bands of minutes that a cut link adds are called, the gravest first."""
    return _words()["cut_bands"]


def _grounds(layers: Mapping[str, Text]) -> Mapping[str, Labels]:
    """Return what the values of the tables on the ground of hubs, suitable ground and districts are called."""
    words = _words()
    kind_titles = {
        name: Text(ja=f"{kind.title.ja}（{kind.unit.ja}）", en=f"{kind.title.en} ({kind.unit.en})")
        for name, kind in kinds().items()
    }
    return {
        "terrain": {"layer": layers},
        "suitability": {
            "criterion": words["criteria"],
            "kind": {**kind_titles, **words["criteria"]},
            "layer": layers,
        },
        "districts_compared": {"layer": {**layers, **words["compared_layers"]}},
        "district_stability": {"change": words["weight_changes"]},
    }


def _scenarios(layers: Mapping[str, Text]) -> Mapping[str, Labels]:
    """Return what the values of the tables on scenarios are called."""
    words = _words()
    units = {**words["units"], **words["form_units"]}
    return {
        "scenarios": {
            "layer": layers,
            "to": {**layers, **_groups(layers)},
            "unit": units,
            "state": words["states"],
        },
        "gains": {"layer": layers, "to": layers, "band": words["bands"]},
        "area_gains": {"layer": layers, "to": layers},
        "link_changes": {"direction": words["directions"], "state": words["states"]},
        "compare": {"unit": units, "state": words["states"]},
    }


def road_change_labels() -> Labels:
    """Return what becomes of the roads of a scenario, by column and value."""
    return {"change": _words()["deeds"]}


def void_labels() -> Mapping[str, Text]:
    """Return what a place is called that lies within or outside a definition of a 交通空白."""
    return _words()["void_states"]


def change_labels() -> Labels:
    """Return what the changes between two versions of an area are called, by column and value."""
    return {"change": _words()["changes"]}


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
