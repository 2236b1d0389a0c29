"""The files of a comparison: the tables, and a manifest with what each plan was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.version import __version__
from gisplan.plan import manifest
from gisplan.plan.captions import caption

if TYPE_CHECKING:
    from gisplan.plan.compare import Comparison


def write_comparison(found: Comparison, asked: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the tables and the manifest of a comparison into a new folder.

    Parameters
    ----------
    found
        The comparison.
    asked
        What each plan was asked, as its manifest tells its audience.
    folder
        A folder that `replacing` yields.
    """
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.maps.tables import write_tables
    from gisplan.plan.labels import labels_of
    from gisplan.plan.reading import for_people, in_order, reading_notes

    notes = [caption("compare_note"), *reading_notes()]
    if any(plan.made_up for plan in found.plans.values()):
        notes.insert(0, caption("made_up"))
    tables = in_order(found.tables)
    write_tables(
        folder,
        tables,
        language=found.language,
        notes=notes,
        labels=labels_of(read_catalogue()),
        reading=for_people(tables),
    )
    outputs = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    content = {
        "gisplan": __version__,
        "code_sha256": manifest.code_fingerprint(),
        "compared": {label: dict(one) for label, one in zip(found.plans, asked, strict=True)},
        "outputs": {
            name: {"sha256": manifest.sha256_of(path), "bytes": path.stat().st_size}
            for name, path in sorted(outputs.items())
        },
    }
    manifest.write_manifest(folder / manifest.NAME, content)
