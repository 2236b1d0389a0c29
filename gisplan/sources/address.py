"""Where a database is: its address in plan.toml or on the command line, and its tables.

User and password are known to the connection alone: no name, message or fingerprint holds them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from gisplan.core.errors import ConfigurationError, Problem

SCHEMES = ("postgresql://", "postgres://")
Encryption = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]
CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database is, who asks, and how long to wait [s]; `root` is the file of authorities to trust."""

    host: str
    database: str
    port: int = 5432
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    encryption: Encryption = "prefer"
    root: str = field(default="", repr=False)
    connect_s: float = CONNECT_SECONDS
    statement_s: float = STATEMENT_SECONDS

    @property
    def name(self) -> str:
        """What messages and the manifest call the database."""
        return f"postgresql://{self.host}/{self.database}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of a database as plan.toml names it, or the rows of a query."""

    address: Address
    table: str = ""
    query: str = ""

    @property
    def name(self) -> str:
        """What messages and the manifest call the table."""
        return f"{self.address.name}#{'query' if self.query else self.table}"


def is_database(path: str) -> bool:
    """Return whether a path of plan.toml is the address of a database."""
    return path.lower().startswith(SCHEMES)


def address_of(text: str, *, place: str) -> Address:
    """Return the address that a text writes.

    Parameters
    ----------
    text
        `postgresql://user@host:5432/database`; `?sslmode=`, `sslrootcert=`, `connect_timeout=` and
        `statement_timeout=` (both in seconds) may follow.
    place
        Where the text stands, for messages; they never quote it, since it may hold a password.

    Raises
    ------
    ConfigurationError
        If it is no such address.
    """
    wrong = ConfigurationError(Problem(code="db.url", place=place))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "localhost", parts.port or 5432
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise wrong from None
    database = parts.path.removeprefix("/")
    # A password with / or # in it that is not written as %2F or %23 would end up in the name of the database.
    if not is_database(text) or not database or "/" in database or "@" in database or parts.fragment:
        raise wrong
    return Address(
        host=host,
        port=port,
        database=unquote(database),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        **_options(options, place),
    )


def _options(options: Mapping[str, str], place: str) -> dict[str, Any]:
    """Return what the options of an address ask for."""
    encryption = options.get("sslmode", "prefer")
    seconds = {
        "connect_s": options.get("connect_timeout", f"{CONNECT_SECONDS:g}"),
        "statement_s": options.get("statement_timeout", f"{STATEMENT_SECONDS:g}"),
    }
    known = ("sslmode", "sslrootcert", "connect_timeout", "statement_timeout")
    numbers = all(text.isascii() and text.isdecimal() and 0 < int(text) < 10**6 for text in seconds.values())
    if not set(options) <= set(known) or encryption not in get_args(Encryption) or not numbers:
        values = {"known": known, "modes": get_args(Encryption)}
        raise ConfigurationError(Problem(code="db.url_options", place=place, values=values))
    return {
        "encryption": encryption,
        "root": options.get("sslrootcert", ""),
        **{key: float(text) for key, text in seconds.items()},
    }
