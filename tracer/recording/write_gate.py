"""Writing of the trace file, and forks: nothing of SQLite must be in use when a process is copied."""

from __future__ import annotations

from ..host import native_threads as native


class WriteGate:
    """Held while spans are between two places, or SQLite is at work, or a module is imported: a fork waits for it."""

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

    def hold(self, timeout_s: float) -> bool:
        """Keep the writer out until `let_go`; False if that took longer than `timeout_s`, and at once where the calling
        thread is inside itself: a signal handler or a destructor that forks in the middle of writing."""
        if not self._lock.acquire(timeout=timeout_s):
            return False
        if self._depth:
            self._lock.release()
            return False
        self._holder = native.get_ident()
        return True

    def let_go(self) -> None:
        """End `hold`, on the same thread."""
        self._holder = 0
        self._lock.release()

    def is_held_here(self) -> bool:
        """Whether the calling thread keeps the writer out: it must not wait for it."""
        return self._holder == native.get_ident()
