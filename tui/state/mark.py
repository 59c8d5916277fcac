"""The trace or the span that the user has marked, to compare another one with it."""

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
