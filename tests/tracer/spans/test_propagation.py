"""One trace over several processes by the headers of W3C Trace Context."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import (
    get_tracing_context_headers_for_http_request,
    remote_context,
    set_tracing_context_from_http_request_headers,
    start_span,
)
from tracetui.tracer.settings.settings import config
from tracetui.tracer.spans.propagation import extract_parent, parse_traceparent

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_headers_name_the_current_span(recorded: Recorded) -> None:
    """A called service learns the trace and the span it is called from; outside of a span there is nothing to say."""
    assert get_tracing_context_headers_for_http_request() == {}
    with start_span("call") as span:
        headers = get_tracing_context_headers_for_http_request()
    assert headers == {"traceparent": f"00-{span.trace_id}-{span.span_id}-01"}


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": GOOD},
        {"Traceparent": GOOD, "other": 1},
        [(b"host", b"x"), (b"traceparent", GOOD.encode())],
        {"TRACEPARENT": f" {GOOD}\t"},
        {"traceparent": f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be"},
        {"traceparent": f"00-{TRACE}-{SPAN}-ff"},
    ],
)
def test_spans_go_below_the_callers(recorded: Recorded, headers: Any) -> None:
    """What is recorded for a request continues its caller's trace, and stands in for its root until that arrives."""
    with set_tracing_context_from_http_request_headers(headers):
        with start_span("served") as span:
            assert span.trace_id == TRACE
            assert span.parent_id == SPAN
        with start_span("served too"):
            pass
    (trace,) = recorded.traces()
    assert (trace["trace_id"], trace["name"], trace["span_count"], trace["status"]) == (TRACE, "served", 2, "OK")


BAD = [
    "",
    "00",
    f"00-{TRACE}-{SPAN}",
    f"00-{TRACE}-{SPAN}-01-more",
    f"ff-{TRACE}-{SPAN}-01",
    f"00-{'0' * 32}-{SPAN}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"00-{TRACE.upper()}-{SPAN}-01",
    f"00-{TRACE[:-1]}-{SPAN}-01",
    f"00-{TRACE}-{SPAN[:-1]}g-01",
    f"00-{TRACE}-{SPAN}-1",
    f"00-{TRACE}-{SPAN}-0١",
    f"{GOOD},{GOOD}",
]


@pytest.mark.parametrize("text", BAD)
def test_bad_headers_are_ignored(recorded: Recorded, text: str) -> None:
    """A header that breaks the standard costs the caller's context, never the request, under MLflow's name too."""
    with remote_context({"traceparent": text}) as parent:
        assert parent is None
        with start_span("own") as span:
            assert span.parent_id is None
    with set_tracing_context_from_http_request_headers({"traceparent": text}), start_span("own") as span:
        assert span.parent_id is None


@pytest.mark.parametrize("headers", [{}, {"tracestate": "a=b"}, [("host", "x")]])
def test_headers_without_a_parent_are_told_under_mlflows_name(headers: Any) -> None:
    """Whoever forgot to send them learns of it where they are read."""
    with pytest.raises(ValueError, match="no `traceparent`"):
        set_tracing_context_from_http_request_headers(headers)


def test_two_parents_are_none() -> None:
    """Headers that disagree name no parent."""
    assert extract_parent([("traceparent", GOOD), ("Traceparent", GOOD)]) is None


class _Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")


@given(st.text() | st.builds(_Hostile) | st.binary() | st.none() | st.integers())
def test_no_header_value_raises(value: Any) -> None:
    """Headers come from strangers."""
    assert extract_parent({"traceparent": value}) is None
    assert extract_parent({value: GOOD}) is None or str(value).lower() == "traceparent"
    assert extract_parent(value) is None or isinstance(value, str | bytes)


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())
def test_any_valid_parent_comes_back_exactly(trace: int, span: int, sampled: bool) -> None:
    """What is read is what goes on to the next service."""
    text = f"00-{trace:032x}-{span:016x}-{'01' if sampled else '00'}"
    assert parse_traceparent(text) is not None
    with remote_context({"traceparent": text, "tracestate": "vendor=1"}):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": text, "tracestate": "vendor=1"}


def test_tracestate_travels_on(recorded: Recorded) -> None:
    """What other tracing systems sent is passed on from the spans of this process."""
    pairs = [("traceparent", GOOD), ("tracestate", "a=1"), ("tracestate", "b=2")]
    with remote_context(pairs), start_span("served"), start_span("inner"):
        assert get_tracing_context_headers_for_http_request()["tracestate"] == "a=1,b=2"


def test_sampled_out_callers_are_followed(recorded: Recorded) -> None:
    """A request whose caller does not record it is not recorded here, nor by whom we call."""
    with remote_context({"traceparent": f"00-{TRACE}-{SPAN}-00"}), start_span("a"), start_span("b"):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": f"00-{TRACE}-{SPAN}-00"}
    assert recorded.path.exists() is False


def test_sampled_out_traces_send_no_header(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is called decides for its own file; no header is made up."""
    monkeypatch.setattr(config, "sampling_ratio", 0.0)
    with start_span("out"), start_span("below"):
        assert get_tracing_context_headers_for_http_request() == {}


def test_siblings_keep_the_tracestate_and_flags_of_their_own_parent(recorded: Recorded) -> None:
    """Two requests of one trace that arrive with different states do not mix them, and share the trace's tags."""
    sent = []
    for name, state, flags in (("first", "a=1", "01"), ("second", "b=2", "03")):
        with remote_context({"traceparent": f"00-{TRACE}-{SPAN}-{flags}", "tracestate": state}), start_span(name):
            tracer.update_current_trace(tags={name: "here"})
            with start_span("below"):
                headers = get_tracing_context_headers_for_http_request()
        sent.append((headers["tracestate"], headers["traceparent"][-2:]))
    assert sent == [("a=1", "01"), ("b=2", "03")]
    (trace,) = recorded.traces()
    assert trace["tags"] == '{"first":"here","second":"here"}'
    assert trace["span_count"] == 4


def test_a_disabled_tracer_is_a_wire(recorded: Recorded) -> None:
    """A service that records nothing passes its caller's context on, and makes none up."""
    tracer.disable()
    with start_span("off"):
        assert get_tracing_context_headers_for_http_request() == {}
    with remote_context({"traceparent": GOOD}):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": GOOD}


def test_calls_of_one_trace_share_what_is_said_of_it(recorded: Recorded) -> None:
    """Two calls within one trace that arrive together keep the tags of both."""
    for name in ("first", "second"):
        with remote_context({"traceparent": GOOD}), start_span(name):
            tracer.update_current_trace(tags={name: "here"})
    (trace,) = recorded.traces()
    assert trace["tags"] == '{"first":"here","second":"here"}'
