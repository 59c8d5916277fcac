"""Programs and traces of MLflow 2: the names of its first preview, its JSON, and trace ids of any form.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.last_trace import last_trace
from tracetui import tracer as mlflow
from tracetui.tracer.entities.span import NoOpSpan, Span, SpanType
from tracetui.tracer.exceptions import MlflowException, MlflowTraceDataCorrupted, MlflowTraceDataNotFound
from tracetui.tracer.tracing.constant import SpanAttributeKey, TokenUsageKey, TraceMetadataKey, TraceTagKey
from tracetui.tracer.tracking.client import MlflowClient

DIGITS = "00ff" * 8


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("include_spans", [True, False])
def test_inputs_and_outputs_are_metadata_cut_as_mlflow_cuts_them(include_spans: bool) -> None:
    """Those of the root, at most 250 characters with the dots; empty if there are none. Previews do not count."""

    def metadata() -> dict[str, str]:
        (newest,) = mlflow.search_traces(max_results=1, include_spans=include_spans, return_type="list", flush=True)
        found: dict[str, str] = newest.info.request_metadata
        return found

    with mlflow.start_span("long") as span:
        mlflow.update_current_trace(request_preview="asked")
        span.set_inputs("é" * 248)
        span.set_outputs("é" * 249)
        assert metadata()[TraceMetadataKey.INPUTS] == f'"{"é" * 248}"'
    assert metadata()[TraceMetadataKey.OUTPUTS] == f'"{"é" * 246}...'
    with mlflow.start_span("empty"):
        assert TraceMetadataKey.OUTPUTS not in metadata()
    assert (metadata()[TraceMetadataKey.INPUTS], metadata()[TraceMetadataKey.OUTPUTS]) == ("", "")


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("parent", ["parent_id", "parent_span_id"])
@pytest.mark.parametrize("trace", ["request_id", "trace_id"])
def test_a_client_program_of_the_preview_runs_unchanged(parent: str, trace: str) -> None:
    """Every function with an id accepts `request_id` and `parent_span_id` too."""
    client: Any = MlflowClient()  # the former names are no part of its signatures
    experiment = mlflow.set_experiment("preview")
    root = client.start_trace("preview", inputs={"x": 1}, tags={"fruit": "apple", "vegetable": "leek"})
    request_id = root.request_id
    child = client.start_span(
        name="child", span_type=SpanType.LLM, inputs={"z": 2}, **{trace: request_id, parent: root.span_id}
    )
    client.end_span(span_id=child.span_id, outputs=3, attributes={"temperature": 0.5}, **{trace: child.request_id})
    client.end_trace(outputs=4, **{trace: request_id})

    found = mlflow.get_last_active_trace()
    assert found is not None
    assert found.info.request_id == found.trace_id == request_id
    first, second = found.data.spans
    assert (first.inputs, first.outputs) == ({"x": 1}, 4)
    assert (second.parent_id, second.inputs, second.outputs) == (root.span_id, {"z": 2}, 3)
    assert second.get_attribute("temperature") == 0.5
    assert found.info.status == mlflow.entities.TraceStatus.OK
    assert found.info.request_metadata["mlflow.traceInputs"] == '{"x":1}'
    assert found.info.request_metadata["mlflow.traceOutputs"] == "4"
    assert found.info.timestamp_ms == first.start_time_ns // 1_000_000
    assert found.info.execution_time_ms == found.info.execution_duration

    client.set_trace_tag(key="fruit", value="orange", **{trace: request_id})
    client.delete_trace_tag(key="vegetable", **{trace: request_id})
    (again,) = client.search_traces(experiment_ids=[experiment.experiment_id], filter_string="attributes.status = 'OK'")
    assert again.info.tags == {"mlflow.traceName": "preview", "fruit": "orange"}
    assert client.get_trace(**{trace: request_id}).info.request_metadata == again.info.request_metadata
    assert client.delete_traces("0", request_ids=[request_id]) == 1
    assert mlflow.get_last_active_trace() is None


@pytest.mark.usefixtures("recorded")
def test_methods_of_a_class_are_traced_without_their_object() -> None:
    """The first example of MLflow has decorators with and without a call, and a type of its own."""

    class Model:
        @mlflow.trace
        def predict(self, x: int) -> int:
            return self.add_one(x)

        @mlflow.trace(name="plus", span_type="math", attributes={"delta": 1})
        def add_one(self, z: int) -> int:
            return z + 1

        @classmethod
        @mlflow.trace
        def build(cls, size: int) -> int:
            return size

    assert (Model().predict(2), Model.build(3)) == (3, 3)
    assert last_trace().data.root.inputs == {"size": 3}
    predict, plus = mlflow.search_traces(filter_string="trace.name = 'predict'", return_type="list")[0].data.spans
    assert (predict.inputs, predict.outputs) == ({"x": 2}, 3)
    assert (plus.name, plus.span_type, plus.inputs, plus.attributes) == ("plus", "math", {"z": 2}, {"delta": 1})


def span_of_version_2(**changes: Any) -> dict[str, Any]:
    """A span as MLflow 2 wrote it."""
    return {
        "name": "ask",
        "context": {"trace_id": f"0x{DIGITS}", "span_id": "0x0a90fc46e65ea5a4"},
        "parent_id": None,
        "start_time": 1_738_662_897_576_578_992,
        "end_time": 1_738_662_899_068_969_049,
        "status_code": "ERROR",
        "status_message": "ValueError: bad",
        "attributes": {
            "mlflow.traceRequestId": '"5f1b"',
            "mlflow.spanType": '"CHAT_MODEL"',
            "mlflow.spanInputs": '{"q": "why"}',
            "mlflow.spanOutputs": '"so"',
            "temperature": "0.5",
        },
        "events": [{"name": "exception", "timestamp": 1_738_662_899_068_969_000, "attributes": {"k": "v"}}],
        **changes,
    }


TRACE_OF_VERSION_2: dict[str, Any] = {
    "info": {
        "request_id": "5f1b",
        "experiment_id": "7",
        "timestamp_ms": 1_738_662_897_576,
        "execution_time_ms": 1_493,
        "status": "ERROR",
        "request_metadata": {"mlflow.traceInputs": '{"q": "why"}', "mlflow.trace_schema.version": "2"},
        "tags": {"mlflow.traceName": "ask"},
    },
    "data": {
        "request": '{"q": "why"}',
        "response": '"so"',
        "spans": [
            span_of_version_2(),
            span_of_version_2(
                name="below",
                context={"trace_id": f"0x{DIGITS}", "span_id": "0xb"},
                parent_id="0x0a90fc46e65ea5a4",
                events=[],
            ),
        ],
    },
}


def test_traces_of_version_2_are_read() -> None:
    """Info, spans, events and previews, from a dict and from text."""
    trace = mlflow.entities.Trace.from_json(json.dumps(TRACE_OF_VERSION_2))
    info = trace.info
    assert (info.request_id, info.experiment_id, info.state) == ("5f1b", "7", "ERROR")
    assert (info.timestamp_ms, info.execution_time_ms) == (1_738_662_897_576, 1_493)
    assert info.request_preview == trace.data.request == '{"q": "why"}'
    span, below = trace.data.spans
    assert (span.request_id, span.span_id, span.parent_id) == ("5f1b", "0a90fc46e65ea5a4", None)
    assert (span.span_type, span.inputs, span.outputs) == ("CHAT_MODEL", {"q": "why"}, "so")
    assert (span.status.status_code, span.status.description) == ("ERROR", "ValueError: bad")
    assert (span.start_time_ns, span.end_time_ns) == (1_738_662_897_576_578_992, 1_738_662_899_068_969_049)
    assert (span.events[0].timestamp, span.events[0].attributes) == (1_738_662_899_068_969_000, {"k": "v"})
    assert span.attributes == {"temperature": 0.5}
    assert (below.span_id, below.parent_id) == (f"{11:016x}", span.span_id)
    assert mlflow.entities.Trace.from_json(trace.to_json()).to_dict() == trace.to_dict()


@pytest.mark.usefixtures("recorded")
def test_a_trace_of_version_2_is_added_to_the_file() -> None:
    """Its spans keep their times and parents."""
    mlflow.add_trace(TRACE_OF_VERSION_2)
    outer, ask, below = last_trace().data.spans
    assert (outer.name, ask.name, below.parent_id) == ("Remote Trace <ask>", "ask", ask.span_id)
    assert ask.start_time_ns == 1_738_662_897_576_578_992


@pytest.mark.parametrize(("word", "state"), [("TRACE_STATUS_UNSPECIFIED", "STATE_UNSPECIFIED"), ("IN_PROGRESS",) * 2])
def test_states_of_version_2_are_read(word: str, state: str) -> None:
    """Each state of MLflow 2 has its state here, also the renamed one."""
    document = {**TRACE_OF_VERSION_2, "info": {**TRACE_OF_VERSION_2["info"], "status": word}}
    assert mlflow.entities.Trace.from_dict(document).info.state == state
    assert mlflow.entities.TraceStatus.UNSPECIFIED.value == "STATE_UNSPECIFIED"


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (f"tr-{DIGITS}", DIGITS),
        (DIGITS, DIGITS),
        (DIGITS.upper(), DIGITS),
        ("tr-custom", "tr-custom"),
        ("1234", "1234"),
        (f"trace:/catalog.schema/{DIGITS}", f"trace:/catalog.schema/{DIGITS}"),
        ("0a7fb75e-8cb2-43e2-8f84-4e4d80b0b5e4", "0a7fb75e-8cb2-43e2-8f84-4e4d80b0b5e4"),
    ],
)
def test_entities_accept_trace_ids_of_any_form(given: str, held: str) -> None:
    """An id that is not 32 hex digits stays unchanged, through MLflow's JSON and back."""
    said = mlflow.entities.Feedback("good", True, trace_id=given)
    info = mlflow.entities.TraceInfo(given, assessments=[said])
    trace = mlflow.entities.Trace(info, mlflow.entities.TraceData([Span("a", given, "0a" * 8)]))
    document = trace.to_dict()
    assert document["info"]["trace_id"] == (f"tr-{held}" if held == DIGITS else held)
    assert json.loads(document["data"]["spans"][0]["attributes"]["mlflow.traceRequestId"]) == info.to_dict()["trace_id"]
    again = mlflow.entities.Trace.from_json(trace.to_json())
    assert {again.trace_id, again.info.assessments[0].trace_id, again.data.spans[0].trace_id} == {held}
    assert again.data.spans[0].to_dict()["trace_id"] == document["data"]["spans"][0]["trace_id"]


@given(st.text())
def test_any_text_as_trace_id_is_an_id_or_a_value_error(text: str) -> None:
    """A span with the text as its trace id works, or the text raises a ValueError."""
    try:
        span = Span("a", text, "0a" * 8)
    except ValueError:
        assert not text.strip()
        return
    assert Span.from_dict(span.to_dict()).trace_id == span.trace_id


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("form", ["tr-{}", "{}", "trace:/catalog.schema/{}", "trace:/catalog.schema/tr-{}"])
def test_a_trace_is_found_by_any_form_of_its_id(form: str) -> None:
    """`get_trace` accepts MLflow's prefix and that of Unity Catalog."""
    with mlflow.start_span("a") as span:
        pass
    found = mlflow.get_trace(form.format(span.trace_id))
    assert found is not None
    assert found.trace_id == span.trace_id


@pytest.mark.usefixtures("recorded")
def test_a_trace_is_found_by_its_id_with_dashes() -> None:
    """Programs that make UUIDs of ids write them with dashes."""
    with mlflow.start_span("a") as span:
        pass
    parts = [span.trace_id[start:end] for start, end in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))]
    assert mlflow.get_trace("-".join(parts)) is not None


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("uc_schema", {"catalog_name": "c", "schema_name": "s"}),
        ("uc_table_prefix", {"catalog_name": "c", "schema_name": "s", "table_prefix": "p"}),
        ("inference_table", {"full_table_name": "c.s.t"}),
        ("mlflow_experiment", {"experiment_id": "7"}),
    ],
)
def test_places_of_traces_are_kept(place: str, told: dict[str, str]) -> None:
    """A trace from another storage place keeps it in our entities."""
    document = {"type": place.upper(), place: told}
    location = mlflow.entities.TraceLocation.from_dict(document)
    assert location.to_dict() == document
    assert location.experiment_id == told.get("experiment_id")


def test_names_that_examples_import_are_there() -> None:
    """Constants, classes and exceptions have the import paths of MLflow."""
    assert mlflow.entities.Trace.pandas_dataframe_columns()[:2] == ["trace_id", "trace"]
    assert {SpanAttributeKey.CHAT_TOOLS, TraceTagKey.TRACE_NAME, TraceMetadataKey.INPUTS} == {
        "mlflow.chat.tools",
        "mlflow.traceName",
        "mlflow.traceInputs",
    }
    assert len(TokenUsageKey.all_keys()) == 6
    assert isinstance(NoOpSpan(), Span)
    for error, code in ((MlflowTraceDataNotFound("x"), "NOT_FOUND"), (MlflowTraceDataCorrupted("x"), "INVALID_STATE")):
        assert isinstance(error, MlflowException)
        assert error.error_code == code
