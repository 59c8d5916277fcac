"""Spans of an OpenTelemetry SDK provider, recorded into the trace file beside the provider's other processors.

    provider.add_span_processor(tracetui.tracer.otel.SpanProcessor())

The processor changes nothing of these spans. In the trace file they are in one tree with the spans of `@trace`, from
their start, with each change while they run, to their end.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import ref

from opentelemetry import context as context_api
from opentelemetry.context.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, StatusCode

from ...store.model.rows import ERROR, OK
from .. import guard
from ..parts import ids
from ..spans.begin import begin
from ..spans.current import ContextSpan, current_span
from ..spans.no_op_span import NoOpSpan
from ..spans.span import Span
from ..values.snapshot import ATOMS, snapshot
from . import mlflow_spans
from .api_span import FIRST_TOKEN, OtelSpan, interruption
from .context import share_context
from .other_contexts import begin_when_entered, current_elsewhere
from .other_instrumentors import is_of_any_client, is_recorded_by, remember
from .other_providers import RECORD, record_of, remote_parent, set_record
from .private_names import EVENTS, LINKS, SPAN_KEY, scope_of
from .readable_span import describe, link_to
from .scope import attributes_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor as SdkSpanProcessor
else:
    SdkSpanProcessor = object
    """Only type checkers need the SDK's class: `add_span_processor` accepts any object with its methods."""


class MirroredSpan(Span):
    """A span of the tracer that mirrors a span of the SDK."""

    __slots__ = ("_is_of_mlflow", "_source", "context")

    _source: ref[Any]
    _is_of_mlflow: bool
    context: SpanContext
    """The ids in their own provider."""

    def mirror(self, source: Any, *, is_of_mlflow: bool) -> None:
        """Mirror `source`, a span of the SDK, from now on."""
        context = self.context = source.context
        self._source = ref(source)
        span_id = context.span_id
        self._is_of_mlflow = is_of_mlflow
        self.span_key = ids.signed_span_key(span_id)
        if self.parent_key is None:
            self.trace.trace_key = context.trace_id.to_bytes(16, "big")
        _open[span_id] = opened = _Open(self, _forget)
        opened.span_id = span_id

    def refresh(self) -> None:
        """Copy what the span of the SDK holds now."""
        source = self._source()
        if source is not None and self.end_ns is None:
            with suppress(RuntimeError):  # the host's thread adds an event at this moment: the next refresh has it
                self.read(source)

    def read(self, source: Any) -> None:
        """Copy name, attributes, events, links and status of a span of the SDK, open or ended."""
        self.name = source.name
        attributes: dict[str, Any] = source.attributes.copy()  # whole, while other threads add to it
        if not ATOMS.issuperset(map(type, attributes.values())):
            attributes = {key: value if type(value) in ATOMS else snapshot(value) for key, value in attributes.items()}
        if self._is_of_mlflow:
            attributes = {key: mlflow_spans.decoded(key, value) for key, value in attributes.items()}
        self.attribute_values = {**self.attribute_values, **attributes}
        if getattr(source, EVENTS, True):  # the SDK's own list: `events` copies it
            self.event_list = [_event(event) for event in source.events] or None
        if getattr(source, LINKS, True):
            self.link_list = None
            for link in source.links:
                link_to(self, link.context, link.attributes)
        status = source.status
        code = status.status_code
        if code is StatusCode.ERROR:
            self.status_code, self.status_message = ERROR, status.description
        elif code is StatusCode.OK:
            self.status_code, self.status_message = OK, None


class _Open(ref[MirroredSpan]):
    """A reference with its key in `_open`: `WeakValueDictionary`, in a quarter of its time."""

    __slots__ = ("span_id",)

    span_id: int


_open: dict[int, _Open] = {}
"""The mirrors of the spans of the SDK that are open, by span id; a mirror without other references is removed."""


def _forget(gone: _Open) -> None:
    _open.pop(gone.span_id, None)


class SpanProcessor(SdkSpanProcessor):
    """For `add_span_processor` of a provider of the OpenTelemetry SDK, or of one that is built on it.

    It has the methods of `opentelemetry.sdk.trace.SpanProcessor` without importing the SDK. After `shutdown` it records
    no further span; `force_flush` waits until the spans that have ended are in the file.
    """

    def __init__(self) -> None:
        share_context()
        self._is_shut_down = False

    def on_start(self, span: Any, parent_context: Context | None = None) -> None:
        """Record a span that begins."""
        if self._is_shut_down or hasattr(span, RECORD):
            return
        try:
            parent = _parent_of(span.parent, parent_context)
            sdk_scope = span.instrumentation_scope
            scope = _scopes.get(id(sdk_scope)) or _known(sdk_scope)
            if isinstance(parent, Span) and is_recorded_by(parent, scope.name):
                set_record(span, parent)
                return
            record = begin(span.name, "UNKNOWN", parent, None, span.start_time, make=MirroredSpan)
            if isinstance(record, MirroredSpan):
                record.mirror(span, is_of_mlflow=scope.is_of_mlflow)
                describe(record, scope.attributes, span.kind)
                record.enqueue()
                if scope.is_of_any_client:
                    remember(record)
            setattr(span, RECORD, record)
        except Exception:
            guard.fault("recording a span of an OpenTelemetry provider")

    def on_end(self, span: Any) -> None:
        """Record the end of a span; the provider's exporter receives the span unchanged."""
        try:
            opened = _open.pop(span.context.span_id, None)
            record = None if opened is None else opened()
            if record is not None and record.end_ns is None:
                record.read(span)
                if record.status_code is None and (error := interruption()) is not None:
                    record.fail(error)  # OpenTelemetry has no status for a cancellation
                if record.event_list is not None:
                    _measure_first_token(record)
                record.end(end_time_ns=span.end_time)
        except Exception:
            guard.fault("recording the end of a span of an OpenTelemetry provider")

    def _on_ending(self, span: Any) -> None:
        """Do nothing: part of the SDK's interface."""

    def shutdown(self) -> None:
        """Record no further span, and write the spans that are left."""
        self._is_shut_down = True
        self.force_flush()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until every span that has ended is in the file; False after `timeout_millis`."""
        from ..recording import process_recorder

        return process_recorder.get().flush(timeout_millis / 1e3)


_FOR_THE_FILE = ("opentelemetry.", "openinference.", __package__)
"""Packages that ask whether a span records in order to set attributes, and for nothing else."""


class DroppedSpan(OtelSpan):
    """Replaces a span that the sampler of another provider dropped: it is recorded, and its ids are sent on."""

    is_stand_in = True

    def __init__(self, record: Span | NoOpSpan, dropped: NonRecordingSpan) -> None:
        super().__init__(record)
        self._context = dropped.get_span_context()

    def is_recording(self) -> bool:
        """True for the API and for instrumentors, which then set attributes; False, as of the dropped span, for others.

        Langfuse sends baggage and uploads media where a span records.
        """
        asks = sys._getframe(1).f_globals.get("__name__", "")
        return asks.startswith(_FOR_THE_FILE) and super().is_recording()


def stand_in(
    tracer: Any,
    dropped: NonRecordingSpan,
    name: str,
    context: Context | None = None,
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, Any] | None = None,
    links: Sequence[Any] | None = (),
    start_time: int | None = None,
    record_exception: bool = True,
    set_status_on_exception: bool = True,
) -> OtelSpan | NonRecordingSpan:
    """The span that replaces `dropped`, which the sampler of an SDK provider decided not to record."""
    shown = _span_in(context)
    parent_context = None if shown is None else shown.get_span_context()
    own = dropped.get_span_context()
    if parent_context is not None and parent_context.span_id == own.span_id:
        return dropped  # the tracer is switched off
    parent = _parent_of(parent_context if parent_context is not None and parent_context.is_valid else None, context)
    sdk_scope = scope_of(tracer)
    scope = _scopes.get(id(sdk_scope)) or _known(sdk_scope)
    if isinstance(parent, Span) and is_recorded_by(parent, scope.name):
        set_record(dropped, parent)
        return dropped
    if scope.is_of_mlflow:

        def when_entered() -> Span | NoOpSpan:
            record = begin(name, "UNKNOWN", current_span(), attributes)
            if isinstance(record, Span):
                describe(record, scope.attributes, kind)
                record.enqueue()
            set_record(dropped, record)
            return record

        begin_when_entered(dropped, when_entered)
        return dropped
    record = begin(name, "UNKNOWN", parent, attributes, start_time)
    span = DroppedSpan(record, dropped)
    span.represent_record()
    if isinstance(record, Span):
        record.span_key = ids.signed_span_key(own.span_id)
        if record.parent_key is None:
            record.trace.trace_key = own.trace_id.to_bytes(16, "big")
        describe(record, scope.attributes, kind)
        if scope.is_of_any_client:
            remember(record)
        for link in links or ():
            span.add_link(link.context, link.attributes)
        record.enqueue()
    return span


def _parent_of(parent: SpanContext | None, context: Context | None) -> ContextSpan | None:
    """The parent in the trace file of a span that begins below `parent` in its own provider.

    `context` is the argument that its provider received. The tracer's current span is the parent if the provider's
    current span, in the API's context or one beside it, is `parent`: the tracer's is then its record, or a span below.
    """
    if parent is None:
        is_now = (
            context is None or _span_in(context) is _span_in(None) or any(now is context for now in current_elsewhere())
        )
        return current_span() if is_now else None
    here = current_span()
    if isinstance(here, MirroredSpan) and here.context is parent:
        return here
    if here is not None and any(_has(now, parent) for now in (None, *current_elsewhere())):
        return here
    opened = _open.get(parent.span_id)
    return record_of(_span_in(context)) or (None if opened is None else opened()) or remote_parent(parent)


def _has(context: Context | None, parent: SpanContext) -> bool:
    """Whether the span in a context is `parent`."""
    shown = _span_in(context)
    return shown is not None and bool(shown.get_span_context().span_id == parent.span_id)


class _KnownScope:
    """The properties of a scope of the SDK that each of its spans needs."""

    __slots__ = ("attributes", "is_of_any_client", "is_of_mlflow", "name", "scope")

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        """Referenced, so that no other scope gets its `id`."""
        self.name = str(getattr(scope, "name", ""))
        self.attributes = {} if scope is None else attributes_of(scope)
        self.is_of_any_client = is_of_any_client(self.name)
        self.is_of_mlflow = self.name.startswith(mlflow_spans.SCOPE)


_scopes: dict[int, _KnownScope] = {}
"""Scopes of the SDK's tracers by their `id`."""


def _known(scope: Any) -> _KnownScope:
    known = _scopes[id(scope)] = _KnownScope(scope)
    return known


def _span_in(context: Context | None) -> Any:
    return (context_api.get_current() if context is None else context).get(SPAN_KEY)


def _event(event: Any) -> dict[str, Any]:
    attributes = {
        key: value if type(value) in ATOMS else snapshot(value) for key, value in (event.attributes or {}).items()
    }
    return {"name": event.name, "time_ns": event.timestamp, "attributes": attributes}


def _measure_first_token(record: Span) -> None:
    """Set the time to the first token from the event by which OpenInference's instrumentors mark the first chunk."""
    if "llm.ttft_ms" in record.attribute_values:
        return
    for event in record.event_list or ():
        if event["name"] == FIRST_TOKEN:
            record.set_attribute("llm.ttft_ms", max(0, event["time_ns"] - record.start_ns) / 1e6)
            return
