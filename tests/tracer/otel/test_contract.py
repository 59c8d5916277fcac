"""The contract of the OpenTelemetry API, beyond the plain span."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider as SdkProvider
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags, TraceState

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer.otel import TracerProvider

TRACE = "1af7651916cd43dd8448eb211c80319f"


@pytest.fixture
def otel(recorded: Recorded) -> trace.Tracer:
    """A tracer whose scope has all that a scope can have."""
    return TracerProvider().get_tracer("lib", "1.2.3", "https://example.org/1", {"team": "search"})


@pytest.mark.parametrize(
    ("event", "status", "expected"),
    [
        (True, True, ("ERROR", 1)),
        (True, False, ("UNSET", 1)),
        (False, True, ("ERROR", 0)),
        (False, False, ("UNSET", 0)),
    ],
)
def test_an_exception_that_leaves_a_detached_span(
    otel: trace.Tracer, recorded: Recorded, event: bool, status: bool, expected: tuple[str, int]
) -> None:
    """`with tracer.start_span()` follows both switches."""
    with (
        pytest.raises(ValueError, match="declined"),
        otel.start_span("pay", record_exception=event, set_status_on_exception=status),
    ):
        raise ValueError("declined")
    row = recorded.span("pay")
    assert (row["status"], len(row["events"])) == expected
    assert row["status_message"] == ("ValueError: declined" if status else None)


def test_an_explicit_end_is_kept_though_events_are_later(otel: trace.Tracer, recorded: Recorded) -> None:
    """The program knows when its span ended."""
    span = otel.start_span("early", start_time=1_000)
    span.add_event("late", timestamp=9_000)
    span.end(2_000)
    assert recorded.span("early")["end_ns"] == 2_000


def test_an_event_of_the_year_1970_stays_there(otel: trace.Tracer, recorded: Recorded) -> None:
    """Zero is a time."""
    span = otel.start_span("old", start_time=0)
    span.add_event("epoch", timestamp=0)
    span.end(5)
    row = recorded.span("old")
    assert (row["start_ns"], row["events"][0]["time_ns"]) == (0, 0)


def test_the_scope_is_kept_whole(otel: trace.Tracer, recorded: Recorded) -> None:
    """Name, version, schema address and attributes, for filters and for whoever asks the span."""
    span = otel.start_span("scoped")
    scope = span.instrumentation_scope  # type: ignore[attr-defined]
    assert (scope.name, scope.version, scope.schema_url) == ("lib", "1.2.3", "https://example.org/1")
    span.end()
    assert recorded.span("scoped")["attributes"] == {
        "otel.scope.name": "lib",
        "otel.scope.version": "1.2.3",
        "otel.scope.schema_url": "https://example.org/1",
        "otel.scope.attributes.team": "search",
    }


def test_attributes_of_well_known_names_are_attributes(otel: trace.Tracer, recorded: Recorded) -> None:
    """A program's own `span.kind` and `otel.scope.name` change neither the kind nor the scope."""
    span = otel.start_span("named", kind=SpanKind.CLIENT, attributes={"span.kind": "x", "otel.scope.name": "mine"})
    assert span.kind is SpanKind.CLIENT  # type: ignore[attr-defined]
    assert span.instrumentation_scope.name == "lib"  # type: ignore[attr-defined]
    span.end()
    row = recorded.span("named")
    assert row["kind"] == "CLIENT"
    assert (row["attributes"]["span.kind"], row["attributes"]["otel.scope.name"]) == ("x", "mine")


def test_links_are_kept_as_the_sdk_keeps_them(otel: trace.Tracer, recorded: Recorded) -> None:
    """State and flags too; one with invalid ids where it says something."""
    stated = SpanContext(7, 8, True, TraceFlags(3), TraceState([("a", "1")]))
    invalid = SpanContext(0, 0, False)
    given = [trace.Link(stated, {"why": "batch"}), trace.Link(invalid, {"lost": True}), trace.Link(invalid)]
    sdk = SdkProvider(shutdown_on_exit=False).get_tracer("x").start_span("linked", links=given)
    span = otel.start_span("linked", links=given)
    ours, theirs = span.links, sdk.links  # type: ignore[attr-defined]
    assert [(link.context.trace_id, dict(link.attributes)) for link in ours] == [
        (link.context.trace_id, dict(link.attributes)) for link in theirs
    ]
    assert (ours[0].context.trace_state.to_header(), ours[0].context.trace_flags) == ("a=1", 3)
    span.end()
    assert len(recorded.rows("SELECT * FROM links")) == 2


def test_each_parent_has_its_own_state_and_flags(otel: trace.Tracer, recorded: Recorded) -> None:
    """Two callers of one trace do not mix, nor do their children."""
    for parent, state, flags in (("b7ad6b7169203331", "a=1", "01"), ("b7ad6b7169203332", "b=2", "03")):
        incoming = propagate.extract({"traceparent": f"00-{TRACE}-{parent}-{flags}", "tracestate": state})
        with otel.start_as_current_span("served", context=incoming), otel.start_as_current_span("below") as below:
            shown = below.get_span_context()
            assert (shown.trace_state.to_header(), f"{shown.trace_flags:02x}") == (state, flags)


def test_a_state_that_is_a_text_is_kept(otel: trace.Tracer, recorded: Recorded) -> None:
    """The API does not refuse one: neither as a parent nor in a link may it raise into the program."""
    state: Any = "vendor=1"
    context = SpanContext(int(TRACE, 16), 5, is_remote=True, trace_flags=TraceFlags(1), trace_state=state)
    parent = trace.set_span_in_context(trace.NonRecordingSpan(context))
    with otel.start_as_current_span("below", context=parent, links=[trace.Link(context)]) as span:
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
    assert carrier["tracestate"] == state
    assert span.links[0].context.trace_state.to_header() == state  # type: ignore[attr-defined]
    assert recorded.span("below")["parent_id"] == "0000000000000005"


def test_lists_within_lists_of_an_event_cannot_be_changed(otel: trace.Tracer) -> None:
    """Readers get tuples at each depth, as from the SDK."""
    span: Any = otel.start_span("one")
    span.add_event("loaded", {"rows": [[1, 2], [3]]})
    assert span.events[0].attributes == {"rows": ((1, 2), (3,))}
    span.end()


def test_a_context_that_holds_no_span_begins_a_trace(otel: trace.Tracer, recorded: Recorded) -> None:
    """Whatever else stands in its place."""
    (key,) = trace.set_span_in_context(trace.INVALID_SPAN, Context())
    otel.start_span("alone", context=Context({key: "no span"})).end()
    assert recorded.span("alone")["parent_id"] is None


def test_each_status_is_distinct_and_a_trace_without_one_is_ok(otel: trace.Tracer, recorded: Recorded) -> None:
    """`status = unset` finds what said nothing; `is:ok` finds both."""
    otel.start_span("unset").end()
    said = otel.start_span("said")
    said.set_status(trace.StatusCode.OK)
    said.end()
    assert [row["status"] for row in recorded.spans()] == ["UNSET", "OK"]
    assert [row["status"] for row in recorded.traces()] == ["OK", "OK"]
    found = {
        filter_text: sorted(
            span.name
            for one in tracer.search_traces(filter_string=filter_text, return_type="list")
            for span in one.data.spans
        )
        for filter_text in ("status = unset", "status = ok", "is:ok")
    }
    assert found == {"status = unset": ["unset"], "status = ok": ["said"], "is:ok": ["said", "unset"]}


def test_the_environment_variables_of_opentelemetry_have_their_effect(tmp_path: Path) -> None:
    """The service's name and the switch that turns its SDK off."""
    program = (
        "from tracetui import tracer; from tracetui.tracer.otel import TracerProvider;"
        "span = TracerProvider().get_tracer('x').start_span('s'); print(span.is_recording());"
        "print(getattr(span, 'resource', None) and span.resource.attributes['service.name']); span.end();"
        "from tracetui.tracer.settings.settings import config; print(config.service)"
    )

    def run(**variables: str) -> list[str]:
        environment = {"TRACETUI_DB": str(tmp_path / "t.db"), "PATH": "", **variables}
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    assert run(OTEL_SERVICE_NAME="shop") == ["True", "shop", "shop"]
    assert run(OTEL_RESOURCE_ATTRIBUTES="service.name=till,service.version=2") == ["True", "till", "till"]
    assert run(OTEL_SDK_DISABLED="true", TRACETUI_SERVICE="mine") == ["False", "None", "mine"]


def test_what_begins_in_a_span_that_has_ended_and_is_still_attached_stays_in_its_trace(
    otel: trace.Tracer, recorded: Recorded
) -> None:
    """A web framework ends the request's span with the response, and runs background tasks after it."""
    request = otel.start_span("request")
    with trace.use_span(request):
        request.end()
        assert tracer.get_current_active_span() is None
        with otel.start_as_current_span("background"):
            pass
    otel.start_span("next").end()
    assert recorded.span("background")["parent_id"] == recorded.span("request")["span_id"]
    assert recorded.span("next")["parent_id"] is None
