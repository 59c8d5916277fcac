"""The labels, the usage and the JSON of a trace, as MLflow's documentation describes them.

The tests are written from the documentation, and are valid for MLflow itself with another import.
"""

from __future__ import annotations

import contextvars
import re
import threading
from typing import Any

import pytest

from tests.support.known import known
from tests.support.last_trace import last_trace
from tests.support.recorded import Recorded
from tracetui import tracer as mlflow
from tracetui.tracer.settings.settings import config

pytestmark = pytest.mark.usefixtures("recorded")


def test_trace_carries_tags_metadata_session_user_and_previews() -> None:
    """`update_current_trace` sets them, and the trace that is read has them."""

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
    """Token usage that a program sets on a span is read from the trace and from the span."""

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
    """`Trace.search_spans` with each argument, and with all."""
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


def test_a_trace_is_sent_as_json_and_added_below_a_span() -> None:
    """The trace of a service is sent as a dict and merged into the trace of its caller, with its spans in any order."""
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
    with pytest.raises(TypeError, match="accepts a Trace"):
        mlflow.add_trace("trace")  # type: ignore[arg-type]


def test_trace_of_the_past_is_logged_at_once() -> None:
    """The deprecated `log_trace` records it."""
    trace_id = mlflow.log_trace(
        name="old", request={"q": 1}, response="a", intermediate_outputs={"r": [1]}, tags={"t": "1"},
        start_time_ms=1_700_000_000_000, execution_time_ms=2_500,
    )  # fmt: skip
    trace = mlflow.get_trace(trace_id)
    assert trace is not None
    assert (trace.info.request_time, trace.info.execution_duration) == (1_700_000_000_000, 2_500)
    assert trace.data.intermediate_outputs == {"r": [1]}
    assert trace.info.tags["t"] == "1"


def test_last_active_trace_is_that_of_the_process_or_of_the_thread() -> None:
    """`get_last_active_trace_id(thread_local=True)` does not return traces of other threads."""
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
    """`get_trace` of an unknown id returns None, with or without MLflow's prefix, also before the file exists."""
    assert mlflow.get_trace("tr-" + "0" * 31 + "1") is None
    assert mlflow.get_trace("no id at all", silent=True) is None
    with mlflow.start_span("a") as span:
        pass
    assert mlflow.get_trace(f"tr-{span.trace_id}") is not None


def test_an_open_trace_is_read_as_far_as_it_is_recorded(recorded: Recorded) -> None:
    """Code inside a trace can read the trace."""
    with mlflow.start_span("a") as span:
        span.set_attribute("so far", 1)
        trace = mlflow.get_trace(span.trace_id)
        assert trace is not None
        assert trace.info.state == "IN_PROGRESS"
        assert trace.info.execution_duration is None
        root = known(trace.data.root)
        assert (root.attributes, root.status) == ({"so far": 1}, "UNSET")
    assert recorded.span("a")["status"] == "OK"


def test_tags_of_a_finished_trace_can_be_changed() -> None:
    """`set_trace_tag` and `delete_trace_tag` of a trace that has ended."""
    with mlflow.start_span("a") as span:
        mlflow.update_current_trace(tags={"old": "1"})
    mlflow.set_trace_tag(span.trace_id, "reviewed", "yes")
    mlflow.delete_trace_tag(span.trace_id, "old")
    tags = last_trace().info.tags
    assert tags["reviewed"] == "yes"
    assert "old" not in tags


def test_tags_set_by_id_while_the_trace_runs_survive_its_end() -> None:
    """The tag is set inside the trace or in another thread; later tags of the trace are merged."""
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


def test_session_and_user_may_be_set_as_metadata() -> None:
    """MLflow's older spelling sets the same fields, which find the traces of a session."""
    with mlflow.start_span("a"):
        mlflow.update_current_trace(metadata={"mlflow.trace.session": "s-1", "mlflow.trace.user": "ada"})
    with mlflow.tracing.context(metadata={"mlflow.trace.session": "s-1"}), mlflow.start_span("b"):
        pass
    mlflow.start_span_no_context("c", metadata={"mlflow.trace.session": "s-1", "k": "v"}).end()
    (session,) = mlflow.search_sessions()
    assert [known(trace.data.root).name for trace in session] == ["a", "b", "c"]
    assert session[2].info.trace_metadata["k"] == "v"
    found = mlflow.search_traces(filter_string="metadata.`mlflow.trace.user` = 'ada'", return_type="list")
    assert [trace.info.user for trace in found] == ["ada"]


def test_an_added_trace_has_its_labels_and_assessments() -> None:
    """Tags, metadata, session and assessments are added; those of the local trace stay."""
    with mlflow.start_span("remote"):
        mlflow.update_current_trace(tags={"a": "remote", "b": "remote"}, metadata={"m": "1"}, session_id="s-1")
        with mlflow.start_span("model") as model:
            pass
    said = mlflow.log_feedback(trace_id=model.trace_id, name="good", value=True, span_id=model.span_id)
    mlflow.override_feedback(trace_id=model.trace_id, assessment_id=known(said.assessment_id), value=False)
    remote = last_trace()
    with mlflow.start_span("local"):
        mlflow.update_current_trace(tags={"a": "local"}, user="ada")
        mlflow.add_trace(remote)
    merged = last_trace()
    assert {key: text for key, text in merged.info.tags.items() if key in "ab"} == {"a": "local", "b": "remote"}
    assert (merged.info.session_id, merged.info.user, merged.info.trace_metadata["m"]) == ("s-1", "ada", "1")
    assert merged.data.spans[0].name == "local", "the root comes first, whenever the spans below it began"
    former, current = merged.search_assessments("good", all=True)
    assert (former.valid, current.valid, current.value, current.overrides) == (False, True, False, former.assessment_id)
    assert former.span_id == merged.search_spans(name="model")[0].span_id != model.span_id
    assert {one.assessment_id for one in (former, current)}.isdisjoint(
        one.assessment_id for one in remote.info.assessments
    )


def test_a_computed_cost_has_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The prices of the total split it into input and output; the cost of the trace is the sum over its calls."""
    monkeypatch.setattr(config, "prices", '{"models": {"my-model": {"input": 1, "output": 20}}}')
    tokens = {"input_tokens": 1_000_000, "output_tokens": 100_000, "total_tokens": 1_100_000}
    with mlflow.start_span("chain"):
        for _ in range(2):
            with mlflow.start_span("model", span_type="LLM") as span:
                span.set_attributes({"mlflow.llm.model": "my-model", "mlflow.chat.tokenUsage": tokens})
    trace = last_trace()
    cost = trace.search_spans(name="model")[0].llm_cost
    assert cost == pytest.approx({"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0})
    assert trace.info.cost == pytest.approx({"input_cost": 2.0, "output_cost": 4.0, "total_cost": 6.0})
    assert trace.data.root.llm_cost is None
    monkeypatch.setattr(config, "prices", '{"models": {"my-model": {"input": 2, "output": 20}}}')
    assert last_trace().info.cost == {"total_cost": 6.0}, "prices that have changed say nothing of what was"


def test_trace_may_be_named_by_its_former_argument() -> None:
    """`request_id=` is MLflow's former name of `trace_id=`."""
    with mlflow.start_span("a") as span:
        pass
    former: Any = mlflow  # the former names are no part of the signatures
    former.set_trace_tag(request_id=span.trace_id, key="k", value="v")
    trace = former.get_trace(request_id=span.request_id)
    assert trace.info.tags["k"] == "v"
    former.delete_trace_tag(request_id=span.trace_id, key="k")
    assert "k" not in former.MlflowClient().get_trace(request_id=span.trace_id).info.tags
    assert trace.info == mlflow.entities.Trace.from_json(trace.to_json()).info
    assert trace.data.root.get_attribute("mlflow.traceRequestId") == f"tr-{span.trace_id}"
    assert trace.info.trace_location.mlflow_experiment.experiment_id == trace.info.experiment_id
