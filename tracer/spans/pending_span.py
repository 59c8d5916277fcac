"""A span between the host's threads and the file: the part of a span that the recorder reads."""

from __future__ import annotations

from typing import Any, Protocol

from ...store.model.rows import SpanRecord
from .live_trace import LiveTrace

NEW, QUEUED, TAKEN, WRITTEN = range(4)
"""States of a span: not queued yet; in the queue; taken by the writer thread; ended and committed."""


class OpenStream(Protocol):
    """A stream that is being measured: what has arrived of it, for a span that is still open."""

    chunk_count: int

    def outputs_so_far(self) -> Any:
        """What has arrived, or `UNSET`."""

    def attributes_so_far(self) -> dict[str, Any]:
        """The measures known by now."""


class PendingSpan(SpanRecord):
    """A span that is recorded in this process, with snapshots of its values. Only its subclass `Span` is made."""

    __slots__ = (
        "__weakref__",
        "event_list",
        "has_children",
        "inputs_value",
        "link_list",
        "outputs_value",
        "queue_state",
        "stream",
    )

    trace: LiveTrace
    inputs_value: Any
    outputs_value: Any
    """`UNSET` until they are set; None is a value."""
    event_list: list[dict[str, Any]] | None
    link_list: list[dict[str, Any]] | None
    """{trace_id, span_id, attributes}, with ids as hex digits. Links are only ever added."""
    stream: OpenStream | None
    has_children: bool
    """Whether spans of this process began below it."""
    queue_state: int
    """One of `NEW`, `QUEUED`, `TAKEN`, `WRITTEN`."""

    def refresh(self) -> None:
        """Update fields whose values are kept elsewhere. The writer thread calls this before it writes an open span."""
