"""One trace across several processes, by the headers of W3C Trace Context."""

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
    """Headers name the trace and the calling span. Outside of a span there are no headers."""
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
    """The first span of a request continues the caller's trace, and stands for its root until the root arrives."""
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
    """An invalid header never fails the request, also with MLflow's function."""
    with remote_context({"traceparent": text}) as parent:
        assert parent is None
        with start_span("own") as span:
            assert span.parent_id is None
    with set_tracing_context_from_http_request_headers({"traceparent": text}), start_span("own") as span:
        assert span.parent_id is None


@pytest.mark.parametrize("headers", [{}, {"tracestate": "a=b"}, [("host", "x")]])
def test_headers_without_a_parent_raise_under_mlflows_name(headers: Any) -> None:
    """The error says how the caller adds them."""
    with pytest.raises(ValueError, match="no `traceparent`"):
        set_tracing_context_from_http_request_headers(headers)


def test_two_traceparent_headers_are_ignored() -> None:
    """More than one header names no parent."""
    assert extract_parent([("traceparent", GOOD), ("Traceparent", GOOD)]) is None


class _Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")


@given(st.text() | st.builds(_Hostile) | st.binary() | st.none() | st.integers())
def test_no_header_value_raises(value: Any) -> None:
    """Headers come from other programs."""
    assert extract_parent({"traceparent": value}) is None
    assert extract_parent({value: GOOD}) is None or str(value).lower() == "traceparent"
    assert extract_parent(value) is None or isinstance(value, str | bytes)


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.booleans())
def test_any_valid_parent_comes_back_exactly(trace: int, span: int, sampled: bool) -> None:
    """The header that is read is sent to the next service unchanged."""
    text = f"00-{trace:032x}-{span:016x}-{'01' if sampled else '00'}"
    assert parse_traceparent(text) is not None
    with remote_context({"traceparent": text, "tracestate": "vendor=1"}):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": text, "tracestate": "vendor=1"}


def test_tracestate_travels_on(recorded: Recorded) -> None:
    """The state of other tracing systems is passed on by the spans of this process."""
    pairs = [("traceparent", GOOD), ("tracestate", "a=1"), ("tracestate", "b=2")]
    with remote_context(pairs), start_span("served"), start_span("inner"):
        assert get_tracing_context_headers_for_http_request()["tracestate"] == "a=1,b=2"


def test_sampled_out_callers_are_followed(recorded: Recorded) -> None:
    """A request that its caller does not record is not recorded here, nor by the next service."""
    with remote_context({"traceparent": f"00-{TRACE}-{SPAN}-00"}), start_span("a"), start_span("b"):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": f"00-{TRACE}-{SPAN}-00"}
    assert recorded.path.exists() is False


def test_sampled_out_traces_send_no_header(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """The called service decides for its own file."""
    monkeypatch.setattr(config, "sampling_ratio", 0.0)
    with start_span("out"), start_span("below"):
        assert get_tracing_context_headers_for_http_request() == {}


def test_siblings_keep_the_tracestate_and_flags_of_their_own_parent(recorded: Recorded) -> None:
    """Two requests of one trace with different states keep their states, and share the tags of the trace."""
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


def test_a_disabled_tracer_passes_headers_on(recorded: Recorded) -> None:
    """A service that records nothing passes the caller's headers on, and adds none."""
    tracer.disable()
    with start_span("off"):
        assert get_tracing_context_headers_for_http_request() == {}
    with remote_context({"traceparent": GOOD}):
        assert get_tracing_context_headers_for_http_request() == {"traceparent": GOOD}


def test_calls_of_one_trace_share_its_tags(recorded: Recorded) -> None:
    """Two concurrent calls within one trace keep the tags of both."""
    for name in ("first", "second"):
        with remote_context({"traceparent": GOOD}), start_span(name):
            tracer.update_current_trace(tags={name: "here"})
    (trace,) = recorded.traces()
    assert trace["tags"] == '{"first":"here","second":"here"}'


def test_a_remote_context_that_is_forgotten_ends_when_it_is_collected(recorded: Recorded) -> None:
    """The next request of the thread is not below the caller of this one; one that is held goes on."""

    def answer() -> None:
        held = remote_context({"traceparent": GOOD})
        held.__enter__()
        with start_span("this request"):
            pass

    answer()
    with start_span("next request"):
        pass
    assert recorded.span("this request")["trace_id"] == TRACE
    assert recorded.span("next request")["trace_id"] != TRACE
    assert tracer.get_current_active_span() is None
