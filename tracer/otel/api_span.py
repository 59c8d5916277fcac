"""A span of the OpenTelemetry API that writes into one of ours."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple

from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
)

from ...store.model.rows import CANCELLED, ERROR, NO_STATUS, OK
from .. import guard
from ..parts.event import error_text, exception_attributes
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..values.bounds import finite_entries
from . import model_call
from .readable_span import ReadableOtelSpan, context_of, link_to
from .scope import Scope

_MODEL = "llm.model_name"
"""OpenInference's name of the model, of the request at first and of the answer in the end."""

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


class OtelSpan(ReadableOtelSpan):
    """The OpenTelemetry face of `record`. Two faces of one span are equal."""

    _is_of_tracer = False
    """Whether an instrumentor began the span by this face, and not one that somebody asked for since."""
    _is_of_a_cleanup = False
    """Whether it began while an interruption was handled, which then tells nothing of it."""
    _records_exceptions = _fails_with_exceptions = True
    _context: SpanContext | None = None
    _bytes: dict[str, bytes] | None = None
    _cause: _Cause | None = None
    attached_in: tuple[Any, ...] = ()
    """What was current at each place where it was attached and has not been detached."""
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
        self.record = record
        if not (record_exception and set_status_on_exception):
            self._records_exceptions, self._fails_with_exceptions = record_exception, set_status_on_exception
        if sys.exc_info()[1] is not None and interruption() is not None:
            self._is_of_a_cleanup = True

    def represent_record(self) -> None:
        """Be the face of the span to all who ask, while its instrumentor has it."""
        self._is_of_tracer = True
        self.record.otel_span = weakref.ref(self)

    def end(self, end_time: int | None = None) -> None:
        """End the span, now or at `end_time` (Unix nanoseconds); later calls do nothing."""
        record = self.record
        try:
            if type(record) is not Span or record.end_ns is not None:
                return
            if record.stream is not None:
                if model_call.is_unread(record):
                    model_call.end_with_stream(record, self.end)
                    return
                model_call.keep_stream(record)
            if record.status_code is None and sys.exc_info()[1] is not None:
                self._tell_interruption(record)
            if record.status_code in (None, OK):
                model_call.tell_failure(record)
            if record.status_code is None:
                record.status_code = NO_STATUS
            record.end(end_time_ns=end_time)
        except Exception:
            guard.fault("ending a span")

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
        self.keep_bytes(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute."""
        if key == _MODEL:
            self._keep_model(value)
        self.record.set_attribute(key, value)
        if type(value) is bytes:
            self.keep_bytes({key: value})

    def keep_bytes(self, attributes: Mapping[str, Any]) -> None:
        """Keep the values that are bytes for those who read the span: the file has them as text."""
        if self.is_recording() and (
            found := {key: one for key, one in finite_entries(attributes).items() if type(one) is bytes}
        ):
            self._bytes = {**(self._bytes or {}), **found}

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
                if self._is_of_tracer:
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
                record.add_event(
                    "exception", {**described, **(finite_entries(attributes) if attributes else {})}, timestamp
                )
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

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OtelSpan) and other.record is self.record

    def __hash__(self) -> int:
        return id(self.record)

    def __repr__(self) -> str:
        return f"OtelSpan({self.record!r})"


class _FailedSpan(OtelSpan):
    """What the face of a span becomes when it fails: the others need not be looked at when nobody has them any more."""

    def __del__(self) -> None:
        """If nobody is left who could end the span, it has ended with its last event.

        Bedrock's instrumentor never ends the span of a stream that was refused.
        """
        record = self.record
        if type(record) is Span and record.end_ns is None and record.event_list and not sys.is_finalizing():
            self.end(record.event_list[-1]["time_ns"])


def api_span_of(record: Span | NoOpSpan) -> OtelSpan:
    """The span of the API that stands for `record`: the one that a tracer returned, or a new one."""
    reference = getattr(record, "otel_span", None)
    api_span = None if reference is None else reference()
    return api_span if isinstance(api_span, OtelSpan) else OtelSpan(record)


def remote_api_span(parent: RemoteParent) -> NonRecordingSpan:
    """The span of the API that stands for a span that another process records."""
    return NonRecordingSpan(context_of(parent))


def open_record(api_span: Any) -> Span | None:
    """The span of ours that a span of the API, or the proxy of one, stands for; None for one that does not record."""
    record = getattr(api_span, "record", None)
    return record if type(record) is Span and record.end_ns is None else None
