"""A span that is being recorded: what user code sets on it, and what the writer takes."""

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
from ..values.snapshot import ATOMS, snapshot, text_of
from . import context_labels
from . import sink as span_sink
from . import trace_registry as live_traces
from .answer_attributes import may_tell, tell, tell_model
from .current import end_inside, get_current, leave, reset_current, set_current
from .live_trace import ANY_THREAD, ActiveTrace, last_trace_key
from .pending_span import NEW
from .readable_span import SpanView
from .uninterrupted import begun_at_once

if TYPE_CHECKING:
    from .current import Around, Entry
    from .remote_parent import RemoteParent


_NAMING_A_MODEL = frozenset({"model", "modelId", "kwargs", "body"})
"""Names of arguments one of which may be the model, or have it."""


class Span(SpanView):
    """One operation of a trace. `with` opens it, activates it for the code inside, and ends it.

    Setters may be called from any thread until the span has ended; none raises.
    """

    __slots__ = ("entry", "left", "otel_span")

    entry: Entry | None
    """What the span is current by; None outside of its `with` block."""
    left: tuple[Token[Around | None], ...] | None
    """See `current_span`; None but for spans that were left out of turn."""
    otel_span: Any
    """What the OpenTelemetry API gave out for this span, while it is open; unset for spans that began here."""

    def __init__(
        self,
        name: str,
        kind: str,
        parent: Span | RemoteParent | None,
        attributes: Mapping[str, Any] | None = None,
        start_ns: int | None = None,
    ) -> None:
        """A span that has begun now, or at `start_ns`; the recorder sees it with `open` or `with`."""
        if parent is None:
            self.trace = ActiveTrace(ids.new_trace_key(), False)
            if context_labels.in_use:
                live_traces.label(self.trace)
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
        self.entry = self.left = None
        self.queue_state = NEW
        self.has_children = False
        if attributes:
            self.set_attributes(attributes)
        if start_ns is not None:
            start_ns = parse_unix_ns(start_ns)
        self.start_ns = self.trace.wall_offset_ns + clock.monotonic_ns() if start_ns is None else start_ns

    # Life

    def open(self) -> None:
        """Let the recorder know of the span; its row appears in the file if it is still open at the next flush."""
        span_sink.put(self)

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
            if attributes:
                self.set_attributes(attributes)
            if status is not None:
                self.set_status(status)
            if self.entry is not None:
                end_inside(self)
            self.finish(end_time_ns)
        except Exception:
            guard.fault("ending a span")

    def finish(self, end_ns: int | None = None) -> None:
        """End the span; the caller sees to what is current."""
        outputs = self.outputs_value
        if type(outputs) is dict and may_tell(outputs):
            tell(self, outputs)
        if self.status_code is None:
            self.status_code = OK
        inputs = self.inputs_value
        if type(inputs) is dict and not _NAMING_A_MODEL.isdisjoint(inputs):
            tell_model(self)
        if end_ns is not None:
            end_ns = parse_unix_ns(end_ns)
        if end_ns is None:
            end_ns = self.trace.wall_offset_ns + clock.monotonic_ns()
        self.end_ns = end_ns if end_ns > self.start_ns else self.start_ns
        if self.is_entry:
            last_trace_key[self.thread] = last_trace_key[ANY_THREAD] = self.trace.trace_key
        span_sink.put_ended(self)

    def __enter__(self) -> Span:
        around: Around | None = self
        try:
            around = get_current()
            if self.end_ns is None and (self.entry is None or around is not self):
                self.entry = set_current(self)
            span_sink.put(self)
        except BaseException as raised:  # memory is short, or a signal handler of the host's raised it
            if self.entry is None and around is not self and get_current() is self:
                set_current(around)  # the token is lost
            if not isinstance(raised, Exception) or is_from_host(raised):  # `with` does not leave what was not entered
                self._leave_interrupted(self.entry)
                raise
            guard.fault("starting a span")
        return self

    @begun_at_once
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        entry = None
        try:
            if error is not None:
                self.fail(error)
            if self.end_ns is None:
                self.finish()
            entry, self.entry = self.entry, None  # a span that waits in the queue holds no context
            try:
                if get_current() is self:
                    reset_current(entry)  # type: ignore[arg-type]
                    return
            except (TypeError, ValueError, RuntimeError) as refused:  # in another context, or never entered
                if is_from_host(refused):
                    raise
            leave(self, entry)
        except BaseException as raised:  # memory is short, or a signal handler of the host's raised it
            self._leave_interrupted(self.entry if entry is None else entry)
            if not isinstance(raised, Exception):
                raise
            guard.fault("ending a span")

    @begun_at_once
    def _leave_interrupted(self, entry: Entry | None) -> None:
        """End and leave the span, from wherever that was interrupted; `entry` is what it was current by."""
        try:
            if self.end_ns is None:
                self.finish()
            else:
                span_sink.put_ended(self)  # once more at most: what is written already is not taken again
            self.entry = None
            leave(self, entry)
        except Exception:
            guard.fault("ending a span")

    @begun_at_once
    def step_out(self) -> None:
        """Leave the code inside `with` without an end: the operation goes on elsewhere."""
        entry, self.entry = self.entry, None
        leave(self, entry)

    def step_in(self) -> None:
        """Come back after `step_out`, where the operation goes on; `__exit__` or `step_out` is to follow."""
        self.entry = set_current(self)

    def fail(self, error: BaseException) -> None:
        """Record an exception that leaves the span, and the status that follows from it.

        What is no `Exception` (a cancelled coroutine, Ctrl-C, a closed generator) makes the span CANCELLED.
        """
        if isinstance(error, Exception):
            self.status_code = ERROR
            self.status_message = error_text(error)
            self.record_exception(error)
        else:
            self.status_code = CANCELLED
            self.status_message = error_text(error)

    # What user code sets

    def set_inputs(self, inputs: Any) -> None:
        """Record what the operation was given: any value; it is copied now."""
        try:
            if self.end_ns is None:
                self.inputs_value = inputs if type(inputs) in ATOMS else snapshot(inputs)
        except Exception:
            guard.fault("recording inputs")

    def set_outputs(self, outputs: Any) -> None:
        """Record what the operation gave: any value; it is copied now."""
        try:
            if self.end_ns is None:
                self.outputs_value = outputs if type(outputs) in ATOMS else snapshot(outputs)
        except Exception:
            guard.fault("recording outputs")

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one attribute; numbers, strings and booleans can be filtered as such."""
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
                for key, value in attributes.items():
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
                guard.warn("status", f"span status {status!r} is none of OK, ERROR, CANCELLED, UNSET; it is ignored")
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
        """Set the kind of operation, of `SpanType` or any other name."""
        try:
            if self.end_ns is None:
                self.kind = str(span_type)
        except Exception:
            guard.fault("setting a span type")

    def set_description(self, description: str) -> None:
        """Say in words what the operation is for."""
        self.set_attribute(DESCRIPTION, str(description))

    def set_log_level(self, level: Any) -> None:
        """Say how much the operation matters, in MLflow's words: "DEBUG" to "CRITICAL", or 10 to 50."""
        if (number := parse_log_level(level)) is not None:
            self.set_attribute(LOG_LEVEL, number)

    def add_event(self, name: Any, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add a point in time, now or at `timestamp` (Unix nanoseconds).

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
                "attributes": snapshot(dict(attributes)) if attributes else {},
            }
            if self.event_list is None:
                self.event_list = [event]
            else:
                self.event_list.append(event)
        except Exception:
            guard.fault("adding an event")

    def add_link(self, link: Link) -> None:
        """Point to a span of another trace, or of this one. What leads nowhere is ignored, and that is said once."""
        try:
            if self.end_ns is not None:
                return
            attributes = getattr(link, "attributes", None)
            record = {**link_ids(link), "attributes": snapshot(dict(attributes)) if attributes else {}}
            if self.link_list is None:
                self.link_list = [record]
            else:
                self.link_list.append(record)
        except ValueError as error:
            guard.warn("link", f"{error}; it is ignored")
        except Exception:
            guard.fault("adding a link")

    def add_links(self, links: Iterable[Link]) -> None:
        """Several of them, as `links=` gives them."""
        try:
            for link in links:
                self.add_link(link)
        except Exception:
            guard.fault("adding links")

    def record_exception(self, exception: BaseException | str) -> None:
        """Add an `exception` event in the form of the OpenTelemetry conventions, and set the status to ERROR.

        The stack trace is kept on the innermost span that the exception left, not again on those around it.
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
