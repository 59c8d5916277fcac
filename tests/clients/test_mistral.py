"""The Mistral client, recorded by `autolog`."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled
from tests.clients.wire import Wire
from tests.support.recorded import Recorded
from tracetui import tracer

ASKED = {"model": "mistral-x", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture
def chat(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """What answers."""
    with autologged("mistralai", "mistralai.client").Mistral(api_key="none", server_url=wire.url) as client:
        yield client.chat


def test_a_call_is_an_llm_span_below_ours(chat: Any, recorded: Recorded) -> None:
    """Model, provider, tokens and the answer."""
    with tracer.start_span("request") as request:
        chat.complete(**ASKED)
    span = recorded.span("MistralClient.chat")
    assert (span["parent_id"], span["kind"], span["status"]) == (request.span_id, "LLM", "OK")
    assert (span["model"], span["response_model"], span["provider"]) == ("mistral-x", "mistral-x-2026-09", "mistralai")
    assert (span["input_tokens"], span["output_tokens"]) == (11, 7)
    assert span["outputs"]["choices"][0]["message"]["content"] == "Hello you"


def test_a_stream_is_measured(chat: Any, recorded: Recorded) -> None:
    """The first chunk with content counts, not the one with the role."""
    with chat.stream(**ASKED) as stream:
        assert len(list(stream)) == 5
    span = recorded.span("MistralClient.chat")
    assert (span["status"], span["chunk_count"]) == ("OK", 5)
    assert span["outputs"]["data"]["object"] == "chat.completion"
    assert_ttft_is_of_the_first_content(span)


async def test_an_async_stream_is_measured(chat: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    assert len([event async for event in await chat.stream_async(**ASKED)]) == 5
    span = recorded.span("MistralAsyncClient.chat")
    assert (span["status"], span["chunk_count"]) == ("OK", 5)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(chat: Any, recorded: Recorded) -> None:
    """The instrumentor leaves its status open."""
    stream = chat.stream(**ASKED)
    for event in stream:
        if event.data.choices[0].delta.content:
            break
    del stream, event
    gc.collect()
    span = recorded.span("MistralClient.chat")
    assert (span["status"], span["status_message"]) == ("CANCELLED", "the consumer left the stream after 2 chunks")


async def test_a_cancelled_call_is_cancelled(chat: Any, wire: Wire, recorded: Recorded) -> None:
    """It has ended, and has its kind."""
    wire.before_answer.clear()
    await cancelled(chat.complete_async(**ASKED), when=lambda: wire.requests)
    span = recorded.span("MistralAsyncClient.chat")
    assert (span["status"], span["kind"]) == ("CANCELLED", "LLM")


def test_a_refused_call_is_an_error(chat: Any, wire: Wire, recorded: Recorded) -> None:
    """It reaches the program as it was."""
    wire.status = 400
    with pytest.raises(Exception, match="slow down"):
        chat.complete(**ASKED)
    assert recorded.span("MistralClient.chat")["status"] == "ERROR"


def test_what_a_stream_says_beside_its_text_is_kept(chat: Any, wire: Wire, recorded: Recorded) -> None:
    """Its thoughts, and that it could not be finished."""
    thought = {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "because"}]}]}
    deltas: list[tuple[dict[str, Any], str | None]] = [
        *((thought, None), ({"content": "42"}, None), ({"content": ""}, "error")),
    ]
    wire.reply = [
        (0, "", {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
        for delta, finish in deltas
    ]
    list(chat.stream(**ASKED))
    span = recorded.span("MistralClient.chat")
    assert (span["status"], span["status_message"]) == ("ERROR", "finish reason: error")
    assert span["attributes"]["llm.reasoning"] == "because"


async def test_a_stream_under_trace_alone_is_measured(wire: Wire, recorded: Recorded) -> None:
    """`trace` follows the stream that the client's method gives, whole or left early, sync and async."""
    from mistralai.client import Mistral

    with Mistral(api_key="none", server_url=wire.url) as client:
        with tracer.trace(client.chat.stream, name="whole", span_type="LLM")(**ASKED) as stream:
            assert len(list(stream)) == 5
        with tracer.trace(client.chat.stream, name="left", span_type="LLM")(**ASKED) as stream:
            next(stream)
        async with await tracer.trace(client.chat.stream_async, name="async", span_type="LLM")(**ASKED) as events:
            assert len([event async for event in events]) == 5
    for name in ("whole", "async"):
        span = recorded.span(name)
        assert (span["outputs"], span["model"], span["status"]) == ("Hello you", "mistral-x", "OK")
        assert span["ttft_ms"] is not None
    assert recorded.span("left")["status"] == "CANCELLED"
