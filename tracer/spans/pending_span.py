"""A span between the host's threads and the file: what the recorder reads of it."""

from __future__ import annotations

from ...store.model.rows import SpanRecord
from .live_trace import ActiveTrace

NEW, QUEUED, TAKEN, WRITTEN = range(4)
"""States of a span: not queued yet; in the queue; taken by the writer thread; ended and committed."""


class PendingSpan(SpanRecord):
    """A `SpanRecord` that is recorded in this process. `Span` is the only class of it that is made."""

    __slots__ = ("__weakref__", "has_children", "queue_state")

    trace: ActiveTrace
    has_children: bool
    """Whether spans of this process began below it."""
    queue_state: int
    """One of `NEW`, `QUEUED`, `TAKEN`, `WRITTEN`."""

    def refresh(self) -> None:
        """Take over what is kept elsewhere: nothing here. The writer thread calls it before it writes an open span."""
