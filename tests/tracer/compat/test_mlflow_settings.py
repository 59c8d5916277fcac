"""The functions of `mlflow.tracing`, and those that need MLflow's server.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.last_trace import last_trace
from tracetui import tracer

mlflow: Any = tracer
"""As programs written for MLflow call it, by names too that come late and are in no signature."""

pytestmark = pytest.mark.usefixtures("recorded")


def test_tracing_is_switched_off_and_on() -> None:
    """`tracing.disable`, `tracing.enable`, and `tracing.context` for a block of code."""

    @tracer.trace
    def work() -> str:
        return "done"

    mlflow.tracing.disable()
    assert work() == "done"
    mlflow.tracing.enable()
    with mlflow.tracing.context(enabled=False):
        assert work() == "done"
        with mlflow.tracing.context(enabled=True), mlflow.start_span("inner"):
            work()
    assert [len(trace.data.spans) for trace in mlflow.search_traces(return_type="list")] == [2]


def test_context_labels_every_trace_that_begins_in_it() -> None:
    """A label of the inner context replaces that of the outer one; traces outside have no labels."""
    with mlflow.tracing.context(tags={"a": "1", "b": "1"}, metadata={"m": "1"}, session_id="s-1", user="ada"):
        with (
            mlflow.start_span("outer"),
            mlflow.tracing.context(tags={"a": "2"}, session_id="s-2"),
            mlflow.start_span("child of outer"),
        ):
            pass
        with mlflow.tracing.context(tags={"a": "2"}, session_id="s-2"), mlflow.start_span("inner"):
            mlflow.update_current_trace(tags={"c": "3"})
    with mlflow.start_span("outside"):
        pass
    outside, inner, outer = (trace.info for trace in mlflow.search_traces(return_type="list"))
    assert {**outer.tags} == {"mlflow.traceName": "outer", "a": "1", "b": "1"}
    assert (outer.session_id, outer.user, outer.trace_metadata["m"]) == ("s-1", "ada", "1")
    assert {**inner.tags} == {"mlflow.traceName": "inner", "a": "2", "b": "1", "c": "3"}
    assert (inner.session_id, inner.user) == ("s-2", "ada")
    assert {**outside.tags} == {"mlflow.traceName": "outside"}
    assert outside.session_id is None


def test_a_distributed_trace_continues_in_the_called_service() -> None:
    """The spans of the service go below the span in the headers of the caller."""
    with mlflow.start_span("client") as client:
        headers = mlflow.tracing.get_tracing_context_headers_for_http_request()
    assert "traceparent" in headers
    with mlflow.tracing.set_tracing_context_from_http_request_headers(headers), mlflow.start_span("server") as server:
        pass
    assert (server.trace_id, server.parent_id) == (client.trace_id, client.span_id)


def test_span_processor_redacts_what_is_written() -> None:
    """The file has the span as a function of `tracing.configure(span_processors=...)` changed it."""

    def hide(span: Any) -> None:
        if span.inputs:
            span.set_inputs("[hidden]")

    mlflow.tracing.configure(span_processors=[hide])
    try:
        with mlflow.start_span("a") as span:
            span.set_inputs("my secret")
        assert last_trace().data.root.inputs == "[hidden]"
    finally:
        mlflow.tracing.reset()
    with mlflow.start_span("b") as span:
        span.set_inputs("open")
    assert last_trace().data.root.inputs == "open"


def test_functions_that_need_a_server_warn_once(caplog: pytest.LogCaptureFixture) -> None:
    """Experiments and tracking URIs change nothing and raise nothing; the id of a run is kept."""
    for _ in range(2):
        mlflow.set_tracking_uri("http://localhost:5000")
        experiment = mlflow.set_experiment("my experiment")
        with mlflow.start_run(run_name="r") as run:
            mlflow.log_param("a", 1)
            with mlflow.start_span("inside"):
                pass
        found = mlflow.search_traces(
            experiment_ids=[experiment.experiment_id], run_id=run.info.run_id, return_type="list"
        )
        assert [trace.data.root.name for trace in found] == ["inside"]
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == len(set(told)) == 5
    assert sum("set_experiment() is ignored" in sentence for sentence in told) == 1
    assert mlflow.get_tracking_uri().startswith("sqlite:///")


def test_span_processors_of_a_block_stay_in_it() -> None:
    """Spans before and after the block of `with tracing.configure(...)` do not reach them."""
    with mlflow.start_span("before") as span:
        span.set_inputs("open")
    hiding = mlflow.tracing.configure(span_processors=[lambda span: span.set_inputs("[hidden]")])
    with hiding, mlflow.start_span("inside") as span:
        span.set_inputs("secret")
    with mlflow.start_span("after") as span:
        span.set_inputs("open")
    found = mlflow.search_traces(return_type="list")
    assert [trace.data.root.inputs for trace in found] == ["open", "[hidden]", "open"]


@pytest.mark.parametrize(
    ("call", "kind", "code"),
    [
        (lambda: mlflow.search_traces(filter_string="tag.env =", return_type="list"), ValueError, "INVALID"),
        (lambda: mlflow.search_traces(filter_string="issue.state = 'x'", return_type="list"), ValueError, "INVALID"),
        (lambda: mlflow.search_traces(order_by=["nonsense"], return_type="list"), ValueError, "INVALID"),
        (lambda: mlflow.search_traces(return_type="json"), ValueError, "INVALID"),
        (lambda: mlflow.get_assessment("ab" * 16, "a-1"), LookupError, "RESOURCE_DOES_NOT_EXIST"),
        (lambda: mlflow.MlflowClient().get_trace("ab" * 16), LookupError, "RESOURCE_DOES_NOT_EXIST"),
        (lambda: mlflow.MlflowClient().start_span("a", "nonsense", "cd" * 8), ValueError, "INVALID"),
        (lambda: mlflow.MlflowClient().delete_traces("0"), ValueError, "INVALID"),
        (lambda: mlflow.trace(len, output_reducer=len), TypeError, "INVALID"),
        (lambda: mlflow.trace(len, sampling_ratio_override=2.0), ValueError, "INVALID"),
        (lambda: mlflow.add_trace({"spans": []}), ValueError, "INVALID"),
        (lambda: mlflow.add_trace("trace"), TypeError, "INVALID"),
        (lambda: mlflow.entities.Trace.from_json("{"), ValueError, "INVALID"),
        (lambda: mlflow.entities.SpanStatus("FINE"), ValueError, "INVALID"),
        (lambda: mlflow.entities.AssessmentSource("ALIEN"), ValueError, "INVALID"),
        (lambda: mlflow.log_metric("score", "high"), TypeError, "INVALID"),
        (lambda: mlflow.tracing.set_tracing_context_from_http_request_headers({}), ValueError, "INVALID"),
        (lambda: mlflow.load_prompt("prompts:/greet/3"), NotImplementedError, "NOT_IMPLEMENTED"),
    ],
)
def test_errors_are_caught_under_mlflows_name(call: Any, kind: type[Exception], code: str) -> None:
    """Each is an exception of Python and an `MlflowException` with a message and a code."""
    from tracetui.tracer.exceptions import MlflowException

    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, MlflowException)
    assert caught.value.message in str(caught.value)
    assert caught.value.error_code.startswith(code)
    assert json.loads(caught.value.serialize_as_json())["error_code"] == caught.value.error_code
    assert 400 <= caught.value.get_http_status_code() <= 501


def test_programs_may_raise_mlflows_exception_themselves() -> None:
    """Its constructor accepts the arguments of MLflow's."""
    assert mlflow.MlflowException is mlflow.exceptions.MlflowException
    assert str(mlflow.MlflowException(KeyError("a"), error_code=5, sqlstate="x")) == "'a'"
    assert mlflow.MlflowException.invalid_parameter_value("no").get_http_status_code() == 400
    assert mlflow.MlflowException("m").error_code == "INTERNAL_ERROR"


@pytest.mark.parametrize(
    "statement",
    [
        "from tracetui.tracer.entities import Document, Feedback, SpanEvent, SpanLogLevel, SpanType, TraceState",
        "from tracetui.tracer.entities import MlflowExperimentLocation, TraceLocation, TraceLocationType, LiveSpan",
        "from tracetui.tracer.entities.assessment import DEFAULT_FEEDBACK_NAME, Expectation, Feedback",
        "from tracetui.tracer.entities.assessment_error import AssessmentError",
        "from tracetui.tracer.entities.assessment_source import AssessmentSource, AssessmentSourceType",
        "from tracetui.tracer.entities.span import LiveSpan, NoOpSpan, Span",
        "from tracetui.tracer.entities.span_event import SpanEvent",
        "from tracetui.tracer.entities.span_log_level import SpanLogLevel",
        "from tracetui.tracer.entities.span_status import SpanStatus, SpanStatusCode",
        "from tracetui.tracer.entities.trace_data import TraceData",
        "from tracetui.tracer.entities.trace_info import TraceInfo",
        "from tracetui.tracer.entities.trace_location import TraceLocation",
        "from tracetui.tracer.entities.trace_state import TraceState",
        "from tracetui.tracer.entities.trace_status import TraceStatus",
        "from tracetui.tracer.exceptions import MlflowException, MlflowTracingException, RestException",
        "from tracetui.tracer.tracing import configure, context, disable, enable, reset, set_destination",
        "from tracetui.tracer.tracing.constant import CostKey, SpanAttributeKey, TokenUsageKey, TraceMetadataKey",
        "from tracetui.tracer.tracing.destination import Databricks, MlflowExperiment",
        "from tracetui.tracer.tracking import MlflowClient, set_tracking_uri",
        "from tracetui.tracer.client import MlflowClient",
        "from tracetui.tracer.genai import load_prompt, register_prompt",
        "from tracetui.tracer import agno, anthropic, autogen, bedrock, gemini, langchain, openai, pydantic_ai",
    ],
)
def test_names_are_where_mlflow_has_them(statement: str) -> None:
    """An import of an example works with the name of the package replaced."""
    exec(statement, {})  # must not raise


def test_run_is_active_inside_its_block() -> None:
    """`start_run` with and without a block, `active_run`, `last_active_run`."""
    assert mlflow.active_run() is None
    with mlflow.start_run(run_name="outer") as outer:
        with mlflow.start_run(nested=True) as inner:
            assert mlflow.active_run() is inner
            assert inner.info.run_id != outer.info.run_id
        assert mlflow.active_run().info.run_name == "outer"
        assert outer.data.params == {}
    assert mlflow.active_run() is None
    by_hand = mlflow.start_run(run_id="abc")
    assert mlflow.last_active_run() is by_hand
    mlflow.end_run()
    assert mlflow.active_run() is None


def test_version_of_an_application_stands_in_for_a_model() -> None:
    """`set_active_model` and similar functions return an object with an id, which works in a `with` block."""
    with mlflow.set_active_model(name="agent-v2") as active:
        assert (active.name, active.model_id) == ("agent-v2", "0")
        mlflow.log_model_params({"temperature": "0"})
    model = mlflow.create_external_model(name="agent-v3")
    assert mlflow.finalize_logged_model(model.model_id, "READY").model_id == model.model_id
    assert mlflow.get_active_model_id() is None
    mlflow.genai.enable_git_model_versioning()


def test_functions_whose_result_needs_a_server_name_the_way_out(caplog: pytest.LogCaptureFixture) -> None:
    """Functions without a result warn once; the others raise an error that names the way out."""
    for _ in range(2):
        mlflow.set_tags({"a": "b"})
        mlflow.log_artifact("file.txt", artifact_path="x")
        mlflow.config.enable_async_logging(False)
        mlflow.tracing.set_destination(mlflow.entities.MlflowExperimentLocation("0"))
    assert [record.getMessage().partition("(")[0] for record in caplog.records] == [
        "tracetui: set_tags",
        "tracetui: log_artifact",
        "tracetui: enable_async_logging",
        "tracetui: tracing.set_destination",
    ]
    with pytest.raises(NotImplementedError, match="linkedPrompts"):
        mlflow.genai.register_prompt(name="greet", template="Hi {{name}}")
    with pytest.raises(NotImplementedError, match="log_feedback"):
        mlflow.genai.evaluate(data=[], scorers=[])
    with pytest.raises(AttributeError):
        mlflow.no_such_name  # noqa: B018
    with pytest.raises(AttributeError):
        mlflow.genai.no_such_name  # noqa: B018
    with pytest.raises(ImportError, match="agno"):
        mlflow.agno.autolog()
    assert mlflow.__version__[0].isdigit()
