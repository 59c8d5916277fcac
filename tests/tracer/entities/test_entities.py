"""Traces, spans and assessments as objects: MLflow's JSON form, their display, hostile text."""

from __future__ import annotations

import io
import json
import pickle
from base64 import b64decode
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tests.support.recorded import Recorded
from tracetui import tracer
from tracetui.tracer import entities
from tracetui.tracer.mlflow_form.json_values import iso_to_ms, ms_to_iso
from tracetui.tracer.parts.status import SpanStatus, SpanStatusCode

TRACE_ID, SPAN_ID = "0123456789abcdef" * 2, "0123456789abcdef"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
statuses = st.builds(SpanStatus, st.sampled_from(list(SpanStatusCode)), st.text(min_size=1))
times = st.integers(0, 2**62)


@st.composite
def spans(draw: st.DrawFn) -> entities.Span:
    """Any span."""
    return entities.Span(
        name=draw(st.text()),
        trace_id=TRACE_ID,
        span_id=draw(st.binary(min_size=8, max_size=8)).hex(),
        parent_id=draw(st.none() | st.just(SPAN_ID)),
        span_type=draw(st.text(min_size=1)),
        start_time_ns=draw(times),
        end_time_ns=draw(st.none() | times),
        status=draw(statuses),
        inputs=draw(json_values),
        outputs=draw(json_values),
        attributes=draw(st.dictionaries(st.text(min_size=1).map("x.{}".format), json_values, max_size=4)),
        events=draw(st.lists(st.builds(entities.SpanEvent, st.text(), times, st.just({"k": 1})), max_size=2)),
    )


@given(st.lists(spans(), max_size=3))
def test_trace_survives_mlflows_json(drawn: list[entities.Span]) -> None:
    """`from_json(to_json())` of any trace is the same trace."""
    info = entities.TraceInfo(trace_id=TRACE_ID, request_time=5, state=entities.TraceState.OK, tags={"a": "b"})
    trace = entities.Trace(info, entities.TraceData(drawn))
    again = entities.Trace.from_json(trace.to_json())
    assert again.to_dict() == trace.to_dict()
    assert [vars(span) for span in again.data.spans] == [vars(span) for span in drawn]


@given(st.integers(-(2**41), 2**44))
def test_times_of_the_json_form_are_exact(ms: int) -> None:
    """Milliseconds survive ISO 8601."""
    assert iso_to_ms(ms_to_iso(ms)) == ms


def test_json_form_is_mlflows(recorded: Recorded) -> None:
    """Ids in base64, attribute values as JSON text, ISO times, assessments in the info."""
    with tracer.start_span("root", span_type="CHAIN", attributes={"llm.ttft_ms": 612}) as span:
        span.set_inputs({"q": "hi"})
        span.set_outputs("ok")
    tracer.log_feedback(trace_id=span.trace_id, name="good", value=True)
    trace = tracer.get_trace(span.trace_id)
    assert trace is not None
    document = json.loads(trace.to_json(pretty=True))
    info, (stored,) = document["info"], document["data"]["spans"]
    assert info["trace_id"] == f"tr-{span.trace_id}"
    assert info["trace_location"] == {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}}
    assert info["state"] == "OK"
    assert info["request_time"].endswith("Z")
    assert info["tags"] == {"mlflow.traceName": "root"}
    (said,) = info["assessments"]
    assert (said["assessment_name"], said["feedback"], said["source"]["source_type"]) == (
        "good",
        {"value": True},
        "CODE",
    )
    assert b64decode(stored["trace_id"]).hex() == span.trace_id
    assert b64decode(stored["span_id"]).hex() == span.span_id
    assert stored["parent_span_id"] is None
    assert stored["status"] == {"code": "STATUS_CODE_OK", "message": ""}
    assert stored["attributes"] == {
        "mlflow.traceRequestId": f'"tr-{span.trace_id}"',
        "mlflow.spanType": '"CHAIN"',
        "mlflow.spanInputs": '{"q": "hi"}',
        "mlflow.spanOutputs": '"ok"',
        "llm.ttft_ms": "612",
    }
    assert entities.Trace.from_dict(document).search_assessments("good")[0].value is True


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"info": {}},
        {"info": {"trace_id": " ", "request_time": 1}},
        {"info": {"trace_id": 5, "request_time": 1}},
        {"info": {"trace_id": TRACE_ID, "request_time": "yesterday"}},
        {"info": {"trace_id": TRACE_ID, "request_time": 1, "state": "FINE"}},
        {"info": {"trace_id": TRACE_ID, "request_time": 1}, "data": {"spans": [{}]}},
        {"info": {"trace_id": TRACE_ID, "request_time": 1}, "data": {"spans": [None]}},
        {"info": {"trace_id": TRACE_ID, "request_time": 1, "assessments": [{}]}},
    ],
)
def test_an_invalid_document_raises_a_value_error(document: dict[str, Any]) -> None:
    """Any fault of the document is a ValueError."""
    with pytest.raises(ValueError, match=r"."):
        entities.Trace.from_dict(document)


def test_status_reads_as_text_and_as_object() -> None:
    """`status == "OK"` and `status.status_code == SpanStatusCode.OK`, also after a pickle."""
    status = SpanStatus(SpanStatusCode.ERROR, "why")
    assert status == "ERROR"
    assert (status.status_code, status.description) == (SpanStatusCode.ERROR, "why")
    assert SpanStatus("STATUS_CODE_OK").status_code == "OK"
    again = pickle.loads(pickle.dumps(status))
    assert (again, again.description) == (status, "why")
    with pytest.raises(ValueError, match="FINE"):
        SpanStatus("FINE")


def test_live_and_recorded_spans_are_both_spans(recorded: Recorded) -> None:
    """`isinstance(x, entities.Span)` holds for a span while it is recorded and when it is read."""
    with tracer.start_span("a", attributes={"llm.model_name": "m", "llm.cost.total": 0.5}) as live:
        assert isinstance(live, entities.Span)
        assert isinstance(live, entities.LiveSpan)
        assert (live.model_name, live.llm_cost) == ("m", {"total_cost": 0.5})
        assert live.to_dict()["status"]["code"] == "STATUS_CODE_UNSET"
    trace = tracer.get_trace(live.trace_id)
    assert trace is not None
    assert isinstance(trace.data.spans[0], entities.Span)
    assert trace.data.spans[0].to_dict()["attributes"] == live.to_dict()["attributes"]


def test_assessments_survive_mlflows_json() -> None:
    """Feedback with an error, an expectation, an issue."""
    for said in (
        entities.Feedback(
            "f", {"a": [1]}, rationale="r", metadata={"k": "1"}, span_id=SPAN_ID, trace_id=f"tr-{TRACE_ID}"
        ),
        entities.Feedback("f", error="broken", source=entities.AssessmentSource("AI_JUDGE", "gpt")),
        entities.Expectation("e", "x", overrides="a-1", valid=False),
        entities.IssueReference("issue-1", "slow", run_id="r-1"),
    ):
        assert entities.Assessment.from_dictionary(said.to_dictionary()) == said


def shown(value: Any) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    console.print(value)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_trace_shows_its_tree(recorded: Recorded) -> None:
    """A terminal, plain text and HTML show names, types, durations, failures and values."""
    with tracer.start_span("root", span_type="AGENT") as root:
        root.set_inputs({"q": "why"})
        with suppress(ValueError), tracer.start_span("tool", span_type="TOOL"):
            raise ValueError("bad")
    trace = tracer.get_trace(root.trace_id)
    assert trace is not None
    bundle = trace._repr_mimebundle_()
    for text in (shown(trace), bundle["text/plain"], bundle["text/html"]):
        assert root.trace_id in text
        assert text.index("root") < text.index("tool")
        assert "TOOL" in text
        assert "ValueError: bad" in text
    assert '{"q": "why"}' in shown(trace)
    assert trace._repr_html_() == bundle["text/html"]


def test_hostile_text_is_shown_and_not_obeyed(recorded: Recorded) -> None:
    """Escape sequences, Rich markup and HTML in a trace have no effect."""
    with tracer.start_span("\x1b]0;owned\x07[bold]x[/bold]<script>") as span:
        span.set_inputs("\x1b[2J</div><img src=x>")
    trace = tracer.get_trace(span.trace_id)
    assert trace is not None
    bundle = trace._repr_mimebundle_()
    for text in (shown(trace), bundle["text/plain"], bundle["text/html"]):
        assert "\x1b" not in text
        assert "\x07" not in text
    assert "[bold]x[/bold]" in shown(trace)
    assert "<script" not in bundle["text/html"]
    assert "<img" not in bundle["text/html"]


def test_a_trace_with_a_cycle_of_parents_is_shown_once() -> None:
    """Spans that are parents of each other, and a span whose parent is missing, are all shown."""
    ids = ["a" * 16, "b" * 16, "c" * 16]
    drawn = [
        entities.Span("one", TRACE_ID, ids[0], ids[1]),
        entities.Span("two", TRACE_ID, ids[1], ids[0]),
        entities.Span("orphan", TRACE_ID, ids[2], "f" * 16),
    ]
    trace = entities.Trace(entities.TraceInfo(TRACE_ID), entities.TraceData(drawn))
    text = trace._repr_mimebundle_()["text/plain"]
    assert [text.count(name) for name in ("one", "two", "orphan")] == [1, 1, 1]
    assert "orphan" in shown(trace)
