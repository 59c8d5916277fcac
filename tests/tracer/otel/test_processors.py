"""Span processors of the OpenTelemetry SDK on the tracer's own provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import guard
from tracetui.tracer.otel import TracerProvider, processors


@pytest.fixture
def provider(recorded: Recorded) -> Iterator[TracerProvider]:
    """A provider whose processors are shut down after the test."""
    yield TracerProvider()
    processors.shutdown()


def exported(provider: TracerProvider) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


def test_an_exporter_of_the_program_gets_whole_trees(provider: TracerProvider, recorded: Recorded) -> None:
    """Spans of `@trace` are in them, in the SDK's form."""
    exporter = exported(provider)
    with tracer.start_span("ours"), provider.get_tracer("lib", "2").start_as_current_span("theirs"):
        tracer.start_span_no_context("leaf", parent_span=tracer.get_current_active_span()).end()
    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert all(type(span) is ReadableSpan for span in spans.values())
    stored = {row["name"]: row for row in recorded.spans()}
    for name, span in spans.items():
        assert span.context is not None
        assert (f"{span.context.trace_id:032x}", f"{span.context.span_id:016x}") == (
            stored[name]["trace_id"],
            stored[name]["span_id"],
        )
        assert (span.parent and f"{span.parent.span_id:016x}") == stored[name]["parent_id"]
    assert sorted(spans) == ["leaf", "ours", "theirs"]


def test_a_processor_gets_the_context_that_the_program_gave(provider: TracerProvider) -> None:
    """OpenTelemetry's processor of baggage copies from it; None means the current context."""
    given: list[Any] = []

    class Noting(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            given.append(parent_context and baggage.get_baggage("user", parent_context))

    provider.add_span_processor(Noting())
    lib = provider.get_tracer("lib")
    lib.start_span("with", context=baggage.set_baggage("user", "ann")).end()
    lib.start_span("without").end()
    assert given == ["ann", None]


def test_a_processor_reads_what_the_sdk_counts_as_dropped(provider: TracerProvider, recorded: Recorded) -> None:
    """Nothing is; and the scope has its former name too."""
    spans: list[Any] = []

    class Noting(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            spans.append(span)

    provider.add_span_processor(Noting())
    provider.get_tracer("lib", "2").start_span("one").end()
    (span,) = spans
    assert (span.dropped_attributes, span.dropped_events, span.dropped_links) == (0, 0, 0)
    assert (span.instrumentation_info.name, span.instrumentation_info.version) == ("lib", "2")


def test_a_processor_sees_a_span_when_it_starts_and_may_add_to_it(provider: TracerProvider, recorded: Recorded) -> None:
    """Langfuse and OpenLLMetry set their attributes on every span so."""

    class Adding(SpanProcessor):
        def on_start(self, span: Any, parent_context: Any = None) -> None:
            span.set_attribute("seen.at.start", span.name)

    provider.add_span_processor(Adding())
    with tracer.start_span("ours"):
        pass
    assert recorded.span("ours")["attributes"]["seen.at.start"] == "ours"


def test_what_a_span_holds_is_in_the_form_of_the_sdk(provider: TracerProvider) -> None:
    """Attributes without what the file adds, events, links, kind, scope, status, times, resource."""
    exporter = exported(provider)
    link = trace.Link(trace.SpanContext(1, 2, True), {"why": "batch"})
    span = provider.get_tracer("lib", "2", "https://example.org").start_span(
        "call", kind=SpanKind.CLIENT, attributes={"tags": ["a", "b"]}, links=[link], start_time=10
    )
    span.add_event("retry", {"n": 1}, timestamp=20)
    span.set_status(Status(StatusCode.ERROR, "declined"))
    span.end(30)
    (ended,) = exporter.get_finished_spans()
    assert dict(ended.attributes or {}) == {"tags": ("a", "b")}
    assert [(event.name, dict(event.attributes or {}), event.timestamp) for event in ended.events] == [
        ("retry", {"n": 1}, 20)
    ]
    assert [(one.context.span_id, dict(one.attributes or {})) for one in ended.links] == [(2, {"why": "batch"})]
    assert (ended.kind, ended.start_time, ended.end_time) == (SpanKind.CLIENT, 10, 30)
    assert (ended.status.status_code, ended.status.description) == (StatusCode.ERROR, "declined")
    assert ended.instrumentation_scope is not None
    assert (ended.instrumentation_scope.name, ended.instrumentation_scope.version) == ("lib", "2")
    assert ended.resource.attributes["service.name"] == provider.resource.attributes["service.name"] == "test"
    assert '"call"' in ended.to_json()


def test_a_span_that_is_not_recorded_reaches_no_processor(provider: TracerProvider) -> None:
    """The tracer's sampling is the provider's."""
    exporter = exported(provider)
    tracer.disable()
    with tracer.start_span("off"), provider.get_tracer("lib").start_as_current_span("off too"):
        pass
    assert not exporter.get_finished_spans()


def test_a_processor_that_raises_harms_nobody(provider: TracerProvider, recorded: Recorded) -> None:
    """The program goes on, and the other processors see the span."""

    class Failing(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            raise RuntimeError("no")

    provider.add_span_processor(Failing())
    exporter = exported(provider)
    with tracer.start_span("ours"):
        pass
    assert [span.name for span in exporter.get_finished_spans()] == ["ours"]
    assert recorded.span("ours")["status"] == "OK"


def test_flush_and_shutdown_reach_the_processors(provider: TracerProvider) -> None:
    """After `shutdown` a processor sees nothing more."""
    calls: list[str] = []

    class Noting(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            calls.append(span.name)

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            calls.append("flush")
            return True

        def shutdown(self) -> None:
            calls.append("shutdown")

    provider.add_span_processor(Noting())
    tracer.start_span_no_context("one").end()
    assert provider.force_flush()
    provider.shutdown()
    tracer.start_span_no_context("two").end()
    assert calls == ["one", "flush", "shutdown"]


def test_a_fault_of_our_own_before_a_processor_loses_no_span(
    provider: TracerProvider, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The span is in the file though it could not be shown in the SDK's form."""

    def broken() -> None:
        raise RuntimeError("no resource")

    monkeypatch.setattr(processors, "process_resource", broken)
    monkeypatch.setattr(guard, "strict", False)
    exporter = exported(provider)
    with tracer.start_span("ours"):
        pass
    assert not exporter.get_finished_spans()
    assert recorded.span("ours")["status"] == "OK"
