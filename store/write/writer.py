"""Write spans and edits to the trace file: one transaction for each batch."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..file.process import Process
from ..model.rows import SpanRecord
from ..model.sqlite_values import bindable
from ..prices.pricing import Prices
from . import answers, known_spans
from .batch import Batch, OpenSpan
from .blocks.block_writer import BlockWriter
from .connection import Connect, WriteConnection
from .deletion import used_bytes
from .edits import DeleteTraces, Edit, EditRefusedError
from .known_spans import OpenInFile
from .retention import DeleteAged, DeleteOldest
from .rows.attribute_keys import AttributeKeys
from .rows.trace_cache import TraceCache
from .rows.trace_state import TraceState
from .rows.trace_upsert import UPSERT_TRACE
from .statements.transaction import Transaction
from .statements.upsert import SparseRows
from .trace_totals import compute_totals, update_totals

_ADD_KEY_COUNT = "UPDATE attr_key SET span_count = span_count + ? WHERE id = ?"


class Writer(WriteConnection):
    """Writes the spans and edits of one traced process to its trace file. For one thread at a time."""

    def __init__(
        self,
        path: Path,
        process: Process,
        prices: Prices | None = None,
        facts: Mapping[str, str] | None = None,
        *,
        busy_timeout_ms: int | None = None,
        connect: Connect | None = None,
    ) -> None:
        """Open or create the file at `path`; raises what `schema.open_for_writing` raises.

        `prices` (by default the built-in prices) compute the cost of spans that have tokens and no cost. `facts` about
        the process become metadata of the traces whose root it writes; metadata of the trace itself has priority.
        A transaction waits up to `busy_timeout_ms` (by default `schema.BUSY_TIMEOUT_S`) for the transaction of another
        process, and then fails with SQLITE_BUSY. `connect` opens the file, by default with `schema.open_for_writing`.
        """
        self._prices = prices or Prices()
        self._traces = TraceCache()
        self._open: dict[int, OpenSpan] = {}
        self._keys = AttributeKeys()
        self._blocks = BlockWriter()
        super().__init__(path, process, facts, busy_timeout_ms=busy_timeout_ms, connect=connect)

    def write(self, spans: Sequence[SpanRecord]) -> list[tuple[SpanRecord, Exception]]:
        """Commit spans, open or ended; return the spans that cannot be stored, each tried alone, with the error.

        A span that is written again replaces the earlier version. Raises sqlite3.OperationalError when the file cannot
        be written now (locked, disk full, read-only): then the file has nothing of the batch, and a retry is safe.
        """
        try:
            self._write(spans, tolerant=False)
        except sqlite3.OperationalError:
            raise
        except sqlite3.IntegrityError:  # another process was first to write a trace that began in this process
            for span in spans:
                span.trace.maybe_in_file = True
            return self._write_tolerantly(spans)
        except Exception:  # a value that SQLite cannot bind, such as a lone surrogate
            return self._write_tolerantly(spans)
        return []

    def is_open(self, span: SpanRecord) -> bool:
        """Whether the file has the span without an end."""
        return span.span_key in self._open

    def has_open_spans(self) -> bool:
        """Whether the file has any span of this process without an end."""
        return bool(self._open)

    def cached_traces(self) -> int:
        """Return the number of traces whose state is in memory: those with open spans."""
        return len(self._traces)

    def adopt_open_spans(self, former: Writer) -> None:
        """Continue the open spans of a closed writer, if it wrote the same file."""
        if former._file == self._file:
            self._open.update(former._open)
            self._traces.adopt(former._traces)

    def spans_in_file(self, trace_keys: Sequence[bytes]) -> dict[bytes, dict[int, OpenInFile | None]]:
        """Return all spans of each trace in the file by their id, None for those that have ended."""
        return known_spans.read(self._connection, trace_keys)

    def continue_span(self, span_key: int, found: OpenInFile) -> None:
        """Let the next write of a span replace the open span that `spans_in_file` found, whoever wrote it."""
        if span_key not in self._open:
            span = self._open[span_key] = OpenSpan(found.row)
            span.attribute_keys = found.attribute_keys

    def replace_span(self, trace_key: bytes, span_key: int) -> int | None:
        """Let the next write of an ended span replace it, whoever wrote it; return its span.id.

        What the next write does not have stays: inputs, outputs, events, links, each as a whole, and attributes. None
        if the file does not have the span with an end.
        """
        found = known_spans.find_ended(self._connection, trace_key, span_key)
        if found is None:
            return None
        span = self._open[span_key] = OpenSpan(found.row, is_ended=True)
        span.attribute_keys = found.attribute_keys
        return found.row

    def edit(self, edits: Sequence[Edit]) -> list[int | EditRefusedError]:
        """Commit edits of traces in the file, in this order; return how many rows each changed, or why it was refused.

        Raises sqlite3.OperationalError when the file cannot be written now: then the file has none of the edits.
        """
        outcomes = apply_edits(self._connection, edits)
        for edit in edits:
            if isinstance(edit, DeleteTraces | DeleteOldest | DeleteAged):
                self._traces.forget(edit.removed_keys)
        return outcomes

    def delete_oldest(self, max_bytes: int, now_ns: int) -> int:
        """Delete some of the oldest traces if the file is larger than `max_bytes`; return how many were deleted.

        0 means that the file is small enough, or that no trace can be deleted. Raises sqlite3.OperationalError when
        the file cannot be written now.
        """
        if used_bytes(self._connection) <= max_bytes:
            return 0
        (outcome,) = self.edit([DeleteOldest(max_bytes, now_ns)])
        return outcome if isinstance(outcome, int) else 0

    def delete_aged(self, max_age_s: float, now_ns: int) -> int:
        """Delete some of the traces that are older than `max_age_s`; return how many, 0 if there are no more.

        Raises sqlite3.OperationalError when the file cannot be written now.
        """
        (outcome,) = self.edit([DeleteAged(max_age_s, now_ns)])
        return outcome if isinstance(outcome, int) else 0

    def _write_tolerantly(self, spans: Sequence[SpanRecord]) -> list[tuple[SpanRecord, Exception]]:
        try:
            self._write(spans, tolerant=True)
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            if len(spans) == 1:
                return [(spans[0], error)]
            return [refusal for span in spans for refusal in self._write_tolerantly([span])]
        return []

    def _write(self, spans: Sequence[SpanRecord], *, tolerant: bool) -> None:
        touched: list[TraceState] = []
        try:
            batch = self._commit(spans, touched, tolerant=tolerant)
        except BaseException:
            self._traces.roll_back(touched)
            if touched:  # else the transaction did not begin: another process was writing
                self._keys.clear()
                self._blocks.clear()
            raise
        self._open.update(batch.opened)
        for span_key in batch.closed:
            self._open.pop(span_key, None)
        self._traces.commit(touched)

    def _commit(self, spans: Sequence[SpanRecord], touched: list[TraceState], *, tolerant: bool) -> Batch:
        """Write the rows in one transaction; appends the states of the traces that it changes to `touched`."""
        connection = self._connection
        with Transaction(connection) as transaction:
            rev, last_trace, last_span, last_block, sweeps = transaction.sequence
            self._keys.connection = connection
            self._blocks.begin(connection, last_block, sweeps)
            batch = Batch(
                self._process,
                self._keys.key_set,
                self._open,
                self._blocks,
                rev=rev,
                last_span=last_span,
                tolerant=tolerant,
                prices=self._prices,
            )
            trace = None
            for span in spans:
                if span.trace is not trace:  # the spans of a trace mostly follow each other
                    trace = span.trace
                    state = self._traces.state_of(connection, trace, last_trace)
                    if state.record is None:
                        state.begin(trace)
                        touched.append(state)
                        last_trace = max(last_trace, state.row)
                batch.add(span, state)
            batch.write(connection)
            connection.executemany(_ADD_KEY_COUNT, batch.attributes.key_counts())
            rev, changed = answers.count_once(connection, batch.answer_ids, batch.rev)
            compute_totals(connection, touched, batch, changed | batch.with_answers)
            rev = update_totals(connection, changed - {state.row for state in touched}, rev)
            rev = self._write_traces(touched, rev, tolerant=tolerant)
            transaction.advance(rev=rev, trace=last_trace, span=batch.last_span, block=self._blocks.last)
        return batch

    def _write_traces(self, touched: list[TraceState], rev: int, *, tolerant: bool) -> int:
        rows = SparseRows()
        for state in touched:
            rev += 1
            state.add_to(rows, self._process, rev, self._facts)
        if tolerant:
            rows.convert(bindable)
        UPSERT_TRACE.run(self._connection, rows)
        return rev


def apply_edits(
    connection: sqlite3.Connection, edits: Sequence[Edit], *, all_or_none: bool = False
) -> list[int | EditRefusedError]:
    """Commit edits in this order; return how many rows each changed, or why it was refused.

    With `all_or_none`, raises the first EditRefusedError, and the file has none of the edits. Raises
    sqlite3.OperationalError when the file cannot be written now.
    """
    outcomes: list[int | EditRefusedError] = []
    with Transaction(connection) as transaction:
        rev = transaction.sequence[0]
        for edit in edits:
            rev += 1
            outcomes.append(_apply(connection, edit, rev))
            if all_or_none and isinstance(outcomes[-1], EditRefusedError):
                raise outcomes[-1]
        transaction.advance(rev=rev)
    return outcomes


def _apply(connection: sqlite3.Connection, edit: Edit, rev: int) -> int | EditRefusedError:
    connection.execute("SAVEPOINT edit")
    try:
        outcome: int | EditRefusedError = edit.apply(connection, rev)
    except sqlite3.OperationalError:
        raise
    except Exception as error:
        connection.execute("ROLLBACK TO edit")
        outcome = error if isinstance(error, EditRefusedError) else EditRefusedError(repr(error))
    connection.execute("RELEASE edit")
    return outcome
