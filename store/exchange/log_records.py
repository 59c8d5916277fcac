"""Log records that belong to spans: content, evaluations, exceptions and what coding agents say of their calls.

The names of events are of the GenAI semantic conventions (semantic-conventions-genai 0.1.0) and of Claude Code
(https://code.claude.com/docs/en/monitoring-usage): `gen_ai.client.inference.operation.details` has the messages of a
model call, and the cost of Claude Code's calls is in its log records only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, NamedTuple, TypeAlias

from ..conventions import dialects
from ..model.rows import NO_STATUS, AssessmentRow
from . import evaluations
from .document import Resource, SpanDocument, signed

Key: TypeAlias = tuple[str, ...]
"""What a record and its span have in common: the name of an id, and its values."""

SPAN, TRACE, REQUEST, PROMPT = "span", "trace", "request_id", "prompt.id"
"""The first items of a key."""

_DETAILS = "gen_ai.client.inference.operation.details"
_EXCEPTION = "exception"
_CLAUDE_CODE = "claude_code."
_API_REQUEST = "api_request"
_KINDS = {_API_REQUEST: "LLM", "api_error": "LLM", "tool_result": "TOOL", "user_prompt": "AGENT"}
_NS_PER_MS = 1_000_000


@dataclass(slots=True)
class LogRecord:
    """One log record of a program; values are of JSON types."""

    resource: Resource
    trace_id: bytes | None
    span_id: int | None
    time_ns: int
    name: str
    """The name of the event; empty for a line of a log."""
    body: Any = None
    severity: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_evaluation(self) -> bool:
        """Whether the record becomes an assessment."""
        return self.name == evaluations.EVENT

    @property
    def is_agent(self) -> bool:
        """Whether the record tells of the work of a coding agent, and so is worth a span where it has none."""
        return bool(self.name and self.attributes.get("session.id"))


class LogBatch(NamedTuple):
    """The log records of one request, and the number of those that cannot be read."""

    records: list[LogRecord]
    refused: int


def name_of(event_name: Any, attributes: dict[str, Any]) -> str:
    """Return the name of an event without the prefix of Claude Code, which its attribute lacks and its body has."""
    name = event_name or attributes.get("event.name") or ""
    return name.removeprefix(_CLAUDE_CODE) if isinstance(name, str) else ""


def keys_of_record(record: LogRecord) -> list[Key]:
    """Return what finds the span of a record: first the key to wait for, then those that will do in the end."""
    found: list[Key] = []
    session, request, prompt = (record.attributes.get(name) for name in ("session.id", REQUEST, PROMPT))
    if session and request:
        found.append((REQUEST, str(session), str(request)))
    if record.trace_id is not None:
        if record.span_id is not None:
            found.append(span_key(record.trace_id, record.span_id))
        elif record.is_evaluation:
            found.append((TRACE, record.trace_id.hex()))
    if session and prompt:
        found.append((PROMPT, str(session), str(prompt)))
    return found


def keys_of_span(span: SpanDocument) -> Iterator[Key]:
    """Return the keys by which records find a span."""
    yield span_key(span.trace_id, span.span_id)
    yield TRACE, span.trace_id.hex()
    session, request, prompt = (span.attributes.get(name) for name in ("session.id", REQUEST, PROMPT))
    if session and request:
        yield REQUEST, str(session), str(request)
    if session and prompt and span.is_entry:
        yield PROMPT, str(session), str(prompt)


def span_key(trace_id: bytes, span_id: int) -> Key:
    """Return the key of a span by its ids."""
    return SPAN, trace_id.hex(), str(span_id)


def fold(record: LogRecord, span: SpanDocument) -> None:
    """Add what a record tells to its span: the messages and the cost of a call as attributes, the rest as an event.

    No attribute of the span is changed, and a record that is folded again changes nothing.
    """
    if record.name == _DETAILS:
        for key, value in record.attributes.items():
            span.attributes.setdefault(key, value)
        return
    rest = dict(record.attributes)
    if record.name == _API_REQUEST and rest.get(REQUEST) and rest[REQUEST] == span.attributes.get(REQUEST):
        for key in [key for key in rest if dialects.is_source(key)]:
            span.attributes.setdefault(key, rest.pop(key))
    if record.body not in (None, "", record.name, _CLAUDE_CODE + record.name):
        rest["log.body"] = record.body
    if record.severity:
        rest["log.severity"] = record.severity
    name = _EXCEPTION if any(key.startswith("exception.") for key in rest) else record.name or "log"
    event = {"name": name, "time_ns": record.time_ns, "attributes": rest}
    if event not in span.events:
        span.events.append(event)


def assessment_of(record: LogRecord) -> AssessmentRow:
    """Return the assessment that the record of an evaluation is; the record has a trace id."""
    assert record.trace_id is not None
    return evaluations.assessment_of(record.attributes, record.trace_id, record.span_id, record.time_ns)


def span_of(record: LogRecord) -> SpanDocument:
    """Return a span for the record of an agent that sends no spans; the same record gives the same span.

    The records of one prompt are one trace below the record of the prompt. A record of something that has ended lasts
    as long as its `duration_ms` says.
    """
    attributes = record.attributes
    session, prompt = str(attributes.get("session.id", "")), str(attributes.get(PROMPT, ""))
    trace_id = record.trace_id or _digest("trace", record.resource.service, session, prompt, bytes=16)
    root = record.span_id or _signed_digest(trace_id, "prompt")
    is_root = record.name == "user_prompt" and record.span_id is None
    identity = repr((record.time_ns, record.name, record.body, sorted(attributes.items(), key=str)))
    span = SpanDocument(
        trace_id,
        root if is_root else _signed_digest(trace_id, identity),
        None if is_root else root,
        name=record.name or "log",
        start_ns=max(1, record.time_ns - _duration_ns(attributes.get("duration_ms"))),
        end_ns=record.time_ns,
        kind=_KINDS.get(record.name, "UNKNOWN"),
        status="ERROR" if attributes.get("error") else NO_STATUS,
        status_message=str(attributes["error"]) if attributes.get("error") else None,
        attributes=dict(attributes),
        is_entry=is_root,
    )
    if record.body not in (None, "", record.name, _CLAUDE_CODE + record.name):
        span.attributes["log.body"] = record.body
    if isinstance(text := attributes.get("prompt"), str):
        span.inputs = text
    return span


def _duration_ns(duration_ms: Any) -> int:
    try:
        return max(0, int(float(duration_ms) * _NS_PER_MS))
    except (TypeError, ValueError, OverflowError):
        return 0


def _digest(*parts: str, bytes: int) -> bytes:
    return blake2b("\0".join(parts).encode(errors="surrogatepass"), digest_size=bytes).digest()


def _signed_digest(trace_id: bytes, text: str) -> int:
    return signed(int.from_bytes(_digest(trace_id.hex(), text, bytes=8)))
