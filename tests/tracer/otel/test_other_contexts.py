"""A telemetry with a runtime context of its own, as MLflow has one, keeps it; the file has the whole tree."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.context.contextvars_context import ContextVarsRuntimeContext
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from tests.support.recorded import Recorded
from tests.tracer.otel.test_other_providers import Sdk, parents, tree
from tracetui import tracer
from tracetui.tracer import otel
from tracetui.tracer.otel import dropped_span, mlflow_spans, other_providers


class Apart(Sdk):
    """A provider that keeps its current span in a context of its own."""

    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        super().__init__(sampler)
        self.context = ContextVarsRuntimeContext()
        self.tracer = self.provider.get_tracer("mlflow.tracing.provider")

    def start(self, name: str) -> trace.Span:
        return self.tracer.start_span(name, context=self.context.get_current())

    @contextmanager
    def attached(self, span: trace.Span) -> Iterator[None]:
        token = self.context.attach(trace.set_span_in_context(span, self.context.get_current()))
        try:
            yield
        finally:
            self.context.detach(token)

    @contextmanager
    def span(self, name: str) -> Iterator[trace.Span]:
        with self.attached(span := self.start(name)):
            yield span
        if span.is_recording():
            span.end()


@pytest.fixture
def apart(recorded: Recorded) -> Apart:
    made = Apart()
    made.provider.add_span_processor(otel.SpanProcessor())
    return made


def test_spans_of_both_are_in_one_tree(apart: Apart, recorded: Recorded) -> None:
    """Also the first of all, and those that are attached nowhere."""
    with tracer.start_span("ours"), apart.span("theirs"), tracer.start_span("ours below"):
        with apart.span("theirs below"):
            pass
        apart.start("detached").end()
    with tracer.start_span("next"):
        pass
    assert parents(apart.exported()) == {"theirs": None, "theirs below": "theirs", "detached": "theirs"}
    assert tree(recorded) == {
        "ours": None,
        "theirs": "ours",
        "ours below": "theirs",
        "theirs below": "ours below",
        "detached": "ours below",
        "next": None,
    }


def test_a_root_there_is_below_what_is_current_here(apart: Apart, recorded: Recorded) -> None:
    """Its context tells nothing of the span that the API has."""
    sdk = Sdk()
    sdk.provider.add_span_processor(otel.SpanProcessor())
    with sdk.tracer.start_as_current_span("request"), apart.span("theirs"):
        pass
    assert tree(recorded) == {"request": None, "theirs": "request"}
    assert parents(apart.exported()) == {"theirs": None}


def test_the_context_answers_as_alone(apart: Apart) -> None:
    """Its span is current there, and what it raises it raises."""
    with apart.span("theirs") as theirs, tracer.start_span("ours") as ours:
        assert trace.get_current_span(apart.context.get_current()) is theirs
        assert tracer.get_current_active_span() is ours
    token: Any = copy_context().run(apart.context.attach, trace.set_span_in_context(theirs))
    with pytest.raises(ValueError, match="different Context"):
        apart.context.detach(token)
    assert tracer.get_current_active_span() is None


def test_headers_that_came_in_there_are_the_parent_here(apart: Apart, recorded: Recorded) -> None:
    """`set_tracing_context_from_http_request_headers` of MLflow attaches the caller's ids to its context."""
    caller = NonRecordingSpan(SpanContext(0xA1, 0xB2, is_remote=True, trace_flags=TraceFlags(1)))
    with apart.attached(caller), tracer.start_span("ours"), apart.span("theirs"):
        pass
    with tracer.start_span("next"):
        pass
    assert tree(recorded) == {"ours": "missing", "theirs": "ours", "next": None}
    assert recorded.rows("SELECT trace_id FROM spans WHERE name = 'ours'")[0]["trace_id"] == f"{0xA1:032x}"


def test_dropped_spans_stay_dropped_there_and_are_recorded_here(recorded: Recorded) -> None:
    """From where they are attached to where they are detached; MLflow gets what its provider made."""
    other_providers.watch()
    other_providers.follow(otel.SpanProcessor, dropped_span.stand_in)
    apart = Apart(ParentBased(ALWAYS_OFF))
    with apart.span("theirs") as dropped, tracer.start_span("ours"), apart.span("below") as below:
        assert type(dropped) is NonRecordingSpan
        assert below.get_span_context().trace_id == dropped.get_span_context().trace_id
    apart.start("never attached")
    assert tree(recorded) == {"theirs": None, "ours": "theirs", "below": "ours"}
    assert not recorded.rows("SELECT * FROM spans WHERE end_ns IS NULL")
    assert not apart.exported()


def test_a_generator_is_in_its_span_while_it_runs(apart: Apart, recorded: Recorded) -> None:
    """The span is attached for each step anew."""
    span = apart.start("stream")
    for step in ("one", "two"):
        with apart.attached(span), tracer.start_span(step):
            pass
        with tracer.start_span(f"consumer of {step}"):
            pass
    span.end()
    assert tree(recorded) == {
        "stream": None,
        "one": "stream",
        "consumer of one": None,
        "two": "stream",
        "consumer of two": None,
    }


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("model", '"gpt-4o"', "gpt-4o"),
        ("temperature", "0.5", 0.5),
        ("stream", "true", True),
        ("mlflow.chat.tokenUsage", '{"input_tokens": 1}', '{"input_tokens": 1}'),
        ("mlflow.spanInputs", '"12"', '"12"'),
        ("note", "as it is", "as it is"),
    ],
)
def test_values_that_mlflow_keeps_as_json_are_read(name: str, value: Any, read: Any) -> None:
    """Names of models are names, numbers are numbers; structures and payloads stay text."""
    assert mlflow_spans.decoded(name, value) == read
