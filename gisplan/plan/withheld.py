"""What the manifest tells outsiders of a run: nothing that speaks of houses or quotes what only the office may see.

A run for outsiders must still be known again when nothing changed. Its manifest therefore holds one fingerprint of
all that was asked, with what is left out. A plain sha256 of a short text, e.g. of `where = "所有者 != '…'"`, gives
the text to whoever tries all names; this one is made of whole files together, so that a guess must have every byte
of the list of houses and of plan.toml right, and each guess is slow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gisplan.core.words import AUDIENCES, Audience, Spec

HOUSES = "vacant_house"
WITHHELD = "withheld"
"""What stands where something is not told."""

WHY = "why "
"""How a part of the question begins that asks of one site why it is no hub."""

QUOTING = frozenset({"where", "query", "fill", "columns", "codes"})
"""Parts of an entry of plan.toml that quote cells, or name columns."""

OF_HOUSES = frozenset({"layer", "credit", "licence", "crs", "encoding"})
"""Parts of the entry of houses that are told."""

COUNTS = ("read", "kept", "mended", "refused")
ROUNDS = 200_000
"""How often a fingerprint is hashed: about a tenth of a second for each guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What an audience must not learn of the inputs.

    `layers` have fields it must not see; `files` are the inputs they are read from, with their fingerprints, and
    plan.toml; `unnamed` are those of them whose name is not told.
    """

    layers: frozenset[str]
    files: Mapping[str, str]
    unnamed: frozenset[str] = frozenset()


def secret_fields(spec: Spec, audience: Audience) -> tuple[str, ...]:
    """Return the fields of a layer that an audience must not see.

    Parameters
    ----------
    spec
        The layer's file of the catalogue.
    audience
        Who will get the files.
    """
    return tuple(
        name
        for name, field in spec.fields.items()
        if AUDIENCES.index(field.audience) > AUDIENCES.index(audience)
    )


def guarded(
    catalogue: Mapping[str, Spec],
    audience: Audience,
    *,
    layers_of: Mapping[str, frozenset[str]],
    inputs: Mapping[str, str],
    plan: tuple[str, str],
) -> Guarded:
    """Return what an audience must not learn of the inputs.

    Parameters
    ----------
    catalogue
        The layer files.
    audience
        Who will get the files.
    layers_of
        The layers that are read from each input, by the input's name.
    inputs
        Fingerprints of the inputs by their name.
    plan
        Name and fingerprint of plan.toml.
    """
    layers = frozenset(name for name, spec in catalogue.items() if secret_fields(spec, audience))
    files = {name: digest for name, digest in inputs.items() if layers_of[name] & layers}
    unnamed = frozenset(name for name in files if layers_of[name] == {HOUSES})
    return Guarded(layers=layers, files={**files, plan[0]: plan[1]}, unnamed=unnamed)


def question_told(question: Mapping[str, Any], found: Guarded) -> dict[str, Any]:
    """Return what outsiders are told a run was asked.

    Parameters
    ----------
    question
        All that was asked.
    found
        What they must not learn.
    """
    parameters = dict(question["parameters"])
    site = parameters["site"]
    parameters["site"] = _site(site)
    parameters["layers"] = [_entry(entry, found) for entry in parameters["layers"]]
    parameters["chapters"] = [_chapter(chapter) for chapter in parameters.get("chapters", ())]
    parameters["scenarios"] = [_scenario(scenario) for scenario in parameters["scenarios"]]
    inputs = {
        name: WITHHELD if name in found.files else digest
        for name, digest in question["inputs"].items()
        if name not in found.unnamed
    }
    parts = question["parts"]
    if site is not None and site["candidates"] == HOUSES:
        parts = [part for part in parts if not part.startswith(WHY)]  # they name houses
    return {
        **question,
        "parts": parts,
        "plan": {**question["plan"], "sha256": WITHHELD},
        "parameters": parameters,
        "inputs": inputs,
        "question": fingerprint(question),
    }


def fingerprint(question: Mapping[str, Any]) -> str:
    """Return the fingerprint of all that was asked, what is withheld included; the same for the same question.

    Parameters
    ----------
    question
        All that was asked.
    """
    text = json.dumps(question, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.pbkdf2_hmac("sha256", text.encode(), b"gisplan question", ROUNDS).hex()


def _site(site: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return `[site]`; where houses are the candidates, the sites that it names are houses."""
    if site is None or site["candidates"] != HOUSES:
        return site
    return {**site, "force": WITHHELD, "forbid": WITHHELD, "why": WITHHELD}


def _entry(entry: Mapping[str, Any], found: Guarded) -> Mapping[str, Any]:
    if entry["layer"] == HOUSES:
        return {key: value if key in OF_HOUSES else WITHHELD for key, value in entry.items()}
    if entry["layer"] in found.layers:
        return {key: WITHHELD if key in QUOTING else value for key, value in entry.items()}
    return entry


def _chapter(chapter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a chapter without the house that its view names."""
    house = chapter.get("view", {}).get("layer") == HOUSES
    return {**chapter, "view": WITHHELD} if house else chapter


def _scenario(scenario: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a scenario without the words of cells that its files are read with."""
    changes = {
        part: [_change(change) for change in scenario.get(part, ())]
        for part in ("roads", "places")
        if part in scenario
    }
    return {**scenario, **changes}


def _change(change: Mapping[str, Any]) -> Mapping[str, Any]:
    if "file" not in change:
        return change
    file = {key: WITHHELD if key in QUOTING and value else value for key, value in change["file"].items()}
    return {**change, "file": file}


def layers_told(layers: Mapping[str, Mapping[str, Any]], found: Guarded) -> dict[str, Any]:
    """Return what outsiders are told of the layers as they were read: no number of houses, no file's fingerprint.

    Parameters
    ----------
    layers
        Rows, credit, licence and files of every layer.
    found
        What they must not learn.
    """
    own = {name: _files_told(layer, found) for name, layer in layers.items() if name != HOUSES}
    if HOUSES in layers:
        own[HOUSES] = {**layers[HOUSES], **dict.fromkeys((*COUNTS, "files"), WITHHELD)}
    return dict(sorted(own.items()))


def _files_told(layer: Mapping[str, Any], found: Guarded) -> dict[str, Any]:
    read: Sequence[Mapping[str, Any]] = layer["files"]
    files = [
        {**file, "sha256": WITHHELD, "size": WITHHELD} if _guards(file, found) else file for file in read
    ]
    return {**layer, "files": files}


def _guards(file: Mapping[str, Any], found: Guarded) -> bool:
    """Return whether a file, or the archive it lies in, is not told; areas made from words are plan.toml's."""
    name = str(file["file"])
    own = any(name == held or name.startswith(f"{held}/") for held in found.files)
    return own or file["sha256"] in found.files.values()
