"""While the program's callbacks run in the middle of our work, tracing is off.

A span processor that traces would trigger itself without end; one that flushes, or a log handler that does, would wait
for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..host import native_threads as native
from ..spans.current import current, restore
from ..spans.no_op_span import NoOpSpan


class ReentrancyGuard:
    """Knows the thread that exports spans at the moment; one thread at a time does."""

    def __init__(self) -> None:
        self._thread = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Record nothing of what the block calls."""
        self._thread = native.get_ident()
        token = current.set(NoOpSpan())
        try:
            yield
        finally:
            restore(token)
            self._thread = 0

    def is_inside(self) -> bool:
        """Whether the calling code runs inside the block."""
        return self._thread == native.get_ident()
