"""The credit and licence of a layer: those of plan.toml, of the catalogue, or of whoever's data the files hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gisplan.core.tables import Doubt
from gisplan.core.words import LayerEntry, Plan, Release, Spec, Text
from gisplan.layers.read import LayerRead
from gisplan.layers.released import on_terms_of, release_by_name
from gisplan.sources import osm_tags


def credited(spec: Spec, entries: Sequence[LayerEntry]) -> Spec:
    """Return a layer with the credit and licence that plan.toml or the releases of its files give, where they do."""
    source = on_terms_of(spec.source, _editions(spec, entries))
    named = list(dict.fromkeys(entry.credit for entry in entries if entry.credit))
    licences = list(dict.fromkeys(entry.licence for entry in entries if entry.licence))
    if named:
        text = "；".join(named)
        source = replace(source, credit=Text(ja=text, en=text))
        if not all(entry.release for entry in entries):
            source = replace(source, licence="—", release="")
    if licences:
        source = replace(source, licence="；".join(licences))
    return replace(spec, source=source)


def _editions(spec: Spec, entries: Sequence[LayerEntry]) -> list[Release]:
    """Return the releases of the files of a layer, those that plan.toml or a file's name tells."""
    known = {release.release: release for release in spec.source.releases}
    found = [known.get(entry.release) or release_by_name(spec, entry.path) for entry in entries]
    return list({release.release: release for release in found if release is not None}.values())


def terms_doubts(plan: Plan, done: Mapping[str, LayerRead]) -> list[Doubt]:
    """Return a doubt for each layer whose terms do not let it be passed on or sold, by who will get the outputs."""
    code = "layer.terms_office" if plan.audience == "internal" else "layer.terms_published"
    sources = {name: read.layer.spec.source for name, read in done.items() if read.layer is not None}
    return [
        Doubt(code=code, layer=name, values={"licence": source.licence, "release": source.release or "—"})
        for name, source in sources.items()
        if not (source.redistribute and source.commercial)
    ]


def general_credit(plan: Plan, known: Mapping[str, Spec], done: Mapping[str, LayerRead]) -> list[Doubt]:
    """Return one doubt for all layers of the office's own files that nobody gave a credit, none where there are none.

    Such a layer has no publisher in the catalogue but a general sentence, which fits any file that is put there.
    """
    titles = [
        known[name].title
        for name, read in done.items()
        if read.layer is not None
        and not known[name].source.url
        and assumed(read, [entry for entry in plan.layers if entry.layer == name])
    ]
    if not titles:
        return []
    layers = Text(ja="、".join(one.ja for one in titles), en=", ".join(one.en for one in titles))
    return [Doubt(code="layer.credit_general", layer="", subject=plan.file, values={"layers": layers})]


def with_osm_credit(read: LayerRead, entries: Sequence[LayerEntry]) -> LayerRead:
    """Return a layer with the credit that data of OpenStreetMap must bear, where its files hold such data.

    What plan.toml says stays and the credit stands beside it; the catalogue's credit stays only where other files
    count to the layer as well.
    """
    if read.layer is None:
        return read
    ours = [reading.driver in osm_tags.DRIVERS for reading in read.layer.readings]
    source = read.layer.spec.source
    if not any(ours) or "openstreetmap" in source.credit.ja.lower():
        return read
    osm = osm_tags.credit()
    named = any(entry.credit for entry in entries)
    kept = source.credit if named or not all(ours) else None
    credit = osm if kept is None else Text(ja=f"{kept.ja}；{osm.ja}", en=f"{kept.en}; {osm.en}")
    licence = osm_tags.LICENCE if kept is None else f"{source.licence}；{osm_tags.LICENCE}"
    bound = replace(
        source,
        credit=credit,
        licence=licence,
        share_alike=True,
        release="" if kept is None else source.release,
    )
    told = Doubt(
        code="osm.credit", layer=read.layer.spec.name, values={"credit": credit, "licence": osm_tags.LICENCE}
    )
    layer = replace(read.layer, spec=replace(read.layer.spec, source=bound))
    return replace(read, layer=layer, doubts=(*read.doubts, told))


def assumed(read: LayerRead, entries: Sequence[LayerEntry]) -> bool:
    """Return whether a layer bears the credit of the catalogue for want of a better one."""
    readings = () if read.layer is None else read.layer.readings
    drivers = {reading.driver for reading in readings}
    return not (drivers and drivers <= set(osm_tags.DRIVERS)) and not all(
        entry.credit or entry.release for entry in entries
    )
