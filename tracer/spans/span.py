"""A span that is being recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextvars import Token
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...store.model.rows import CANCELLED, ERROR, OK, UNSET
from .. import guard
from ..host.exceptions import is_from_host
from ..parts import clock, ids
from ..parts.arguments import DESCRIPTION, LOG_LEVEL
from ..parts.clock import parse_unix_ns
from ..parts.event import error_text, exception_attributes
from ..parts.link import Link, link_ids
from ..parts.log_level import parse_log_level
from ..values.bounds import finite_entries, finite_items
from ..values.snapshot import ATOMS, snapshot, text_of
from . import sink
from .context_labels import NO_LABELS, get_labels
from .current import detach_ended_span, detach_span, get_current, reset_current, set_current
from .live_trace import LiveTrace
from .pending_span import NEW
from .readable_span import ReadableSpan
from .response_attributes import may_be_response, set_requested_model, set_response_attributes
from .trace_registry import ANY_THREAD, live_traces
from .uninterrupted import uninterrupted_start

if TYPE_CHECKING:
    from .current import ContextSpan, ContextToken
    from .remote_parent import RemoteParent


_MODEL_ARGUMENTS = frozenset({"model", "modelId", "kwargs", "body"})
"""Arguments that may name the model, or contain its name."""


class Span(ReadableSpan):
    """One operation of a trace. `with` makes it the current span of the code inside, and ends it.

    Setters may be called from any thread until the span has ended. They never raise.
    """

    __slots__ = ("context_token", "otel_span", "unreset_tokens")

    context_token: ContextToken | None
    """The token of its attachment; None outside of its `with` block."""
    unreset_tokens: tuple[Token[ContextSpan | None], ...] | None
    """See `current`. None except for spans that were detached out of order."""
    otel_span: Any
    """The span object of the OpenTelemetry API, while the span is open. Unset for spans not begun through the API."""

    def __init__(
        self,
        name: str,
        kind: str,
        parent: Span | RemoteParent | None,
        attributes: Mapping[str, Any] | None = None,
        start_ns: int | None = None,
    ) -> None:
        """Begin a span now, or at `start_ns`. The recorder gets it by `enqueue` or `with`."""
        if parent is None:
            self.trace = LiveTrace(ids.new_trace_key(), False)
            if (labels := get_labels()) is not NO_LABELS:
                live_traces.label(self.trace, labels)
            self.parent_key = None
            self.is_entry = True
        else:
            self.trace = parent.trace
            self.parent_key = parent.span_key
            self.is_entry = False
            parent.has_children = True
        self.span_key = ids.new_span_key()
        self.name = name if type(name) is str else str(name)
        self.kind = kind if type(kind) is str else str(kind)
        self.end_ns = None
        self.status_code = None
        self.status_message = None
        self.thread = get_ident()
        self.inputs_value = self.outputs_value = UNSET
        self.event_list = self.link_list = None
        self.stream = None
        self.attribute_values = {}
        self.context_token = self.unreset_tokens = None
        self.queue_state = NEW
        self.has_children = False
        if attributes is not None:
            self.set_attributes(attributes)
        if start_ns is not None:
            start_ns = parse_unix_ns(start_ns)
        self.start_ns = self.trace.wall_offset_ns + clock.monotonic_ns() if start_ns is None else start_ns

    # Life

    def enqueue(self) -> None:
        """Pass the span to the recorder, which writes it to the file if it is still open at the next flush."""
        sink.enqueue(self)

    def end(
        self,
        outputs: Any = None,
        attributes: Mapping[str, Any] | None = None,
        status: Any = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End the span, now or at `end_time_ns` (Unix nanoseconds). A second call does nothing."""
        try:
            if self.end_ns is not None:
                return
            if outputs is not None:
                self.outputs_value = snapshot(outputs)
            if attributes is not None:
                self.set_attributes(attributes)
            if status is not None:
                self.set_status(status)
            if self.context_token is not None:
                detach_ended_span(self)
            self.finish(end_time_ns)
        except Exception:
            guard.fault("ending a span")

    def finish(self, end_ns: int | None = None) -> None:
        """End the span without detaching it: the caller detaches it."""
        outputs = self.outputs_value
        if type(outputs) is dict and may_be_response(outputs):
            set_response_attributes(self, outputs)
        if self.status_code is None:
            self.status_code = OK
        inputs = self.inputs_value
        if type(inputs) is dict and not _MODEL_ARGUMENTS.isdisjoint(inputs):
            set_requested_model(self)
        if end_ns is not None:
            end_ns = parse_unix_ns(end_ns)
        if end_ns is None:
            end_ns = self.trace.wall_offset_ns + clock.monotonic_ns()
        self.end_ns = end_ns if end_ns > self.start_ns else self.start_ns
        if self.is_entry:
            last_keys = live_traces.last_keys
            last_keys[self.thread] = last_keys[ANY_THREAD] = self.trace.trace_key
        sink.enqueue_ended(self)

    def __enter__(self) -> Span:
        around: ContextSpan | None = self
        try:
            around = get_current()
            if self.end_ns is None and (self.context_token is None or around is not self):
                self.context_token = set_current(self)
            sink.enqueue(self)
        except BaseException as raised:  # memory is short, or a signal handler of the host raised
            if self.context_token is None and around is not self and get_current() is self:
                set_current(around)  # the token was lost
            if not isinstance(raised, Exception) or is_from_host(raised):  # no `__exit__` follows
                self._detach_interrupted(self.context_token)
                raise
            guard.fault("starting a span")
        return self

    @uninterrupted_start
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        token = None
        try:
            if error is not None:
                self.fail(error)
            if self.end_ns is None:
                self.finish()
            token, self.context_token = self.context_token, None  # a span in the queue must not keep a context alive
            try:
                if get_current() is self:
                    reset_current(token)  # type: ignore[arg-type]
                    return
            except (TypeError, ValueError, RuntimeError) as refused:  # another context, or not attached
                if is_from_host(refused):
                    raise
            detach_span(self, token)
        except BaseException as raised:  # memory is short, or a signal handler of the host raised
            self._detach_interrupted(self.context_token if token is None else token)
            if not isinstance(raised, Exception):
                raise
            guard.fault("ending a span")

    @uninterrupted_start
    def _detach_interrupted(self, token: ContextToken | None) -> None:
        """End and detach the span after an interruption at any point. `token` is the token of its attachment."""
        try:
            if self.end_ns is None:
                self.finish()
            else:
                sink.enqueue_ended(self)  # possibly a second time: the recorder ignores a span that is written
            self.context_token = None
            detach_span(self, token)
        except Exception:
            guard.fault("ending a span")

    @uninterrupted_start
    def suspend(self) -> None:
        """Detach the span without ending it: the operation continues elsewhere."""
        token, self.context_token = self.context_token, None
        detach_span(self, token)

    def resume(self) -> None:
        """Attach the span again after `suspend`. `__exit__` or `suspend` must follow."""
        self.context_token = set_current(self)

    def fail(self, error: BaseException) -> None:
        """Record an exception that leaves the span, and the status that follows from it.

        A `BaseException` that is not an `Exception` (a cancelled coroutine, Ctrl-C, a closed generator) makes the span
        CANCELLED.
        """
        if isinstance(error, Exception):
            self.status_code = ERROR
            self.status_message = error_text(error)
            self.record_exception(error)
        else:
            self.status_code = CANCELLED
            self.status_message = error_text(error)

    # Setters for user code

    def set_inputs(self, inputs: Any) -> None:
        """Record the inputs of the operation: any value. The value is copied at once."""
        try:
            if self.end_ns is None:
                self.inputs_value = inputs if type(inputs) in ATOMS else snapshot(inputs)
        except Exception:
            guard.fault("recording inputs")

    def set_outputs(self, outputs: Any) -> None:
        """Record the outputs of the operation: any value. The value is copied at once."""
        try:
            if self.end_ns is None:
                self.outputs_value = outputs if type(outputs) in ATOMS else snapshot(outputs)
        except Exception:
            guard.fault("recording outputs")

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute: any value. Filters can compare numbers, strings and booleans."""
        try:
            if self.end_ns is None:
                self.attribute_values[key if type(key) is str else text_of(key)] = (
                    value if type(value) in ATOMS else snapshot(value)
                )
        except Exception:
            guard.fault("setting an attribute")

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several attributes."""
        try:
            if self.end_ns is None:
                values = self.attribute_values
                entries = attributes if type(attributes) is dict else finite_entries(attributes)
                for key, value in entries.items():
                    values[key if type(key) is str else text_of(key)] = (
                        value if type(value) in ATOMS else snapshot(value)
                    )
        except Exception:
            guard.fault("setting attributes")

    def set_status(self, status: Any) -> None:
        """Set the status: "OK", "ERROR", or an object with `status_code` and `description` (MLflow's SpanStatus)."""
        try:
            code = getattr(status, "status_code", status)
            code = str(getattr(code, "value", code)).upper().rpartition(".")[2].removeprefix("STATUS_CODE_")
            if code not in (OK, ERROR, CANCELLED, "UNSET"):
                guard.warn("status", f"span status {status!r} is not one of OK, ERROR, CANCELLED, UNSET; it is ignored")
                return
            if self.end_ns is None:
                self.status_code = None if code == "UNSET" else code
                if description := getattr(status, "description", None):
                    self.status_message = str(description)
                elif code == OK:
                    self.status_message = None
        except Exception:
            guard.fault("setting a status")

    def set_span_type(self, span_type: str) -> None:
        """Set the type of the operation: one of `SpanType`, or any other name."""
        try:
            if self.end_ns is None:
                self.kind = str(span_type)
        except Exception:
            guard.fault("setting a span type")

    def set_description(self, description: str) -> None:
        """Set a description of the operation."""
        self.set_attribute(DESCRIPTION, str(description))

    def set_log_level(self, level: Any) -> None:
        """Set the importance of the operation, by MLflow's names or numbers: "DEBUG" to "CRITICAL", or 10 to 50."""
        if (number := parse_log_level(level)) is not None:
            self.set_attribute(LOG_LEVEL, number)

    def add_event(self, name: Any, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add an event, now or at `timestamp` (Unix nanoseconds).

        `name` may also be an object with `name`, `attributes` and `timestamp` (MLflow's SpanEvent).
        """
        try:
            if self.end_ns is not None:
                return
            if not isinstance(name, str):
                attributes = attributes or getattr(name, "attributes", None)
                timestamp = getattr(name, "timestamp", None) if timestamp is None else timestamp
                name = getattr(name, "name", name)
            time_ns = None if timestamp is None else parse_unix_ns(timestamp)
            event = {
                "name": str(name),
                "time_ns": self.trace.wall_offset_ns + clock.monotonic_ns() if time_ns is None else time_ns,
                "attributes": snapshot(finite_entries(attributes)) if attributes else {},
            }
            if self.event_list is None:
                self.event_list = [event]
            else:
                self.event_list.append(event)
        except Exception:
            guard.fault("adding an event")

    def add_link(self, link: Link) -> None:
        """Add a link to a span of this or another trace. Ignores a link without valid ids, and warns once."""
        try:
            if self.end_ns is not None:
                return
            attributes = getattr(link, "attributes", None)
            record = {**link_ids(link), "attributes": snapshot(finite_entries(attributes)) if attributes else {}}
            if self.link_list is None:
                self.link_list = [record]
            else:
                self.link_list.append(record)
        except ValueError as error:
            guard.warn("link", f"{error}; it is ignored")
        except Exception:
            guard.fault("adding a link")

    def add_links(self, links: Iterable[Link]) -> None:
        """Add several links."""
        try:
            for link in finite_items(links):
                self.add_link(link)
        except Exception:
            guard.fault("adding links")

    def record_exception(self, exception: BaseException | str) -> None:
        """Add an `exception` event in the form of the OpenTelemetry conventions, and set the status to ERROR.

        The stack trace is stored on the innermost span that the exception leaves, not again on the spans around it.
        """
        try:
            if self.end_ns is not None:
                return
            if isinstance(exception, str):
                attributes = {"exception.message": exception, "exception.type": "Exception"}
                message = exception
            else:
                attributes, message = exception_attributes(exception, self.trace), error_text(exception)
            self.add_event("exception", attributes)
            self.status_code = ERROR
            self.status_message = self.status_message or message
        except Exception:
            guard.fault("recording an exception")
