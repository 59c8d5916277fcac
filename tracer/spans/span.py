"""A span that is being recorded."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import Token
from threading import get_ident
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...store.model.rows import CANCELLED, ERROR, OK, UNSET
from .. import guard
from ..host.exceptions import is_from_host
from ..parts import clock, ids
from ..parts.clock import parse_unix_ns
from ..parts.event import error_text
from ..values.snapshot import snapshot
from . import sink
from .context_labels import NO_LABELS, get_labels
from .current import detach_ended_span, detach_span, get_current, reset_current, set_current
from .live_trace import LiveTrace
from .pending_span import NEW
from .trace_registry import ANY_THREAD, live_traces
from .uninterrupted import uninterrupted_start
from .writable_span import WritableSpan

if TYPE_CHECKING:
    from .current import ContextSpan, ContextToken
    from .remote_parent import RemoteParent


_MODEL_ARGUMENTS = frozenset({"model", "modelId", "kwargs", "body"})
"""Arguments that may name the model, or contain its name."""


class Span(WritableSpan):
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
        if type(outputs) is dict and _may_be_response(outputs):
            _set_response_attributes(self, outputs)
        if self.status_code is None:
            self.status_code = OK
        inputs = self.inputs_value
        if type(inputs) is dict and not _MODEL_ARGUMENTS.isdisjoint(inputs):
            _set_requested_model(self)
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


def _may_be_response(outputs: dict[str, Any]) -> bool:
    """Return whether outputs may be the response of a model: a quick check before `set_response_attributes`."""
    return (
        "usage" in outputs
        or "usage_metadata" in outputs
        or "model" in outputs
        or "error" in outputs
        or "meta" in outputs
    )


def _set_response_attributes(span: Span, outputs: dict[str, Any]) -> None:
    try:
        from .response_attributes import set_response_attributes  # loaded for the first response
    except ImportError:  # a signal handler runs in the middle of this import
        guard.fault("reading a response")
        return
    set_response_attributes(span, outputs)


def _set_requested_model(span: Span) -> None:
    try:
        from .response_attributes import set_requested_model
    except ImportError:
        guard.fault("reading the arguments of a model call")
        return
    set_requested_model(span)
