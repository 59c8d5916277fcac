"""A span of the OpenTelemetry API that sets what it is given on a span of the trace file, its record."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from opentelemetry.context import Context
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    Status,
    StatusCode,
)

from ...store.model.rows import CANCELLED, ERROR, NO_STATUS, OK
from .. import guard
from ..parts.event import exception_attributes
from ..spans.no_op_span import NoOpSpan
from ..spans.remote_parent import RemoteParent
from ..spans.span import Span
from ..values.bounds import finite_entries
from . import model_call
from .cause import Cause, cause_of, interruption
from .readable_span import ReadableOtelSpan, context_of, link_to
from .scope import Scope

_MODEL = "llm.model_name"
"""OpenInference's name of the model: first the model of the request, later that of the answer."""

FIRST_TOKEN = "First Token Stream Event"
"""The event by which OpenInference's instrumentors mark the first chunk of a stream."""


class OtelSpan(ReadableOtelSpan):
    """The span of the OpenTelemetry API for `record`. Two spans with one record are equal."""

    _is_of_tracer = False
    """Whether a tracer returned this object, which was not made later for a caller who asked for the current span."""
    _is_of_a_cleanup = False
    """Whether the span began while an interruption was handled, which is then no reason for its end."""
    _records_exceptions = _fails_with_exceptions = True
    _context: SpanContext | None = None
    _bytes: dict[str, bytes] | None = None
    _cause: Cause | None = None
    attached_in: tuple[Any, ...] = ()
    """The spans that were current where this span was attached, for each place where it is not yet detached."""
    parent_context: Context | None = None
    """The context that the program began the span with, while span processors receive the start of the span."""
    is_stand_in = False
    """Whether the span replaces a span of another provider."""

    def __init__(
        self,
        record: Span | NoOpSpan,
        scope: Scope | None = None,
        *,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> None:
        """The two switches decide what an exception that leaves `with span:` does."""
        self._scope = scope
        self.record = record
        if not (record_exception and set_status_on_exception):
            self._records_exceptions, self._fails_with_exceptions = record_exception, set_status_on_exception
        if sys.exc_info()[1] is not None and interruption() is not None:
            self._is_of_a_cleanup = True

    def represent_record(self) -> None:
        """Be the object that `api_span_of(record)` returns, as long as the instrumentor holds it."""
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
                self._set_cancelled(record)
            if record.status_code in (None, OK):
                model_call.set_failure(record)
            if record.status_code is None:
                record.status_code = NO_STATUS
            record.end(end_time_ns=end_time)
        except Exception:
            guard.fault("ending a span")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the span; record an exception that leaves the block, and set ERROR, as the switches decide."""
        if error is not None:
            self.leave_with(error, record=self._records_exceptions, set_status=self._fails_with_exceptions)
        self.end()

    def leave_with(self, error: BaseException, *, record: bool, set_status: bool) -> None:
        """Record an exception that leaves the code of the span: as an event, and as the status ERROR.

        A `BaseException` that is no `Exception` (a cancelled coroutine, Ctrl-C) makes the span CANCELLED, a status that
        OpenTelemetry does not have.
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
        """Whether the span accepts attributes, events and a status."""
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
        """Keep the values that are bytes for readers of this object; the file has them as text."""
        if self.is_recording() and (
            found := {key: one for key, one in finite_entries(attributes).items() if type(one) is bytes}
        ):
            self._bytes = {**(self._bytes or {}), **found}

    def _keep_model(self, new: Any) -> None:
        """Keep the model of the request, which the instrumentor is about to replace by that of the answer."""
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
        """Add a link to a span of this or another trace; None is ignored."""
        link_to(self.record, context, attributes)

    def update_name(self, name: str) -> None:
        """Rename the span."""
        record = self.record
        if type(record) is Span and record.end_ns is None:
            record.name = str(name)

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Set the status by OpenTelemetry's rules: UNSET changes nothing, nothing changes OK.

        An ERROR because of a cancelled coroutine, Ctrl-C or a closed generator becomes CANCELLED, as in a span of
        `@trace`; OpenTelemetry has no such status.
        """
        try:
            code = status
            if isinstance(status, Status):
                code, description = status.status_code, status.description
            record = self.record
            if type(record) is not Span or record.end_ns is not None or record.status_code == OK:
                return
            if code is StatusCode.OK:
                if not self._set_cancelled(record):
                    record.status_code, record.status_message = OK, None
            elif code is StatusCode.ERROR:
                record.status_code, record.status_message = ERROR, description
                if self._is_of_tracer:
                    self.__class__ = _FailedSpan
                self._applycause_of(record)
        except Exception:
            guard.fault("setting a status")

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Add an `exception` event; the status is set by `set_status`, before or after it."""
        record = self.record
        try:
            if type(record) is Span and record.end_ns is None:
                described = exception_attributes(exception, record.trace)
                described["exception.escaped"] = str(escaped)  # text, as the SDK has it
                record.add_event(
                    "exception", {**described, **(finite_entries(attributes) if attributes else {})}, timestamp
                )
                if self._cause is None or not self._cause.is_certain:
                    self._cause = cause_of(exception, is_certain=False)
                    self._applycause_of(record)
        except Exception:
            guard.fault("recording an exception")

    def expect_error(self, error: BaseException) -> None:
        """Let every ERROR that is set from now on stand for `error`, whatever its description."""
        self._cause = cause_of(error, is_certain=True)

    def _set_cancelled(self, record: Span) -> bool:
        """Set CANCELLED where an interruption ends the span, unless the answer of its stream was complete."""
        if self._is_of_a_cleanup or (error := interruption()) is None or getattr(record.stream, "is_through", False):
            return False
        record.fail(error)
        if isinstance(error, GeneratorExit):
            record.status_message = "the consumer left the stream"
        return True

    def _applycause_of(self, record: Span) -> None:
        """Replace ERROR by CANCELLED for an interruption, and the message by the text of a certain exception."""
        cause = self._cause
        if cause is None or record.status_code != ERROR or not cause.matches(record.status_message):
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
    """A span that has failed. Its class has a `__del__`, which would cost something for every other span."""

    def __del__(self) -> None:
        """End the span at the time of its last event, if its instrumentor dropped it without an end.

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
    """The record of a span of the API, or of its proxy; None for a span that has ended or is not recorded."""
    record = getattr(api_span, "record", None)
    return record if type(record) is Span and record.end_ns is None else None
