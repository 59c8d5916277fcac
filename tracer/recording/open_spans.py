"""The spans that are in the file without an end, and what the file shows of each."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING
from weakref import ref

if TYPE_CHECKING:
    from ...store.model.rows import SpanRecord
    from ..spans.pending_span import PendingSpan

REWRITTEN_BYTES_PER_S = 1 << 20
"""What has grown is written as a whole: a megabyte once a second, which takes some 4 % of a processor, and an answer of
the usual size at every look. Spans that grow side by side share this evenly."""

_ENTRY_BYTES = 200
"""Of an event or an attribute, with what it takes to write it."""

_SPAN_BYTES = 800
"""What it takes to write a span whatever it has, in bytes that take as long."""

Shown = tuple[object, ...]

GRACE_S = 1.0
"""Before a span is taken for abandoned: the collector clears weak references first, and runs then what may still end
the span, a generator's `finally` or a `__del__`."""


class OpenSpans:
    """For the writer thread alone. It holds no span: one that nobody else holds can never be ended."""

    def __init__(self) -> None:
        self._spans: dict[int, tuple[ref[PendingSpan], Shown, SpanRecord, float]] = {}
        self._gone_since: dict[int, float] = {}
        self._growing: set[int] = set()
        """Those that were written more than once, and showed more when they were looked at last."""

    def __bool__(self) -> bool:
        return bool(self._spans)

    def __iter__(self) -> Iterator[PendingSpan]:
        spans = [span() for span, *_ in self._spans.values()]
        return iter([span for span in spans if span is not None])

    def put(self, span: PendingSpan, shown: Shown, written: SpanRecord, now: float) -> None:
        """The span was written without an end, as `written`; it showed `shown` just before.

        `now`, here and below, is the monotonic clock in seconds.
        """
        again = _ENTRY_BYTES * (len(written.event_list or ()) + len(written.attribute_values))
        if span.stream is not None and type(written.outputs_value) is bytes:
            again += len(written.outputs_value)
        if span.span_key in self._spans:
            self._growing.add(span.span_key)
        others = max(0, len(self._growing) - 1)
        wait_s = (again + (again + _SPAN_BYTES) * others) / REWRITTEN_BYTES_PER_S
        self._spans[span.span_key] = ref(span), shown, written, now + wait_s

    def drop(self, span: PendingSpan) -> None:
        """The span was written with its end."""
        self._spans.pop(span.span_key, None)
        self._growing.discard(span.span_key)

    def clear(self) -> None:
        """Forget them all: they stay open in the file."""
        self._spans.clear()
        self._growing.clear()

    def changed(
        self, is_in_file: Callable[[PendingSpan], bool], now: float, but: Container[int] = ()
    ) -> list[PendingSpan]:
        """Those that show more than what was written, or that a new file at the old path has not, without those whose
        span keys are in `but` and those whose turn has not come: at the time `inf` all have."""
        looked_at = [
            (span(), seen) for key, (span, seen, _, due) in self._spans.items() if now >= due and key not in but
        ]
        changed = [s for s, seen in looked_at if s is not None and (shown(s) != seen or not is_in_file(s))]
        self._growing -= {s.span_key for s, _ in looked_at if s is not None}
        self._growing |= {s.span_key for s in changed}
        return changed

    def take_abandoned(self, now: float) -> list[SpanRecord]:
        """What was written of those that the program let go of some time ago without ending them; they are forgotten
        here."""
        gone = [key for key, (span, *_) in self._spans.items() if span() is None]
        since = {key: self._gone_since.get(key, now) for key in gone}
        abandoned = [key for key in gone if now - since[key] >= GRACE_S]
        for key in abandoned:
            del since[key]
            self._growing.discard(key)
        self._gone_since = since
        return [self._spans.pop(key)[2] for key in abandoned]


def shown(span: PendingSpan) -> Shown:
    """What a row of an open span depends on; cheap, so that many open spans can be looked at: what stays the same
    object is not compared any further."""
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
