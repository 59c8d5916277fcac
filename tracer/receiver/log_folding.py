"""Log records on the way to their spans: in memory until the span has ended, or into the span in the file."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from ...store.exchange.document import Batch, Refuse, Resource, SpanDocument, TraceDocument
from ...store.exchange.log_records import (
    SPAN,
    TRACE,
    Key,
    LogRecord,
    assessment_of,
    fold,
    keys_of_record,
    keys_of_span,
    span_of,
)
from ..ingest.ingest import Ingest, SpanIds

MAX_WAITING_BYTES: Final = 16 << 20
"""The most bytes of records that wait, as they were sent: about a quarter of what they take in memory. Beyond it, the
oldest are given up."""

MAX_KNOWN_KEYS: Final = 65_536
"""The most spans that are found by an id of a request or a prompt, those that ended last."""

PATIENCE_S: Final = 30.0
"""How long a record waits that does not name its span by the span's id."""


class _Waiting(NamedTuple):
    record: LogRecord
    size_bytes: int
    since_s: float


class LogFolding:
    """Brings records and spans together, whichever comes first. For one thread at a time."""

    def __init__(self, ingest: Ingest, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._ingest = ingest
        self._monotonic_s = monotonic_s
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._by_key: defaultdict[Key, list[int]] = defaultdict(list)
        self._spans: OrderedDict[Key, SpanIds] = OrderedDict()
        self._waiting_bytes = 0
        self._number = 0
        self.left_out = 0
        """The records whose span never came, and which are no work of an agent."""

    def receive(self, records: Sequence[LogRecord], size_bytes: int, refuse: Refuse) -> int:
        """Fold records into spans of the file, and let the others wait; return how many belong to no span.

        Raises sqlite3.OperationalError when the file cannot be written now.
        """
        found: list[tuple[LogRecord, SpanIds | None]] = []
        later: list[LogRecord] = []
        refused = 0
        for record in records:
            keys = keys_of_record(record)
            if not keys:
                refused += 1
                refuse(f"the log record {record.name or 'log'!r:.60} belongs to no span")
            elif (ids := self._find(record, keys[0])) is not None or self._is_of_trace(record, keys[0]):
                found.append((record, ids))
            else:
                later.append(record)
        self._write(found)
        for record in later:
            self._wait(record, size_bytes // max(1, len(records)))
        while self._waiting_bytes > MAX_WAITING_BYTES:
            self._give_up([next(iter(self._waiting))])
        return refused

    def join(self, batch: Batch) -> list[tuple[LogRecord, SpanIds | None]]:
        """Fold waiting records into the spans of a batch that have ended, before the batch is written.

        Return the evaluations among them, for `assess` after the batch is written.
        """
        evaluations: dict[int, tuple[LogRecord, SpanIds | None]] = {}
        for span in batch.spans:
            if span.end_ns is None or (not self._by_key and "session.id" not in span.attributes):
                continue
            for key in keys_of_span(span):
                if key[0] not in (SPAN, TRACE):
                    self._spans[key] = span.trace_id, span.span_id
                for number in self._by_key.get(key, ()):
                    record = self._waiting[number].record
                    if record.is_evaluation:
                        evaluations[number] = record, None
                    else:
                        fold(record, span)
        while len(self._spans) > MAX_KNOWN_KEYS:
            self._spans.popitem(last=False)
        return list(evaluations.values())

    def written(self, batch: Batch, evaluations: list[tuple[LogRecord, SpanIds | None]]) -> None:
        """Forget the records that `join` folded, as their spans are in the file; write the evaluations."""
        self._write(evaluations)
        for span in batch.spans if self._by_key else ():
            if span.end_ns is not None:
                for key in keys_of_span(span):
                    for number in list(self._by_key.get(key, ())):
                        self._take(number)

    def give_up(self, *, all: bool = False) -> None:
        """Give up what has waited for long, or everything: records of agents become spans of their own.

        Raises sqlite3.OperationalError when the file cannot be written now.
        """
        until_s = self._monotonic_s() - PATIENCE_S
        gone = [
            number
            for number, waiting in self._waiting.items()
            if all or (waiting.since_s <= until_s and keys_of_record(waiting.record)[0][0] not in (SPAN, TRACE))
        ]
        self._give_up(gone)

    def _give_up(self, numbers: Iterable[int]) -> None:
        spans: defaultdict[Resource, list[SpanDocument]] = defaultdict(list)
        found: list[tuple[LogRecord, SpanIds | None]] = []
        left_out = 0
        numbers = list(numbers)
        for number in numbers:
            record = self._waiting[number].record
            ids = next((ids for key in keys_of_record(record)[1:] if (ids := self._find(record, key))), None)
            if ids is not None:
                found.append((record, ids))
            elif record.is_agent and not record.is_evaluation:
                spans[record.resource].append(span_of(record))
            else:
                left_out += 1
        self._write(found)
        for resource, of_resource in spans.items():
            self._ingest.add(Batch(resource, of_resource, []))
        for number in numbers:
            self._take(number)
        self.left_out += left_out

    def _find(self, record: LogRecord, key: Key) -> SpanIds | None:
        """Return the ended span that a key finds."""
        if key[0] != SPAN:
            return self._spans.get(key)
        assert record.trace_id is not None
        assert record.span_id is not None
        is_there = self._ingest.has(record.resource, record.trace_id, record.span_id)
        return (record.trace_id, record.span_id) if is_there else None

    def _is_of_trace(self, record: LogRecord, key: Key) -> bool:
        return (
            key[0] == TRACE and record.trace_id is not None and self._ingest.has(record.resource, record.trace_id, None)
        )

    def _write(self, found: Iterable[tuple[LogRecord, SpanIds | None]]) -> None:
        """Write records whose spans are in the file; evaluations need no span."""
        changes: defaultdict[Resource, defaultdict[SpanIds, list[LogRecord]]] = defaultdict(lambda: defaultdict(list))
        labels: defaultdict[Resource, list[TraceDocument]] = defaultdict(list)
        for record, ids in found:
            if record.is_evaluation and record.trace_id is not None:
                assessments = [assessment_of(record)]
                labels[record.resource].append(TraceDocument(record.trace_id, assessments=assessments))
            elif ids is not None:
                changes[record.resource][ids].append(record)
        for resource, of_spans in changes.items():
            self._ingest.extend(resource, {ids: _folding(records) for ids, records in of_spans.items()})
        for resource, of_traces in labels.items():
            for of_trace in of_traces:
                self._ingest.add(Batch(resource, [], [of_trace]))

    def _wait(self, record: LogRecord, size_bytes: int) -> None:
        self._number += 1
        self._waiting[self._number] = _Waiting(record, size_bytes, self._monotonic_s())
        self._waiting_bytes += size_bytes
        self._by_key[keys_of_record(record)[0]].append(self._number)

    def _take(self, number: int) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is not None:
            self._waiting_bytes -= waiting.size_bytes
            key = keys_of_record(waiting.record)[0]
            self._by_key[key].remove(number)
            if not self._by_key[key]:
                del self._by_key[key]


def _folding(records: Sequence[LogRecord]) -> Callable[[SpanDocument], None]:
    def change(span: SpanDocument) -> None:
        for record in records:
            fold(record, span)

    return change
