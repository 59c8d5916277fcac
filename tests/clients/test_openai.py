"""The OpenAI client, recorded by `autolog`."""

from __future__ import annotations

import asyncio
import gc
import json
import sqlite3
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from tests.clients.conftest import (
    assert_ttft_is_of_the_first_content,
    cancelled,
    cancelled_in_turn,
    leave_after_the_first_word,
)
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tests.support.waiting import wait_until
from tracetui import tracer

QUESTION = [{"role": "user", "content": "hi"}]
USAGE = {"include_usage": True}
CITY = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": CITY}}]


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The synchronous client."""
    with autologged("openai").OpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The asynchronous client."""
    return autologged("openai").AsyncOpenAI(base_url=f"{wire.url}/v1", api_key="none", max_retries=0)


def assert_is_the_chat(span: dict[str, Any]) -> None:
    """Kind, model, provider and what was asked are right."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert (span["model"], span["response_model"], span["provider"]) == ("gpt-x", "gpt-x-2026-09", "openai")
    assert span["inputs"]["messages"] == QUESTION


def assert_has_the_usage(span: dict[str, Any]) -> None:
    """Tokens as the server counted them."""
    names = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens")
    assert [span[name] for name in names] == [11, 7, 4, 2]


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """Model, provider, tokens, messages in and out; no TTFT, for nothing was streamed."""
    with tracer.start_span("request") as request:
        client.chat.completions.create(model="gpt-x", messages=QUESTION)
    span = recorded.span("ChatCompletion")
    assert span["parent_id"] == request.span_id
    assert_is_the_chat(span)
    assert_has_the_usage(span)
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hello you"
    assert span["ttft_ms"] is None
    assert recorded.traces()[0]["input_tokens"] == 11


async def test_an_async_call_is_recorded_alike(async_client: Any, recorded: Recorded) -> None:
    """Concurrent calls keep to their parents."""

    async def ask(number: int) -> None:
        with tracer.start_span(f"request {number}"):
            await async_client.chat.completions.create(model="gpt-x", messages=QUESTION)

    await asyncio.gather(*(ask(number) for number in range(3)))
    spans = recorded.spans()
    calls = [span for span in spans if span["name"] == "ChatCompletion"]
    assert len(recorded.traces()) == len(calls) == 3
    for call in calls:
        assert_is_the_chat(call)
        assert_has_the_usage(call)


def test_a_stream_is_measured(client: Any, recorded: Recorded) -> None:
    """The first chunk with content counts, not the one with the role; usage comes last, without choices."""
    stream = client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True, stream_options=USAGE)
    chunks = list(stream)
    span = recorded.span("ChatCompletion")
    assert_is_the_chat(span)
    assert_has_the_usage(span)
    assert_ttft_is_of_the_first_content(span)
    assert span["chunk_count"] == len(chunks) == 6
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hello you"


async def test_an_async_stream_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client:
        stream = await async_client.chat.completions.create(
            model="gpt-x", messages=QUESTION, stream=True, stream_options=USAGE
        )
        assert len([chunk async for chunk in stream]) == 6
    span = recorded.span("ChatCompletion")
    assert_is_the_chat(span)
    assert_has_the_usage(span)
    assert_ttft_is_of_the_first_content(span)
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hello you"


def test_a_stream_within_a_span_leaves_that_span_current(client: Any, recorded: Recorded) -> None:
    """What the program does with the chunks is no part of the call."""
    with tracer.start_span("request") as request:
        for _ in client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True):
            assert tracer.get_current_active_span() is request
    assert recorded.span("ChatCompletion")["parent_id"] == request.span_id


def test_the_text_so_far_is_in_the_file_while_the_stream_runs(client: Any, wire: Wire, recorded: Recorded) -> None:
    """With its TTFT, up to the last word that has ended: the next may be a secret. The explorer shows both live."""
    wire.before_last.clear()
    stream = client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True)
    text = ""
    while text != "Hello you":
        text += next(stream).choices[0].delta.content or ""

    def shown() -> Any:
        with sqlite3.connect(recorded.path) as connection:
            row = connection.execute("SELECT outputs, ttft_ms, end_ns FROM spans").fetchone()
        connection.close()
        return row if row and row[0] and json.loads(row[0]) == "Hello " else None

    tracer.flush()
    _, ttft_ms, end_ns = wait_until(shown, "the text so far")
    assert end_ns is None
    assert ttft_ms is not None
    wire.before_last.set()
    list(stream)
    assert recorded.span("ChatCompletion")["outputs"]["choices"][0]["message"]["content"] == "Hello you"


def test_a_stream_that_is_left_is_cancelled_with_what_had_arrived(client: Any, recorded: Recorded) -> None:
    """By `break`, when nothing refers to the stream any more."""
    leave_after_the_first_word(client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True))
    span = recorded.span("ChatCompletion")
    assert span["status"] == "CANCELLED"
    assert span["status_message"] == "the consumer left the stream after 2 chunks"
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hel"


def test_a_stream_that_is_closed_after_the_answer_is_complete_is_ok(client: Any, recorded: Recorded) -> None:
    """Many programs stop at `finish_reason`."""
    with client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True) as stream:
        for chunk in stream:
            if chunk.choices[0].finish_reason:
                break
    assert recorded.span("ChatCompletion")["status"] == "OK"


def test_a_tool_call_counts_as_the_first_token(client: Any, recorded: Recorded) -> None:
    """There is no text to wait for."""
    list(client.chat.completions.create(model="gpt-x", messages=QUESTION, tools=TOOLS, stream=True))
    span = recorded.span("ChatCompletion")
    assert_ttft_is_of_the_first_content(span)
    (call,) = span["outputs"]["choices"][0]["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"city":"Porto"}'}


def test_the_stream_helper_is_measured(client: Any, recorded: Recorded) -> None:
    """`chat.completions.stream()` gives events made of the chunks."""
    with client.chat.completions.stream(model="gpt-x", messages=QUESTION) as stream:
        assert "content.done" in [event.type for event in stream]
    assert_ttft_is_of_the_first_content(recorded.span("ChatCompletion"))


def test_the_responses_api_is_measured(client: Any, recorded: Recorded) -> None:
    """Its events have names of their own."""
    list(client.responses.create(model="gpt-x", input="hi", stream=True))
    span = recorded.span("Response")
    assert (span["kind"], span["model"], span["response_model"]) == ("LLM", "gpt-x", "gpt-x-2026-09")
    assert_ttft_is_of_the_first_content(span)
    assert_has_the_usage(span)


def test_embeddings_have_their_kind(client: Any, recorded: Recorded) -> None:
    """And their model and tokens."""
    client.embeddings.create(model="embed-x", input="hi")
    span = recorded.span("CreateEmbeddings")
    assert (span["kind"], span["model"], span["input_tokens"]) == ("EMBEDDING", "embed-x", 3)


def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """With the exception as an event; it reaches the program as it was."""
    import openai

    wire.status = 429
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True)
    span = recorded.span("ChatCompletion")
    assert span["status"] == "ERROR"
    assert "RateLimitError" in span["status_message"]
    assert span["events"][0]["attributes"]["exception.type"] == "openai.RateLimitError"
    assert span["model"] == "gpt-x"  # as it was asked for


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_call_is_cancelled(
    async_client: Any, wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """Neither OK nor an error, before the answer and within a stream; the model is the one that was asked for."""
    answer = async_client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=is_stream)
    await cancelled_in_turn(wire, answer, is_stream=is_stream)
    span = recorded.span("ChatCompletion")
    assert (span["status"], span["status_message"]) == ("CANCELLED", "CancelledError")
    assert span["model"].startswith("gpt-x")
    assert tracer.get_current_active_span() is None


async def test_a_cancelled_stream_of_responses_is_cancelled(async_client: Any, wire: Wire, recorded: Recorded) -> None:
    """As that of chat completions is."""
    wire.before_last.clear()
    events: list[Any] = []

    async def call() -> None:
        async for event in await async_client.responses.create(model="gpt-x", input="hi", stream=True):
            events.append(event)

    await cancelled(call(), when=lambda: events)
    assert recorded.span("Response")["status"] == "CANCELLED"


async def test_a_timeout_around_a_cancelled_call_is_an_error(async_client: Any, wire: Wire, recorded: Recorded) -> None:
    """The call was cancelled; what the span around it saw is a TimeoutError."""
    wire.before_answer.clear()
    with pytest.raises(TimeoutError), tracer.start_span("request"):
        await asyncio.wait_for(async_client.chat.completions.create(model="gpt-x", messages=QUESTION), 0.05)
    assert (recorded.span("request")["status"], recorded.span("ChatCompletion")["status"]) == ("ERROR", "CANCELLED")


async def test_a_stream_that_the_program_parses_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As OpenAI's Agents open theirs; nothing is said in the terminal of a coroutine that was never awaited."""
    create = async_client.responses.with_streaming_response.create
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with create(model="gpt-x", input="hi", stream=True) as response:
            stream = await response.parse()
            del response
            gc.collect()
            assert [event.type async for event in stream][-1] == "response.completed"
    span = recorded.span("Response")
    assert_has_the_usage(span)
    assert_ttft_is_of_the_first_content(span)
    assert "coroutine" not in json.dumps(span["outputs"])


async def test_an_answer_that_the_program_parses_is_told(async_client: Any, recorded: Recorded) -> None:
    """Once, however often it is parsed; one whose body nobody reads was left."""
    create = async_client.chat.completions.with_streaming_response.create
    async with create(model="gpt-x", messages=QUESTION) as response:
        assert (await response.parse()).choices[0].message.content == "Hello you"
        assert await response.parse() is await response.parse()
    async with create(model="gpt-y", messages=QUESTION) as response:
        pass
    del response
    gc.collect()
    told, untold = recorded.spans()
    assert_is_the_chat(told)
    assert_has_the_usage(told)
    assert (untold["status"], untold["outputs"]) == ("CANCELLED", None)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
async def test_a_function_that_gives_a_recorded_stream_back_lasts_as_long(
    client: Any, async_client: Any, recorded: Recorded, is_async: bool
) -> None:
    """Its span ends with that of the call, and has the same text."""

    @tracer.trace
    def ask() -> Any:
        return (async_client if is_async else client).chat.completions.create(
            model="gpt-x", messages=QUESTION, stream=True, stream_options=USAGE
        )

    if is_async:
        assert len([chunk async for chunk in await ask()]) == 6
    else:
        assert len(list(ask())) == 6
    asked, call = recorded.spans()
    assert call["parent_id"] == asked["span_id"]
    assert (asked["status"], asked["outputs"], asked["chunk_count"]) == ("OK", "Hello you", 6)
    assert_ttft_is_of_the_first_content(asked)
    assert_ttft_is_of_the_first_content(call)
    assert recorded.traces()[0]["output_tokens"] == 7, "counted once"


@pytest.mark.usefixtures("recorded")
def test_a_stream_is_of_one_kind(client: Any) -> None:
    """Instructor asks for the asynchronous kind, and failed where it was told that a stream is of both."""
    stream = client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True)
    assert isinstance(stream, Iterator)
    assert not isinstance(stream, AsyncIterator)
    assert len(list(stream)) == 5


async def test_an_async_stream_is_of_its_kind(async_client: Any) -> None:
    """As a synchronous one is of its own."""
    stream = await async_client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True)
    assert isinstance(stream, AsyncIterator)
    assert len([chunk async for chunk in stream]) == 5


def test_nothing_is_recorded_after_disable(client: Any, recorded: Recorded) -> None:
    """Streams go on working unmeasured."""
    tracer.openai.autolog(disable=True)
    assert len(list(client.chat.completions.create(model="gpt-x", messages=QUESTION, stream=True))) == 5
    assert tracer.flush()
    assert not recorded.path.exists()
