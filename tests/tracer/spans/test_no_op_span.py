"""Code that is not recorded, as tracing is off around it or its trace not sampled: nothing kept, nothing raised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import start_span, tracing


@contextmanager
def sampled_out() -> Iterator[None]:
    tracer.configure(sampling_ratio=0.0)
    try:
        with start_span("not sampled"):
            yield
    finally:
        tracer.configure(sampling_ratio=1.0)


@contextmanager
def switched_off() -> Iterator[None]:
    tracer.disable()
    try:
        yield
    finally:
        tracer.enable()


def off_here() -> Any:
    return tracing.context(enabled=False)


@pytest.mark.parametrize("unrecorded", [sampled_out, switched_off, off_here])
@pytest.mark.parametrize("trace_id", [None, "0" * 32])
def test_what_is_said_of_a_trace_that_is_not_recorded_is_ignored(
    recorded: Recorded, unrecorded: Any, trace_id: Any
) -> None:
    """Feedback, expectations, tags and metrics inside a request that is not sampled raise nothing and leave nothing."""
    client = tracer.Client()
    with unrecorded():
        assert tracer.get_active_trace_id() is None
        said: Any = tracer.log_feedback(trace_id=trace_id, name="good", value=True)
        tracer.log_expectation(trace_id=trace_id, name="answer", value=42)
        tracer.log_assessment(trace_id, tracer.entities.Feedback("good", 1))
        tracer.log_issue(trace_id=trace_id, issue_id="i-1")
        tracer.update_assessment(trace_id, said.assessment_id, tracer.entities.Feedback("good", 2))
        tracer.override_feedback(trace_id=trace_id, assessment_id=said.assessment_id, value=False)
        tracer.delete_assessment(trace_id, said.assessment_id)
        tracer.set_trace_tag(trace_id, "k", "v")
        tracer.delete_trace_tag(trace_id, "k")
        tracer.update_current_trace(tags={"k": "v"})
        tracer.log_metric("score", 1.0, trace_id=trace_id)
        client.link_prompt_versions_to_trace([], trace_id)
        assert isinstance(client.start_span("below", trace_id, "0" * 16), tracer.NoOpSpan)
        client.end_span(trace_id, "0" * 16)
        client.end_trace(trace_id)
        client.delete_traces(trace_ids=[trace_id])
        assert tracer.get_trace(trace_id, silent=True) is None
    assert tracer.flush()
    assert not recorded.path.exists() or not recorded.spans()


def test_spans_by_hand_are_off_where_tracing_is_off(recorded: Recorded) -> None:
    """Also those that name a parent that is recorded, those of a client, and those inside of others."""
    client = tracer.Client()
    with start_span("outside") as outside:
        with tracing.context(enabled=False):
            tracer.start_span_no_context("by hand").end()
            tracer.start_span_no_context("below", parent_span=outside).end()
            root = client.start_trace("of the client")
            client.end_span(root.trace_id, client.start_span("inside", root.trace_id, root.span_id).span_id)
            client.start_span("below by id", outside.trace_id, outside.span_id).end()
            client.end_trace(root.trace_id)
            with start_span("nested"):
                tracer.start_span_no_context("by hand, nested").end()
                with tracing.context(enabled=True):
                    tracer.start_span_no_context("on again", parent_span=outside).end()
        tracer.start_span_no_context("after", parent_span=outside).end()
    assert {span["name"] for span in recorded.spans()} == {"outside", "on again", "after"}


def test_an_id_that_is_missing_is_told_of_where_all_is_recorded(
    recorded: Recorded, caplog: pytest.LogCaptureFixture
) -> None:
    """Outside of any trace a trace id of None is a mistake of the program: said once, and nothing raised."""
    tracer.set_trace_tag(None, "k", "v")
    tracer.log_feedback(trace_id=None, value=1)
    assert [record.getMessage() for record in caplog.records] == [
        "tracetui: trace_id=None names no trace, and the call is ignored; pass the trace_id of a span"
    ]
