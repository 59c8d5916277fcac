"""What the writer knows about one trace in the file, and what the current batch changes in it."""

from __future__ import annotations

from typing import Any

from ...file.schema import PREVIEW_CHARS
from ...model.rows import ERROR, NO_STATUS, OK, SpanRecord, TraceRecord
from ...model.usage import NO_USAGE, Usage
from ...text.json_parts import JsonParts
from ...text.json_text import encode
from ..statements.upsert import NULL, SparseRows
from .trace_upsert import RARE_COLUMNS

_NO_START_NS = (1 << 63) - 1


class TraceState:
    """The state of one trace during its spans, and the changes of the current batch for its row."""

    __slots__ = (
        "added_errors",
        "added_open",
        "added_spans",
        "calls_without_price",
        "cost_usd",
        "first_start_ns",
        "input_tokens",
        "is_new",
        "is_usage_stale",
        "kind",
        "lacks_price",
        "last_end_ns",
        "model",
        "model_rank",
        "name",
        "open_here",
        "output_tokens",
        "record",
        "request",
        "response",
        "root",
        "root_rank",
        "row",
        "session_id",
        "shows_request",
        "shows_response",
        "spans_here",
        "status",
        "status_message",
        "takes_root",
        "ttft_ms",
        "usage_spans",
        "user_id",
    )

    def __init__(self, row: int, *, is_new: bool, root_rank: int) -> None:
        self.row = row
        self.is_new = is_new
        self.root_rank = root_rank
        """0: no root yet; 1: an entry span with a remote parent represents the root; 2: the root itself."""
        self.model_rank = 0
        """The rank of the trace's model: 3 from an entry span, 2 from a text model, 1 from any other span."""
        self.open_here = 0
        self.spans_here = 0
        self.is_usage_stale = False
        self.shows_request = not is_new
        """Whether the row may contain a request preview; otherwise the preview is read from the inputs of the root."""
        self.shows_response = not is_new
        self.record: TraceRecord | None = None

    @classmethod
    def unpack(cls, packed: int) -> TraceState:
        """Return the state that `pack` packed."""
        state = cls(packed >> 6, is_new=False, root_rank=packed & 3)
        state.shows_request, state.shows_response = bool(packed & 4), bool(packed & 8)
        state.model_rank = packed >> 4 & 3
        return state

    def pack(self) -> int:
        """Return the state of a trace without open spans as one integer.

        Thousands of state objects would slow down the garbage collector of the host.
        """
        return (
            self.row << 6 | self.model_rank << 4 | self.shows_response << 3 | self.shows_request << 2 | self.root_rank
        )

    def begin(self, record: TraceRecord) -> None:
        """Begin the changes of a batch; `record` is None again after the commit."""
        self.record = record
        self.added_spans = self.added_open = self.added_errors = 0
        self.first_start_ns = _NO_START_NS
        self.last_end_ns: int | None = None
        self.root: int | None = None
        self.takes_root = False
        """Whether the batch has a root of a higher rank than the file."""
        self.name = ""
        self.kind = ""
        self.status: str | None = None
        self.status_message: str | bytes | None = None
        self.model: str | None = None
        self.ttft_ms: float | None = None
        self.usage_spans = 0
        """How many spans of the batch have usage. The first one is the total until the totals are computed."""
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self.cost_usd: float | None = None
        self.calls_without_price: int | None = 0 if self.is_new else None
        """None keeps the number in the file."""
        self.lacks_price = False
        """Whether a span of the batch may be a call without a price, which depends on its ancestors and descendants."""
        self.session_id: str | None = None
        self.user_id: str | None = None
        self.request: str | None = None
        self.response: str | None = None

    def count_span(self, span: SpanRecord, end_ns: int | None, is_first: bool) -> None:
        """Count a new span, or an open span that has changed."""
        if is_first:
            self.added_spans += 1
            self.spans_here += 1
            if span.start_ns < self.first_start_ns:
                self.first_start_ns = span.start_ns
        if (end_ns is None) == is_first:  # a new span is open, or an open span has ended
            change = 1 if is_first else -1
            self.added_open += change
            self.open_here += change
        if end_ns is not None:
            if self.last_end_ns is None or end_ns > self.last_end_ns:
                self.last_end_ns = end_ns
            if span.status_code == ERROR:
                self.added_errors += 1

    def add_usage(self, columns: dict[str, Any], *, lacks_price: bool) -> None:
        """Add the usage of a span of the batch that has tokens or a cost, or may be a call without a price."""
        self.is_usage_stale = True
        self.lacks_price |= lacks_price
        self.usage_spans += 1
        if self.usage_spans == 1:
            self.input_tokens = columns.get("input_tokens")
            self.output_tokens = columns.get("output_tokens")
            self.cost_usd = columns.get("cost_usd")
            if self.is_new:
                self.calls_without_price = int(lacks_price)

    def needs_walk(self) -> bool:
        """Whether the totals depend on which spans are ancestors of others."""
        return self.usage_spans > 1 or (self.lacks_price and not (self.input_tokens or self.output_tokens))

    def set_totals(self, usage: Usage = NO_USAGE, calls_without_price: int | None = None) -> None:
        """Set the totals of the trace; without arguments, the totals are computed later."""
        self.input_tokens, self.output_tokens, self.cost_usd = usage
        self.calls_without_price = calls_without_price

    def suggest_model(self, model: str, kind: str, status: str | None, *, is_entry: bool) -> None:
        """Use `model` as the model of the trace, unless it has a model of a higher rank.

        Of several text models the last that answered counts: it wrote what the trace returns. A call that failed, or is
        still open (its `status` is None), replaces none.
        """
        rank = 3 if is_entry else 2 if kind in ("LLM", "CHAT_MODEL") else 1
        if rank > self.model_rank or (rank == self.model_rank == 2 and status in (OK, NO_STATUS)):
            self.model, self.model_rank = model, rank

    def describe_root(
        self,
        span: SpanRecord,
        span_row: int,
        *,
        name: Any,
        kind: str,
        status: str | None,
        message: Any,
        inputs: bytes | JsonParts | None,
        outputs: bytes | JsonParts | None,
    ) -> None:
        """Set the trace's name, status and previews from its root, or from the entry span that represents the root.

        Any other span, the first of a new trace, sets the name and kind only.
        """
        if not span.is_entry:
            self.name, self.kind = name, kind
            return
        rank = 2 if span.parent_key is None else 1
        if rank < self.root_rank:
            return
        self.takes_root |= rank > self.root_rank
        self.root_rank = rank
        self.root = span_row
        self.name, self.kind = name, kind
        if inputs is not None and (self.shows_request or rank < 2 or len(inputs) > PREVIEW_CHARS):
            self.request, self.shows_request = _preview(inputs), True
        if outputs is not None and (self.shows_response or rank < 2 or len(outputs) > PREVIEW_CHARS):
            self.response, self.shows_response = _preview(outputs), True
        if status is not None:  # the status of a trace is OK if its root is UNSET
            self.status, self.status_message = OK if status == NO_STATUS else status, message

    def add_to(self, rows: SparseRows, process: int, rev: int, facts: int | None) -> None:
        """Add the row for `UPSERT_TRACE`; `facts` is the row id of the facts of the process."""
        record = self.record
        assert record is not None
        labels = record.as_written or record
        values = (
            self.row,
            bytearray(record.trace_key),  # binds faster than bytes
            process,
            self.name,
            self.kind,
            self.root,
            self.first_start_ns,
            self.last_end_ns,
            self.last_end_ns if self.added_open <= 0 else None,
            record.state or self.status,
            self.added_spans,
            self.added_open,
            self.added_errors,
            self.model,
            self.ttft_ms,
            self.input_tokens,
            self.output_tokens,
            self.cost_usd,
            self.calls_without_price,
            labels.session_id or self.session_id,
            labels.user_id or self.user_id,
            facts if self.is_new or self.takes_root else None,
            rev,
        )
        rare = (
            self.status_message,
            labels.request_preview or self.request,
            labels.response_preview or self.response,
            labels.client_request_id,
            _json_object(labels.tags),
            _json_object(labels.metadata),
        )
        rows.add(
            [NULL if value is None else value for value in values],
            None if rare == _NO_RARE_VALUES else [NULL if value is None else value for value in rare],
        )


_NO_RARE_VALUES = (None,) * len(RARE_COLUMNS)


def _preview(text: bytes | JsonParts) -> str:
    if isinstance(text, JsonParts):
        text = text.beginning(4 * PREVIEW_CHARS)
    return text[: 4 * PREVIEW_CHARS].decode(errors="ignore")[:PREVIEW_CHARS]


def _json_object(entries: dict[str, str] | None) -> str | None:
    return encode(dict(entries)).decode() if entries else None
