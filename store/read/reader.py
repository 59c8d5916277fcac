"""Read traces, spans, attributes, payloads, assessments, attachments and processes from a trace file."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from ..file.errors import DamagedFileError
from ..model import decoding
from ..model.rows import (
    AssessmentRow,
    AttachmentRow,
    ProcessRow,
    SpanDetail,
    SpanRow,
    TraceRow,
)
from . import liveness, trace_lookup
from .columns import ASSESSMENT_COLUMNS, LABEL_COLUMNS, PROCESS_COLUMNS, SPAN_COLUMNS, TRACE_COLUMNS
from .connection import QUERY_TIMEOUT_S, ReadConnection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SPANS_PER_DETAIL_BATCH = 256
"""How many spans `details` reads at a time. No statement stays open between batches, so a slow consumer does not delay
a checkpoint of the writer."""

# The `+` makes the planner use the index on `rev` instead of scanning all traces in order of id.
_CHANGED_TRACES = "SELECT id FROM trace WHERE rev > ? ORDER BY +id"

# Two subqueries: min and max in one SELECT would scan the table.
_TRACE_BOUNDS = "SELECT (SELECT min(id) FROM trace), (SELECT max(id) FROM trace)"

_NEWEST_TRACES = "SELECT id FROM trace ORDER BY id DESC LIMIT ?"

_TRACES_BETWEEN = f"SELECT {TRACE_COLUMNS} FROM trace t WHERE id BETWEEN ? AND ? ORDER BY id"  # noqa: S608 (our names)

_TRACES_BY_ID = f"SELECT {TRACE_COLUMNS} FROM trace t WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608

_LABELS = f"SELECT {LABEL_COLUMNS} FROM trace t WHERE t.id = ?"  # noqa: S608

_SPANS_SINCE = f"SELECT {SPAN_COLUMNS} FROM span WHERE trace = ? AND rev > ? ORDER BY id"  # noqa: S608

_SPANS_BY_ID = f"SELECT {SPAN_COLUMNS} FROM span WHERE id IN (SELECT value FROM json_each(?))"  # noqa: S608

_SPANS_AFTER = f"SELECT {SPAN_COLUMNS} FROM span WHERE trace = ? AND id > ? ORDER BY id LIMIT ?"  # noqa: S608

_ATTRIBUTES_OF_SPANS = """
    SELECT s.id, a.key, a.text, a.type
    FROM span s
        CROSS JOIN json_each(s.attr_keys) k
        CROSS JOIN attr_texts a ON a.key = k.value AND a.span = s.id
    WHERE s.id IN (SELECT value FROM json_each(?))
    ORDER BY s.id, k.key"""

_PAYLOADS_OF_SPANS = """
    SELECT s.id, CAST(p.whole_inputs AS TEXT), CAST(p.whole_outputs AS TEXT), CAST(p.whole_events AS TEXT),
        CASE WHEN typeof(s.thread) = 'integer' THEN s.thread END, CAST(p.links AS TEXT)
    FROM span s LEFT JOIN payload_texts p ON p.span = s.id
    WHERE s.id IN (SELECT value FROM json_each(?))
    ORDER BY s.id"""

_PAYLOAD_PREVIEWS = """
    SELECT substr(CAST(p.whole_inputs AS TEXT), 1, ?), substr(CAST(p.whole_outputs AS TEXT), 1, ?)
    FROM payload_texts p WHERE p.span = ?"""

_ASSESSMENTS = f"SELECT {ASSESSMENT_COLUMNS} FROM assessment WHERE trace = ? ORDER BY id"  # noqa: S608

_ATTACHMENTS = """
    SELECT lower(hex(a.sha256)), CAST(a.content_type AS TEXT), a.size_bytes
    FROM attachment_use u JOIN attachment a ON a.id = u.attachment
    WHERE u.trace = ? ORDER BY a.id"""

_ATTACHMENT = "SELECT CAST(content_type AS TEXT), bytes FROM attachment WHERE sha256 = ?"

_PROCESSES = f"SELECT {PROCESS_COLUMNS} FROM process ORDER BY id"  # noqa: S608


class TraceLabels(NamedTuple):
    """What programs and people attach to a trace, in addition to its row in the list."""

    client_request_id: str | None
    tags: dict[str, str]
    metadata: dict[str, str]


class Reader(ReadConnection):
    """Reads one trace file. Each method runs short queries; one thread at a time may use a reader.

    See `ReadConnection` for the errors. While a file has no tables, every result is empty.
    """

    def __init__(self, path: Path, *, timeout_s: float = QUERY_TIMEOUT_S) -> None:
        """Open the file; see `ReadConnection`."""
        self._key_names: dict[int, str] = {}
        super().__init__(path, timeout_s=timeout_s)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Changes

    def data_version(self) -> int:
        """Return a number that differs from the last one when another connection has committed. Takes microseconds."""
        return int(self.connection.execute("PRAGMA data_version").fetchone()[0])

    def rev(self) -> int:
        """Return the last revision number of the file, 0 while it is empty. Every written row gets a larger one."""
        rev = self.value("SELECT rev FROM sequence", default=0)
        if not isinstance(rev, int):
            raise DamagedFileError(self.path, "the last revision is not a number")
        return rev

    def changed_traces(self, since_rev: int) -> list[int]:
        """Return the ids of the traces that were written after `since_rev`, ascending."""
        return list(chain.from_iterable(self.rows(_CHANGED_TRACES, since_rev)))

    # Traces

    def trace_bounds(self) -> tuple[int, int] | None:
        """Return the smallest and the largest trace.id, or None if there are no traces."""
        for first, last in self.rows(_TRACE_BOUNDS):
            if first is not None:
                return first, last
        return None

    def newest_traces(self, limit: int) -> list[int]:
        """Return the ids of the newest traces, at most `limit`, ascending."""
        return list(chain.from_iterable(self.rows(_NEWEST_TRACES, limit)))[::-1]

    def trace_count(self) -> int:
        """Return the number of traces in the file."""
        return int(self.value("SELECT count(*) FROM trace", default=0))

    def trace_ids(self) -> array[int]:
        """Return every trace.id, ascending."""
        bounds = self.trace_bounds()
        if bounds is None:
            return array("q")
        first, last = bounds
        if self.trace_count() == last - first + 1:  # no gaps: nothing to fetch
            return array("q", range(first, last + 1))
        return array("q", chain.from_iterable(self.rows("SELECT id FROM trace ORDER BY id")))

    def traces_between(self, first: int, last: int) -> list[TraceRow]:
        """Return the traces with first <= id <= last, ascending."""
        return self.typed_rows(TraceRow, self.rows(_TRACES_BETWEEN, first, last))

    def traces(self, ids: Sequence[int]) -> list[TraceRow]:
        """Return the traces with these ids, in this order; ignores ids that are not in the file."""
        rows = self.typed_rows(TraceRow, self.rows(_TRACES_BY_ID, _json_list(ids)))
        row_of = {row.id: row for row in rows}
        return [row_of[id] for id in ids if id in row_of]

    def labels(self, trace: int) -> TraceLabels | None:
        """Return the client request id, tags and metadata of a trace, or None if there is no such trace."""
        for client_request_id, tags, metadata in self.rows(_LABELS, trace):
            return TraceLabels(client_request_id, decoding.strings(tags), decoding.strings(metadata))
        return None

    def find_trace(self, prefix: str) -> int:
        """Return the trace.id of the one trace whose hex id begins with `prefix`; see `trace_lookup.find_trace`."""
        return trace_lookup.find_trace(self, prefix)

    # Spans

    def spans(self, trace: int, since_rev: int = 0) -> list[SpanRow]:
        """Return the spans of one trace that were written after `since_rev`, in order of arrival."""
        return self.typed_rows(SpanRow, self.rows(_SPANS_SINCE, trace, since_rev))

    def spans_by_id(self, ids: Sequence[int]) -> list[tuple[SpanRow, SpanDetail]]:
        """Return the spans with these span.id, with their details; ignores ids that are not in the file."""
        spans = self.typed_rows(SpanRow, self.rows(_SPANS_BY_ID, _json_list(ids)))
        details = dict(self._details(ids))
        return [(span, details[span.id]) for span in spans if span.id in details]

    def detail(self, span: int) -> SpanDetail | None:
        """Return the payloads and attributes of the span with this span.id, or None if there is no such span."""
        for _, detail in self._details([span]):
            return detail
        return None

    def details_of(self, spans: Sequence[int]) -> dict[int, SpanDetail]:
        """Map the span.id of each of these spans to its payloads and attributes, without spans that are gone."""
        return dict(self._details(spans))

    def payload_previews(self, span: int, chars: int) -> tuple[str | None, str | None]:
        """Return the first `chars` characters of the JSON of a span's inputs and outputs; None where there are none."""
        for inputs, outputs in self.rows(_PAYLOAD_PREVIEWS, chars, chars, span):
            return inputs, outputs
        return None, None

    def details(self, trace: int) -> Iterator[tuple[int, SpanDetail]]:
        """Yield (span.id, detail) for every span of a trace, in order of arrival; reads batch by batch."""
        for spans in self._span_batches(trace):
            yield from self._details([span.id for span in spans])

    def spans_with_details(self, trace: int) -> Iterator[tuple[SpanRow, SpanDetail]]:
        """Yield every span of a trace with its detail, in order of arrival; reads batch by batch."""
        for spans in self._span_batches(trace):
            details = dict(self._details([span.id for span in spans]))
            yield from ((span, details[span.id]) for span in spans if span.id in details)

    def attribute_keys(self) -> dict[str, int]:
        """Map the name of every attribute in the file to the number of spans that have the attribute."""
        return dict(self.rows("SELECT CAST(name AS TEXT), span_count FROM attr_key ORDER BY name"))

    def attribute_key_ids(self) -> dict[str, int]:
        """Map the name of every attribute in the file to its attr_key.id, as `compile_query` expects."""
        return dict(self.rows("SELECT CAST(name AS TEXT), id FROM attr_key"))

    # Assessments

    def assessments(self, trace: int) -> list[AssessmentRow]:
        """Return the assessments of a trace and its spans, in order of arrival, including overridden ones."""
        decoded = [
            (
                *row[:4],
                decoding.attribute_value(row[4], row[5]),
                decoding.strings(row[6]) or None,
                *row[7:10],
                decoding.strings(row[10]),
                *row[11:14],
                bool(row[14]),
            )
            for row in self.rows(_ASSESSMENTS, trace)
        ]
        return self.typed_rows(AssessmentRow, decoded)

    # Attachments

    def attachments(self, trace: int) -> list[AttachmentRow]:
        """Return the attachments that the values of one trace refer to."""
        return self.typed_rows(AttachmentRow, self.rows(_ATTACHMENTS, trace))

    def attachment(self, id: str) -> tuple[str, bytes] | None:
        """Return the content type and the bytes of the attachment with this id, or None if it is not in the file."""
        rows = self.rows(_ATTACHMENT, _digest(id))
        return rows[0] if rows else None

    # Processes

    def processes(self) -> dict[int, ProcessRow]:
        """Map the id of every traced process to its row."""
        return {row.id: row for row in self.typed_rows(ProcessRow, self.rows(_PROCESSES))}

    def gone_processes(self, now_ns: int) -> frozenset[int]:
        """Return the ids of the processes that can no longer end their open spans; see `liveness`."""
        return frozenset(id for id, process in self.processes().items() if liveness.is_gone(process, now_ns))

    def _span_batches(self, trace: int) -> Iterator[list[SpanRow]]:
        last = -(1 << 63)
        while rows := self.rows(_SPANS_AFTER, trace, last, SPANS_PER_DETAIL_BATCH):
            spans = self.typed_rows(SpanRow, rows)
            if spans[-1].id <= last:
                raise DamagedFileError(self.path, "its spans are not in order")
            last = spans[-1].id
            yield spans

    def _details(self, ids: Sequence[int]) -> Iterator[tuple[int, SpanDetail]]:
        spans = _json_list(ids)
        attributes: dict[int, dict[str, Any]] = {}
        for span, key, value, type in self.rows(_ATTRIBUTES_OF_SPANS, spans):
            attributes.setdefault(span, {})[self._key_name(key)] = decoding.attribute_value(value, type)
        for span, inputs, outputs, events, thread, links in self.rows(_PAYLOADS_OF_SPANS, spans):
            yield span, SpanDetail(inputs, outputs, events, attributes.get(span, {}), thread, links)

    def _key_name(self, key: int) -> str:
        if key not in self._key_names:
            self._key_names = dict(self.rows("SELECT id, CAST(name AS TEXT) FROM attr_key"))
        return self._key_names.get(key, f"attribute {key}")


def _digest(id: str) -> bytes:
    try:
        return bytes.fromhex(id)
    except ValueError:
        return b""


def _json_list(ids: Sequence[int]) -> str:
    return f"[{','.join(map(str, ids))}]"
