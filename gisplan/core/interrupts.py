"""Ctrl-C that ends a search and keeps what it has found; a second one aborts as usual."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def first_interrupt() -> Iterator[Callable[[], bool]]:
    """Yield a function that says whether Ctrl-C was pressed; the first press does nothing else.

    The next press raises KeyboardInterrupt, or does what it did before. What Ctrl-C does is as before once this is
    left. Outside the main thread, where Python hands nobody a signal, and where somebody else than Python handles it,
    Ctrl-C stays as it is, and the function says False.
    """
    pressed = threading.Event()
    before = (
        signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None
    )
    if not callable(before):
        yield pressed.is_set
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if pressed.is_set():
            before(number, frame)
        pressed.set()

    signal.signal(signal.SIGINT, handle)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)
