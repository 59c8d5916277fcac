"""A span of the OpenTelemetry API that writes into one of ours."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple

from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)
from opentelemetry.trace import Link as ApiLink
from opentelemetry.trace import Span as ApiSpan

from ...store.rows import CANCELLED, ERROR, NO_STATUS, OK
from .. import guard
from ..current_span import current
from ..exception_event import error_text, exception_attributes
from ..link import Link
from ..no_op_span import NoOpSpan
from ..remote_parent import RemoteParent
from ..span import Span
from ..span_event import SpanEvent
from . import model_call
from .scope import Scope, is_of_scope, keep_scope, process_resource, scope_kept

UNSIGNED = 0xFFFFFFFFFFFFFFFF
"""Span ids of ours are signed, the API's are not."""


KIND_NAMES = {
    SpanKind.SERVER: "server",
    SpanKind.CLIENT: "client",
    SpanKind.PRODUCER: "producer",
    SpanKind.CONSUMER: "consumer",
}
"""Values of the attribute `KIND`."""

KIND = "otel.kind"
"""The attribute of the role of a span in a call; `span.kind`, which programs set themselves, is theirs."""

_KINDS = {name: kind for kind, name in KIND_NAMES.items()}

_MODEL = "llm.model_name"
"""OpenInference's name of the model, of the request first and then of the answer."""

FIRST_TOKEN = "First Token Stream Event"
"""What OpenInference's instrumentors tell of the first chunk of a stream."""


class _Cause(NamedTuple):
    """What ends a span, kept without the exception, which would keep its frames."""

    is_cancelled: bool
    text: str
    is_certain: bool
    """Whether any status tells of it; else one whose description fits."""

    def is_meant_by(self, description: str | None) -> bool:
        """Descriptions are `str(error)`, `CancelledError: ...` or, with LangChain, `CancelledError()Traceback ...`."""
        if self.is_certain or not description:
            return True
        name, _, message = self.text.partition(": ")
        return description == message or description.startswith(name.rpartition(".")[2])


def _cause(error: BaseException, *, is_certain: bool) -> _Cause:
    return _Cause(not isinstance(error, Exception), error_text(error), is_certain)


def interruption() -> BaseException | None:
    """What is leaving the calling code, or being handled there, if it is no `Exception`.

    That is a cancelled coroutine, Ctrl-C, a generator that its consumer has closed: most instrumentors look for
    `Exception` alone, and tell of the others as if all had gone well, or nothing.
    """
    error = sys.exc_info()[1]
    return None if error is None or isinstance(error, Exception) else error


class OtelSpan(ApiSpan):
    """The OpenTelemetry face of `record`. Two faces of one span are equal."""

    _is_given_out = False
    """Whether an instrumentor began the span by this face, and not one that somebody asked for since."""
    is_stand_in = False
    """Whether it takes the place of a span of another provider."""

    def __init__(
        self,
        record: Span | NoOpSpan,
        scope: Scope | None = None,
        *,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> None:
        """The two switches say what an exception does that leaves `with span:`."""
        self._scope = scope
        self._records_exceptions = record_exception
        self._fails_with_exceptions = set_status_on_exception
        self.record = record
        """The span of ours that everything set here is set on."""
        self._context: SpanContext | None = None
        self._cause: _Cause | None = None
        self._is_of_a_cleanup = interruption() is not None
        """Whether it began while an interruption was handled, which then tells nothing of it."""

    def give_out(self) -> None:
        """Be the face of the span to all who ask, while its instrumentor has it."""
        self._is_given_out = True
        self.record.otel_span = weakref.ref(self)

    def end(self, end_time: int | None = None) -> None:
        """End the span, now or at `end_time` (Unix nanoseconds); later calls do nothing."""
        record = self.record
        try:
            if type(record) is not Span or record.end_ns is not None:
                return
            if record.stream is not None:
                if getattr(record.stream, "is_unread", False) and current.get() is record:
                    model_call.end_with_stream(record, self.end)
                    return
                model_call.keep_stream(record)
            if record.status_code is None:
                self._tell_interruption(record)
            if record.status_code in (None, OK):
                model_call.tell_failure(record)
            if record.status_code is None:
                record.status_code = NO_STATUS
            record.end(end_time_ns=end_time)
        except Exception:
            guard.fault("ending a span")

    def get_span_context(self) -> SpanContext:
        """The ids; those of a span that is not recorded are the ids of the caller, or none."""
        context = self._context
        if context is None:
            record = self.record
            if isinstance(record, NoOpSpan):
                context = INVALID_SPAN_CONTEXT if record.remote is None else _context_of(record.remote)
            else:
                context = _context_of(record)
            self._context = context
        return context

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the span; an exception that leaves the block is recorded, and makes an ERROR, as the switches say."""
        if error is not None:
            self.leave_with(error, record=self._records_exceptions, set_status=self._fails_with_exceptions)
        self.end()

    def leave_with(self, error: BaseException, *, record: bool, set_status: bool) -> None:
        """Keep an exception that leaves the code of the span: as an event, and as the status ERROR.

        What is no `Exception` (a cancelled coroutine, Ctrl-C) makes CANCELLED, for which OpenTelemetry has no word.
        """
        span = self.record
        if type(span) is not Span or span.end_ns is not None:
            return
        try:
            if not isinstance(error, Exception):
                if span.status_code is None:
                    span.fail(error)
                return
            if record:
                self.record_exception(error, escaped=True)
            if set_status:
                self.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
        except Exception:
            guard.fault("recording an exception")

    def is_recording(self) -> bool:
        """Whether it still takes what is set."""
        return type(self.record) is Span and self.record.end_ns is None

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        if _MODEL in attributes:
            self._keep_model(attributes[_MODEL])
        self.record.set_attributes(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute."""
        if key == _MODEL:
            self._keep_model(value)
        self.record.set_attribute(key, value)

    def _keep_model(self, new: Any) -> None:
        """Keep the model that was asked for, where the instrumentor is about to put that of the answer in its place."""
        record = self.record
        if type(record) is Span and (asked := record.attribute_values.get(_MODEL)) is not None and asked != new:
            record.attribute_values.setdefault("llm.request.model_name", asked)

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add a point in time, now or at `timestamp` (Unix nanoseconds)."""
        record = self.record
        record.add_event(name, attributes, timestamp)
        if name == FIRST_TOKEN and type(record) is Span and record.stream is None:
            model_call.keep_first_token(record)

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Point to a span of this or another trace; a context that is none is dropped."""
        link_to(self.record, context, attributes)

    def update_name(self, name: str) -> None:
        """Rename the span."""
        record = self.record
        if type(record) is Span and record.end_ns is None:
            record.name = str(name)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Set the status as OpenTelemetry rules it: UNSET changes nothing, nothing changes OK.

        An ERROR that tells of what is no `Exception` (a cancelled coroutine, Ctrl-C, a closed generator) is CANCELLED,
        as with spans of ours; OpenTelemetry has no word for it.
        """
        try:
            code = status
            if isinstance(status, Status):
                code, description = status.status_code, status.description
            record = self.record
            if type(record) is not Span or record.end_ns is not None or record.status_code == OK:
                return
            if code is StatusCode.OK:
                if not self._tell_interruption(record):
                    record.status_code, record.status_message = OK, None
            elif code is StatusCode.ERROR:
                record.status_code, record.status_message = ERROR, description
                if self._is_given_out:
                    self.__class__ = _FailedSpan
                self._tell_cause(record)
        except Exception:
            guard.fault("setting a status")

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an `exception` event; the status is set apart, before or after it."""
        record = self.record
        try:
            if type(record) is Span and record.end_ns is None:
                described = exception_attributes(exception, record.trace)
                described["exception.escaped"] = str(escaped)  # text, as the SDK has it
                record.add_event("exception", {**described, **(attributes or {})}, timestamp)
                if self._cause is None or not self._cause.is_certain:
                    self._cause = _cause(exception, is_certain=False)
                    self._tell_cause(record)
        except Exception:
            guard.fault("recording an exception")

    def expect_error(self, error: BaseException) -> None:
        """Any ERROR that is set from now on tells of `error`, whatever its description says."""
        self._cause = _cause(error, is_certain=True)

    def _tell_interruption(self, record: Span) -> bool:
        """CANCELLED where an interruption ends the span; but the answer of a stream may have been complete."""
        if self._is_of_a_cleanup or (error := interruption()) is None or getattr(record.stream, "is_through", False):
            return False
        record.fail(error)
        if isinstance(error, GeneratorExit):
            record.status_message = "the consumer left the stream"
        return True

    def _tell_cause(self, record: Span) -> None:
        """What is no `Exception` makes CANCELLED of ERROR; the text of what is certain is the message."""
        cause = self._cause
        if cause is None or record.status_code != ERROR or not cause.is_meant_by(record.status_message):
            return
        if cause.is_cancelled:
            record.status_code = CANCELLED
        if cause.is_cancelled or cause.is_certain:
            record.status_message = cause.text

    # What the SDK's spans tell beyond the API, and some instrumentors ask for

    @property
    def name(self) -> str:
        """The name now."""
        return self.record.name or ""

    @property
    def kind(self) -> SpanKind:
        """The role in a call between processes."""
        return _KINDS.get(str(self.record.get_attribute(KIND)), SpanKind.INTERNAL)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """A copy of the attributes that the program set, sequences as tuples."""
        scope = self.instrumentation_scope
        return {
            key: tuple(value) if type(value) is list else value
            for key, value in self.record.attributes.items()
            if key != KIND and not is_of_scope(key, value, scope)
        }

    @property
    def links(self) -> Sequence[ApiLink]:
        """The links so far."""
        record = self.record
        return [_api_link(link) for link in (record.link_list if isinstance(record, Span) else None) or ()]

    @property
    def events(self) -> Sequence[SpanEvent]:
        """The events so far: objects with `name`, `attributes` and `timestamp` (Unix nanoseconds)."""
        return self.record.events

    @property
    def instrumentation_scope(self) -> Scope:
        """Which instrumentation began the span."""
        return self._scope or scope_kept(self.record)

    @property
    def resource(self) -> Any:
        """What the process is: the service name and the rest of `OTEL_RESOURCE_ATTRIBUTES`."""
        return process_resource()

    @property
    def context(self) -> SpanContext:
        """As `get_span_context` gives it."""
        return self.get_span_context()

    @property
    def parent(self) -> SpanContext | None:
        """The ids of the parent; None for a root."""
        record = self.record
        if not isinstance(record, Span) or record.parent_key is None:
            return None
        return SpanContext(self.context.trace_id, record.parent_key & UNSIGNED, False, self.context.trace_flags)

    @property
    def status(self) -> Status:
        """What was set so far."""
        record = self.record
        if isinstance(record, Span) and record.status_code in (ERROR, CANCELLED):
            return Status(StatusCode.ERROR, record.status_message)
        return Status(StatusCode.OK if record.status == OK else StatusCode.UNSET)

    @property
    def start_time(self) -> int:
        """Unix nanoseconds."""
        return self.record.start_time_ns

    @property
    def end_time(self) -> int | None:
        """Unix nanoseconds; None while it is open."""
        return self.record.end_time_ns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OtelSpan) and other.record is self.record

    def __hash__(self) -> int:
        return id(self.record)

    def __repr__(self) -> str:
        return f"OtelSpan({self.record!r})"


def describe(record: Span, scope: Any, kind: SpanKind) -> None:
    """Keep on a span which instrumentation began it, a scope of ours or of the SDK, and its role in a call."""
    if scope is not None:
        keep_scope(record, scope)
    if kind is not SpanKind.INTERNAL:
        record.attribute_values[KIND] = KIND_NAMES[kind]


class _FailedSpan(OtelSpan):
    """What the face of a span becomes when it fails: the others need not be looked at when nobody has them any more."""

    def __del__(self) -> None:
        """If nobody is left who could end the span, it has ended with its last event.

        Bedrock's instrumentor never ends the span of a stream that was refused.
        """
        record = self.record
        if type(record) is Span and record.end_ns is None and record.event_list and not sys.is_finalizing():
            self.end(record.event_list[-1]["time_ns"])


def face_of(record: Span | NoOpSpan) -> OtelSpan:
    """The OpenTelemetry face of a span: the one that the API gave out, or a new one for a span begun elsewhere."""
    given_out = getattr(record, "otel_span", None)
    face = None if given_out is None else given_out()
    return face if isinstance(face, OtelSpan) else OtelSpan(record)


def remote_face(parent: RemoteParent) -> NonRecordingSpan:
    """How the API shows a span that is recorded elsewhere."""
    return NonRecordingSpan(_context_of(parent))


def _context_of(span: Span | RemoteParent) -> SpanContext:
    is_remote = isinstance(span, RemoteParent)
    flags = getattr(span.trace, "flags", TraceFlags.DEFAULT)
    if not is_remote:
        flags |= TraceFlags.SAMPLED
    trace_id = int.from_bytes(span.trace.trace_key)
    state = getattr(span.trace, "tracestate", None)
    trace_state = TraceState.from_header([state]) if state else None
    return SpanContext(trace_id, span.span_key & UNSIGNED, is_remote, TraceFlags(flags), trace_state)


def link_to(record: Span | NoOpSpan, context: SpanContext | None, attributes: Mapping[str, Any] | None) -> None:
    """Link a span of ours to what a context of the API means, with its flags and its `tracestate`.

    As the SDK has it, a context with invalid ids is kept where it says something by its state or the attributes.
    """
    try:
        if context is None or not (context.is_valid or attributes or context.trace_state):
            return
        state = context.trace_state.to_header() if context.trace_state else ""
        record.add_link(
            Link(
                f"{context.trace_id:032x}",
                f"{context.span_id:016x}",
                attributes,
                tracestate=state or None,
                flags=int(context.trace_flags),
            )
        )
    except Exception:
        guard.fault("adding a link")


def _api_link(record: Mapping[str, Any]) -> ApiLink:
    """A link as the API has it, from the form in which links are recorded."""
    context = SpanContext(
        int(record["trace_id"], 16),
        int(record["span_id"], 16),
        is_remote=True,
        trace_flags=TraceFlags(record.get("flags") or TraceFlags.DEFAULT),
        trace_state=TraceState.from_header([record["tracestate"]]) if record.get("tracestate") else None,
    )
    return ApiLink(context, record["attributes"])
