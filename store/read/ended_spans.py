"""The ended spans of a file in the order in which they were written."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.rows import SpanDetail, SpanRow, TraceRow
from .reader import SPANS_PER_DETAIL_BATCH, Reader

# A trace is written whenever one of its spans is, so the index of traces leads to the spans.
_ENDED = """
    SELECT s.id, s.trace, s.rev FROM trace t CROSS JOIN span s ON s.trace = t.id
    WHERE t.rev > ?1 AND s.rev > ?1 AND s.end_ns IS NOT NULL ORDER BY s.rev LIMIT ?2"""


def ended_spans(reader: Reader, since_rev: int, limit: int) -> Iterator[tuple[TraceRow, SpanRow, SpanDetail]]:
    """Yield the first `limit` ended spans that were written after `since_rev`, by their revision; reads in batches."""
    found = reader.rows(_ENDED, since_rev, limit)
    for start in range(0, len(found), SPANS_PER_DETAIL_BATCH):
        some = {id: (trace, rev) for id, trace, rev in found[start : start + SPANS_PER_DETAIL_BATCH]}
        traces = {trace.id: trace for trace in reader.traces(sorted({trace for trace, _ in some.values()}))}
        spans = {span.id: (span, detail) for span, detail in reader.spans_by_id(list(some))}
        for id, (trace, rev) in some.items():
            # What was written again or deleted since the query is left out; it comes with its larger revision.
            if id in spans and spans[id][0].rev == rev and trace in traces:
                yield traces[trace], *spans[id]
