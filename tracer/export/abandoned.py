"""Spans that nobody ended and nobody can end any more: their rows get an end, so that a forgotten `end()` costs no
memory and does not look like work that goes on for ever."""

from __future__ import annotations

from collections.abc import Sequence

from ...store.model.rows import CANCELLED, SpanRecord
from .. import guard
from ..parts import clock
from ..spans.live_trace import LiveTrace


def end(spans: Sequence[SpanRecord]) -> None:
    """Give an end to what was written of them; `spans` are not empty."""
    for span in spans:
        assert isinstance(span.trace, LiveTrace)
        span.end_ns = max(span.start_ns, span.trace.wall_offset_ns + clock.monotonic_ns())
        span.status_code = CANCELLED
        span.status_message = "the program let go of the span without ending it"
    guard.warn(
        "abandoned", f"the span {spans[0].name!r} was let go of and not ended; use `with`, or end() in a `finally`"
    )
