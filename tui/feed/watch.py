"""Lets the feed sleep on two things at once: the file watch, and requests of the screen."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from ...store.read.file_watch import FileWatch

_LONGEST_S = 0.5


class Sleeper(Protocol):
    """What sleeps while nothing happens."""

    def wake(self) -> None:
        """There is something to do."""

    def serve(self, seconds: float) -> None:
        """Sleep, but serve requests."""


class WakingWatch:
    """A file watch in a thread of its own, which wakes the feed; begun when a file has been still for a while."""

    def __init__(self, path: Path, sleeper: Sleeper) -> None:
        self._sleeper = sleeper
        self._closed = threading.Event()
        self._watch = FileWatch(path, self._closed)
        self._thread = threading.Thread(target=self._run, name="tracetui watch", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Return when the file may have changed, when there was a request, or after `seconds`."""
        self._sleeper.serve(seconds)

    def close(self) -> None:
        """End the thread soon."""
        self._closed.set()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._watch.wait(_LONGEST_S)
            self._sleeper.wake()
        self._watch.close()
