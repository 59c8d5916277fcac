"""The records that the writer accepts and the rows that the reader returns.

Times are Unix nanoseconds. A trace id has 16 bytes; a span id has 8 bytes, stored as a signed 64-bit integer. Both are
W3C ids, which the user and exported files see as lowercase hex digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from ..text.json_parts import JsonParts

OK = "OK"
ERROR = "ERROR"
CANCELLED = "CANCELLED"
NO_STATUS = "UNSET"
"""The status of an ended span of the OpenTelemetry API without OK or ERROR."""
RUNNING = "RUNNING"
"""The status of an open span whose process exists; stored as null."""
LOST = "LOST"
"""The status of an open span whose process is gone; stored as null."""

MODEL_CALLS: Final = frozenset({"LLM", "CHAT_MODEL", "EMBEDDING"})
"""The kinds of spans that are one model call each."""


class _Unset:
    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()
"""No inputs or outputs were recorded, which is not the same as None."""


class TraceRecord:
    """A trace that is being recorded, as the writer accepts it."""

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
        """Whether the file may have this trace: it began in another process, or was written before."""
        self.tags: dict[str, str] | None = None
        self.metadata: dict[str, str] | None = None
        self.session_id: str | None = None
        self.user_id: str | None = None
        self.client_request_id: str | None = None
        self.request_preview: str | None = None
        self.response_preview: str | None = None
        self.state: str | None = None
        """A status of the trace that overrides the status of its root."""
        self.as_written: TraceRecord | None = None
        """The redacted record to write instead of this record, if there is one."""


class AttachmentRecord(NamedTuple):
    """An image, a recording or a file, which the trace file stores once for all references."""

    sha256: bytes
    """The digest of the content; its hex digits are the id in references."""
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
    """Whether the span is the first of its trace in this process: the root, or the child of a remote parent."""
    name: str
    kind: str
    start_ns: int
    end_ns: int | None
    status_code: str | None
    status_message: str | None
    thread: int
    attribute_values: dict[str, Any]
    inputs_json: bytes | JsonParts | None
    outputs_json: bytes | JsonParts | None
    """Inputs and outputs as JSON; None where there are none."""
    events_json: bytes | JsonParts | None = None
    links_json: bytes | JsonParts | None = None
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
    """A trace, as a line of the list."""

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
    """The ids of the processes with open spans of the trace, separated by commas; None without open spans."""
    error_count: int
    session_id: str | None
    user_id: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
    calls_without_price: int | None
    """The number of model calls that `cost_usd` lacks, see `unpriced`; None for a trace of an older layout."""
    ttft_ms: float | None
    request_preview: str | None
    response_preview: str | None
    rev: int


class SpanRow(NamedTuple):
    """A span, as a line of the tree."""

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
    """The requested model."""
    response_model: str | None
    """The version that responded."""
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
    """The id of an answer that one span requests and another span reads."""
    answer_is_elsewhere: int | None
    """1 if another span has the tokens and the cost of the answer."""
    unpriced_tool_calls: int | None
    """The number of calls of the provider's own tools whose fees the cost lacks."""
    rev: int


class SpanDetail(NamedTuple):
    """The payloads of a span, as stored JSON text, and its decoded attributes."""

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
    """An assessment of a trace: feedback, or an expectation."""

    assessment_id: str
    span_id: int | None
    """The assessed span, as `SpanRow.span_id`; None for the whole trace."""
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
