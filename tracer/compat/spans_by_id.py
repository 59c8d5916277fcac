"""The open spans that programs name by their ids: the client's own spans, and the parents of new ones."""

from __future__ import annotations

import itertools

from ..parts.ids import parse_span_id
from ..spans.current import current_span
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..spans.trace_registry import live_traces

MAX_OPEN_SPANS = 65_536
"""The most spans that are kept. A further span replaces the oldest, which no id ends any more."""

SWEEP_EVERY = 1_024
"""Spans between two sweeps, which forget spans that ended without their id."""


class SpansById:
    """Spans by trace id and span id, until they end. It needs no lock, which a fork could copy held."""

    def __init__(self, max_open_spans: int = MAX_OPEN_SPANS, sweep_every: int = SWEEP_EVERY) -> None:
        self.spans: dict[tuple[str, str], Span] = {}
        self.roots: dict[str, Span] = {}
        """Roots that `start_trace` began, by trace id."""
        self._added = itertools.count(1)
        self._max_open_spans = max_open_spans
        self._sweep_every = sweep_every

    def add(self, span: Span) -> None:
        """Keep a span until it ends."""
        self.spans[span.trace_id, span.span_id] = span
        if next(self._added) % self._sweep_every == 0:
            self._sweep()

    def add_root(self, span: Span) -> None:
        """Keep a span that `start_trace` began as the root of its trace."""
        self.add(span)
        self.roots[span.trace_id] = span

    def remove(self, trace_id: str, span_id: str) -> Span | None:
        """Forget a span and return it; the current span if it has these ids; None for a span that is not open here."""
        return self.spans.pop((trace_id, span_id), None) or _current_with(trace_id, span_id)

    def remove_root(self, trace_id: str) -> Span | None:
        """Forget the root of a trace and return it; None for a trace that `start_trace` did not begin."""
        root = self.roots.pop(trace_id, None)
        if root is not None:
            self.spans.pop((trace_id, root.span_id), None)
        return root

    def parent(self, trace_id: str, span_id: str) -> Span | NoOpSpan | RemoteParent:
        """The span with these ids, as the parent of a new one. An unknown span is one of another process.

        Raises ValueError for an invalid span id.
        """
        trace_key = bytes.fromhex(trace_id)
        if not any(trace_key):
            return NoOpSpan()
        span_key = parse_span_id(span_id)
        span = self.spans.get((trace_id, span_id)) or _current_with(trace_id, span_id)
        if span is not None:
            return span
        parent = RemoteParent(trace_key, span_key)
        root = self.roots.get(trace_id)
        if (known := root.trace if root is not None else live_traces.find(trace_key)) is not None:
            parent.trace = known  # type: ignore[assignment]
        return parent

    def _sweep(self) -> None:
        excess = len(self.spans) - self._max_open_spans
        for place, (ids, span) in enumerate(list(self.spans.items())):
            if span.end_ns is not None or place < excess:
                self.spans.pop(ids, None)
        for trace_id, root in list(self.roots.items()):
            if (trace_id, root.span_id) not in self.spans:
                self.roots.pop(trace_id, None)


def _current_with(trace_id: str, span_id: str) -> Span | None:
    span = current_span()
    return span if isinstance(span, Span) and (span.trace_id, span.span_id) == (trace_id, span_id) else None


open_spans = SpansById()
"""The spans of this process. All clients share them."""
