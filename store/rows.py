"""The rows that cross the file: what a writer takes and what a reader gives.

Times are Unix nanoseconds. Ids of traces are 16 bytes, ids of spans 8 bytes held as a signed 64-bit
integer, both W3C; people and files see them as lowercase hex.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

OK = "OK"
ERROR = "ERROR"
CANCELLED = "CANCELLED"
RUNNING = "RUNNING"
"""Shown for a span with no end in a process that is alive; stored as null."""
LOST = "LOST"
"""Shown for a span with no end in a process that is gone; stored as null."""


class TraceSource(Protocol):
    """What the writer needs of a trace that is being recorded."""

    trace_id: bytes
    born_here: bool
    """False when the trace began in another process, so that its row may already be in the file."""
    tags: dict[str, str]
    metadata: dict[str, str]
    session_id: str | None
    user_id: str | None
    client_request_id: str | None
    request_preview: str | None
    response_preview: str | None
    state: str | None
    """A status for the trace that overrides its root's."""


class SpanSource(Protocol):
    """What the writer needs of a span that is being recorded or has ended."""

    trace: Any
    span_id: int
    parent_id: int | None
    name: str
    span_type: str
    start_ns: int
    end_ns: int | None
    status: str | None
    status_message: str | None
    thread: int
    attributes: dict[str, Any]


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
    error_count: int
    session_id: str | None
    user_id: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    cost_usd: float | None
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
    provider: str | None
    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None
    ttft_ms: float | None
    chunk_count: int | None
    rev: int


class SpanDetail(NamedTuple):
    """What a span holds beyond its line: payloads as the JSON text that is stored, attributes decoded."""

    inputs: str | None
    outputs: str | None
    events: str | None
    attributes: dict[str, Any]
    thread: int | None
