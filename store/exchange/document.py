"""Spans and traces between a format and the trace file: what every reader of a format returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from ..model.rows import UNSET, AssessmentRow, AttachmentRecord


class FormatError(ValueError):
    """A document that is not in the format, or not a document at all; the message is for people."""


Refuse: TypeAlias = Callable[[str], None]
"""Receives the reason for each span, trace or value of a document that cannot be kept."""


class Resource(NamedTuple):
    """The program that recorded spans."""

    service: str
    host: str = ""
    pid: int = 0
    """0 where the document does not tell it."""
    command: str = ""
    runtime: str = ""
    """The version of its Python, or the name and version of another runtime."""
    facts: tuple[tuple[str, str], ...] = ()
    """Metadata of the traces whose root the program recorded, sorted by key."""


@dataclass(slots=True)
class SpanDocument:
    """One span. Values are of JSON types, with strings as keys."""

    trace_id: bytes
    """16 bytes."""
    span_id: int
    """8 bytes as a signed integer, as `SpanRow.span_id`."""
    parent_id: int | None
    name: str
    start_ns: int
    """Unix nanoseconds, as are all times here."""
    end_ns: int | None
    """None for a span that is still open."""
    kind: str = "UNKNOWN"
    """UNKNOWN leaves the kind to the attributes."""
    status: str | None = None
    """One of the statuses of `model.rows`; None for an open span."""
    status_message: str | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    inputs: Any = UNSET
    outputs: Any = UNSET
    """UNSET leaves inputs and outputs to the attributes."""
    events: list[dict[str, Any]] = field(default_factory=list)
    """`{name, time_ns, attributes}`."""
    links: list[dict[str, Any]] = field(default_factory=list)
    """`{trace_id, span_id, attributes}`, with ids as hex digits."""
    is_entry: bool = False
    """Whether the span is the first of its trace in its program: the root, or the child of a remote parent."""
    thread: int = 0


@dataclass(slots=True)
class TraceDocument:
    """What a document tells of a trace beside its spans."""

    trace_id: bytes
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    session_id: str | None = None
    user_id: str | None = None
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    state: str | None = None
    """A status that overrides the status of the root."""
    assessments: list[AssessmentRow] = field(default_factory=list)
    attachments: list[AttachmentRecord] = field(default_factory=list)


class Batch(NamedTuple):
    """Spans of one program, with what is told of their traces; the order of batches and of spans does not matter."""

    resource: Resource
    spans: list[SpanDocument]
    traces: list[TraceDocument]


Batches: TypeAlias = Iterator[Batch]


def signed(span_id: int) -> int:
    """Return 8 bytes as the signed integer that the trace file stores."""
    return span_id - (1 << 64) if span_id >> 63 else span_id
