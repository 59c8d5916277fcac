"""What the writer knows of one trace in the file, and what the batch at hand changes in it."""

from __future__ import annotations

from typing import Any

from ..file.schema import PREVIEW_CHARS
from ..model.rows import ERROR, NO_STATUS, OK, SpanRecord, TraceRecord
from ..model.usage import NO_USAGE, Usage
from ..text.json_text import encode
from .upsert import NULL, SparseRows, SparseUpsert

_NO_START_NS = (1 << 63) - 1

_COLUMNS = [
    "id",
    "trace_id",
    "process",
    "name",
    "kind",
    "root",
    "start_ns",
    "last_end_ns",
    "end_ns",
    "status",
    "span_count",
    "open_count",
    "error_count",
    "model",
    "ttft_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "calls_without_price",
    "session_id",
    "user_id",
    "facts",
    "rev",
]
_RARE = ("status_message", "request_preview", "response_preview", "client_request_id", "tags", "metadata")

UPSERT = SparseUpsert(
    "trace",
    _COLUMNS,
    _RARE,
    """(id) DO UPDATE SET
    name = CASE WHEN excluded.kind = '' THEN name ELSE excluded.name END,
    kind = CASE WHEN excluded.kind = '' THEN kind ELSE excluded.kind END,
    root = coalesce(excluded.root, root),
    start_ns = min(start_ns, excluded.start_ns),
    last_end_ns = max(coalesce(last_end_ns, excluded.last_end_ns), coalesce(excluded.last_end_ns, last_end_ns)),
    end_ns = CASE WHEN open_count + excluded.open_count <= 0 THEN
        max(coalesce(last_end_ns, excluded.last_end_ns), coalesce(excluded.last_end_ns, last_end_ns)) END,
    status = coalesce(excluded.status, status), status_message = coalesce(excluded.status_message, status_message),
    span_count = span_count + excluded.span_count, open_count = open_count + excluded.open_count,
    error_count = error_count + excluded.error_count, model = coalesce(excluded.model, model),
    ttft_ms = max(coalesce(ttft_ms, excluded.ttft_ms), coalesce(excluded.ttft_ms, ttft_ms)),
    input_tokens = coalesce(excluded.input_tokens, input_tokens),
    output_tokens = coalesce(excluded.output_tokens, output_tokens),
    cost_usd = coalesce(excluded.cost_usd, cost_usd),
    calls_without_price = coalesce(excluded.calls_without_price, calls_without_price),
    session_id = coalesce(excluded.session_id, session_id), user_id = coalesce(excluded.user_id, user_id),
    request_preview = coalesce(excluded.request_preview, request_preview),
    response_preview = coalesce(excluded.response_preview, response_preview),
    client_request_id = coalesce(excluded.client_request_id, client_request_id),
    tags = coalesce(json_patch(tags, excluded.tags), excluded.tags, tags),
    metadata = coalesce(json_patch(metadata, excluded.metadata), excluded.metadata, metadata),
    facts = coalesce(excluded.facts, facts),
    rev = excluded.rev""",
)
"""Counts are added and labels merged, not set: other processes may be writing spans of the same trace."""


class TraceState:
    """A row of the `trace` table in the making."""

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
        """0: no root yet; 1: an entry span below a remote parent stands in; 2: the root itself."""
        self.model_rank = 0
        """Of the model that the trace shows: the root's goes before a generator's, that before an embedder's."""
        self.open_here = 0
        self.spans_here = 0
        self.is_usage_stale = False
        self.shows_request = not is_new
        """Whether its row may say a request of its own; else it is the root's inputs."""
        self.shows_response = not is_new
        self.record: TraceRecord | None = None

    @classmethod
    def unpack(cls, number: int) -> TraceState:
        """What `number` said of a trace none of whose spans was open."""
        state = cls(number >> 6, is_new=False, root_rank=number & 3)
        state.shows_request, state.shows_response = bool(number & 4), bool(number & 8)
        state.model_rank = number >> 4 & 3
        return state

    def pack(self) -> int:
        """All that has to be known of the trace while none of its spans is open: thousands of entries would be work
        for the host's garbage collector."""
        return (
            self.row << 6 | self.model_rank << 4 | self.shows_response << 3 | self.shows_request << 2 | self.root_rank
        )

    def begin(self, record: TraceRecord) -> None:
        """Begin with the changes of a batch; `record` is None again when they are committed."""
        self.record = record
        self.added_spans = self.added_open = self.added_errors = 0
        self.first_start_ns = _NO_START_NS
        self.last_end_ns: int | None = None
        self.root: int | None = None
        self.takes_root = False
        """Whether a better root than the file knew is in the batch."""
        self.name = ""
        self.kind = ""
        self.status: str | None = None
        self.status_message: str | bytes | None = None
        self.model: str | None = None
        self.ttft_ms: float | None = None
        self.usage_spans = 0
        """How many spans of the batch have usage; that of the first is the trace's until it is added up."""
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None
        self.cost_usd: float | None = None
        self.calls_without_price: int | None = 0 if self.is_new else None
        """None: as many as the file says."""
        self.lacks_price = False
        """Whether a span of the batch may be a call without a price: that is decided by those above and below it."""
        self.session_id: str | None = None
        self.user_id: str | None = None
        self.request: str | None = None
        self.response: str | None = None

    def count_span(self, span: SpanRecord, end_ns: int | None, is_first: bool) -> None:
        """Count one span in, or one that was open and has changed."""
        if is_first:
            self.added_spans += 1
            self.spans_here += 1
            if span.start_ns < self.first_start_ns:
                self.first_start_ns = span.start_ns
        if (end_ns is None) == is_first:  # one that is open is new, or one that was has ended
            change = 1 if is_first else -1
            self.added_open += change
            self.open_here += change
        if end_ns is not None:
            if self.last_end_ns is None or end_ns > self.last_end_ns:
                self.last_end_ns = end_ns
            if span.status_code == ERROR:
                self.added_errors += 1

    def note_usage(self, columns: dict[str, Any], *, lacks_price: bool) -> None:
        """A span of the batch has tokens or a cost, or is a call of which neither is known."""
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
        """Whether what its spans have told depends on which of them stand above others."""
        return self.usage_spans > 1 or (self.lacks_price and not (self.input_tokens or self.output_tokens))

    def set_totals(self, usage: Usage = NO_USAGE, calls_without_price: int | None = None) -> None:
        """The usage of the trace, as it has been added up; none, if that is left for later."""
        self.input_tokens, self.output_tokens, self.cost_usd = usage
        self.calls_without_price = calls_without_price

    def suggest_model(self, model: str, kind: str, *, is_entry: bool) -> None:
        """Show `model` for the trace, unless one that tells more of it is there."""
        rank = 3 if is_entry else 2 if kind in ("LLM", "CHAT_MODEL") else 1
        if rank > self.model_rank:
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
        inputs: bytes | None,
        outputs: bytes | None,
    ) -> None:
        """Take the trace's name, status and previews from its root, or from what stands in for it.

        Of a new trace its first span stands in for the name and kind only.
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
        if status is not None:  # a trace whose root said neither OK nor ERROR went well
            self.status, self.status_message = OK if status == NO_STATUS else status, message

    def add_to(self, rows: SparseRows, process: int, rev: int, facts: int | None) -> None:
        """Add its row for `UPSERT`; `facts` are those of the process, for the traces whose roots it has."""
        record = self.record
        assert record is not None
        said = record.as_written or record
        values = (
            self.row,
            bytearray(record.trace_key),  # is bound sooner than bytes
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
            said.session_id or self.session_id,
            said.user_id or self.user_id,
            facts if self.is_new or self.takes_root else None,
            rev,
        )
        rare = (
            self.status_message,
            said.request_preview or self.request,
            said.response_preview or self.response,
            said.client_request_id,
            _json_object(said.tags),
            _json_object(said.metadata),
        )
        rows.add(
            [NULL if value is None else value for value in values],
            None if rare == _NOTHING_RARE else [NULL if value is None else value for value in rare],
        )


_NOTHING_RARE = (None,) * len(_RARE)


def _preview(text: bytes) -> str:
    return text[: 4 * PREVIEW_CHARS].decode(errors="ignore")[:PREVIEW_CHARS]


def _json_object(entries: dict[str, str] | None) -> str | None:
    return encode(dict(entries)).decode() if entries else None
