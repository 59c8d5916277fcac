"""What an opinion is about: the trace or the span under the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ...store.text.safe_text import safe_line

if TYPE_CHECKING:
    from ..state.open_trace import OpenTrace

_NAME_CHARS = 60


class Subject(NamedTuple):
    """A trace, or a span of it."""

    trace: int
    """The trace.id."""
    trace_key: bytes
    span_id: int | None
    """As `SpanRow.span_id`; None for the whole trace."""
    name: str

    @property
    def shown(self) -> str:
        """The words for it."""
        name = safe_line(self.name, max_chars=_NAME_CHARS)
        return f"the trace {name}" if self.span_id is None else f"the span {name}"


def subject_at(open_trace: OpenTrace | None, pane: str) -> Subject | None:
    """Returns the trace under the cursor of the list, in the other panes the span; None if there is none.

    The root is the whole trace.
    """
    if open_trace is None:
        return None
    trace, span = open_trace.trace, open_trace.span
    if pane == "traces" or span is None or span is open_trace.root:
        return Subject(trace.id, trace.trace_id, None, trace.name)
    return Subject(trace.id, trace.trace_id, span.span_id, span.name)
