"""smolagents, recorded by `autolog`: its agents tell of their steps, and the client below of the stream."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

QUESTION = [{"role": "user", "content": [{"type": "text", "text": "hi"}]}]
MODEL_CALL = "OpenAIModel.generate"


@pytest.fixture
def smolagents(autologged: Callable[..., Any]) -> Any:
    """The library."""
    return autologged("smolagents")


@pytest.fixture
def model(smolagents: Any, wire: Wire) -> Any:
    """A model of OpenAI's form."""
    model = smolagents.OpenAIModel(
        model_id="gpt-x", api_base=f"{wire.url}/v1", api_key="none", client_kwargs={"max_retries": 0}
    )
    yield model
    model.client.close()


@pytest.fixture
def agent(smolagents: Any, model: Any) -> Any:
    """Has one tool, and the one that ends its run."""

    @smolagents.tool
    def weather(city: str) -> str:
        """The weather of a city.

        Args:
            city: Its name.
        """
        with tracer.start_span("look up"):
            return f"sunny in {city}"

    return smolagents.ToolCallingAgent(tools=[weather], model=model, verbosity_level=0)


def test_a_call_is_an_llm_span_below_ours(model: Any, recorded: Recorded) -> None:
    """Model, tokens, messages in and out."""
    with tracer.start_span("request") as request:
        assert model.generate(QUESTION).content == "Hello you"
    span = recorded.span(MODEL_CALL)
    assert (span["parent_id"], span["kind"], span["status"]) == (request.span_id, "LLM", "OK")
    assert (span["model"], span["input_tokens"], span["output_tokens"]) == ("gpt-x", 11, 7)
    assert "Hello you" in str(span["outputs"])


def test_a_stream_is_measured(model: Any, recorded: Recorded) -> None:
    """The client's stream is made within the span of the model call."""
    assert "".join(delta.content or "" for delta in model.generate_stream(QUESTION)) == "Hello you"
    (span,) = recorded.spans()
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert (span["input_tokens"], span["output_tokens"], span["chunk_count"]) == (11, 7, 6)
    assert "Hello you" in str(span["outputs"])
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(model: Any, recorded: Recorded) -> None:
    """With what had arrived, which is no count of tokens."""
    stream = model.generate_stream(QUESTION)
    while not next(stream).content:
        pass
    stream.close()
    (span,) = recorded.spans()
    assert (span["status"], span["outputs"]["content"]) == ("CANCELLED", "Hel")
    assert (span["input_tokens"], span["output_tokens"]) == (None, None)
    assert_ttft_is_of_the_first_content(span)


def test_a_run_is_an_agent_with_its_steps(agent: Any, recorded: Recorded) -> None:
    """Model call and tool in each step, and below the tool what it does."""
    with tracer.start_span("request") as request:
        assert agent.run("hi") == "Porto"
    run = recorded.span("ToolCallingAgent.run")
    assert (run["kind"], run["status"], run["parent_id"]) == ("AGENT", "OK", request.span_id)
    steps = [span for span in recorded.spans() if span["parent_id"] == run["span_id"]]
    assert [step["name"] for step in steps] == ["Step 1", "Step 2"]
    calls = [span for span in recorded.spans() if span["name"] == MODEL_CALL]
    assert [call["parent_id"] for call in calls] == [step["span_id"] for step in steps]
    (tool,) = [span for span in recorded.spans() if span["attributes"].get("tool.name") == "weather"]
    assert (tool["kind"], tool["parent_id"]) == ("TOOL", steps[0]["span_id"])
    assert recorded.span("look up")["parent_id"] == tool["span_id"]


def test_a_refused_call_is_an_error_and_leaves_no_span_current(
    smolagents: Any, agent: Any, wire: Wire, recorded: Recorded
) -> None:
    """It reaches the program as it was; the instrumentor leaves the span of the run open."""
    wire.status = 400
    with pytest.raises(smolagents.AgentError, match="slow down"):
        agent.run("hi")
    assert tracer.get_current_active_span() is None
    assert [span["status"] for span in recorded.spans()] == ["ERROR"] * 3
    assert "slow down" in recorded.span(MODEL_CALL)["status_message"]


def test_nothing_is_recorded_after_disable(model: Any, recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.autolog("smolagents", disable=True)
    assert "".join(delta.content or "" for delta in model.generate_stream(QUESTION)) == "Hello you"
    assert tracer.flush()
    assert not recorded.path.exists()
