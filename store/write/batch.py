"""Convert the spans of a batch to the parameters of its statements."""

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
from .blocks.block_writer import BlockWriter
from .rows.attribute_keys import KeySet
from .rows.attribute_rows import AttributeRows
from .rows.payload_rows import Json, PayloadRows
from .rows.span_upserts import (
    RARE_COLUMNS,
    SPAN_COLUMNS,
    UPSERT_SPAN,
    USUAL_COLUMNS,
)
from .rows.trace_state import TraceState
from .statements.upsert import NULL, SparseRows

_Select = Callable[[Sequence[Any]], tuple[Any, ...]]

_TRACE = SPAN_COLUMNS.index("trace")
_SPAN_ID = SPAN_COLUMNS.index("span_id")
_usage_values: _Select = itemgetter(*map(SPAN_COLUMNS.index, unpriced.CALL_COLUMNS[:5]))
_call_values: _Select = itemgetter(*map(SPAN_COLUMNS.index, unpriced.CALL_COLUMNS[:-4]))

_NO_USUAL_VALUES = (NULL,) * len(USUAL_COLUMNS)
_NO_RARE_VALUES = (NULL,) * len(RARE_COLUMNS)
_RARE_NAMES = frozenset(RARE_COLUMNS)


class OpenSpan:
    """A span in the file that the next write of the span replaces, with the values that were written."""

    __slots__ = ("attribute_keys", "events", "inputs", "is_ended", "links", "outputs", "row")

    def __init__(self, row: int, *, is_ended: bool = False) -> None:
        self.row = row
        self.is_ended = is_ended
        """Whether the file has the span with its end: it is counted then."""
        self.attribute_keys: frozenset[str] = frozenset()
        self.inputs: Json | None = None
        self.outputs: Json | None = None
        self.events: Json | None = None
        self.links: Json | None = None


class Batch:
    """The rows of one transaction, in the order of their statements. A batch changes nothing that outlives it."""

    def __init__(
        self,
        process: int,
        key_set: Callable[[tuple[str, ...]], KeySet],
        open_spans: dict[int, OpenSpan],
        blocks: BlockWriter,
        *,
        rev: int,
        last_span: int,
        tolerant: bool,
        prices: Prices,
    ) -> None:
        self.rev = rev
        self.last_span = last_span
        self._spans = SparseRows()
        self.payloads = PayloadRows(blocks)
        self.attachments: list[tuple[int, AttachmentRecord]] = []
        """Pairs of a trace id and an attachment."""
        self.opened: dict[int, OpenSpan] = {}
        self.closed: list[int] = []
        self._process = process
        self._key_set = key_set
        self._open_spans = open_spans
        self._blocks = blocks
        self._tolerant = tolerant
        self._prices = prices
        self._covering: set[int] = set()
        """The spans whose cost includes the cost of their descendants."""
        self._tool_calls: dict[int, int] = {}
        self.answer_ids: set[str] = set()
        self.with_answers: set[int] = set()
        """The answers that spans of the batch request or read, and the traces of these spans."""
        self.attributes = AttributeRows(blocks, tolerant=tolerant)

    def add(self, span: SpanRecord, state: TraceState) -> None:
        """Add one span in its current state; each span at most once."""
        end_ns = span.end_ns  # read first: when a span has an end, its other values are complete
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
        usual: tuple[Any, ...] = _NO_USUAL_VALUES
        rare: tuple[Any, ...] | None = None
        if derived:
            if kind == "UNKNOWN":
                kind = derived.get("kind", kind)
            if "input_tokens" in derived and "cost_usd" not in derived and kind not in AGGREGATE_KINDS:
                cost = self._prices.cost_usd(derived, span.start_ns, kind)
                if cost is not None:
                    derived["cost_usd"] = cost
            usual = tuple(map(derived.get, USUAL_COLUMNS, _NO_USUAL_VALUES))
            if not _RARE_NAMES.isdisjoint(derived):
                rare = tuple(map(derived.get, RARE_COLUMNS, _NO_RARE_VALUES))
                if "cost_covers_below" in derived:
                    self._covering.add(span.span_key)
                if tool_calls := derived.get("unpriced_tool_calls"):
                    self._tool_calls[span.span_key] = tool_calls
                if (answer_id := derived.get("answer_id")) is not None:
                    self.answer_ids.add(answer_id)
                if answer_id is not None or "answer_is_elsewhere" in derived:
                    self.with_answers.add(state.row)
            _update_trace(state, span, kind, status, derived)
            if "cost_usd" in derived:
                state.add_usage(derived, lacks_price="unpriced_tool_calls" in derived)
            elif (
                "input_tokens" in derived or "output_tokens" in derived or kind in MODEL_CALLS or "answer_id" in derived
            ):
                _add_unpriced_usage(state, kind, status, derived)
        if message is not None or rare is not None:
            rare = (NULL if message is None else message, *(rare or _NO_RARE_VALUES))
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
        if before is None or not before.is_ended:
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
        self.payloads.write(connection)
        attachments.insert(connection, self.attachments)
        self.attributes.write(connection)
        self._blocks.write(self.last_span)

    def usage_rows_by_trace(self, traces: Mapping[int, TraceState]) -> dict[int, list[tuple[Any, ...]]]:
        """Return the rows of `usage.totals` for the spans of `traces` in this batch.

        The rows of a trace that may have calls without a price have all columns of `unpriced.CALL_COLUMNS`. No trace of
        `with_answers` may be among `traces`.
        """
        rows: dict[int, list[tuple[Any, ...]]] = {trace: [] for trace in traces}
        width = UPSERT_SPAN.width
        spans = self._spans.values
        for start in range(0, len(spans), width):
            trace = spans[start + _TRACE]
            if (found := rows.get(trace)) is not None:
                span = spans[start : start + width]
                if traces[trace].lacks_price:
                    key = span[_SPAN_ID]
                    covers = 1 if key in self._covering else None
                    values = (*_call_values(span), None, None, self._tool_calls.get(key), covers)
                else:
                    values = _usage_values(span)
                found.append(tuple(None if value is NULL else value for value in values))
        return rows

    def _payload(
        self,
        span: SpanRecord,
        row: int,
        before: OpenSpan | None,
        written: OpenSpan | None,
        payload_attributes: PayloadAttributes | None,
    ) -> tuple[Json | None, Json | None]:
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
        self.payloads.add(row, span.name, inputs, outputs, events, is_open=written is not None)
        return inputs, outputs

    def _links(self, links: Json, row: int, before: OpenSpan | None, written: OpenSpan | None) -> None:
        if before is None or before.links != links:
            self.payloads.add_links(row, links)
        if written is not None:
            written.links = links

    def _attributes(
        self, span: SpanRecord, row: int, before: OpenSpan | None, written: OpenSpan | None
    ) -> tuple[str | float, dict[str, Any] | None, PayloadAttributes | None]:
        """Add the rows of a span's attributes.

        Returns the value of `span.attr_keys`, the normal columns, and which attributes contain inputs and outputs.
        """
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


def _update_trace(state: TraceState, span: SpanRecord, kind: str, status: str | None, derived: dict[str, Any]) -> None:
    if (model := derived.get("model")) is not None:
        state.suggest_model(model, kind, status, is_entry=span.is_entry)
    ttft_ms = derived.get("ttft_ms")
    if ttft_ms is not None and (state.ttft_ms is None or ttft_ms > state.ttft_ms):
        state.ttft_ms = ttft_ms
    if "session_id" in derived:
        state.session_id = derived["session_id"]
    if "user_id" in derived:
        state.user_id = derived["user_id"]


_UNPRICED = (
    *("input_tokens", "output_tokens", "model", "ttft_ms", "answer_id", "answer_is_elsewhere", "unpriced_tool_calls"),
)


def _add_unpriced_usage(state: TraceState, kind: str, status: str | None, derived: dict[str, Any]) -> None:
    input_tokens, output_tokens, *others = map(derived.get, _UNPRICED)
    lacks_price = unpriced.lacks_price(input_tokens, output_tokens, None, kind, status, *others)
    if lacks_price or input_tokens is not None or output_tokens is not None:
        state.add_usage(derived, lacks_price=lacks_price)
