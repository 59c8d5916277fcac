"""The writing side of the trace file: one transaction for each batch of spans."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from ..file import loss_notes, paths, schema
from ..file.busy_wait import BusyWait, retry_pause_s
from ..file.process import Process
from ..model.rows import SpanRecord, TraceRecord
from ..model.sqlite_values import bindable
from ..model.usage import Usage, totals
from ..prices.pricing import Prices
from ..prices.unpriced import FACTS, calls_without_price
from ..text.json_text import encode
from . import answers, trace_state
from .batch import Batch, OpenSpan
from .deletion import used_bytes
from .edits import DeleteOldest, DeleteTraces, Edit, EditRefusedError
from .key_set import KeySet
from .trace_state import TraceState
from .transaction import Transaction
from .upsert import SparseRows

REMEMBERED_TRACES = 4_096
"""Traces whose row numbers are kept at hand; an older one that goes on is looked up again."""

REMEMBERED_KEY_SETS = 4_096
"""Kinds of span, by their attribute names, that are kept at hand; a program has dozens."""

REMEMBERED_KEYS = 65_536
"""Attribute names kept at hand: a program that makes names from data must not fill the host's memory."""

LARGE_TRACE_SPANS = 2_000
"""Beyond this, a trace's totals are counted when none of its spans is open, not at every batch."""

_FACTS_OF_TRACE = f"SELECT {', '.join(FACTS)} FROM span WHERE trace = ?"  # noqa: S608 (our own names)

_SET_TOTALS = (
    "UPDATE trace SET input_tokens = ?, output_tokens = ?, cost_usd = ?, calls_without_price = ?, rev = ? WHERE id = ?"
)

_OTHERS_SPENT = (
    "SELECT span_count <> ? AND coalesce(input_tokens, output_tokens, cost_usd) IS NOT NULL FROM trace WHERE id = ?"
)
"""Whether another process, or this one before it forgot the trace, has written spans of a trace that has usage."""

_ADD_KEY_COUNT = "UPDATE attr_key SET span_count = span_count + ? WHERE id = ?"


class Writer:
    """The connection of one traced process to its trace file. One thread at a time may use it."""

    def __init__(
        self,
        path: Path,
        process: Process,
        prices: Prices | None = None,
        facts: Mapping[str, str] | None = None,
        *,
        busy_timeout_ms: int | None = None,
    ) -> None:
        """Open or create the file at `path`; raises what `schema.open_for_writing` raises.

        `prices` (by default the built-in prices) compute the cost of spans that have tokens and no cost. `facts` about
        the process become metadata of the traces whose root it writes; metadata of the trace itself has priority.
        A transaction waits up to `busy_timeout_ms` (by default `schema.BUSY_TIMEOUT_S`) for the transaction of another
        process, and then fails with SQLITE_BUSY.
        """
        self.path = path
        self._prices = prices or Prices()
        self._busy_timeout_ms = busy_timeout_ms
        self._connection = self._connect()
        self._is_released = False
        self._file = paths.identity(path)
        self._traces: dict[bytes, TraceState] = {}
        """Those of the batch at hand, and those with open spans."""
        self._closed: dict[bytes, int] = {}
        """`TraceState.pack` of the others."""
        self._open: dict[int, OpenSpan] = {}
        self._keys: dict[str, int] = {}
        self._key_sets: dict[tuple[str, ...], KeySet] = {}
        try:
            self._process, self._facts = self._register_in_turn(process, facts or {})
            self.apply_loss_notes()
        except BaseException:
            self.close()  # not left to the collector: a fork meanwhile would copy it
            raise

    def is_in_place(self) -> bool:
        """Whether the file that is open is still the one at its path; it may have been deleted or replaced."""
        return paths.identity(self.path) == self._file

    def write(self, spans: Sequence[SpanRecord]) -> list[tuple[SpanRecord, Exception]]:
        """Commit spans, open or ended; return those that no file could take, each tried alone, with the reason.

        A span given again replaces what was there. Raises sqlite3.OperationalError when the file cannot be
        written now (locked, disk full, read-only): then nothing of the batch is in it and it may be given again.
        """
        try:
            self._write(spans, tolerant=False)
        except sqlite3.OperationalError:
            raise
        except sqlite3.IntegrityError:  # another process was first to write a trace that began in this one
            for span in spans:
                span.trace.maybe_in_file = True
            return self._write_tolerantly(spans)
        except Exception:  # a value that SQLite cannot bind: a lone surrogate, or what no one foresaw
            return self._write_tolerantly(spans)
        return []

    def _connect(self) -> sqlite3.Connection:
        connection = schema.open_for_writing(self.path)
        if self._busy_timeout_ms is not None:
            connection.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms:d}")
        return connection

    def data_version(self) -> int | None:
        """A number that changes when another connection has committed; None while released."""
        if self._is_released:
            return None
        (number,) = self._connection.execute("PRAGMA data_version").fetchone()
        return int(number)

    def is_open(self, span: SpanRecord) -> bool:
        """Whether the span is in the file without an end."""
        return span.span_key in self._open

    def has_open_spans(self) -> bool:
        """Whether any span is in the file without an end."""
        return bool(self._open)

    def adopt_open_spans(self, former: Writer) -> None:
        """Go on with the open spans of a writer that was closed, if it is the same file."""
        if former._file == self._file:
            self._open.update(former._open)
            self._traces.update(former._traces)

    def edit(self, edits: Sequence[Edit]) -> list[int | EditRefusedError]:
        """Commit changes of traces that are in the file, in this order: how many rows each changed, or why it cannot.

        Raises sqlite3.OperationalError when the file cannot be written now: then none of them is in it.
        """
        outcomes: list[int | EditRefusedError] = []
        with Transaction(self._connection) as transaction:
            rev = transaction.sequence[0]
            for edit in edits:
                rev += 1
                outcomes.append(self._apply(edit, rev))
            transaction.advance(rev=rev)
        for edit in edits:
            if isinstance(edit, DeleteTraces | DeleteOldest):
                for trace_key in edit.removed_keys:
                    self._traces.pop(trace_key, None)
                    self._closed.pop(trace_key, None)
        return outcomes

    def _apply(self, edit: Edit, rev: int) -> int | EditRefusedError:
        execute = self._connection.execute
        execute("SAVEPOINT edit")
        try:
            outcome: int | EditRefusedError = edit.apply(self._connection, rev)
        except sqlite3.OperationalError:
            raise
        except Exception as error:
            execute("ROLLBACK TO edit")
            outcome = error if isinstance(error, EditRefusedError) else EditRefusedError(repr(error))
        execute("RELEASE edit")
        return outcome

    def delete_oldest(self, most_bytes: int, now_ns: int) -> int:
        """Delete some of the oldest traces if the file holds more than it may: how many. 0: no more need go, or can.

        Raises sqlite3.OperationalError when the file cannot be written now.
        """
        if used_bytes(self._connection) <= most_bytes:
            return 0
        (outcome,) = self.edit([DeleteOldest(most_bytes, now_ns)])
        return outcome if isinstance(outcome, int) else 0

    def heartbeat(self, now_ns: int, dropped: int, failed: int, *, ended: bool = False) -> None:
        """Tell that this process lives, or has ended, and what its tracer lost. Raises sqlite3.OperationalError."""
        with Transaction(self._connection) as transaction:
            rev = transaction.sequence[0] + 1
            self._connection.execute(
                "UPDATE process SET heartbeat_ns = ?, dropped = ?, failed = ?, ended_ns = ?, rev = ? WHERE id = ?",
                (now_ns, dropped, failed, now_ns if ended else None, rev, self._process),
            )
            transaction.advance(rev=rev)

    def apply_loss_notes(self) -> None:
        """Write what processes lost that could not write it themselves. Raises sqlite3.OperationalError."""
        if not loss_notes.has_notes(self.path):
            return
        with Transaction(self._connection) as transaction:
            rev, taken = loss_notes.apply_notes(self._connection, self.path, transaction.sequence[0])
            transaction.advance(rev=rev)
        loss_notes.delete_notes(self.path, taken)

    def release(self) -> None:
        """Close the connection for a while: none may live through a fork. `resume` comes before the next use."""
        self._connection.close()
        self._is_released = True

    def resume(self) -> None:
        """Open the connection again after `release`; raises what `schema.open_for_writing` raises."""
        if self._is_released:
            self._connection = self._connect()
            self._is_released = False

    def close(self) -> None:
        """Close the connection; what was written stays."""
        self._connection.close()

    def _register_in_turn(self, process: Process, facts: Mapping[str, str]) -> tuple[int, int | None]:
        """Wait with the file open: to open it again for each try would keep the others from it."""
        turn = BusyWait(2 * schema.BUSY_TIMEOUT_S)
        while True:
            try:
                return self._register(process, facts)
            except sqlite3.OperationalError as error:
                if not turn.should_retry(error, self.data_version()):
                    raise
                time.sleep(retry_pause_s())

    def _register(self, process: Process, facts: Mapping[str, str]) -> tuple[int, int | None]:
        told = None
        with Transaction(self._connection) as transaction:
            rev = transaction.sequence[0] + 1
            row = self._connection.execute(
                "INSERT INTO process (pid, host, service, command, python, started_ns, heartbeat_ns, rev)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (*map(bindable, process), process.started_ns, rev),
            ).lastrowid
            if facts:
                entries = encode(dict(sorted(facts.items()))).decode()
                self._connection.execute("INSERT INTO facts (entries) VALUES (?) ON CONFLICT DO NOTHING", (entries,))
                (told,) = self._connection.execute("SELECT id FROM facts WHERE entries = ?", (entries,)).fetchone()
            transaction.advance(rev=rev)
        assert row is not None
        return row, told

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
            for state in touched:
                assert state.record is not None
                self._traces.pop(state.record.trace_key, None)
            if touched:  # else another process has its turn, and nothing was begun
                self._keys.clear()  # a key interned in this transaction is not in the file
                self._key_sets.clear()
            raise
        self._open.update(batch.opened)
        for span_key in batch.closed:
            self._open.pop(span_key, None)
        for state in touched:
            trace = state.record
            assert trace is not None
            trace.maybe_in_file = True
            state.is_new = False
            state.record = None
            if state.open_here <= 0:
                self._closed[trace.trace_key] = state.pack()
                del self._traces[trace.trace_key]
        self._forget_old_traces()

    def _commit(self, spans: Sequence[SpanRecord], touched: list[TraceState], *, tolerant: bool) -> Batch:
        """Write the rows in one transaction; `touched` takes the traces whose entries are changed by it."""
        with Transaction(self._connection) as transaction:
            rev, last_trace, last_span = transaction.sequence
            batch = Batch(
                self._process,
                self._key_set,
                self._open,
                rev=rev,
                last_span=last_span,
                tolerant=tolerant,
                prices=self._prices,
            )
            trace = None
            for span in spans:
                if span.trace is not trace:  # the spans of a trace mostly come one after the other
                    trace = span.trace
                    state = self._state_of(trace, last_trace)
                    if state.record is None:
                        state.begin(trace)
                        touched.append(state)
                        last_trace = max(last_trace, state.row)
                batch.add(span, state)
            batch.write(self._connection)
            self._connection.executemany(_ADD_KEY_COUNT, batch.attributes.key_counts())
            rev, changed = answers.count_once(self._connection, batch.answer_ids, batch.rev)
            self._add_up_usage(touched, batch, changed | batch.with_answers)
            rev = self._add_up_others(changed - {state.row for state in touched}, rev)
            rev = self._write_traces(touched, rev, tolerant=tolerant)
            transaction.advance(rev=rev, trace=last_trace, span=batch.last_span)
        return batch

    def _add_up_usage(self, touched: list[TraceState], batch: Batch, with_answers: set[int]) -> None:
        """Give the traces whose usage has changed their totals: from the batch where it has the whole trace.

        Of those `with_answers` only the file knows which of their spans count.
        """
        whole = {}
        for state in touched:
            has_answers = state.row in with_answers
            state.is_usage_stale |= has_answers
            if not state.is_usage_stale and not self._may_connect(state):
                continue
            if state.open_here > 0 and state.spans_here > LARGE_TRACE_SPANS:
                state.set_totals()
                continue
            state.is_usage_stale = False
            if has_answers or not state.is_new:
                state.set_totals(*self._added_up(state.row))
            elif state.needs_walk():
                whole[state.row] = state
        if whole:
            for row, spans in batch.usage_rows_by_trace(whole).items():
                state = whole[row]
                state.set_totals(totals(spans), len(calls_without_price(spans)) if state.lacks_price else 0)

    def _added_up(self, trace: int) -> tuple[Usage, int]:
        """The totals of a trace by the spans that are in the file, and how many calls its cost lacks."""
        spans = self._connection.execute(_FACTS_OF_TRACE, (trace,)).fetchall()
        return totals(spans), len(calls_without_price(spans))

    def _add_up_others(self, traces: set[int], rev: int) -> int:
        """Give new totals to traces that have no span in the batch; takes and gives the last `rev`."""
        for trace in sorted(traces):
            rev += 1
            usage, lacking = self._added_up(trace)
            self._connection.execute(_SET_TOTALS, (*usage, lacking, rev, trace))
        return rev

    def _may_connect(self, state: TraceState) -> bool:
        """Whether spans of the batch may stand between spans with usage that others have written before."""
        if state.is_new or not state.added_spans:
            return False
        before = (state.spans_here - state.added_spans, state.row)
        return bool(self._connection.execute(_OTHERS_SPENT, before).fetchone() == (1,))

    def _write_traces(self, touched: list[TraceState], rev: int, *, tolerant: bool) -> int:
        rows = SparseRows()
        for state in touched:
            rev += 1
            state.add_to(rows, self._process, rev, self._facts)
        if tolerant:
            rows.convert(bindable)
        trace_state.UPSERT.run(self._connection, rows)
        return rev

    def _state_of(self, trace: TraceRecord, last_trace: int) -> TraceState:
        state = self._traces.get(trace.trace_key)
        if state is None:
            found = None
            if (number := self._closed.get(trace.trace_key)) is not None:
                state = self._traces[trace.trace_key] = TraceState.unpack(number)
                return state
            if trace.maybe_in_file:
                found = self._connection.execute(
                    "SELECT t.id, CASE WHEN t.root IS NULL THEN 0 WHEN s.parent_id IS NULL THEN 2 ELSE 1 END"
                    " FROM trace t LEFT JOIN span s ON s.id = t.root WHERE t.trace_id = ?",
                    (trace.trace_key,),
                ).fetchone()
            if found:
                state = TraceState(found[0], is_new=False, root_rank=found[1])
            else:
                state = TraceState(last_trace + 1, is_new=True, root_rank=0)
            self._traces[trace.trace_key] = state
        return state

    def _key_set(self, names: tuple[str, ...]) -> KeySet:
        found = self._key_sets.get(names)
        if found is None:
            if len(self._key_sets) >= REMEMBERED_KEY_SETS:
                self._key_sets.clear()
            found = self._key_sets[names] = KeySet(names, [self._keys.get(name) or self._key(name) for name in names])
        return found

    def _key(self, name: str) -> int:
        """Intern an attribute key that this process has not used yet."""
        stored = bindable(name)
        execute = self._connection.execute
        execute("INSERT INTO attr_key (name, span_count) VALUES (?, 0) ON CONFLICT DO NOTHING", (stored,))
        (row,) = execute("SELECT id FROM attr_key WHERE name = ?", (stored,)).fetchone()
        if len(self._keys) >= REMEMBERED_KEYS:
            self._keys.clear()
        self._keys[name] = row
        return int(row)

    def _forget_old_traces(self) -> None:
        excess = len(self._closed) - REMEMBERED_TRACES
        if excess > REMEMBERED_TRACES // 4:
            for key in list(islice(self._closed, excess)):
                del self._closed[key]
