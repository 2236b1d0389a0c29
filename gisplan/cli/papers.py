"""The template of the plan chapter, written for an office to edit."""

from __future__ import annotations

from pathlib import Path

from gisplan.cli.screen import Screen


def write_template(screen: Screen, plan: Path, path: Path, *, layers: Path | None) -> None:
    """Write our Word template as a new file, and say what to do with it.

    Parameters
    ----------
    screen
        Where it is told.
    plan
        The plan.toml, for the language of the template.
    path
        The new file.
    layers
        The folder of layer files, the catalogue where None.
    """
    from gisplan.layers.catalogue import read_catalogue
    from gisplan.plan.paper.write import write_template as write
    from gisplan.plan.read import read_plan

    read = read_plan(plan, catalogue=read_catalogue(layers))
    language = screen.asked or read.language
    made = write(path, language=language)
    if screen.as_json:
        screen.json({"made": made.as_posix()})
        return
    screen.say(f"作りました：{made}", f"Made: {made}")
    screen.say(
        f"次に：Word で体裁を直し（{{{{title}}}} などの印は残す）、plan.toml に "
        f'[report] template = "{made.name}" と書いて、gisplan report {plan.parent}',
        f"Next: edit it in Word (keep the marks such as {{{{title}}}}), write "
        f'[report] template = "{made.name}" into plan.toml, then gisplan report {plan.parent}',
    )
