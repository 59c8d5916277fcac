"""The rows that cross the file: what a writer takes and what a reader gives.

Times are Unix nanoseconds. Ids of traces are 16 bytes, ids of spans 8 bytes held as a signed 64-bit
integer, both W3C; people and files see them as lowercase hex.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

OK = "OK"
ERROR = "ERROR"
CANCELLED = "CANCELLED"
NO_STATUS = "UNSET"
"""Of a span of the OpenTelemetry API that ended with neither OK nor ERROR set."""
RUNNING = "RUNNING"
"""Shown for a span with no end in a process that is alive; stored as null."""
LOST = "LOST"
"""Shown for a span with no end in a process that is gone; stored as null."""

MODEL_CALLS: Final = frozenset({"LLM", "CHAT_MODEL", "EMBEDDING"})
"""Kinds of span that are one call of a model each."""


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()
"""No inputs or outputs were recorded, which is not the same as None."""


class TraceRecord:
    """What the writer takes of a trace that is being recorded."""

    __slots__ = (
        "as_written",
        "client_request_id",
        "maybe_in_file",
        "metadata",
        "request_preview",
        "response_preview",
        "session_id",
        "state",
        "tags",
        "trace_key",
        "user_id",
    )

    def __init__(self, trace_key: bytes, maybe_in_file: bool) -> None:
        self.trace_key = trace_key
        self.maybe_in_file = maybe_in_file
        """Whether a row of this trace has to be looked for: it began elsewhere, or was written before."""
        self.tags: dict[str, str] | None = None
        self.metadata: dict[str, str] | None = None
        self.session_id: str | None = None
        self.user_id: str | None = None
        self.client_request_id: str | None = None
        self.request_preview: str | None = None
        self.response_preview: str | None = None
        self.state: str | None = None
        """A status for the trace that overrides its root's."""
        self.as_written: TraceRecord | None = None
        """What may be written of what was said of it, where that is not the record itself."""


class AttachmentRecord(NamedTuple):
    """An image, a recording, a file: kept once in a trace file, whoever refers to it."""

    sha256: bytes
    """Of the content; in hex it is the id in references."""
    content_type: str
    content: bytes


class SpanRecord:
    """A span, open or ended, as the writer accepts it: no user code can change its payloads, which are JSON."""

    __slots__ = (
        "attribute_values",
        "end_ns",
        "inputs_json",
        "is_entry",
        "kind",
        "name",
        "outputs_json",
        "parent_key",
        "span_key",
        "start_ns",
        "status_code",
        "status_message",
        "thread",
        "trace",
    )

    trace: TraceRecord
    span_key: int
    parent_key: int | None
    is_entry: bool
    """Whether it is the trace's first span in this process: its root, or the child of a remote parent."""
    name: str
    kind: str
    start_ns: int
    end_ns: int | None
    status_code: str | None
    status_message: str | None
    thread: int
    attribute_values: dict[str, Any]
    inputs_json: bytes | None
    outputs_json: bytes | None
    """Inputs and outputs as JSON; None where there are none."""
    events_json: bytes | None = None
    links_json: bytes | None = None
    """Lists of events, and of links: `{trace_id, span_id, attributes}`, with ids as hex digits."""
    attachments: Sequence[AttachmentRecord] = ()
    """Images, recordings and files that the values refer to; the writer stores them with the span."""


class ProcessRow(NamedTuple):
    """One traced process."""

    id: int
    pid: int
    host: str
    service: str
    command: str
    python: str
    started_ns: int
    heartbeat_ns: int
    ended_ns: int | None
    dropped: int
    failed: int
    rev: int


class TraceRow(NamedTuple):
    """One line of the list of traces."""

    id: int
    trace_id: bytes
    process: int
    root: int | None
    name: str
    kind: str
    start_ns: int
    end_ns: int | None
    status: str | None
    status_message: str | None
    span_count: int
    open_count: int
    open_processes: str | None
    """The ids of the processes that have its open spans, with commas between them; None without any."""
    error_count: int
    session_id: str | None
    user_id: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int | None
    """How many model calls `cost_usd` lacks, see `unpriced`; None for a trace of an older layout."""
    ttft_ms: float | None
    request_preview: str | None
    response_preview: str | None
    rev: int


class SpanRow(NamedTuple):
    """One line of the tree of a trace."""

    id: int
    process: int
    span_id: int
    parent_id: int | None
    name: str
    kind: str
    start_ns: int
    end_ns: int | None
    status: str | None
    status_message: str | None
    model: str | None
    """The one that was asked for."""
    response_model: str | None
    """The version that answered."""
    provider: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None
    ttft_ms: float | None
    chunk_count: int | None
    answer_id: str | None
    """Of an answer that one span asks for and another one reads."""
    answer_is_elsewhere: int | None
    """1: another span has the tokens and the cost of the answer."""
    rev: int


class SpanDetail(NamedTuple):
    """What a span holds beyond its line: payloads as the JSON text that is stored, attributes decoded."""

    inputs: str | None
    outputs: str | None
    events: str | None
    attributes: dict[str, Any]
    thread: int | None
    links: str | None = None


class AttachmentRow(NamedTuple):
    """An attachment without its bytes."""

    id: str
    """The SHA-256 of the bytes in hex."""
    content_type: str
    size_bytes: int


class AssessmentRow(NamedTuple):
    """What somebody said of a trace: feedback on it, or what was expected of it."""

    assessment_id: str
    span_id: int | None
    """The span that is meant, as `SpanRow.span_id`; None for the trace as a whole."""
    kind: str
    """feedback, expectation or issue."""
    name: str
    value: Any
    error: dict[str, Any] | None
    """Why there is no value: error_code, error_message, stack_trace."""
    source_type: str
    source_id: str | None
    rationale: str | None
    metadata: dict[str, str]
    created_ns: int
    updated_ns: int
    overrides: str | None
    valid: bool
