"""A provider of the OpenTelemetry SDK beside the tracer sends what it sends alone, and the file has the whole tree."""

from __future__ import annotations

import gc
import itertools
import sys
import threading
from typing import Any

import pytest
from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import otel
from tracetui.tracer.otel import dropped_span, mirrored_span, other_providers

INCOMING = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Sdk:
    """A provider of the SDK with an exporter in memory."""

    def __init__(self, sampler: Sampler = ALWAYS_ON) -> None:
        self.exporter = InMemorySpanExporter()
        self.provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.tracer = self.provider.get_tracer("the.program", "2.1")

    def exported(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


def parents(spans: dict[str, ReadableSpan]) -> dict[str, str | None]:
    """The name of the parent of each exported span; "missing" for one that was not exported."""
    names = {span.context.span_id: name for name, span in spans.items() if span.context}
    return {name: span.parent and names.get(span.parent.span_id, "missing") for name, span in spans.items()}


def tree(recorded: Recorded) -> dict[str, str | None]:
    """The name of the parent of each span in the file; "missing" for one that is not there."""
    spans = recorded.rows("SELECT name, span_id, parent_id FROM spans")
    names = {span["span_id"]: span["name"] for span in spans}
    return {span["name"]: span["parent_id"] and names.get(span["parent_id"], "missing") for span in spans}


@pytest.fixture
def sdk(recorded: Recorded) -> Sdk:
    """A provider of the program that the tracer's processor was added to."""
    made = Sdk()
    made.provider.add_span_processor(otel.SpanProcessor())
    return made


@pytest.fixture
def followed(recorded: Recorded) -> None:
    """Every provider of the SDK is recorded, as `autolog` asks for."""
    other_providers.watch()
    other_providers.follow(otel.SpanProcessor, dropped_span.stand_in)


def mixed_program(theirs: trace.Tracer) -> None:
    with tracer.start_span("ours"), theirs.start_as_current_span("theirs"):
        with tracer.start_span("ours below"), theirs.start_as_current_span("theirs below"):
            tracer.start_span_no_context("leaf", parent_span=tracer.get_current_active_span()).end()
        theirs.start_span("detached").end()


def test_one_tree_in_the_file_and_an_untouched_one_at_the_exporter(sdk: Sdk, recorded: Recorded) -> None:
    """Each side links its own spans, in both directions of nesting."""
    alone = Sdk()
    with alone.tracer.start_as_current_span("theirs"):
        with alone.tracer.start_as_current_span("theirs below"):
            pass
        alone.tracer.start_span("detached").end()
    mixed_program(sdk.tracer)
    assert parents(sdk.exported()) == parents(alone.exported())
    assert tree(recorded) == {
        "ours": None,
        "theirs": "ours",
        "ours below": "theirs",
        "theirs below": "ours below",
        "leaf": "theirs below",
        "detached": "theirs",
    }
    assert len(recorded.traces()) == 1


def test_the_api_shows_the_spans_of_the_other_provider_alone(sdk: Sdk) -> None:
    """What the program sets on the current span arrives where it does without the tracer."""
    with sdk.tracer.start_as_current_span("theirs") as theirs, tracer.start_span("ours") as ours:
        assert trace.get_current_span() is theirs
        trace.get_current_span().set_attribute("k", 1)
        assert tracer.get_current_active_span() is ours
    assert dict(sdk.exported()["theirs"].attributes or {}) == {"k": 1}


def test_what_a_span_of_the_sdk_holds_is_in_the_file(sdk: Sdk, recorded: Recorded) -> None:
    """Name, times, kind, scope, attributes, events, links, error."""
    linked = SpanContext(1, 2, is_remote=True)
    span = sdk.tracer.start_span("old", kind=SpanKind.CLIENT, attributes={"a": (1, 2)}, start_time=1_000)
    span.add_event("retry", {"n": 1}, timestamp=1_500)
    span.add_link(linked, {"why": "batch"})
    span.update_name("new")
    span.set_status(Status(StatusCode.ERROR, "declined"))
    span.end(end_time=3_000)
    row = recorded.span("new")
    assert (row["start_ns"], row["end_ns"], row["status"], row["status_message"]) == (1_000, 3_000, "ERROR", "declined")
    assert row["attributes"]["a"] == [1, 2]
    assert row["attributes"]["otel.scope.name"] == "the.program"
    assert row["attributes"]["otel.scope.version"] == "2.1"
    assert row["events"] == [{"name": "retry", "time_ns": 1_500, "attributes": {"n": 1}}]
    context_of = span.get_span_context()
    assert (row["trace_id"], row["span_id"]) == (f"{context_of.trace_id:032x}", f"{context_of.span_id:016x}")
    assert recorded.rows("SELECT linked_trace_id FROM links") == [{"linked_trace_id": f"{1:032x}"}]


def test_a_span_of_the_sdk_shows_while_it_runs(sdk: Sdk, recorded: Recorded) -> None:
    """It is in the file when it starts, and what it is given later follows."""
    span = sdk.tracer.start_span("running")
    assert recorded.span("running")["end_ns"] is None
    span.set_attribute("rows", 7)
    assert recorded.span("running")["attributes"]["rows"] == 7
    span.end()
    assert recorded.span("running")["end_ns"] is not None


def test_a_cancelled_span_of_the_sdk_is_cancelled(sdk: Sdk, recorded: Recorded) -> None:
    """OpenTelemetry has no word for it: the exporter's span has no status."""
    with pytest.raises(KeyboardInterrupt), sdk.tracer.start_as_current_span("interrupted"):
        raise KeyboardInterrupt
    assert recorded.span("interrupted")["status"] == "CANCELLED"
    assert sdk.exported()["interrupted"].status.status_code is StatusCode.UNSET


def test_values_of_the_context_change_no_parent(sdk: Sdk, recorded: Recorded) -> None:
    """Baggage that is attached below a span of ours leaves that span current."""
    with sdk.tracer.start_as_current_span("theirs"), tracer.start_span("ours"):
        token = context.attach(context.set_value("tenant", "blue"))
        sdk.tracer.start_span("below").end()
        context.detach(token)
    assert tree(recorded)["below"] == "ours"


def test_a_context_carried_to_a_thread_names_the_parent(sdk: Sdk, recorded: Recorded) -> None:
    """Work that is handed over hangs below the span that it was handed over in."""
    with sdk.tracer.start_as_current_span("theirs"):
        carried = context.get_current()

        def work() -> None:
            token = context.attach(carried)
            with tracer.start_span("in the thread"):
                pass
            context.detach(token)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert tree(recorded) == {"theirs": None, "in the thread": "theirs"}


def test_an_incoming_request_of_the_other_provider_continues_its_trace(sdk: Sdk, recorded: Recorded) -> None:
    """The trace in the file has the caller's id; what goes out is the other provider's header."""
    incoming = propagate.extract({"traceparent": INCOMING, "tracestate": "a=1"})
    sent: dict[str, str] = {}
    with sdk.tracer.start_as_current_span("server", context=incoming) as server, tracer.start_span("ours"):
        propagate.inject(sent)
        assert tracer.get_tracing_context_headers_for_http_request() == sent
    assert sent["traceparent"].split("-")[1:3] == [INCOMING.split("-")[1], f"{server.get_span_context().span_id:016x}"]
    assert sent["tracestate"] == "a=1"
    assert {row["trace_id"] for row in recorded.traces()} == {INCOMING.split("-")[1]}


@pytest.mark.parametrize(
    ("theirs", "ours"), itertools.product([ALWAYS_ON, ALWAYS_OFF, ParentBased(TraceIdRatioBased(0.0))], [1.0, 0.0])
)
def test_sampling_stays_at_home(
    followed: None, recorded: Recorded, monkeypatch: pytest.MonkeyPatch, theirs: Sampler, ours: float
) -> None:
    """Their sampler decides about their exporter, our ratio about our file."""
    tracer.configure(sampling_ratio=ours)
    try:
        sdk = Sdk(theirs)
        mixed_program(sdk.tracer)
    finally:
        tracer.configure(sampling_ratio=1.0)
    assert sorted(sdk.exported()) == (["detached", "theirs", "theirs below"] if theirs is ALWAYS_ON else [])
    expected = [] if ours == 0.0 else ["detached", "leaf", "ours", "ours below", "theirs", "theirs below"]
    assert not expected or sorted(tree(recorded)) == expected
    assert bool(expected) == recorded.path.exists()
    if expected:
        assert "missing" not in tree(recorded).values()


def test_a_dropped_span_goes_out_as_its_sampler_decided(followed: None, recorded: Recorded) -> None:
    """The header of a span that the other provider dropped has the cleared flag that it has without the tracer."""
    sent: dict[str, str] = {}
    with Sdk(ALWAYS_OFF).tracer.start_as_current_span("dropped") as dropped, tracer.start_span("ours"):
        propagate.inject(sent)
    assert not dropped.get_span_context().trace_flags & TraceFlags.SAMPLED
    assert sent["traceparent"].split("-")[2] == f"{dropped.get_span_context().span_id:016x}"
    assert not int(sent["traceparent"].split("-")[3], 16) & TraceFlags.SAMPLED
    assert tree(recorded) == {"dropped": None, "ours": "dropped"}


def test_a_provider_that_nobody_follows_is_left_alone(recorded: Recorded) -> None:
    """Its spans get no parent of ours, and ours keep their tree."""
    otel.share_context()
    sdk = Sdk()
    mixed_program(sdk.tracer)
    assert parents(sdk.exported()) == {"theirs": None, "theirs below": "theirs", "detached": "theirs"}
    assert tree(recorded) == {"ours": None, "ours below": "ours", "leaf": "ours below"}


def test_a_span_is_recorded_once_by_two_processors(followed: None, sdk: Sdk, recorded: Recorded) -> None:
    """A program that adds the processor itself and calls `autolog` gets each span once."""
    with sdk.tracer.start_as_current_span("theirs"):
        pass
    assert len(recorded.spans()) == 1


def test_an_instrumentor_of_ours_stays_out_of_the_other_providers_tree(sdk: Sdk, recorded: Recorded) -> None:
    """A span of our own provider that is activated by the API becomes nobody's parent at the exporter."""
    instrumentor: Any = otel.TracerProvider().get_tracer("instrumentor")
    with (
        sdk.tracer.start_as_current_span("theirs"),
        trace.use_span(instrumentor.start_span("call"), end_on_exit=True),
        sdk.tracer.start_as_current_span("inner"),
        instrumentor.start_as_current_span("deep"),
    ):
        pass
    assert parents(sdk.exported()) == {"theirs": None, "inner": "theirs"}
    assert tree(recorded) == {"theirs": None, "call": "theirs", "inner": "call", "deep": "inner"}


def test_with_tracing_off_the_other_provider_works_on(sdk: Sdk, recorded: Recorded) -> None:
    """Nothing is recorded here, everything there."""
    tracer.disable()
    mixed_program(sdk.tracer)
    assert parents(sdk.exported()) == {"theirs": None, "theirs below": "theirs", "detached": "theirs"}
    assert not recorded.path.exists()


def test_bare_ids_of_an_open_span_name_it(sdk: Sdk, recorded: Recorded) -> None:
    """A program that rebuilds the parent from its ids gets the right parent in the file too."""
    parent = sdk.tracer.start_span("parent")
    ids = trace.set_span_in_context(NonRecordingSpan(parent.get_span_context()))
    sdk.tracer.start_span("child", context=ids, links=[Link(parent.get_span_context())]).end()
    parent.end()
    assert tree(recorded) == {"parent": None, "child": "parent"}


def test_a_span_of_the_sdk_that_nobody_has_any_more_is_forgotten(sdk: Sdk, recorded: Recorded) -> None:
    """A span that is dropped without an end holds no memory: the list of the open spans lets it go."""
    span = sdk.tracer.start_span("dropped")
    span_id = span.get_span_context().span_id
    assert span_id in mirrored_span.open_mirrors
    del span
    tracer.flush()
    gc.collect()
    assert span_id not in mirrored_span.open_mirrors


def test_the_processor_adds_few_calls_to_a_span(sdk: Sdk, recorded: Recorded) -> None:
    """The cost of a span is counted in calls of Python functions: the processor adds 30 to those of the SDK."""
    alone = Sdk()
    without = calls_of_a_span(alone.tracer)
    assert calls_of_a_span(sdk.tracer) - without <= 30


def calls_of_a_span(tracer_of_the_sdk: trace.Tracer) -> float:
    """How many Python functions are called for a span with a parent."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    with tracer_of_the_sdk.start_as_current_span("around"):
        for _ in range(3):
            with tracer_of_the_sdk.start_as_current_span("first"):
                pass
        sys.setprofile(count)
        for _ in range(10):
            with tracer_of_the_sdk.start_as_current_span("inside"):
                pass
        sys.setprofile(None)
    return calls / 10


def test_a_dropped_span_says_so_to_whoever_would_send_for_it(recorded: Recorded, followed: None) -> None:
    """A vendor asks whether it records, and sends baggage or media if so; the API asks to keep an exception."""
    dropping = Sdk(ParentBased(ALWAYS_OFF))

    @dropping.tracer.start_as_current_span("dropped")
    def refuse() -> None:
        assert not trace.get_current_span().is_recording()
        raise ValueError("declined")

    with pytest.raises(ValueError, match="declined"):
        refuse()
    assert recorded.rows("SELECT name, status FROM spans") == [{"name": "dropped", "status": "ERROR"}]
    assert not dropping.exported()
