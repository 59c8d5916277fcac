"""Lets the feed sleep until the file changes or the screen makes a request."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from ...store.read.file_watch import FileWatch

_LONGEST_S = 0.5


class Sleeper(Protocol):
    """A thread that sleeps until it is woken."""

    def wake(self) -> None:
        """Wake the feed's thread."""

    def serve(self, seconds: float) -> None:
        """Sleep for `seconds`, serving requests."""


class WakingWatch:
    """A file watch in its own thread, which wakes the feed; started when a file has not changed for a while."""

    def __init__(self, path: Path, sleeper: Sleeper) -> None:
        self._sleeper = sleeper
        self._closed = threading.Event()
        self._watch = FileWatch(path, self._closed)
        self._thread = threading.Thread(target=self._run, name="tracetui watch", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, after a request, or after `seconds`."""
        self._sleeper.serve(seconds)

    def close(self) -> None:
        """Make the thread end soon."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._watch.wait(_LONGEST_S)
            self._sleeper.wake()
        self._watch.close()
