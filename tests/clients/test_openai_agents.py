"""OpenAI's Agents, recorded by `autolog`: they tell of their steps, and the client below of the stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

MODELS = {"response": "OpenAIResponsesModel", "generation": "OpenAIChatCompletionsModel"}
"""By the name of its spans: what asks through one API of OpenAI's and the other."""


@pytest.fixture
def agents(autologged: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library; without a key it sends its own traces nowhere."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return autologged("openai_agents", "agents")


@pytest.fixture(params=MODELS)
def call_name(request: pytest.FixtureRequest) -> Any:
    """The name of the spans of model calls."""
    return request.param


@pytest.fixture
def agent(call_name: str, agents: Any, openai_below: Any) -> Any:
    """Asks a model."""
    model = getattr(agents, MODELS[call_name])("gpt-x", openai_below)
    settings = agents.ModelSettings(include_usage=True)
    return agents.Agent(name="helper", instructions="Be brief", model=model, model_settings=settings)


def assert_is_the_answer(span: dict[str, Any]) -> None:
    """Kind, provider, tokens and text are right, and the model as far as it is told."""
    assert (span["kind"], span["status"], span["provider"]) == ("LLM", "OK", "openai")
    assert span["model"].startswith("gpt-x")
    assert (span["input_tokens"], span["output_tokens"]) == (11, 7)
    assert "Hello you" in str(span["outputs"])


async def test_a_run_is_a_tree_of_its_steps(agents: Any, agent: Any, call_name: str, recorded: Recorded) -> None:
    """The agent below our span, and the model call below its agent."""
    with tracer.start_span("request") as request:
        assert (await agents.Runner.run(agent, "hi")).final_output == "Hello you"
    spans = {span["span_id"]: span for span in recorded.spans()}
    above = call = recorded.span(call_name)
    assert_is_the_answer(call)
    names = []
    while above["span_id"] != request.span_id:
        above = spans[above["parent_id"]]
        names.append(above["name"])
    assert names == ["turn", "helper", "Agent workflow", "Agent workflow", "request"]
    (trace,) = recorded.traces()
    assert (trace["input_tokens"], trace["output_tokens"]) == (11, 7)


async def test_a_stream_is_measured(agents: Any, agent: Any, call_name: str, recorded: Recorded) -> None:
    """The client's stream is made within the span of the model call."""
    run = agents.Runner.run_streamed(agent, "hi")
    assert "raw_response_event" in [event.type async for event in run.stream_events()]
    span = recorded.span(call_name)
    assert_is_the_answer(span)
    assert span["chunk_count"] == 6
    assert_ttft_is_of_the_first_content(span)


async def test_a_stream_that_is_left_is_cancelled(
    agents: Any, agent: Any, wire: Wire, call_name: str, recorded: Recorded
) -> None:
    """The run goes on until it is told."""
    wire.before_last.clear()
    run = agents.Runner.run_streamed(agent, "hi")
    async for event in run.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            run.cancel()
    span = recorded.span(call_name)
    assert span["status"] == "CANCELLED"
    assert_ttft_is_of_the_first_content(span)


async def test_a_cancelled_run_is_cancelled_down_to_its_call(
    agents: Any, agent: Any, wire: Wire, recorded: Recorded
) -> None:
    """None of its spans stays open or current."""
    wire.before_answer.clear()
    await cancelled(agents.Runner.run(agent, "hi"), when=lambda: wire.requests)
    assert {span["status"] for span in recorded.spans()} == {"CANCELLED"}
    assert tracer.get_current_active_span() is None


async def test_a_refused_call_is_an_error(
    agents: Any, agent: Any, wire: Wire, call_name: str, recorded: Recorded
) -> None:
    """As is the run; it reaches the program as it was."""
    import openai

    wire.status = 400
    with pytest.raises(openai.BadRequestError, match="slow down"):
        await agents.Runner.run(agent, "hi")
    span = recorded.span(call_name)
    assert (span["kind"], span["status"]) == ("LLM", "ERROR")
    assert "slow down" in span["status_message"]
    assert recorded.traces()[0]["status"] == "ERROR"


async def test_a_refused_stream_is_an_error(
    agents: Any, agent: Any, wire: Wire, call_name: str, recorded: Recorded
) -> None:
    """As is the run."""
    import openai

    wire.status = 400
    run = agents.Runner.run_streamed(agent, "hi")
    with pytest.raises(openai.BadRequestError, match="slow down"):
        async for _ in run.stream_events():
            pass
    assert recorded.span(call_name)["status"] == "ERROR"
    assert recorded.traces()[0]["status"] == "ERROR"


async def test_a_run_in_place_of_what_failed_is_no_error(agents: Any, agent: Any, recorded: Recorded) -> None:
    """The exception that the program handles is not of this run."""
    try:
        raise LookupError("nothing found")
    except LookupError:
        await agents.Runner.run(agent, "hi")
    assert {span["status"] for span in recorded.spans()} == {"OK"}


async def test_a_tool_is_inside_the_run(agents: Any, agent: Any, call_name: str, recorded: Recorded) -> None:
    """And what it does inside the tool."""

    @agents.function_tool
    def weather(city: str) -> str:
        with tracer.start_span("look up"):
            return f"sunny in {city}"

    agent.tools.append(weather)
    assert (await agents.Runner.run(agent, "hi")).final_output == "Hello you"
    tool, look_up = recorded.span("weather"), recorded.span("look up")
    assert (tool["kind"], look_up["parent_id"]) == ("TOOL", tool["span_id"])
    assert (tool["inputs"], tool["outputs"]) == ({"city": "Porto"}, "sunny in Porto")
    calls = [span for span in recorded.spans() if span["name"] == call_name]
    assert [span["kind"] for span in calls] == ["LLM"] * 2
    assert_is_the_answer(calls[1])


async def test_a_span_of_ours_in_a_trace_of_theirs_has_the_run_below_it(
    agents: Any, agent: Any, call_name: str, recorded: Recorded
) -> None:
    """Their trace is around it, also where a span of theirs is between."""
    with agents.trace("workflow"):
        with tracer.start_span("ours"):
            await agents.Runner.run(agent, "hi")
        with agents.custom_span("theirs"), tracer.start_span("ours, deeper"):
            pass
    assert tracer.get_current_active_span() is None
    spans = {span["name"]: span for span in recorded.spans()}
    assert spans["ours"]["parent_id"] == spans["workflow"]["span_id"]
    assert spans["Agent workflow"]["parent_id"] == spans["ours"]["span_id"]
    assert spans["theirs"]["parent_id"] == spans["workflow"]["span_id"]
    assert spans["ours, deeper"]["parent_id"] == spans["theirs"]["span_id"]
    assert len(recorded.traces()) == 1


async def test_nothing_is_recorded_after_disable(agents: Any, agent: Any, recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.autolog("openai_agents", disable=True)
    run = agents.Runner.run_streamed(agent, "hi")
    assert [event async for event in run.stream_events()]
    assert tracer.flush()
    assert not recorded.path.exists()
