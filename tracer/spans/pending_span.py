"""A span between the host's threads and the file: the part of a span that the recorder reads."""

from __future__ import annotations

from ...store.model.rows import SpanRecord
from .live_trace import LiveTrace

NEW, QUEUED, TAKEN, WRITTEN = range(4)
"""States of a span: not queued yet; in the queue; taken by the writer thread; ended and committed."""


class PendingSpan(SpanRecord):
    """A `SpanRecord` that this process records. All its instances are `Span`s."""

    __slots__ = ("__weakref__", "has_children", "queue_state")

    trace: LiveTrace
    has_children: bool
    """Whether spans of this process began below it."""
    queue_state: int
    """One of `NEW`, `QUEUED`, `TAKEN`, `WRITTEN`."""

    def refresh(self) -> None:
        """Update fields whose values are kept elsewhere. The writer thread calls this before it writes an open span."""
