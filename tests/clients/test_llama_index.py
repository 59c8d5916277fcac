"""LlamaIndex, recorded by `autolog`: it tells of its steps itself, of a stream until it was opened."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.conftest import Recorded
from tracetui import tracer

MODEL = "gpt-4o"
"""It asks for the size of the model's window, and knows some models only."""


@pytest.fixture
def model(wire: Wire, openai_below: Any, autologged: Callable[..., Any]) -> Any:
    """A model of OpenAI's."""
    autologged("llama_index", "llama_index.core")
    openai = pytest.importorskip("llama_index.llms.openai")
    base = f"{wire.url}/v1"
    return openai.OpenAI(model=MODEL, api_base=base, api_key="none", max_retries=0, async_openai_client=openai_below)


@pytest.fixture
def question(model: Any) -> Any:
    """What it is asked."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role="user", content="hi")]


def assert_is_the_call(span: dict[str, Any]) -> None:
    """Kind, model and provider are right."""
    assert (span["kind"], span["status"], span["provider"]) == ("LLM", "OK", "openai")
    assert span["model"].startswith(MODEL)
    assert "Hello you" in str(span["outputs"])


def test_a_call_is_an_llm_span_below_ours(model: Any, question: Any, recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out."""
    with tracer.start_span("request") as request:
        model.chat(question)
    span = recorded.span("OpenAI.chat")
    assert span["parent_id"] == request.span_id
    assert_is_the_call(span)
    assert (span["input_tokens"], span["output_tokens"]) == (11, 7)


def test_a_stream_has_its_text(model: Any, question: Any, recorded: Recorded) -> None:
    """When it was opened is all that is told of the time."""
    assert "".join(answer.delta or "" for answer in model.stream_chat(question)) == "Hello you"
    assert_is_the_call(recorded.span("OpenAI.stream_chat"))


def test_the_client_below_tells_of_a_stream(
    model: Any, question: Any, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Recorded as well, beside what LlamaIndex tells."""
    autologged("openai")
    list(model.stream_chat(question))
    span = recorded.span("ChatCompletion")
    assert_is_the_call(span)
    assert_ttft_is_of_the_first_content(span)


async def test_an_async_stream_has_its_text(model: Any, question: Any, recorded: Recorded) -> None:
    """As the synchronous one has."""
    answers = [answer.delta or "" async for answer in await model.astream_chat(question)]
    assert "".join(answers) == "Hello you"
    assert_is_the_call(recorded.span("OpenAI.astream_chat"))


def test_a_stream_that_is_left_is_cancelled(model: Any, question: Any, recorded: Recorded) -> None:
    """It has ended."""
    stream = model.stream_chat(question)
    next(stream)
    stream.close()
    del stream
    gc.collect()
    assert recorded.span("OpenAI.stream_chat")["status"] == "CANCELLED"


async def test_a_cancelled_call_is_cancelled(model: Any, question: Any, wire: Wire, recorded: Recorded) -> None:
    """It has ended, and has its kind."""
    wire.before_answer.clear()
    await cancelled(model.achat(question), when=lambda: wire.requests)
    span = recorded.span("OpenAI.achat")
    assert (span["status"], span["kind"]) == ("CANCELLED", "LLM")
    assert tracer.get_current_active_span() is None


@pytest.mark.parametrize("method", ["chat", "stream_chat"])
def test_a_refused_call_is_an_error(model: Any, question: Any, wire: Wire, recorded: Recorded, method: str) -> None:
    """It reaches the program as it was."""
    import openai

    wire.status = 400
    with pytest.raises(openai.BadRequestError, match="slow down"):
        list(getattr(model, method)(question))
    span = recorded.span(f"OpenAI.{method}")
    assert (span["kind"], span["status"]) == ("LLM", "ERROR")
    assert "slow down" in span["status_message"]


async def test_a_tool_of_an_agent_is_inside_its_run(model: Any, recorded: Recorded) -> None:
    """And what it does inside the tool; agents stream unless they are told not to."""
    from llama_index.core.agent.workflow import FunctionAgent

    def weather(city: str) -> str:
        """The weather of a city."""
        with tracer.start_span("look up"):
            return f"sunny in {city}"

    with tracer.start_span("request") as request:
        answer = await FunctionAgent(tools=[weather], llm=model, streaming=False).run("hi")
    assert str(answer) == "Hello you"
    run, tool = recorded.span("FunctionAgent.run"), recorded.span("FunctionTool.acall")
    assert run["parent_id"] == request.span_id
    assert (tool["kind"], tool["trace_id"]) == ("TOOL", run["trace_id"])
    assert recorded.span("look up")["parent_id"] == tool["span_id"]
    assert len([span for span in recorded.spans() if span["name"] == "OpenAI.achat"]) == 2


def test_nothing_is_recorded_after_disable(model: Any, question: Any, recorded: Recorded) -> None:
    """Calls go on working."""
    tracer.autolog("llama_index", disable=True)
    model.chat(question)
    assert tracer.flush()
    assert not recorded.path.exists()
