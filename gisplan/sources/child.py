"""The child that opens outside files: formats whose parsers are native code are read here and nowhere else.

It reads a request a line from stdin and answers a line on stdout. Before any parser is loaded it gives up the
network and other programs; memory and time are watched by its parent (`gisplan.sources.child_process`).
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000
"""Flags of Linux for a user space and a network of one's own."""

FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.startfile")
"""Beginnings of the names of what Python is not to do here; sockets and other programs."""


def main() -> None:
    """Answer requests until stdin ends."""
    answers = _answers()
    shut_off()
    from gisplan.sources.tasks import answer

    _say(answers, {"ready": True})
    for line in sys.stdin.buffer:
        _say(answers, answer(json.loads(line)))


def _answers() -> IO[bytes]:
    """Return the stream of answers; what native code prints goes nowhere."""
    stream = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    if not os.environ.get("GISPLAN_DEBUG"):
        os.dup2(nowhere, 2)
    return stream


def _say(answers: IO[bytes], content: dict[str, Any]) -> None:
    answers.write(json.dumps(content).encode() + b"\n")


def shut_off() -> None:
    """Give up the network and other programs: on Linux for native code, too, elsewhere for Python.

    GDAL's own drivers that reach the network are off by GDAL_SKIP everywhere.
    """
    if sys.platform == "linux":
        _leave_network()
    if os.name == "posix":
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _leave_network() -> None:
    import ctypes

    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is None:
        return
    # Root would lose its right to other people's files in a user space of its own; it needs none.
    flags = NEW_NETWORK if os.geteuid() == 0 else NEW_USER | NEW_NETWORK
    unshare(flags)  # where the kernel forbids it, the hook and GDAL_SKIP remain


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(event)


if __name__ == "__main__":
    main()
