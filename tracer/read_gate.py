"""Reading of the trace file, and forks: SQLite's locks in memory must not be copied while a thread holds one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class ReadGate:
    """Lets any number of readers in, or one fork."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._readers = 0
        self._is_closed = False
        self._fork = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """While it lasts no fork begins; waits for one that has begun."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._readers += 1
        try:
            yield
        finally:
            with self._changed:
                self._readers -= 1
                self._changed.notify_all()

    def close(self, timeout_s: float) -> bool:
        """Wait until nobody reads, and let nobody in until `open`; False if that took longer than `timeout_s`."""
        if not self._fork.acquire(timeout=timeout_s):
            return False
        with self._changed:
            self._is_closed = True
            if self._changed.wait_for(lambda: not self._readers, timeout_s):
                return True
        self.open()
        return False

    def open(self) -> None:
        """End `close`."""
        with self._changed:
            self._is_closed = False
            self._changed.notify_all()
        self._fork.release()


gate = ReadGate()
"""Of this process; a child of a fork has one of its own."""
