"""What the user has marked: traces to export or delete, and the trace or the span to compare another one with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .open_trace import OpenTrace


class Mark(NamedTuple):
    """A trace, or a span of it."""

    trace: int
    """The trace.id."""
    span: int | None
    """The span.id; None for the whole trace."""
    name: str

    @property
    def what(self) -> str:
        """The word for it."""
        return "trace" if self.span is None else "span"


def mark_at(open_trace: OpenTrace | None, pane: str) -> Mark | None:
    """Returns the trace under the cursor of the list, or in the other panes the span; None if there is none.

    The root is the whole trace.
    """
    if open_trace is None:
        return None
    if pane == "traces" or open_trace.span is None or open_trace.span is open_trace.root:
        return Mark(open_trace.trace.id, None, open_trace.trace.name)
    return Mark(open_trace.trace.id, open_trace.span.id, open_trace.span.name)


class Marks:
    """The marked traces, and what the next comparison begins with."""

    def __init__(self) -> None:
        self.traces: dict[int, Mark] = {}
        """The marked traces by their trace.id, in the order of marking."""
        self.latest: Mark | None = None
        """What the next comparison begins with."""

    def toggle(self, mark: Mark) -> bool:
        """Mark a trace or a span, or end the mark of a trace that has one; returns whether it is marked now."""
        if mark.span is None and mark.trace in self.traces:
            del self.traces[mark.trace]
            self.latest = next(reversed(self.traces.values()), None)
            return False
        if mark.span is None:
            self.traces[mark.trace] = mark
        self.latest = mark
        return True

    def clear(self) -> None:
        """End all marks."""
        self.traces.clear()
        self.latest = None
