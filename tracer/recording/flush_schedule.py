"""When the writer thread flushes: soon after a silence, then at intervals while spans come."""

from __future__ import annotations

from _queue import SimpleQueue
from time import monotonic

from ..host import native_threads as native
from .span_queue import SpanQueue

FIRST_DELAY_S = 0.005
"""From the first span after a silence to its flush: long enough for a short call to end and to be written once."""

INTERVAL_S = 0.025
"""Between flushes while spans keep coming."""

LINGER_S = 0.5
"""How long the thread polls after the last span. To wake it by its doorbell would cost each request 10 to 40 us."""

BATCH_SPANS = 2_048
"""Most spans of one transaction, so that readers see progress under load."""


class FlushSchedule:
    """The waits of the writer thread; no other thread uses it."""

    def __init__(self, queue: SpanQueue, doorbell: SimpleQueue[None]) -> None:
        self._queue = queue
        self._doorbell = doorbell
        self._last_flush = 0.0

    def note_flush(self) -> None:
        """Remember that spans were written now."""
        self._last_flush = monotonic()

    def wait_for_spans(self, next_look: float | None) -> None:
        """Wait until a flush is due, or until the time `next_look` of the monotonic clock."""
        queue = self._queue
        if not queue:
            now = monotonic()
            if now - self._last_flush < LINGER_S:
                self.nap(INTERVAL_S)
            else:
                self._sleep(None if next_look is None else next_look - now)
        if queue and len(queue) < BATCH_SPANS and not queue.ends_with_flush():
            since_s = monotonic() - self._last_flush
            delay_s = FIRST_DELAY_S if since_s > 2 * INTERVAL_S else INTERVAL_S - since_s
            if delay_s > 0:  # more spans may come; a flush ends the wait
                self.nap(delay_s)

    def nap(self, timeout_s: float | None) -> None:
        """Wait for the doorbell, for `timeout_s` at most."""
        native.wait_for_token(self._doorbell, timeout_s)

    def _sleep(self, timeout_s: float | None) -> None:
        self._queue.is_unattended = True
        if not self._queue:  # else a span came between the look at the queue and the mark
            self.nap(None if timeout_s is None else max(timeout_s, 0.001))
        self._queue.is_unattended = False
