"""Ends the process when its terminal is closed, in any state of the program."""

from __future__ import annotations

import os
import select
import sys
import threading
import time

HUNG_UP = 129
"""The exit code of a process that SIGHUP ended: 128 + SIGHUP."""

GRACE_S = 1.0
"""Seconds that the program has to end in good order first."""


def leave_with_terminal() -> None:
    """End this process soon after its terminal is closed; does nothing without one.

    Textual writes in a thread of its own, which dies of its first write to a closed terminal; the queue before it
    fills up, and the event loop waits on it for ever, so that no handler of SIGHUP in the loop is called.
    """
    if not hasattr(select, "poll") or not sys.__stdin__ or not sys.__stdin__.isatty():
        return
    terminal = select.poll()
    terminal.register(sys.__stdin__.fileno(), 0)  # no event is asked for: POLLHUP is reported all the same

    def watch() -> None:
        terminal.poll()
        time.sleep(GRACE_S)
        os._exit(HUNG_UP)

    threading.Thread(target=watch, name="hangup", daemon=True).start()
