"""The Anthropic client, recorded by `autolog`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.conftest import assert_ttft_is_of_the_first_content, cancelled_in_turn
from tests.clients.wire import Wire
from tests.conftest import Recorded
from tracetui import tracer

REQUEST: dict[str, Any] = {
    "model": "claude-x",
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.fixture
def client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The synchronous client."""
    with autologged("anthropic").Anthropic(base_url=wire.url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
def async_client(wire: Wire, autologged: Callable[..., Any]) -> Any:
    """The asynchronous client."""
    return autologged("anthropic").AsyncAnthropic(base_url=wire.url, api_key="none", max_retries=0)


def assert_is_the_message(span: dict[str, Any]) -> None:
    """Kind, model, provider, tokens and what was asked are right."""
    assert (span["kind"], span["status"]) == ("LLM", "OK")
    assert span["model"].startswith("claude-x")
    assert span["provider"] == "anthropic"
    assert span["inputs"]["messages"] == REQUEST["messages"]
    assert span["output_tokens"] == 7
    assert (span["cache_read_tokens"], span["cache_write_tokens"]) == (4, 2)


def test_a_call_is_an_llm_span_below_ours(client: Any, recorded: Recorded) -> None:
    """No TTFT, for nothing was streamed."""
    with tracer.start_span("request") as request:
        client.messages.create(**REQUEST)
    span = recorded.spans()[1]
    assert span["parent_id"] == request.span_id
    assert_is_the_message(span)
    assert "Hello you" in str(span["outputs"])
    assert span["ttft_ms"] is None


async def test_an_async_call_is_recorded_alike(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client:
        await async_client.messages.create(**REQUEST)
    (span,) = recorded.spans()
    assert_is_the_message(span)


def test_a_stream_of_events_is_measured(client: Any, recorded: Recorded) -> None:
    """`stream=True`: the start of a message and of its block hold no token yet."""
    events = list(client.messages.create(**REQUEST, stream=True))
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)
    assert span["chunk_count"] == len(events)
    assert "Hello you" in str(span["outputs"])


async def test_an_async_stream_of_events_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client:
        async for _ in await async_client.messages.create(**REQUEST, stream=True):
            pass
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)


def test_the_stream_helper_is_measured(client: Any, recorded: Recorded) -> None:
    """`messages.stream()`, whose request is sent when it is entered."""
    with tracer.start_span("request") as request, client.messages.stream(**REQUEST) as stream:
        assert tracer.get_current_active_span() is request
        assert list(stream.text_stream) == ["Hel", "lo", " you"]
    span = recorded.spans()[1]
    assert span["parent_id"] == request.span_id
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)
    assert "Hello you" in str(span["outputs"])


async def test_the_async_stream_helper_is_measured(async_client: Any, recorded: Recorded) -> None:
    """As the synchronous one is."""
    async with async_client, async_client.messages.stream(**REQUEST) as stream:
        assert [text async for text in stream.text_stream] == ["Hel", "lo", " you"]
    (span,) = recorded.spans()
    assert_is_the_message(span)
    assert_ttft_is_of_the_first_content(span)


def test_a_stream_that_is_left_is_cancelled(client: Any, recorded: Recorded) -> None:
    """With what had arrived."""
    with client.messages.create(**REQUEST, stream=True) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                break
    (span,) = recorded.spans()
    assert span["status"] == "CANCELLED"
    assert "Hel" in str(span["outputs"])


@pytest.mark.parametrize("is_stream", [False, True])
async def test_a_cancelled_call_is_cancelled(
    async_client: Any, wire: Wire, recorded: Recorded, is_stream: bool
) -> None:
    """Neither OK nor an error, before the answer and within a stream."""
    await cancelled_in_turn(wire, async_client.messages.create(**REQUEST, stream=is_stream), is_stream=is_stream)
    (span,) = recorded.spans()
    assert (span["status"], span["status_message"]) == ("CANCELLED", "CancelledError")
    assert span["model"].startswith(REQUEST["model"])


def test_a_refused_call_is_an_error(client: Any, wire: Wire, recorded: Recorded) -> None:
    """It reaches the program as it was."""
    import anthropic

    wire.status = 429
    with pytest.raises(anthropic.RateLimitError):
        client.messages.create(**REQUEST)
    (span,) = recorded.spans()
    assert span["status"] == "ERROR"
    assert span["events"][0]["attributes"]["exception.type"] == "anthropic.RateLimitError"
