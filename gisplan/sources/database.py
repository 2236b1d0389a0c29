"""A PostgreSQL server: the way in, and what its errors mean to a user; this module alone knows the driver."""

from __future__ import annotations

import os
import socket
import ssl
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gisplan.core.errors import (
    DiskError,
    GisplanError,
    InputError,
    NetworkError,
    Problem,
)
from gisplan.sources.address import Address

if TYPE_CHECKING:
    from pg8000.native import Connection

LOCK_SECONDS = 30.0
SPARE_SECONDS = 30.0
"""How much longer than the server itself the client waits for an answer."""

OTHERS_MAY_READ = 0o077
PASSWORD_PARTS = 5
LONGEST_DETAIL = 200

SETTINGS = """
SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex';
SET LOCAL statement_timeout = {statement}; SET LOCAL lock_timeout = {lock}"""
"""The server writes the same values as the same text, whatever it is set to."""

STATES: Mapping[str, str] = {
    "28P01": "db.password", "28000": "db.not_admitted", "3D000": "db.no_database", "42501": "db.permission",
    "57014": "db.timeout", "55P03": "db.busy", "25006": "db.read_only", "25001": "db.read_only",
    "53100": "db.disk_full", "2BP01": "db.depends", "22021": "db.encoding", "22P05": "db.characters",
    "53300": "db.lost", "57P01": "db.lost", "57P02": "db.lost", "57P03": "db.lost",
}  # fmt: skip
"""What an SQLSTATE is to a user; of the others those of class 08 mean a lost connection."""

NETWORK = frozenset({"db.timeout", "db.busy", "db.lost", "db.failed"})
MISTAKES = ("0A", "21", "22", "42")
"""Classes of SQLSTATE by which the server says that a query is wrong."""


class Session:
    """One transaction on a server; nothing of it stays unless `commit` is called."""

    def __init__(self, connection: Connection, address: Address) -> None:
        self._connection = connection
        self.address = address

    def rows(self, statement: str, *values: str | int) -> list[list[Any]]:
        """Return the rows of one statement, with `$1` and so on for values."""
        return self._connection.execute_unnamed(statement, vals=values).rows or []

    def columns(self, statement: str) -> list[tuple[str, int]]:
        """Return name and type [oid] of the columns of one statement."""
        found = self._connection.execute_unnamed(statement).columns or []
        return [(str(column["name"]), int(column["type_oid"])) for column in found]

    def copy_out(self, statement: str) -> bytes:
        """Return what one COPY … TO STDOUT gives: UTF-8, or the bytes of a database that knows no encoding."""
        stream = BytesIO()
        unknown = self.rows("SHOW server_encoding")[0][0] == "SQL_ASCII"
        if unknown:
            self.do("SET LOCAL client_encoding = 'SQL_ASCII'")
        self._connection.execute_unnamed(statement, stream=stream)
        if unknown:
            self.do("SET LOCAL client_encoding = 'UTF8'")
        return stream.getvalue()

    def copy_in(self, statement: str, chunks: Iterable[bytes]) -> None:
        """Give chunks of bytes to one COPY … FROM STDIN."""
        self._connection.execute_unnamed(statement, stream=chunks)

    def do(self, statements: str) -> None:
        """Carry out statements that return nothing."""
        self._connection.execute_simple(statements)

    def commit(self) -> None:
        """Make what was done last."""
        self._connection.execute_simple("COMMIT")


@contextmanager
def session(address: Address, *, place: str, read_only: bool) -> Iterator[Session]:
    """Yield a transaction; it is undone when the block ends, unless it was committed.

    Parameters
    ----------
    address
        The database.
    place
        What messages call it.
    read_only
        Whether the server is to refuse every change; all statements then see the tables of one moment.

    Raises
    ------
    GisplanError
        If the server cannot be reached, does not let the user in, or fails: `NetworkError`, `InputError`,
        `DiskError`.
    """
    with spoken(address, place=place):
        connection = _connect(address)
        try:
            opened = Session(connection, address)
            mode = "ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "READ WRITE"
            opened.do(f"BEGIN TRANSACTION {mode}")
            milliseconds = {"statement": address.statement_s * 1000, "lock": LOCK_SECONDS * 1000}
            opened.do(SETTINGS.format(**{key: int(value) for key, value in milliseconds.items()}))
            yield opened
        finally:
            # A server rolls back what was not committed; one that is gone has done so already.
            with suppress(Exception):
                connection.close()


@contextmanager
def spoken(address: Address, *, place: str) -> Iterator[None]:
    """Turn what the driver and the network raise inside the block into an error for a user.

    Parameters
    ----------
    address
        The database.
    place
        What messages call it.

    Raises
    ------
    GisplanError
        In place of every error of the server, the driver or the network.
    """
    try:
        yield
    except GisplanError:
        raise
    except Exception as error:
        raised = _error(error, address, place)
        if raised is None:
            raise
        raise raised from None


def _connect(address: Address) -> Connection:
    """Return a connection; it answers within the seconds of the address or fails."""
    from pg8000.native import Connection

    opened = socket.create_connection((address.host, address.port), timeout=address.connect_s)
    try:
        connection = Connection(
            _user(address),
            host=address.host,
            database=address.database,
            # Without a password the driver stumbles over a server that asks for one.
            password=password_of(address),
            ssl_context=_encryption(address),
            sock=opened,
            application_name="gisplan",
        )
    except BaseException:
        opened.close()
        raise
    # The driver knows one time limit; a large table may take longer to come than a connection.
    connection._usock.settimeout(address.statement_s + SPARE_SECONDS)  # noqa: SLF001 (there is no other way to it)
    return connection


def _user(address: Address) -> str:
    import getpass

    return address.user or os.environ.get("PGUSER") or getpass.getuser()


def _encryption(address: Address) -> ssl.SSLContext | bool | None:
    """Return how to encrypt: False for not at all, None for where the server can."""
    if address.encryption in {"disable", "prefer"}:
        return False if address.encryption == "disable" else None
    try:
        context = ssl.create_default_context(cafile=address.root or None)
    except OSError:
        raise NetworkError(
            Problem(code="db.no_encryption", place=address.name, values=_where(address))
        ) from None
    context.check_hostname = address.encryption == "verify-full"
    if address.encryption == "require" and not address.root:
        context.verify_mode = ssl.CERT_NONE
    return context


def password_of(address: Address) -> str:
    """Return the password: of the address, of `PGPASSWORD`, or of the password file of PostgreSQL; else "".

    Raises
    ------
    InputError
        If others may read the password file.
    """
    named = address.password or os.environ.get("PGPASSWORD", "")
    return named or _from_file(address, _password_file())


def _password_file() -> Path:
    named = os.environ.get("PGPASSFILE")
    if named:
        return Path(named)
    if os.name == "nt":
        return Path(os.environ.get("APPDATA", "")) / "postgresql" / "pgpass.conf"
    return Path(os.environ.get("HOME", "")) / ".pgpass"


def _from_file(address: Address, path: Path) -> str:
    """Return the password that the first fitting line of a password file gives, "" for none."""
    try:
        lines = path.read_text("utf-8").splitlines()
        closed = os.name == "nt" or not path.stat().st_mode & OTHERS_MAY_READ
    except (OSError, UnicodeDecodeError):
        return ""
    asked = (address.host, str(address.port), address.database, _user(address))
    for line in lines:
        parts = _parts(line)
        fits = len(parts) == PASSWORD_PARTS and not line.startswith("#")
        if fits and all(part in {"*", wanted} for part, wanted in zip(parts, asked, strict=False)):
            if closed:
                return parts[-1]
            raise InputError(Problem(code="db.password_file", place=path.name))
    return ""


def _parts(line: str) -> list[str]:
    r"""Return the parts of a line between colons; `\:` and `\\` stand for the signs themselves."""
    parts, escaped = [""], False
    for sign in line:
        if not escaped and sign == "\\":
            escaped = True
            continue
        if not escaped and sign == ":" and len(parts) < PASSWORD_PARTS:
            parts.append("")
        else:
            parts[-1] += sign
        escaped = False
    return parts


NO_WAY = (
    (socket.gaierror, "db.no_host"),
    (ConnectionRefusedError, "db.refused"),
    (TimeoutError, "db.no_answer"),
)
"""Errors of the network, and what they are to a user."""


def _error(error: Exception, address: Address, place: str) -> GisplanError | None:
    """Return what an error of the driver, the server or the network is to a user, None for a bug of ours."""
    from pg8000.exceptions import DatabaseError, InterfaceError

    if isinstance(error, DatabaseError):
        return _from_server(error.args[0] if error.args else {}, address, place)
    if isinstance(error, UnicodeDecodeError):
        return InputError(Problem(code="db.encoding", place=place))
    if type(error).__module__.startswith("scramp"):  # the server's part of the handshake does not fit ours
        return InputError(Problem(code="db.password", place=place))
    # What no PostgreSQL ever says makes the driver stumble over keys and lengths.
    if not isinstance(error, InterfaceError | OSError | KeyError | struct.error):
        return None
    kinds = (error, error.__cause__)
    code = next((code for kind, code in NO_WAY if any(isinstance(part, kind) for part in kinds)), "db.lost")
    if isinstance(error, ssl.SSLError) or "SSL" in str(error):
        code = "db.no_encryption"
    return NetworkError(Problem(code=code, place=place, values=_where(address)))


def _where(address: Address) -> dict[str, Any]:
    return {"host": address.host, "port": address.port, "seconds": int(address.connect_s)}


def _from_server(said: Any, address: Address, place: str) -> GisplanError:
    """Return what a server says as an error; its words stand in a message only where a query is wrong."""
    words = said if isinstance(said, dict) else {}
    state = str(words.get("C", ""))
    code = STATES.get(state, "db.lost" if state.startswith("08") else "")
    if code == "db.password" and not password_of(address):
        code = "db.no_password"
    if not code:
        code = "db.query" if state.startswith(MISTAKES) else "db.failed"
    lines = str(words.get("M", "")).splitlines() or [""]
    values = {"seconds": int(address.statement_s), "state": state, "detail": lines[0][:LONGEST_DETAIL]}
    problem = Problem(code=code, place=place, values=values)
    if code == "db.disk_full":
        return DiskError(problem)
    return NetworkError(problem) if code in NETWORK else InputError(problem)
