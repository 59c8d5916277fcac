"""From the host's threads to the writer thread: a bounded queue without a lock.

A call of the host's only appends. A signal handler or a destructor may do so in the middle of another append.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..settings.settings import config
from ..spans.pending_span import NEW, QUEUED, PendingSpan
from .commands import FlushRequest, Request
from .size_estimate import waiting_bytes


class SpanQueue:
    """Spans and requests in their order."""

    def __init__(self, ring: Callable[[], object]) -> None:
        """`ring` wakes the thread, or starts it; it is called while `is_unattended`."""
        self._ring = ring
        self._items: deque[PendingSpan | Request] = deque()
        self.is_unattended = True
        """Whether the thread sleeps, or does not run."""
        self.is_full = False
        """Whether the payloads that wait are too many bytes; new spans are dropped as if the queue were full."""
        self.dropped = 0
        """Spans and edits that found the queue full."""

    def __len__(self) -> int:
        return len(self._items)

    def put(self, span: PendingSpan) -> None:
        """Queue a span that has begun, or changed what its trace shows; never waits."""
        if span.queue_state == QUEUED or len(self._items) >= config.queue_size or self.is_full:
            return  # it is on its way, or its end will carry it
        span.queue_state = QUEUED
        self._items.append(span)
        if self.is_unattended:
            self._ring()

    def put_ended(self, span: PendingSpan) -> None:
        """Queue a span that has ended; one that never found room in the queue is dropped and counted."""
        if span.queue_state == QUEUED:
            return  # what is queued is the span itself
        if span.queue_state == NEW and (len(self._items) >= config.queue_size or self.is_full):
            self.dropped += 1
            return
        self._items.append(span)
        if self.is_unattended:
            self._ring()

    def put_request(self, request: Request, *, is_bounded: bool = False) -> None:
        """Queue a request; one that `is_bounded` is dropped, counted and answered where the queue is full."""
        if is_bounded and len(self._items) >= config.queue_size:
            self.dropped += 1
            request.answer(is_durable=False)
            return
        self._items.append(request)
        if self.is_unattended or not is_bounded:
            self._ring()

    def take(self) -> PendingSpan | Request:
        """The first of what waits. Raises IndexError where nothing does."""
        return self._items.popleft()

    def is_waited_for(self) -> bool:
        """Whether somebody waits for all that is queued."""
        return isinstance(self._items[-1], FlushRequest)

    def waiting(self) -> list[PendingSpan | Request]:
        """All that waits, in its order."""
        while True:
            try:
                return list(self._items)
            except RuntimeError:  # another thread has appended meanwhile
                continue

    def look_at_bytes(self) -> None:
        """See whether the payloads that wait are too many bytes."""
        self.is_full = waiting_bytes(self._items) > config.max_waiting_bytes
