"""Pydantic AI, recorded by `autolog`: it tells of its agents itself, and the client below tells of the stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled_in_turn
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

MODEL_CALL = "chat gpt-x"


@pytest.fixture
def agent(openai_below: Any, autologged: Callable[..., Any]) -> Any:
    """Asks an OpenAI model."""
    pydantic_ai = autologged("pydantic_ai")
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    model = OpenAIChatModel("gpt-x", provider=OpenAIProvider(openai_client=openai_below))
    return pydantic_ai.Agent(model, instructions="Be brief", name="helper")


def assert_is_the_answer(span: dict[str, Any], status: str = "UNSET") -> None:
    """Kind, model, provider, tokens and text are right. Pydantic AI sets no status where all went well."""
    assert (span["kind"], span["status"]) == ("LLM", status)
    assert (span["model"], span["response_model"], span["provider"]) == ("gpt-x", "gpt-x-2026-09", "openai")
    assert (span["input_tokens"], span["output_tokens"], span["cache_read_tokens"]) == (11, 7, 4)
    assert "Hello you" in str(span["outputs"])


async def test_a_run_is_an_agent_with_its_model_call(agent: Any, recorded: Recorded) -> None:
    """Below our span; the tokens of the run are those of its calls."""
    with tracer.start_span("request") as request:
        assert (await agent.run("hi")).output == "Hello you"
    _, run, call = recorded.spans()
    assert (run["kind"], run["status"], run["parent_id"]) == ("AGENT", "UNSET", request.span_id)
    assert call["parent_id"] == run["span_id"]
    assert_is_the_answer(call)
    (trace,) = recorded.traces()
    assert (trace["input_tokens"], trace["output_tokens"]) == (11, 7)


async def test_a_stream_is_measured(agent: Any, recorded: Recorded) -> None:
    """The client's stream is made within the span of the model call."""
    async with agent.run_stream("hi") as answer:
        assert [text async for text in answer.stream_text(delta=True, debounce_by=None)] == ["Hel", "lo", " you"]
    span = recorded.span(MODEL_CALL)
    assert_is_the_answer(span, "OK")
    assert_ttft_is_of_the_first_content(span)
    assert span["chunk_count"] == 6


async def test_a_stream_that_is_left_has_ended(agent: Any, recorded: Recorded) -> None:
    """With its TTFT."""
    async with agent.run_stream("hi") as answer:
        async for _ in answer.stream_text(delta=True, debounce_by=None):
            break
    span = recorded.span(MODEL_CALL)
    assert span["status"] == "CANCELLED"
    assert_ttft_is_of_the_first_content(span)


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_run_is_cancelled_down_to_its_call(
    agent: Any, wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """Before the answer, and within a stream."""

    async def texts() -> AsyncIterator[str]:
        async with agent.run_stream("hi") as answer:
            async for text in answer.stream_text(delta=True, debounce_by=None):
                yield text

    async def run() -> Any:
        return texts() if is_stream else await agent.run("hi")

    await cancelled_in_turn(wire, run(), is_stream=is_stream)
    assert [span["status"] for span in recorded.spans()] == ["CANCELLED"] * 2
    assert tracer.get_current_active_span() is None


async def test_a_refused_call_is_an_error(agent: Any, wire: Wire, recorded: Recorded) -> None:
    """As is the run; it reaches the program as it was."""
    from pydantic_ai.exceptions import ModelHTTPError

    wire.status = 400
    with pytest.raises(ModelHTTPError, match="slow down"):
        await agent.run("hi")
    run, call = recorded.spans()
    assert (run["status"], call["status"], call["model"]) == ("ERROR", "ERROR", "gpt-x")
    assert "slow down" in call["status_message"]


async def test_a_tool_is_inside_the_run(agent: Any, recorded: Recorded) -> None:
    """And what it does inside the tool."""

    @agent.tool_plain
    def weather(city: str) -> str:
        with tracer.start_span("look up"):
            return f"sunny in {city}"

    assert (await agent.run("hi")).output == "Hello you"
    spans = recorded.spans()
    (tool,) = [span for span in spans if span["kind"] == "TOOL"]
    assert recorded.span("look up")["parent_id"] == tool["span_id"]
    assert (tool["inputs"], tool["outputs"]) == ({"city": "Porto"}, "sunny in Porto")
    asking, answering = [span for span in spans if span["name"] == MODEL_CALL]
    assert asking["parent_id"] == answering["parent_id"]
    assert_is_the_answer(answering)


async def test_nothing_is_recorded_after_disable(agent: Any, recorded: Recorded) -> None:
    """Agents that exist are recorded no more."""
    tracer.autolog("pydantic_ai", disable=True)
    assert (await agent.run("hi")).output == "Hello you"
    assert tracer.flush()
    assert not recorded.path.exists()
