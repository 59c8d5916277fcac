"""What the time of the span under the cursor was, in words: what the marks in the tree mean for this span."""

from __future__ import annotations

from ...store.model.rows import LOST
from ...store.model.status import span_status
from ...store.text import format
from ..state.open_trace import OpenTrace
from .span_line import Surroundings


def time_in_words(open_trace: OpenTrace, around: Surroundings) -> str:
    """Returns the self time, the share of the critical path, retries, waits, and how many of its name were faster."""
    span, timing, index = open_trace.span, open_trace.timing, open_trace.index
    if span is None or span_status(span, around.gone) == LOST:
        return ""
    parts = []
    if (p95_ns := around.p95_ns(span, around.end_ns(span))) is not None:
        samples = around.usual[span.kind, span.name].samples
        parts.append(f"slower than 95 % of the last {samples:,} of its name ({format.duration(p95_ns)})")
    if open_trace.forest.subtree_end[index] > index + 1:
        parts.append(f"{format.duration(timing.self_ns[index])} without its children")
    if open_trace.forest.depth[index]:
        share = timing.share_of_path(index)
        parts.append(f"{100 * share:.0f} % of the critical path" if share else "not on the critical path")
    if timing.attempts[index] > 1:
        parts.append(f"attempt {timing.attempts[index]}")
    if index in timing.human:
        parts.append("waits for a person")
    return " · ".join(parts)
