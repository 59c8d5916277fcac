"""Reading of the trace file, and forks: SQLite's locks in memory must not be copied while a thread holds one.

Made of operations of a dict, each of which is atomic: no lock could be taken a second time by a signal handler or a
destructor, nor be left behind by an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from ..host import native_threads as native

_PAUSE_S = 0.001


class ReadGate:
    """Lets any number of readers in, or any number of forks."""

    def __init__(self) -> None:
        self._readers: dict[object, int] = {}
        self._forks: dict[object, int] = {}
        """Each with its thread."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While it lasts no fork begins; waits for one that has begun on another thread."""
        token = object()
        here = native.get_ident()
        try:
            self._readers[token] = here
            while any(thread != here for thread in list(self._forks.values())):
                del self._readers[token]
                native.sleep(_PAUSE_S)
                self._readers[token] = here
            yield
        finally:
            self._readers.pop(token, None)

    def close(self, fork: object, timeout_s: float) -> bool:
        """Wait until nobody reads, and let nobody in until `open`; False if that took longer than `timeout_s`, and at
        once where the calling thread reads itself: a signal handler that forks."""
        here = native.get_ident()
        self._forks[fork] = here
        deadline = monotonic() + timeout_s
        while readers := list(self._readers.values()):
            if here in readers or monotonic() > deadline:
                return False
            native.sleep(_PAUSE_S)
        return True

    def open(self, fork: object) -> None:
        """End `close`, whatever came of it."""
        self._forks.pop(fork, None)


gate = ReadGate()
"""Of this process; a child of a fork has one of its own."""
