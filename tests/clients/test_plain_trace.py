"""Real clients under `@trace` alone: no `autolog`, nothing of theirs is changed."""

from __future__ import annotations

import gc
from typing import Any

from tests.clients.wire import Wire
from tests.clients.wire_events import FIRST_TOKEN_S
from tests.support.recorded import Recorded
from tracetui.tracer import trace

QUESTION: list[Any] = [{"role": "user", "content": "hi"}]


def test_an_answer_of_openai_tells_its_model_and_tokens(wire: Wire, recorded: Recorded) -> None:
    """Of chat completions, of responses, of a stream's chunks."""
    import openai

    with openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        chat = trace(client.chat.completions.create, name="chat", span_type="LLM")
        chat(model="gpt-x", messages=QUESTION)
        trace(client.responses.create, name="response", span_type="LLM")(model="gpt-x", input="hi")

        @trace(span_type="LLM")
        def stream() -> Any:
            yield from client.chat.completions.create(
                model="gpt-x", messages=QUESTION, stream=True, stream_options={"include_usage": True}
            )

        list(stream())
    spans = calls(recorded)
    assert [span["name"] for span in spans] == ["chat", "response", "stream"]
    for span in spans:
        assert (span["response_model"], span["input_tokens"], span["output_tokens"]) == ("gpt-x-2026-09", 11, 7)
    assert [span["model"] for span in spans] == ["gpt-x", "gpt-x", "gpt-x-2026-09"]  # the last was given none
    assert spans[2]["ttft_ms"] is not None


def test_a_stream_of_a_client_that_breaks_off_is_an_error(wire: Wire, recorded: Recorded) -> None:
    """Also one whose first chunk has text already: the client's stream leaves no chunk out, its end is missing."""
    import openai

    choice = {"index": 0, "delta": {"role": "assistant", "content": "Hel"}, "finish_reason": None}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x", "choices": [choice]}
    wire.reply = [(0, "", chunk)]
    with openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        ask = trace(client.chat.completions.create, name="cut", span_type="LLM")
        list(ask(model="gpt-x", messages=QUESTION, stream=True))
    span = recorded.span("cut")
    assert (span["status"], span["status_message"]) == ("ERROR", "the stream ended without a finish reason")
    assert span["outputs"] == "Hel"


def test_an_answer_of_anthropic_tells_its_model_and_tokens(wire: Wire, recorded: Recorded) -> None:
    """Cached tokens are beside its input, and are counted in."""
    import anthropic

    with anthropic.Anthropic(base_url=wire.url, api_key="none", max_retries=0) as client:
        ask = trace(client.messages.create, name="message", span_type="LLM")
        ask(model="claude-x", max_tokens=64, messages=QUESTION)
    span = recorded.span("message")
    assert span["model"].startswith("claude-x")
    assert (span["output_tokens"], span["cache_read_tokens"], span["cache_write_tokens"]) == (7, 4, 2)


def test_an_answer_of_langchain_tells_its_model_and_tokens(wire: Wire, recorded: Recorded) -> None:
    """A message, whatever client it came through."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    model = ChatOpenAI(model="gpt-x", base_url=f"{wire.url}/v1", api_key=SecretStr("none"), max_retries=0)
    trace(model.invoke, name="invoke", span_type="CHAT_MODEL")("hi")
    span = recorded.span("invoke")
    assert (span["model"], span["input_tokens"], span["output_tokens"]) == ("gpt-x-2026-09", 11, 7)


async def test_methods_of_async_clients_are_awaited_within_their_spans(wire: Wire, recorded: Recorded) -> None:
    """Both clients hide that these are coroutine functions behind a decorator."""
    import anthropic
    import openai

    async with openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        ask = trace(client.chat.completions.create, name="chat", span_type="LLM")
        await ask(model="gpt-x", messages=QUESTION)
    async with anthropic.AsyncAnthropic(base_url=wire.url, api_key="none", max_retries=0) as other:
        tell = trace(other.messages.create, name="message", span_type="LLM")
        await tell(model="claude-x", max_tokens=64, messages=QUESTION)
    chat, message = calls(recorded)
    assert (chat["model"], chat["input_tokens"], chat["output_tokens"]) == ("gpt-x", 11, 7)
    assert (message["status"], message["output_tokens"]) == ("OK", 7)


def test_a_stream_that_a_function_gives_back_is_measured(wire: Wire, recorded: Recorded) -> None:
    """The client's own stream, as its caller knows it; its span goes on to the last chunk."""
    import anthropic
    import openai

    with openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        chat = trace(client.chat.completions.create, name="chat", span_type="LLM")
        stream = chat(model="gpt-x", messages=QUESTION, stream=True, stream_options={"include_usage": True})
        assert isinstance(stream, openai.Stream)
        with stream:
            list(stream)
        list(trace(client.responses.create, name="response", span_type="LLM")(model="gpt-x", input="hi", stream=True))
    with anthropic.Anthropic(base_url=wire.url, api_key="none", max_retries=0) as other:
        tell = trace(other.messages.create, name="message", span_type="LLM")
        list(tell(model="claude-x", max_tokens=64, messages=QUESTION, stream=True))
    assert [span["name"] for span in calls(recorded)] == ["chat", "response", "message"]
    for span in calls(recorded):
        assert_measured(span)


async def test_a_stream_that_an_async_client_gives_is_measured(wire: Wire, recorded: Recorded) -> None:
    """Awaited first, in a function of the program's or not."""
    import anthropic
    import openai

    async with openai.AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:

        @trace(span_type="LLM")
        async def ask() -> Any:
            return await client.chat.completions.create(
                model="gpt-x", messages=QUESTION, stream=True, stream_options={"include_usage": True}
            )

        async for _ in await ask():
            pass
    async with anthropic.AsyncAnthropic(base_url=wire.url, api_key="none", max_retries=0) as other:
        tell = trace(other.messages.create, name="message", span_type="LLM")
        async for _ in await tell(model="claude-x", max_tokens=64, messages=QUESTION, stream=True):
            pass
    assert [span["name"] for span in calls(recorded)] == ["ask", "message"]
    for span in calls(recorded):
        assert_measured(span)


def test_a_given_stream_that_is_left_is_cancelled(wire: Wire, recorded: Recorded) -> None:
    """When nobody holds it any more, with what had arrived."""
    import openai

    with openai.OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        chat = trace(client.chat.completions.create, name="chat", span_type="LLM")
        stream = chat(model="gpt-x", messages=QUESTION, stream=True)
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        del stream, chunk
        gc.collect()
    span = recorded.span("chat")
    assert (span["status"], span["outputs"]) == ("CANCELLED", "Hel")


def test_a_stream_of_langchain_is_measured(wire: Wire, recorded: Recorded) -> None:
    """A generator, which `trace(model.stream)` does not look like."""
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    key = SecretStr("none")
    model = ChatOpenAI(model="gpt-x", base_url=f"{wire.url}/v1", api_key=key, max_retries=0, stream_usage=True)

    @trace(span_type="CHAT_MODEL")
    def ask() -> Any:
        return model.stream("hi")

    list(ask())
    assert_measured(recorded.span("ask"))


def calls(recorded: Recorded) -> list[dict[str, Any]]:
    """The spans of the calls; Anthropic's client may have traced itself below, if another test recorded it."""
    return [span for span in recorded.spans() if span["parent_id"] is None]


def assert_measured(span: dict[str, Any]) -> None:
    """Text, TTFT, model and tokens."""
    assert span["status"] == "OK"
    assert "Hello you" in str(span["outputs"])
    assert FIRST_TOKEN_S * 1e3 * 0.95 < span["ttft_ms"] < span["duration_ms"]
    assert span["model"].startswith(("gpt-x", "claude-x"))
    assert span["output_tokens"] == 7
