"""The bounded queue from the host's threads to the writer thread. It has no lock.

A call of the host only appends. A signal handler or a destructor may append in the middle of another append.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ..settings.settings import config
from ..spans.pending_span import NEW, QUEUED, PendingSpan
from .commands import Command, Flush
from .size_estimate import waiting_bytes


class SpanQueue:
    """Spans and commands in the order in which they came."""

    def __init__(self, wake: Callable[[], object]) -> None:
        """`wake` wakes or starts the writer thread; the queue calls it while `is_unattended`."""
        self._wake = wake
        self._items: deque[PendingSpan | Command] = deque()
        self.pop: Callable[[], PendingSpan | Command] = self._items.popleft
        """Removes and returns the first item. Raises IndexError where there is none."""
        self.is_unattended = True
        """Whether the writer thread sleeps, or does not run."""
        self.is_full = False
        """Whether the payloads that wait exceed `max_waiting_bytes`; new spans are dropped then."""
        self.dropped = 0
        """Spans and edits that were dropped because the queue was full."""

    def __len__(self) -> int:
        return len(self._items)

    def put(self, span: PendingSpan) -> None:
        """Queue a span that has begun, or that changed what its trace shows; never waits."""
        if span.queue_state == QUEUED or len(self._items) >= config.queue_size or self.is_full:
            return  # it is queued already, or is queued at its end
        span.queue_state = QUEUED
        self._items.append(span)
        if self.is_unattended:
            self._wake()

    def put_ended(self, span: PendingSpan) -> None:
        """Queue a span that has ended. A span that never found room in the queue is dropped and counted."""
        if span.queue_state == QUEUED:
            return  # the queue holds the span itself, which has its end now
        if span.queue_state == NEW and (len(self._items) >= config.queue_size or self.is_full):
            self.dropped += 1
            return
        self._items.append(span)
        if self.is_unattended:
            self._wake()

    def put_command(self, command: Command, *, is_bounded: bool = False) -> None:
        """Queue a command. One that `is_bounded` is dropped, counted and answered where the queue is full."""
        if is_bounded and len(self._items) >= config.queue_size:
            self.dropped += 1
            command.answer(is_durable=False)
            return
        self._items.append(command)
        if self.is_unattended or not is_bounded:
            self._wake()

    def ends_with_flush(self) -> bool:
        """Whether somebody waits for everything that is queued."""
        return isinstance(self._items[-1], Flush)

    def items(self) -> list[PendingSpan | Command]:
        """A copy of the queue."""
        while True:
            try:
                return list(self._items)
            except RuntimeError:  # another thread has appended meanwhile
                continue

    def measure_bytes(self) -> None:
        """Set `is_full` by the size of the payloads that wait."""
        self.is_full = waiting_bytes(self._items) > config.max_waiting_bytes
