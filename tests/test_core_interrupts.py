"""The first Ctrl-C ends a search and keeps what it found, the second aborts, and afterwards all is as before."""

import os
import signal
import threading

import pytest

from gisplan.core.interrupts import first_interrupt


def press():
    """Do what Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)


def test_the_first_press_is_only_noted_and_the_second_aborts():
    before = signal.getsignal(signal.SIGINT)
    with first_interrupt() as pressed:
        assert not pressed()
        press()
        assert pressed()
        with pytest.raises(KeyboardInterrupt):
            press()
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt):
        press()


def test_whoever_listened_before_hears_the_second_press_and_all_later_ones():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        with first_interrupt() as pressed:
            press()
            assert (pressed(), heard) == (True, [])
            press()
            assert heard == [signal.SIGINT]
        press()
        assert len(heard) == 2
    finally:
        signal.signal(signal.SIGINT, before)


def test_elsewhere_than_in_the_main_thread_nothing_is_changed():
    seen = []

    def work():
        with first_interrupt() as pressed:
            seen.append((pressed(), signal.getsignal(signal.SIGINT)))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


@pytest.mark.skipif(os.name == "nt", reason="a program without a console on Windows gets no Ctrl-C")
def test_a_program_that_ignores_the_signal_goes_on_ignoring_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with first_interrupt() as pressed:
            press()
            assert not pressed()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
