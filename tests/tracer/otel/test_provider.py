"""The OpenTelemetry API recorded by tracetui: its spans are ours, in one context with ours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator

import pytest
from opentelemetry import baggage, context, propagate, trace
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.otel import OtelSpan, TracerProvider

TRACE_ID = 0x4BF92F3577B34DA6A3CE929D0E0E4736
SPAN_ID = 0xF067AA0BA902B700
"""Larger than a signed 64-bit integer holds."""


@pytest.fixture
def otel(recorded: Recorded) -> Iterator[trace.Tracer]:
    """A tracer of the API that writes into the test's file."""
    yield TracerProvider().get_tracer("app.instrumentation", "1.2")
    assert trace.get_current_span() is trace.INVALID_SPAN, "a test left a span current"


def record_of(span: trace.Span) -> tracer.Span:
    assert isinstance(span, OtelSpan)
    assert isinstance(span.record, tracer.Span)
    return span.record


def test_a_span_of_the_api_is_a_span_of_ours(otel: trace.Tracer, recorded: Recorded) -> None:
    """Name, attributes, events, kind, scope and times arrive as they were given."""
    span = otel.start_span("GET /", kind=SpanKind.CLIENT, attributes={"http.method": "GET"}, start_time=1_000)
    span.set_attribute("retries", 2)
    span.set_attributes({"hosts": ("a", "b")})
    span.add_event("retry", {"after_ms": 5}, timestamp=1_500)
    span.update_name("GET /users")
    span.end(end_time=3_000)
    (row,) = recorded.spans()
    assert (row["name"], row["start_ns"], row["end_ns"], row["status"]) == ("GET /users", 1_000, 3_000, "UNSET")
    assert row["attributes"] == {
        "http.method": "GET",
        "retries": 2,
        "hosts": ["a", "b"],
        "otel.kind": "client",
        "otel.scope.name": "app.instrumentation",
        "otel.scope.version": "1.2",
    }
    assert row["events"] == [{"name": "retry", "time_ns": 1_500, "attributes": {"after_ms": 5}}]


def test_parents_are_right_across_both(otel: trace.Tracer, recorded: Recorded) -> None:
    """Ours below theirs below ours, in either order, in one trace."""
    with (
        tracer.start_span("ours"),
        otel.start_as_current_span("theirs"),
        tracer.start_span("ours again"),
        otel.start_as_current_span("theirs again"),
    ):
        pass
    spans = recorded.spans()
    assert [span["name"] for span in spans] == ["ours", "theirs", "ours again", "theirs again"]
    assert [span["parent_id"] for span in spans] == [None, *(span["span_id"] for span in spans[:-1])]
    assert len(recorded.traces()) == 1


def test_each_side_sees_the_current_span_of_the_other(otel: trace.Tracer) -> None:
    """`get_current_span` and `get_current_active_span` tell of the same span."""
    with tracer.start_span("ours") as ours:
        shown = trace.get_current_span()
        assert shown.get_span_context().span_id == int(ours.span_id, 16)
        assert shown.is_recording()
        shown.set_attribute("by", "the api")
        with otel.start_as_current_span("theirs") as theirs:
            assert trace.get_current_span() is theirs
            assert tracer.get_current_active_span() is record_of(theirs)
        assert trace.get_current_span() == shown
        assert ours.get_attribute("by") == "the api"
    assert tracer.get_current_active_span() is None


def test_use_span_makes_a_span_current_for_both(otel: trace.Tracer, recorded: Recorded) -> None:
    """Instrumentors start spans detached and activate them later."""
    span = otel.start_span("detached")
    assert tracer.get_current_active_span() is None
    with trace.use_span(span, end_on_exit=True):
        assert trace.get_current_span() is span
        with tracer.start_span("child"):
            pass
    assert not span.is_recording()
    assert recorded.span("child")["parent_id"] == recorded.span("detached")["span_id"]


def test_an_explicit_context_names_the_parent(otel: trace.Tracer, recorded: Recorded) -> None:
    """Also against the span that is current; a context without a span begins a trace."""
    parent = otel.start_span("parent")
    with tracer.start_span("current"):
        otel.start_span("child", context=trace.set_span_in_context(parent)).end()
        otel.start_span("root", context=context.Context()).end()
    parent.end()
    assert recorded.span("child")["parent_id"] == recorded.span("parent")["span_id"]
    assert recorded.span("root")["parent_id"] is None
    assert len(recorded.traces()) == 3


def test_other_values_of_the_context_stay_with_it(otel: trace.Tracer) -> None:
    """Baggage lives and goes as before, and a span entered meanwhile does not disturb it."""
    token = context.attach(baggage.set_baggage("tenant", "blue"))
    with tracer.start_span("ours") as ours:
        assert baggage.get_baggage("tenant") == "blue"
        inner = context.attach(baggage.set_baggage("tenant", "red"))
        assert baggage.get_baggage("tenant") == "red"
        assert tracer.get_current_active_span() is ours
        context.detach(inner)
        assert tracer.get_current_active_span() is ours
    context.detach(token)
    assert baggage.get_baggage("tenant") is None


def test_a_context_of_before_does_not_bring_its_span_back_as_current(otel: trace.Tracer) -> None:
    """What is attached without a span has none, whatever is current outside of it."""
    empty = context.get_current()
    with tracer.start_span("ours"):
        token = context.attach(empty)
        assert tracer.get_current_active_span() is None
        assert trace.get_current_span() is trace.INVALID_SPAN
        context.detach(token)
        assert tracer.get_current_active_span() is not None


def test_a_remote_parent_continues_its_trace(otel: trace.Tracer, recorded: Recorded) -> None:
    """Ids beyond the signed range and the sampled flag of the caller are respected."""
    carrier = {"traceparent": f"00-{TRACE_ID:032x}-{SPAN_ID:016x}-01", "tracestate": "vendor=1"}
    token = context.attach(propagate.extract(carrier))
    with otel.start_as_current_span("server", kind=SpanKind.SERVER), tracer.start_span("inside"):
        sent: dict[str, str] = {}
        propagate.inject(sent)
    with tracer.start_span("beside"):
        pass
    context.detach(token)
    spans = {span["name"]: span for span in recorded.spans()}
    assert {span["trace_id"] for span in spans.values()} == {f"{TRACE_ID:032x}"}
    assert spans["server"]["parent_id"] == spans["beside"]["parent_id"] == f"{SPAN_ID:016x}"
    assert sent == {"traceparent": f"00-{TRACE_ID:032x}-{spans['inside']['span_id']}-01", "tracestate": "vendor=1"}
    assert recorded.traces()[0]["name"] == "server"


def test_a_remote_parent_that_is_not_sampled_is_not_recorded(otel: trace.Tracer, recorded: Recorded) -> None:
    """A trace is recorded whole or not at all, over services too."""
    remote = SpanContext(TRACE_ID, SPAN_ID, True, TraceFlags(0))
    with otel.start_as_current_span("server", trace.set_span_in_context(NonRecordingSpan(remote))) as span:
        assert not span.is_recording()
        assert span.get_span_context().trace_id == TRACE_ID
        assert not span.get_span_context().trace_flags.sampled
        with tracer.start_span("inside"):
            pass
    assert tracer.flush()
    assert not recorded.path.exists()


def test_the_bare_ids_of_the_current_span_mean_that_span(otel: trace.Tracer, recorded: Recorded) -> None:
    """Some libraries hand a NonRecordingSpan of our own span around."""
    with tracer.start_span("ours") as ours:
        bare = NonRecordingSpan(trace.get_current_span().get_span_context())
        with trace.use_span(bare):
            assert tracer.get_current_active_span() is ours
            otel.start_span("child").end()
    assert recorded.span("child")["parent_id"] == ours.span_id


def test_suppressed_instrumentation_records_nothing(otel: trace.Tracer, recorded: Recorded) -> None:
    """Spans below the suppressed one hang on its parent."""
    with tracer.start_span("ours") as ours:
        token = context.attach(context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        with otel.start_as_current_span("suppressed") as span:
            assert not span.is_recording()
            with tracer.start_span("by hand"):
                pass
        context.detach(token)
    assert [span["name"] for span in recorded.spans()] == ["ours", "by hand"]
    assert recorded.span("by hand")["parent_id"] == ours.span_id


def test_links_are_kept(otel: trace.Tracer, recorded: Recorded) -> None:
    """Given at the start or later; one with ids of zero leads nowhere and is dropped."""
    there = SpanContext(TRACE_ID, SPAN_ID, True)
    with otel.start_as_current_span("batch", links=[Link(there, {"i": 0}), Link(trace.INVALID_SPAN_CONTEXT)]) as span:
        span.add_link(there)
        assert isinstance(span, OtelSpan)
        assert [(link.context.trace_id, link.attributes) for link in span.links] == [
            (TRACE_ID, {"i": 0}),
            (TRACE_ID, {}),
        ]
    assert recorded.rows("SELECT linked_trace_id, linked_span_id, attributes FROM links") == [
        {"linked_trace_id": f"{TRACE_ID:032x}", "linked_span_id": f"{SPAN_ID:016x}", "attributes": attributes}
        for attributes in ('{"i":0}', "{}")
    ]


def test_an_exception_makes_an_error_with_one_event(otel: trace.Tracer, recorded: Recorded) -> None:
    """`start_as_current_span` records what leaves it, and lets it pass."""
    with pytest.raises(ValueError, match="bad"), otel.start_as_current_span("fails"):
        raise ValueError("bad")
    row = recorded.span("fails")
    assert (row["status"], row["status_message"]) == ("ERROR", "ValueError: bad")
    (event,) = row["events"]
    assert event["attributes"]["exception.type"] == "ValueError"
    assert "raise ValueError" in event["attributes"]["exception.stacktrace"]


def test_exceptions_are_left_alone_where_that_is_asked(otel: trace.Tracer, recorded: Recorded) -> None:
    """`record_exception` and `set_status_on_exception` are each their own."""
    for name, is_recorded, is_shown in (("neither", False, False), ("event", True, False), ("status", False, True)):
        with (
            pytest.raises(ValueError, match="bad"),
            otel.start_as_current_span(name, record_exception=is_recorded, set_status_on_exception=is_shown),
        ):
            raise ValueError("bad")
    spans = {span["name"]: (span["status"], len(span["events"])) for span in recorded.spans()}
    assert spans == {"neither": ("UNSET", 0), "event": ("UNSET", 1), "status": ("ERROR", 0)}


def test_status_follows_the_rules_of_opentelemetry(otel: trace.Tracer, recorded: Recorded) -> None:
    """UNSET changes nothing, OK is final, a description belongs to errors."""
    with otel.start_as_current_span("error") as span:
        span.set_status(Status(StatusCode.ERROR, "broken"))
        span.set_status(StatusCode.UNSET)
    with otel.start_as_current_span("ok") as span:
        span.set_status(StatusCode.ERROR, "broken")
        span.set_status(StatusCode.OK)
        span.set_status(StatusCode.ERROR, "too late")
    rows = {row["name"]: (row["status"], row["status_message"]) for row in recorded.spans()}
    assert rows == {"error": ("ERROR", "broken"), "ok": ("OK", None)}


@pytest.mark.parametrize("error", [asyncio.CancelledError(), GeneratorExit("left"), KeyboardInterrupt()])
@pytest.mark.parametrize("describe", [lambda e: f"{type(e).__name__}: {e}", str, lambda e: None])
def test_an_error_that_is_no_exception_is_cancelled(
    otel: trace.Tracer, recorded: Recorded, error: BaseException, describe: Callable[[BaseException], str | None]
) -> None:
    """Instrumentors know no other word than ERROR; some set the status first, some the exception."""
    with otel.start_as_current_span("exception first") as span:
        span.record_exception(error)
        span.set_status(Status(StatusCode.ERROR, describe(error)))
    with otel.start_as_current_span("status first") as span:
        span.set_status(Status(StatusCode.ERROR, describe(error)))
        span.record_exception(error)
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    assert [(row["status"], row["status_message"]) for row in recorded.spans()] == [("CANCELLED", said)] * 2


def test_an_error_beside_a_cancellation_stays_an_error(otel: trace.Tracer, recorded: Recorded) -> None:
    """The TimeoutError that follows from one, and what had failed before; a cancellation that was handled is none."""
    cancelled = asyncio.CancelledError()
    with otel.start_as_current_span("timed out") as span:
        span.record_exception(cancelled)
        span.record_exception(TimeoutError("after 2 s"))
        span.set_status(StatusCode.ERROR, "TimeoutError: after 2 s")
    with otel.start_as_current_span("described otherwise") as span:
        span.record_exception(cancelled)
        span.set_status(StatusCode.ERROR, "TimeoutError")
    with otel.start_as_current_span("had failed") as span:
        span.set_status(StatusCode.ERROR, "HTTP 500")
        span.record_exception(cancelled)
    with otel.start_as_current_span("handled") as span:
        span.record_exception(cancelled)
    rows = {row["name"]: (row["status"], row["status_message"]) for row in recorded.spans()}
    assert rows == {
        "timed out": ("ERROR", "TimeoutError: after 2 s"),
        "described otherwise": ("ERROR", "TimeoutError"),
        "had failed": ("ERROR", "HTTP 500"),
        "handled": ("UNSET", None),
    }


def test_record_exception_leaves_the_status(otel: trace.Tracer, recorded: Recorded) -> None:
    """A handled exception is an event, not a failure."""
    with otel.start_as_current_span("recovers") as span:
        span.record_exception(KeyError("x"), {"attempt": 1})
    row = recorded.span("recovers")
    assert row["status"] == "UNSET"
    assert row["events"][0]["attributes"]["attempt"] == 1


def test_a_span_that_ended_takes_nothing_more(otel: trace.Tracer, recorded: Recorded) -> None:
    """Late setters and a second end change nothing."""
    span = otel.start_span("once")
    span.end(end_time=None)
    span.set_attribute("late", 1)
    span.update_name("renamed")
    span.set_status(StatusCode.ERROR)
    span.end(end_time=1)
    row = recorded.span("once")
    assert "late" not in row["attributes"]
    assert row["status"] == "UNSET"
    assert row["end_ns"] >= row["start_ns"]


def test_start_as_current_span_decorates_functions(otel: trace.Tracer, recorded: Recorded) -> None:
    """A span for each call, of coroutine functions too."""

    @otel.start_as_current_span("call")
    def call() -> int:
        return 1

    @otel.start_as_current_span("acall")
    async def acall() -> int:
        await asyncio.sleep(0)
        return 2

    assert (call(), call(), asyncio.run(acall())) == (1, 1, 2)
    assert [span["name"] for span in recorded.spans()] == ["call", "call", "acall"]


async def test_tasks_have_contexts_of_their_own(otel: trace.Tracer, recorded: Recorded) -> None:
    """Concurrent tasks of both kinds do not become each other's children."""

    async def work(number: int) -> None:
        with otel.start_as_current_span(f"task {number}"):
            await asyncio.sleep(0)
            with tracer.start_span(f"inside {number}"):
                await asyncio.sleep(0)

    with tracer.start_span("all"):
        await asyncio.gather(*(work(number) for number in range(5)))
    spans = {span["name"]: span for span in recorded.spans()}
    for number in range(5):
        assert spans[f"task {number}"]["parent_id"] == spans["all"]["span_id"]
        assert spans[f"inside {number}"]["parent_id"] == spans[f"task {number}"]["span_id"]


def test_a_cancelled_coroutine_is_cancelled(otel: trace.Tracer, recorded: Recorded) -> None:
    """Neither OK nor an error."""

    async def waits() -> None:
        with otel.start_as_current_span("waits"):
            await asyncio.sleep(60)

    async def cancels() -> None:
        task = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancels())
    assert recorded.span("waits")["status"] == "CANCELLED"


def test_a_context_is_carried_to_a_thread(otel: trace.Tracer, recorded: Recorded) -> None:
    """The way of OpenTelemetry's threading instrumentor."""
    with tracer.start_span("ours") as ours:
        carried = context.get_current()

    def work() -> None:
        token = context.attach(carried)
        with tracer.start_span("in thread"):
            pass
        context.detach(token)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert recorded.span("in thread")["parent_id"] == ours.span_id


def test_nothing_is_recorded_while_tracing_is_off(otel: trace.Tracer, recorded: Recorded) -> None:
    """`tracer.disable()` holds for the API too."""
    tracer.disable()
    with otel.start_as_current_span("unseen") as span:
        assert not span.is_recording()
        span.set_attribute("a", 1)
    tracer.enable()
    assert tracer.flush()
    assert not recorded.path.exists()


def test_the_span_is_shown_while_it_is_open(otel: trace.Tracer, recorded: Recorded) -> None:
    """Spans of instrumentors are live like ours."""
    with otel.start_as_current_span("runs") as span:
        span.set_attribute("step", 1)
        (row,) = recorded.spans()
        assert row["end_ns"] is None


def test_a_provider_flushes(recorded: Recorded) -> None:
    """Programs written for the SDK call it at their end."""
    provider = TracerProvider()
    provider.get_tracer("x").start_span("last").end()
    assert provider.force_flush(10_000)
    assert [span["name"] for span in recorded.spans()] == ["last"]
