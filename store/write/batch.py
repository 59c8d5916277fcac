"""From spans to the parameters of a batch's statements."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from ..conventions import dialects
from ..conventions.payload_attributes import PayloadAttributes, payload_json
from ..model.rows import MODEL_CALLS, AttachmentRecord, SpanRecord
from ..model.sqlite_values import bindable
from ..prices import unpriced
from ..prices.pricing import AGGREGATE_KINDS, Prices
from . import attachments
from .attribute_keys import KeySet
from .attribute_rows import AttributeRows
from .trace_state import TraceState
from .upsert import NULL, SparseRows, SparseUpsert, Upsert

_RARE = (
    *("response_model", "provider", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "chunk_count"),
    *("cost_covers_below", "answer_id", "answer_is_elsewhere"),
)
_USUAL = tuple(column for column in dialects.COLUMNS if column not in _RARE)
"""The derived columns that most spans lack, and the others."""

_SPAN_COLUMNS = [
    "id",
    "trace",
    "process",
    "span_id",
    "parent_id",
    "name",
    "kind",
    "start_ns",
    "end_ns",
    "status",
    "thread",
    "attr_keys",
    "rev",
    *_USUAL,
]

_TRACE = _SPAN_COLUMNS.index("trace")
_SPAN_ID = _SPAN_COLUMNS.index("span_id")
_usage: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*map(_SPAN_COLUMNS.index, unpriced.FACTS[:5]))
_facts: Callable[[Sequence[Any]], tuple[Any, ...]] = itemgetter(*map(_SPAN_COLUMNS.index, unpriced.FACTS[:-3]))

_CHANGING = ("name", "kind", "end_ns", "status", "status_message", "rev", *dialects.COLUMNS)

_KEYS = """attr_keys = CASE
    WHEN attr_keys IS NULL OR attr_keys = excluded.attr_keys OR (
        substr(attr_keys, 1, length(attr_keys) - 1) = substr(excluded.attr_keys, 1, length(attr_keys) - 1)
        AND substr(excluded.attr_keys, length(attr_keys), 1) IN (',', ']')) THEN excluded.attr_keys
    WHEN excluded.attr_keys IS NULL THEN attr_keys
    ELSE (SELECT json_group_array(value) FROM (
        SELECT value FROM json_each(excluded.attr_keys) UNION ALL SELECT value FROM json_each(span.attr_keys)
        WHERE value NOT IN (SELECT value FROM json_each(excluded.attr_keys)))) END"""
"""A list that has become longer is taken as it is. Another may lack what `edits.LogMetric` has given the span
meanwhile, from whatever process."""

UPSERT_SPAN = SparseUpsert(
    "span",
    _SPAN_COLUMNS,
    ("status_message", *_RARE),
    "(id) DO UPDATE SET " + ", ".join([_KEYS, *(f"{column} = excluded.{column}" for column in _CHANGING)]),
)
_PAYLOAD_CONFLICT = (
    "(span) DO UPDATE SET inputs = coalesce(excluded.inputs, inputs), outputs = coalesce(excluded.outputs, outputs),"
    " events = coalesce(excluded.events, events)"
)
UPSERT_PAYLOAD = Upsert("payload", ("span", "inputs", "outputs"), _PAYLOAD_CONFLICT, utf8=("inputs", "outputs"))
UPSERT_PAYLOAD_WITH_EVENTS = Upsert(
    "payload",
    ("span", "inputs", "outputs", "events"),
    _PAYLOAD_CONFLICT,
    utf8=("inputs", "outputs", "events"),
)
UPSERT_LINKS = Upsert("payload", ("span", "links"), "(span) DO UPDATE SET links = excluded.links", utf8=("links",))
"""After the payloads: few spans have links, and the others pay nothing for them."""

_SHORT_BYTES = 4_096
"""Text of a payload up to this length is bound as `str`, which Python binds sooner than bytes."""

_NOTHING_USUAL = (NULL,) * len(_USUAL)
_NOTHING_RARE = (NULL,) * len(_RARE)
_IS_RARE = frozenset(_RARE)


class OpenSpan:
    """A span that is in the file and has not ended: what of it was written."""

    __slots__ = ("attribute_keys", "events", "inputs", "links", "outputs", "row")

    def __init__(self, row: int) -> None:
        self.row = row
        self.attribute_keys: frozenset[str] = frozenset()
        self.inputs: bytes | None = None
        self.outputs: bytes | None = None
        self.events: bytes | None = None
        self.links: bytes | None = None


class Batch:
    """The rows of one transaction, in the order of their statements. It changes nothing that outlives it."""

    def __init__(
        self,
        process: int,
        key_set: Callable[[tuple[str, ...]], KeySet],
        open_spans: dict[int, OpenSpan],
        *,
        rev: int,
        last_span: int,
        tolerant: bool,
        prices: Prices,
    ) -> None:
        self.rev = rev
        self.last_span = last_span
        self._spans = SparseRows()
        self.payloads: list[Any] = []
        """The values of the rows, one after the other; so are those below."""
        self.payloads_with_events: list[Any] = []
        self.links: list[Any] = []
        self.attachments: list[tuple[int, AttachmentRecord]] = []
        """Each with its trace."""
        self.opened: dict[int, OpenSpan] = {}
        self.closed: list[int] = []
        self._process = process
        self._key_set = key_set
        self._open_spans = open_spans
        self._tolerant = tolerant
        self._prices = prices
        self._covering: set[int] = set()
        """The spans whose cost covers those below them."""
        self.answer_ids: set[str] = set()
        self.with_answers: set[int] = set()
        """The answers that spans of the batch read or wait for, and the traces of those spans."""
        self.attributes = AttributeRows(tolerant=tolerant)

    def add(self, span: SpanRecord, state: TraceState) -> None:
        """Take in one span as it is now; each span at most once."""
        end_ns = span.end_ns  # first: what was set before a span's end is complete once this is
        before = self._open_spans.get(span.span_key)
        if before is None:
            self.last_span = row = self.last_span + 1
        else:
            row = before.row
        written = OpenSpan(row) if end_ns is None else None
        key_list, derived, payload_attributes = self._attributes(span, row, before, written)
        inputs, outputs = self._payload(span, row, before, written, payload_attributes)
        if span.links_json is not None:
            self._links(span.links_json, row, before, written)
        if span.attachments:
            self.attachments.extend((state.row, one) for one in span.attachments)
        name = span.name
        kind = span.kind
        status = span.status_code if end_ns is not None else None
        message = span.status_message
        parent = span.parent_key
        usual: tuple[Any, ...] = _NOTHING_USUAL
        rare: tuple[Any, ...] | None = None
        if derived:
            if kind == "UNKNOWN":
                kind = derived.get("kind", kind)
            if "input_tokens" in derived and "cost_usd" not in derived and kind not in AGGREGATE_KINDS:
                cost = self._prices.cost_usd(derived, span.start_ns, kind)
                if cost is not None:
                    derived["cost_usd"] = cost
            usual = tuple(map(derived.get, _USUAL, _NOTHING_USUAL))
            if not _IS_RARE.isdisjoint(derived):
                rare = tuple(map(derived.get, _RARE, _NOTHING_RARE))
                if "cost_covers_below" in derived:
                    self._covering.add(span.span_key)
                if (answer_id := derived.get("answer_id")) is not None:
                    self.answer_ids.add(answer_id)
                if answer_id is not None or "answer_is_elsewhere" in derived:
                    self.with_answers.add(state.row)
            _tell_trace(state, span, kind, derived)
            if "cost_usd" in derived:
                state.add_usage(derived, lacks_price=False)
            elif (
                "input_tokens" in derived or "output_tokens" in derived or kind in MODEL_CALLS or "answer_id" in derived
            ):
                _note_unpriced(state, kind, status, derived)
        if message is not None or rare is not None:
            rare = (NULL if message is None else message, *(rare or _NOTHING_RARE))
        self.rev += 1
        self._spans.add(
            (
                row,
                state.row,
                self._process,
                span.span_key,
                NULL if parent is None else parent,
                name,
                kind,
                span.start_ns,
                NULL if end_ns is None else end_ns,
                NULL if status is None else status,
                span.thread,
                key_list,
                self.rev,
                *usual,
            ),
            rare,
        )
        state.count_span(span, end_ns, before is None)
        if span.is_entry or (state.is_new and not state.kind):
            state.describe_root(
                span, row, name=name, kind=kind, status=status, message=message, inputs=inputs, outputs=outputs
            )
        if written is not None:
            self.opened[span.span_key] = written
        elif before is not None:
            self.closed.append(span.span_key)

    def write(self, connection: sqlite3.Connection) -> None:
        """Write the rows of spans, payloads, links, attachments and attributes."""
        if self._tolerant:
            self._spans.convert(bindable)
        UPSERT_SPAN.run(connection, self._spans)
        UPSERT_PAYLOAD.run(connection, self.payloads)
        UPSERT_PAYLOAD_WITH_EVENTS.run(connection, self.payloads_with_events)
        UPSERT_LINKS.run(connection, self.links)
        attachments.insert(connection, self.attachments)
        self.attributes.write(connection)

    def usage_rows_by_trace(self, traces: Mapping[int, TraceState]) -> dict[int, list[tuple[Any, ...]]]:
        """What `usage.totals` takes, of the spans of this batch that belong to `traces`; of traces that may have calls
        without a price all `unpriced.FACTS`. None of the traces may be among those `with_answers`."""
        rows: dict[int, list[tuple[Any, ...]]] = {trace: [] for trace in traces}
        width = UPSERT_SPAN.width
        spans = self._spans.values
        for start in range(0, len(spans), width):
            trace = spans[start + _TRACE]
            if (found := rows.get(trace)) is not None:
                span = spans[start : start + width]
                if traces[trace].lacks_price:
                    values = (*_facts(span), None, None, 1 if span[_SPAN_ID] in self._covering else None)
                else:
                    values = _usage(span)
                found.append(tuple(None if value is NULL else value for value in values))
        return rows

    def _payload(
        self,
        span: SpanRecord,
        row: int,
        before: OpenSpan | None,
        written: OpenSpan | None,
        payload_attributes: PayloadAttributes | None,
    ) -> tuple[bytes | None, bytes | None]:
        """Add the payloads that the file does not have yet, and return the inputs and outputs among them."""
        inputs, outputs, events = span.inputs_json, span.outputs_json, span.events_json
        if payload_attributes is not None:
            if inputs is None and payload_attributes.inputs is not None:
                inputs = payload_json(payload_attributes.inputs(span.attribute_values))
            if outputs is None and payload_attributes.outputs is not None:
                outputs = payload_json(payload_attributes.outputs(span.attribute_values))
        if written is not None:
            written.inputs, written.outputs, written.events = inputs, outputs, events
        if before is not None:
            inputs = None if inputs == before.inputs else inputs
            outputs = None if outputs == before.outputs else outputs
            events = None if events == before.events else events
        if events is not None:
            self.payloads_with_events.extend((row, _text(inputs), _text(outputs), _text(events)))
        elif inputs is not None or outputs is not None:
            self.payloads.extend((row, _text(inputs), _text(outputs)))
        return inputs, outputs

    def _links(self, links: bytes, row: int, before: OpenSpan | None, written: OpenSpan | None) -> None:
        if before is None or before.links != links:
            self.links.extend((row, links))
        if written is not None:
            written.links = links

    def _attributes(
        self, span: SpanRecord, row: int, before: OpenSpan | None, written: OpenSpan | None
    ) -> tuple[str | float, dict[str, Any] | None, PayloadAttributes | None]:
        """Add the rows of a span's attributes; give the list of their keys, the normal columns they fill, and where
        among them the inputs and outputs are."""
        attributes = span.attribute_values
        if written is not None:
            written.attribute_keys = frozenset(attributes)
        if not attributes:
            return NULL, None, None
        keys = self._key_set(tuple(attributes))
        values = list(attributes.values())
        self.attributes.add(keys, row, values)
        if before is not None:
            self.attributes.count_before(
                key for key, name in zip(keys.rows, attributes, strict=True) if name in before.attribute_keys
            )
        derived = dialects.derive(keys.derivation, values) if keys.derivation is not None else None
        return keys.text, derived, keys.payload_attributes


def _tell_trace(state: TraceState, span: SpanRecord, kind: str, derived: dict[str, Any]) -> None:
    if (model := derived.get("model")) is not None:
        state.suggest_model(model, kind, is_entry=span.is_entry)
    ttft_ms = derived.get("ttft_ms")
    if ttft_ms is not None and (state.ttft_ms is None or ttft_ms > state.ttft_ms):
        state.ttft_ms = ttft_ms
    state.session_id = derived.get("session_id", state.session_id)
    state.user_id = derived.get("user_id", state.user_id)


def _note_unpriced(state: TraceState, kind: str, status: str | None, derived: dict[str, Any]) -> None:
    told = map(derived.get, ("input_tokens", "output_tokens", "model", "ttft_ms", "answer_id", "answer_is_elsewhere"))
    input_tokens, output_tokens, *others = told
    lacks_price = unpriced.lacks_price(input_tokens, output_tokens, None, kind, status, *others)
    if lacks_price or input_tokens is not None or output_tokens is not None:
        state.add_usage(derived, lacks_price=lacks_price)


def _text(payload: bytes | None) -> bytes | str | float:
    if payload is None:
        return NULL
    return payload.decode() if len(payload) <= _SHORT_BYTES else payload
