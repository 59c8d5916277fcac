"""Programs as MLflow's documentation describes them, run on this tracer under MLflow's name.

Each is written from what the documentation says the API does; nothing here knows that it is not MLflow, but for
the import.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from tests.conftest import Recorded
from tracetui import tracer as mlflow

pytestmark = pytest.mark.usefixtures("recorded")


def last_trace() -> Any:
    trace_id = mlflow.get_last_active_trace_id()
    assert trace_id is not None
    trace = mlflow.get_trace(trace_id)
    assert trace is not None
    return trace


def test_decorated_functions_make_one_trace_with_their_arguments_and_results() -> None:
    """The first example: two traced functions, one inside the other."""

    @mlflow.trace
    def add(x: int, y: int) -> int:
        return x + y

    @mlflow.trace(name="square sum", span_type=mlflow.SpanType.CHAIN, attributes={"key": "value"})
    def square_of_sum(x: int, y: int) -> int:
        return add(x, y) ** 2

    assert square_of_sum(1, 2) == 9
    trace = last_trace()
    assert [span.name for span in trace.data.spans] == ["square sum", "add"]
    outer, inner = trace.data.spans
    assert (outer.inputs, outer.outputs, outer.span_type) == ({"x": 1, "y": 2}, 9, "CHAIN")
    assert outer.attributes == {"key": "value"}
    assert inner.parent_id == outer.span_id
    assert trace.info.state == mlflow.entities.TraceState.OK
    assert json.loads(trace.data.request) == {"x": 1, "y": 2}
    assert json.loads(trace.data.response) == 9


def test_span_by_hand_sets_inputs_outputs_attributes_and_events() -> None:
    """`with start_span() as span`, and the span that is current in a function further down."""

    def further_down() -> None:
        span = mlflow.get_current_active_span()
        assert span is not None
        span.set_attribute("temperature", 0.7)
        span.add_event(mlflow.entities.SpanEvent(name="something_happened", attributes={"reason": "example"}))

    with mlflow.start_span(name="my_span", span_type=mlflow.SpanType.TOOL) as span:
        span.set_inputs({"x": 1, "y": 2})
        further_down()
        span.set_outputs({"z": 3})
        assert mlflow.get_active_trace_id() == span.trace_id
    (recorded,) = last_trace().data.spans
    assert (recorded.inputs, recorded.outputs) == ({"x": 1, "y": 2}, {"z": 3})
    assert recorded.get_attribute("temperature") == 0.7
    assert [(event.name, event.attributes) for event in recorded.events] == [
        ("something_happened", {"reason": "example"})
    ]
    assert recorded.status.status_code == mlflow.entities.SpanStatusCode.OK


def test_exception_makes_span_and_trace_an_error_with_its_stack_trace() -> None:
    """What fails is recorded, and raised as it was."""

    @mlflow.trace
    def divide(x: float, y: float) -> float:
        return x / y

    with pytest.raises(ZeroDivisionError):
        divide(1, 0)
    trace = last_trace()
    (span,) = trace.data.spans
    assert trace.info.state == "ERROR"
    assert span.status.status_code == "ERROR"
    assert "ZeroDivisionError" in span.status.description
    (event,) = span.events
    assert event.name == "exception"
    assert "ZeroDivisionError" in event.attributes["exception.stacktrace"]


async def test_coroutines_and_streams_are_traced() -> None:
    """Async functions, generators with a reducer, async generators."""

    @mlflow.trace
    async def fetch(number: int) -> int:
        await asyncio.sleep(0)
        return number * 2

    @mlflow.trace
    async def gather() -> list[int]:
        return await asyncio.gather(fetch(1), fetch(2))

    assert await gather() == [2, 4]
    trace = last_trace()
    assert sorted(span.outputs for span in trace.search_spans(name="fetch")) == [2, 4]
    assert {span.parent_id for span in trace.search_spans(name="fetch")} == {trace.data.root.span_id}

    @mlflow.trace(output_reducer=lambda chunks: ",".join(map(str, chunks)))
    def count() -> Iterator[int]:
        yield from range(3)

    assert list(count()) == [0, 1, 2]
    assert last_trace().data.root.outputs == "0,1,2"

    @mlflow.trace
    async def words() -> AsyncIterator[str]:
        for word in ("a", "b"):
            yield word

    assert [word async for word in words()] == ["a", "b"]
    assert last_trace().data.root.outputs == "ab"


def test_function_of_another_library_is_traced_by_wrapping_it() -> None:
    """`mlflow.trace(fn)` around what is not one's own."""
    assert mlflow.trace(json.dumps)({"a": 1}) == '{"a": 1}'
    assert last_trace().data.root.name == "dumps"


def test_threads_join_the_trace_through_a_copied_context() -> None:
    """Multi-threading: a context copied for each task."""

    @mlflow.trace
    def worker(number: int) -> int:
        return number

    @mlflow.trace
    def main() -> None:
        with ThreadPoolExecutor() as pool:
            tasks = [pool.submit(contextvars.copy_context().run, worker, number) for number in range(5)]
            assert [task.result() for task in tasks] == list(range(5))

    main()
    assert len(last_trace().search_spans(name="worker")) == 5


def test_trace_carries_tags_metadata_session_user_and_previews() -> None:
    """`update_current_trace`, and what the trace says of it afterwards."""

    @mlflow.trace
    def chat(message: str) -> str:
        mlflow.update_current_trace(
            tags={"fruit": "apple"},
            metadata={"mlflow.trace.user": "u-1", "git": "abc"},
            session_id="s-1",
            client_request_id="req-1",
            request_preview="asked",
            response_preview="answered",
        )
        return f"re: {message}"

    chat("hello")
    info = last_trace().info
    assert info.tags["fruit"] == "apple"
    assert info.tags["mlflow.traceName"] == "chat"
    assert info.trace_metadata["mlflow.trace.session"] == "s-1"
    assert info.trace_metadata["mlflow.trace.user"] == "u-1"
    assert info.client_request_id == "req-1"
    assert (info.request_preview, info.response_preview) == ("asked", "answered")
    assert info.execution_duration is not None


def test_token_usage_is_summed_over_the_trace() -> None:
    """Token usage set by hand on a model span is read from the trace and from the span."""

    @mlflow.trace(span_type=mlflow.SpanType.LLM)
    def model(prompt: str) -> str:
        span = mlflow.get_current_active_span()
        assert span is not None
        span.set_attributes(
            {
                "mlflow.chat.tokenUsage": {
                    "input_tokens": 10,
                    "output_tokens": 5,
                    "total_tokens": 15,
                    "cache_read_input_tokens": 4,
                },
                "mlflow.llm.model": "gpt-4o",
                "mlflow.llm.cost": {"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3},
            }
        )
        return "hi"

    @mlflow.trace
    def chain() -> None:
        model("a")
        model("b")

    chain()
    trace = last_trace()
    assert trace.info.token_usage == {
        "input_tokens": 20,
        "output_tokens": 10,
        "total_tokens": 30,
        "cache_read_input_tokens": 8,
    }
    assert trace.info.cost == {"input_cost": 0.2, "output_cost": 0.4, "total_cost": 0.6}
    span = trace.search_spans(span_type=mlflow.SpanType.LLM)[0]
    assert span.model_name == "gpt-4o"
    assert span.get_attribute("mlflow.chat.tokenUsage")["total_tokens"] == 15


def test_spans_are_found_by_type_name_pattern_and_id() -> None:
    """`Trace.search_spans`, each of its arguments and all together."""
    with mlflow.start_span("run", span_type=mlflow.SpanType.AGENT):
        for number in range(3):
            with mlflow.start_span(f"tool_{number}", span_type=mlflow.SpanType.TOOL):
                pass
    trace = last_trace()
    assert len(trace.search_spans(span_type=mlflow.SpanType.TOOL)) == 3
    assert [span.name for span in trace.search_spans(name=re.compile(r"_[12]$"))] == ["tool_1", "tool_2"]
    (one,) = trace.search_spans(name="tool_0")
    assert trace.search_spans(span_id=one.span_id, span_type="TOOL") == [one]
    assert trace.search_spans(name="tool") == []
    with pytest.raises(TypeError, match="string or a compiled pattern"):
        trace.search_spans(name=5)


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
    with pytest.raises(ValueError, match="order by one of"):
        mlflow.search_traces(order_by=["nonsense"], return_type="list")


def test_search_gives_a_dataframe_where_pandas_is_installed() -> None:
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
    """`search_sessions`: the newest conversation first, its turns oldest first."""
    for session, turn in (("s-1", "one"), ("s-2", "two"), ("s-1", "three"), (None, "alone")):
        with mlflow.start_span(turn):
            mlflow.update_current_trace(session_id=session)
    sessions = mlflow.search_sessions()
    assert [(session.id, [trace.data.root.name for trace in session]) for session in sessions] == [
        ("s-1", ["one", "three"]),
        ("s-2", ["two"]),
    ]
    assert [session.id for session in mlflow.search_sessions(max_results=1)] == ["s-1"]


def test_metric_can_be_filtered_like_any_number() -> None:
    """`log_metric` lands on the span and on the trace, while it runs and after it has ended."""
    for score in (0.25, 0.75):
        with mlflow.start_span("evaluate"):
            mlflow.log_metric("score", score)
    (good,) = mlflow.search_traces(filter_string="score > 0.5", return_type="list")
    assert good.data.root.get_attribute("score") == 0.75
    assert good.info.trace_metadata["score"] == "0.75"
    mlflow.log_metric("late", 3, trace_id=good.info.trace_id)
    assert len(mlflow.search_traces(filter_string="late >= 3 and metadata.late = 3", return_type="list")) == 1
    with pytest.raises(TypeError, match="takes a number"):
        mlflow.log_metric("score", "high")


def test_tags_of_a_finished_trace_can_be_changed() -> None:
    """`set_trace_tag` and `delete_trace_tag`, on a trace that is over."""
    with mlflow.start_span("a") as span:
        mlflow.update_current_trace(tags={"old": "1"})
    mlflow.set_trace_tag(span.trace_id, "reviewed", "yes")
    mlflow.delete_trace_tag(span.trace_id, "old")
    tags = last_trace().info.tags
    assert tags["reviewed"] == "yes"
    assert "old" not in tags


def test_tags_set_by_id_while_the_trace_runs_survive_its_end() -> None:
    """From inside the trace, and from another thread; what the trace itself says later is merged."""
    with mlflow.start_span("a") as span:
        mlflow.set_trace_tag(span.trace_id, "inside", "1")
        mlflow.flush()
        thread = threading.Thread(target=mlflow.set_trace_tag, args=(span.trace_id, "elsewhere", "2"))
        thread.start()
        thread.join()
        mlflow.update_current_trace(tags={"own": "3", "gone": "4"})
        mlflow.flush()
        mlflow.delete_trace_tag(span.trace_id, "gone")
    tags = last_trace().info.tags
    assert {key: tags[key] for key in ("inside", "elsewhere", "own")} == {"inside": "1", "elsewhere": "2", "own": "3"}
    assert "gone" not in tags


def test_feedback_and_expectations_are_logged_read_changed_and_deleted() -> None:
    """A person's judgement, a judge's, an expectation; corrected, updated, taken away."""
    entities = mlflow.entities
    with mlflow.start_span("answer") as span:
        pass
    person = entities.AssessmentSource(source_type=entities.AssessmentSourceType.HUMAN, source_id="ada@example.com")
    said = mlflow.log_feedback(
        trace_id=span.trace_id,
        name="helpful",
        value=True,
        source=person,
        rationale="to the point",
        span_id=span.span_id,
    )
    mlflow.log_feedback(trace_id=span.trace_id, name="judge", error=ValueError("no key"))
    mlflow.log_expectation(trace_id=span.trace_id, name="facts", value=["a", "b"], metadata={"by": "test"})
    trace = last_trace()
    (helpful,) = trace.search_assessments(name="helpful")
    assert (helpful.value, helpful.source, helpful.rationale) == (True, person, "to the point")
    assert helpful.span_id == span.span_id
    assert helpful.assessment_id == said.assessment_id
    (judge,) = trace.search_assessments("judge", type="feedback")
    assert (judge.value, judge.error.error_code, judge.error.error_message) == (None, "ValueError", "no key")
    (facts,) = trace.search_assessments(type="expectation")
    assert (facts.expectation.value, facts.source.source_type) == (["a", "b"], "HUMAN")

    corrected = mlflow.override_feedback(trace_id=span.trace_id, assessment_id=said.assessment_id, value=False)
    trace = last_trace()
    assert [found.value for found in trace.search_assessments("helpful")] == [False]
    assert len(trace.search_assessments("helpful", all=True)) == 2
    assert mlflow.get_assessment(span.trace_id, corrected.assessment_id).overrides == said.assessment_id

    mlflow.update_assessment(
        trace_id=span.trace_id,
        assessment_id=facts.assessment_id,
        assessment=entities.Expectation(name="facts", value=["c"]),
    )
    assert mlflow.get_assessment(span.trace_id, facts.assessment_id).value == ["c"]
    mlflow.delete_assessment(trace_id=span.trace_id, assessment_id=facts.assessment_id)
    with pytest.raises(LookupError, match="has no assessment"):
        mlflow.get_assessment(span.trace_id, facts.assessment_id)


def test_traces_are_found_by_what_was_said_of_them() -> None:
    """`feedback.x` and `expectation.x` in a filter."""
    for rating in (1, 5):
        with mlflow.start_span("answer") as span:
            pass
        mlflow.log_assessment(span.trace_id, mlflow.entities.Feedback(name="rating", value=rating))
    (bad,) = mlflow.search_traces(filter_string="feedback.rating <= 2", return_type="list")
    assert bad.search_assessments("rating")[0].value == 1


def test_trace_travels_as_json_and_is_added_below_a_span() -> None:
    """A service's trace, sent as a dict and merged into the caller's; any order of spans."""
    with mlflow.start_span("remote", span_type="AGENT") as span:
        span.set_inputs("q")
        with mlflow.start_span("remote child") as child:
            child.set_attribute("n", 1)
            child.add_event("happened", {"k": "v"})
    remote = last_trace().to_dict()
    remote["data"]["spans"].reverse()

    with mlflow.start_span("local") as local:
        mlflow.add_trace(remote)
    trace = last_trace()
    assert trace.info.trace_id == local.trace_id
    spans = {span.name: span for span in trace.data.spans}
    assert spans["remote"].parent_id == local.span_id
    assert spans["remote child"].parent_id == spans["remote"].span_id
    assert spans["remote child"].span_id != child.span_id
    assert spans["remote child"].start_time_ns == child.start_time_ns
    assert spans["remote child"].end_time_ns == child.end_time_ns
    assert spans["remote child"].attributes == {"n": 1}
    assert spans["remote child"].events[0].attributes == {"k": "v"}
    assert spans["remote"].inputs == "q"

    mlflow.add_trace(mlflow.entities.Trace.from_dict(remote))
    alone = last_trace()
    assert alone.data.spans[0].name == "Remote Trace <remote>"
    assert len(alone.data.spans) == 3
    assert alone.data.root.start_time_ns == span.start_time_ns
    with pytest.raises(ValueError, match="MLflow's JSON form"):
        mlflow.add_trace({"spans": []})
    with pytest.raises(TypeError, match="takes a Trace"):
        mlflow.add_trace("trace")


def test_trace_of_the_past_is_logged_at_once() -> None:
    """The deprecated `log_trace`."""
    trace_id = mlflow.log_trace(
        name="old", request={"q": 1}, response="a", intermediate_outputs={"r": [1]}, tags={"t": "1"},
        start_time_ms=1_700_000_000_000, execution_time_ms=2_500,
    )  # fmt: skip
    trace = mlflow.get_trace(trace_id)
    assert trace is not None
    assert (trace.info.request_time, trace.info.execution_duration) == (1_700_000_000_000, 2_500)
    assert trace.data.intermediate_outputs == {"r": [1]}
    assert trace.info.tags["t"] == "1"


def test_tracing_is_switched_off_and_on() -> None:
    """`tracing.disable`, `tracing.enable`, and for a block of code `tracing.context`."""

    @mlflow.trace
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
    """The inner context wins; traces outside carry nothing."""
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


def test_distributed_trace_goes_on_in_the_called_service() -> None:
    """The caller's headers, and what the service records under them."""
    with mlflow.start_span("client") as client:
        headers = mlflow.tracing.get_tracing_context_headers_for_http_request()
    assert "traceparent" in headers
    with mlflow.tracing.set_tracing_context_from_http_request_headers(headers), mlflow.start_span("server") as server:
        pass
    assert (server.trace_id, server.parent_id) == (client.trace_id, client.span_id)


def test_span_processor_redacts_what_is_written() -> None:
    """`tracing.configure(span_processors=...)`: what the function changes is what is in the file."""

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


def test_what_needs_a_server_is_taken_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """Experiments, runs and tracking URIs change nothing and break nothing."""
    mlflow.guard._warned.clear()
    for _ in range(2):
        mlflow.set_tracking_uri("http://localhost:5000")
        experiment = mlflow.set_experiment("my experiment")
        with mlflow.start_run(run_name="r") as run:
            mlflow.log_param("a", 1)
            with mlflow.start_span("inside"):
                pass
        mlflow.search_traces(experiment_ids=[experiment.experiment_id], run_id=run.info.run_id, return_type="list")
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == len(set(told)) == 6
    assert mlflow.get_tracking_uri().startswith("sqlite:///")


def test_last_active_trace_is_that_of_the_process_or_of_the_thread() -> None:
    """`get_last_active_trace_id(thread_local=True)` does not see what other threads traced."""
    with mlflow.start_span("here") as here:
        pass
    seen: list[Any] = []

    def elsewhere() -> None:
        seen.append(mlflow.get_last_active_trace_id(thread_local=True))
        with mlflow.start_span("there") as there:
            pass
        seen.extend([there.trace_id, mlflow.get_last_active_trace_id(thread_local=True)])

    contextvars.copy_context().run(lambda: None)
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen[1] == seen[2] == mlflow.get_last_active_trace_id()
    assert mlflow.get_last_active_trace_id(thread_local=True) == here.trace_id


def test_unknown_trace_is_none() -> None:
    """`get_trace` of what is not there gives None, with or without MLflow's prefix, before there is any file."""
    assert mlflow.get_trace("tr-" + "0" * 31 + "1") is None
    assert mlflow.get_trace("no id at all", silent=True) is None
    with mlflow.start_span("a") as span:
        pass
    assert mlflow.get_trace(f"tr-{span.trace_id}") is not None


def test_open_trace_is_read_as_far_as_it_has_come(recorded: Recorded) -> None:
    """A trace can be read from inside itself."""
    with mlflow.start_span("a") as span:
        span.set_attribute("so far", 1)
        trace = mlflow.get_trace(span.trace_id)
        assert trace is not None
        assert trace.info.state == "IN_PROGRESS"
        assert trace.info.execution_duration is None
        assert trace.data.root.attributes == {"so far": 1}
        assert trace.data.root.status == "UNSET"
    assert recorded.span("a")["status"] == "OK"


def test_span_says_what_it_is_for_and_how_much_it_matters() -> None:
    """`description` and `log_level`, given at the start or set later."""

    @mlflow.trace(description="adds", log_level="DEBUG")
    def add(x: int, y: int) -> int:
        span = mlflow.get_current_active_span()
        assert span is not None
        assert (span.description, span.log_level) == ("adds", mlflow.entities.SpanLogLevel.DEBUG)
        span.set_description("adds two numbers")
        return x + y

    add(1, 2)
    root = last_trace().data.root
    assert (root.description, root.log_level) == ("adds two numbers", mlflow.entities.SpanLogLevel.DEBUG)


def test_retriever_gives_documents() -> None:
    """A retriever's outputs in the form that MLflow shows as documents, and token usage by its constants."""
    from tracetui.tracer.tracing.constant import SpanAttributeKey, TokenUsageKey

    @mlflow.trace(span_type=mlflow.SpanType.RETRIEVER)
    def retrieve(query: str) -> list[Any]:
        span = mlflow.get_current_active_span()
        assert span is not None
        usage = {TokenUsageKey.INPUT_TOKENS: 3, TokenUsageKey.OUTPUT_TOKENS: 0, TokenUsageKey.TOTAL_TOKENS: 3}
        span.set_attribute(SpanAttributeKey.CHAT_USAGE, usage)
        return [mlflow.entities.Document(page_content="text", metadata={"doc_uri": "a"}, id="1")]

    retrieve("q")
    trace = last_trace()
    assert trace.data.root.outputs == [{"page_content": "text", "metadata": {"doc_uri": "a"}, "id": "1"}]
    assert trace.info.token_usage[TokenUsageKey.TOTAL_TOKENS] == 3
