"""Three-valued logic (Kleene): a missing fact is None, and the answer is None only where it matters."""

from __future__ import annotations

from collections.abc import Iterable

Truth = bool | None


def all_of(facts: Iterable[Truth]) -> Truth:
    """Return False if one fact is false, True if all are true, else None."""
    seen = tuple(facts)
    if False in seen:
        return False
    return None if None in seen else True


def any_of(facts: Iterable[Truth]) -> Truth:
    """Return True if one fact is true, False if all are false, else None."""
    seen = tuple(facts)
    if True in seen:
        return True
    return None if None in seen else False
