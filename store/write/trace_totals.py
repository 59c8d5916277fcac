"""The totals of tokens and cost of the traces that a transaction changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..model.usage import Usage, totals
from ..prices.unpriced import CALL_COLUMNS, calls_without_price
from .batch import Batch
from .rows.trace_state import TraceState

LARGE_TRACE_SPANS = 2_000
"""The totals of a larger trace are computed when the trace has no open spans, instead of at every batch."""

_SELECT_SPANS = f"SELECT {', '.join(CALL_COLUMNS)} FROM span WHERE trace = ?"  # noqa: S608 (our own names)

_SET_TOTALS = """
    UPDATE trace SET input_tokens = ?, output_tokens = ?, cost_usd = ?, calls_without_price = ?, rev = ?
    WHERE id = ?"""

_OTHERS_HAVE_USAGE = """
    SELECT span_count <> ? AND coalesce(input_tokens, output_tokens, cost_usd) IS NOT NULL FROM trace
    WHERE id = ?"""
"""Whether another process, or this process before it forgot the trace, has written spans of a trace with usage."""


def compute_totals(
    connection: sqlite3.Connection, touched: Sequence[TraceState], batch: Batch, with_answers: set[int]
) -> None:
    """Set the totals of the traces whose usage has changed: from the batch if it contains the whole trace.

    `with_answers` are the ids of traces whose totals depend on answers: only the file knows which of their spans count.
    """
    whole = {}
    for state in touched:
        has_answers = state.row in with_answers
        state.is_usage_stale |= has_answers
        if not state.is_usage_stale and not _may_connect(connection, state):
            continue
        if state.open_here > 0 and state.spans_here > LARGE_TRACE_SPANS:
            state.set_totals()
            continue
        state.is_usage_stale = False
        if has_answers or not state.is_new:
            state.set_totals(*_totals_in_file(connection, state.row))
        elif state.needs_walk():
            whole[state.row] = state
    if whole:
        for row, spans in batch.usage_rows_by_trace(whole).items():
            state = whole[row]
            state.set_totals(totals(spans), len(calls_without_price(spans)) if state.lacks_price else 0)


def update_totals(connection: sqlite3.Connection, traces: set[int], rev: int) -> int:
    """Update the totals of traces that have no span in the batch; return the last `rev` that was used."""
    for trace in sorted(traces):
        rev += 1
        usage, lacking = _totals_in_file(connection, trace)
        connection.execute(_SET_TOTALS, (*usage, lacking, rev, trace))
    return rev


def _totals_in_file(connection: sqlite3.Connection, trace: int) -> tuple[Usage, int]:
    """Return the totals of the spans that the file has of a trace, and the number of calls without a price."""
    spans = connection.execute(_SELECT_SPANS, (trace,)).fetchall()
    return totals(spans), len(calls_without_price(spans))


def _may_connect(connection: sqlite3.Connection, state: TraceState) -> bool:
    """Whether spans of the batch may be parents or children of spans with usage that others have written."""
    if state.is_new or not state.added_spans:
        return False
    before = (state.spans_here - state.added_spans, state.row)
    return bool(connection.execute(_OTHERS_HAVE_USAGE, before).fetchone() == (1,))
