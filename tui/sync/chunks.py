"""Ended spans in the order in which they were written, as rows of a Delta Lake table."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...store.exchange import delta_rows
from ...store.model.rows import ProcessRow
from ...store.read.ended_spans import ended_spans
from ...store.read.reader import Reader

SPANS_AT_ONCE = 50_000
"""The most spans in one commit: few large files are what engines read fast."""


class Chunk(NamedTuple):
    """Rows of `delta_rows` in order of their revision, and the last of these revisions."""

    rows: list[dict[str, Any]]
    rev: int


def chunk_after(reader: Reader, rev: int, limit: int = SPANS_AT_ONCE) -> Chunk:
    """Return the ended spans that were written after a revision, in the order of their revisions."""
    processes = reader.processes()
    resources: dict[tuple[int, int], dict[str, Any]] = {}
    rows = []
    last = rev
    for trace, span, detail in ended_spans(reader, rev, limit):
        key = (trace.id, span.process)
        if (resource := resources.get(key)) is None:
            resource = resources[key] = _resource(reader, trace.id, processes.get(span.process))
        rows.append(delta_rows.row(trace, span, detail, resource))
        last = span.rev
    return Chunk(rows, last)


def _resource(reader: Reader, trace: int, process: ProcessRow | None) -> dict[str, Any]:
    labels = reader.labels(trace)
    return delta_rows.resource_of(process, labels.metadata if labels else {})
