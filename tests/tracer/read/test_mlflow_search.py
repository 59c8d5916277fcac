"""Searches as MLflow's documentation describes them: filters, orders, tables, sessions.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from tests.support.known import known
from tracetui import tracer as mlflow
from tracetui.tracer.exceptions import MlflowException

pytestmark = pytest.mark.usefixtures("recorded")


def test_traces_are_searched_filtered_and_ordered() -> None:
    """`search_traces` with a filter, an order, a limit, as a list."""

    @mlflow.trace
    def work(env: str, fail: bool) -> None:
        mlflow.update_current_trace(tags={"env": env})
        if fail:
            raise ValueError(env)

    for env, fail in (("dev", False), ("prod", True), ("prod", False)):
        with suppress(ValueError):
            work(env, fail)
    found = mlflow.search_traces(filter_string="tag.env = 'prod'", return_type="list")
    assert [trace.info.state for trace in found] == ["OK", "ERROR"]
    failed = mlflow.search_traces(filter_string="tag.env = 'prod' AND trace.status = 'ERROR'", return_type="list")
    assert len(failed) == 1
    ordered = mlflow.search_traces(order_by=["timestamp_ms ASC"], return_type="list", include_spans=False)
    assert [trace.info.tags["env"] for trace in ordered] == ["dev", "prod", "prod"]
    assert ordered[0].data.spans == []
    assert len(mlflow.search_traces(max_results=1, return_type="list")) == 1
    with pytest.raises(ValueError, match="column"):
        mlflow.search_traces(filter_string="tag.env = ", return_type="list")
    with pytest.raises(ValueError, match="no such field"):
        mlflow.search_traces(order_by=["nonsense"], return_type="list")


def test_search_returns_a_dataframe_where_pandas_is_installed() -> None:
    """One row for each trace, MLflow's columns."""
    pandas = pytest.importorskip("pandas")
    with mlflow.start_span("a") as span:
        span.set_inputs({"q": 1})
        span.set_outputs("x")
    frame = mlflow.search_traces()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == [
        *("trace_id", "trace", "client_request_id", "state", "request_time", "execution_duration"),
        *("request", "response", "trace_metadata", "tags", "spans", "assessments"),
    ]
    row = frame.iloc[0]
    assert (row["trace_id"], row["state"], row["request"], row["response"]) == (span.trace_id, "OK", {"q": 1}, "x")
    assert mlflow.search_traces(filter_string="name = 'nobody'").empty


def test_sessions_group_the_turns_of_a_conversation() -> None:
    """`search_sessions` returns the newest session first, its traces oldest first."""
    for session, turn in (("s-1", "one"), ("s-2", "two"), ("s-1", "three"), (None, "alone")):
        with mlflow.start_span(turn):
            mlflow.update_current_trace(session_id=session)
    sessions = mlflow.search_sessions()
    assert [(session.id, [known(trace.data.root).name for trace in session]) for session in sessions] == [
        ("s-1", ["one", "three"]),
        ("s-2", ["two"]),
    ]
    assert [session.id for session in mlflow.search_sessions(max_results=1)] == ["s-1"]


def test_metric_can_be_filtered_like_any_number() -> None:
    """`log_metric` sets an attribute of the span and metadata of the trace, while it runs and after its end."""
    for score in (0.25, 0.75):
        with mlflow.start_span("evaluate"):
            mlflow.log_metric("score", score)
    (good,) = mlflow.search_traces(filter_string="score > 0.5", return_type="list")
    assert good.data.root.get_attribute("score") == 0.75
    assert good.info.trace_metadata["score"] == "0.75"
    mlflow.log_metric("late", 3, trace_id=good.info.trace_id)
    assert len(mlflow.search_traces(filter_string="late >= 3 and metadata.late = 3", return_type="list")) == 1
    with pytest.raises(TypeError, match="accepts a number"):
        mlflow.log_metric("score", "high")  # type: ignore[arg-type]


def test_traces_are_found_by_their_assessments() -> None:
    """`feedback.x` and `expectation.x` in a filter."""
    for rating in (1, 5):
        with mlflow.start_span("answer") as span:
            pass
        mlflow.log_assessment(span.trace_id, mlflow.entities.Feedback(name="rating", value=rating))
    (bad,) = mlflow.search_traces(filter_string="feedback.rating <= 2", return_type="list")
    assert bad.search_assessments("rating")[0].value == 1


def test_columns_are_made_of_inputs_and_outputs_of_named_spans() -> None:
    """`extract_fields` in MLflow's notation, with backticks where a name holds dots."""
    from tracetui.tracer.read.extracted_fields import parse_fields

    with mlflow.start_span("my.agent") as span:
        span.set_inputs({"q": 1, "a b": 2})
        span.set_outputs("done")
    (trace,) = mlflow.search_traces(return_type="list")
    fields = parse_fields(["`my.agent`.inputs.q", "`my.agent`.inputs.`a b`", "`my.agent`.outputs", "other.inputs.q"])
    assert [field.column for field in fields] == [
        "my.agent.inputs.q", "my.agent.inputs.a b", "my.agent.outputs", "other.inputs.q"
    ]  # fmt: skip
    assert [field.value(trace) for field in fields] == [1, 2, "done", None]
    assert [field.value(trace) for field in parse_fields(["`my.agent`.inputs", "`my.agent`.outputs.x"])] == [
        {"q": 1, "a b": 2},
        None,
    ]
    for wrong in ("inputs", "span.attributes.x", "`open.inputs", 5):
        with pytest.raises(ValueError, match="extract_fields"):
            parse_fields([wrong])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="return_type='pandas'"):
        mlflow.search_traces(extract_fields=["a.inputs"], return_type="list")


def test_of_several_spans_of_one_name_the_last_is_extracted() -> None:
    """The last span counts, as in MLflow, also if only an earlier one has the key."""
    from tracetui.tracer.read.extracted_fields import parse_fields

    with mlflow.start_span("agent"):
        for number in range(2):
            with mlflow.start_span("search") as span:
                span.set_inputs({"n": number} if number else {"n": number, "first": True})
    (trace,) = mlflow.search_traces(return_type="list")
    assert [field.value(trace) for field in parse_fields(["search.inputs.n", "search.inputs.first"])] == [1, None]


def test_intermediate_outputs_of_equal_names_are_kept_apart() -> None:
    """Each gets its number among the spans of that name; outputs of the root are left out."""
    with mlflow.start_span("agent") as root:
        root.set_outputs("answer")
        for outputs in ("one", None, "three"):
            with mlflow.start_span("search") as span:
                span.set_outputs(outputs)
        with mlflow.start_span("rank") as span:
            span.set_outputs([1])
    (trace,) = mlflow.search_traces(return_type="list")
    assert trace.data.intermediate_outputs == {"search_1": "one", "search_3": "three", "rank": [1]}
    with mlflow.start_span("alone") as span:
        span.set_outputs("answer")
    assert mlflow.search_traces(return_type="list")[0].data.intermediate_outputs is None


def test_traces_are_found_by_the_run_and_the_model_they_belong_to() -> None:
    """`run_id` and `model_id` are arguments of searches and fields of filters, and combine with any filter."""
    with mlflow.start_run(run_name="outer") as outer:
        with mlflow.start_span("a"):
            mlflow.update_current_trace(session_id="s-1")
        with mlflow.start_run(nested=True) as inner, mlflow.start_span("b"):
            mlflow.update_current_trace(session_id="s-2", model_id="m-1")
        with mlflow.start_span("c"):
            pass
    with mlflow.start_span("d", run_id="by hand"):
        pass
    client = mlflow.MlflowClient()
    client.end_trace(client.start_trace("e", run_id="by hand").trace_id)
    with mlflow.start_span("f"):
        pass

    def names(**wanted: Any) -> list[str]:
        return [known(trace.data.root).name for trace in mlflow.search_traces(return_type="list", **wanted)]

    run_id = outer.info.run_id
    assert names(run_id=run_id) == ["c", "a"]
    assert names(run_id=run_id, filter_string="{name = a} or {name = b}") == ["a"]
    assert names(run_id=run_id, filter_string="name = c or name = b | limit 5") == ["c"]
    assert names(filter_string=f"run_id = '{inner.info.run_id}'") == names(model_id="m-1") == ["b"]
    assert names(run_id="by hand") == ["e", "d"]
    assert names(run_id="nobody's") == []
    (found,) = client.search_traces(run_id=inner.info.run_id)
    assert found.info.request_metadata["mlflow.sourceRun"] == inner.info.run_id
    assert [session.id for session in mlflow.search_sessions(run_id=run_id)] == ["s-1"]


def test_arguments_about_storage_places_warn_once(caplog: pytest.LogCaptureFixture) -> None:
    """Each search warns once about each argument that names experiments or places."""
    with mlflow.start_span("a"):
        pass
    for _ in range(2):
        assert len(mlflow.search_traces(locations=["7"], return_type="list")) == 1
        assert len(mlflow.MlflowClient().search_traces(experiment_ids=["7"])) == 1
        assert mlflow.search_sessions(locations=["7"]) == []
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 3
    assert all("is ignored" in message for message in told)


def test_dataframe_has_the_extracted_columns() -> None:
    """The columns follow those of MLflow, in the order of `extract_fields`."""
    pytest.importorskip("pandas")
    with mlflow.start_span("retrieve") as span:
        span.set_inputs({"q": "why"})
    frame = mlflow.search_traces(extract_fields=["retrieve.inputs.q", "retrieve.outputs"])
    assert list(frame.columns)[-2:] == ["retrieve.inputs.q", "retrieve.outputs"]
    assert frame.iloc[0]["retrieve.inputs.q"] == "why"


def test_traces_are_ordered_by_their_labels() -> None:
    """`order_by` a tag or metadata; traces without it come last in either direction."""
    for name, env in (("b", "prod"), ("a", "dev"), ("c", None)):
        with mlflow.start_span(name):
            mlflow.update_current_trace(tags={"env": env} if env else None, metadata={"my key": name})

    def names(*order_by: str) -> list[str]:
        found = mlflow.search_traces(order_by=order_by, return_type="list", include_spans=False)
        return [trace.info.tags["mlflow.traceName"] for trace in found]

    assert names("tags.env") == ["a", "b", "c"]
    assert names("tag.env DESC", "name") == ["b", "a", "c"]
    assert names("metadata.`my key` DESC") == ["c", "b", "a"]


def test_a_search_for_no_results_returns_none() -> None:
    """`max_results=0` raises nothing; an invalid filter raises an error also then."""
    with mlflow.start_span("a"):
        pass
    assert mlflow.search_traces(max_results=0, return_type="list") == []
    with pytest.raises(ValueError, match="column"):
        mlflow.search_traces(filter_string="name =", max_results=0, return_type="list")


def test_traces_are_found_by_the_prompts_they_used() -> None:
    """The prompts are in MLflow's attribute of a span, as JSON or as objects, or linked to the trace by the client."""
    Prompt = type("Prompt", (), {"name": "greet", "version": 4})
    linked = [{"name": "greet", "version": "3"}, {"name": "bye", "version": "1"}]
    for name, value in (("objects", linked), ("text", json.dumps(linked[:1])), ("broken", "[{"), ("number", 5)):
        with mlflow.start_span(name) as span:
            span.set_attribute("mlflow.linkedPrompts", value)
    with mlflow.start_span("by client") as span:
        pass
    mlflow.MlflowClient().link_prompt_versions_to_trace(prompt_versions=[Prompt()], trace_id=span.trace_id)

    def found(filter_string: str) -> set[str]:
        traces = mlflow.search_traces(filter_string=filter_string, return_type="list")
        return {trace.data.root.name for trace in traces}

    assert found("prompt = 'greet/3'") == {"objects", "text"}
    assert found("prompt = 'bye/1'") == {"objects"}
    assert found("prompt = 'greet'") == {"objects", "text", "by client"}
    assert found("prompt = 'greet/4'") == found("prompt_version = 4") == {"by client"}
    assert found("prompt_version = 3") == {"objects", "text"}
    assert found("prompt is not null and prompt != 'greet/3'") == {"by client"}
    assert found("prompt is null") == {"broken", "number"}


def test_a_slow_regular_expression_raises_an_error_that_names_it() -> None:
    """`re` keeps the interpreter lock, so that no thread of the program could stop it."""
    with mlflow.start_span("a" * 200):
        pass
    with pytest.raises(MlflowException, match=r"`\(a\|a\)\*b` could take for ever"):
        mlflow.search_traces(filter_string="name RLIKE '(a|a)*b'", return_type="list")
    assert len(mlflow.search_traces(filter_string="name RLIKE '^a+$'", return_type="list")) == 1
