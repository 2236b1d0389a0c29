"""What plan.toml lets a user choose of the plan chapter, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass

CHAPTERS = (
    "summary", "present", "areas", "hubs", "roads", "access", "siting", "procedures", "findings", "figures", "sources",
)  # fmt: skip
"""The chapters in their order."""

KEPT = "sources"
"""The chapter that is never left out: without it no number has a basis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOptions:
    """`[report]` of plan.toml: a Word template, the office that made the plan, and chapters that are left out.

    `template` is a path beside plan.toml, "" for our own; `line` is where plan.toml names it. Nobody is named as the
    author of a document unless `office` says so.
    """

    template: str = ""
    office: str = ""
    leave_out: tuple[str, ...] = ()
    line: int = 0
