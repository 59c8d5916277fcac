"""What of the host runs in the middle of our own work, span processors and log handlers, records nothing: a processor
that traces would feed itself without end, and one that flushes would wait for itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..host import native_threads as native
from ..spans.current import current, restore
from ..spans.no_op_span import NoOpSpan


class OwnWork:
    """Preparing and writing spans, on one thread at a time."""

    def __init__(self) -> None:
        self._thread = 0

    @contextmanager
    def on_this_thread(self) -> Iterator[None]:
        """What the code inside calls is not recorded, nor what is called from there."""
        self._thread = native.get_ident()
        token = current.set(NoOpSpan())
        try:
            yield
        finally:
            restore(token)
            self._thread = 0

    def is_here(self) -> bool:
        """Whether the calling code runs inside it."""
        return self._thread == native.get_ident()
