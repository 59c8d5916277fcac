"""Gates that a fork closes: SQLite's locks in memory must not be copied while a thread holds one.

The handlers of a fork are in `process_recorder`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from ..host import native_threads as native

_PAUSE_S = 0.001


class ReadGate:
    """Admits any number of readers, or any number of forks.

    It consists of operations of a dict, each of which is atomic. A signal handler or a destructor could take a lock a
    second time, and an exception could leave one locked.
    """

    def __init__(self) -> None:
        self._readers: dict[object, int] = {}
        """The thread of each."""
        self._forks: dict[object, int] = {}
        """The thread of each."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Hold off forks while the block reads; wait for a fork that another thread has begun."""
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
        """Wait until nobody reads, and admit no reader until `open`. False after `timeout_s`, and at once where the
        calling thread is a reader itself: a signal handler that forks."""
        here = native.get_ident()
        self._forks[fork] = here
        deadline = monotonic() + timeout_s
        while readers := list(self._readers.values()):
            if here in readers or monotonic() > deadline:
                return False
            native.sleep(_PAUSE_S)
        return True

    def open(self, fork: object) -> None:
        """Admit readers again, whatever `close` returned."""
        self._forks.pop(fork, None)


class WriteGate:
    """Held while the writer thread moves spans, uses SQLite, or imports a module; a fork waits for it."""

    def __init__(self) -> None:
        self._lock = native.ReentrantLock()
        self._depth = 0
        self._holder = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()

    def close(self, timeout_s: float) -> bool:
        """Keep the writer out until `open`. False after `timeout_s`, and at once where the calling thread is the writer
        itself: a signal handler or a destructor that forks in the middle of a write."""
        if not self._lock.acquire(timeout=timeout_s):
            return False
        if self._depth:
            self._lock.release()
            return False
        self._holder = native.get_ident()
        return True

    def open(self) -> None:
        """Admit the writer again, on the thread that called `close`."""
        self._holder = 0
        self._lock.release()

    def is_closed_here(self) -> bool:
        """Whether the calling thread closed the gate: it must not wait for the writer."""
        return self._holder == native.get_ident()
