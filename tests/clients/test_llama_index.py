"""LlamaIndex, recorded by `autolog`: it tells of its steps and of each chunk itself."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
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


def test_a_stream_is_measured(model: Any, question: Any, recorded: Recorded) -> None:
    """Its span goes on until the last chunk; the first chunk with content counts, not the one with the role."""
    with tracer.start_span("request") as request:
        assert "".join(answer.delta or "" for answer in model.stream_chat(question)) == "Hello you"
    span = recorded.span("OpenAI.stream_chat")
    assert (span["parent_id"], span["chunk_count"]) == (request.span_id, 5)
    assert_is_the_call(span)
    assert_ttft_is_of_the_first_content(span)


def test_tokens_of_a_stream_are_told_where_the_server_sends_them(model: Any, question: Any, recorded: Recorded) -> None:
    """LlamaIndex asks for none by itself."""
    list(model.stream_chat(question, stream_options={"include_usage": True}))
    span = recorded.span("OpenAI.stream_chat")
    assert (span["input_tokens"], span["output_tokens"]) == (11, 7)


def test_the_client_below_is_recorded_beside_a_stream(
    model: Any, question: Any, autologged: Callable[..., Any], recorded: Recorded
) -> None:
    """Its call is below the stream that makes it; what comes after the stream is not."""
    autologged("openai")
    with tracer.start_span("request") as request:
        list(model.stream_chat(question))
        with tracer.start_span("after"):
            pass
    stream, call = recorded.span("OpenAI.stream_chat"), recorded.span("ChatCompletion")
    assert (stream["parent_id"], call["parent_id"]) == (request.span_id, stream["span_id"])
    assert recorded.span("after")["parent_id"] == request.span_id
    assert_ttft_is_of_the_first_content(stream)
    assert_ttft_is_of_the_first_content(call)


async def test_an_async_stream_is_measured(model: Any, question: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    answers = [answer.delta or "" async for answer in await model.astream_chat(question)]
    assert "".join(answers) == "Hello you"
    span = recorded.span("OpenAI.astream_chat")
    assert_is_the_call(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(model: Any, question: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    stream = model.stream_chat(question)
    while not next(stream).delta:
        pass
    stream.close()
    span = recorded.span("OpenAI.stream_chat")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")
    assert_ttft_is_of_the_first_content(span)


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


async def test_a_call_inside_a_span_of_ours_is_below_it(model: Any, question: Any, recorded: Recorded) -> None:
    """In a step of a workflow, which is itself the parent of what comes after that span."""
    workflow = importlib.import_module("llama_index.core.workflow")

    async def answer(self: Any, event: Any) -> Any:
        with tracer.start_span("ours"):
            await model.achat(question)
        model.chat(question)
        return workflow.StopEvent(result="done")

    answer.__annotations__ = {"event": workflow.StartEvent, "return": workflow.StopEvent}
    answer.__qualname__ = "Flow.answer"
    flow = type("Flow", (workflow.Workflow,), {"answer": workflow.step(answer)})
    await flow(timeout=60).run()
    spans = {span["name"]: span for span in recorded.spans()}
    (step,) = [span for name, span in spans.items() if name.endswith(".answer")]
    assert spans["ours"]["parent_id"] == step["span_id"]
    assert spans["OpenAI.achat"]["parent_id"] == spans["ours"]["span_id"]
    assert spans["OpenAI.chat"]["parent_id"] == step["span_id"]


def test_nothing_is_recorded_after_disable(model: Any, question: Any, recorded: Recorded) -> None:
    """Calls go on working."""
    tracer.autolog("llama_index", disable=True)
    model.chat(question)
    assert tracer.flush()
    assert not recorded.path.exists()
