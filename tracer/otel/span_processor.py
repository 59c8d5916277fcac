"""Spans of an OpenTelemetry SDK provider, recorded into the trace file beside the provider's other processors.

    provider.add_span_processor(tracetui.tracer.otel.SpanProcessor())

The processor changes nothing of these spans. In the trace file they are in one tree with the spans of `@trace`, from
their start, with each change while they run, to their end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.context.context import Context

from .. import guard
from ..spans.begin import begin
from ..spans.span import Span
from .api_span import FIRST_TOKEN
from .cause import interruption
from .context import share_context
from .known_scopes import known_scope
from .mirrored_span import MirroredSpan, open_mirrors, parent_of
from .other_instrumentors import is_recorded_by, remember
from .other_providers import RECORD, set_record
from .readable_span import describe

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor as SdkSpanProcessor
else:
    SdkSpanProcessor = object
    """Only type checkers need the SDK's class: `add_span_processor` accepts any object with its methods."""


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
            parent = parent_of(span.parent, parent_context)
            sdk_scope = span.instrumentation_scope
            scope = known_scope(sdk_scope)
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
            opened = open_mirrors.pop(span.context.span_id, None)
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


def _measure_first_token(record: Span) -> None:
    """Set the time to the first token from the event by which OpenInference's instrumentors mark the first chunk."""
    if "llm.ttft_ms" in record.attribute_values:
        return
    for event in record.event_list or ():
        if event["name"] == FIRST_TOKEN:
            record.set_attribute("llm.ttft_ms", max(0, event["time_ns"] - record.start_ns) / 1e6)
            return
