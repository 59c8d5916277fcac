"""The spans that are in the file without an end, and the state in which each was written last."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from ...store.model.rows import SpanRecord
    from ..spans.pending_span import PendingSpan

REWRITTEN_BYTES_PER_S = 1 << 20
"""Rate at which growing spans are rewritten. A rewrite writes the whole value: a megabyte once a second takes some 4 %
of a processor, and a response of the usual size is rewritten at every look. Spans that grow at once share the rate."""

_ENTRY_BYTES = 200
"""Cost of rewriting an event or an attribute, in bytes that take as long."""

_SPAN_BYTES = 800
"""Cost of rewriting a span without any values, in bytes that take as long."""

State = tuple[object, ...]

GRACE_S = 1.0
"""How long a span without references counts as running. The collector clears weak references before it runs the code
that may still end the span: a generator's `finally`, or a `__del__`."""


class OpenSpans:
    """Used by the writer thread alone. Holds weak references: a span that nobody else holds can never be ended."""

    def __init__(self) -> None:
        self._spans: dict[int, tuple[ref[PendingSpan], State, SpanRecord, float]] = {}
        self._gone_since: dict[int, float] = {}
        self._growing: set[int] = set()
        """Keys of the spans that were written more than once, and had changed when they were looked at last."""

    def __bool__(self) -> bool:
        return bool(self._spans)

    def __iter__(self) -> Iterator[PendingSpan]:
        spans = [span() for span, *_ in self._spans.values()]
        return iter([span for span in spans if span is not None])

    def note_written(self, span: PendingSpan, state: State, written: SpanRecord, now: float) -> None:
        """Remember that the span was written without an end, as `written`, when its `state_of` was `state`.

        `now`, here and below, is the monotonic clock in seconds.
        """
        events = len(span.event_list) if span.event_list else 0
        again = _ENTRY_BYTES * (events + len(written.attribute_values))
        if span.stream is not None and written.outputs_json is not None:
            again += len(written.outputs_json)
        if span.span_key in self._spans:
            self._growing.add(span.span_key)
        others = max(0, len(self._growing) - 1)
        wait_s = (again + (again + _SPAN_BYTES) * others) / REWRITTEN_BYTES_PER_S
        self._spans[span.span_key] = ref(span), state, written, now + wait_s

    def discard(self, span: PendingSpan) -> None:
        """Forget a span that was written with its end."""
        self._spans.pop(span.span_key, None)
        self._growing.discard(span.span_key)

    def clear(self) -> None:
        """Forget all spans: they stay open in the file."""
        self._spans.clear()
        self._growing.clear()

    def due(self, is_in_file: Callable[[PendingSpan], bool], now: float, but: Container[int] = ()) -> list[PendingSpan]:
        """Open spans to write again: changed since last written, or missing from a file that was replaced.

        Skips the keys in `but`, and spans whose next rewrite comes after `now`; pass `inf` to ignore that.
        """
        looked_at = [
            (span(), before) for key, (span, before, _, due) in self._spans.items() if now >= due and key not in but
        ]
        changed = [s for s, before in looked_at if s is not None and (state_of(s) != before or not is_in_file(s))]
        self._growing -= {s.span_key for s, _ in looked_at if s is not None}
        self._growing |= {s.span_key for s in changed}
        return changed

    def pop_abandoned(self, now: float) -> list[SpanRecord]:
        """Remove the spans that the program dropped some time ago without ending them; return what was written."""
        gone = [key for key, (span, *_) in self._spans.items() if span() is None]
        since = {key: self._gone_since.get(key, now) for key in gone}
        abandoned = [key for key in gone if now - since[key] >= GRACE_S]
        for key in abandoned:
            del since[key]
            self._growing.discard(key)
        self._gone_since = since
        return [self._spans.pop(key)[2] for key in abandoned]


def state_of(span: PendingSpan) -> State:
    """What the row of an open span depends on. Cheap, so that many open spans can be compared: payloads are compared by
    identity."""
    span.refresh()
    stream = span.stream
    return (
        dict(span.attribute_values),
        id(span.inputs_value),
        id(span.outputs_value),
        len(span.event_list) if span.event_list else 0,
        len(span.link_list) if span.link_list else 0,
        stream.chunk_count if stream is not None else 0,
        span.name,
        span.kind,
    )
